"""Staying with what is talked of: a follow-up says less than it means.

"Còn cấp lại thì sao" is about the permit on the screen, "thừa kế" is one of its cases, "mẹ em đi thay được không" a
detail. So a short message is tried on the current procedure and its neighbours before it may change the subject.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from actions import members, papers, telling
from actions.abroad import Who
from actions.asking import NAME_NOTHING, words_of_actions
from actions.cases import case_told
from actions.desk import Desk, Outcome, Understanding
from actions.detail import facet_of
from actions.finding import Finding
from actions.reply import Act, Button, Command, Reply, Status
from actions.showing import MOST_CHOICES, PERSON_AFTER, choices_of, procedures, shortcuts, show
from actions.state import Mode, PersonState
from actions.texts import say
from actions.wording import shorten
from knowledge.procedure import Facet, Procedure
from knowledge.retriever import Decision, Hit
from knowledge.text import fold, nfc, words

SHORT = 3  # words; "vợ tui" is found in some alias, and yet names no procedure
_BRIEF = 5  # words up to which a message may be a piece of what is talked of
_NAMED_FROM = 0.6  # share of the query, by rarity, in a name or alias from which a procedure counts as named
_FILLERS = {
    "lam", "xin", "cap", "phai", "can", "duoc", "muon", "thoi", "nua", "luon", "the", "con", "thi", "sao", "vay", "gio",
    "la", "ma", "a", "chua", "roi", "lay", "nhan", "nop", "mang", "gui",
}  # fmt: skip
_RETURNED = re.compile(r"\bve (?:nuoc|viet nam|vn) (?:roi|thi|lam|nop)\b")
_EARLIER = re.compile(  # "nãy", not "này"; without accents only where it can hardly be "này"
    r"\b(?:(?:lúc|hồi|khi|vừa|ban|mới) nãy|(?:luc|hoi|vua) nay|(?:cái|cai|vụ|vu) (?:kia|trước|truoc))\b", re.IGNORECASE
)
_OF_EARLIER = {"luc", "hoi", "khi", "vua", "ban", "moi", "nay", "cai", "kia", "truoc", "vu", "viec", "cua"}
_WEAK = 0.35  # confidence below which what was found is no reason to leave what is talked of
_LIKELY = 0.5  # confidence from which something else, and no neighbour, is meant
_AS_MUCH = 0.15  # shares of a name that differ by less are alike
_SAME_THING = 0.5  # share of what is talked of, by rarity, that a name of a neighbour has
_OFF_TOPIC = 0.8  # likelihood from which a message is about something else, whatever was talked of
MOST_QUESTIONS = 2  # in a row; then the likeliest is shown, said to be a guess
_TITLE = 70


def names_nothing(finding: Finding, said: Understanding) -> bool:
    """A question with a facet and no procedure in it that is surely found: it goes on about the current one."""
    parts = finding.best.parts if finding.best else {}
    if not telling.things(content(said.query)):  # "phải xin" of "hạn cuối khi nào phải xin"; "con trai" who would file
        return True
    if finding.decision is Decision.ANSWER:
        if (
            said.act is Act.FOLLOW_UP and finding.best and not parts.get("code")
        ):  # "chồng đi làm xa nộp thay được không"
            return not _is_named(finding.best)
        is_short = len(words(said.query)) <= SHORT
        return is_short and parts.get("exactness", 1.0) < _NAMED_FROM and not parts.get("code")
    share = max(parts.get("coverage", 0.0), parts.get("exactness", 0.0))
    if said.act is Act.CORRECT:
        return False
    if finding.decision in (Decision.UNKNOWN, Decision.OUT_OF_SCOPE):
        return said.off_topic < _OFF_TOPIC
    is_about_who = said.act is Act.FOLLOW_UP and Facet.PROXY in said.facets  # "mẹ không đi lại được, con đi thay …"
    if len(words(said.query)) > 2 * SHORT and not is_about_who:  # much is said: some of it names what is meant
        return share < _NAMED_FROM / 2
    if said.act is Act.FOLLOW_UP:  # "thế còn bằng lái" names one; "lấy ở đâu vậy" does not
        return parts.get("coverage", 0.0) < 1 or parts.get("exactness", 0.0) < _NAMED_FROM
    return share < _NAMED_FROM


def goes_back(finding: Finding, state: PersonState) -> bool:
    """Whether all that was said is in a name of an earlier subject: "thế còn bằng lái"."""
    best = finding.best
    if best is None or not telling.things(content(finding.query)):
        return False
    return best.code in state.recent[1:] and best.parts.get("coverage", 0.0) >= 1


def earlier(said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """Back to what was talked of before: "còn cái bảo hiểm lúc nãy"; without a name it is what came just before."""
    if not state.recent or not _EARLIER.search(nfc(said.text)):
        return None
    asked = telling.things(content(said.query) - _OF_EARLIER)
    before = [code for code in state.recent if code != state.procedure]
    named = [code for code in before if asked and desk.retriever().share_named(code, asked) >= _NAMED_FROM]
    meant = next(iter(named if asked else before), None)
    procedure = desk.catalogue.get(meant) if meant else None
    return show(procedure, said.facets, state, desk) if procedure else None


def goes_on(facets: tuple[str, ...], state: PersonState, desk: Desk) -> Outcome | None:
    """Asked on about what is talked of: the current procedure, or the likeliest of an open choice; None with neither.

    Who asks on instead of choosing is answered for the first one, said to be a guess: the same list again helps nobody.
    """
    if facets and state.awaiting == "province" and not state.questions:  # asked for it once more, for what is asked now
        waiting = replace(state, facets=facets, questions=1)
        return Outcome((Reply(say("ask_province"), Status.ASK, state.procedure),), waiting)
    if not facets or not state.has_open_choice:
        return about_current(facets, state, desk) if state.procedure else None
    return guess(state.open_choice, facets, state, desk)


def guess(codes: Sequence[str | None], facets: tuple[str, ...], state: PersonState, desk: Desk) -> Outcome | None:
    """The first of them, said to be a guess; the others are what "không phải cái này" leads to."""
    known = [p for p in (desk.catalogue.get(c) for c in codes if c) if p]
    if not known:
        return None
    others = tuple(p.code for p in known[1:])
    shown = show(known[0], facets, replace(state, candidates=(*others, *state.candidates)), desk)
    return shown.after(say("guess"))


def about_current(facets: Sequence[str], state: PersonState, desk: Desk) -> Outcome:
    procedure = desk.catalogue.get(state.procedure) if state.procedure else None
    if procedure is None:
        return Outcome((Reply(say("about_what"), Status.ASK),), replace(state, procedure=None))
    return show(procedure, tuple(facets), state, desk)


def stays(finding: Finding, said: Understanding, state: PersonState, desk: Desk) -> Outcome | Finding:
    """The answer about the current procedure; or what to search on with: the finding itself, or one of a neighbour."""
    current = desk.catalogue.get(state.procedure) if state.procedure else None
    best = finding.best
    if current and not state.has_open_choice:
        looks = (look(finding, said, current, state, desk) for look in (_needed, _got, _gone_abroad))
        told = next(filter(None, looks), None)
        if told:
            return told
    if finding.elsewhere or (best and (best.is_exact or best.parts.get("code"))) or goes_back(finding, state):
        return finding
    if current and _lacks(current, telling.lost(said.text), desk):
        return finding
    if len(words(said.query)) <= _BRIEF:
        near = _chosen(finding, said, state, desk) or (current and _near(finding, said, current, state, desk))
        if near:
            return near
    if said.facets and names_nothing(finding, said) and not (current and _names_beside(finding, said, current, desk)):
        return goes_on(said.facets, state, desk) or finding
    tells = not said.facets and (telling.is_circumstance(said.text) or not telling.things(content(said.query)))
    if tells and current and not state.has_open_choice and case_told(current, said.text):
        return show(current, ("documents",), state, desk, said.text)
    if current is None or said.act is Act.CORRECT or state.mode is Mode.WALKING:
        return finding
    detail = None if state.has_open_choice else _detail(finding, said, current, state, desk)
    if detail:
        return detail
    return _unclear(finding, said, current, state, desk) if tells or _is_lost(finding, said) else finding


def _needed(
    finding: Finding, said: Understanding, current: Procedure, state: PersonState, desk: Desk
) -> Outcome | None:
    """Whether a paper, or anything else, is needed for what is talked of; None where something else is asked."""
    need = papers.need_in(said.text)
    if need is None or said.act is Act.CORRECT or (need.is_own_wish and names_one(finding)):
        return None
    retriever = desk.retriever()
    paper = papers.listed(need, current, retriever.share) if need.is_paper else None
    asked = tuple(facet for facet in said.facets if facet != Facet.ELIGIBILITY)
    facet = None if paper else facet_of(current, papers.telling_words(need), retriever.share)
    if need.is_paper and facet is None:
        note = papers.note_on(paper, need) if paper else say("paper_not_listed", what=retriever.restore(need.what))
        return show(current, asked or (Facet.DOCUMENTS.value,), state, desk).after(note)
    facets = tuple(dict.fromkeys((*([facet.value] if facet else []), *asked))) or (Facet.ELIGIBILITY.value,)
    return about_current(facets, state, desk)


def _got(finding: Finding, said: Understanding, current: Procedure, state: PersonState, desk: Desk) -> Outcome | None:
    """Where a paper of what is talked of is got; None where the record does not say, or another thing is named."""
    asked = papers.source_in(said.text)
    paper = papers.listed(asked, current, desk.retriever().share) if asked else None
    source = papers.source_of(paper) if paper and not _is_another(finding, current) else ""
    return show(current, (Facet.DOCUMENTS.value,), state, desk).after(source) if source else None


def _gone_abroad(
    finding: Finding, said: Understanding, current: Procedure, state: PersonState, desk: Desk
) -> Outcome | None:
    """Told alone that one is abroad: the embassy's procedure for what is talked of, or the question whether it is.

    Who is back gets what is done at home instead of the embassy's.
    """
    home = members.at_home(current.code, desk) if _RETURNED.search(fold(said.text)) else None
    if home and not names_one(finding):
        return show(home, said.facets, state, desk)
    there = members.at_an_embassy(current.code, desk)
    if there is None:
        return None
    if said.abroad.who is Who.NOBODY or content(said.abroad.rest):
        return None
    if said.abroad.who is Who.SPEAKER:
        return show(there, said.facets, state, desk)
    return members.home_or_abroad(current.code, there.code, said.facets, state)


def _lacks(current: Procedure, lost: str, desk: Desk) -> bool:
    """Whether a paper that was lost is none of what is talked of: how to get it again is another matter."""
    asked, retriever = content(lost), desk.retriever()
    if not asked or retriever.is_named(current.code, asked):
        return False
    return papers.listed(papers.Need(lost, is_paper=True), current, retriever.share) is None


def _near(
    finding: Finding, said: Understanding, current: Procedure, state: PersonState, desk: Desk
) -> Outcome | Finding | None:
    """Few words that tell a case, repeat the name of what is talked of, or name its neighbour."""
    if not state.has_open_choice and not _is_another(finding, current) and case_told(current, said.text):
        return show(current, said.facets or ("documents",), state, desk, said.text)
    asked = content(said.query)
    if not asked or not says_little(finding):
        return None
    is_variant = asked <= words_of_actions()
    said_of_it = telling.things(asked) or asked
    is_own = desk.retriever().is_named(current.code, said_of_it) and not state.has_open_choice
    if is_own and (is_variant or said.facets or telling.is_circumstance(said.text)):
        return about_current(said.facets or ("documents",), state, desk)
    if not asked & words_of_actions():
        is_wish = set(said.facets) <= {Facet.STEPS}  # "muốn đóng thì sao"
        is_likely = finding.best is not None and finding.best.score >= _LIKELY
        if not is_wish or (is_likely and not said.facets):  # "thế còn thất nghiệp"
            return None
    return neighbour(said.query, asked, current, state, desk)


def _chosen(finding: Finding, said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """Few words that tell the offered procedures apart: the one that they name, or whose case they tell."""
    asked = content(said.query)
    if not asked or names_one(finding):
        return None
    offered = [p for p in (desk.catalogue.get(code) for code in state.open_choice) if p]
    named = [p for p in offered if desk.retriever().is_named(p.code, asked)]
    told = named or [p for p in offered if case_told(p, said.text)]
    facets = said.facets or state.facets
    return show(told[0], facets, state, desk, said.text) if len(told) == 1 else None


def _detail(
    finding: Finding, said: Understanding, current: Procedure, state: PersonState, desk: Desk
) -> Outcome | None:
    """What stands in the record that is talked of, where nothing else was surely found: a paper, a condition."""
    asked = content(finding.query or said.query)
    is_sure = finding.decision is Decision.ANSWER and said.act is not Act.FOLLOW_UP
    retriever = desk.retriever()
    if not asked or is_sure or names_one(finding) or retriever.is_named(current.code, asked):
        return None
    facet = facet_of(current, asked, retriever.share)
    return about_current(said.facets or (facet.value,), state, desk) if facet else None


def content(query: str) -> set[str]:
    """Its words, folded, that may name something."""
    return set(words(fold(query))) - _FILLERS - NAME_NOTHING


def _is_another(finding: Finding, current: Procedure) -> bool:
    """Whether another procedure was surely found, and named: "căn cước cho trẻ em" after a passport."""
    best = finding.best
    return names_one(finding) and best is not None and current.code not in best.members


def names_one(finding: Finding) -> bool:
    """Whether a procedure was surely found, and named."""
    return finding.decision is Decision.ANSWER and finding.best is not None and _is_named(finding.best)


def _is_named(hit: Hit) -> bool:
    """Whether all words said stand in a name of it, or are most of one."""
    return hit.is_covering or hit.parts.get("exactness", 0.0) >= _NAMED_FROM


def _names_beside(finding: Finding, said: Understanding, current: Procedure, desk: Desk) -> bool:
    """Whether, people aside, all that is said is in a name of another: "con nó xây nhà" after splitting a plot."""
    best, asked = finding.best, telling.things(content(said.query))
    if best is None or best.score < _WEAK or len(asked) < telling.SEVERAL or current.code in best.members:
        return False
    retriever = desk.retriever()
    return retriever.is_named(best.code, asked) and not retriever.is_named(current.code, asked)


def says_little(finding: Finding) -> bool:
    """Too little to change the subject by: no whole name, and nothing sure."""
    parts = finding.best.parts if finding.best else {}
    return parts.get("exactness", 0.0) < _NAMED_FROM or finding.decision is not Decision.ANSWER


def neighbour(query: str, asked: set[str], current: Procedure, state: PersonState, desk: Desk) -> Finding | None:
    """The procedure about the same thing that has all the words said in a name: "gia hạn" of a work permit."""
    thing = {fold(word) for word in words(current.title)} - words_of_actions() - NAME_NOTHING - asked
    if not thing:
        return None
    retriever = desk.retriever()
    province = desk.gazetteer.province(state.province)
    named = " ".join(word for word in words(current.title) if fold(word) in thing)
    found = retriever.search(f"{query} {named}", province=province)
    shares = [(h, retriever.share_named(h.code, thing)) for h in found.hits if retriever.is_named(h.code, asked)]
    most = max((share for _, share in shares), default=0.0)
    least = max(_SAME_THING, most - _AS_MUCH)
    near = [(h, share) for h, share in shares if h.code != current.code and share >= least]
    if not near:
        return None
    is_nearest = near[0][1] == most
    decision = Decision.ANSWER if len(near) == 1 or is_nearest else Decision.ASK
    return Finding(decision, tuple(h for h, _ in near), found.query)


def _is_lost(finding: Finding, said: Understanding) -> bool:
    """Nothing was found, or too little to leave what is talked of for."""
    best = finding.best
    if best is None or finding.decision in (Decision.UNKNOWN, Decision.OUT_OF_SCOPE):
        return said.off_topic < _OFF_TOPIC or said.act is Act.FOLLOW_UP
    if _is_named(best):
        return False
    is_brief = len(words(said.query)) <= _BRIEF and (said.act is Act.FOLLOW_UP or said.place.sure is not None)
    return is_brief or (finding.decision is Decision.ASK and best.score < _WEAK)


def _unclear(finding: Finding, said: Understanding, current: Procedure, state: PersonState, desk: Desk) -> Outcome:
    """A place is where the current thing is done; else, whether it is still the current thing that is meant."""
    if said.place.sure:
        return about_current(said.facets or ("place",), state, desk)
    if said.facets and len(content(said.query)) <= _BRIEF:
        return about_current(said.facets, state, desk)
    misses = state.misses + 1
    others = procedures([h for h in finding.hits[:1] if h.score >= _WEAK and current.code not in h.members], desk)
    is_stuck = misses >= PERSON_AFTER
    name, act = ("person_button", Act.PERSON) if is_stuck else ("not_this", Act.DENY)
    way_out = Button(say(name), Command(act))
    own = shortcuts(current)[: MOST_CHOICES - 1 - len(others)]
    buttons = (*own, *choices_of(others, said.facets), *([way_out] if is_stuck or finding.hits else []))
    titles = {"title": shorten(current.title, _TITLE), "other": shorten(others[0].title, _TITLE) if others else ""}
    asked = "this_or_that" if others else "not_in_record" if telling.is_circumstance(said.text) else "still_this"
    text = say(asked, **titles)
    reply = Reply(text, Status.ASK, current.code, buttons=buttons)
    candidates = tuple(h.code for h in finding.hits if h.code not in {p.code for p in others})
    return Outcome((reply,), replace(state, misses=misses, questions=1, offered=buttons, candidates=candidates))


def is_asked_back(state: PersonState) -> bool:
    """Whether the last reply asked if it is still the current procedure that is meant."""
    codes = {b.command.code for b in state.offered if b.command.act is Act.CHOOSE}
    return codes == {state.procedure} and not any(b.command.act is Act.WALK for b in state.offered)
