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
from bot.channels.platform import Halted, Part, Platform, Refused, SendError, TryAgain, Unreachable
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
_FINISH_WITHIN = 5.0  # seconds for what is on its way when the app stops
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
        self._taken: dict[int, int] = {}  # messages that were taken, by answer, until that is noted
        self._is_stopping = False

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
            await self._finish()
            await asyncio.to_thread(self._shared.release, name, self._holder)

    async def _finish(self) -> None:
        """Lets what is on its way arrive and be noted; nothing new is begun."""
        self._is_stopping = True
        tasks = list(self._busy.values())
        if tasks:
            await asyncio.wait(tasks, timeout=_FINISH_WITHIN)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_IDLE):
                await self._news.wait()

    async def _start_due(self) -> None:
        if self._is_halted():
            return
        busy = set(self._busy)  # who is done while we read may stand in what we read
        for answer in await asyncio.to_thread(self._outbox.due, self._platform.name):
            if answer.person not in busy and answer.person not in self._busy:
                task = asyncio.create_task(self._deliver(answer))
                self._busy[answer.person] = task
                task.add_done_callback(lambda _, person=answer.person: self._done(person))  # type: ignore[misc]

    def _is_halted(self) -> bool:
        return asyncio.get_running_loop().time() < self._halted_until

    def _done(self, person: str) -> None:
        self._busy.pop(person, None)
        self.wake()  # the next answer of the same person

    async def _deliver(self, answer: Waiting) -> None:
        async with self._slots:
            if self._is_halted():
                return
            try:
                await self._attempt(answer)
            except Exception:  # the database: what was taken is known here until it can be noted
                log.exception("%s: answer %s", self._platform.name, answer.id)
                await asyncio.sleep(_IDLE)

    async def _attempt(self, answer: Waiting) -> None:
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

    async def _send(self, answer: Waiting) -> None:
        if self._is_too_old(answer) and not answer.is_retried:
            raise Refused("too old to be of use")
        try:
            parts = render(answer.id, answer.replies, self._platform.limits)
        except Exception as error:
            raise TryAgain(f"cannot be written out: {type(error).__name__}") from None
        taken = max(answer.parts_sent, self._taken.get(answer.id, 0))
        for number, part in enumerate(parts[taken:], taken + 1):
            if self._is_stopping or not await asyncio.to_thread(self._outbox.is_waiting, answer.id):
                return
            await self._hand(answer.address, part)
            self._taken[answer.id] = number
            if number < len(parts):
                await asyncio.to_thread(self._outbox.part_sent, answer.id, number)
        await asyncio.to_thread(self._outbox.sent, answer.id)
        self._taken.pop(answer.id, None)
        self._count("sent")

    async def _hand(self, address: str, part: Part) -> None:
        """Raises `SendError`. A bug or a broken line is one, too: the answer is not lost for it."""
        try:
            await self._platform.send(address, part)
        except SendError:
            raise
        except Exception as error:  # its text may quote what was sent
            log.error("%s: %s while sending", self._platform.name, type(error).__name__)
            raise TryAgain(type(error).__name__) from None

    async def _later(self, answer: Waiting, reason: str, after: float | None) -> None:
        if self._is_too_old(answer):
            log.error("%s: answer %s is given up: %s", self._platform.name, answer.id, reason)
            await asyncio.to_thread(self._outbox.dead, answer.id, f"given up: {reason}")
            self._count("dead")
            return
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(answer.attempts, 16))
        pause = max(after or 0.0, pause * random.uniform(0.5, 1.0))
        await asyncio.to_thread(self._outbox.later, answer.id, utc_now() + dt.timedelta(seconds=pause), reason)
        self._count("retried")

    async def _halt(self, answer: Waiting, error: SendError) -> None:
        """Nothing gets through: said once a pause, and everything waits, what is too old excepted."""
        if self._is_too_old(answer):
            return await self._later(answer, str(error), None)
        loop = asyncio.get_running_loop()
        if loop.time() >= self._halted_until:
            log.error("%s is halted for %.0f s: %s", self._platform.name, _HALT, error)
            self._halted_until = loop.time() + _HALT
        at = utc_now() + dt.timedelta(seconds=_HALT)
        await asyncio.to_thread(self._outbox.later, answer.id, at, str(error), counts=False)
        self._count("halted")

    def _is_too_old(self, answer: Waiting) -> bool:
        return utc_now() - answer.created_at > GIVE_UP_AFTER

    def _count(self, outcome: str) -> None:
        metrics.DELIVERIES.labels(self._platform.name, outcome).inc()
