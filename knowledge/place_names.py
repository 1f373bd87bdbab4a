"""Places in what people write: "q7", "tp thu duc", "Thủ Dầu Một, Bình Dương", "xã Tân Phú huyện Châu Thành Bến Tre".

A bare name inside a longer sentence counts only where it is sure: a province or old district, typed with accents or
behind "ở", or right beside another place. "hoà bình" in a story about peace is no place; "tam trú" is never Tam Trù.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from knowledge.phrases import agrees
from knowledge.places import Gazetteer, Level, Place, Province, Unit
from knowledge.text import Word, fold, nfc, spans

_GLUED = re.compile(r"^(q|p|f|tp|tx|tt|quan|quận|phuong|phường)(\d{1,2})$")
_BREAK = re.compile(r"[,;:/()\n]")
_COMMA = ","
_KINDS = {
    ("quận",): "quan", ("q",): "quan", ("huyện",): "huyen", ("thị", "xã"): "thi xa", ("tx",): "thi xa",
    ("thành", "phố"): "thanh pho", ("tp",): "thanh pho", ("phường",): "phuong", ("p",): "phuong", ("f",): "phuong",
    ("xã",): "xa", ("thị", "trấn"): "thi tran", ("tt",): "thi tran", ("h",): "huyen",
    ("đặc", "khu"): "dac khu", ("tỉnh",): "tinh",
}  # fmt: skip
_LEVELS = {
    "quan": {Level.DISTRICT}, "huyen": {Level.DISTRICT}, "thi xa": {Level.DISTRICT}, "tinh": {Level.PROVINCE},
    "thanh pho": {Level.PROVINCE, Level.DISTRICT},
}  # fmt: skip  # the rest are communes
_BEFORE_A_PLACE = {"ở", "tại", "quê", "o", "tai", "que"}
_FROM = {"quê", "que", "từ", "tu"}
_REGISTERED = re.compile(r"\b(?:ho khau|hk|hktt)(?: (?:thuong tru|goc|o|tai|ben|ngoai))*$")
_MAY_BE_WORDS = {"phuong", "xa", "thi xa", "huyen"}
_ORDINARY = {"hoa binh", "thong nhat", "doan ket", "tu do", "cao bang"}  # words before they are names: want an "ở"
_NO_NAME = {"la gi"}  # a town of this name is nobody's answer to a bot
_BEFORE_A_PERSON = {  # a name of a person, a street or a firm follows: "Nguyễn Thái Bình", "đường Điện Biên Phủ"
    "tên", "họ", "nguyễn", "trần", "lê", "phạm", "huỳnh", "hoàng", "võ", "vũ", "đặng", "bùi", "đỗ", "ngô", "đường",
    "phố", "ty", "hiệu", "trường", "văn", "thị", "thành", "quán", "tiệm",
}  # fmt: skip
_BEFORE_FAR = {"bao", "cach", "qua"}  # "cách đây bao xa trung tâm" names no commune
_SHORT_KINDS = {"p", "f", "tt", "h"}  # "diện F4" is no ward: such a one needs another place beside it
_POLITE = {
    "o", "tai", "que", "a", "nha", "nhe", "em", "toi", "minh", "dang", "song", "thi", "la", "da", "viet", "nam",
    "anh", "chi", "con", "chau", "ben", "duoi", "tren", "khu", "vuc", "cu", "moi", "truoc", "day", "nay", "gio",
    "thuoc", "tui", "e", "c", "ad", "mik", "bo", "ba", "me", "cong", "ty", "hien", "bay", "vang", "luon",
    "thoi", "roi", "ay", "do", "vay",
}  # fmt: skip
_MOST_ALTERNATIVES = 400
_MOST_MENTIONS = 8
_MOST_WORDS = 150
_Alternative = tuple[frozenset[str], tuple[Unit, ...]]  # today's communes, and the units that have them in common


@dataclass(frozen=True)
class Reading:
    """The places a text may mean, the likeliest first; more than one is ambiguous, none means it names no place."""

    places: tuple[Place, ...] = ()
    only: bool = False  # the text names a place and nothing else
    is_bare: bool = False  # by the bare name of a commune, which may be an ordinary word: "hợp đồng", "định cư"
    name: str = ""  # the words that named it
    spans: tuple[tuple[int, int], ...] = ()  # where they stand in the NFC text, with the "ở" before them
    origins: tuple[tuple[int, int], ...] = ()  # where names stand that only tell where somebody comes from

    @property
    def place(self) -> Place | None:
        return self.places[0] if len(self.places) == 1 else None

    @property
    def sure(self) -> Place | None:
        """The one place, unless the name may be an ordinary word."""
        return None if self.is_bare else self.place


@dataclass(frozen=True)
class _Mention:
    start: int
    end: int
    units: tuple[Unit, ...]
    is_sure: bool
    is_elsewhere: bool = False  # where somebody comes from, not where they are
    is_bare: bool = False


def read_place(text: str, gazetteer: Gazetteer) -> Reading:
    """The place named in `text`. Old names give what they became; accents may be missing but not differ."""
    found = list(_split(nfc(text)))[:_MOST_WORDS]
    typed = [word.text for word in found]
    mentions = list(islice(_mentions(typed, gazetteer), _MOST_MENTIONS))
    rest = _rest(typed, mentions)
    only = bool(mentions) and all(fold(word) in _POLITE for word in rest)
    if not only:
        mentions = _sure(mentions, typed)
    here = [m for m in mentions if not m.is_elsewhere] or mentions
    origins = tuple(_span(m, found) for m in mentions if m not in here)
    mentions = here
    if not mentions:
        return Reading()
    name = " ".join(word for m in mentions for word in typed[m.start : m.end])
    places = tuple(_common(mentions, gazetteer))
    is_bare = all(m.is_bare for m in mentions) and len(mentions) == 1
    return Reading(places, only, is_bare, name, tuple(_span(m, found) for m in mentions), origins)


def province_named(text: str, gazetteer: Gazetteer) -> Province | None:
    """The one province that a name, old or new, lies in: "UBND tỉnh Bắc Ninh", "bình dương"; None for several."""
    place = read_place(text, gazetteer).place
    return place.province if place else None


def _split(text: str) -> Iterator[Word]:
    """The words of an NFC text: "q7" → "q", "7"; "phường 05" → "phường", "5"."""
    end = 0
    for word in spans(text):
        if _BREAK.search(text[end : word.start]):
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
    before = typed[start - 1] if start else ""
    behind = before in _BEFORE_A_PLACE
    kind, length = _kind_at(typed, start)
    if kind and not (kind == "xa" and _is_no_commune(typed[start], fold(before))):
        found = _named(typed, start + length, gazetteer, kind)
        if found:
            is_sure = behind or _is_plain(typed[start : start + length], typed[start + length : found[0]])
            return _Mention(start, *found, is_sure, _is_elsewhere(typed, start))
    found = _named(typed, start, gazetteer, "")
    return _bare(typed, start, *found) if found else None


def _is_no_commune(kind: str, before: str) -> bool:
    """The "xã" of "hợp tác xã", and "xa" that is far: with accents nobody writes it for a commune."""
    return before == "tac" or (kind == "xa" and before in _BEFORE_FAR)


def _bare(typed: Sequence[str], start: int, end: int, units: tuple[Unit, ...]) -> _Mention | None:
    """A name without its kind: sure where it is no small place, and written or introduced as a name of a place."""
    name, before = typed[start:end], typed[start - 1] if start else ""
    if len(name) == 1:  # "quê" is no phường Quế; "huế" and "sg" are provinces
        units = tuple(unit for unit in units if unit.level is Level.PROVINCE)
    folded = fold(" ".join(name))
    if not units or folded in _NO_NAME or (fold(before), folded[:3]) == ("viet", "nam"):  # "người Việt Nam định cư"
        return None
    is_small = all(unit.level is Level.COMMUNE for unit in units)
    is_accented = _has_accents(name) and folded not in _ORDINARY and before not in _BEFORE_A_PERSON
    is_sure = not is_small and (before in _BEFORE_A_PLACE or is_accented or _is_of_registration(typed, start))
    return _Mention(start, end, units, is_sure, _is_elsewhere(typed, start), is_bare=is_small)


def _is_plain(kind: Sequence[str], name: Sequence[str]) -> bool:
    """Whether kind and name can hardly be ordinary words: "phuong tien" and "xa hoi" without accents can."""
    if kind[0] in _SHORT_KINDS:
        return False
    if fold(" ".join(kind)) in _MAY_BE_WORDS:
        return _has_accents([*kind, *name]) or name[0].isdecimal()
    return True


def _has_accents(name: Sequence[str]) -> bool:
    return any(fold(word) != word for word in name)


def _is_elsewhere(typed: Sequence[str], start: int) -> bool:
    """ "quê ở Nghệ An", "mới từ Quảng Nam vào", "hộ khẩu Cà Mau"."""
    return any(word in _FROM for word in typed[max(0, start - 2) : start]) or _is_of_registration(typed, start)


def _is_of_registration(typed: Sequence[str], start: int) -> bool:
    return _REGISTERED.search(fold(" ".join(typed[max(0, start - 4) : start]))) is not None


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
    others = [unit for unit in units if unit.level in levels and unit not in numbered]
    return exact or [unit for unit in others if kind == "thi tran" or unit.kind != "thi tran"]


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

    Mentions that have nothing in common are two places, and both come: which one counts is not ours to guess.
    """
    groups: list[list[_Alternative]] = []
    for mention in mentions:
        for number, group in enumerate(groups):
            narrowed = [(c & u.covers, (*units, u)) for c, units in group for u in mention.units if c & u.covers]
            if narrowed:
                groups[number] = narrowed[:_MOST_ALTERNATIVES]
                break
        else:
            groups.append([(unit.covers, (unit,)) for unit in mention.units])
    found = sorted(
        (alternative for group in groups for alternative in _widest(group)),
        key=lambda a: -sum(unit.is_today for unit in a[1]),
    )
    seen: dict[str, Place] = {}
    for covers, units in found:
        place = gazetteer.place_of(covers, units)
        known = seen.get(place.province.code)
        seen[place.province.code] = _either(known, place) if known else place
    yield from seen.values()


def _widest(group: Sequence[_Alternative]) -> list[_Alternative]:
    """A name for a district and for smaller units means the district: "Tân Phú" is first of all that."""
    widest = min(sorted(unit.level for unit in units) for _, units in group)
    return [(covers, units) for covers, units in group if sorted(unit.level for unit in units) == widest]


def _either(one: Place, other: Place) -> Place:
    """Two units of one name in a province: old ones are both possible, one of today counts for itself."""
    if not (one.was and other.was and one.communes):
        return one
    both = sorted({*one.communes, *other.communes}, key=lambda commune: commune.code)
    return Place(one.province, tuple(both), one.was.split(",")[0])
