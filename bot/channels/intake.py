"""What every channel does with a message: check it, hide what must not be kept, store it, hand it to the worker."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from actions.texts import say
from bot import metrics
from bot.limits import RateLimit
from bot.privacy import person_key, redact
from bot.problems import Problem
from bot.store import Message, Store
from bot.worker import Worker


@dataclass(frozen=True)
class IncomingMessage:
    """A message as a channel got it. `sender` is the platform's id, which goes no further than this module."""

    channel: str
    sender: str
    text: str
    message_id: str
    address: str | None = None  # where the request came from; None where no limit applies


class Intake:
    def __init__(
        self, store: Store, worker: Worker, *, secret: str, longest: int, limit: RateLimit, addresses: RateLimit
    ) -> None:
        self._store = store
        self._worker = worker
        self._secret = secret
        self._longest = longest
        self._limit = limit
        self._addresses = addresses  # many people may share one: a post office, a school

    def person(self, channel: str, sender: str) -> str:
        return person_key(self._secret, channel, sender)

    async def accept(self, message: IncomingMessage) -> tuple[Message, asyncio.Future[list[dict[str, Any]]]]:
        """Stores the message and starts its turn; a repeat joins the turn that runs or is done. Raises `Problem`."""
        if not message.text.strip():
            metrics.REFUSED.labels("empty").inc()
            raise Problem(422, "empty", say("empty"))
        if len(message.text) > self._longest:
            metrics.REFUSED.labels("too_long").inc()
            raise Problem(413, "too_long", say("too_long", limit=self._longest))
        person = self.person(message.channel, message.sender)
        if message.address and not (self._limit.allows(person) and self._addresses.allows(message.address)):
            metrics.REFUSED.labels("too_fast").inc()
            raise Problem(429, "too_fast", say("too_fast"))
        stored, _ = await asyncio.to_thread(
            self._store.accept, message.channel, person, message.message_id, redact(message.text)
        )
        return stored, self._worker.submit(stored)
