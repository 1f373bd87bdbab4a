"""The replies of an answer: the block itself, the next buttons, the choices, and "I do not know"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions.cases import case_told
from actions.desk import Desk, Outcome
from actions.facets import describe, footer, pays
from actions.reply import Act, Button, Command, LinkButton, Reply, Status
from actions.standing import in_force, remark
from actions.state import Mode, PersonState
from actions.texts import say
from actions.walking import still_walking
from actions.wording import distinct, heading, headline
from knowledge.links import LinkKind, deep_link, source_url
from knowledge.places import Province
from knowledge.procedure import Facet, Procedure
from knowledge.retriever import Hit

MOST_CHOICES = 4
_TITLE = 140  # characters of a choice: some official names run on for lines
_SHORTCUTS = {
    Facet.DOCUMENTS: "b_documents",
    Facet.FEE: "b_fee",
    Facet.PLACE: "b_where",
    Facet.TIME: "b_time",
}
PERSON_AFTER = 2  # misunderstandings in a row


def show(procedure: Procedure, facets: tuple[str, ...], state: PersonState, desk: Desk, said: str = "") -> Outcome:
    """The answer itself: title, one block a facet, source and day; then buttons for what comes next.

    What has ended is answered with what replaced it, and says so. The case that was `said` is kept for the next facet.
    A walk is reminded of after a side question, and left after two about other things.
    """
    wanted, procedure = procedure, in_force(procedure, desk.catalogue, desk.today)
    place = desk.place_of(state)
    asked = tuple(Facet(f) for f in facets if f in set(Facet) and f != Facet.OVERVIEW) or (Facet.OVERVIEW,)
    before, state = state.procedure, state.about(procedure.code, facets)
    told = case_told(procedure, said) if said else None
    state = replace(state, case=told.key if told else state.case)
    walked = state.walk.case if state.walk and state.walk.procedure == procedure.code else None
    case = procedure.case(told.key if told else walked or state.case)
    blocks = [describe(procedure, facet, case=case, today=desk.today, place=place, asked=asked) for facet in asked]
    foot = footer(procedure, asked, desk.today, desk.stale_after_days, place)
    is_brief = len(asked) == 1 and Facet.OVERVIEW not in asked
    title = headline(procedure.title) if is_brief else heading(procedure.title)
    head = remark(wanted, procedure, desk.today)
    text = "\n\n".join([*([head] if head else []), title, *blocks, foot])
    buttons = _next_buttons(procedure, asked, state)
    reply = Reply(
        text,
        Status.ANSWER,
        procedure.code,
        tuple(f.value for f in asked),
        buttons=tuple(buttons),
        links=links_of(procedure, place.province if place else None),
    )
    state = replace(state, offered=reply.buttons)
    if state.mode is Mode.WALKING and state.walk:
        if {before, procedure.code}.isdisjoint({state.walk.procedure}):  # the second question about other things
            return Outcome((reply,), replace(state, walk=replace(state.walk, paused=True)))
        reminder, state = still_walking(state, desk)
        return Outcome((reply, reminder), state)
    return Outcome((reply,), state)


def links_of(procedure: Procedure, province: Province | None) -> tuple[LinkButton, ...]:
    """The online service where there is one, and always the page that the answer cites."""
    link = deep_link(procedure, province)
    page = source_url(procedure)
    first = LinkButton(link.title, link.url)
    if link.kind is not LinkKind.SERVICE or link.url == page:
        return (first,)
    return (first, LinkButton(say("b_page"), page))


def _next_buttons(procedure: Procedure, asked: Sequence[Facet], state: PersonState) -> list[Button]:
    buttons = []
    if any(case.papers for case in procedure.cases):
        buttons.append(Button(say("b_walk"), Command(Act.WALK, procedure.code)))
    if Facet.OVERVIEW not in asked:
        buttons += shortcuts(procedure, asked)[:2]
    if state.candidates:
        buttons.append(Button(say("not_this"), Command(Act.DENY)))
    return buttons


def shortcuts(procedure: Procedure, asked: Sequence[Facet] = ()) -> list[Button]:
    """What else is asked most of a procedure, a button each: of money that is paid out how much, not the fee."""
    paid = {Facet.FEE: (Facet.RESULT, "b_money")} if pays(procedure) else {}
    shown = [paid.get(facet, (facet, name)) for facet, name in _SHORTCUTS.items()]
    return [
        Button(say(name), Command(Act.CHOOSE, procedure.code, (facet.value,)))
        for facet, name in shown
        if facet not in asked
    ]


def choices_of(offered: Sequence[Procedure], facets: tuple[str, ...]) -> list[Button]:
    """A button each, by titles that differ where the procedures do."""
    titles = distinct([procedure.title for procedure in offered], _TITLE)
    return [
        Button(title, Command(Act.CHOOSE, procedure.code, facets))
        for title, procedure in zip(titles, offered, strict=True)
    ]


def procedures(hits: Sequence[Hit], desk: Desk) -> list[Procedure]:
    """What the hits mean today, each once: a code that has ended stands for what replaced it."""
    known = [p for p in (desk.catalogue.get(h.code) for h in hits) if p]
    return list({p.code: p for p in (in_force(p, desk.catalogue, desk.today) for p in known)}.values())


def ask(text: str, buttons: Sequence[Button], state: PersonState) -> Outcome:
    """2–4 choices by names a person understands, and a way out."""
    way_out = Button(say("none_of_these"), Command(Act.DENY))
    reply = Reply(text, Status.ASK, buttons=(*_distinct(buttons), way_out))
    return Outcome((reply,), replace(state, offered=reply.buttons, awaiting=None))


def _distinct(buttons: Sequence[Button]) -> list[Button]:
    """Where two titles are the same, the code tells them apart."""
    titles = [b.title for b in buttons]
    return [replace(b, title=f"{b.title} ({b.command.code})") if titles.count(b.title) > 1 else b for b in buttons]


def missed(text: str, state: PersonState, status: Status = Status.UNKNOWN) -> Outcome:
    """A misunderstanding; after two in a row a person is offered first."""
    misses = state.misses + 1
    button = Button(say("person_button"), Command(Act.PERSON))
    reply = Reply(say("person_offer") if misses >= PERSON_AFTER else text, status, buttons=(button,))
    return Outcome((reply,), replace(state, misses=misses, questions=0, offered=reply.buttons))
