"""What a few words ask about what is talked of: its tax, what if it is late, or the next thing done with it.

"Đóng thuế gì không" closes no business, "quá 60 ngày thì sao" is no overview, and "nhập hộ khẩu luôn" after a birth is
the bundle (liên thông) that does both.
"""

from __future__ import annotations

import re
from dataclasses import replace

from actions import telling, topic
from actions.desk import Desk, Outcome, Understanding
from actions.facets import is_for_lateness
from actions.reply import Act
from actions.showing import procedures, show
from actions.state import Mode, PersonState
from knowledge.procedure import Facet, Procedure
from knowledge.text import expand_chat_spelling, fold, nfc

_TAX = re.compile(r"\b(?:thue|truoc ba)\b")
_OF_TAX = {"dong", "nop", "chiu", "tra", "thue", "phi", "le", "truoc", "ba", "khong", "gi", "nhieu", "tien", "may"}
_LATE = re.compile(r"\b(?:qua (?:han|thoi han|ngay|\d+ (?:ngay|thang|nam))|het han|tre(?: han)?|cham)\b")
_SO_WHAT = re.compile(r"\b(?:thi sao|thi the nao|co sao|sao khong|co bi sao)\b")
_OF_LATE = {
    "qua", "han", "thoi", "ngay", "thang", "nam", "het", "tre", "cham", "muon", "sao", "the", "nao", "bi", "co",
    "khong",
}  # fmt: skip
_AT_ONCE = re.compile(r"\b(?:luon|cung luc|mot lan|1 lan|mot the|gop|di rieng)\b")
_OF_AT_ONCE = {"luon", "cung", "luc", "mot", "lan", "gop", "chung", "hay", "phai", "di", "rieng"}
_BUNDLE = "liên thông"
_HALF = 0.5  # share of the names of both things, by rarity, in the name of what does both


def asked_on(said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """The answer where the message only asks on; None where it may be about something else."""
    current = desk.catalogue.get(state.procedure) if state.procedure else None
    if current is None or state.has_open_choice or state.mode is Mode.WALKING or said.act is Act.CORRECT:
        return None
    folded = fold(expand_chat_spelling(said.text))
    looks = (look(folded, said, current, state, desk) for look in (_tax, _late, _at_once))
    return next(filter(None, looks), None)


def _tax(folded: str, _: Understanding, current: Procedure, state: PersonState, desk: Desk) -> Outcome | None:
    """Its tax, where the record's fees name one and nothing else is said."""
    if not _TAX.search(folded) or _rest(folded, _OF_TAX) or not any(_TAX.search(fold(f.text)) for f in current.fees):
        return None
    return show(current, (Facet.FEE.value,), state, desk)


def _late(folded: str, said: Understanding, current: Procedure, state: PersonState, desk: Desk) -> Outcome | None:
    """By when it must be done, and what it costs to be late; of a paper that has expired, its renewal's."""
    is_late = _LATE.search(folded) or "muộn" in nfc(said.text).lower()  # typed "muon", one wishes ("muốn")
    if not (is_late and _SO_WHAT.search(folded)) or _rest(folded, _OF_LATE):
        return None
    renewal = topic.neighbour("gia hạn", {"gia", "han"}, current, state, desk) if "het han" in folded else None
    meant = (renewal and renewal.best and desk.catalogue.get(renewal.best.code)) or current
    about_late = meant.penalty if meant.deadline or is_for_lateness(meant) else ""
    told = ((Facet.DEADLINE, meant.deadline), (Facet.PENALTY, about_late))
    facets = tuple(facet.value for facet, text in told if text)
    return show(meant, facets, state, desk) if facets else None


def _at_once(folded: str, said: Understanding, current: Procedure, state: PersonState, desk: Desk) -> Outcome | None:
    """The bundle of what is talked of and what is named beside it; None where there is none."""
    asked = telling.things(_rest(folded, _OF_AT_ONCE)) if _AT_ONCE.search(folded) else set()
    if not asked:
        return None
    retriever = desk.retriever()
    subject = telling.things(topic.content(current.title))
    found = retriever.search(f"{_BUNDLE} {current.title} {said.query}").hits
    for bundle in procedures(found, desk):
        does_both = min(retriever.share_named(bundle.code, thing) for thing in (subject, asked)) >= _HALF
        if does_both and bundle.code != current.code and fold(bundle.title).startswith(fold(_BUNDLE)):
            return show(bundle, said.facets, replace(state, candidates=(current.code,)), desk)
    return None


def _rest(folded: str, of_the_asking: set[str]) -> set[str]:
    """The words that may name something else."""
    return {word for word in topic.content(folded) - of_the_asking if not word.isdecimal()}
