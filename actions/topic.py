"""Staying with what is talked of: a follow-up says less than it means.

"Còn cấp lại thì sao" is about the permit on the screen, "thừa kế" is one of its cases, "mẹ em đi thay được không" a
detail. So a short message is tried on the current procedure and its neighbours before it may change the subject.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions.asking import words_of_aspects
from actions.cases import case_told
from actions.desk import Desk, Outcome, Understanding
from actions.finding import Finding
from actions.reply import Act, Button, Command, Reply, Status
from actions.showing import MOST_CHOICES, missed, open_choice, shortcuts, show
from actions.state import PersonState
from actions.texts import say
from actions.wording import shorten
from knowledge.procedure import Procedure
from knowledge.retriever import Decision, Hit
from knowledge.text import fold, words

SHORT = 3  # words; "vợ tui" is found in some alias, and yet names no procedure
_BRIEF = 5  # words up to which a message may be a piece of what is talked of
_NAMED_FROM = 0.6  # share of the query, by rarity, in a name or alias from which a procedure counts as named
_SAME_THING = 0.5  # share of what is talked of, by rarity, that a name of a neighbour has
_OFF_TOPIC = 0.8  # likelihood from which a message is about something else, whatever was talked of
_ASKED_BACK = 2  # misunderstandings in a row; then a person is offered
_QUESTIONS = 2  # in a row; then the likeliest is shown, said to be a guess
_TITLE = 70


def names_nothing(finding: Finding, said: Understanding) -> bool:
    """A question with a facet and no procedure in it that is surely found: it goes on about the current one."""
    parts = finding.hits[0].parts if finding.hits else {}
    if finding.decision is Decision.ANSWER:
        is_short = len(words(said.query)) <= SHORT
        return is_short and parts.get("exactness", 1.0) < _NAMED_FROM and not parts.get("code")
    share = max(parts.get("coverage", 0.0), parts.get("exactness", 0.0))
    if said.act is Act.CORRECT:
        return False
    if finding.decision in (Decision.UNKNOWN, Decision.OUT_OF_SCOPE):
        return True
    if len(words(said.query)) > 2 * SHORT:  # much is said: some of it names what is meant
        return share < _NAMED_FROM / 2
    if said.act is Act.FOLLOW_UP:  # "thế còn bằng lái" names one; "lấy ở đâu vậy" does not
        return parts.get("coverage", 0.0) < 1 or parts.get("exactness", 0.0) < _NAMED_FROM
    return share < _NAMED_FROM


def goes_back(finding: Finding, state: PersonState) -> bool:
    """Whether all that was said is in a name of an earlier subject: "thế còn bằng lái"."""
    best = finding.hits[0] if finding.hits else None
    return best is not None and best.code in state.recent[1:] and best.parts.get("coverage", 0.0) >= 1


def goes_on(facets: tuple[str, ...], state: PersonState, desk: Desk) -> Outcome | None:
    """Asked on about what is talked of: the procedures to choose among, or else the current one; None with neither.

    "Hết bao nhiêu tiền" before a choice is made is kept for it. Who asks on and on is shown the likeliest.
    """
    if not facets or not open_choice(state):
        return about_current(facets, state, desk) if state.procedure else None
    if state.questions >= _QUESTIONS:
        return guess([b.command.code for b in state.offered if b.command.act is Act.CHOOSE], facets, state, desk)
    buttons = tuple(
        replace(b, command=replace(b.command, facets=facets)) if b.command.act is Act.CHOOSE else b
        for b in state.offered
    )
    asked = replace(state, facets=facets, offered=buttons, questions=state.questions + 1)
    return Outcome((Reply(say("choose_first"), Status.ASK, buttons=buttons),), asked)


def guess(codes: Sequence[str | None], facets: tuple[str, ...], state: PersonState, desk: Desk) -> Outcome | None:
    """The first of them, said to be a guess; the others are what "không phải cái này" leads to."""
    known = [p for p in (desk.catalogue.get(c) for c in codes if c) if p]
    if not known:
        return None
    others = tuple(p.code for p in known[1:])
    shown = show(known[0], facets, replace(state, candidates=(*others, *state.candidates)), desk)
    return shown.after(say("guess"))


def about_current(facets: Sequence[str], state: PersonState, desk: Desk, text: str = "") -> Outcome:
    procedure = desk.catalogue.get(state.procedure) if state.procedure else None
    if procedure is None:
        return Outcome((Reply(say("about_what"), Status.ASK),), replace(state, procedure=None))
    return show(procedure, tuple(facets), state, desk, text)


def stays(finding: Finding, said: Understanding, state: PersonState, desk: Desk) -> Outcome | Finding:
    """The answer about the current procedure; or what to search on with: the finding itself, or one of a neighbour."""
    current = desk.catalogue.get(state.procedure) if state.procedure else None
    best = finding.hits[0] if finding.hits else None
    if current is None or (best and (best.is_exact or best.parts.get("code"))) or goes_back(finding, state):
        return finding
    count = len(words(said.query))
    if count <= _BRIEF and not open_choice(state):
        if case_told(current, said.text):
            return show(current, said.facets or ("documents",), state, desk, said.text)
        neighbour = _neighbour(said, current, state, desk) if _says_little(finding, said) else None
        if neighbour:
            return neighbour
    if said.facets and names_nothing(finding, said):
        return goes_on(said.facets, state, desk) or finding
    return _unclear(finding, said, current, state, desk) if _is_lost(finding, said) else finding


def _says_little(finding: Finding, said: Understanding) -> bool:
    """Too few words to change the subject by, unless all of a name was said."""
    parts = finding.hits[0].parts if finding.hits else {}
    return parts.get("exactness", 0.0) < _NAMED_FROM or finding.decision is not Decision.ANSWER


def _neighbour(said: Understanding, current: Procedure, state: PersonState, desk: Desk) -> Finding | None:
    """The procedure about the same thing that has all the words said in a name: "gia hạn" of a work permit."""
    asked = set(words(fold(said.query)))
    thing = [word for word in words(current.title) if fold(word) not in words_of_aspects() | asked]
    if not asked or not thing:
        return None
    retriever = desk.retriever()
    province = desk.gazetteer.province(state.province)
    found = retriever.search(f"{said.query} {' '.join(thing)}", province=province)
    hits = [h for h in found.hits if h.code != current.code and retriever.is_named(h.code, asked)]
    hits = [h for h in hits if _shared(h, thing, desk)]
    if not hits:
        return None
    decision = Decision.ANSWER if len(hits) == 1 or found.decision is Decision.ANSWER else Decision.ASK
    return Finding(decision, tuple(hits), found.query)


def _shared(hit: Hit, thing: Sequence[str], desk: Desk) -> bool:
    """Whether a name of it has half the words of the thing that is talked of."""
    wanted = {fold(word) for word in thing}
    return desk.retriever().share_named(hit.code, wanted) >= _SAME_THING


def _is_lost(finding: Finding, said: Understanding) -> bool:
    """Nothing was found, or a follow-up found what it does not name."""
    if finding.decision in (Decision.UNKNOWN, Decision.OUT_OF_SCOPE):
        return said.off_topic < _OFF_TOPIC or said.act is Act.FOLLOW_UP
    best = finding.hits[0] if finding.hits else None
    names = best is not None and (best.is_covering or best.parts.get("exactness", 0.0) >= _NAMED_FROM)
    return said.act is Act.FOLLOW_UP and len(words(said.query)) <= _BRIEF and not names


def _unclear(finding: Finding, said: Understanding, current: Procedure, state: PersonState, desk: Desk) -> Outcome:
    """A place is where the current thing is done; else, whether it is still the current thing that is meant."""
    if said.place.sure:
        return about_current(("place",), state, desk)
    misses = state.misses + 1
    if misses >= _ASKED_BACK:
        return missed(say("unknown"), state)
    others = [Button(shorten(h.name, _TITLE), Command(Act.CHOOSE, h.code)) for h in finding.hits]
    is_found = finding.decision in (Decision.ANSWER, Decision.ASK)
    buttons = (*shortcuts(current)[: MOST_CHOICES - 1], *(others[:1] if is_found else ()))
    reply = Reply(say("still_this", title=shorten(current.title, _TITLE)), Status.ASK, current.code, buttons=buttons)
    return Outcome((reply,), replace(state, misses=misses, offered=buttons))
