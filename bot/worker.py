"""Turns accepted messages into answers: one conversation in order and one at a time, many side by side."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from actions import choices
from actions.reply import Act, Reply, Status
from actions.texts import say
from bot import metrics
from bot.privacy import HIDDEN
from bot.rasa import Rasa, RasaError, plain_text
from bot.store import Message, Store

log = logging.getLogger(__name__)
_SIDE_BY_SIDE = 32

Replies = list[dict[str, Any]]


class Worker:
    """`submit` gives a future of the replies; `on_answer` is told of every answered person (for the event stream)."""

    def __init__(self, store: Store, rasa: Rasa, *, on_answer: Callable[[str], None] = lambda person: None) -> None:
        self._store = store
        self._rasa = rasa
        self._on_answer = on_answer
        self._waiting: dict[str, deque[tuple[Message, asyncio.Future[Replies]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def start(self) -> None:
        """Takes up what was accepted before a crash."""
        for message in await asyncio.to_thread(self._store.unanswered):
            self.submit(message)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def submit(self, message: Message) -> asyncio.Future[Replies]:
        future: asyncio.Future[Replies] = asyncio.get_running_loop().create_future()
        queue = self._waiting.get(message.person)
        if queue is not None:
            queue.append((message, future))
            return future
        self._waiting[message.person] = deque([(message, future)])
        task = asyncio.create_task(self._drain(message.person))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return future

    async def _drain(self, person: str) -> None:
        queue = self._waiting[person]
        try:
            while queue:
                message, future = queue.popleft()
                async with self._slots:
                    replies = await self._answer(message)
                if not future.done():
                    future.set_result(replies)
                self._on_answer(person)
        finally:
            del self._waiting[person]

    async def _answer(self, message: Message) -> Replies:
        started = time.perf_counter()
        try:
            replies = await self._turn(message)
        except RasaError as error:
            log.error("turn %s failed: %s", message.id, error)
            replies = await self._apologise(message)
        except Exception:  # the conversation must go on, whatever broke: the log has the trace
            log.exception("turn %s failed", message.id)
            replies = await self._apologise(message)
        metrics.TURNS.labels(message.channel, replies[0]["status"] if replies else "none").inc()
        metrics.TURN_SECONDS.observe(time.perf_counter() - started)
        return replies

    async def _turn(self, message: Message) -> Replies:
        earlier = await asyncio.to_thread(self._store.committed, str(message.id))
        if earlier:
            return earlier.replies
        text, metadata = await asyncio.to_thread(self._read, message)
        await self._rasa.send(message.person, text, metadata)
        committed = await asyncio.to_thread(self._store.committed, str(message.id))
        if committed is None:
            raise RasaError("answered without committing")
        if text == f"/{Act.FORGET_ME}":
            await asyncio.to_thread(self._rasa.forget, message.person)
        return committed.replies

    def _read(self, message: Message) -> tuple[str, dict[str, Any]]:
        """What to tell Rasa: the words, or the act of the button they choose."""
        text = message.text or ""
        metadata: dict[str, Any] = {"person": message.person, "message_id": str(message.id)}
        if "secret" in message.redacted:
            return f"/{Act.SECRET}", metadata
        if "number" in message.redacted:
            metadata["redacted"] = True
            text = text.replace(HIDDEN, " ")
        if choices.TOKEN.match(text.strip()):
            command = self._store.command(message.person, text.strip())
            return f"/{command.act if command else Act.CHOOSE}", metadata | {"choice": text.strip()}
        choice = choices.resolve(text, self._store.load(message.person).offered)
        if choice:
            chosen = {"choice": choice.button.payload, "rest": choice.rest}
            return f"/{choice.button.command.act}", metadata | chosen
        return plain_text(text), metadata

    async def _apologise(self, message: Message) -> Replies:
        reply = Reply(say("error"), Status.ERROR)
        try:
            committed = await asyncio.to_thread(self._store.fail, message, reply)
        except SQLAlchemyError:  # the message stays unanswered in the inbox, and is taken up at the next start
            log.exception("turn %s: not even the apology could be stored", message.id)
            return [reply.to_json()]
        return committed.replies
