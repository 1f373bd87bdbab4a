"""Provinces of today, found by the names people use: new, old, short, with or without accents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge.phrases import agrees
from knowledge.text import fold, squeeze, words

_DATA = Path(__file__).parent / "data" / "provinces.yml"
_KIND = re.compile(r"^(thành phố|tỉnh)\s+", re.IGNORECASE)
_PUBLISHER = re.compile(
    r"^(ủy ban nhân dân|uỷ ban nhân dân|ubnd|trung tâm phục vụ hành chính công|.* -)\s+", re.IGNORECASE
)
_POLITE = {
    "o", "tai", "tinh", "tp", "thanh", "pho", "que", "a", "nha", "nhe", "em", "toi", "minh", "dang", "song",
    "thi", "la", "da", "viet", "nam", "anh", "chi",
}  # fmt: skip
_BEFORE_A_PLACE = {"o", "tai", "tinh", "tp", "pho", "que"}
_SMALL_PLACES = {"quan", "q", "huyen", "phuong", "p", "xa", "tran"}


@dataclass(frozen=True)
class Province:
    code: str  # the statistical code, e.g. "79"
    name: str  # "Thành phố Hồ Chí Minh"
    portal_id: str

    @property
    def short_name(self) -> str:
        return _KIND.sub("", self.name)


class Provinces:
    """Finds a province in free text: whole words, the first name, the longest that begins there.

    Accents may be missing but not differ: "hoa huệ" is no Huế.
    """

    def __init__(self, names: dict[tuple[str, ...], Province]) -> None:
        self._names: dict[tuple[str, ...], list[tuple[tuple[str, ...], Province]]] = {}
        for written, province in names.items():
            self._names.setdefault(tuple(map(fold, written)), []).append((written, province))
        self._longest = max(map(len, names), default=0)
        self.all: Sequence[Province] = tuple({p.code: p for p in names.values()}.values())

    @classmethod
    @cache
    def load(cls, path: Path = _DATA) -> Provinces:
        names: dict[tuple[str, ...], Province] = {}
        for row in yaml.safe_load(path.read_text(encoding="utf-8")):
            province = Province(row["code"], row["name"], row["id"])
            for name in (province.name, province.short_name, *row.get("was", ()), *row.get("also", ())):
                names[tuple(words(name))] = province
        return cls(names)

    def find(self, text: str) -> Province | None:
        """The first province named in `text`, or None."""
        found = self._search(words(text))
        return found[0] if found else None

    def named_in(self, text: str) -> Province | None:
        """A province that a longer sentence surely names: with accents, or behind a word such as "ở" or "tỉnh"."""
        typed = words(text)
        for start in range(len(typed)):
            found = self._at(typed, start)
            if found:
                name = typed[start : start + found[1]]
                surely = any(fold(w) != w for w in name) or (start and fold(typed[start - 1]) in _BEFORE_A_PLACE)
                if surely:
                    return found[0]
        return None

    def only(self, text: str) -> Province | None:
        """The province where the message names a place and little else ("ở Bình Dương nha")."""
        typed = words(text)
        syllables = [fold(word) for word in typed]
        found = self._search(typed)
        if not found:
            return None
        province, start, length = found
        rest = _without_small_places(syllables[:start]) + syllables[start + length :]
        return province if all(word in _POLITE for word in rest) else None

    def by_code(self, code: str | None) -> Province | None:
        return next((p for p in self.all if p.code == code), None)

    def of_publisher(self, publisher: str) -> Province | None:
        """The province behind "UBND tỉnh Bắc Ninh"."""
        return self.find(_PUBLISHER.sub("", squeeze(publisher)))

    def _search(self, typed: list[str]) -> tuple[Province, int, int] | None:
        for start in range(len(typed)):
            found = self._at(typed, start)
            if found:
                return found[0], start, found[1]
        return None

    def _at(self, typed: list[str], start: int) -> tuple[Province, int] | None:
        """The longest name that begins at a word, and its length."""
        for length in range(min(self._longest, len(typed) - start), 0, -1):
            province = self._named(tuple(typed[start : start + length]))
            if province:
                return province, length
        return None

    def _named(self, typed: tuple[str, ...]) -> Province | None:
        for written, province in self._names.get(tuple(map(fold, typed)), ()):
            if all(agrees(t, w) for t, w in zip(typed, written, strict=True)):
                return province
        return None


def _without_small_places(syllables: list[str]) -> list[str]:
    """ "quận 7", "phường Bến Nghé quận 1": a unit and up to two syllables of its name."""
    kept, skip = [], 0
    for word in syllables:
        if word in _SMALL_PLACES:
            skip = 2
        elif skip:
            skip -= 1
        else:
            kept.append(word)
    return kept
