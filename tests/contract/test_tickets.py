"""Mã phiếu: a checklist goes from one channel to another once, within a day, and nothing about anybody with it."""

from __future__ import annotations

import datetime as dt
import unicodedata
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from actions.reply import Act, Button, Command, Status
from actions.state import PersonState, Walk
from actions.texts import say
from bot.store import Message, utc_now
from bot.tables import tickets as table
from bot.tickets import Tickets, code_in, plain
from tests import builders

WALK = Walk("9.100001", "vuon-nha", {"to-khai": "have", "so-do": "lack"}, ("to-khai", "so-do"))
OFFERED = (Button("Một", Command(Act.HELP), "mc:aaaaaaaa"),)


class Clock:
    def __init__(self) -> None:
        self.time = utc_now()

    def __call__(self) -> dt.datetime:
        return self.time

    def passes(self, **more: float) -> None:
        self.time += dt.timedelta(**more)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tickets(engine: sa.Engine, clock: Clock) -> Tickets:
    return Tickets(engine, builders.desk(), links={"trang web": "https://motcua.vn/?phieu={code}"}, now=clock)


def asking(text: str, number: int = 1) -> Message:
    return Message(number, "telegram", "lan", f"m{number}", text, kind="ticket")


# Reading a code


@pytest.mark.parametrize("text", ["MC-ABCD-2345", "mc-abcd-2345", "MC ABCD 2345", " mcabcd2345\n", "Mc-abcd2345"])
def test_a_code_is_read_however_it_is_written(text: str) -> None:
    assert code_in(text) == "abcd2345"


@pytest.mark.parametrize(
    "text", ["mã phiếu", "Ma phieu", "cho mã phiếu!", unicodedata.normalize("NFD", "Xin mã phiếu"), "chuyển sang Zalo"]
)
def test_a_code_is_asked_for_in_few_words(text: str) -> None:
    assert code_in(text) == ""


@pytest.mark.parametrize(
    "text", ["", "abcd2345", "mc-abcd-234", "mc-abcd-23456", "mc:abcd2345", "phiếu lý lịch tư pháp", "chuyển hộ khẩu"]
)
def test_anything_else_is_no_ticket(text: str) -> None:
    assert code_in(text) is None


@pytest.mark.parametrize(
    ("code", "found"),
    [("MC-ABCD-2345", "abcd2345"), ("abcd 2345", "abcd2345"), ("mcab2345", "mcab2345"), ("MC-MCAB-2345", "mcab2345")],
)
def test_a_code_is_the_same_with_and_without_its_prefix(code: str, found: str) -> None:
    assert plain(code) == found


# Giving and taking


def test_the_checklist_arrives_as_it_left(tickets: Tickets) -> None:
    ticket = tickets.issue(WALK)
    assert code_in(ticket.shown) == ticket.code
    assert ticket.links == {"trang web": f"https://motcua.vn/?phieu=MC-{ticket.code}"}
    assert tickets.redeem(ticket.code, 1) == WALK


def test_a_ticket_works_once_but_again_for_the_same_message(tickets: Tickets) -> None:
    code = tickets.issue(WALK).code
    assert tickets.redeem(code, 1) == WALK
    assert tickets.redeem(code, 2) is None
    assert tickets.redeem(code, 1) == WALK


def test_of_many_who_redeem_it_at_once_one_gets_it(tickets: Tickets) -> None:
    code = tickets.issue(WALK).code
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda number: tickets.redeem(code, number), range(16)))
    assert [walk for walk in got if walk] == [WALK]


def test_a_ticket_lasts_a_day(tickets: Tickets, clock: Clock) -> None:
    ticket = tickets.issue(WALK)
    assert ticket.expires_at == clock() + dt.timedelta(hours=24)
    clock.passes(hours=23, minutes=59)
    assert tickets.forget_expired() == 0
    assert tickets.redeem(ticket.code, 1) == WALK
    clock.passes(minutes=2)
    assert tickets.redeem(ticket.code, 1) is None
    assert tickets.forget_expired() == 1
    assert tickets.forget_expired() == 0


def test_codes_that_nobody_gave_open_nothing(tickets: Tickets) -> None:
    tickets.issue(WALK)
    assert [tickets.redeem(code, 1) for code in ("", "abcd2345", "x" * 200, "%", "' OR 1=1 --")] == [None] * 5


def test_neither_the_code_nor_anybody_is_stored(tickets: Tickets, engine: sa.Engine) -> None:
    ticket = tickets.issue(WALK)
    tickets.redeem(ticket.code, 7)
    with engine.connect() as db:
        (row,) = db.execute(sa.select(table)).mappings()
    assert ticket.code not in str(dict(row))
    assert set(row) == {"code_hash", "walk", "expires_at", "used_by"}


# What is said


def test_who_has_a_checklist_gets_a_code_and_keeps_the_place(tickets: Tickets) -> None:
    state = PersonState(procedure="9.100001", walk=WALK, offered=OFFERED)
    reply, after = tickets.answer(asking(""), state)
    code = code_in(next(word.rstrip(".") for word in reply.text.split() if word.startswith("MC-")))
    assert code
    assert tickets.redeem(code, 1) == WALK
    assert [link.url for link in reply.links] == [f"https://motcua.vn/?phieu=MC-{code}"]
    assert (reply.buttons, after) == (OFFERED, state)


def test_who_has_none_is_told_how_to_begin(tickets: Tickets) -> None:
    state = PersonState(offered=OFFERED)
    reply, after = tickets.answer(asking(""), state)
    assert (reply.text, reply.buttons, after) == (say("ticket_no_walk"), OFFERED, state)


@pytest.mark.parametrize("is_from_a_link", [False, True], ids=["typed", "from a link"])
def test_a_checklist_that_arrives_can_be_gone_on_with(tickets: Tickets, is_from_a_link: bool) -> None:
    ticket = tickets.issue(WALK)
    code = ticket.shown if is_from_a_link else ticket.code
    reply, after = tickets.answer(asking(code), PersonState(procedure="9.100020", misses=1))
    assert reply.status is Status.WALK
    assert "đã có 1 giấy" in reply.text
    assert [button.command.act for button in reply.buttons] == [Act.RESUME, Act.RESEND]
    assert (after.procedure, after.misses) == ("9.100001", 0)
    assert after.walk is not None
    assert (after.walk.marks, after.walk.done, after.walk.paused) == (WALK.marks, WALK.done, True)


@pytest.mark.parametrize("is_used", [False, True], ids=["unknown", "used"])
def test_a_code_that_opens_nothing_changes_nothing(tickets: Tickets, is_used: bool) -> None:
    code = "zzzz2222"
    if is_used:
        code = tickets.issue(Walk("9.100002")).code
        tickets.redeem(code, 7)
    state = PersonState(procedure="9.100001", walk=WALK, offered=OFFERED)
    reply, after = tickets.answer(asking(code), state)
    assert (reply.text, reply.buttons, after) == (say("ticket_unknown"), OFFERED, state)


def test_a_checklist_of_a_procedure_that_is_gone_is_not_begun(tickets: Tickets) -> None:
    state = PersonState(walk=WALK)
    reply, after = tickets.answer(asking(tickets.issue(Walk("9.999999")).code), state)
    assert (reply.text, after) == (say("ticket_unknown"), state)
