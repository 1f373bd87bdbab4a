"""From the outbox to a messaging platform: each person's answers in order, many people side by side.

What a platform took is noted message by message, so that a retry goes on after it. Only where the process dies between
the platform's taking a message and the note of it can a message go out twice: the platforms know no key to tell.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import random
import secrets
from contextlib import suppress

from bot import metrics
from bot.channels.platform import Halted, Platform, Refused, SendError, TryAgain, Unreachable
from bot.channels.rendering import render
from bot.outbox import Outbox, Waiting
from bot.shared import Shared
from bot.store import utc_now

log = logging.getLogger(__name__)
GIVE_UP_AFTER = dt.timedelta(hours=24)  # an answer as old as that helps nobody
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0  # seconds
_HALT = 60.0  # seconds until a channel that nothing gets through is tried again
_IDLE = 1.0  # seconds between looks where nobody wakes us
_LEASE = 30.0
_SIDE_BY_SIDE = 16


class Delivery:
    """`run` until cancelled; `wake` when there is something new. One process at a time delivers for a platform."""

    def __init__(self, platform: Platform, outbox: Outbox, shared: Shared) -> None:
        self._platform = platform
        self._outbox = outbox
        self._shared = shared
        self._holder = secrets.token_hex(8)
        self._news = asyncio.Event()
        self._busy: dict[str, asyncio.Task[None]] = {}
        self._slots = asyncio.Semaphore(_SIDE_BY_SIDE)
        self._halted_until = 0.0

    def wake(self) -> None:
        self._news.set()

    async def run(self) -> None:
        name = f"deliver:{self._platform.name}"
        try:
            while True:
                self._news.clear()
                try:
                    if await asyncio.to_thread(self._shared.lease, name, self._holder, _LEASE):
                        await self._start_due()
                except Exception:  # a database that is away comes back
                    log.exception("%s: the outbox could not be read", self._platform.name)
                await self._wait()
        finally:
            for task in self._busy.values():
                task.cancel()
            await asyncio.gather(*self._busy.values(), return_exceptions=True)
            await asyncio.to_thread(self._shared.release, name, self._holder)

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE):
                await self._news.wait()

    async def _start_due(self) -> None:
        if asyncio.get_running_loop().time() < self._halted_until:
            return
        busy = set(self._busy)  # who is done while we read may stand in what we read
        for answer in await asyncio.to_thread(self._outbox.due, self._platform.name):
            if answer.person not in busy and answer.person not in self._busy:
                task = asyncio.create_task(self._deliver(answer))
                self._busy[answer.person] = task
                task.add_done_callback(lambda _, person=answer.person: self._done(person))  # type: ignore[misc]

    def _done(self, person: str) -> None:
        self._busy.pop(person, None)
        self.wake()  # the next answer of the same person

    async def _deliver(self, answer: Waiting) -> None:
        async with self._slots:
            try:
                await self._send(answer)
            except Unreachable as error:
                await asyncio.to_thread(self._outbox.unreachable, answer.person, str(error))
                self._count("unreachable")
            except Refused as error:
                log.error("%s: answer %s is a dead letter: %s", self._platform.name, answer.id, error)
                await asyncio.to_thread(self._outbox.dead, answer.id, str(error))
                self._count("dead")
            except Halted as error:
                await self._halt(answer, error)
            except TryAgain as error:
                await self._later(answer, str(error), error.after)
            except Exception as error:  # a bug or a broken line: the answer is not lost for it
                log.exception("%s: answer %s", self._platform.name, answer.id)
                await self._later(answer, type(error).__name__, None)

    async def _send(self, answer: Waiting) -> None:
        parts = render(answer.id, answer.replies, self._platform.limits)
        for number, part in enumerate(parts[answer.parts_sent :], answer.parts_sent + 1):
            await self._platform.send(answer.address, part)
            if number < len(parts):
                await asyncio.to_thread(self._outbox.part_sent, answer.id, number)
        await asyncio.to_thread(self._outbox.sent, answer)
        self._count("sent")

    async def _later(self, answer: Waiting, reason: str, after: float | None) -> None:
        if utc_now() - answer.created_at > GIVE_UP_AFTER:
            log.error("%s: answer %s is given up: %s", self._platform.name, answer.id, reason)
            await asyncio.to_thread(self._outbox.dead, answer.id, f"given up: {reason}")
            self._count("dead")
            return
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(answer.attempts, 16))
        pause = max(after or 0.0, pause * random.uniform(0.5, 1.0))
        await asyncio.to_thread(self._outbox.later, answer.id, utc_now() + dt.timedelta(seconds=pause), reason)
        self._count("retried")

    async def _halt(self, answer: Waiting, error: SendError) -> None:
        """Nothing gets through: said once a pause, and everything waits."""
        loop = asyncio.get_running_loop()
        if loop.time() >= self._halted_until:
            log.error("%s is halted for %.0f s: %s", self._platform.name, _HALT, error)
            self._halted_until = loop.time() + _HALT
        at = utc_now() + dt.timedelta(seconds=_HALT)
        await asyncio.to_thread(self._outbox.later, answer.id, at, str(error), counts=False)
        self._count("halted")

    def _count(self, outcome: str) -> None:
        metrics.DELIVERIES.labels(self._platform.name, outcome).inc()
