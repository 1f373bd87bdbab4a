"""Guidance around procedures (tracking, paying, logging in, offices): fixed, checked answers by topic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from actions.desk import Desk, Outcome, Turn
from actions.reply import Act, Button, Command, LinkButton, Reply, Status
from actions.state import Mode, PersonState
from actions.texts import say
from actions.walking import still_walking
from knowledge import links
from knowledge.procedure import Frozen

_LINKS = {
    "track": LinkButton("Tra cứu hồ sơ", links.TRACK),
    "pay": LinkButton("Thanh toán trực tuyến", links.PAY),
    "portal": LinkButton("Cổng Dịch vụ công quốc gia", links.PORTAL),
}
EMERGENCY = "emergency"
_QUESTIONS = LinkButton("Câu hỏi thường gặp", links.QUESTIONS)
_GENERAL = {"portal", "vneid", "filing"}  # named in passing ("… trên dịch vụ công"): a narrower topic counts first
_OFFERED = ("track", "login", "pay", "office_address")


class Guidance(Frozen):
    text: str
    link: str | None = None


@cache
def topics() -> dict[str, Guidance]:
    rows = yaml.safe_load(Path(__file__).with_name("guidance.yml").read_text(encoding="utf-8"))
    return {topic: Guidance(**row) for topic, row in rows.items()}


def knows(named: Sequence[str]) -> bool:
    return bool(named) and named[0] in topics()


def topic_of(turn: Turn) -> str | None:
    """The chosen button's topic, or the first one named."""
    if turn.command:
        return turn.command.topic
    known = sorted((t for t in turn.said.topics if t in topics()), key=lambda t: t != EMERGENCY)
    return next((t for t in known if t not in _GENERAL), next(iter(known), None))


def guide(turn: Turn, desk: Desk) -> Outcome:
    """Answers the topic; without one, offers the most asked. A walk under way is gone on with."""
    topic = topic_of(turn)
    outcome = about(topic, turn.state) if topic else _offer(turn.state)
    if outcome.state.mode is Mode.WALKING:
        reminder, state = still_walking(outcome.state, desk)
        return Outcome((*outcome.replies, reminder), state)
    return outcome


def about(topic: str, state: PersonState) -> Outcome:
    guidance = topics()[topic]
    link = _LINKS[guidance.link] if guidance.link else _QUESTIONS
    status = Status.EMERGENCY if topic == EMERGENCY else Status.GUIDANCE
    return Outcome((Reply(guidance.text, status, links=(link,)),), replace(state, misses=0))


def _offer(state: PersonState) -> Outcome:
    titles = {
        "track": "Tra cứu hồ sơ", "login": "Đăng nhập", "pay": "Trả phí trên mạng", "office_address": "Địa chỉ cơ quan",
    }  # fmt: skip
    buttons = tuple(Button(titles[t], Command(Act.GUIDANCE, topic=t)) for t in _OFFERED)
    reply = Reply(say("guide_which"), Status.GUIDANCE, buttons=buttons, links=(_QUESTIONS,))
    return Outcome((reply,), replace(state, offered=buttons))
