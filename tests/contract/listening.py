"""A channel's webhook behind a real web server, and an intake that only keeps what it is given."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar

import uvicorn
from fastapi import FastAPI

from bot.channels.intake import IncomingMessage
from bot.channels.platform import Channel
from bot.supervisor import free_port

T = TypeVar("T")
C = TypeVar("C", bound=Channel)


class Recorder:
    """`messages` that were taken, and the other `calls`. `faults` are raised first, each for one message."""

    def __init__(self) -> None:
        self.messages: list[IncomingMessage] = []
        self.calls: list[tuple[Any, ...]] = []
        self.faults: deque[Exception] = deque()
        self._changed = threading.Condition()

    async def take(self, message: IncomingMessage) -> bool:
        with self._changed:
            if self.faults:
                raise self.faults.popleft()
            self.messages.append(message)
            self._changed.notify_all()
        return True

    async def forget(self, channel: str, sender: str) -> int:
        return self._note("forget", channel, sender)

    async def hand_over(self, channel: str, sender: str, seconds: float) -> None:
        self._note("hand over", channel, sender, seconds)

    async def reachable(self, channel: str, sender: str, is_reachable: bool) -> None:
        self._note("reachable", channel, sender, is_reachable)

    def of(self, sender: str) -> list[IncomingMessage]:
        with self._changed:
            return [m for m in self.messages if m.sender == sender]

    def wait_for(self, sender: str, count: int = 1, timeout: float = 5.0) -> list[IncomingMessage]:
        """What a sender wrote, once there are so many messages."""
        with self._changed:
            self._changed.wait_for(lambda: len(self.of(sender)) >= count, timeout)
        found = self.of(sender)
        assert len(found) >= count, f"{len(found)} of {count} messages from {sender}"
        return found

    def _note(self, *call: Any) -> int:
        with self._changed:
            self.calls.append(call)
            self._changed.notify_all()
        return 1


class Listening(Generic[C]):
    def __init__(self, url: str, channel: C) -> None:
        self.url = url
        self.channel = channel
        self.loop: asyncio.AbstractEventLoop | None = None

    def do(self, work: Coroutine[Any, Any, T], timeout: float = 10.0) -> T:
        """Runs it where the channel lives."""
        assert self.loop
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)


@contextmanager
def listening(make: Callable[[str], C]) -> Iterator[Listening[C]]:
    """`make` gets the server's address. The channel is not started yet, but stopped at the end."""
    port = free_port()
    running = Listening(f"http://127.0.0.1:{port}", make(f"http://127.0.0.1:{port}"))
    app = FastAPI()
    app.include_router(running.channel.routes())
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, lifespan="off", log_config=None, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)

    async def serve() -> None:
        running.loop = asyncio.get_running_loop()
        await server.serve()

    thread = threading.Thread(target=asyncio.run, args=(serve(),), daemon=True)
    thread.start()
    end = time.monotonic() + 10
    while not server.started:
        assert thread.is_alive(), "the channel's server did not start"
        assert time.monotonic() < end, "the channel's server did not start in time"
        time.sleep(0.005)
    try:
        yield running
    finally:
        running.do(running.channel.stop())
        server.should_exit = True
        thread.join(5)
