"""Turns accepted messages into answers: one conversation in order and one at a time, many side by side.

What is to be answered stands in the inbox; memory only holds who waits for it. On messaging platforms messages that
come within a moment of one another form one turn: people write "em muốn", "làm giấy khai sinh", "cần gì ạ".
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from actions import choices
from actions.reply import Act, Reply, Status
from actions.texts import say
from bot import metrics
from bot.asides import Asides
from bot.channels.kinds import Kind
from bot.privacy import HIDDEN
from bot.rasa import Rasa, RasaError, plain_text
from bot.shared import Shared
from bot.store import Message, Store

log = logging.getLogger(__name__)
_SIDE_BY_SIDE = 32
_LONGEST_GATHERING = 3  # times the pause: who never stops writing is answered in between
_LEASE = 60.0  # seconds a conversation is one process's without word from it
_REPEATED = set(Kind) - {Kind.TEXT, Kind.ACT, Kind.MORE, Kind.TICKET, Kind.LOCATION}  # ten of them need one answer
_SWEEP = 20.0  # seconds between looks for what was left behind
_DATABASE_PAUSE = 1.0  # seconds

Replies = list[dict[str, Any]]


@dataclass
class _Conversation:
    """Who waits for which message's answer, and when the last one came."""

    futures: dict[int, list[asyncio.Future[Replies]]] = field(default_factory=lambda: defaultdict(list))
    began: float = 0.0
    last: float = 0.0
    holder: str = field(default_factory=lambda: secrets.token_hex(8))  # of its lease


class Worker:
    """`submit` gives a future of the replies; `on_answer` is told of every answered person.

    `gather`: by channel, the pause in seconds after which a person has said what they wanted to say. Those channels
    are patient, too: while Rasa is away a turn is tried again for `patience` seconds before it is apologised for.
    `shared`: given where several processes work on one database.
    """

    def __init__(
        self,
        store: Store,
        rasa: Rasa,
        asides: Asides,
        *,
        on_answer: Callable[[str], None] = lambda person: None,
        gather: Mapping[str, float] | None = None,
        patience: float = 60.0,
        shared: Shared | None = None,
    ) -> None:
        self._store = store
        self._rasa = rasa
        self._asides = asides
        self._on_answer = on_answer
        self._gather = gather or {}
        self._patience = patience
        self._shared = shared
        self._conversations: dict[str, _Conversation] = {}
        self._given_up: set[int] = set()  # not even the apology could be stored: for the next start
        self._tasks: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(_SIDE_BY_SIDE)

    async def start(self) -> None:
        """Takes up what was accepted before a crash."""
        await self._take_up()
        self._keep(asyncio.create_task(self._sweep()))

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def submit(self, message: Message) -> asyncio.Future[Replies]:
        future: asyncio.Future[Replies] = asyncio.get_running_loop().create_future()
        now = time.monotonic()
        conversation = self._conversations.get(message.person)
        if conversation is None:
            conversation = self._conversations[message.person] = _Conversation(began=now)
            self._keep(asyncio.create_task(self._converse(message.person, conversation)))
        conversation.futures[message.id].append(future)
        conversation.last = now
        return future

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _sweep(self) -> None:
        """For what another process left behind, or a database that was away kept from being answered."""
        while True:
            await asyncio.sleep(_SWEEP)
            try:
                await self._take_up()
            except SQLAlchemyError:
                log.exception("the inbox could not be read")

    async def _take_up(self) -> None:
        for message in await asyncio.to_thread(self._store.unanswered):
            if message.person not in self._conversations:
                self.submit(message)

    # One conversation

    async def _converse(self, person: str, conversation: _Conversation) -> None:
        try:
            while True:
                try:
                    turn = await self._next_turn(person, conversation)
                except SQLAlchemyError:  # a database that is away comes back
                    log.exception("the inbox could not be read")
                    await asyncio.sleep(_DATABASE_PAUSE)
                    continue
                if not turn:
                    return
                replies = await self._answer(turn, conversation)
                for message in turn:
                    _tell(conversation.futures.pop(message.id, ()), replies)
                self._on_answer(person)
                conversation.began = time.monotonic()
        finally:
            del self._conversations[person]
            if self._shared:
                await asyncio.to_thread(self._shared.release, _lease(person), conversation.holder)

    async def _next_turn(self, person: str, conversation: _Conversation) -> list[Message]:
        """The next messages to answer together, settled in the inbox; none where nothing is left and nobody waits."""
        while True:
            await self._own(person, conversation)
            asked = list(conversation.futures)  # before we look: what comes meanwhile is looked for next time
            waiting = [m for m in await asyncio.to_thread(self._store.unanswered, person) if self._is_open(m)]
            if not waiting:
                if not conversation.futures:
                    return []
                await self._answered_before(asked, conversation)
                continue
            pause = self._pause(waiting[0], conversation)
            if pause <= 0:
                break
            await asyncio.sleep(pause)
        turn = _together(waiting) if waiting[0].channel in self._gather else waiting[:1]
        if len(turn) > 1:
            await asyncio.to_thread(self._store.join, turn)
        return turn

    def _is_open(self, message: Message) -> bool:
        return message.id not in self._given_up

    async def _own(self, person: str, conversation: _Conversation) -> None:
        """Until this process is the one that may go on with the conversation."""
        while self._shared:
            if await asyncio.to_thread(self._shared.lease, _lease(person), conversation.holder, _LEASE):
                return
            await asyncio.sleep(0.2)

    async def _answered_before(self, asked: Sequence[int], conversation: _Conversation) -> None:
        """Those who wait for what was answered already: by another process, or since the message is a repeat."""
        for number in asked:
            earlier = await asyncio.to_thread(self._store.committed, str(number))
            _tell(conversation.futures.pop(number, ()), earlier.replies if earlier else [])

    def _pause(self, first: Message, conversation: _Conversation) -> float:
        """Seconds to wait for more of the same; none for a button, or for what was settled before a crash."""
        pause = self._gather.get(first.channel, 0.0)
        if not pause or first.turn or not (_is_words(first) or first.kind in _REPEATED):
            return 0.0
        now = time.monotonic()
        until = min(conversation.last + pause, conversation.began + pause * _LONGEST_GATHERING)
        return until - now

    # One turn

    async def _answer(self, turn: Sequence[Message], conversation: _Conversation) -> Replies:
        started = time.perf_counter()
        message = _joined(turn)
        try:
            replies = await self._patiently(message, conversation)
        except RasaError as error:
            log.error("turn %s failed: %s", message.id, error)
            replies = await self._apologise(message)
        except Exception:  # the conversation must go on, whatever broke: the log has the trace
            log.exception("turn %s failed", message.id)
            replies = await self._apologise(message)
        metrics.TURNS.labels(message.channel, replies[0]["status"] if replies else "none").inc()
        metrics.TURN_SECONDS.observe(time.perf_counter() - started)
        return replies

    async def _patiently(self, message: Message, conversation: _Conversation) -> Replies:
        patience = self._patience if message.channel in self._gather else 0.0
        until = time.monotonic() + patience
        pause = 0.5
        while True:
            await self._own(message.person, conversation)
            try:
                async with self._slots:
                    return await self._turn(message)
            except RasaError as error:
                if time.monotonic() + pause > until:
                    raise
                log.warning("turn %s is tried again: %s", message.id, error)
            await asyncio.sleep(pause)
            pause = min(2 * pause, 5.0)

    async def _turn(self, message: Message) -> Replies:
        earlier = await asyncio.to_thread(self._store.committed, str(message.id))
        if earlier:
            if await asyncio.to_thread(self._store.is_receipt, message.id):  # Rasa failed after the commit
                await asyncio.to_thread(self._rasa.forget, message.person)
            return earlier.replies
        if not await asyncio.to_thread(self._store.has, message.id):
            return await self._forgotten(message)
        if await self._is_with_a_person(message):
            await asyncio.to_thread(self._store.dismiss, message.id)
            return []
        if message.kind not in (Kind.TEXT, Kind.ACT):
            return (await asyncio.to_thread(self._asides.answer, message)).replies
        text, metadata = await asyncio.to_thread(self._read, message)
        await self._rasa.send(message.person, text, metadata)
        committed = await asyncio.to_thread(self._store.committed, str(message.id))
        if committed is None and not await asyncio.to_thread(self._store.has, message.id):
            return await self._forgotten(message)
        if committed is None:
            raise RasaError("answered without committing")
        if text == f"/{Act.FORGET_ME}" and "choice" in metadata:  # confirmed
            await asyncio.to_thread(self._rasa.forget, message.person)
        return committed.replies

    async def _forgotten(self, message: Message) -> Replies:
        """Its person was forgotten while it was read, or has the receipt already: Rasa keeps nothing of it either."""
        await asyncio.to_thread(self._rasa.forget, message.person)
        return []

    async def _is_with_a_person(self, message: Message) -> bool:
        """Whether a person answers this. The wish to be forgotten is the assistant's all the same."""
        if not await asyncio.to_thread(self._store.is_with_a_person, message.person):
            return False
        text, _ = await asyncio.to_thread(self._read, message) if message.kind in (Kind.TEXT, Kind.ACT) else ("", {})
        return text != f"/{Act.FORGET_ME}"

    def _read(self, message: Message) -> tuple[str, dict[str, Any]]:
        """What to tell Rasa: the words, or the act of the button they choose."""
        text = message.text or ""
        metadata: dict[str, Any] = {"person": message.person, "message_id": str(message.id)}
        if message.kind == Kind.ACT:
            return f"/{Act(text)}", metadata
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
            self._given_up.add(message.id)
            return [reply.to_json()]
        return committed.replies


def _together(waiting: Sequence[Message]) -> list[Message]:
    """The first message and those answered with it: as settled before, or words after words, sticker after sticker."""
    first = waiting[0]
    if first.turn:
        return [m for m in waiting if m.turn == first.turn]
    if not _is_words(first) and first.kind not in _REPEATED:
        return [first]
    return list(takewhile(lambda m: m.kind == first.kind and not m.turn and _is_words(m) == _is_words(first), waiting))


def _joined(turn: Sequence[Message]) -> Message:
    """One message with all their words, under the first one's id."""
    if len(turn) == 1:
        return turn[0]
    redacted = tuple(dict.fromkeys(kind for message in turn for kind in message.redacted))
    return replace(turn[0], text="\n".join(m.text for m in turn if m.text), redacted=redacted)


def _is_words(message: Message) -> bool:
    return message.kind == Kind.TEXT and not choices.TOKEN.match((message.text or "").strip())


def _tell(futures: Sequence[asyncio.Future[Replies]], replies: Replies) -> None:
    for future in futures:
        if not future.done():
            future.set_result(replies)


def _lease(person: str) -> str:
    return f"talk:{person}"
