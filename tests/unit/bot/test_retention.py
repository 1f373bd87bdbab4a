"""People who have been silent for long are deleted, in the app and in the tracker."""

from __future__ import annotations

import asyncio
import datetime as dt
from contextlib import suppress

import sqlalchemy as sa

from actions.reply import Reply, Status
from actions.state import PersonState
from bot.outbox import Outbox
from bot.retention import keep_tidy
from bot.store import Store, utc_now
from bot.tickets import Tickets
from tests import builders
from tests.unit.bot.turns import FakeRasa, accept


def seen(engine: sa.Engine, person: str, *, days_ago: float) -> None:
    past = Store(engine, now=lambda: utc_now() - dt.timedelta(days=days_ago))
    message = accept(past, "nuôi ong", person)
    past.commit(str(message.id), person, PersonState(procedure="9.100001"), (Reply("đáp", Status.ANSWER),))


async def test_only_those_silent_for_long_are_forgotten_everywhere(engine: sa.Engine) -> None:
    seen(engine, "lan", days_ago=91)
    seen(engine, "mai", days_ago=89)
    store, rasa = Store(engine), FakeRasa(Store(engine))
    tickets = Tickets(engine, builders.desk())
    tidying = keep_tidy(store, Outbox(engine), tickets, rasa, silent_days=90, message_days=30)  # type: ignore[arg-type]
    task = asyncio.create_task(tidying)
    for _ in range(100):
        await asyncio.sleep(0.02)
        if rasa.forgotten:
            break
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert rasa.forgotten == ["lan"]
    assert store.load("lan") == PersonState()
    assert store.answers("lan") == []
    assert store.load("mai").procedure == "9.100001"
