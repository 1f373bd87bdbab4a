"""Wording of portal texts for a small screen: cut at a sentence end, without bullets, capitals and officialese."""

from __future__ import annotations

import re
from collections.abc import Sequence

from knowledge.text import fold, squeeze

LONG = 420  # characters of one block; longer portal texts are cut at a sentence end
_TITLE = 90  # characters of a title above one short block
_HEADING = 150  # characters of a title above a long answer
_ROUNDS = 3
_BEFORE_DIFFERENCE = 3  # words kept before the first in which titles differ
_LONG_BRACKET = re.compile(r"\s*\([^()]{25,}\)")
_CLAUSE = re.compile(  # where a title can stop and still be understood
    r"[;,:.]\s|\s(?=[(–-])|(?<!quy định)(?<!để)(?<!quá trình)(?<!trực tiếp)\s(?="
    r"(?:theo|trong trường hợp|đối với|quy định|thuộc|do|để|nhằm|phục vụ|thực hiện|tại|mà|khi|cho|của)\s)"
)
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
    return heading(title, _TITLE)


def heading(title: str, limit: int = _HEADING) -> str:
    """A title in at most `limit` characters: without long brackets, else up to the end of a clause."""
    text = sentence_case(title)
    if len(text) <= limit:
        return text
    text = squeeze(_LONG_BRACKET.sub(" ", text)) or text
    if len(text) <= limit:
        return text
    ends = [m for m in _CLAUSE.finditer(text) if limit // 3 < m.start() <= limit and _is_closed(text, m)]
    ends = [m for m in ends if m[0] != ", " and m.start() > limit // 2] or ends  # a comma may part a list
    return f"{text[: ends[-1].start()].rstrip(' ,;:-–')} …" if ends else shorten(text, limit)


def _is_closed(text: str, clause: re.Match[str]) -> bool:
    head = text[: clause.start()]
    return head.count("(") <= head.count(")")


def distinct(titles: Sequence[str], limit: int) -> list[str]:
    """The titles in at most about `limit` characters each, so that those which differ still differ.

    Where cutting the end would make two the same, their common beginning is cut instead: "Cấp … của cá nhân".
    """
    full = [sentence_case(title) for title in titles]
    short = [heading(title, limit) for title in full]
    for _ in range(_ROUNDS):  # of those that were told apart some may still be the same
        for text in set(short):
            alike = [at for at, other in enumerate(short) if other == text]
            if len({full[at] for at in alike}) > 1:
                for at, told in zip(alike, _told_apart([full[at] for at in alike], limit), strict=True):
                    short[at] = told
    return short


def _told_apart(titles: Sequence[str], limit: int) -> list[str]:
    """Some first words that all share, and what follows from where the first of them differs."""
    split = [title.split() for title in titles]
    shared = next((at for at, row in enumerate(zip(*split, strict=False)) if len(set(row)) > 1), min(map(len, split)))
    begin = max(shared - _BEFORE_DIFFERENCE, 0)
    told = []
    for words in split:
        rest = " ".join(words[begin:])
        room = max(limit - len(rest), limit // 3)
        opening = _whole_words(words[:begin], room)
        gap = "" if opening == " ".join(words[:begin]) else "… "
        told.append(f"{opening} {gap}{shorten(rest, limit - limit // 3)}".strip())
    return told


def _whole_words(words: Sequence[str], limit: int) -> str:
    return " ".join(words)[: limit + 1].rpartition(" ")[0] if len(" ".join(words)) > limit else " ".join(words)


def sentence_case(text: str) -> str:
    """ "ĐĂNG KÝ HOẠT ĐỘNG (CẤP XÃ)" → "Đăng ký hoạt động (cấp xã)"; acronyms stay, other texts stay as they are."""
    letters = [c for c in text if c.isalpha()]
    if sum(c.isupper() for c in letters) <= _CAPITALS * len(letters):
        return text
    lowered = re.sub(r"[^\W\d_]+", lambda word: _lowered(word[0]), text).replace("việt nam", "Việt Nam")
    return upper_first(lowered)


def _lowered(word: str) -> str:
    return word.lower() if _SYLLABLE.fullmatch(fold(word)) else word


def listed(names: Sequence[str], most: int) -> str:
    """The first of them, and that there are more."""
    return ", ".join(names[:most]) + (" và nơi khác" if len(names) > most else "")


def upper_first(text: str) -> str:
    """For the beginning of a sentence; the rest stays as it is."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """For use in the middle of a sentence; "UBND" stays as it is."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def tidy(text: str) -> str:
    """Portal text without its bullets, numbering and doubled blanks."""
    text = squeeze(_MARKER.sub(" ", text)).strip("; ")
    for official, plain in _TOO_OFFICIAL:
        text = official.sub(plain, text)
    return text
