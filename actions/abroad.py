"""Whether somebody is abroad as they write: "em đang ở Đức", "chồng tôi sống bên Nhật"; not "đi Đức", "sinh ở Mỹ"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from actions.situations import either, nations
from knowledge.phrases import agrees, cut
from knowledge.place_names import read_place
from knowledge.places import Gazetteer
from knowledge.text import expand_chat_spelling, fold

_EMBASSY = r"\b(?:dai su quan|lanh su quan|su quan|co quan dai dien|dsq|tlsq)\b"
_SPEAKER = r"(?:em|e|toi|tui|minh|mk|mik|chung em|chung toi|vo chong (?:em|toi|minh)|gia dinh (?:em|toi)|nha em|ca nha)"
_KIN = (
    r"(?:chong|vo|con|chau|bo|me|ba|ma|cha|anh|chi|em|ban|nguoi)"
    r"(?: (?:trai|gai|ruot|nha|yeu|kia|em|e|toi|tui|minh|mk|chau))*"
)
_LIVES = r"(?:song|sinh song|lam viec|lam|di lam|du hoc|hoc|dinh cu|cu tru|tam tru|lao dong|xkld)"
_AT = r"(?:o ben|o|ben|tai)"
_BACK = re.compile(r"\b(?:ve nuoc|ve viet nam|ve vn|ve que|o viet nam|o vn|tai viet nam|trong nuoc|o que|o nha)\b")
_OUT_THERE = re.compile(rf"{_EMBASSY}|\b(?:nuoc ngoai|ngoai quoc|hai ngoai|viet kieu|kieu bao|ben do|ben day)\b")
_OUTSIDE = "nước ngoài"
_OTHER_WORDS = {"ý", "tây", "anh"}  # as often as countries


class Who(StrEnum):
    SPEAKER = "speaker"
    SOMEBODY = "somebody"
    NOBODY = "nobody"


@dataclass(frozen=True)
class Abroad:
    """Who is abroad; `rest` is the message without the words that say so.

    `is_back`: somebody is here, or here again. `is_named`: an embassy, a country or "abroad" is named in any way.
    `lives`: the words that say in which country somebody lives, which is no part of what they want.
    """

    who: Who = Who.NOBODY
    rest: str = ""
    is_back: bool = False
    is_named: bool = False
    lives: str = ""


def read_abroad(text: str, gazetteer: Gazetteer) -> Abroad:
    """Who files at an embassy is abroad, too; "đại sứ quán Hàn Quốc" may be theirs in Hà Nội."""
    typed = expand_chat_spelling(text)
    folded = fold(typed)
    is_back = _BACK.search(folded) is not None
    if office := _embassy().search(folded):
        who = Who.SOMEBODY if office["theirs"] else Who.SPEAKER
        return Abroad(who, cut(typed, [office.span()]), is_back, is_named=True)
    lived, named = list(_abroad().finditer(folded)), list(_country().finditer(folded))
    here = read_place(typed, gazetteer).spans if lived or named else ()
    for found in lived:
        if _is_abroad(found, typed, here):
            who = Who.SOMEBODY if found["kin"] else Who.SPEAKER
            lives = "" if found["where"] == fold(_OUTSIDE) else found["lives"]
            return Abroad(who, cut(typed, [found.span()]), is_back, is_named=True, lives=lives)
    is_named = _OUT_THERE.search(folded) is not None or any(_is_abroad(found, typed, here) for found in named)
    return Abroad(Who.NOBODY, typed, is_back, is_named)


def _is_abroad(found: re.Match[str], typed: str, here: Sequence[tuple[int, int]]) -> bool:
    """Whether it is a country as it is typed, and no place in Vietnam (`here`): Mỹ Đức, Thái Nguyên."""
    start, end = found.span("where")
    return _is_nation(typed[start:end]) and not any(a < end and start < b for a, b in here)


def _is_nation(typed: str) -> bool:
    """ "Nga" and "nga", not "ngã" of "ngã ba"."""
    return any(
        len(typed.split()) == len(name.split()) and all(map(agrees, typed.split(), name.split())) for name in _names()
    )


@cache
def _names() -> tuple[str, ...]:
    return (_OUTSIDE, *(name for name in nations() if name not in _OTHER_WORDS))


@cache
def _countries() -> str:
    """A pattern for any of them, without accents."""
    return either(fold(name) for name in _names())


@cache
def _embassy() -> re.Pattern[str]:
    """With the words around that say where it is: "ở đại sứ quán Việt Nam bên Hàn"."""
    nation = _countries()
    return re.compile(
        rf"\b(?:o|tai|ra|len|den|toi|qua) {_EMBASSY}(?P<theirs> (?:nuoc )?(?:{nation})\b)?"
        rf"(?:(?: {_AT})? (?:{nation}|viet nam|vn|ben do|ben nay)\b)*"
    )


@cache
def _country() -> re.Pattern[str]:
    """A country that somebody goes to, is in or comes from, whoever it is."""
    return re.compile(rf"\b(?:o|ben|tai|qua|sang|di|nuoc|tu|ve) (?:nuoc )?(?P<where>{_countries()})\b")


@cache
def _abroad() -> re.Pattern[str]:
    stays = r"(?:dang|hien|van|cung|deu)"
    at = rf"(?:(?:{stays} )+(?:{_LIVES}(?: {_AT})?|{_AT})|{_LIVES} {_AT}|o ben|o)"
    who = rf"(?:^|\b{_SPEAKER} |\b(?P<kin>{_KIN}) )(?:(?:thi|la|hien tai|bay gio|gio) )*"
    return re.compile(
        rf"(?:{who}(?={at} )|\b{_SPEAKER} (?=ben ))(?P<lives>(?:{at}|ben) (?:nuoc )?(?P<where>{_countries()}))\b"
    )
