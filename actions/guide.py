"""Guidance around procedures (tracking, paying, logging in, offices): fixed, checked answers by topic."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from actions.desk import Desk, Outcome, Turn, Understanding
from actions.finding import EMERGENCY, PRIVATE
from actions.reply import Act, Button, Command, LinkButton, Reply, Status
from actions.showing import missed
from actions.state import Mode, PersonState
from actions.texts import say
from actions.walking import still_walking
from actions.wording import listed, lower_first
from knowledge import links
from knowledge.places import Commune, Place
from knowledge.procedure import Frozen
from knowledge.text import fold

_LINKS = {
    "track": LinkButton("Tra cứu hồ sơ", links.TRACK),
    "pay": LinkButton("Thanh toán trực tuyến", links.PAY),
    "portal": LinkButton("Cổng Dịch vụ công quốc gia", links.PORTAL),
}
_QUESTIONS = LinkButton("Câu hỏi thường gặp", links.QUESTIONS)
_OFFERED = ("track", "login", "pay", "office_address")

# Named as the way something is done ("trên VNeID", "qua cổng"): beside a procedure that is named they say nothing.
CHANNEL_TOPICS = frozenset({"vneid", "portal", "filing", "app_install", "login"})
# Of several topics the one that says most counts: "đăng nhập báo lỗi" is about the error, and the portal, VNeID or an
# office are often named only in passing. Those that are not here stand in the middle, the first one named before.
_RANK = {
    EMERGENCY: 0, "otp_asked": 1, "bribe_asked": 1, "scam": 2, "fake_site": 2, "lost_papers": 2, "grievance": 2,
    "retail_licence": 2, "fertiliser": 2, "service_deferment": 2, "insurance_debt": 2, "insurance_record": 2,
    "account_levels": 2, "no_smartphone": 2,
    "withdraw": 3, "late_result": 3, "child_account": 3, "add_papers": 3, "office_hours": 3,
    "track": 5, "post_result": 5, "office_phone": 5, "wrong_data": 5, "error": 5,
    "login": 6, "account": 6, "hotline": 6, "office_address": 6,
    "portal": 7, "vneid": 7, "filing": 7,
}  # fmt: skip
_MIDDLE = 4
# What a bank, a network or a foreign embassy has as well: beside such a name it is not ours.
_ANYBODYS = {
    "password", "unlock", "otp", "login", "account", "error", "hotline", "booking", "app_install", "face",
    "new_device", "office_hours", "office_phone", "office_address", "files",
}  # fmt: skip

_OFFICE = (
    r"\b(?:cong an|ca (?:phuong|xa)|uy ban|ubnd|ub (?:phuong|xa)|tru so|mot cua|hanh chinh cong|hcc|ttpvhcc"
    r"|(?:chi )?cuc thue|thue co so|co quan thue|thue (?:quan|q|huyen|phuong|xa|tinh|thanh pho|tp)|toa an"
    r"|bao hiem xa hoi|bhxh|kho bac|vien kiem sat|thi hanh an|hai quan|kiem lam|dang kiem|cong chung"
    r"|dien luc|cong ty (?:dien|cap nuoc|nuoc)|ban chi huy quan su|bch quan su|ngan hang chinh sach"
    r"|(?:van phong|vp|chi nhanh) (?:dang ky |dk )?dat dai|xuat nhap canh|dich vu viec lam|csgt|canh sat"
    r"|so (?:tu phap|noi vu|xay dung|y te|tai chinh|cong thuong|giao duc|ngoai vu|nong nghiep))\b"
)
_HOURS = (
    r"\b(?:may (?:gio|h)|mo cua|mo lai|dong cua|nghi (?:trua|le|tet|bu)|co truc|thu (?:bay|7)|t7|chu nhat"
    r"|cuoi tuan|ngay le|(?:gio|co|con) lam viec|tet|mung (?:may|\d+)|buoi trua|giua trua)\b"
)
_PHONE = r"\b(?:so dien thoai|so dt|sdt|so may|so truc|duong day nong)\b"
_WHERE = (
    r"\b(?:o dau|nam dau|dau vay|cho nao|cho mo|o mo|duong nao|dia chi|chi duong|di duong nao|gan nhat"
    r"|(?:doi|don|chuyen) (?:ve|di|sang|qua) (?:dau|mo)|bao xa|may (?:cay )?so|may km)\b"
)
_BOOKING = r"\b(?:dat lich|dat hen|boc so|lay so)\b"
_ASKED_OF_AN_OFFICE = (
    ("booking", _BOOKING), ("office_hours", _HOURS), ("office_phone", _PHONE), ("office_address", _WHERE),
)  # fmt: skip
_PLACE = r"\b(?:phuong|xa|thi tran|dac khu)\b"
_FIND_IT = r"\b(?:nam (?:o )?(?:dau|cho nao|duong nao)|(?:o )?duong nao|o cho nao|di duong nao|chi duong)\b"
_BESIDE_AN_OFFICE = (
    r"\b(?:o|nam|tai|cho|xin|dia chi|tru so|chi nhanh|khu vuc|co so|quan|huyen|phuong|xa|tinh|thanh pho|tp|so|moi|cu"
    r"|bay|gio|nay|hien|con|co|khong|lam|viec|nhan|nghi|den|toi|tu|gan|day|cach|trung tam|nhan dan|nha nuoc|dan su"
    r"|thue|chi|anh|em|ad|oi|vay|ha|nhi|the|\d+)\b"
)
_MOST_WORDS = 7  # between the office and what is asked of it: its place stands there
_LOCAL = {"office_address", "office_hours", "office_phone", "merged"}  # the place named is said by today's name
_BODIES = ((r"\b(?:cong an|ca (?:phuong|xa))\b", "Công an"), (r"\b(?:uy ban|ubnd|ub)\b", "Ủy ban nhân dân"))
_MOST_COMMUNES = 5


class Guidance(Frozen):
    """`procedure` is a code and the title of its button; `first`: it comes before a procedure that was found.

    `is_matter`: it is talked of like a procedure, though no record is about it.
    `said` are patterns over the message without accents, `sure` those that no request for a procedure has.
    """

    text: str
    link: str | None = None
    procedure: tuple[str, str] | None = None
    first: bool = False
    is_matter: bool = False
    said: tuple[str, ...] = ()
    sure: tuple[str, ...] = ()


@cache
def topics() -> dict[str, Guidance]:
    rows = yaml.safe_load(Path(__file__).with_name("guidance.yml").read_text(encoding="utf-8"))
    return {topic: Guidance(**row) for topic, row in rows.items()}


def topic_of(turn: Turn) -> str | None:
    """The chosen button's topic; else the one that says most, or what is asked of an office."""
    if turn.command:
        return turn.command.topic
    return topic_among(turn.said)


def topic_among(said: Understanding) -> str | None:
    """The topic of a message; None where there is none, or it is about somebody else's service."""
    return None if _is_private(said.topics) else _foremost((*said.topics, *_read(said.text)))


def named_topic(said: Understanding) -> str | None:
    """The same by the lexicon's phrases and sure patterns alone: what the others read may be part of a request."""
    return None if _is_private(said.topics) else _foremost((*said.topics, *_surely_read(said)))


def sure_topic(said: Understanding) -> str | None:
    """The topic that comes before any procedure that is found: of a dossier, of an office, of what no record has."""
    if _is_private(said.topics):
        return None
    first = [topic for topic in said.topics if topic in topics() and topics()[topic].first]
    return _foremost((*first, *_surely_read(said)))


def _foremost(named: Sequence[str]) -> str | None:
    known = [topic for topic in named if topic in topics()]
    return min(known, key=lambda topic: _RANK.get(topic, _MIDDLE), default=None)


def _is_private(named: Sequence[str]) -> bool:
    return PRIVATE in named and set(named) <= {PRIVATE, *_ANYBODYS}


def _read(text: str) -> Iterator[str]:
    """Topics that are said with other words between: "nộp tuần trước mà tới nay chưa có", "công an phường X ở đâu"."""
    folded = fold(text)
    patterns = ((topic, (*known.said, *known.sure)) for topic, known in topics().items())
    yield from (topic for topic, wanted in patterns if any(re.search(p, folded) for p in wanted))
    gap = rf"(?:\W+\w+){{0,{_MOST_WORDS}}}?\W+"
    for topic, question in _ASKED_OF_AN_OFFICE:
        if re.search(rf"{_OFFICE}{gap}{question}|{question}{gap}{_OFFICE}", folded):
            yield topic
    if re.search(rf"{_PLACE}{gap}{_FIND_IT}", folded):
        yield "office_address"


def _surely_read(said: Understanding) -> Iterator[str]:
    folded = fold(said.text)
    yield from (topic for topic, known in topics().items() if any(re.search(p, folded) for p in known.sure))
    yield from (topic for topic in _read(said.text) if topic in _LOCAL and _is_only_of_an_office(said))


def _is_only_of_an_office(said: Understanding) -> bool:
    """Whether an office and what is asked of it is all that is left of a message: "thuế cơ sở quận 3 nằm đâu"."""
    rest = fold(said.query).replace(fold(said.place.name), " ") if said.place.name else fold(said.query)
    for words in (_OFFICE, *(question for _, question in _ASKED_OF_AN_OFFICE), _FIND_IT, _BESIDE_AN_OFFICE):
        rest = re.sub(words, " ", rest)
    return not re.search(r"\w", rest)


def guide(turn: Turn, desk: Desk, topic: str | None = None) -> Outcome:
    """Answers the topic; without one, offers the most asked. A walk under way is gone on with."""
    topic = topic or topic_of(turn)
    state = turn.state
    if topic:
        outcome = about(topic, state)
        if topic in _LOCAL and turn.command is None:
            outcome = _in_place(outcome, topic, turn.said, desk)
    elif _is_private(turn.said.topics):
        outcome = missed(say("out_of_scope"), state, Status.OUT_OF_SCOPE)
    else:
        outcome = _offer(state)
    if outcome.state.mode is Mode.WALKING:
        reminder, state = still_walking(outcome.state, desk)
        return Outcome((*outcome.replies, reminder), state)
    return outcome


def about(topic: str, state: PersonState) -> Outcome:
    guidance = topics()[topic]
    link = _LINKS[guidance.link] if guidance.link else _QUESTIONS
    status = Status.EMERGENCY if topic == EMERGENCY else Status.GUIDANCE
    buttons = () if state.mode is Mode.WALKING else _leads_to(guidance)
    reply = Reply(guidance.text, status, buttons=buttons, links=(link,))
    if guidance.is_matter and state.mode is not Mode.WALKING:
        state = state.about_topic(topic)
    elif guidance.procedure:
        state = state.about(guidance.procedure[0], ())
    return Outcome((reply,), replace(state, misses=0, questions=0))


def _leads_to(guidance: Guidance) -> tuple[Button, ...]:
    if guidance.procedure is None:
        return ()
    code, title = guidance.procedure
    return (Button(title, Command(Act.CHOOSE, code)),)


def _in_place(outcome: Outcome, topic: str, said: Understanding, desk: Desk) -> Outcome:
    """The answer with the place by today's name first: the one in the message, or else the person's."""
    if len(said.place.places) > 1 and not said.place.is_bare:
        return _with_note(outcome, say("guide_place_more"))
    place = said.place.sure or (None if topic == "merged" else desk.place_of(outcome.state))
    if place is None:
        return outcome
    note = _today(place)
    if topic == "merged" and place.was:
        return _with_text(outcome, f"{note} {say('guide_old_papers')}")
    body = _body(said.text)
    if topic == "office_address" and place.commune and body:
        return _with_text(outcome, f"{note}\n{_on_the_map(body, place.commune)}")
    return _with_note(outcome, note)


def _today(place: Place) -> str:
    """ "Phường Bến Nghé, Quận 1 nay thuộc …"; a unit of today by its name alone."""
    if not place.was:
        return say("guide_place", place=place.name)
    if not place.communes:
        return say("guide_old_place", was=place.was, now=place.province.name)
    names = listed([commune.name for commune in place.communes], _MOST_COMMUNES)
    return say("guide_old_place", was=place.was, now=f"{names} ({place.province.name})")


def _body(text: str) -> str | None:
    """The offices that every commune has, by their names; a commune alone stands for its people's committee."""
    folded = fold(text)
    named = next((name for pattern, name in _BODIES if re.search(pattern, folded)), None)
    return named or (None if re.search(_OFFICE, folded) else _BODIES[-1][1])


def _on_the_map(body: str, commune: Commune) -> str:
    return say("guide_on_the_map", name=f"{body} {lower_first(commune.name)}")


def _with_note(outcome: Outcome, note: str) -> Outcome:
    first = outcome.replies[0]
    return _with_text(outcome, f"{note}\n{first.text}")


def _with_text(outcome: Outcome, text: str) -> Outcome:
    first, *rest = outcome.replies
    return replace(outcome, replies=(replace(first, text=text), *rest))


def _offer(state: PersonState) -> Outcome:
    titles = {
        "track": "Tra cứu hồ sơ", "login": "Đăng nhập", "pay": "Trả phí trên mạng", "office_address": "Địa chỉ cơ quan",
    }  # fmt: skip
    buttons = tuple(Button(titles[t], Command(Act.GUIDANCE, topic=t)) for t in _OFFERED)
    reply = Reply(say("guide_which"), Status.GUIDANCE, buttons=buttons, links=(_QUESTIONS,))
    return Outcome((reply,), replace(state, offered=buttons))
