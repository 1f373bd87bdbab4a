"""Reading what Zalo's servers answer, and telling it on without anybody's ids or tokens."""

from __future__ import annotations

import re
from typing import Any

import httpx

_LONG = re.compile(r"\S{16,}|\d{6,}")  # may be an id, a token or an address; Zalo's words are shorter
_LONGEST = 120  # characters


def fields_of(response: httpx.Response) -> dict[str, Any]:
    """The JSON object; empty where there is none."""
    try:
        found = response.json()
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def number_of(value: Any) -> int | None:
    """Zalo gives its codes and times as numbers or as strings."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        return None


def reason_of(code: object, words: object) -> str:
    told = _LONG.sub("…", str(words or ""))[:_LONGEST]
    return f"Zalo error {code}: {told}" if told else f"Zalo error {code}"
