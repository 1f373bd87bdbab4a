"""A messaging platform's message: never refused, stored once, kept without what must not be kept."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from actions.reply import Act, Command
from bot.channels.intake import IncomingMessage, Intake
from bot.channels.kinds import Kind
from bot.channels.rendering import MORE
from bot.limits import RateLimit
from bot.privacy import redact
from bot.rasa import RasaError
from bot.store import Message, Store
from bot.tables import PERSONAL, addresses, inbox
from bot.worker import Worker
from tests.unit.bot.turns import FakeRasa, Replies, offer, worker_over

LONGEST = 100
BURST = 10  # messages that a limit of 30 a minute lets through at once
_numbers = itertools.count()


def said(text: str, sender: str = "4711", *, message_id: str = "", kind: Kind = Kind.TEXT) -> IncomingMessage:
    message_id = message_id or f"m{next(_numbers)}"
    return IncomingMessage("telegram", sender, text, message_id, kind=kind, reply_to=f"chat {sender}")


def intake_over(store: Store, worker: Worker, rasa: FakeRasa) -> Intake:
    limit = RateLimit(30, clock=lambda: 0.0)
    return Intake(
        store,
        worker,
        rasa,  # type: ignore[arg-type]
        secret="pepper",
        longest=LONGEST,
        limit=limit,
        addresses=limit,
    )


@pytest.fixture
async def worker(store: Store, rasa: FakeRasa) -> AsyncIterator[Worker]:
    worker = worker_over(store, rasa, gather={"telegram": 0.05})
    yield worker
    await worker.stop()


@pytest.fixture
def intake(store: Store, worker: Worker, rasa: FakeRasa) -> Intake:
    return intake_over(store, worker, rasa)


@pytest.fixture
def unread(store: Store, worker: Worker, rasa: FakeRasa) -> Intake:
    """One whose messages stay in the inbox."""
    rasa.before = lambda text: asyncio.sleep(60)
    return intake_over(store, worker, rasa)


async def until(is_so: Callable[[], object], seconds: float = 5.0) -> None:
    for _ in range(round(seconds / 0.01)):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that in time")


def rows_of(engine: sa.Engine, person: str) -> dict[str, int]:
    with engine.connect() as db:
        rows = {t.name: db.scalar(sa.select(sa.func.count()).where(t.c.person == person)) for t in PERSONAL}
    return {name: count for name, count in rows.items() if count}


class KeepsWhatCame:
    """A worker that only keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def submit(self, message: Message) -> None:
        self.messages.append(message)


@pytest.fixture
def kept() -> KeepsWhatCame:
    return KeepsWhatCame()


@pytest.fixture
def border(store: Store, rasa: FakeRasa, kept: KeepsWhatCame) -> Intake:
    return intake_over(store, kept, rasa)  # type: ignore[arg-type]


# Storing


async def test_a_message_is_answered_under_a_pseudonym(
    intake: Intake, store: Store, rasa: FakeRasa, engine: sa.Engine
) -> None:
    await intake.take(said("nuôi ong cần gì"))
    await until(lambda: not store.unanswered())
    person = intake.person("telegram", "4711")
    assert [(who, text) for who, text, _ in rasa.sent] == [(person, "nuôi ong cần gì")]
    with engine.connect() as db:
        assert db.execute(sa.select(addresses.c.person, addresses.c.address)).all() == [(person, "chat 4711")]
        others = [str(row) for t in PERSONAL if t is not addresses for row in db.execute(sa.select(t))]
    assert others
    assert not any("4711" in row for row in others)


async def test_it_is_stored_before_anybody_thinks_about_it(unread: Intake, store: Store) -> None:
    await asyncio.wait_for(unread.take(said("nuôi ong")), 2)
    assert [message.text for message in store.unanswered()] == ["nuôi ong"]


async def test_one_sender_on_two_platforms_is_two_people(intake: Intake) -> None:
    assert intake.person("telegram", "4711") != intake.person("zalo", "4711")


async def test_numbers_of_people_are_hidden_before_anything_is_stored(border: Intake, store: Store) -> None:
    await border.take(said("cccd 079123456789 nuôi ong"))
    (message,) = store.unanswered()
    assert "079123456789" not in (message.text or "")
    assert message.redacted == ("number",)


async def test_the_first_messages_of_a_person_may_come_at_once(
    intake: Intake, store: Store, engine: sa.Engine, rasa: FakeRasa
) -> None:
    texts = [f"câu {number}" for number in range(8)]
    await asyncio.gather(*(intake.take(said(text)) for text in texts))
    await until(lambda: not store.unanswered())
    assert sorted(line.rstrip(",") for text in rasa.texts for line in text.split("\n")) == texts
    assert rows_of(engine, intake.person("telegram", "4711"))["addresses"] == 1


async def test_a_repeat_is_answered_once(intake: Intake, store: Store, rasa: FakeRasa) -> None:
    for _ in range(2):  # while its turn is gathered
        await intake.take(said("một", message_id="m1"))
    await until(lambda: not store.unanswered())
    await intake.take(said("một", message_id="m1"))
    await intake.take(said("hai", message_id="m2"))
    await until(lambda: not store.unanswered())
    assert rasa.texts == ["một", "hai"]


async def test_an_error_of_the_database_quotes_nothing(border: Intake, engine: sa.Engine) -> None:
    with engine.begin() as db:
        db.execute(sa.text("DROP TABLE inbox"))
    with pytest.raises(SQLAlchemyError) as broken:
        await border.take(said("chuyện riêng"))
    assert "inbox" in str(broken.value)
    assert not any(word in str(broken.value) for word in ("chuyện riêng", "4711", border.person("telegram", "4711")))


# What is no question in words


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", Kind.EMPTY),
        (" \n\t", Kind.EMPTY),
        ("\u200b", Kind.EMPTY),
        ("ă" * LONGEST, Kind.TEXT),
        ("ă" * (LONGEST + 1), Kind.TOO_LONG),
        ("/restart", Kind.TEXT),
    ],
    ids=["nothing", "blanks", "invisible", "long", "too long", "slash"],
)
async def test_what_cannot_be_read_is_kept_without_its_words(
    border: Intake, kept: KeepsWhatCame, text: str, kind: Kind
) -> None:
    await border.take(said(text))
    assert [(m.kind, m.text) for m in kept.messages] == [(kind, text if kind is Kind.TEXT else "")]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.ACT, "help"),
        (Kind.MORE, "mc:more"),
        (Kind.LOCATION, "10.776,106.701"),
        (Kind.LOCATION, "-10.123,-106.701"),
        (Kind.STICKER, ""),
        (Kind.TICKET, ""),
        (Kind.TEXT, "mc:abcdefgh"),
    ],
)
async def test_everything_else_is_kept_as_it_came(border: Intake, kept: KeepsWhatCame, kind: Kind, text: str) -> None:
    await border.take(said(text, kind=kind))
    assert [(m.kind, m.text, m.redacted) for m in kept.messages] == [(kind, text, ())]


async def test_whoever_writes_too_fast_is_told_so_and_others_are_not(border: Intake, kept: KeepsWhatCame) -> None:
    for number in range(BURST + 2):
        await border.take(said(f"câu {number}"))
    await border.take(said("xin chào", "another"))
    kinds = [message.kind for message in kept.messages]
    assert kinds == [Kind.TEXT] * BURST + [Kind.TOO_FAST] * 2 + [Kind.TEXT]
    assert [message.text for message in kept.messages[BURST:]] == ["", "", "xin chào"]


@pytest.mark.parametrize(("text", "code"), [("MC-ABCD-2345", "abcd2345"), ("mã phiếu", "")])
async def test_a_ticket_is_known_by_its_words(border: Intake, kept: KeepsWhatCame, text: str, code: str) -> None:
    await border.take(said(text))
    assert [(m.kind, m.text) for m in kept.messages] == [(Kind.TICKET, code)]


async def test_a_code_is_no_passport(border: Intake, kept: KeepsWhatCame) -> None:
    await border.take(said("MC-A234-5678"))
    assert [m.text for m in kept.messages] == ["a2345678"]


async def test_the_button_for_more_is_no_word(border: Intake, kept: KeepsWhatCame) -> None:
    await border.take(said(MORE))
    assert [m.kind for m in kept.messages] == [Kind.MORE]


async def test_control_characters_do_no_harm(border: Intake, kept: KeepsWhatCame) -> None:
    await border.take(said("nuôi\x00 ong"))
    assert [m.text for m in kept.messages] == ["nuôi ong"]


async def test_half_an_emoji_does_no_harm(border: Intake, kept: KeepsWhatCame) -> None:
    await border.take(said("nuôi ong \ud83d"))
    assert len(kept.messages) == 1


# Forgetting


async def test_who_withdraws_is_forgotten_everywhere(
    intake: Intake, store: Store, rasa: FakeRasa, engine: sa.Engine
) -> None:
    person = intake.person("telegram", "4711")
    offer(store, ("Một", Command(Act.CHOOSE, "9.100001")), person=person)
    await intake.take(said("nuôi ong"))
    await until(lambda: not store.unanswered())
    await intake.take(said("chào", "another"))
    count = sum(rows_of(engine, person).values())
    assert await intake.forget("telegram", "4711") == count
    assert rows_of(engine, person) == {}
    assert rasa.forgotten == [person]
    await until(lambda: not store.unanswered())
    assert len(store.answers(intake.person("telegram", "another"))) == 1


async def test_who_withdraws_while_their_words_are_gathered_is_not_answered(store: Store, rasa: FakeRasa) -> None:
    worker = worker_over(store, rasa, gather={"telegram": 0.5})
    intake = intake_over(store, worker, rasa)
    turn = worker.submit(store.accept("telegram", intake.person("telegram", "4711"), "m1", redact("một"))[0])
    await intake.forget("telegram", "4711")
    assert await asyncio.wait_for(turn, 5) == []
    assert rasa.texts == []
    await intake.take(said("hai"))
    await until(lambda: not store.unanswered())
    assert rasa.texts == ["hai"]


class StrictRasa(FakeRasa):
    """The action cannot commit for a message that is gone: Rasa gets an error, and so do we."""

    async def send(self, person: str, text: str, metadata: dict[str, Any]) -> Replies:
        try:
            return await super().send(person, text, metadata)
        except IntegrityError as error:
            raise RasaError("an empty answer") from error


async def test_who_withdraws_during_their_turn_is_not_told_to_rasa_again(store: Store, engine: sa.Engine) -> None:
    rasa = StrictRasa(store)
    worker = worker_over(store, rasa, gather={"telegram": 0.05})
    intake = intake_over(store, worker, rasa)
    goes_on = asyncio.Event()
    rasa.before = lambda text: goes_on.wait()
    await intake.take(said("một"))
    await until(lambda: rasa.texts)
    await intake.forget("telegram", "4711")
    goes_on.set()
    await asyncio.sleep(0.8)
    await worker.stop()
    assert rasa.texts == ["một"]
    assert len(rasa.forgotten) == 2  # at the word, and after what Rasa was still doing then
    assert rows_of(engine, intake.person("telegram", "4711")) == {}


# The platform's own inbox


async def test_the_platform_says_who_answers_and_who_can_be_reached(
    intake: Intake, store: Store, engine: sa.Engine
) -> None:
    person = intake.person("telegram", "4711")
    await intake.take(said("một"))
    await until(lambda: not store.unanswered())
    await intake.hand_over("telegram", "4711", 60)
    assert store.is_with_a_person(person)
    await intake.hand_over("telegram", "4711", 0)
    assert not store.is_with_a_person(person)
    with engine.connect() as db:
        for is_reachable, why_not in ((False, "blocked by the person"), (True, "")):
            await intake.reachable("telegram", "4711", is_reachable)
            assert db.scalar(sa.select(addresses.c.unreachable)) == why_not


async def test_what_is_said_to_a_person_is_kept_by_nobody(
    intake: Intake, store: Store, rasa: FakeRasa, engine: sa.Engine
) -> None:
    await intake.take(said("một"))
    await until(lambda: not store.unanswered())
    await intake.hand_over("telegram", "4711", 60)
    await intake.take(said("chuyện riêng"))
    await until(lambda: not store.unanswered())
    assert rasa.texts == ["một"]
    with engine.connect() as db:
        assert set(db.scalars(sa.select(inbox.c.text))) == {None}


async def test_a_person_may_take_over_before_the_other_ever_wrote(intake: Intake, store: Store, rasa: FakeRasa) -> None:
    await intake.hand_over("telegram", "4711", 60)
    await intake.take(said("vâng ạ"))
    await until(lambda: not store.unanswered())
    assert rasa.texts == []
