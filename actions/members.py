"""Which member of a family: told by the words, the place or the subject; else one short question where it matters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions.abroad import Who
from actions.cases import Option, told_by
from actions.desk import Desk, Outcome, Understanding
from actions.reply import Act, Button, Command, Reply, Status
from actions.state import PersonState
from actions.texts import say
from knowledge.families import Answer, Choice
from knowledge.procedure import GovernmentLevel, Procedure
from knowledge.retriever import Hit

_ABROAD = "đang ở nước ngoài"


def member_of(hit: Hit, said: Understanding, state: PersonState, desk: Desk) -> str | None:
    """The member to show, or what stands for it abroad; None where a question must settle it first."""
    if hit.parts.get("code"):
        return hit.code
    code = _member_of(hit, said.text, state, desk)
    both = _home_and_embassy(code, desk)
    if both is None:
        return code
    home, there = both
    if said.abroad.who is Who.SOMEBODY or (said.abroad.who is Who.SPEAKER and said.abroad.is_back):
        return None
    if state.is_abroad or said.abroad.who is Who.SPEAKER:
        return there.code
    return code if said.abroad.is_named else home.code


def where_they_are(
    procedures: Sequence[Procedure], said: Understanding, state: PersonState, desk: Desk
) -> list[Procedure]:
    """The same, each as an embassy has it where the speaker is abroad, and as it is at home where nobody is."""
    if state.is_abroad:
        meant = [at_an_embassy(p.code, desk) or p for p in procedures]
    elif said.abroad.is_named:
        meant = list(procedures)
    else:
        meant = [at_home(p.code, desk) or p for p in procedures]
    return list({p.code: p for p in meant}.values())


def _member_of(hit: Hit, text: str, state: PersonState, desk: Desk) -> str | None:
    choice = _choice(hit, desk)
    if choice is None:
        return hit.code if hit.parts.get("member") else _at_the_commune(hit, state, desk)
    codes = [answer.code for answer in choice.answers]
    if hit.code not in codes:  # a province's own copy, chosen by the place
        return hit.code
    told = _told(choice, text) or (_told(choice, _ABROAD) if state.is_abroad else None)
    return told or next((code for code in state.recent if code in codes), None)


def question(hit: Hit, facets: Sequence[str], state: PersonState, desk: Desk, *, then: Act = Act.CHOOSE) -> Outcome:
    """The question that settles it, with a button an answer, which then is shown or walked through."""
    choice = _choice(hit, desk)
    if choice is None:
        both = _home_and_embassy(_at_the_commune(hit, state, desk), desk)
        if both is None:
            raise ValueError(f"the family {hit.family} has no question")
        home, there = both
        return home_or_abroad(home.code, there.code, facets, state, then=then)
    return _asked(choice, facets, state, then)


def home_or_abroad(
    home: str, there: str, facets: Sequence[str], state: PersonState, *, then: Act = Act.CHOOSE
) -> Outcome:
    """The question which of the two is meant."""
    answers = (Answer(say("at_home"), home), Answer(say("at_embassy"), there))
    return _asked(Choice(say("home_or_abroad"), answers), facets, state, then)


def _asked(choice: Choice, facets: Sequence[str], state: PersonState, then: Act) -> Outcome:
    buttons = tuple(Button(a.label, Command(then, a.code, tuple(facets))) for a in choice.answers)
    reply = Reply(choice.question, Status.ASK, buttons=buttons)
    return Outcome((reply,), replace(state, offered=buttons, awaiting=None, questions=max(1, state.questions)))


def _choice(hit: Hit, desk: Desk) -> Choice | None:
    """The family's question with the answers that are served; None with fewer than two."""
    choice = desk.choices.get(hit.family)
    known = tuple(a for a in choice.answers if desk.catalogue.get(a.code)) if choice else ()
    return replace(choice, answers=known) if choice and len(known) > 1 else None


def at_an_embassy(code: str | None, desk: Desk) -> Procedure | None:
    """The same request abroad, where it has a code of its own."""
    there = desk.embassies.get(code or "")
    return desk.catalogue.get(there) if there else None


def at_home(code: str | None, desk: Desk) -> Procedure | None:
    """The same request in Vietnam, where the code is an embassy's; the first that stands for it."""
    here = next((home for home, there in desk.embassies.items() if there == code), None)
    return desk.catalogue.get(here) if here else None


def _home_and_embassy(code: str | None, desk: Desk) -> tuple[Procedure, Procedure] | None:
    """The request at home and abroad, whichever of the two the code is; None where it has no such pair."""
    home = at_home(code, desk) or desk.catalogue.get(code or "")
    there = at_an_embassy(home.code, desk) if home else None
    return (home, there) if home and there else None


def _told(choice: Choice, text: str) -> str | None:
    """The member whose answer alone was given: "xe nhập khẩu", "làm trên mạng"."""
    told = told_by(text, tuple(Option(answer.label, answer.words) for answer in choice.answers))
    return None if told is None else choice.answers[told].code


def _at_the_commune(hit: Hit, state: PersonState, desk: Desk) -> str:
    """Who said which ward they live in gets the ward's member, where the family has one and the hit's is not."""
    chosen = desk.catalogue.get(hit.code)
    if not state.communes or chosen is None or chosen.province or GovernmentLevel.WARD in chosen.levels:
        return hit.code
    others = (desk.catalogue.get(code) for code in hit.members)
    nearer = (m.code for m in others if m and not m.province and GovernmentLevel.WARD in m.levels)
    return next(nearer, hit.code)
