"""Wording of portal texts for a small screen: cut at a sentence end, without bullets, capitals and officialese."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.text import fold, squeeze

LONG = 420  # characters of one block; longer portal texts are cut at a sentence end
_TITLE = 90  # characters of a title above one short block
_CAPITALS = 0.7  # share of capitals from which a text counts as written in capitals
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_MARKER = re.compile(r"(^|\n)\s*(?:[-+*•]\s*|[a-zđ]\)\s+|\d{1,2}[.)]\s+)+")
_TOO_OFFICIAL = ((re.compile(r"\bTTHC\b"), "thủ tục"),)
_SYLLABLE = re.compile(  # what can be a Vietnamese syllable, accents aside; "BHXH", "UBND", "FDI" cannot
    r"(ngh?|nh|kh|ph|th|tr|ch|gh|gi|qu|[bcdghklmnpqrstvx])?[aeiouy]{1,3}(ng|nh|ch|[cmnpt])?"
)


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


def sentences(text: str) -> list[str]:
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]


def whole_sentences(text: str, limit: int) -> str:
    """The sentences from the first on that fit into `limit` characters; none is cut, so it may be none at all."""
    said = ""
    for sentence in sentences(text):
        longer = f"{said} {sentence}".strip()
        if len(longer) > limit:
            break
        said = longer
    return said


def headline(title: str) -> str:
    """A procedure's title above a short block."""
    return shorten(sentence_case(title), _TITLE)


def sentence_case(text: str) -> str:
    """ "ĐĂNG KÝ HOẠT ĐỘNG (CẤP XÃ)" → "Đăng ký hoạt động (cấp xã)"; acronyms stay, other texts stay as they are."""
    letters = [c for c in text if c.isalpha()]
    if sum(c.isupper() for c in letters) <= _CAPITALS * len(letters):
        return text
    lowered = re.sub(r"[^\W\d_]+", lambda word: _lowered(word[0]), text).replace("việt nam", "Việt Nam")
    return lowered[:1].upper() + lowered[1:]


def _lowered(word: str) -> str:
    return word.lower() if _SYLLABLE.fullmatch(fold(word)) else word


def listed(names: Sequence[str], most: int) -> str:
    """The first of them, and that there are more."""
    return ", ".join(names[:most]) + (" và nơi khác" if len(names) > most else "")


def lower_first(text: str) -> str:
    """For use in the middle of a sentence; "UBND" stays as it is."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def tidy(text: str) -> str:
    """Portal text without its bullets, numbering and doubled blanks."""
    text = squeeze(_MARKER.sub(" ", text)).strip("; ")
    for official, plain in _TOO_OFFICIAL:
        text = official.sub(plain, text)
    return text
