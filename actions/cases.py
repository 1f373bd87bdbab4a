"""Which of several answers a message has given already: the case of a procedure, or the member of a family.

An answer is told by its own `words`, by an age within its label's ("Trẻ dưới 14 tuổi"), or by a piece of its label that
no other answer has. Exactly one must be told: a wrong one would give wrong papers, none only costs a question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from actions.situations import (
    END,
    NOT,
    Amount,
    Reading,
    is_same,
    plain,
    read,
    says_nothing,
    syllables,
    with_accents,
    without_accents,
)
from knowledge.procedure import Case, Procedure
from knowledge.text import fold, squeeze

_GAP = 3  # words that tell nothing, between two that do
_SHARED_OBJECT = 3  # words that tell something, from which on a piece is more than a word of a list
_CHILD = "@child"
_KIN = frozenset({_CHILD, "@offspring", "@relative", "@parent"})
_VERBS = {("@buys",), ("@sells",), ("@gift",), ("@rents",)}
_GROWN = 14  # a child without an age is below this
_LOOK_BACK = 3  # words between a "không" and what it denies
_OR = re.compile(r"\s*(?:,\s*)?\b(?:hoặc|hay|ví dụ|kể cả)\b\s*", re.IGNORECASE)
_REMARK = re.compile(r"\([^)]*\)")
_PIECE = re.compile(r"(?<!\d)[,.]|[,.](?!\d)|[;:()…]")
_CONDITION = re.compile(
    r"^(khi|nếu|trước|sau|để|vì|do|nay|cả|chỉ áp dụng|phần lớn|hầu hết|không phải|mã)\b", re.IGNORECASE
)

Tokens = tuple[str, ...]
Span = tuple[int, int]


@dataclass(frozen=True)
class Option:
    """One of the answers: what it is called, and phrases that mean it."""

    label: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Evidence:
    """Tokens that tell an option where they stand together; `loose` ones may stand between them."""

    tokens: Tokens
    loose: frozenset[str]


@dataclass(frozen=True)
class _Limit:
    """An amount in a label, and what has to be said beside it."""

    amount: Amount
    beside: tuple[_Evidence, ...] = ()


@dataclass(frozen=True)
class _Signs:
    """How an option is told; `groups`: the amounts of each of its alternatives."""

    evidence: tuple[_Evidence, ...]
    limits: tuple[_Limit, ...]
    groups: tuple[tuple[Amount, ...], ...]

    def allows(self, said: Sequence[Amount]) -> bool:
        """Whether the amounts that were said leave one of the alternatives open."""
        return not self.groups or any(
            all(not s.outside(amount) for s in said for amount in group) for group in self.groups
        )


def case_told(procedure: Procedure, text: str) -> Case | None:
    """The only case that the message tells."""
    cases = [case for case in procedure.cases if case.papers or case.note]
    if len(cases) < 2:
        return None
    told = told_by(text, tuple(Option(c.label, c.words) for c in cases), procedure.title)
    return None if told is None else cases[told]


def told_by(text: str, options: tuple[Option, ...], title: str = "") -> int | None:
    """The place of the only option told; what stands in `title` and tells nothing new is left out of account."""
    accents = with_accents(text)
    reading = read(text, accents)
    signs = _signs(options, title, accents)
    spans = [list(_spans(sign.evidence, reading, accents)) for sign in signs]
    by_amount = _by_amount(signs, reading, accents)
    told = {
        place
        for place, own in enumerate(spans)
        if any(not _is_part(span, spans, place) for span in own) or place in by_amount
    }
    if len(told) != 1:
        return None
    place = told.pop()
    return None if _contradicts(reading.amounts, signs, place) else place


def _contradicts(said: Sequence[Amount], signs: Sequence[_Signs], place: int) -> bool:
    """Whether an amount that was said belongs to another option, or leaves none of this one's alternatives open."""
    own = [limit.amount for limit in signs[place].limits]
    others = [limit.amount for other, sign in enumerate(signs) if other != place for limit in sign.limits]
    strange = [s for s in said if any(map(s.within, others)) and not any(map(s.within, own))]
    return bool(own and strange) or not signs[place].allows(said)


def _by_amount(signs: Sequence[_Signs], reading: Reading, accents: bool) -> set[int]:
    """The options that alone hold an amount that was said."""
    found: set[int] = set()
    for said in reading.amounts:
        holding = {
            place
            for place, sign in enumerate(signs)
            for limit in sign.limits
            if said.within(limit.amount)
            and (not limit.beside or any(True for _ in _spans(limit.beside, reading, accents)))
        }
        found |= holding if len(holding) == 1 else set()
    return found


def _is_part(span: Span, spans: Sequence[Sequence[Span]], place: int) -> bool:
    """Whether it is but a part of what tells another option: "thừa kế" of "từ chối thừa kế"."""
    return any(
        a <= span[0] and span[1] <= b and (a, b) != span
        for other, theirs in enumerate(spans)
        if other != place
        for a, b in theirs
    )


# In a message


def _spans(evidence: Sequence[_Evidence], reading: Reading, accents: bool) -> Iterator[Span]:
    """Where a piece of evidence stands and is neither denied nor asked."""
    for piece in evidence:
        for start, end in _places(piece, reading.tokens, accents):
            if end not in reading.asked and not _is_denied(piece, reading.tokens, start, accents):
                yield start, end


def _places(piece: _Evidence, tokens: Tokens, accents: bool) -> Iterator[Span]:
    loose = plain(accents) | piece.loose
    for start in range(len(tokens)):
        place = start
        for wanted in piece.tokens:
            limit = place + (_GAP if place > start else 0)
            while (
                place < len(tokens) and place < limit and tokens[place] in loose and not is_same(tokens[place], wanted)
            ):
                place += 1
            if place >= len(tokens) or not is_same(tokens[place], wanted):
                break
            place += 1
        else:
            yield start, place


def _is_denied(piece: _Evidence, tokens: Tokens, start: int, accents: bool) -> bool:
    """ "không mua", "chưa được cấp sổ": a denial, with nothing that tells anything between."""
    if NOT in piece.tokens[:1]:
        return False
    before = plain(accents)
    for token in reversed(tokens[max(0, start - _LOOK_BACK) : start]):
        if token == NOT:
            return True
        if token == END or token not in before:
            return False
    return False


# In the labels


@lru_cache(maxsize=2048)
def _signs(options: tuple[Option, ...], title: str, accents: bool) -> tuple[_Signs, ...]:
    """What tells each option. Labels are read with their accents; for a message without, what is found is folded."""
    known = frozenset(read(title, True).tokens) - {END, NOT}
    telling = [
        [e for piece in _pieces(o.label) if (e := _of_piece(piece, known, i, options))] for i, o in enumerate(options)
    ]
    in_title = [[_stands_in(title, e) for e in own] for own in telling]
    is_list = sum(map(any, in_title)) > 1  # the title names several of them
    found = []
    for place, option in enumerate(options):
        others = [o.label for i, o in enumerate(options) if i != place]
        named = [stands or set(e.tokens) <= known for e, stands in zip(telling[place], in_title[place], strict=True)]
        kept = [e for e, is_named in zip(telling[place], named, strict=True) if is_list or not is_named]
        if not accents:
            kept = [e for e in map(_folded, kept) if _is_own(e, others, False)]
        phrases = [e for phrase in option.words if (e := _of_phrase(phrase, accents))]
        limits = [limit for line in (option.label, *option.words) for limit in _limits(line, known)]
        if not accents:
            limits = [_Limit(limit.amount, tuple(map(_folded, limit.beside))) for limit in limits]
        found.append(_Signs((*phrases, *kept), tuple(limits), _amounts_of(option.label)))
    return tuple(found)


def _groups(label: str) -> list[list[str]]:
    """The alternatives of a label, each with its pieces; remarks and conditions tell nothing by themselves."""
    groups = []
    for group in _OR.split(_REMARK.sub(" ", label)):
        pieces = [squeeze(piece) for piece in _PIECE.split(group)]
        groups.append([piece for piece in pieces if piece and not _CONDITION.match(piece)])
    return groups


def _pieces(label: str) -> Iterator[str]:
    """Without the first verb of two that share their object: the "mua" of "Mua, nhận đất là tài sản công"."""
    for group in _groups(label):
        is_verb = len(group) > 1 and _content(group[0]) in _VERBS and len(_content(group[1])) >= _SHARED_OBJECT
        yield from group[is_verb:]


def _content(piece: str) -> Tokens:
    return tuple(t for t in read(piece, True).tokens if t not in plain(True))


def _of_piece(piece: str, known: frozenset[str], place: int, options: Sequence[Option]) -> _Evidence | None:
    """What a piece of a label tells: its words that the title does not have, else all of it, else as it is written."""
    others = [option.label for other, option in enumerate(options) if other != place]
    amounts = read(piece, True).amounts
    content = _content(piece)
    if amounts:
        child = _Evidence((_CHILD,), frozenset())
        is_child = content == child.tokens and _CHILD not in known and all(a.high >= _GROWN for a in amounts)
        return child if is_child and _is_own(child, others) else None
    own = tuple(t for t in content if t not in known)
    if not own and fold(piece).startswith("chi "):  # "Chỉ kiểm dịch": the plain name means no "only"
        return None
    is_syllable = len(own) == 1 and syllables(own) == 1
    choices = [content] if NOT in content or is_syllable or not own else [own, content]
    for tokens in (t for choice in choices for t in (_without_kin(choice), choice)):
        evidence = _Evidence(tokens, known | frozenset(content) - frozenset(tokens))
        if _tells(tokens) and _is_own(evidence, others):
            return evidence
    whole = _Evidence(read(piece, True).tokens, frozenset())
    if _tells(content) and NOT not in content and whole.tokens[0] in plain(True):  # "có giấy", where one has none
        return whole if _is_own(whole, others, guarded=True) else None
    return None


def _stands_in(line: str, evidence: _Evidence) -> bool:
    return any(True for _ in _places(evidence, read(line, True).tokens, True))


def _without_kin(tokens: Tokens) -> Tokens:
    """Without who it is about, where more is said: "bé không có giấy chứng sinh"."""
    return tokens[1:] if len(tokens) > 2 and tokens[0] in _KIN else tokens


def _tells(tokens: Tokens) -> bool:
    said = tuple(t for t in tokens if t != NOT)
    return syllables(said) > 1 and not says_nothing(said, True)


def _is_own(evidence: _Evidence, others: Sequence[str], accents: bool = True, *, guarded: bool = False) -> bool:
    """Whether it stands in no other label; `guarded`: where it is not denied there."""
    readings = [read(label, accents) for label in others]
    if guarded:
        return not any(list(_spans((evidence,), reading, accents)) for reading in readings)
    return not any(list(_places(evidence, reading.tokens, accents)) for reading in readings)


def _of_phrase(phrase: str, accents: bool) -> _Evidence | None:
    """A phrase of the record, as it is: whoever wrote it answers for it. One syllable needs its accents."""
    reading = read(phrase, accents)
    is_told_otherwise = reading.amounts or (not accents and syllables(reading.tokens) == 1)
    return None if is_told_otherwise else _Evidence(reading.tokens, frozenset())


def _limits(label: str, known: frozenset[str]) -> Iterator[_Limit]:
    for piece in (piece for group in _groups(label) for piece in group):
        content = _content(piece)
        beside = tuple(t for t in content if t not in known | _KIN and (NOT in content or not says_nothing((t,), True)))
        needed = (_Evidence(beside, frozenset()),) if beside else ()
        yield from (_Limit(amount, needed) for amount in read(piece, True).amounts)


def _folded(evidence: _Evidence) -> _Evidence:
    return _Evidence(tuple(map(without_accents, evidence.tokens)), frozenset(map(without_accents, evidence.loose)))


def _amounts_of(label: str) -> tuple[tuple[Amount, ...], ...]:
    groups = [tuple(a for piece in group for a in read(piece, True).amounts) for group in _groups(label)]
    return tuple(groups) if any(groups) else ()
