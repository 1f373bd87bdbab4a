"""Stickers, voice, pictures, places, tickets: each gets its answer, and nobody loses their place over one."""

from __future__ import annotations

import itertools
import re

import pytest
import sqlalchemy as sa

from actions.reply import Act, Command, Status
from actions.state import Mode, Walk
from actions.texts import say
from bot.asides import SHOWN_BEFORE_MORE, Asides
from bot.channels.kinds import Kind
from bot.privacy import Redacted
from bot.store import Message, Store
from bot.tables import PERSONAL
from bot.tickets import Tickets, code_in
from bot.worker import Worker
from knowledge.nearest import NearestProvince
from knowledge.places import Gazetteer
from tests import builders
from tests.unit.bot.turns import FakeRasa, Replies, offer

WALK = Walk("9.100001", "vuon-nha", {"to-khai": "have"}, ("to-khai",))
TWO = (("Khai báo nuôi ong", Command(Act.CHOOSE, "9.100001")), ("Chuẩn bị giấy tờ", Command(Act.WALK, "9.100001")))
MANY = tuple((f"Việc {number}", Command(Act.CHOOSE, f"9.10000{number}")) for number in range(1, 8))
HANOI = "21.028,105.854"
_numbers = itertools.count()


@pytest.fixture
def tickets(engine: sa.Engine) -> Tickets:
    return Tickets(engine, builders.desk())


@pytest.fixture
def asides(store: Store, tickets: Tickets) -> Asides:
    return Asides(store, tickets, NearestProvince(Gazetteer.load()), longest=1000)


def got(store: Store, kind: Kind, text: str = "", person: str = "lan") -> Message:
    return store.accept("telegram", person, f"a{next(_numbers)}", Redacted(text), kind=kind, address="4711")[0]


def answer(store: Store, asides: Asides, kind: Kind, text: str = "", person: str = "lan") -> Replies:
    return asides.answer(got(store, kind, text, person)).replies


def offered(store: Store, person: str = "lan") -> list[str]:
    return [button.title for button in store.load(person).offered]


# Things nobody can read


THINGS = (Kind.STICKER, Kind.VOICE, Kind.PHOTO, Kind.VIDEO, Kind.FILE, Kind.CONTACT, Kind.OTHER)
FIXED = {kind: say(f"got_{kind.value}") for kind in THINGS} | {
    Kind.EMPTY: say("empty"),
    Kind.TOO_LONG: say("too_long", limit=1000),
    Kind.TOO_FAST: say("too_fast"),
}


@pytest.mark.parametrize("kind", FIXED)
def test_each_thing_gets_its_sentence_and_the_choices_again(store: Store, asides: Asides, kind: Kind) -> None:
    old = offer(store, *TWO, walk=WALK)
    (reply,) = answer(store, asides, kind)
    assert (reply["text"], reply["status"]) == (FIXED[kind], "smalltalk")
    assert [button["title"] for button in reply["buttons"]] == [title for title, _ in TWO]
    assert offered(store) == [title for title, _ in TWO]
    assert store.load("lan").walk == WALK
    for token in (old[1], reply["buttons"][1]["payload"]):
        assert store.command("lan", token) == TWO[1][1]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in (Kind.TEXT, Kind.ACT)])
def test_everything_that_rasa_need_not_see_is_answered(store: Store, asides: Asides, kind: Kind) -> None:
    replies = answer(store, asides, kind, person="nobody yet")
    assert replies[0]["text"]
    assert store.unanswered() == []


def test_an_answer_is_given_once(store: Store, asides: Asides) -> None:
    offer(store, *TWO)
    message = got(store, Kind.STICKER)
    assert asides.answer(message) == asides.answer(message)
    assert len(store.answers("lan")) == 2


async def test_after_a_sticker_a_number_still_chooses(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    offer(store, *TWO)
    await worker.submit(got(store, Kind.STICKER))
    await worker.submit(got(store, Kind.TEXT, "2"))
    assert rasa.texts == ["/walk"]


# Places


def test_a_place_is_asked_about_before_it_counts(store: Store, asides: Asides) -> None:
    (reply,) = answer(store, asides, Kind.LOCATION, HANOI)
    button, elsewhere = reply["buttons"]
    assert reply["status"] == "ask"
    assert "Hà Nội" in reply["text"]
    assert "Hà Nội" in button["title"]
    assert store.command("lan", elsewhere["payload"]).province is None  # type: ignore[union-attr]
    hanoi = Gazetteer.load().province(store.command("lan", button["payload"]).province)  # type: ignore[union-attr]
    assert hanoi is not None
    assert "Hà Nội" in hanoi.name
    assert store.load("lan").province is None


def test_coordinates_are_not_kept(store: Store, asides: Asides, engine: sa.Engine) -> None:
    answer(store, asides, Kind.LOCATION, HANOI)
    with engine.connect() as db:
        kept = [str(row) for table in PERSONAL for row in db.execute(sa.select(table))]
    assert kept
    assert not any("105.854" in row for row in kept)


ELSEWHERE = {
    "48.857,2.352": "location_unknown",
    "0,0": "location_unknown",
    "91.0,200.0": "location_unknown",
    "nan,nan": "location_unknown",
    "inf,-inf": "location_unknown",
    "": "got_other",
    "ở Hà Nội": "got_other",
    "1,2,3": "got_other",
}


@pytest.mark.parametrize("coordinates", ELSEWHERE)
def test_a_place_that_is_none_is_asked_for_in_words(store: Store, asides: Asides, coordinates: str) -> None:
    (reply,) = answer(store, asides, Kind.LOCATION, coordinates)
    assert reply["text"] == say(ELSEWHERE[coordinates])
    assert store.load("lan").province is None


@pytest.mark.parametrize("coordinates", ["48.857,2.352", ""])
def test_a_place_that_is_none_leaves_the_choices_open(store: Store, asides: Asides, coordinates: str) -> None:
    offer(store, *TWO)
    answer(store, asides, Kind.LOCATION, coordinates)
    assert offered(store) == [title for title, _ in TWO]


# More choices


def test_the_choices_that_did_not_fit_come_with_more(store: Store, asides: Asides) -> None:
    first, *_ = offer(store, *MANY)
    (reply,) = answer(store, asides, Kind.MORE)
    rest = [title for title, _ in MANY[SHOWN_BEFORE_MORE:]]
    assert reply["text"] == say("more_choices")
    assert [button["title"] for button in reply["buttons"]] == rest
    assert offered(store) == rest  # numbers mean what was shown last
    assert store.command("lan", first) == MANY[0][1]


def test_nothing_more_is_said_so(store: Store, asides: Asides) -> None:
    assert answer(store, asides, Kind.MORE)[0]["text"] == say("old_button")


def test_more_pressed_twice_leaves_the_choices_open(store: Store, asides: Asides) -> None:
    offer(store, *MANY)
    for _ in range(2):
        answer(store, asides, Kind.MORE)
    assert offered(store) == [title for title, _ in MANY[SHOWN_BEFORE_MORE:]]


# Tickets


def code_of(replies: Replies) -> str:
    found = re.search(r"MC-\w{4}-\w{4}", replies[0]["text"])
    assert found
    return code_in(found.group()) or ""


def test_a_checklist_goes_from_one_person_s_channel_to_another_s(store: Store, asides: Asides) -> None:
    offer(store, *TWO, walk=WALK)
    code = code_of(answer(store, asides, Kind.TICKET))
    (reply,) = answer(store, asides, Kind.TICKET, code, "lan elsewhere")
    assert reply["status"] == Status.WALK.value
    arrived = store.load("lan elsewhere")
    assert arrived.walk is not None
    assert (arrived.walk.marks, arrived.walk.paused, arrived.mode) == (WALK.marks, True, Mode.CHOOSING)
    assert store.load("lan").walk == WALK
    assert offered(store) == [title for title, _ in TWO]


def test_of_two_people_with_one_ticket_the_first_gets_the_checklist(
    store: Store, asides: Asides, tickets: Tickets
) -> None:
    code = tickets.issue(WALK).code
    offer(store, *TWO, person="mai")
    answer(store, asides, Kind.TICKET, code, "lan")
    (reply,) = answer(store, asides, Kind.TICKET, code, "mai")
    assert reply["text"] == say("ticket_unknown")
    assert store.load("mai").walk is None
    assert offered(store, "mai") == [title for title, _ in TWO]


def test_a_ticket_whose_answer_was_lost_in_a_crash_is_redeemed_again(
    store: Store, asides: Asides, tickets: Tickets
) -> None:
    message = got(store, Kind.TICKET, tickets.issue(WALK).code)
    assert tickets.redeem(message.text or "", message.id) == WALK  # and there it crashed
    assert asides.answer(message).replies[0]["status"] == Status.WALK.value
    assert store.load("lan").walk is not None


async def test_after_a_ticket_a_number_goes_on(worker: Worker, store: Store, rasa: FakeRasa, tickets: Tickets) -> None:
    await worker.submit(got(store, Kind.TICKET, tickets.issue(WALK).code))
    await worker.submit(got(store, Kind.TEXT, "1"))
    assert rasa.texts == ["/resume"]
