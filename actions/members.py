"""Which member of a family: one short question where it matters to the person and nothing they said settles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions.desk import Desk, Outcome
from actions.reply import Act, Button, Command, Reply, Status
from actions.state import PersonState
from knowledge.families import Choice
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


def _is_settled(hit: Hit, choice: Choice, state: PersonState) -> bool:
    """By a code, by words that fit one member best, or because one of them was the subject already."""
    by_words = hit.parts.get("member", 0.0) > 0 or hit.parts.get("code", 0.0) > 0
    is_local = hit.code not in {answer.code for answer in choice.answers}  # a province's own copy, chosen by the place
    return by_words or is_local or any(answer.code in state.recent for answer in choice.answers)
