"""From accepted messages to answers: each person in order, many side by side, and never without an answer."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from actions.reply import Act, Command, Reply
from bot.rasa import RasaError
from bot.store import Message, Store
from bot.worker import Worker
from tests.unit.bot.turns import FakeRasa, accept, ask, offer, worker_over


async def test_a_message_gets_the_committed_replies(worker: Worker, store: Store) -> None:
    (reply,) = await ask(worker, store, "nuôi ong")
    assert reply["text"] == "đáp: nuôi ong"


async def test_a_person_s_messages_are_answered_in_order(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    delays = {"một": 0.03, "hai": 0.01, "ba": 0.0}
    rasa.before = lambda text: asyncio.sleep(delays[text])
    answers = await asyncio.gather(*(worker.submit(accept(store, text)) for text in delays))
    assert [a[0]["text"] for a in answers] == ["đáp: một", "đáp: hai", "đáp: ba"]
    assert rasa.texts == ["một", "hai", "ba"]


async def test_many_people_are_answered_side_by_side(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    everyone = asyncio.Barrier(8)
    rasa.before = lambda text: everyone.wait()
    turns = [worker.submit(accept(store, "a", person=f"p{i}")) for i in range(8)]
    await asyncio.wait_for(asyncio.gather(*turns), 5)
    assert rasa.most_at_once == 8


async def test_no_more_than_a_fixed_number_run_at_once(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    rasa.before = lambda text: asyncio.sleep(0.005)
    await asyncio.gather(*(worker.submit(accept(store, "a", person=f"p{i}")) for i in range(50)))
    assert rasa.most_at_once <= 32


async def test_the_channel_is_told_who_was_answered(store: Store, rasa: FakeRasa) -> None:
    told: list[str] = []
    worker = worker_over(store, rasa, on_answer=told.append)
    await worker.submit(accept(store, "a", person="mai"))
    await asyncio.sleep(0)
    assert told == ["mai"]


# Failures


async def fail(error: Exception) -> None:
    raise error


FAILURES = [RasaError("ConnectError at /webhook"), RuntimeError("a bug")]


@pytest.mark.parametrize("error", FAILURES, ids=lambda e: type(e).__name__)
async def test_a_failure_is_answered_with_the_kind_sentence(
    error: Exception, worker: Worker, store: Store, rasa: FakeRasa, caplog: pytest.LogCaptureFixture
) -> None:
    rasa.before = lambda text: fail(error)
    (reply,) = await ask(worker, store, "tên tôi là Hoa")
    assert reply["status"] == "error"
    assert "18001096" in reply["text"]
    assert str(error) in caplog.text
    assert "Hoa" not in caplog.text


async def test_after_a_failure_the_conversation_goes_on_with_its_place(
    worker: Worker, store: Store, rasa: FakeRasa
) -> None:
    offer(store, ("Một", Command(Act.CHOOSE, "9.100001")))
    before = store.load("lan")
    rasa.before = lambda text: fail(RasaError("down"))
    await ask(worker, store, "một câu")
    assert store.load("lan") == before
    rasa.before = lambda text: asyncio.sleep(0)
    assert (await ask(worker, store, "câu nữa"))[0]["status"] == "answer"


async def test_a_turn_without_a_commit_is_a_failure(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    rasa.commits = False
    assert (await ask(worker, store, "nuôi ong"))[0]["status"] == "error"


class BrokenOnce(Store):
    """A database that fails once more while the failure is being written down."""

    is_broken = True

    def fail(self, message: Message, reply: Reply) -> Any:
        if self.is_broken:
            self.is_broken = False
            raise OSError("disk full")
        return super().fail(message, reply)


async def test_a_failing_database_does_not_silence_a_person_for_good(engine: sa.Engine) -> None:
    broken = BrokenOnce(engine)
    rasa = FakeRasa(broken)
    worker = worker_over(broken, rasa)
    rasa.before = lambda text: fail(RasaError("down"))
    lost = worker.submit(accept(broken, "một"))
    await asyncio.wait([lost], timeout=0.2)
    rasa.before = lambda text: asyncio.sleep(0)
    assert await asyncio.wait_for(worker.submit(accept(broken, "hai")), 1)


# Repeats and restarts


async def test_a_message_sent_twice_is_answered_once(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    first, again = accept(store, "a", message_id="m1"), accept(store, "a", message_id="m1")
    answers = await asyncio.gather(worker.submit(first), worker.submit(again))
    assert answers[0] == answers[1]
    assert len(rasa.sent) == 1


async def test_what_was_accepted_before_a_crash_is_answered_at_start(store: Store, rasa: FakeRasa) -> None:
    for text in ("một", "hai"):
        accept(store, text)
    worker = worker_over(store, rasa)
    await worker.start()
    await worker.submit(accept(store, "ba"))
    assert rasa.texts == ["một", "hai", "ba"]
    assert store.unanswered() == []


async def test_stopping_leaves_what_was_not_answered_for_the_next_start(store: Store, rasa: FakeRasa) -> None:
    rasa.before = lambda text: asyncio.sleep(60)
    worker = worker_over(store, rasa)
    worker.submit(accept(store, "một"))
    await asyncio.sleep(0.05)
    await worker.stop()
    assert [message.text for message in store.unanswered()] == ["một"]
