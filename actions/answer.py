"""Answering about procedures: find, follow up, choose, correct, "not this one"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions import danger, follow_up, guide, members, placing, smalltalk, telling, topic, walking
from actions.asking import question_for
from actions.cases import case_told
from actions.desk import Desk, Outcome, Turn, Understanding
from actions.finding import EMERGENCY, Finding, find, segments
from actions.reply import Act, Button, Command, Reply, Status
from actions.retired import retired_code
from actions.showing import MOST_CHOICES, ask, choices_of, missed, procedures, show
from actions.situations import tells_of_death
from actions.state import Mode, PersonState
from actions.texts import say
from knowledge.retriever import Decision, Hit
from knowledge.text import fold, procedure_codes, words

_TWO = 2
_GETS = re.compile(r"^(?:(?:cai|giay|to|ban)(?: nay| do)? )?(?:xin|lay|mua|tim|kiem|in) (?:o )?(?:dau|cho nao|mo)\b")
_OWN_DATA = re.compile(
    r"\b(?:du lieu|data|thong tin|tin nhan|chat|lich su|tro chuyen|noi chuyen|het|tat ca|moi thu|nhung gi|quen"
    r"|(?:ve|cua) (?:em|e|toi|tui|minh|mk|chau|con|anh|chi)|tai khoan)\b"
)
_ALSO = re.compile(r"^(?:(?:a|o|ua|the|vay|da) )?con\b|\b(?:nua|luon)(?: (?:thi sao|a|nhe|nha))*$")
_AFTER_A_DEATH = re.compile(r"\b(?:khai tu|mai tang|tu tuat)\b")
_HAS_DIED = "qua đời"
_NAMED = 0.6  # share of a part's words in a name, and of the name in the part, by rarity
_CHANCE = 0.1  # of the first one's confidence, from which another is worth a button


def answer(turn: Turn, desk: Desk) -> Outcome:
    """The way of every message that may be about a procedure."""
    said, state = turn.said, turn.state
    retired = retired_code(said, state, desk)
    if retired:
        return retired
    before = topic.earlier(said, state, desk)
    if before:
        return before
    if said.act is Act.HAVE:
        return _choices_again(state) or smalltalk.smalltalk(turn, desk)
    if not topic.content(said.query) and (said.act is Act.LACK or (said.act is Act.WHAT_IS and not said.facets)):
        return _outside_the_walk(state, desk)
    if "walk" in said.moves:
        return walk(turn, desk)
    if state.mode is Mode.WALKING and not topic.content(said.query) and _GETS.search(fold(said.text)):
        return walking.what_is(turn, desk)
    asked_on = follow_up.asked_on(said, state, desk)
    if asked_on:
        return asked_on
    going_on = topic.goes_on(said.facets, state, desk) if not said.query else None
    if going_on:
        return going_on
    finding = _found_for(said, state, desk)
    two = None if finding.best and finding.best.is_exact else _two_procedures(said, state, desk)
    if two:
        return two
    sure = guide.sure_topic(said)
    if sure and not (finding.best and finding.best.is_exact):
        return guide.guide(turn, desk, sure)
    staying = topic.stays(finding, said, state, desk)
    return staying if isinstance(staying, Outcome) else _tell(staying, said, state, desk)


def walk(turn: Turn, desk: Desk) -> Outcome:
    """Goes through the papers: of what a button or the words surely name, else of what is talked of."""
    said, state = turn.said, turn.state
    if turn.command or not said.query:
        return walking.start(turn, desk)
    finding = _found_for(said, state, desk)
    if not topic.names_one(finding) and (state.procedure or state.has_open_choice):
        return walking.start(turn, desk)
    staying = topic.stays(finding, said, state, desk)
    if isinstance(staying, Outcome) or not staying.hits:
        return walking.start(turn, desk)
    if staying.decision is not Decision.ANSWER:
        return walking.which([Button(h.name, Command(Act.WALK, h.code)) for h in staying.hits[:MOST_CHOICES]], state)
    code = members.member_of(staying.hits[0], said, state, desk)
    if code is None:
        return members.question(staying.hits[0], state.facets, state, desk, then=Act.WALK)
    return walking.start(replace(turn, command=Command(Act.WALK, code)), desk)


def emergency_or_answer(turn: Turn, desk: Desk) -> Outcome:
    """Emergency numbers where a danger is named; else it is a message like any other."""
    if danger.is_named(turn.said.text):
        return smalltalk.emergency(turn, desk)
    return answer(replace(turn, said=replace(turn.said, act=Act.ASK)), desk)


def refuse_or_answer(turn: Turn, desk: Desk) -> Outcome:
    """Refused where it surely is forbidden; Rasa's half guesses are read as questions."""
    return smalltalk.refuse(turn, desk) if turn.said.act is Act.FORBIDDEN else answer(turn, desk)


def choose(turn: Turn, desk: Desk) -> Outcome:
    """A button, or its number or title: show that procedure, with what was asked before or beside it."""
    command, state = turn.command, turn.state
    if command is None:
        return _without_a_choice(turn, desk)
    if command.topic:
        return guide.about(command.topic, state)
    if command.province:
        return placing.chosen(command, state, desk)
    code = command.code or state.procedure
    procedure = desk.catalogue.get(code) if code else None
    if procedure is None:
        return Outcome((Reply(say("old_button"), Status.UNKNOWN),), replace(state, offered=()))
    asked = tuple(m.value for m in desk.lexicon.find(turn.rest) if m.entity == "facet") or command.facets
    state = replace(state, candidates=tuple(c for c in state.candidates if c != procedure.code))
    return show(procedure, asked, state, desk)


def _without_a_choice(turn: Turn, desk: Desk) -> Outcome:
    """ "Yes" does what the only button of a question does; "both", "that one" and a number too many repeat the choices.

    "Dạ, ok" to an answer is no choice, and "không phải cái nào hết" refuses them all.
    """
    state = turn.state
    if "khong phai" in fold(turn.said.text):
        return next_candidate(turn, desk)
    buttons = [b for b in state.offered if b.command.act is not Act.DENY]
    if turn.said.act is Act.AFFIRM and state.is_asked and topic.is_asked_back(state):
        return topic.about_current((), state, desk)
    if turn.said.act is Act.AFFIRM and len(buttons) == 1 and state.is_asked:
        steps = {Act.WALK: walking.start, Act.PERSON: smalltalk.person, Act.CHOOSE: choose}
        step = steps.get(buttons[0].command.act)
        if step:
            return step(replace(turn, command=buttons[0].command), desk)
    again = _choices_again(state)
    if again and len(buttons) > 1:
        return again
    if turn.said.act is Act.AFFIRM:
        return smalltalk.smalltalk(turn, desk)
    return Outcome((Reply(say("nothing_to_choose"), Status.ASK),), state)


def forget_or_answer(turn: Turn, desk: Desk) -> Outcome:
    """Deleting what is kept is offered where that is meant: "xoá hktt" is about a registered residence."""
    said = turn.said
    if turn.command or not topic.content(said.query) or _OWN_DATA.search(fold(said.text)):
        return smalltalk.confirm_forgetting(turn, desk)
    return answer(replace(turn, said=replace(said, act=Act.ASK)), desk)


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
        return missed(say("no_more"), state)
    buttons = choices_of(left[:MOST_CHOICES], state.facets)
    state = replace(state, candidates=tuple(p.code for p in left[MOST_CHOICES:]), misses=state.misses + 1)
    return ask(say("which_again"), buttons, state)


def guide_or_answer(turn: Turn, desk: Desk) -> Outcome:
    """Guidance by topic; where no topic was named but a procedure surely was, that procedure.

    A topic that only tells the way of filing ("trên VNeID") gives way to the procedure that is filed.
    """
    said, state = turn.said, turn.state
    sure = None if turn.command else guide.sure_topic(said)
    if turn.command or sure:
        return guide.guide(turn, desk, sure)
    around = guide.topic_of(turn)
    before = topic.earlier(said, state, desk)
    if before:
        return before
    is_elsewhere = bool(said.place.sure and state.procedure) and around is None  # "còn ở Hải Phòng thì sao"
    if is_elsewhere or procedure_codes(said.text):  # "mã 1.003154 nộp ở đâu" is about that code
        return answer(turn, desk)
    named = guide.named_topic(said)
    if said.query and (named is None or named in guide.CHANNEL_TOPICS):
        asked = replace(said, act=Act.ASK) if named else said
        finding = find(asked, desk.retriever(), desk.gazetteer.province(state.province))
        is_found = topic.names_one(finding) if named else finding.decision is Decision.ANSWER and finding.best
        if is_found and (around is None or not topic.says_little(finding)):
            return _found(finding.hits, said, said.facets, state, desk)
    if around is None and said.facets and state.procedure:
        return topic.about_current(said.facets, state, desk)
    return guide.guide(turn, desk)


# Steps of `answer`


def _outside_the_walk(state: PersonState, desk: Desk) -> Outcome:
    """ "Chưa có", "là gì" with no paper in question: repeat the open choice, or offer to go through the papers."""
    again = _choices_again(state)
    if again:
        return again
    procedure = desk.catalogue.get(state.procedure) if state.procedure else None
    if procedure is None:
        return Outcome((Reply(say("about_what"), Status.ASK),), state)
    buttons = (Button(say("b_walk"), Command(Act.WALK, procedure.code)),)
    reply = Reply(say("offer_walk", title=procedure.title), Status.ASK, procedure.code, buttons=buttons)
    return Outcome((reply,), replace(state, offered=buttons, questions=1))


def _found_for(said: Understanding, state: PersonState, desk: Desk) -> Finding:
    """What the message is about, for somebody who talked of these things before, in this place."""
    found = find(said, desk.retriever(), desk.gazetteer.province(state.province))
    return _prefer_recent(found, said, state)


def _choices_again(state: PersonState) -> Outcome | None:
    """The open question once more; None where the last reply asked none that its buttons answer."""
    if not state.is_asked or len(state.offered) < _TWO:
        return None
    return Outcome((Reply(say("choose_first"), Status.ASK, buttons=state.offered),), state)


def _prefer_recent(finding: Finding, said: Understanding, state: PersonState) -> Finding:
    """Going back to an earlier subject needs no question, where that subject is among what fits best."""
    if not finding.hits or not telling.things(topic.content(said.query)):
        return finding
    is_open = (
        "correct" in said.moves
        or finding.decision is Decision.ASK
        or (
            finding.decision is Decision.ANSWER
            and len(words(said.query)) <= topic.SHORT
            and not finding.hits[0].is_exact
        )
    )
    if not is_open:
        return finding
    known = [h for h in finding.hits if h.code in state.recent and h.code != state.procedure]
    if finding.decision is Decision.ANSWER:
        known = [h for h in known if h.parts.get("coverage", 0.0) >= 1]
    if not known:
        return finding
    others = tuple(h for h in finding.hits if h is not known[0])
    return replace(finding, decision=Decision.ANSWER, hits=(known[0], *others))


def _tell(finding: Finding, said: Understanding, state: PersonState, desk: Desk) -> Outcome:
    facets = said.facets or (state.facets if said.act is Act.CORRECT else ())
    around = guide.named_topic(said)
    if finding.decision is Decision.ANSWER and finding.hits:
        return _found(finding.hits, said, facets, state, desk)
    if EMERGENCY in said.topics:
        return guide.about(EMERGENCY, state)
    if around and finding.decision is not Decision.OUT_OF_SCOPE:
        return guide.about(around, state)
    if finding.elsewhere:
        return placing.only_elsewhere(finding.elsewhere, state, desk)
    if finding.decision is Decision.ASK:
        return _which(finding.hits, said, facets, state, desk)
    if not said.query and state.procedure is None:
        return Outcome((Reply(say("no_more_known" if state.topic else "about_what"), Status.ASK),), state)
    if finding.decision is Decision.OUT_OF_SCOPE:
        return missed(say("out_of_scope"), state, Status.OUT_OF_SCOPE)
    return missed(f"{say('unknown')}\n{say('unknown_help')}", state)


def _which(
    hits: Sequence[Hit], said: Understanding, facets: tuple[str, ...], state: PersonState, desk: Desk
) -> Outcome:
    """Asks which one is meant; after two questions in a row the likeliest is shown, said to be a guess."""
    likely = [h for i, h in enumerate(hits) if i < _TWO or h.score >= _CHANCE * hits[0].score][:MOST_CHOICES]
    candidates = members.where_they_are(procedures(likely, desk), said, state, desk)
    state = replace(state, candidates=tuple(h.code for h in hits if h not in likely))
    is_one = len(candidates) == 1 < len(likely)  # at home and at the embassy
    if state.questions >= topic.MOST_QUESTIONS or is_one:
        guessed = topic.guess([p.code for p in candidates], facets, state, desk)
        if guessed:
            return guessed
    buttons = choices_of(candidates, facets)
    state = replace(state, facets=facets, questions=state.questions + 1)
    return ask(question_for(candidates, said.text), buttons, state)


def _found(
    hits: Sequence[Hit], said: Understanding, facets: tuple[str, ...], state: PersonState, desk: Desk
) -> Outcome:
    inherited = _inherited(said.text, state, desk)
    is_on_same = hits[0].code == state.procedure and hits[0].parts.get("exactness", 1.0) < _NAMED
    case = state.case if is_on_same else None  # who names the procedure anew may do so for somebody else
    state = replace(state, candidates=tuple(h.code for h in hits[1:]), case=case)
    if placing.is_needed(hits[0], state, desk):
        asking = replace(state.about(hits[0].code, facets), awaiting="province")
        return Outcome((Reply(say("ask_province"), Status.ASK, hits[0].code),), asking)
    code = members.member_of(hits[0], said, state, desk)
    if code is None:
        return members.question(hits[0], facets, state, desk)
    best = desk.catalogue.get(code)
    if best is None:
        return missed(say("unknown"), state)
    return show(best, facets, state, desk, inherited if inherited and not case_told(best, said.text) else said.text)


def _inherited(text: str, state: PersonState, desk: Desk) -> str:
    """That somebody has died, told of the procedure before: "còn chiếc xe máy của ba nữa" is inherited, too."""
    before = desk.catalogue.get(state.procedure) if state.procedure else None
    if before is None or not _ALSO.search(fold(text)):
        return ""
    case = before.case(state.case) if state.case else None
    if case and tells_of_death(case.label):
        return case.label
    return _HAS_DIED if _AFTER_A_DEATH.search(fold(before.title)) else ""


def _two_procedures(said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """Two different procedures in one message, each surely found in its own part: both, one after the other."""
    if said.act not in (Act.ASK, Act.FOLLOW_UP, Act.WALK):
        return None
    parts = segments(said, desk)
    said_alone = [set(words(fold(p.query))) for p in parts]
    if len(parts) < _TWO or any(a < b for a in said_alone for b in said_alone):  # "… sang tên xe, ko sang tên bị phạt"
        return None
    province = desk.gazetteer.province(state.province)
    sure: dict[str, tuple[Hit, tuple[str, ...]]] = {}
    for part in parts:
        result = desk.retriever().search(part.query, province=province, off_topic=said.off_topic)
        if result.best and result.decision is Decision.ANSWER and _is_named(result.best, part.query):
            sure.setdefault(result.best.family, (result.best, part.facets))
    if len(sure) != 2:
        return None
    replies: list[Reply] = []
    for hit, facets in sure.values():
        procedure = desk.catalogue.get(hit.code)
        if procedure:
            shown = show(procedure, facets or said.facets, state, desk)
            replies += shown.replies[:1]
            state = shown.state
    return Outcome(tuple(replies), state)


def _is_named(best: Hit, query: str) -> bool:
    """Whether a part of a message names this procedure by itself: "à nhầm", "nhận thêm" do not."""
    shares = (best.parts.get("coverage", 0.0), best.parts.get("exactness", 0.0))
    return best.is_exact or (len(words(query)) > 1 and min(shares) >= _NAMED)
