"""What every channel does with a message: check it, hide what must not be kept, store it, hand it to the worker."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Any

from actions.texts import say
from bot import metrics
from bot.channels.kinds import Kind
from bot.channels.rendering import MORE
from bot.limits import RateLimit
from bot.privacy import Redacted, person_key, redact
from bot.problems import Problem
from bot.rasa import Rasa
from bot.store import Message, Store
from bot.tickets import code_in
from bot.worker import Worker
from knowledge.text import nfc

_LONGEST_KEY = 128  # characters


@dataclass(frozen=True)
class IncomingMessage:
    """A message as a channel got it. `sender` is the platform's id, which goes no further than this module."""

    channel: str
    sender: str
    text: str
    message_id: str
    address: str | None = None  # where the request came from; None where no limit applies
    kind: Kind = Kind.TEXT
    reply_to: str = ""  # where a messaging platform wants the answer sent


class Intake:
    def __init__(
        self,
        store: Store,
        worker: Worker,
        rasa: Rasa,
        *,
        secret: str,
        longest: int,
        limit: RateLimit,
        addresses: RateLimit,
    ) -> None:
        self._store = store
        self._worker = worker
        self._rasa = rasa
        self._secret = secret
        self._longest = longest
        self._limit = limit
        self._addresses = addresses  # many people may share one: a post office, a school

    def person(self, channel: str, sender: str) -> str:
        return person_key(self._secret, channel, writable(sender))

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
        kind, text = self._read(message)
        stored, _ = await asyncio.to_thread(
            self._store.accept, message.channel, person, message.message_id, _safe(kind, text), kind=kind.value
        )
        return stored, self._worker.submit(stored)

    async def take(self, message: IncomingMessage) -> bool:
        """A messaging platform's message, which is never refused: what cannot be read is answered with why.

        Returns when it is stored, so that the platform may be told that it arrived; False for a repeat.
        """
        person = self.person(message.channel, message.sender)
        message_id = _short(message.message_id)
        if await asyncio.to_thread(self._store.knows, message.channel, person, message_id):
            return False
        kind, text = self._read(message)
        if not self._limit.allows(person):
            metrics.REFUSED.labels("too_fast").inc()
            kind, text = Kind.TOO_FAST, ""
        stored, is_new = await asyncio.to_thread(
            self._store.accept, message.channel, person, message_id, _safe(kind, text),
            kind=kind.value, address=_short(message.reply_to),
        )  # fmt: skip
        if is_new:
            self._worker.submit(stored)
        return is_new

    async def forget(self, channel: str, sender: str) -> int:
        """Deletes everything about a person, at the platform's word; the number of rows."""
        person = self.person(channel, sender)
        count = await asyncio.to_thread(self._store.forget, person, keep_inbox=False)
        return count + await asyncio.to_thread(self._rasa.forget, person)

    async def hand_over(self, channel: str, sender: str, seconds: float) -> None:
        """A person answers from the platform's own inbox for so long; 0 gives the conversation back.

        `sender` is the address as well, as it is on Zalo, the one platform with such an inbox.
        """
        person = self.person(channel, sender)
        await asyncio.to_thread(self._store.hand_over, person, seconds, channel=channel, address=sender)

    async def reachable(self, channel: str, sender: str, is_reachable: bool) -> None:
        why_not = "" if is_reachable else "blocked by the person"
        await asyncio.to_thread(self._store.mark_reachable, self.person(channel, sender), why_not)

    def _read(self, message: IncomingMessage) -> tuple[Kind, str]:
        """Words that are none, or too many, are of another kind, and nothing of them is kept; so is a ticket's code."""
        text = writable(message.text)
        if message.kind is not Kind.TEXT:
            return message.kind, text
        if text.strip() == MORE:
            return Kind.MORE, ""
        ticket = code_in(text)
        if ticket is not None:
            return Kind.TICKET, ticket
        if not nfc(text).strip():
            return Kind.EMPTY, ""
        if len(text) > self._longest:
            return Kind.TOO_LONG, ""
        return Kind.TEXT, text


def writable(text: str) -> str:
    """Without what no database takes: halves of emoji, and the character of code 0."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\x00", "")


def _short(key: str) -> str:
    """An id as it is, unless it is longer than any platform's: then a digest that fits the database."""
    key = writable(key)
    return key if len(key) <= _LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


def _safe(kind: Kind, text: str) -> Redacted:
    """What may be stored; a ticket's code holds nothing about anybody, though it can look like a passport's number."""
    return Redacted(text) if kind is Kind.TICKET else redact(text)
