"""Today's 34 provinces and 3,321 communes, and the units of before 2025-07-01 that people still name.

Every unit, old or new, is the set of today's communes it covers. So "phường 5, quận 8, sg" is an intersection of sets,
an old district is what became of it, and a name that fits two places is seen to be ambiguous.

Sources: provinces by hand (`data/provinces.yml`), communes and old units by `python -m indexer gazetteer`.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from functools import cache
from pathlib import Path

import yaml

from knowledge.text import fold, squeeze, words

DATA = Path(__file__).parent / "data"
_KIND = re.compile(r"^(thành phố|tỉnh|quận|huyện|thị xã|phường|xã|thị trấn|đặc khu)\s+", re.IGNORECASE)


class Level(IntEnum):
    """The tiers of administration; districts ended on 2025-07-01."""

    PROVINCE = 0
    DISTRICT = 1
    COMMUNE = 2


@dataclass(frozen=True)
class Province:
    code: str  # the statistical code, e.g. "79"
    name: str  # "Thành phố Hồ Chí Minh"
    portal_id: str

    @property
    def short_name(self) -> str:
        return _KIND.sub("", self.name)


@dataclass(frozen=True)
class Commune:
    """A commune, ward or special zone (xã, phường, đặc khu) of today."""

    code: str  # the statistical code, e.g. "26740"
    name: str  # "Phường Sài Gòn"
    province: Province


@dataclass(frozen=True)
class Place:
    """Where somebody is: a province, and as far as it is known the commune."""

    province: Province
    communes: tuple[Commune, ...] = ()  # those it may be; empty: anywhere in the province
    was: str = ""  # what it was called until 2025-06-30, where that is how it was named: "Quận 7"

    @property
    def commune(self) -> Commune | None:
        return self.communes[0] if len(self.communes) == 1 else None

    @property
    def name(self) -> str:
        """ "Phường Sài Gòn, Thành phố Hồ Chí Minh"."""
        return f"{self.commune.name}, {self.province.name}" if self.commune else self.province.name


@dataclass(frozen=True)
class Unit:
    """A name that people use for a place, old or new, and the codes of today's communes it covers."""

    level: Level
    kind: str  # "quận"; folded
    label: str  # as written: "Quận 7"
    covers: frozenset[str] = field(repr=False)
    is_today: bool
    within: str = ""  # of an old commune: its district


class Gazetteer:
    """All units, by name and by code. Loaded once; takes about a quarter of a second."""

    def __init__(
        self, provinces: Sequence[Province], communes: Sequence[Commune], units: Sequence[tuple[str, Unit]]
    ) -> None:
        self.provinces = tuple(provinces)
        self._provinces = {p.code: p for p in provinces}
        self._communes = {c.code: c for c in communes}
        self._units: dict[tuple[str, ...], list[tuple[tuple[str, ...], Unit]]] = defaultdict(list)
        for name, unit in units:
            written = tuple(_number(word) for word in words(name))
            self._units[tuple(map(fold, written))].append((written, unit))
        self.longest = max(map(len, self._units), default=0)

    @classmethod
    @cache
    def load(cls, folder: Path = DATA) -> Gazetteer:
        rows = yaml.safe_load((folder / "provinces.yml").read_text(encoding="utf-8"))
        provinces = {row["code"]: Province(row["code"], row["name"], row["id"]) for row in rows}
        communes = [
            Commune(row["code"], row["name"], provinces[row["province"]]) for row in _read(folder / "communes.tsv")
        ]
        old = list(_read(folder / "old_units.tsv"))
        units = [*_provinces(rows, communes, old), *_communes(communes), *_old_units(old)]
        older = yaml.safe_load((folder / "older_names.yml").read_text(encoding="utf-8"))
        return cls(list(provinces.values()), communes, [*units, *_older(older, old)])

    def province(self, code: str | None) -> Province | None:
        return self._provinces.get(code or "")

    def commune(self, code: str | None) -> Commune | None:
        return self._communes.get(code or "")

    def place(self, province: str | None, communes: Sequence[str] = (), was: str = "") -> Place | None:
        """The place behind stored codes; None where the province is unknown or there is none."""
        of = self.province(province)
        known = tuple(c for c in map(self.commune, communes) if c and c.province == of)
        return Place(of, known, was) if of else None

    def named(self, name: Sequence[str]) -> list[tuple[tuple[str, ...], Unit]]:
        """Units whose name has these words when folded, each with the name as it is written."""
        return self._units.get(tuple(map(fold, name)), [])

    def province_of(self, covers: frozenset[str]) -> Province:
        return self._communes[next(iter(covers))].province

    def place_of(self, covers: frozenset[str], units: Sequence[Unit]) -> Place:
        """The place that several units have in common."""
        narrowest = max(units, key=lambda unit: unit.level)
        if narrowest.level is Level.PROVINCE:
            return Place(self.province_of(covers), was="" if narrowest.is_today else narrowest.label)
        communes = tuple(sorted((self._communes[c] for c in covers), key=lambda c: c.code))
        was = "" if narrowest.is_today else ", ".join(filter(None, (narrowest.label, narrowest.within)))
        return Place(communes[0].province, communes, was)

    def beginning_with(self, text: str, limit: int) -> list[Place]:
        """Today's provinces and communes whose name begins so: for a search field."""
        head = fold(squeeze(text))
        found = [Place(p) for p in self.provinces if _begins(p.name, head)]
        found += [Place(c.province, (c,)) for c in self._communes.values() if _begins(c.name, head)]
        return found[:limit]


def without_kind(name: str) -> str:
    """ "Quận 7" → "7", "Phường Sài Gòn" → "Sài Gòn"."""
    return _KIND.sub("", name)


def _begins(name: str, head: str) -> bool:
    return fold(name).startswith(head) or fold(without_kind(name)).startswith(head)


def _number(word: str) -> str:
    return str(int(word)) if word.isdecimal() else word


def _kind_of(name: str) -> str:
    found = _KIND.match(name)
    return fold(found.group(1)) if found else ""


def _read(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = (line for line in file if not line.startswith("#"))
        yield from csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE)


def _provinces(
    rows: Sequence[dict[str, object]], communes: Sequence[Commune], old: Sequence[dict[str, str]]
) -> Iterator[tuple[str, Unit]]:
    today: dict[str, set[str]] = defaultdict(set)
    before: dict[str, set[str]] = defaultdict(set)
    for commune in communes:
        today[commune.province.code].add(commune.code)
    for unit in old:
        before[without_kind(unit["province"])].update(unit["became"].split(","))
    for row in rows:
        covers, name = frozenset(today[str(row["code"])]), str(row["name"])
        for said in (without_kind(name), *_texts(row, "also")):
            yield said, Unit(Level.PROVINCE, _kind_of(name), name, covers, is_today=True)
        for said in _texts(row, "was"):
            # Hà Tây ended in 2008 and has no communes of its own in the data: the whole province it went into.
            part = frozenset(before.get(said) or covers) & covers
            yield said, Unit(Level.PROVINCE, "tinh", said, part or covers, is_today=False)


def _texts(row: dict[str, object], key: str) -> list[str]:
    value = row.get(key)
    return [str(item) for item in value] if isinstance(value, list) else []


def _communes(communes: Sequence[Commune]) -> Iterator[tuple[str, Unit]]:
    for commune in communes:
        covers = frozenset([commune.code])
        yield without_kind(commune.name), Unit(Level.COMMUNE, _kind_of(commune.name), commune.name, covers, True)


def _old_units(old: Sequence[dict[str, str]]) -> Iterator[tuple[str, Unit]]:
    districts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in old:
        covers = frozenset(row["became"].split(","))
        districts[row["province"], row["district"]] |= covers
        if name := row["commune"]:
            yield without_kind(name), Unit(Level.COMMUNE, _kind_of(name), name, covers, False, row["district"])
    for (_, name), became in districts.items():
        yield without_kind(name), Unit(Level.DISTRICT, _kind_of(name), name, frozenset(became), False)


def _older(rows: Sequence[dict[str, str]], old: Sequence[dict[str, str]]) -> Iterator[tuple[str, Unit]]:
    for row in rows:
        of = [
            o["became"].split(",") for o in old if o["province"] == row["province"] and o["district"] == row["district"]
        ]
        covers = frozenset(code for codes in of for code in codes)
        yield without_kind(row["name"]), Unit(Level.DISTRICT, _kind_of(row["name"]), row["name"], covers, False)
