"""Answering about procedures: find, follow up, choose, correct, "not this one"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions import guide, smalltalk, walking
from actions.desk import Desk, Outcome, Turn, Understanding
from actions.facets import Facet, describe, footer, shorten
from actions.finding import Finding, find, segments
from actions.reply import Act, Button, Command, LinkButton, Reply, Status
from actions.state import Mode, PersonState
from actions.texts import say
from actions.walking import still_walking
from knowledge.links import LinkKind, deep_link, source_url
from knowledge.places import Province
from knowledge.procedure import Procedure
from knowledge.retriever import Decision, Hit
from knowledge.text import fold, procedure_codes, words

_MOST_CHOICES = 4
_SHORT = 3  # words; "vợ tui" is found in some alias, and yet names no procedure
_NAMED_FROM = 0.6  # share of the query, by rarity, in a name or alias from which a procedure counts as named
_TITLE = 140  # characters of a choice: some official names run on for lines
_PERSON_AFTER = 2  # misunderstandings in a row


def answer(turn: Turn, desk: Desk) -> Outcome:
    """The way of every message that may be about a procedure."""
    said, state = turn.said, turn.state
    noted = _note_province(said, state, desk)
    if noted:
        return noted
    retired = _retired(said, state, desk)
    if retired:
        return retired
    if said.act is Act.LACK or (said.act is Act.WHAT_IS and not said.query and not said.facets):
        return _outside_the_walk(state, desk)
    if "walk" in said.moves:
        return walking.start(turn, desk)
    if state.procedure and not said.query:
        return _about_current(said.facets, state, desk)
    two = _two_procedures(said, state, desk)
    if two:
        return two
    named = desk.provinces.named_in(said.text)
    if named:
        state = replace(state, province=named.code)
    finding = _prefer_recent(find(said, desk.retriever(), desk.provinces.by_code(state.province)), said, state)
    if state.procedure and said.facets and _names_nothing(finding, said):
        return _about_current(said.facets, state, desk)
    return _tell(finding, said, state, desk)


def choose(turn: Turn, desk: Desk) -> Outcome:
    """A button, or its number or title: show that procedure, with what was asked before or beside it."""
    command, state = turn.command, turn.state
    if command is None:
        return _without_a_choice(turn, desk)
    if command.topic:
        return guide.about(command.topic, state)
    code = command.code or state.procedure
    procedure = desk.catalogue.get(code) if code else None
    if procedure is None:
        return Outcome((Reply(say("old_button"), Status.UNKNOWN),), replace(state, offered=()))
    asked = tuple(m.value for m in desk.lexicon.find(turn.rest) if m.entity == "facet") or command.facets
    state = replace(state, candidates=tuple(c for c in state.candidates if c != procedure.code))
    return _show(procedure, asked, state, desk)


def _without_a_choice(turn: Turn, desk: Desk) -> Outcome:
    """ "Yes" does what the only button does; "both", "that one" and a number too many repeat the choices."""
    state = turn.state
    buttons = [b for b in state.offered if b.command.act is not Act.DENY]
    if turn.said.act is Act.AFFIRM and len(buttons) == 1:
        steps = {Act.WALK: walking.start, Act.PERSON: smalltalk.person, Act.CHOOSE: choose}
        step = steps.get(buttons[0].command.act)
        if step:
            return step(replace(turn, command=buttons[0].command), desk)
    if buttons and all(b.command.act in (Act.CHOOSE, Act.WALK, Act.FORGET_ME, Act.THANK) for b in buttons):
        return Outcome((Reply(say("choose_first"), Status.ASK, buttons=state.offered),), state)
    if turn.said.act is Act.AFFIRM:
        return smalltalk.smalltalk(turn, desk)
    return Outcome((Reply(say("nothing_to_choose"), Status.ASK),), state)


def lack_or_deny(turn: Turn, desk: Desk) -> Outcome:
    """In a walk "không" is about the paper, "không phải cái này" about the procedure."""
    if turn.said.act is Act.DENY and (turn.command or "khong phai" in fold(turn.said.text)):
        return next_candidate(turn, desk)
    return walking.lack(turn, desk)


def next_candidate(turn: Turn, desk: Desk) -> Outcome:
    """ "Không phải cái này": the next candidates, or a correction in the same breath."""
    state = turn.state
    if turn.command is None and turn.said.query:
        return answer(turn, desk)
    left = [p for p in (desk.catalogue.get(c) for c in state.candidates) if p]
    if not left:
        return _missed(say("no_more"), state)
    buttons = [_choice(p, state.facets) for p in left[:_MOST_CHOICES]]
    state = replace(state, candidates=tuple(p.code for p in left[_MOST_CHOICES:]), misses=state.misses + 1)
    return _ask(say("which_again"), buttons, state)


def guide_or_answer(turn: Turn, desk: Desk) -> Outcome:
    """Guidance by topic; where no topic was named but a procedure surely was, that procedure."""
    said, state = turn.said, turn.state
    if turn.command is None and guide.topic_of(turn) is None and said.facets and state.procedure:
        return _about_current(said.facets, state, desk)
    if turn.command is None and guide.topic_of(turn) is None and said.query:
        finding = find(said, desk.retriever(), desk.provinces.by_code(state.province))
        if finding.decision is Decision.ANSWER and finding.hits:
            return _found(finding.hits, said.facets, state, desk)
    return guide.guide(turn, desk)


# Steps of `answer`


def _outside_the_walk(state: PersonState, desk: Desk) -> Outcome:
    """ "Chưa có", "là gì" with no paper in question: repeat the open choice, or offer to go through the papers."""
    if state.offered:
        return Outcome((Reply(say("choose_first"), Status.ASK, buttons=state.offered),), state)
    procedure = desk.catalogue.get(state.procedure) if state.procedure else None
    if procedure is None:
        return Outcome((Reply(say("about_what"), Status.ASK),), state)
    buttons = (Button(say("b_walk"), Command(Act.WALK, procedure.code)),)
    reply = Reply(say("offer_walk", title=procedure.title), Status.ASK, procedure.code, buttons=buttons)
    return Outcome((reply,), replace(state, offered=buttons))


def _prefer_recent(finding: Finding, said: Understanding, state: PersonState) -> Finding:
    """Going back to an earlier subject needs no question, where that subject is among what fits best."""
    is_open = finding.decision is Decision.ASK or (
        finding.decision is Decision.ANSWER and len(words(said.query)) <= _SHORT and not finding.hits[0].is_exact
    )
    if not is_open:
        return finding
    known = [h for h in finding.hits[:_MOST_CHOICES] if h.code in state.recent and h.code != state.procedure]
    if not known:
        return finding
    others = tuple(h for h in finding.hits if h is not known[0])
    return replace(finding, decision=Decision.ANSWER, hits=(known[0], *others))


def _names_nothing(finding: Finding, said: Understanding) -> bool:
    """A question with a facet and no procedure in it that is surely found: it goes on about the current one."""
    parts = finding.hits[0].parts if finding.hits else {}
    if finding.decision is Decision.ANSWER:
        is_short = len(words(said.query)) <= _SHORT
        return is_short and parts.get("exactness", 1.0) < _NAMED_FROM and not parts.get("code")
    share = parts.get("coverage", 0.0)
    if said.act is Act.CORRECT:
        return False
    if len(words(said.query)) > 2 * _SHORT:  # much is said: some of it names what is meant
        return share < _NAMED_FROM / 2
    return said.act is Act.FOLLOW_UP or share < _NAMED_FROM


def _about_current(facets: Sequence[str], state: PersonState, desk: Desk) -> Outcome:
    procedure = desk.catalogue.get(state.procedure) if state.procedure else None
    if procedure is None:
        return Outcome((Reply(say("about_what"), Status.ASK),), replace(state, procedure=None))
    return _show(procedure, tuple(facets), state, desk)


def _tell(finding: Finding, said: Understanding, state: PersonState, desk: Desk) -> Outcome:
    facets = said.facets or (state.facets if said.act is Act.CORRECT else ())
    if finding.decision is Decision.ANSWER and finding.hits:
        return _found(finding.hits, facets, state, desk)
    if guide.EMERGENCY in said.topics:
        return guide.about(guide.EMERGENCY, state)
    if said.topics and guide.knows(said.topics):
        return guide.about(said.topics[0], state)
    if finding.decision is Decision.ASK:
        buttons = [_choice(p, facets) for p in _procedures(finding.hits[:_MOST_CHOICES], desk)]
        codes = tuple(h.code for h in finding.hits[_MOST_CHOICES:])
        return _ask(say("which"), buttons, replace(state, facets=facets, candidates=codes))
    if not said.query and state.procedure is None:
        return Outcome((Reply(say("about_what"), Status.ASK),), state)
    if finding.decision is Decision.OUT_OF_SCOPE:
        return _missed(say("out_of_scope"), state, Status.OUT_OF_SCOPE)
    return _missed(f"{say('unknown')}\n{say('unknown_help')}", state)


def _found(hits: Sequence[Hit], facets: tuple[str, ...], state: PersonState, desk: Desk) -> Outcome:
    best = desk.catalogue.get(hits[0].code)
    if best is None:
        return _missed(say("unknown"), state)
    state = replace(state, candidates=tuple(h.code for h in hits[1:]))
    if _needs_province(hits[0], state, desk):
        asking = replace(state.about(best.code, facets), awaiting="province")
        return Outcome((Reply(say("ask_province"), Status.ASK, best.code),), asking)
    return _show(best, facets, state, desk)


def _needs_province(hit: Hit, state: PersonState, desk: Desk) -> bool:
    """Only where every member belongs to one province or another, and none is known to be the person's."""
    if state.province or hit.parts.get("code"):
        return False
    members = [desk.catalogue.get(code) for code in hit.members]
    return all(m is not None and m.province for m in members)


def _note_province(said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """A message that only names a place sets the place, and answers what waited for it."""
    province = desk.provinces.only(said.text)
    if province is None:
        return None
    state = replace(state, province=province.code)
    note = say("province_noted", province=province.name)
    if state.awaiting == "province" and state.procedure:
        family = desk.retriever().family_of(state.procedure)
        code = _local_member(family, province, desk) or _national_member(family, desk)
        if code is None:
            text = f"{note}\n{say('no_local', province=province.name)}"
            return Outcome((Reply(text, Status.UNKNOWN),), replace(state, awaiting=None))
        procedure = desk.catalogue.get(code)
        if procedure:
            shown = _show(procedure, state.facets, replace(state, awaiting=None), desk)
            first = replace(shown.replies[0], text=f"{note}\n{shown.replies[0].text}")
            return Outcome((first, *shown.replies[1:]), shown.state)
    return Outcome((Reply(note, Status.SMALLTALK),), state)


def _local_member(codes: Sequence[str], province: Province, desk: Desk) -> str | None:
    for code in codes:
        procedure = desk.catalogue.get(code)
        if procedure and procedure.province and desk.provinces.of_publisher(procedure.province) == province:
            return code
    return None


def _national_member(codes: Sequence[str], desk: Desk) -> str | None:
    found = (desk.catalogue.get(code) for code in codes)
    return next((p.code for p in found if p and p.province is None), None)


def _retired(said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """A code that left the portal: say so, and go on with its replacement."""
    for code in procedure_codes(said.text):
        gone = desk.catalogue.retired(code)
        if gone is None or desk.catalogue.get(code):
            continue
        replacement = desk.catalogue.get(gone.replacement) if gone.replacement else None
        name = "retired_gone" if replacement is None else "retired_sure" if gone.sure else "retired_maybe"
        note = say(name, code=code, name=gone.name)
        if replacement is None:
            return Outcome((Reply(note, Status.UNKNOWN),), state)
        shown = _show(replacement, said.facets, state, desk)
        first = replace(shown.replies[0], text=f"{note}\n\n{shown.replies[0].text}")
        return Outcome((first, *shown.replies[1:]), shown.state)
    return None


def _two_procedures(said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """Two different procedures in one message, each surely found in its own part: both, one after the other."""
    if said.act not in (Act.ASK, Act.FOLLOW_UP, Act.WALK):
        return None
    parts = segments(said, desk)
    if len(parts) < 2 or (any(p.facets for p in parts) and not all(p.facets for p in parts)):
        return None  # a part that asks nothing is background: "mất bằng rồi, giờ xin bản sao ở đâu"
    province = desk.provinces.by_code(state.province)
    sure: dict[str, tuple[Hit, tuple[str, ...]]] = {}
    for part in parts:
        result = desk.retriever().search(part.query, province=province)
        if result.best and result.decision is Decision.ANSWER:
            sure.setdefault(result.best.family, (result.best, part.facets))
    if len(sure) != 2:
        return None
    replies: list[Reply] = []
    for hit, facets in sure.values():
        procedure = desk.catalogue.get(hit.code)
        if procedure:
            shown = _show(procedure, facets or said.facets, state, desk)
            replies += shown.replies[:1]
            state = shown.state
    return Outcome(tuple(replies), state)


# Replies


def _show(procedure: Procedure, facets: tuple[str, ...], state: PersonState, desk: Desk) -> Outcome:
    """The answer itself: title, one block a facet, source and day; then buttons for what comes next."""
    asked = tuple(Facet(f) for f in facets if f in set(Facet)) or (Facet.OVERVIEW,)
    case = procedure.case(state.walk.case) if state.walk and state.walk.procedure == procedure.code else None
    blocks = [describe(procedure, facet, case=case, today=desk.today) for facet in asked]
    text = "\n\n".join([procedure.title, *blocks, footer(procedure, asked, desk.today, desk.stale_after_days)])
    state = state.about(procedure.code, facets)
    buttons = _next_buttons(procedure, asked, state)
    reply = Reply(
        text,
        Status.ANSWER,
        procedure.code,
        tuple(f.value for f in asked),
        buttons=tuple(buttons),
        links=links_of(procedure, desk.provinces.by_code(state.province)),
    )
    state = replace(state, offered=reply.buttons)
    if state.mode is Mode.WALKING:
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
    shortcuts = (
        (Facet.DOCUMENTS, "b_documents"),
        (Facet.FEE, "b_fee"),
        (Facet.PLACE, "b_where"),
        (Facet.TIME, "b_time"),
    )
    if Facet.OVERVIEW not in asked:
        buttons += [
            Button(say(name), Command(Act.CHOOSE, procedure.code, (facet.value,)))
            for facet, name in shortcuts
            if facet not in asked
        ][:2]
    if state.candidates:
        buttons.append(Button(say("not_this"), Command(Act.DENY)))
    return buttons


def _choice(procedure: Procedure, facets: tuple[str, ...]) -> Button:
    return Button(shorten(procedure.title, _TITLE), Command(Act.CHOOSE, procedure.code, facets))


def _procedures(hits: Sequence[Hit], desk: Desk) -> list[Procedure]:
    return [p for p in (desk.catalogue.get(h.code) for h in hits) if p]


def _ask(text: str, buttons: Sequence[Button], state: PersonState) -> Outcome:
    """2–4 choices by names a person understands, and a way out."""
    way_out = Button(say("none_of_these"), Command(Act.DENY))
    reply = Reply(text, Status.ASK, buttons=(*_distinct(buttons), way_out))
    return Outcome((reply,), replace(state, offered=reply.buttons, awaiting=None))


def _distinct(buttons: Sequence[Button]) -> list[Button]:
    """Where two titles are the same, the code tells them apart."""
    titles = [b.title for b in buttons]
    return [replace(b, title=f"{b.title} ({b.command.code})") if titles.count(b.title) > 1 else b for b in buttons]


def _missed(text: str, state: PersonState, status: Status = Status.UNKNOWN) -> Outcome:
    """A misunderstanding; after two in a row a person is offered first."""
    misses = state.misses + 1
    button = Button(say("person_button"), Command(Act.PERSON))
    lead = f"{say('person_offer')}\n\n" if misses >= _PERSON_AFTER else ""
    reply = Reply(lead + text, status, buttons=(button,))
    return Outcome((reply,), replace(state, misses=misses, offered=reply.buttons))
