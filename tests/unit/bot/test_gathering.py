"""Messages that belong together form one turn: settled, in order, and by one process at a time."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from actions.reply import Act, Command
from bot import worker as worker_module
from bot.channels.kinds import Kind
from bot.privacy import redact
from bot.rasa import RasaError
from bot.shared import Shared
from bot.store import Message, Store, utc_now
from bot.worker import Worker
from tests.unit.bot.turns import FakeRasa, Replies, offer, worker_over

CHANNEL = "telegram"
BEES = ("Khai báo nuôi ong", Command(Act.CHOOSE, "9.100001"))
_numbers = itertools.count()


def tell(
    store: Store,
    text: str,
    person: str = "lan",
    *,
    kind: Kind = Kind.TEXT,
    message_id: str = "",
    channel: str = CHANNEL,
) -> Message:
    message_id = message_id or f"m{next(_numbers)}"
    return store.accept(channel, person, message_id, redact(text), kind=kind, address="4711")[0]


def gathering(store: Store, rasa: FakeRasa, *, pause: float = 0.05, **more: Any) -> Worker:
    return worker_over(store, rasa, gather={CHANNEL: pause}, **more)


async def answered(worker: Worker, *messages: Message) -> list[Replies]:
    """Submitted in this order, at once."""
    return await asyncio.wait_for(asyncio.gather(*map(worker.submit, messages)), 10)


async def until(is_so: Callable[[], object], seconds: float = 5.0) -> None:
    for _ in range(round(seconds / 0.01)):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that in time")


def turns(rasa: FakeRasa) -> list[list[str]]:
    """What Rasa was told, message by message."""
    return [[line.rstrip(",") for line in text.split("\n")] for text in rasa.texts]


def statuses(store: Store, person: str = "lan") -> list[str]:
    return [answer.replies[0]["status"] for answer in store.answers(person)]


@pytest.fixture
async def worker(store: Store, rasa: FakeRasa) -> AsyncIterator[Worker]:
    worker = gathering(store, rasa)
    yield worker
    await worker.stop()


# Words


async def test_words_close_to_one_another_are_one_turn(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    messages = [tell(store, text) for text in ("em muốn", "làm giấy khai sinh", "cần gì ạ")]
    answers = await answered(worker, *messages)
    assert turns(rasa) == [["em muốn", "làm giấy khai sinh", "cần gì ạ"]]
    assert rasa.sent[0][2] == {"person": "lan", "message_id": str(messages[0].id)}
    assert answers[0] == answers[1] == answers[2]
    assert len(store.answers("lan")) == 1
    assert store.unanswered() == []


async def test_the_words_of_the_whole_turn_are_gone_once_it_is_answered(
    worker: Worker, store: Store, engine: sa.Engine
) -> None:
    await answered(worker, tell(store, "một"), tell(store, "hai"))
    with engine.connect() as db:
        assert db.scalars(sa.text("SELECT text FROM inbox")).all() == [None, None]


async def test_words_after_a_pause_are_a_turn_of_their_own(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    for text in ("một", "hai"):
        await answered(worker, tell(store, text))
    assert rasa.texts == ["một", "hai"]


async def test_every_message_prolongs_the_pause(store: Store, rasa: FakeRasa) -> None:
    worker = gathering(store, rasa, pause=0.5)
    for text in ("một", "hai", "ba"):
        last = worker.submit(tell(store, text))
        await asyncio.sleep(0.3)
    assert rasa.texts == []
    await last
    assert turns(rasa) == [["một", "hai", "ba"]]


async def test_who_never_stops_writing_is_answered_in_between(store: Store, rasa: FakeRasa) -> None:
    worker = gathering(store, rasa, pause=0.15)
    for number in range(12):
        worker.submit(tell(store, f"{number}"))
        await asyncio.sleep(0.06)
    assert rasa.texts
    await until(lambda: not store.unanswered())
    assert [text for turn in turns(rasa) for text in turn] == [str(number) for number in range(12)]


async def test_where_nothing_is_gathered_every_message_is_a_turn(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    await answered(worker, *(tell(store, text, channel="web") for text in ("một", "hai")))
    assert rasa.texts == ["một", "hai"]


async def test_what_comes_during_a_turn_is_the_next_one(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    goes_on = asyncio.Event()
    rasa.before = lambda text: goes_on.wait()
    first = worker.submit(tell(store, "một"))
    await until(lambda: rasa.texts)
    later = [worker.submit(tell(store, text)) for text in ("hai", "ba")]
    goes_on.set()
    await asyncio.wait_for(asyncio.gather(first, *later), 5)
    assert turns(rasa) == [["một"], ["hai", "ba"]]


async def test_nobody_waits_for_another_person_s_pause(store: Store, rasa: FakeRasa) -> None:
    worker = gathering(store, rasa, pause=30)
    worker.submit(tell(store, "em muốn"))
    (token,) = offer(store, BEES, person="mai")
    await answered(worker, tell(store, token, "mai"))
    assert rasa.texts == ["/choose"]
    await worker.stop()


@pytest.mark.parametrize(
    ("second", "sent"),
    [("mã otp là 482913", ["/secret"]), ("cccd 079123456789", ["nuôi ong", "cccd"])],
    ids=["otp", "card"],
)
async def test_what_one_of_them_hides_counts_for_all(
    worker: Worker, store: Store, rasa: FakeRasa, second: str, sent: list[str]
) -> None:
    await answered(worker, tell(store, "nuôi ong"), tell(store, second))
    assert [line.strip() for line in turns(rasa)[0]] == sent
    assert rasa.sent[0][2].get("redacted", False) is (sent != ["/secret"])


async def test_a_repeat_is_gathered_once(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    messages = [tell(store, text, message_id=text) for text in ("một", "hai", "một", "hai")]
    await answered(worker, *messages)
    assert turns(rasa) == [["một", "hai"]]


async def test_a_choice_stays_one_with_words_after_it(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    (token,) = offer(store, BEES)
    await answered(worker, tell(store, "1"), tell(store, "ạ"))
    ((_, text, metadata),) = rasa.sent
    assert (text, metadata["choice"]) == ("/choose", token)


async def test_a_choice_stays_one_with_a_question_after_it(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    offer(store, BEES)
    await answered(worker, tell(store, "1"), tell(store, "phí bao nhiêu"))
    ((_, text, metadata),) = rasa.sent
    assert (text, metadata.get("rest")) == ("/choose", "phí bao nhiêu")


# Words among other things


async def test_a_button_between_words_keeps_its_place(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    (token,) = offer(store, BEES)
    await answered(worker, *(tell(store, text) for text in ("dạ", "ong?", token, "phí", "nhé")))
    assert turns(rasa) == [["dạ", "ong?"], ["/choose"], ["phí", "nhé"]]


async def test_a_command_between_words_keeps_its_place(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    messages = tell(store, "một"), tell(store, "help", kind=Kind.ACT), tell(store, "hai")
    await answered(worker, *messages)
    assert rasa.texts == ["một", "/help", "hai"]


async def test_a_sticker_between_words_keeps_its_place(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    await answered(worker, tell(store, "một"), tell(store, "", kind=Kind.STICKER), tell(store, "hai"))
    assert rasa.texts == ["một", "hai"]
    assert statuses(store) == ["answer", "smalltalk", "answer"]


async def test_two_presses_are_two_turns(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    (token,) = offer(store, BEES)
    await answered(worker, tell(store, token), tell(store, token))
    assert rasa.texts == ["/choose", "/choose"]


@pytest.mark.parametrize("kind", [Kind.STICKER, Kind.PHOTO, Kind.TOO_FAST])
async def test_a_pile_of_the_same_gets_one_answer(worker: Worker, store: Store, kind: Kind) -> None:
    await answered(worker, *(tell(store, "", kind=kind) for _ in range(20)))
    assert len(store.answers("lan")) == 1
    assert store.unanswered() == []


async def test_different_things_get_an_answer_each(worker: Worker, store: Store) -> None:
    await answered(worker, *(tell(store, "", kind=kind) for kind in (Kind.STICKER, Kind.PHOTO, Kind.STICKER)))
    assert len(store.answers("lan")) == 3


async def test_a_pile_that_comes_bit_by_bit_gets_few_answers(store: Store, rasa: FakeRasa) -> None:
    worker = gathering(store, rasa, pause=0.3)
    for _ in range(6):
        await asyncio.wait([worker.submit(tell(store, "", kind=Kind.PHOTO))], timeout=0.1)
    await until(lambda: not store.unanswered())
    assert len(store.answers("lan")) <= 3


# Crashes


async def test_a_settled_turn_stays_as_it_is_after_a_crash(store: Store, rasa: FakeRasa) -> None:
    settled = [tell(store, "một"), tell(store, "hai")]
    store.join(settled)
    tell(store, "ba")
    worker = gathering(store, rasa)
    await worker.start()
    await until(lambda: not store.unanswered())
    assert turns(rasa) == [["một", "hai"], ["ba"]]
    assert rasa.sent[0][2]["message_id"] == str(settled[0].id)


async def test_a_turn_that_a_crash_cut_off_is_repeated_under_the_same_id(store: Store, rasa: FakeRasa) -> None:
    rasa.before = lambda text: asyncio.sleep(60)
    crashing = gathering(store, rasa)
    for text in ("một", "hai"):
        crashing.submit(tell(store, text))
    await until(lambda: rasa.texts)
    tell(store, "ba")
    await crashing.stop()
    rasa.before = lambda text: asyncio.sleep(0)
    worker = gathering(store, rasa)
    await worker.start()
    await until(lambda: not store.unanswered())
    assert turns(rasa) == [["một", "hai"], ["một", "hai"], ["ba"]]
    assert rasa.sent[0][2] == rasa.sent[1][2]
    assert statuses(store) == ["answer", "answer"]


async def test_what_rasa_did_before_the_crash_is_not_done_again(store: Store, rasa: FakeRasa) -> None:
    message = tell(store, "một")
    await rasa.send("lan", "một", {"message_id": str(message.id)})
    worker = gathering(store, rasa)
    await worker.start()
    (replies,) = await answered(worker, message)
    assert replies[0]["text"] == "đáp: một"
    assert len(rasa.sent) == 1


# Patience


def failing(times: int) -> Callable[[str], Any]:
    left = iter(range(times))

    async def before(text: str) -> None:
        if next(left, None) is not None:
            raise RasaError("ConnectError at /webhook")

    return before


async def test_a_short_absence_of_rasa_is_waited_out_in_order(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    rasa.before = failing(1)
    first = worker.submit(tell(store, "một"))
    await until(lambda: rasa.texts)
    await answered(worker, tell(store, "hai"))
    assert (await first)[0]["status"] == "answer"
    assert rasa.texts == ["một", "một", "hai"]
    assert statuses(store) == ["answer", "answer"]


async def test_a_long_absence_is_apologised_for(store: Store, rasa: FakeRasa) -> None:
    worker = gathering(store, rasa, patience=1)
    rasa.before = failing(99)
    (replies,) = await answered(worker, tell(store, "một"))
    assert replies[0]["status"] == "error"
    assert rasa.texts == ["một", "một"]
    assert store.unanswered() == []


async def test_who_waits_on_the_web_is_apologised_to_at_once(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    rasa.before = failing(99)
    (replies,) = await answered(worker, tell(store, "một", channel="web"))
    assert replies[0]["status"] == "error"
    assert rasa.texts == ["một"]


class LateRasa(FakeRasa):
    """Does its work, but the answer is lost on the way."""

    async def send(self, person: str, text: str, metadata: dict[str, Any]) -> Replies:
        await super().send(person, text, metadata)
        raise RasaError("ReadTimeout at /webhook")


async def test_an_answer_that_was_lost_on_the_way_is_found_in_the_database(store: Store) -> None:
    rasa = LateRasa(store)
    worker = gathering(store, rasa)
    (replies,) = await answered(worker, tell(store, "một"))
    assert replies[0]["status"] == "answer"
    assert len(rasa.sent) == 1


class FailsOnce(Store):
    """A database that is away when the inbox is read for the `failing`th time."""

    failing = 1

    def unanswered(self, person: str | None = None) -> list[Message]:
        self.failing -= 1
        if self.failing == 0:
            raise OperationalError("SELECT", {}, OSError("database is locked"))
        return super().unanswered(person)


async def test_a_database_that_is_away_for_a_moment_loses_no_message(
    engine: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_SWEEP", 0.1)
    store = FailsOnce(engine)
    store.failing = 2  # at the start all is well
    worker = gathering(store, FakeRasa(store))
    await worker.start()
    worker.submit(tell(store, "một"))
    try:
        await until(lambda: statuses(store) == ["answer"], 1)
    finally:
        await worker.stop()


async def test_the_sweep_survives_a_database_that_is_away(engine: sa.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_SWEEP", 0.1)
    store = FailsOnce(engine)
    store.failing = 2  # at the start all is well
    worker = gathering(store, FakeRasa(store), shared=Shared(engine))
    await worker.start()
    await until(lambda: store.failing <= 0)
    tell(store, "một")
    try:
        await until(lambda: statuses(store) == ["answer"], 1)
    finally:
        await worker.stop()


class SlowToRead(Store):
    """Once `is_slow`, the next look at the inbox shows what it held a moment before."""

    is_slow = False

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.has_looked, self.goes_on = threading.Event(), threading.Event()

    def unanswered(self, person: str | None = None) -> list[Message]:
        found = super().unanswered(person)
        if self.is_slow:
            self.is_slow = False
            self.has_looked.set()
            self.goes_on.wait(5)
        return found


async def test_a_message_that_comes_while_the_inbox_is_read_gets_its_answer(engine: sa.Engine) -> None:
    store = SlowToRead(engine)
    rasa = FakeRasa(store)
    worker = gathering(store, rasa)

    async def before(text: str) -> None:
        store.is_slow = text == "một"

    rasa.before = before
    await answered(worker, tell(store, "một", channel="web"))
    await until(store.has_looked.is_set)
    second = worker.submit(tell(store, "hai", channel="web"))
    store.goes_on.set()
    (reply,) = await asyncio.wait_for(second, 5)
    assert reply["text"] == "đáp: hai"


# A person takes over


async def test_while_a_person_answers_the_assistant_is_silent(
    worker: Worker, store: Store, rasa: FakeRasa, engine: sa.Engine
) -> None:
    await answered(worker, tell(store, "một"))
    store.hand_over("lan", 60)
    kinds = (Kind.TEXT, Kind.TEXT, Kind.STICKER, Kind.TICKET)
    answers = await answered(worker, *(tell(store, "hai", kind=kind) for kind in kinds))
    assert answers == [[], [], [], []]
    assert rasa.texts == ["một"]
    assert len(store.answers("lan")) == 1
    assert store.unanswered() == []
    with engine.connect() as db:
        assert set(db.scalars(sa.text("SELECT text FROM inbox"))) == {None}


async def test_whoever_takes_over_while_words_are_gathered_answers_them(
    worker: Worker, store: Store, rasa: FakeRasa
) -> None:
    turns = [worker.submit(tell(store, text)) for text in ("một", "hai")]
    store.hand_over("lan", 60)
    await asyncio.wait_for(asyncio.gather(*turns), 5)
    assert rasa.texts == []
    assert store.unanswered() == []


async def test_what_is_said_after_the_takeover_is_answered_again(engine: sa.Engine) -> None:
    clock = Clock()
    store = Store(engine, now=clock)
    rasa = FakeRasa(store)
    worker = gathering(store, rasa)
    for person in ("lan", "mai"):
        tell(store, "trước", person)
        store.hand_over(person, 60)
    await worker.start()
    await until(lambda: not store.unanswered())
    store.hand_over("lan", 0)
    await answered(worker, tell(store, "một"), tell(store, "hai", "mai"))
    clock.time += dt.timedelta(seconds=61)
    await answered(worker, tell(store, "ba", "mai"))
    assert rasa.texts == ["một", "ba"]


# Several processes


class Clock:
    def __init__(self) -> None:
        self.time = utc_now()

    def __call__(self) -> dt.datetime:
        return self.time


@asynccontextmanager
async def processes(
    engine: sa.Engine, rasas: Sequence[FakeRasa], *, clock: Clock | None = None, pause: float = 0.05
) -> AsyncIterator[list[Worker]]:
    """A worker for each Rasa, over one database."""
    workers = [
        gathering(Store(engine), rasa, shared=Shared(engine, now=clock or utc_now), pause=pause) for rasa in rasas
    ]
    try:
        yield workers
    finally:
        await asyncio.gather(*(worker.stop() for worker in workers))


async def test_processes_answer_one_conversation_in_order_and_one_at_a_time(engine: sa.Engine, store: Store) -> None:
    rasa = FakeRasa(store)
    async with processes(engine, [rasa, rasa]) as workers:
        turns = [workers[n % 2].submit(tell(store, f"câu {n}", channel="web")) for n in range(6)]
        replies = await asyncio.wait_for(asyncio.gather(*turns), 5)
    assert [r[0]["text"] for r in replies] == [f"đáp: câu {n}" for n in range(6)]
    assert rasa.texts == [f"câu {n}" for n in range(6)]


async def test_words_that_reach_different_processes_are_one_turn(engine: sa.Engine, store: Store) -> None:
    rasa = FakeRasa(store)
    async with processes(engine, [rasa, rasa], pause=0.3) as workers:
        workers[0].submit(tell(store, "em muốn"))
        workers[1].submit(tell(store, "nuôi ong"))
        await until(lambda: not store.unanswered())
    assert turns(rasa) == [["em muốn", "nuôi ong"]]


async def test_a_process_that_starts_leaves_alone_what_another_answers(engine: sa.Engine, store: Store) -> None:
    rasa = FakeRasa(store)
    goes_on = asyncio.Event()
    rasa.before = lambda text: goes_on.wait()
    async with processes(engine, [rasa, rasa]) as (working, starting):
        turn = working.submit(tell(store, "một"))
        await until(lambda: rasa.texts)
        await starting.start()
        await asyncio.sleep(0.3)
        goes_on.set()
        await asyncio.wait_for(turn, 5)
        await asyncio.sleep(0.3)
    assert rasa.texts == ["một"]
    assert statuses(store) == ["answer"]


async def test_the_conversation_of_a_process_that_died_is_taken_over(engine: sa.Engine, store: Store) -> None:
    clock, dead, alive = Clock(), FakeRasa(store), FakeRasa(store)
    dead.before = lambda text: asyncio.sleep(60)
    async with processes(engine, [dead, alive], clock=clock) as workers:
        workers[0].submit(tell(store, "một", channel="web"))
        await until(lambda: dead.texts)
        second = workers[1].submit(tell(store, "hai", channel="web"))
        await asyncio.sleep(0.4)
        assert alive.texts == []
        clock.time += dt.timedelta(seconds=61)
        await asyncio.wait_for(second, 5)
    assert alive.texts == ["một", "hai"]
    assert statuses(store) == ["answer", "answer"]


async def test_what_a_dead_process_accepted_is_found_by_the_others(
    engine: sa.Engine, store: Store, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_SWEEP", 0.1)
    async with processes(engine, [rasa]) as (worker,):
        await worker.start()
        tell(store, "một")
        await until(lambda: statuses(store) == ["answer"])


async def test_a_patient_process_keeps_its_conversation(engine: sa.Engine, store: Store) -> None:
    clock, patient, other = Clock(), FakeRasa(store), FakeRasa(store)

    async def fail(text: str) -> None:
        clock.time += dt.timedelta(seconds=35)  # a slow failure
        raise RasaError("ReadTimeout at /webhook")

    patient.before = fail
    async with processes(engine, [patient, other], clock=clock) as workers:
        workers[0].submit(tell(store, "một"))
        await until(lambda: patient.texts)
        workers[1].submit(tell(store, "hai"))
        await until(lambda: len(patient.texts) == 2)
        await asyncio.sleep(1)
    assert other.texts == []


class SlowToRelease(Shared):
    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.has_ended, self.goes_on = threading.Event(), threading.Event()

    def release(self, name: str, holder: str) -> None:
        self.has_ended.set()
        self.goes_on.wait(5)
        super().release(name, holder)


async def test_a_conversation_that_ends_takes_nothing_from_the_next(engine: sa.Engine, store: Store) -> None:
    rasa, shared = FakeRasa(store), SlowToRelease(engine)
    one = gathering(store, rasa, shared=shared)
    other = gathering(Store(engine), rasa, shared=Shared(engine))
    await answered(one, tell(store, "một", channel="web"))
    await until(shared.has_ended.is_set)
    rasa.before = lambda text: asyncio.sleep(0.7)
    asyncio.get_running_loop().call_later(0.2, shared.goes_on.set)
    message = tell(store, "hai", channel="web")
    await asyncio.wait_for(asyncio.gather(one.submit(message), other.submit(message)), 5)
    for worker in (one, other):
        await worker.stop()
    assert statuses(store) == ["answer", "answer"]
    assert rasa.texts == ["một", "hai"]
