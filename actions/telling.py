"""Words that tell how things are, and no wish: "ông ấy mất cà vẹt rồi", "chưa có giấy kết hôn", "mẹ em 68 tuổi".

While something is talked of they are a circumstance of it, whatever procedure has the same words.
"""

from __future__ import annotations

import re

from knowledge.text import expand_chat_spelling, fold

_PEOPLE = {
    "ong", "ba", "bo", "me", "ma", "cha", "vo", "chong", "con", "chau", "em", "anh", "chi", "co", "chu", "bac", "cau",
    "di", "gai", "trai", "noi", "ngoai", "ruot", "be", "dua", "nguoi", "minh", "toi", "tui", "ay",
    "no", "ca", "tuoi", "nho", "lon", "e",
}  # fmt: skip
SEVERAL = 2
_OTHERS = re.compile(
    r"(?:(?:ma|nhung|the|vay|con|a|da|tai|vi) )?"
    r"(?:ong|ba|bo|me|ma|vo|chong|con|chau|anh|chi|co|chu|bac|ban|nguoi|ben|hai|2|dua|be) "
    r"(?:trai|gai|noi|ngoai|em|e|toi|tui|minh|ay|nay|kia|nha|ban|mua|cho|thue|tro|ta|nho|ca|anh|chi|vo|chong"
    r"|\d+ tuoi)\b"
)
_HAVING = re.compile(
    r"(?:(?:em|minh|toi|tui) )?(?:chua|khong|da|moi|chi|dang|van|con) (?:con |tung )?(?:co|dang ky|lam|cuoi)\b"
)
_WISH = re.compile(
    r"\b(?:muon|mun|xin|hoi|can|thu tuc|giup|huong dan|cach|dinh|tinh|doi|nop|o dau|the nao|sao|gi)\b"
    r"|\b(?<!giay )dang ky\b|\blam\b(?! (?:mat|hong|hu|rach|roi|o|cho|viec|thue|an|xa)\b)"
    r"|\b(?:khong|chua)$"
)
_LOST = re.compile(r"(?:^|(?: bi| lam| danh)? )mat(?: roi| het)?$")  # with "thì sao": "học bạ bị mất thì sao"
_SO_WHAT = re.compile(r" thi (?:sao|the nao)(?: a| nhi| vay)*$")


def is_circumstance(text: str) -> bool:
    """Whether it only says who somebody else is, or what is there and what is not. Who tells of themselves may wish."""
    typed = fold(expand_chat_spelling(text))
    if _loss(typed):
        return True
    folded = _SO_WHAT.sub("", typed)
    having = _HAVING.match(folded)
    rest = folded[having.end() :] if having else folded
    return bool(having or _OTHERS.match(folded)) and not _WISH.search(rest)


def lost(text: str) -> str:
    """What is told to be lost, where that is all that is asked about: "học bạ" of "học bạ bị mất thì sao"."""
    typed = expand_chat_spelling(text)
    gone = _loss(fold(typed))
    return typed[: gone.start()] if gone else ""


def _loss(folded: str) -> re.Match[str] | None:
    """Where "bị mất" stands of "bị mất thì sao"."""
    asked = _SO_WHAT.search(folded)
    return _LOST.search(folded[: asked.start()]) if asked else None


def things(named: set[str]) -> set[str]:
    """Those of several words (folded) that name more than people and their ages, which name no procedure alone.

    One word says too little to tell: "ong" without accents is a bee, too. Of "cả nhà" the house is meant by nobody.
    """
    if len(named) < SEVERAL:
        return named
    people = _PEOPLE | {"nha"} if "ca" in named else _PEOPLE
    return {word for word in named - people if not word.isdecimal()}
