"""Places in what people write: "q7", "tp thu duc", "Thủ Dầu Một, Bình Dương", "xã Tân Phú huyện Châu Thành Bến Tre".

A bare name inside a longer sentence counts only where it is sure: a province or old district, typed with accents or
behind "ở", or right beside another place. "hoà bình" in a story about peace is no place; "tam trú" is never Tam Trù.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from knowledge.phrases import agrees
from knowledge.places import Gazetteer, Level, Place, Province, Unit
from knowledge.text import Word, fold, nfc, spans

_GLUED = re.compile(r"^(q|p|f|tp|tx|tt|quan|quận|phuong|phường)(\d{1,2})$")
_BREAK = re.compile(r"[,;:/()\n]")
_COMMA = ","
_KINDS = {
    ("quận",): "quan", ("q",): "quan", ("huyện",): "huyen", ("thị", "xã"): "thi xa", ("tx",): "thi xa",
    ("thành", "phố"): "thanh pho", ("tp",): "thanh pho", ("phường",): "phuong", ("p",): "phuong", ("f",): "phuong",
    ("xã",): "xa", ("thị", "trấn"): "thi tran", ("tt",): "thi tran", ("đặc", "khu"): "dac khu", ("tỉnh",): "tinh",
}  # fmt: skip
_LEVELS = {
    "quan": {Level.DISTRICT}, "huyen": {Level.DISTRICT}, "thi xa": {Level.DISTRICT}, "tinh": {Level.PROVINCE},
    "thanh pho": {Level.PROVINCE, Level.DISTRICT},
}  # fmt: skip  # the rest are communes
_BEFORE_A_PLACE = {"ở", "tại", "quê", "o", "tai", "que"}
_FROM = {"quê", "que", "từ", "tu"}
_ORDINARY = {"hoa binh", "thong nhat", "doan ket", "tu do"}  # words before they are names: these want an "ở"
_SHORT_KINDS = {"p", "f", "tt"}  # "diện F4" is no ward: such a one needs another place beside it
_POLITE = {
    "o", "tai", "que", "a", "nha", "nhe", "em", "toi", "minh", "dang", "song", "thi", "la", "da", "viet", "nam",
    "anh", "chi", "con", "chau", "ben", "duoi", "tren", "khu", "vuc", "cu", "moi", "truoc", "day", "nay", "gio",
    "thuoc",
}  # fmt: skip
_MOST_ALTERNATIVES = 400


@dataclass(frozen=True)
class Reading:
    """The places a text may mean, the likeliest first; more than one is ambiguous, none means it names no place."""

    places: tuple[Place, ...] = ()
    only: bool = False  # the text names a place and nothing else
    name: str = ""  # the words that named it
    spans: tuple[tuple[int, int], ...] = ()  # where they stand in the NFC text, with the "ở" before them

    @property
    def place(self) -> Place | None:
        return self.places[0] if len(self.places) == 1 else None


@dataclass(frozen=True)
class _Mention:
    start: int
    end: int
    units: tuple[Unit, ...]
    is_sure: bool
    is_elsewhere: bool = False  # where somebody comes from, not where they are


def read_place(text: str, gazetteer: Gazetteer) -> Reading:
    """The place named in `text`. Old names give what they became; accents may be missing but not differ."""
    found = list(_split(text))
    typed = [word.text for word in found]
    mentions = list(_mentions(typed, gazetteer))
    rest = _rest(typed, mentions)
    only = bool(mentions) and all(fold(word) in _POLITE for word in rest)
    if not only:
        mentions = _sure(mentions, typed)
    mentions = [m for m in mentions if not m.is_elsewhere] or mentions
    if not mentions:
        return Reading()
    name = " ".join(word for m in mentions for word in typed[m.start : m.end])
    places = tuple(_common(mentions, gazetteer))
    return Reading(places, only, name, tuple(_span(m, found) for m in mentions))


def province_named(text: str, gazetteer: Gazetteer) -> Province | None:
    """The one province that a name, old or new, lies in: "UBND tỉnh Bắc Ninh", "bình dương"; None for several."""
    place = read_place(text, gazetteer).place
    return place.province if place else None


def _split(text: str) -> Iterator[Word]:
    """ "q7" → "q", "7"; "phường 05" → "phường", "5"."""
    end = 0
    for word in spans(text):
        if _BREAK.search(nfc(text)[end : word.start]):
            yield Word(_COMMA, end, end)  # no name goes over it: "Tân Phú, Đồng Nai" is not Tân Phú Đông
        end = word.end
        glued = _GLUED.match(word.text)
        for part in glued.groups() if glued else (word.text,):
            yield Word(str(int(part)) if part.isdecimal() else part, word.start, word.end)


def _span(mention: _Mention, found: Sequence[Word]) -> tuple[int, int]:
    first = mention.start
    if first and found[first - 1].text in _BEFORE_A_PLACE:
        first -= 1
    return found[first].start, found[mention.end - 1].end


def _mentions(typed: Sequence[str], gazetteer: Gazetteer) -> Iterator[_Mention]:
    at = 0
    while at < len(typed):
        found = _at(typed, at, gazetteer)
        if found and not found.is_sure:  # "dân | thành phố Huế" holds no xã Dân Thành
            inside = (_at(typed, k, gazetteer) for k in range(at + 1, found.end))
            found = None if any(m and m.is_sure for m in inside) else found
        if found:
            yield found
        at = found.end if found else at + 1


def _at(typed: Sequence[str], start: int, gazetteer: Gazetteer) -> _Mention | None:
    """The longest name that begins here, with the kind of unit before it or without."""
    kind, length = _kind_at(typed, start)
    if kind:
        found = _named(typed, start + length, gazetteer, kind)
        if found:
            is_sure = typed[start] not in _SHORT_KINDS
            return _Mention(start, found[0], found[1], is_sure, _is_elsewhere(typed, start))
    found = _named(typed, start, gazetteer, "")
    if not found:
        return None
    end, units = found
    name = typed[start:end]
    if len(name) == 1:  # "quê" is no phường Quế; "huế" and "sg" are provinces
        units = tuple(unit for unit in units if unit.level is Level.PROVINCE)
    if not units:
        return None
    before = typed[start - 1] if start else ""
    if fold(before) == "viet" and fold(name[0]) == "nam":  # "người Việt Nam định cư"
        return None
    wide = any(unit.level is not Level.COMMUNE for unit in units)
    is_accented = any(fold(w) != w for w in name) and fold(" ".join(name)) not in _ORDINARY
    is_sure = wide and (before in _BEFORE_A_PLACE or is_accented)
    return _Mention(start, end, units, is_sure, _is_elsewhere(typed, start))


def _is_elsewhere(typed: Sequence[str], start: int) -> bool:
    """ "quê ở Nghệ An", "mới từ Quảng Nam vào"."""
    return any(word in _FROM for word in typed[max(0, start - 2) : start])


def _kind_at(typed: Sequence[str], start: int) -> tuple[str, int]:
    for written, kind in _KINDS.items():
        here = typed[start : start + len(written)]
        if len(here) == len(written) and all(agrees(t, w) for t, w in zip(here, written, strict=True)):
            return kind, len(written)
    return "", 0


def _named(typed: Sequence[str], start: int, gazetteer: Gazetteer, kind: str) -> tuple[int, tuple[Unit, ...]] | None:
    for length in range(min(gazetteer.longest, len(typed) - start), 0, -1):
        name = typed[start : start + length]
        units = [
            unit
            for written, unit in gazetteer.named(name)
            if all(agrees(t, w) for t, w in zip(name, written, strict=True))
        ]
        units = _of_kind(units, kind) if kind else units
        if units:
            return start + length, tuple(units)
    return None


def _of_kind(units: Sequence[Unit], kind: str) -> list[Unit]:
    """Units of that very kind; else of its level: people say "huyện" of what became a town."""
    levels = _LEVELS.get(kind, {Level.COMMUNE})
    exact = [unit for unit in units if unit.kind == kind and unit.level in levels]
    numbered = [unit for unit in units if unit.label.split()[-1].isdecimal()]
    return exact or [unit for unit in units if unit.level in levels and unit not in numbered]


def _rest(typed: Sequence[str], mentions: Sequence[_Mention]) -> list[str]:
    covered = {i for m in mentions for i in range(m.start, m.end)}
    return [word for i, word in enumerate(typed) if i not in covered and word != _COMMA]


def _sure(mentions: Sequence[_Mention], typed: Sequence[str]) -> list[_Mention]:
    """Those that are sure by themselves, and names that stand right beside one of them."""
    kept = [m for m in mentions if m.is_sure]
    while True:
        beside = [m for m in mentions if m not in kept and any(_touch(m, other, typed) for other in kept)]
        if not beside:
            return sorted(kept, key=lambda m: m.start)
        kept += beside


def _touch(one: _Mention, other: _Mention, typed: Sequence[str]) -> bool:
    between = typed[one.end : other.start] if one.start < other.start else typed[other.end : one.start]
    return all(word == _COMMA for word in between)


def _common(mentions: Sequence[_Mention], gazetteer: Gazetteer) -> Iterator[Place]:
    """What the mentioned units have in common, one place a province, today's units first.

    A name for both a province or district and smaller units means the larger: "Tân Phú" is first of all the district.
    """
    alternatives: list[tuple[frozenset[str], tuple[Unit, ...]]] = [(u.covers, (u,)) for u in mentions[0].units]
    for mention in mentions[1:]:
        narrowed = [
            (covers & unit.covers, (*units, unit))
            for covers, units in alternatives
            for unit in mention.units
            if covers & unit.covers
        ]
        if not narrowed:  # two places: which one counts is not ours to guess
            narrowed = [*alternatives, *((unit.covers, (unit,)) for unit in mention.units)]
        alternatives = narrowed[:_MOST_ALTERNATIVES]
    widest = {
        len(units): min(sorted(u.level for u in a) for _, a in alternatives if len(a) == len(units))
        for _, units in alternatives
    }
    alternatives = [(c, units) for c, units in alternatives if sorted(u.level for u in units) == widest[len(units)]]
    alternatives.sort(key=lambda a: -sum(u.is_today for u in a[1]))
    seen: dict[str, Place] = {}
    for covers, units in alternatives:
        place = gazetteer.place_of(covers, units)
        known = seen.get(place.province.code)
        if known is None:
            seen[place.province.code] = place
        elif known.was and place.was and known.communes:  # two old units of one name: either
            both = tuple(sorted({*known.communes, *place.communes}, key=lambda c: c.code))
            seen[place.province.code] = Place(place.province, both, known.was.split(",")[0])
    yield from seen.values()
