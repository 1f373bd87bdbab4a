"""From the outbox to a platform: in order, once, and as far as the platform lets us."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from actions.reply import Act, Button, Command, Reply, Status
from actions.state import PersonState
from bot import delivery as delivery_module
from bot.channels.platform import Halted, Limits, Part, Refused, TryAgain, Unreachable
from bot.delivery import Delivery
from bot.outbox import Outbox, Waiting
from bot.privacy import Redacted
from bot.shared import Shared
from bot.store import Store, utc_now
from bot.tables import DEAD, DROPPED, PERSONAL, SENT, WAITING
from bot.tables import outbox as outbox_table

NAME = "telegram"
PARTS = tuple(f"Phần {number}: nuôi ong cần tờ khai và giấy khác." for number in (1, 2, 3))  # one message each
_numbers = itertools.count()


class Clock:
    """The real time, and what is said to have passed besides."""

    def __init__(self) -> None:
        self._more = dt.timedelta()

    def __call__(self) -> dt.datetime:
        return utc_now() + self._more

    def passes(self, seconds: float) -> None:
        self._more += dt.timedelta(seconds=seconds)


class FakePlatform:
    """`taken`: address and text of what went through. `before` may wait or fail first."""

    name = NAME
    limits = Limits(text=60, buttons=3, title=40)

    def __init__(self) -> None:
        self.tried: list[str] = []
        self.taken: list[tuple[str, str]] = []
        self.parts: list[Part] = []
        self.running: set[str] = set()
        self.most_at_once = 0
        self.before: Callable[[str], Awaitable[object]] = lambda text: asyncio.sleep(0)

    async def send(self, address: str, part: Part) -> None:
        assert address not in self.running, "two messages to one person at once"
        self.running.add(address)
        self.most_at_once = max(self.most_at_once, len(self.running))
        self.tried.append(part.text)
        try:
            await self.before(part.text)
            self.taken.append((address, part.text))
            self.parts.append(part)
        finally:
            self.running.discard(address)

    def fails(self, *errors: Exception, at: str = "") -> None:
        """The next messages that hold `at`, with these errors one after the other; then all is well."""
        left = iter(errors)

        async def before(text: str) -> None:
            if at in text and (error := next(left, None)):
                raise error

        self.before = before

    @property
    def texts(self) -> list[str]:
        return [text for _, text in self.taken]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(engine: sa.Engine, clock: Clock) -> Outbox:
    return Outbox(engine, now=clock)


@pytest.fixture
def shared(engine: sa.Engine, clock: Clock) -> Shared:
    return Shared(engine, now=clock)


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
async def delivery(platform: FakePlatform, outbox: Outbox, shared: Shared) -> AsyncIterator[Delivery]:
    """One that runs."""
    delivery = Delivery(platform, outbox, shared)
    async with running(delivery):
        yield delivery


@asynccontextmanager
async def running(delivery: Delivery) -> AsyncIterator[Delivery]:
    task = asyncio.create_task(delivery.run())
    try:
        yield delivery
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(is_so: Callable[[], object], seconds: float = 5.0) -> None:
    for _ in range(round(seconds / 0.01)):
        if is_so():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to that in time")


def answer(store: Store, text: str, person: str = "lan", *, is_last: bool = False) -> None:
    message_id = f"m{next(_numbers)}"
    message, _ = store.accept(NAME, person, message_id, Redacted("nuôi ong"), address=f"chat of {person}")
    replies = (Reply(text, Status.ANSWER),) if text else ()
    store.commit(str(message.id), person, PersonState(), replies, is_last=is_last)


def states(outbox: Outbox) -> dict[str, int]:
    """How many answers are where; those that are nowhere left out."""
    found = {state: len(outbox.letters(state=state)) for state in (WAITING, SENT, DEAD, DROPPED)}
    return {state: count for state, count in found.items() if count}


def is_done(outbox: Outbox) -> Callable[[], bool]:
    return lambda: WAITING not in states(outbox)


# What goes well


async def test_an_answer_is_sent_where_its_person_is(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    answer(store, "chào lan")
    answer(store, "chào mai", "mai")
    delivery.wake()
    await until(is_done(outbox))
    assert sorted(platform.taken) == [("chat of lan", "chào lan"), ("chat of mai", "chào mai")]
    assert states(outbox) == {SENT: 2}


async def test_a_long_answer_comes_in_parts_with_the_buttons_last(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    message, _ = store.accept(NAME, "lan", "m1", Redacted("nuôi ong"), address="chat of lan")
    reply = Reply("\n\n".join(PARTS), Status.ASK, buttons=(Button("Một", Command(Act.HELP)),))
    store.commit(str(message.id), "lan", PersonState(), (reply,))
    delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == list(PARTS)
    assert [bool(part.buttons) for part in platform.parts] == [False, False, True]


async def test_an_answer_without_words_is_done_with(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    for text in ("", "một"):
        answer(store, text)
    delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == ["một"]


async def test_a_person_s_answers_come_in_order_and_one_at_a_time(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    pauses = itertools.cycle((0.03, 0.0, 0.01))
    platform.before = lambda text: asyncio.sleep(next(pauses))
    for number in range(6):
        answer(store, f"đáp {number}")
        delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == [f"đáp {number}" for number in range(6)]


async def test_many_people_are_written_to_side_by_side_but_not_too_many(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    first = asyncio.Barrier(16)
    platform.before = lambda text: first.wait()
    for number in range(32):
        answer(store, "chào", f"p{number}")
    delivery.wake()
    await until(is_done(outbox))
    assert platform.most_at_once == 16
    assert len(platform.taken) == 32


async def test_news_are_sent_at_once_and_found_without_being_told(
    platform: FakePlatform, store: Store, outbox: Outbox, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "_IDLE", 30)
    async with running(Delivery(platform, outbox, shared)) as delivery:
        await asyncio.sleep(0.05)
        answer(store, "một")
        delivery.wake()
        await until(is_done(outbox))
    monkeypatch.setattr(delivery_module, "_IDLE", 0.05)
    async with running(Delivery(platform, outbox, shared)):
        await asyncio.sleep(0.05)
        answer(store, "hai")
        await until(is_done(outbox))
    assert platform.texts == ["một", "hai"]


async def test_nothing_is_left_of_a_person_once_the_receipt_is_sent(
    delivery: Delivery, platform: FakePlatform, store: Store, engine: sa.Engine
) -> None:
    answer(store, "một")
    answer(store, "đã xoá", is_last=True)
    answer(store, "hai", "mai")
    delivery.wake()
    await until(lambda: len(platform.taken) == 3)

    def people() -> set[str]:
        with engine.connect() as db:
            return {person for table in PERSONAL for person in db.scalars(sa.select(table.c.person))}

    await until(lambda: people() == {"mai"})
    assert ("chat of lan", "đã xoá") in platform.taken


# What may go through later


async def test_what_may_go_through_later_is_tried_again_before_what_follows(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox, clock: Clock
) -> None:
    platform.fails(TryAgain("busy"), TryAgain("busy"), at="một")
    for text, person in (("một", "lan"), ("hai", "lan"), ("ba", "mai")):
        answer(store, text, person)
    delivery.wake()
    await until(lambda: platform.taken and outbox.letters(state=WAITING)[0].attempts)
    assert platform.texts == ["ba"]
    clock.passes(60)
    delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == ["ba", "một", "hai"]
    assert platform.tried.count("một") == 3


async def test_the_platform_says_how_long_to_wait(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox, clock: Clock
) -> None:
    platform.fails(TryAgain("slow down", after=120))
    answer(store, "một")
    delivery.wake()
    await until(lambda: outbox.letters(state=WAITING)[0].reason == "slow down")
    clock.passes(110)
    assert outbox.due(NAME) == []
    clock.passes(11)
    delivery.wake()
    await until(is_done(outbox))
    assert platform.tried == ["một", "một"]


@pytest.mark.parametrize(("attempts", "shortest", "longest"), [(0, 0, 1), (4, 8, 16), (6, 32, 64), (1000, 150, 300)])
async def test_pauses_grow_but_not_for_ever(
    platform: FakePlatform,
    store: Store,
    outbox: Outbox,
    shared: Shared,
    engine: sa.Engine,
    clock: Clock,
    attempts: int,
    shortest: float,
    longest: float,
) -> None:
    answer(store, "một")
    with engine.begin() as db:
        db.execute(sa.update(outbox_table).values(attempts=attempts))
    platform.fails(TryAgain("busy"))
    async with running(Delivery(platform, outbox, shared)):
        await until(lambda: outbox.letters(state=WAITING)[0].attempts == attempts + 1)
    if shortest:
        clock.passes(shortest - 3)
        assert outbox.due(NAME) == []
    clock.passes(longest - shortest + 3)
    assert len(outbox.due(NAME)) == 1


async def test_a_bug_loses_nothing(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox, clock: Clock
) -> None:
    platform.fails(RuntimeError("a bug"))
    answer(store, "một")
    delivery.wake()
    await until(lambda: outbox.letters(state=WAITING)[0].reason == "RuntimeError")
    clock.passes(10)
    delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == ["một"]


async def test_what_cannot_be_rendered_is_tried_again_with_pauses(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox, engine: sa.Engine
) -> None:
    answer(store, "một")
    with engine.begin() as db:
        db.execute(sa.update(outbox_table).values(replies=[{"words": "of another shape"}]))
    answer(store, "chào", "mai")
    delivery.wake()
    await until(lambda: platform.texts)
    await until(lambda: outbox.letters(state=WAITING)[0].attempts)
    assert platform.texts == ["chào"]


@pytest.mark.parametrize("error", [TryAgain, Halted])
async def test_what_is_a_day_old_is_given_up(
    delivery: Delivery, platform: FakePlatform, engine: sa.Engine, outbox: Outbox, error: type[Exception]
) -> None:
    platform.fails(error("busy"), error("busy"))
    for hours, person in ((25, "lan"), (23, "mai")):
        answer(Store(engine, now=lambda h=hours: utc_now() - dt.timedelta(hours=h)), "một", person)  # type: ignore[misc]
    delivery.wake()
    await until(lambda: states(outbox) == {DEAD: 1, WAITING: 1} and outbox.letters(state=WAITING)[0].reason)
    assert len(platform.tried) == 1


async def test_what_an_operator_sends_again_is_sent_however_old(
    delivery: Delivery, platform: FakePlatform, engine: sa.Engine, outbox: Outbox
) -> None:
    answer(Store(engine, now=lambda: utc_now() - dt.timedelta(days=3)), "một")
    delivery.wake()
    await until(lambda: states(outbox) == {DEAD: 1})
    outbox.retry()
    delivery.wake()
    await until(lambda: states(outbox) == {SENT: 1})
    assert platform.texts == ["một"]


async def test_a_retry_goes_on_after_the_parts_that_were_taken(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox, clock: Clock
) -> None:
    platform.fails(TryAgain("busy"), RuntimeError("a bug"), at="Phần 2")
    answer(store, "\n\n".join(PARTS))
    clock.passes(60)  # no retry has to be waited for
    delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == list(PARTS)
    assert platform.tried.count(PARTS[1]) == 3


async def test_what_waits_for_its_retry_is_dropped_where_a_person_takes_over(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox, clock: Clock
) -> None:
    platform.fails(TryAgain("busy"))
    for text in ("một", "hai"):
        answer(store, text)
    delivery.wake()
    await until(lambda: outbox.letters(state=WAITING)[0].attempts == 1)
    store.hand_over("lan", 60)
    clock.passes(10)
    answer(store, "chào", "mai")
    delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == ["chào"]
    assert states(outbox) == {DROPPED: 2, SENT: 1}


async def test_whoever_takes_over_or_leaves_between_two_parts_gets_no_more(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    goes_on = asyncio.Event()
    platform.before = lambda text: goes_on.wait()
    for person in ("lan", "mai"):
        answer(store, "\n\n".join(PARTS), person)
    delivery.wake()
    await until(lambda: len(platform.tried) == 2)
    store.hand_over("lan", 60)
    store.forget("mai", keep_inbox=False)
    goes_on.set()
    await until(lambda: len(platform.taken) == 2)
    await asyncio.sleep(0.2)
    assert platform.texts == [PARTS[0]] * 2
    assert states(outbox) == {DROPPED: 1}


# What will never go through


async def test_a_refused_answer_is_a_dead_letter_and_the_next_goes_on(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    platform.fails(Refused("bad request"))
    for text in ("một", "hai"):
        answer(store, text)
    delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == ["hai"]
    assert [letter.reason for letter in outbox.letters()] == ["bad request"]


async def test_a_dead_letter_that_is_retried_is_sent(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    platform.fails(Refused("bad request"), at="Phần 2")
    answer(store, "\n\n".join(PARTS))
    delivery.wake()
    await until(is_done(outbox))
    outbox.retry()
    delivery.wake()
    await until(lambda: states(outbox) == {SENT: 1})
    assert platform.texts == list(PARTS)


async def test_who_cannot_be_reached_is_not_tried_again_until_they_write(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    platform.fails(Unreachable("blocked"), at="lan")
    for text, person in (("lan 1", "lan"), ("lan 2", "lan"), ("chào", "mai")):
        answer(store, text, person)
    delivery.wake()
    await until(is_done(outbox))
    assert platform.tried.count("lan 1") == 1
    assert states(outbox) == {DEAD: 2, SENT: 1}
    answer(store, "lan 3")
    delivery.wake()
    await until(is_done(outbox))
    assert platform.texts == ["chào", "lan 3"]


async def test_a_person_forgotten_while_being_written_to_disturbs_nobody(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    goes_on = asyncio.Event()
    platform.before = lambda text: goes_on.wait()
    answer(store, "một")
    delivery.wake()
    await until(lambda: platform.tried)
    store.forget("lan", keep_inbox=False)
    answer(store, "chào", "mai")
    goes_on.set()
    await until(is_done(outbox))
    assert platform.texts == ["một", "chào"]
    assert states(outbox) == {SENT: 1}


# Where nothing gets through


async def test_a_halt_costs_nobody_an_attempt_and_is_said_once(
    delivery: Delivery,
    platform: FakePlatform,
    store: Store,
    outbox: Outbox,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(delivery_module, "_HALT", 0.8)
    monkeypatch.setattr(delivery_module, "_IDLE", 0.2)
    platform.fails(*(Halted("quota used up") for _ in range(2)))
    for person in ("lan", "mai"):
        answer(store, f"chào {person}", person)
    delivery.wake()
    await until(lambda: [letter.reason for letter in outbox.letters(state=WAITING)] == ["quota used up"] * 2)
    answer(store, "chào hoa", "hoa")
    delivery.wake()
    await asyncio.sleep(0.1)
    assert len(platform.tried) == 2
    assert caplog.text.count("telegram is halted") == 1
    assert [letter.attempts for letter in outbox.letters(state=WAITING)] == [0, 0, 0]
    await until(is_done(outbox))
    assert sorted(platform.texts) == ["chào hoa", "chào lan", "chào mai"]


async def test_a_halt_stops_those_that_are_about_to_be_tried(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox
) -> None:
    platform.fails(*(Halted("quota used up") for _ in range(60)))
    for number in range(60):
        answer(store, "chào", f"p{number}")
    delivery.wake()
    await until(lambda: platform.tried)
    await asyncio.sleep(0.5)
    assert len(platform.tried) <= 16
    assert states(outbox) == {WAITING: 60}


# Crashes, several processes, a database that is away


async def test_what_is_on_its_way_when_the_app_stops_arrives_and_the_rest_follows_later(
    platform: FakePlatform, store: Store, outbox: Outbox, shared: Shared
) -> None:
    platform.before = lambda text: asyncio.sleep(0.2 if "Phần 2" in text else 0)
    answer(store, "\n\n".join(PARTS))
    async with running(Delivery(platform, outbox, shared)):
        await until(lambda: len(platform.tried) == 2)
    assert platform.texts == list(PARTS[:2])
    async with running(Delivery(platform, outbox, shared)):
        await until(is_done(outbox))
    assert platform.texts == list(PARTS)


async def test_after_a_crash_between_two_parts_the_rest_is_sent(
    platform: FakePlatform, store: Store, outbox: Outbox, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "_FINISH_WITHIN", 0.05)
    platform.before = lambda text: asyncio.sleep(60 if "Phần 2" in text else 0)
    answer(store, "\n\n".join(PARTS))
    async with running(Delivery(platform, outbox, shared)):
        await until(lambda: len(platform.tried) == 2)
    platform.before = lambda text: asyncio.sleep(0)
    async with running(Delivery(platform, outbox, shared)):
        await until(is_done(outbox))
    assert platform.texts == list(PARTS)


async def test_another_process_goes_on_when_one_has_died(
    platform: FakePlatform, store: Store, outbox: Outbox, shared: Shared, clock: Clock
) -> None:
    assert shared.lease("deliver:telegram", "dead", 30)
    answer(store, "một")
    async with running(Delivery(platform, outbox, shared)) as delivery:
        await asyncio.sleep(0.2)
        assert platform.tried == []
        clock.passes(31)
        delivery.wake()
        await until(is_done(outbox))
    assert platform.texts == ["một"]


async def test_of_several_processes_one_delivers(
    platform: FakePlatform, store: Store, outbox: Outbox, shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_module, "_IDLE", 0.2)
    second = FakePlatform()
    async with running(Delivery(second, outbox, shared)) as waiting:
        async with running(Delivery(platform, outbox, shared)) as first:
            for number in range(6):
                answer(store, f"đáp {number}", f"p{number % 3}")
                for delivery in (waiting, first):
                    delivery.wake()
                await asyncio.sleep(0.01)
            await until(is_done(outbox))
        assert len(platform.taken) + len(second.taken) == 6
        assert not (platform.taken and second.taken)
        answer(store, "một")
        await until(is_done(outbox))
    assert ("chat of lan", "một") in second.taken


class Flawed(Outbox):
    """`fails`: names of methods whose next calls fail, as where the disk is full or the database away."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.fails: list[str] = []

    def due(self, channel: str, *, limit: int = 200) -> list[Waiting]:
        self._check("due")
        return super().due(channel, limit=limit)

    def sent(self, answer: int) -> None:
        self._check("sent")
        super().sent(answer)

    def later(self, answer: int, at: dt.datetime, reason: str, *, counts: bool = True) -> None:
        self._check("later")
        super().later(answer, at, reason, counts=counts)

    def dead(self, answer: int, reason: str) -> None:
        self._check("dead")
        super().dead(answer, reason)

    def unreachable(self, person: str, reason: str) -> None:
        self._check("unreachable")
        super().unreachable(person, reason)

    def _check(self, name: str) -> None:
        if name in self.fails:
            self.fails.remove(name)
            raise OperationalError(name, {}, OSError("disk full"))


async def test_an_outbox_that_cannot_be_read_for_a_moment_is_read_again(
    platform: FakePlatform, store: Store, engine: sa.Engine, shared: Shared
) -> None:
    outbox = Flawed(engine)
    outbox.fails = ["due", "due"]
    answer(store, "một")
    async with running(Delivery(platform, outbox, shared)) as delivery:
        while outbox.fails:
            delivery.wake()
            await asyncio.sleep(0.01)
        delivery.wake()
        await until(is_done(outbox))
    assert platform.texts == ["một"]


NOTES: dict[str, Exception] = {
    "later": TryAgain("busy"), "dead": Refused("bad request"), "unreachable": Unreachable("blocked"),
}  # fmt: skip


@pytest.mark.parametrize("note", NOTES)
async def test_what_was_not_taken_and_cannot_be_noted_is_not_tried_without_a_pause(
    platform: FakePlatform, store: Store, engine: sa.Engine, shared: Shared, note: str
) -> None:
    outbox = Flawed(engine)
    outbox.fails = [note] * 8
    platform.fails(*[NOTES[note]] * 8)
    answer(store, "một")
    async with running(Delivery(platform, outbox, shared)):
        await until(lambda: platform.tried)
        await asyncio.sleep(0.5)
    assert len(platform.tried) <= 2


async def test_what_was_taken_but_cannot_be_noted_is_not_sent_again_and_again(
    platform: FakePlatform, store: Store, engine: sa.Engine, shared: Shared
) -> None:
    outbox = Flawed(engine)
    outbox.fails = ["sent", "later"] * 20
    answer(store, "một")
    async with running(Delivery(platform, outbox, shared)):
        await until(lambda: platform.taken)
        await asyncio.sleep(0.5)
    assert len(platform.taken) <= 2


class SlowToRead(Outbox):
    """The second look at the outbox shows what it held a moment before."""

    def __init__(self, engine: sa.Engine) -> None:
        super().__init__(engine)
        self.looks = itertools.count(1)
        self.has_looked, self.goes_on = threading.Event(), threading.Event()

    def due(self, channel: str, *, limit: int = 200) -> list[Waiting]:
        found = super().due(channel, limit=limit)
        if next(self.looks) == 2:
            self.has_looked.set()
            self.goes_on.wait(5)
        return found


async def test_an_answer_that_was_sent_while_the_outbox_was_read_is_not_sent_again(
    platform: FakePlatform, store: Store, engine: sa.Engine, shared: Shared
) -> None:
    outbox = SlowToRead(engine)
    is_taken = asyncio.Event()
    platform.before = lambda text: is_taken.wait()
    answer(store, "một")
    async with running(Delivery(platform, outbox, shared)) as delivery:
        await until(lambda: platform.tried)
        delivery.wake()
        await until(outbox.has_looked.is_set)
        is_taken.set()
        await until(is_done(outbox))
        await asyncio.sleep(0.1)
        outbox.goes_on.set()
        await asyncio.sleep(0.2)
    assert platform.texts == ["một"]


async def test_news_do_not_keep_it_from_stopping(platform: FakePlatform, outbox: Outbox, shared: Shared) -> None:
    stopped = []
    for steps in range(4):
        delivery = Delivery(platform, outbox, shared)
        async with running(delivery):
            (task,) = (task for task in asyncio.all_tasks() if task.get_coro().__qualname__ == "Delivery.run")  # type: ignore[union-attr]
            await asyncio.sleep(0.1)
            delivery.wake()
            for _ in range(steps):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task], timeout=0.3)
            stopped.append(task.done())
    assert all(stopped)


# What is logged


async def test_the_log_names_neither_words_nor_people(
    delivery: Delivery, platform: FakePlatform, store: Store, outbox: Outbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    errors = (Refused("bad request"), Unreachable("blocked"), TryAgain("busy"), RuntimeError("a bug"))
    platform.fails(*errors)
    for number in range(len(errors)):
        answer(store, "bí mật " * 20, f"person-{number}")
    delivery.wake()
    await until(lambda: states(outbox) == {DEAD: 2, WAITING: 2} and len(platform.tried) == 4)
    await until(lambda: all(letter.attempts for letter in outbox.letters(state=WAITING)))
    assert "dead letter" in caplog.text
    assert not any(word in caplog.text for word in ("bí mật", "person-", "chat of"))
