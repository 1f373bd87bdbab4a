"""A Rasa that commits as the actions would, and short ways to accept messages and to have offered buttons."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from actions.reply import Button, Command, Reply, Status
from actions.state import PersonState, Walk
from bot.asides import Asides
from bot.privacy import redact
from bot.store import Message, Store
from bot.tickets import Tickets
from bot.worker import Worker
from knowledge.nearest import NearestProvince
from knowledge.places import Gazetteer
from tests import builders

Replies = list[dict[str, Any]]


class FakeRasa:
    """Answers as the actions would: commits under the message's id. `before` may wait or fail first."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.running: set[str] = set()
        self.most_at_once = 0
        self.before: Callable[[str], Any] = lambda text: asyncio.sleep(0)
        self.commits = True
        self.forgotten: list[str] = []

    async def send(self, person: str, text: str, metadata: dict[str, Any]) -> Replies:
        assert person not in self.running, "two turns of one conversation at once"
        self.running.add(person)
        self.most_at_once = max(self.most_at_once, len(self.running))
        try:
            self.sent.append((person, text, metadata))
            await self.before(text)
            if self.commits:
                reply = Reply(f"đáp: {text}", Status.ANSWER)
                self._store.commit(metadata["message_id"], person, PersonState(), (reply,))
            return [{}]
        finally:
            self.running.discard(person)

    def forget(self, person: str) -> int:
        self.forgotten.append(person)
        return 0

    @property
    def texts(self) -> list[str]:
        return [text for _, text, _ in self.sent]


def worker_over(store: Store, rasa: FakeRasa, **more: Any) -> Worker:
    """`more` as `Worker` takes it."""
    tickets = Tickets(store._engine, builders.desk())
    asides = Asides(store, tickets, NearestProvince(Gazetteer.load()), longest=1000)
    return Worker(store, rasa, asides, **more)  # type: ignore[arg-type]


def accept(store: Store, text: str, person: str = "lan", message_id: str | None = None) -> Message:
    return store.accept("api", person, message_id or f"m-{text}", redact(text))[0]


def offer(store: Store, *titled: tuple[str, Command], person: str = "lan", walk: Walk | None = None) -> list[str]:
    """Buttons shown to the person earlier; their tokens."""
    message = accept(store, "trước đó", person)
    reply = Reply("chọn", Status.ASK, buttons=tuple(Button(title, command) for title, command in titled))
    committed = store.commit(str(message.id), person, PersonState(walk=walk), (reply,))
    return [button["payload"] for button in committed.replies[0]["buttons"]]


async def ask(worker: Worker, store: Store, text: str) -> Replies:
    return await worker.submit(accept(store, text))
