"""Which member of a family: one short question where it matters to the person and nothing they said settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions.desk import Desk, Outcome
from actions.reply import Act, Button, Command, Reply, Status
from actions.state import PersonState
from knowledge.families import Choice
from knowledge.procedure import GovernmentLevel
from knowledge.retriever import Hit


def question(
    hit: Hit, facets: Sequence[str], state: PersonState, desk: Desk, *, then: Act = Act.CHOOSE
) -> Outcome | None:
    """The family's question with a button a member, which then is shown or walked through; None: nothing to ask."""
    choice = desk.choices.get(hit.family)
    if choice is None or _is_settled(hit, choice, state):
        return None
    known = [answer for answer in choice.answers if desk.catalogue.get(answer.code)]
    if len(known) < 2:
        return None
    buttons = tuple(Button(a.label, Command(then, a.code, tuple(facets))) for a in known)
    reply = Reply(choice.question, Status.ASK, buttons=buttons)
    return Outcome((reply,), replace(state, offered=buttons, awaiting=None))


def member_of(hit: Hit, state: PersonState, desk: Desk) -> str:
    """The member to show: the hit's own, unless another one of its family was the subject already."""
    if _by_words(hit):
        return hit.code
    choice = desk.choices.get(hit.family)
    if choice:
        return next((code for code in state.recent if code in _codes(choice)), hit.code)
    return _at_the_commune(hit, desk) if state.communes else hit.code


def _at_the_commune(hit: Hit, desk: Desk) -> str:
    """Who said which ward they live in gets the ward's member, where the family has one and the hit's is not."""
    chosen = desk.catalogue.get(hit.code)
    if chosen is None or chosen.province or GovernmentLevel.WARD in chosen.levels:
        return hit.code
    others = (desk.catalogue.get(code) for code in hit.members)
    nearer = (m.code for m in others if m and not m.province and GovernmentLevel.WARD in m.levels)
    return next(nearer, hit.code)


def _is_settled(hit: Hit, choice: Choice, state: PersonState) -> bool:
    """By the words, by the place (a province's own copy), or because a member was the subject already."""
    is_local = hit.code not in _codes(choice)
    return _by_words(hit) or is_local or any(code in state.recent for code in _codes(choice))


def _by_words(hit: Hit) -> bool:
    return hit.parts.get("member", 0.0) > 0 or hit.parts.get("code", 0.0) > 0


def _codes(choice: Choice) -> set[str]:
    return {answer.code for answer in choice.answers}
