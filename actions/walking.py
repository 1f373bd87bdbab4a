"""The walk through the papers: the case, then paper by paper, with progress, pauses and ways back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from actions.cases import case_told
from actions.desk import Desk, Outcome, Turn
from actions.facets import describe, footer, office
from actions.reply import Act, Button, ChecklistItem, ChecklistView, Command, LinkButton, Reply, Status
from actions.standing import in_force, remark
from actions.state import PersonState, Walk
from actions.texts import say
from actions.wording import shorten
from knowledge.links import deep_link
from knowledge.procedure import Case, Document, Facet, Procedure

_CASES_SHOWN = 4
_MORE = "+"  # a "case" of this form is the button that shows the cases from that number on
_TITLE = 70  # characters of a paper's name in a list or a button


def start(turn: Turn, desk: Desk) -> Outcome:
    """Begins the walk for the button's procedure, or for the current one."""
    state, command = turn.state, turn.command
    code = command.code if command else None
    choices = [b for b in state.offered if b.command.act is Act.CHOOSE and b.command.code]
    if code is None and choices and state.has_open_choice:
        return which([Button(b.title, Command(Act.WALK, b.command.code)) for b in choices], state)
    procedure = desk.catalogue.get(code or state.procedure or "")
    if procedure is None:
        return Outcome((Reply(say("walk_which"), Status.ASK),), state)
    current = in_force(procedure, desk.catalogue, desk.today)
    begun = _open(current, command, replace(turn, state=state.about(current.code, state.facets)), desk)
    return begun.after(remark(procedure, current, desk.today))


def which(buttons: Sequence[Button], state: PersonState) -> Outcome:
    """Asks which procedure's papers are meant, a button each."""
    reply = Reply(say("walk_which"), Status.ASK, buttons=tuple(buttons))
    return Outcome((reply,), replace(state, offered=reply.buttons))


def _open(procedure: Procedure, command: Command | None, turn: Turn, desk: Desk) -> Outcome:
    """The first step: the case where there are several, else the first paper; a walk that was left goes on."""
    state = turn.state
    with_papers = [case for case in procedure.cases if case.papers]
    if not with_papers:
        link = deep_link(procedure, desk.gazetteer.province(state.province))
        reply = Reply(
            say("walk_no_papers"),
            Status.WALK,
            procedure.code,
            ("documents",),
            links=(LinkButton(link.title, link.url),),
        )
        return Outcome((reply,), state)
    if command and command.case and command.case.startswith(_MORE):
        return _ask_case(procedure, int(command.case.removeprefix(_MORE)), state)
    if command and command.case:
        return _begin(procedure, command.case, state)
    said = case_told(procedure, turn.said.text)
    if state.walk and state.walk.procedure == procedure.code and (said is None or said.key == state.walk.case):
        return resume(turn, desk)
    told = said or procedure.case(state.case)
    if told and told.papers:
        return _begin(procedure, told.key, state, is_told=len(with_papers) > 1)
    if len(with_papers) > 1:
        return _ask_case(procedure, 0, state)
    return _begin(procedure, with_papers[0].key, state)


def have(turn: Turn, desk: Desk) -> Outcome:
    return _mark(turn, desk, "have")


def lack(turn: Turn, desk: Desk) -> Outcome:
    return _mark(turn, desk, "lack")


def what_is(turn: Turn, desk: Desk) -> Outcome:
    procedure, case, paper = _position(turn.state, desk)
    if procedure is None or case is None or paper is None or turn.state.walk is None:
        return _nothing(turn.state)
    lines = [paper.name, *filter(None, [paper.what])]
    if paper.get:
        lines.append(say("walk_get", get=paper.get))
    if paper.instead:
        lines.append(_instead(paper, desk.today))
    if len(lines) == 1:
        lines.append(say("walk_get_unknown"))
    reply = _question("\n".join(lines), procedure, case, paper, turn.state.walk)
    return Outcome((reply,), replace(turn.state, offered=reply.buttons))


def step_back(turn: Turn, desk: Desk) -> Outcome:
    walk = turn.state.walk
    asked = next((b.command.code for b in turn.state.offered if b.command.case), None)
    procedure = desk.catalogue.get(asked) if asked else None
    if procedure:
        return _ask_case(procedure, 0, turn.state)
    if walk is None:
        return _nothing(turn.state)
    lead = "" if walk.done else say("walk_first")
    return _ask_next(replace(turn.state, walk=replace(walk.step_back(), paused=False)), desk, lead)


def start_over(turn: Turn, desk: Desk) -> Outcome:
    walk = turn.state.walk
    procedure = desk.catalogue.get(walk.procedure) if walk else None
    if procedure is None:
        return _nothing(turn.state)
    fresh = replace(turn.state, walk=None, case=None)
    again = start(
        replace(turn, state=replace(fresh, procedure=procedure.code), command=Command(Act.WALK, procedure.code)), desk
    )
    return again.after(say("walk_restarted"))


def pause(turn: Turn, desk: Desk) -> Outcome:
    walk = turn.state.walk
    if walk is None:
        return _nothing(turn.state)
    buttons = (Button(say("b_resume"), Command(Act.RESUME)), Button(say("b_list"), Command(Act.RESEND)))
    state = replace(turn.state, walk=replace(walk, paused=True), offered=buttons)
    procedure = desk.catalogue.get(walk.procedure)
    reply = Reply(say("walk_paused"), Status.WALK, walk.procedure, buttons=buttons, checklist=_view_of(procedure, walk))
    return Outcome((reply,), state)


def resume(turn: Turn, desk: Desk) -> Outcome:
    walk = turn.state.walk
    procedure = desk.catalogue.get(walk.procedure) if walk else None
    if walk is None or procedure is None:
        return _nothing(turn.state)
    state = replace(turn.state, walk=replace(walk, paused=False), procedure=procedure.code, case=walk.case)
    return _ask_next(state, desk, say("walk_resumed", title=procedure.title))


def resend(turn: Turn, desk: Desk) -> Outcome:
    """The whole list as one message that can be forwarded."""
    walk = turn.state.walk
    procedure = desk.catalogue.get(walk.procedure if walk else turn.state.procedure or "")
    if procedure is None:
        return _nothing(turn.state)
    walk = walk or Walk(procedure.code)
    case = _case(procedure, walk)
    marks = {"have": "[x]", "lack": "[thiếu]", "open": "[ ]"}
    place = desk.place_of(turn.state)
    view = _view_of(procedure, walk)
    lines = [say("walk_list", title=procedure.title)]
    if len(procedure.cases) > 1 and case:
        lines.append(f"({case.label})")
    lines += [f"{marks[item.state]} {item.title}" for item in view.items] if view else [say("walk_no_papers")]
    lines += [office(procedure, place), footer(procedure, (Facet.DOCUMENTS,), desk.today, desk.stale_after_days, place)]
    link = deep_link(procedure, desk.gazetteer.province(turn.state.province))
    lines.append(link.url)
    reply = Reply("\n".join(lines), Status.WALK, procedure.code, ("documents",), checklist=view)
    return Outcome((reply,), turn.state)


def still_walking(state: PersonState, desk: Desk) -> tuple[Reply, PersonState]:
    """After a side question: back to the paper where the walk stood."""
    procedure, case, paper = _position(state, desk)
    if procedure is None or case is None or paper is None or state.walk is None:
        return Reply(say("walk_nothing"), Status.WALK), replace(state, walk=None)
    number, total = _number(case, paper)
    text = say("walk_still", number=number, total=total, name=shorten(paper.name, _TITLE))
    reply = _question(text, procedure, case, paper, state.walk, plain=True)
    return reply, replace(state, offered=reply.buttons)


# Steps


def _begin(procedure: Procedure, case_key: str, state: PersonState, *, is_told: bool = False) -> Outcome:
    """The first paper; where the words told the case (`is_told`), which one it is, and how to get another."""
    case = procedure.case(case_key)
    if case is None or not case.papers:
        return Outcome((Reply(say("walk_no_papers"), Status.WALK, procedure.code),), state)
    walk = Walk(procedure.code, case.key)
    paper = case.papers[0]
    lead = say("walk_begin", total=len(case.papers), title=procedure.title)
    if is_told:
        lead = f"{lead}\n{say('walk_told', case=case.label.rstrip(':. '))}"
    if case.note:
        lead = f"{lead}\n{case.note}"
    reply = _question(lead, procedure, case, paper, walk)
    return Outcome((reply,), replace(state, walk=walk, offered=reply.buttons, candidates=()))


def _ask_case(procedure: Procedure, shown: int, state: PersonState) -> Outcome:
    """Which situation applies: four at a time, then "another case"."""
    cases = [case for case in procedure.cases if case.papers]
    page = cases[shown : shown + _CASES_SHOWN]
    question = procedure.case_question or say("walk_case_default")
    buttons = [
        Button(shorten(c.label.rstrip(":"), _TITLE), Command(Act.WALK, procedure.code, case=c.key)) for c in page
    ]
    if len(cases) > shown + _CASES_SHOWN:
        more = Command(Act.WALK, procedure.code, case=f"{_MORE}{shown + _CASES_SHOWN}")
        buttons.append(Button(say("b_more"), more))
    lines = [say("walk_case", question=question), *(f"{i}. {b.title}" for i, b in enumerate(buttons, 1))]
    reply = Reply("\n".join(lines), Status.WALK, procedure.code, buttons=tuple(buttons))
    return Outcome((reply,), replace(state, offered=reply.buttons, walk=None))


def _mark(turn: Turn, desk: Desk, mark: str) -> Outcome:
    state = turn.state
    procedure, case, paper = _position(state, desk)
    if procedure is None or case is None or paper is None or state.walk is None:
        return _nothing(state)
    state = replace(state.about(procedure.code, state.facets), walk=state.walk.mark(paper.key, mark))
    if mark == "have":
        return _ask_next(state, desk)
    advice, buttons = _how_to_get(paper, desk)
    lead = "\n".join([say("walk_lack_noted", name=shorten(paper.name, _TITLE)), *advice])
    return _ask_next(state, desk, lead, extra=buttons)


def _how_to_get(paper: Document, desk: Desk) -> tuple[list[str], tuple[Button, ...]]:
    lines = [say("walk_get", get=paper.get)] if paper.get else []
    if paper.instead:
        lines.append(_instead(paper, desk.today))
    source = desk.catalogue.get(paper.obtained_by) if paper.obtained_by else None
    if source:
        lines.append(say("walk_obtained_by", title=source.title))
        see = say("b_see", title=shorten(source.title.removeprefix("Làm "), 50))
        return lines, (Button(see, Command(Act.CHOOSE, source.code, ("overview",))),)
    return lines or [say("walk_get_unknown")], ()


def _instead(paper: Document, today: dt.date) -> str:
    """What replaces the paper, and since or from when."""
    line = say("walk_instead", instead=paper.instead)
    since = paper.instead_since
    if since is None:
        return line
    return f"{line} {say('walk_since' if since <= today else 'walk_from', day=f'{since:%d/%m/%Y}')}"


def _ask_next(state: PersonState, desk: Desk, lead: str = "", *, extra: tuple[Button, ...] = ()) -> Outcome:
    procedure, case, paper = _position(state, desk)
    if procedure is None or case is None or state.walk is None:
        return _nothing(state)
    if paper is None:
        return _finish(procedure, case, state, desk, lead, extra=extra)
    reply = _question(lead, procedure, case, paper, state.walk, extra=extra)
    return Outcome((reply,), replace(state, offered=reply.buttons))


def _finish(
    procedure: Procedure, case: Case, state: PersonState, desk: Desk, lead: str, *, extra: tuple[Button, ...]
) -> Outcome:
    """What is ready, what is missing, fee, time, where, and the deep link."""
    walk = state.walk or Walk(procedure.code)
    missing = [p for p in case.papers if walk.marks.get(p.key) == "lack"]
    lines = [lead] if lead else []
    lines.append(say("walk_done", title=procedure.title, have=len(case.papers) - len(missing), total=len(case.papers)))
    if missing:
        lines += [say("walk_missing"), *(f"• {shorten(p.name, 120)}" for p in missing)]
    else:
        lines.append(say("walk_ready"))
    asked = (Facet.FEE, Facet.TIME, Facet.PLACE, Facet.ONLINE)
    place = desk.place_of(state)
    blocks = [describe(procedure, facet, case=case, today=desk.today, place=place) for facet in asked]
    blocks.append(footer(procedure, (*asked, Facet.DOCUMENTS), desk.today, desk.stale_after_days, place))
    link = deep_link(procedure, desk.gazetteer.province(state.province))
    buttons = (*extra, Button(say("b_list"), Command(Act.RESEND)), Button(say("b_over"), Command(Act.START_OVER)))
    reply = Reply(
        "\n".join(lines) + "\n\n" + "\n".join(blocks),
        Status.WALK,
        procedure.code,
        tuple(f.value for f in asked),
        buttons=buttons,
        links=(LinkButton(link.title, link.url),),
        checklist=_view_of(procedure, walk),
    )
    return Outcome((reply,), replace(state, walk=replace(walk, paused=True), offered=buttons))


def _question(
    lead: str,
    procedure: Procedure,
    case: Case,
    paper: Document,
    walk: Walk,
    *,
    extra: tuple[Button, ...] = (),
    plain: bool = False,
) -> Reply:
    number, total = _number(case, paper)
    lines = [lead] if lead else []
    if not plain:
        lines += [say("walk_paper", number=number, total=total, name=shorten(paper.name, 300)), say("walk_have_it")]
    buttons = (
        Button(say("b_have"), Command(Act.HAVE)),
        Button(say("b_lack"), Command(Act.LACK)),
        Button(say("b_what"), Command(Act.WHAT_IS)),
        *extra,
        Button(say("b_pause"), Command(Act.PAUSE)),
    )
    text = "\n".join(lines)
    return Reply(text, Status.WALK, procedure.code, ("documents",), buttons, checklist=_view_of(procedure, walk))


def _position(state: PersonState, desk: Desk) -> tuple[Procedure | None, Case | None, Document | None]:
    """The walk's procedure and case, and the first paper without a mark: a new release cannot shift it."""
    walk = state.walk
    procedure = desk.catalogue.get(walk.procedure) if walk else None
    if walk is None or procedure is None:
        return None, None, None
    case = _case(procedure, walk)
    papers = case.papers if case else ()
    return procedure, case, next((p for p in papers if p.key not in walk.marks), None)


def _case(procedure: Procedure, walk: Walk) -> Case | None:
    return procedure.case(walk.case) or next((case for case in procedure.cases if case.papers), None)


def _number(case: Case, paper: Document) -> tuple[int, int]:
    return case.papers.index(paper) + 1, len(case.papers)


def _view_of(procedure: Procedure | None, walk: Walk) -> ChecklistView | None:
    case = _case(procedure, walk) if procedure else None
    if procedure is None or case is None:
        return None
    items = (ChecklistItem(p.key, shorten(p.name, 140), walk.marks.get(p.key, "open")) for p in case.papers)
    return ChecklistView(procedure.title, tuple(items))


def _nothing(state: PersonState) -> Outcome:
    return Outcome((Reply(say("walk_nothing"), Status.WALK),), replace(state, walk=None))
