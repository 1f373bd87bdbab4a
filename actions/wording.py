"""Wording of portal texts for a small screen: cut at a sentence end, without bullets."""

from __future__ import annotations

import re

from knowledge.text import squeeze

LONG = 420  # characters of one block; longer portal texts are cut at a sentence end


def shorten(text: str, limit: int = LONG) -> str:
    """At most about `limit` characters, cut at the end of a sentence or clause, or between words."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    for mark in (". ", ".\n", "; ", ";\n", "\n", ", ", " "):
        at = head.rfind(mark)
        if at > limit // 2:
            return head[: at + 1].rstrip(" \n;,") + " …"
    return head.rstrip() + "…"


def tidy(text: str) -> str:
    """Portal text without its bullets and doubled blanks."""
    return squeeze(re.sub(r"(^|\n)\s*[-+*•]\s*", " ", text)).strip("; ")
