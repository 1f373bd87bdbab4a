"""What the fakes of messaging platforms share: an HTTP server in a thread, pushed events with retries, what was sent.

One lock, `Fake.changed`, guards everything: a platform's `answer` runs while holding it, and waiting on it lets go.
"""

from __future__ import annotations

import json
import math
import ssl
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any, Self
from urllib.parse import parse_qsl

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.supervisor import free_port

_WORKERS = 8  # so many events at most are on their way at once
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # webhooks are on loopback, and loading them takes long


@dataclass(frozen=True)
class Button:
    """`value` is what comes back when it is pressed; of a link, its address."""

    title: str
    value: str


@dataclass(frozen=True)
class Sent:
    """A message that the platform accepted from the assistant."""

    user: str
    text: str
    buttons: tuple[Button, ...]
    links: tuple[Button, ...]
    at: float  # time.monotonic()
    raw: dict[str, Any]
    id: str = ""


@dataclass(frozen=True)
class Refused:
    reason: str
    path: str
    raw: dict[str, Any]
    at: float


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


class Refusal(Exception):
    """The platform does not do what was asked; `reason` is for the test's reader."""

    def __init__(self, answer: Answer, reason: str) -> None:
        super().__init__(reason)
        self.answer = answer
        self.reason = reason


@dataclass(frozen=True)
class Upload:
    """A file in a form."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Request:
    verb: str
    path: str
    headers: Mapping[str, str]  # names in lower case
    query: dict[str, str]
    body: bytes

    def fields(self) -> dict[str, Any]:
        """The query and the body's fields, JSON or a form. Raises ValueError for a body that is neither."""
        kind = self.headers.get("content-type", "")
        if not self.body:
            found = {}
        elif kind.startswith("application/json"):
            found = json.loads(self.body)
            if not isinstance(found, dict):
                raise ValueError("the body is not an object")
        elif kind.startswith("multipart/form-data"):
            found = _multipart(kind, self.body)
        else:
            found = dict(parse_qsl(self.body.decode(), keep_blank_values=True))
        return self.query | found


def _multipart(kind: str, body: bytes) -> dict[str, str | Upload]:
    form = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    found: dict[str, str | Upload] = {}
    for part in form.iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        name, filename = str(part.get_param("name", header="content-disposition")), part.get_filename()
        found[name] = Upload(filename, part.get_content_type(), content) if filename else content.decode()
    return found


class Bucket:
    """Lets `burst` messages through at once and `rate` a second on average."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate = rate
        self.burst = burst
        self._level = float(burst)
        self._at = -math.inf

    def remaining(self, now: float) -> int:
        return int(self._level_at(now))

    def wait(self, now: float) -> float:
        """Seconds until the next message may go; 0 when it may go now."""
        return max(0.0, (1 - self._level_at(now)) / self.rate)

    def take(self, now: float) -> None:
        self._level, self._at = self._level_at(now) - 1, now

    def _level_at(self, now: float) -> float:
        return min(self.burst, self._level + (now - self._at) * self.rate)


@dataclass(eq=False)
class Event:
    """Something a user did, as it is pushed."""

    id: str
    body: bytes
    is_repeat: bool = False
    tries: int = 0  # that failed
    due: float = 0.0
    is_in_flight: bool = False


class Pusher:
    """Posts events to a webhook, from when there is one, until it acknowledges them or the schedule ends.

    `headers(event)` signs; `next_try(tries)` gives the seconds to wait after so many failures, None to give up; both
    are called holding the lock. `in_order`: a failing event holds back those behind it.
    """

    def __init__(
        self, changed: threading.Condition, *, headers: Callable[[Event], dict[str, str]],
        next_try: Callable[[int], float | None], acknowledges: Callable[[int], bool], deadline: float,
        time_scale: float = 1.0, parallel: int = 1, in_order: bool = True,
    ) -> None:  # fmt: skip
        self.target: str | None = None
        self.parallel = parallel
        self.in_order = in_order
        self.waiting: list[Event] = []
        self.undelivered: list[Event] = []
        self.acknowledgements: list[tuple[float, int]] = []
        self._changed = changed
        self._headers = headers
        self._next_try = next_try
        self._acknowledges = acknowledges
        self._time_scale = time_scale
        self._stopped = False
        self._threads: list[threading.Thread] = []
        no_reuse = httpx.Limits(max_keepalive_connections=0)  # a restarted assistant is met by a fresh connection
        self._client = httpx.Client(timeout=deadline, limits=no_reuse, trust_env=False, verify=_NO_CERTIFICATES)

    def push(self, event: Event, *, after: float = 0.0) -> None:
        """`after`: so many seconds from now at the earliest, not scaled."""
        with self._changed:
            event.due = time.monotonic() + after
            self.waiting.append(event)
            self._changed.notify_all()

    def post(self, body: bytes, headers: dict[str, str]) -> tuple[float, int]:
        """Seconds until the webhook's answer and its status; 0 when there was none in time."""
        assert self.target, "there is no webhook yet"
        started = time.monotonic()
        try:
            headers = {"Content-Type": "application/json"} | headers
            status = self._client.post(self.target, content=body, headers=headers).status_code
        except httpx.HTTPError:
            status = 0
        return time.monotonic() - started, status

    def start(self) -> None:
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(_WORKERS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join(timeout=0.5)  # one that waits for a webhook's answer is left behind
        self._client.close()

    def _work(self) -> None:
        while event := self._take():
            with self._changed:
                headers = self._headers(event)
            seconds, status = self.post(event.body, headers)
            with self._changed:
                self._settle(event, seconds, status)
                self._changed.notify_all()

    def _take(self) -> Event | None:
        with self._changed:
            while not self._stopped:
                event = min(self._candidates(), key=lambda e: e.due, default=None)
                wait = event.due - time.monotonic() if event else None
                if event and wait is not None and wait <= 0:
                    event.is_in_flight = True
                    return event
                self._changed.wait(wait)
            return None

    def _candidates(self) -> list[Event]:
        if not self.target or sum(e.is_in_flight for e in self.waiting) >= self.parallel:
            return []
        events = self.waiting[:1] if self.in_order else self.waiting
        return [e for e in events if not e.is_in_flight]

    def _settle(self, event: Event, seconds: float, status: int) -> None:
        event.is_in_flight = False
        self.acknowledgements.append((seconds, status))
        if event not in self.waiting:  # dropped meanwhile
            return
        if self._acknowledges(status):
            self.waiting.remove(event)
            return
        event.tries += 1
        delay = self._next_try(event.tries)
        if delay is None:
            self.waiting.remove(event)
            self.undelivered.append(event)
        else:
            event.due = time.monotonic() + delay * self._time_scale


class Fake(ABC):
    """A platform on loopback. `deadline`: seconds a webhook has to answer in."""

    def __init__(self, *, deadline: float, time_scale: float = 1.0, parallel: int = 1, in_order: bool = True) -> None:
        self.changed = threading.Condition()
        self.pusher = Pusher(
            self.changed, headers=self.headers, next_try=self.next_try, acknowledges=self.acknowledges,
            deadline=deadline, time_scale=time_scale, parallel=parallel, in_order=in_order,
        )  # fmt: skip
        self.refused: list[Refused] = []
        self.blocked: set[str] = set()
        self.is_stopped = False
        self._sent: list[Sent] = []
        self._faults: deque[Answer] = deque()
        self._hangs: deque[float] = deque()
        self._events: dict[str, list[Event]] = {}  # by the id that `repeat` names
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        app = Starlette(routes=[Route("/{path:path}", self._endpoint, methods=["GET", "POST"])])
        self._server = uvicorn.Server(
            uvicorn.Config(
                app, host="127.0.0.1", port=port, lifespan="off", log_config=None, access_log=False,
                timeout_graceful_shutdown=1,
            )
        )  # fmt: skip
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Called holding the lock. Raises `Refusal`."""

    @abstractmethod
    def headers(self, event: Event) -> dict[str, str]:
        """The platform's signature."""

    @abstractmethod
    def next_try(self, tries: int) -> float | None:
        """Seconds to wait after so many failures, before `time_scale`; None to give up."""

    def acknowledges(self, status: int) -> bool:
        return status == 200

    @property
    def undelivered(self) -> list[Event]:
        return self.pusher.undelivered

    @property
    def acknowledgements(self) -> list[tuple[float, int]]:
        """(seconds until the webhook's answer, its status or 0) of every push, in order of the answers."""
        return self.pusher.acknowledgements

    def __enter__(self) -> Self:
        self._thread.start()
        self.wait_until(lambda: self._server.started or not self._thread.is_alive(), otherwise="the fake did not start")
        assert self._server.started, "the fake did not start"
        self.pusher.start()
        return self

    def __exit__(self, *error: object) -> None:
        with self.changed:
            self.is_stopped = True
            self.changed.notify_all()
        self.pusher.stop()
        self._server.should_exit = self._server.force_exit = True  # takes uvicorn 0.2 s: nobody need wait

    # The test's side

    def deliver_to(self, webhook_url: str | None) -> None:
        """Where events are pushed; None: nowhere, they wait."""
        with self.changed:
            self.pusher.target = webhook_url
            self.changed.notify_all()

    def sent(self, user_id: int | str | None = None) -> list[Sent]:
        with self.changed:
            return [m for m in self._sent if user_id is None or m.user == str(user_id)]

    def wait_for(self, user_id: int | str, count: int = 1, timeout: float = 20.0) -> list[Sent]:
        """The messages to a user, once there are `count`."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.sent(user_id)) >= count, timeout)
            sent = self.sent(user_id)
        if len(sent) < count:
            texts = "\n".join(f"- {m.text!r}" for m in sent) or "nothing"
            raise AssertionError(f"{len(sent)} of {count} messages to {user_id} within {timeout} s:\n{texts}")
        return sent

    def wait_until(self, is_so: Callable[[], bool], timeout: float = 20.0, otherwise: str = "it did not come") -> None:
        """For anything else of the fake."""
        end = time.monotonic() + timeout
        with self.changed:
            while not is_so():
                assert time.monotonic() < end, otherwise
                self.changed.wait(0.01)

    def wait_until_pushed(self, timeout: float = 20.0) -> None:
        """Until no event waits for the webhook's acknowledgement."""
        self.wait_until(lambda: not self.pusher.waiting, timeout, "events were not acknowledged")

    def repeat(self, message_id: str) -> None:
        """The platform delivers the same events again."""
        with self.changed:
            for event in self._events[message_id]:
                self.pusher.push(Event(event.id, event.body, is_repeat=True))

    def fail_next(self, n: int, error: Answer) -> None:
        """The next n messages are refused with this."""
        with self.changed:
            self._faults.extend([error] * n)

    def hang_next(self, n: int, seconds: float) -> None:
        """The next n messages are accepted, and the answer takes so long."""
        with self.changed:
            self._hangs.extend([seconds] * n)

    def block(self, user_id: int | str) -> None:
        with self.changed:
            self.blocked.add(str(user_id))

    def unblock(self, user_id: int | str) -> None:
        with self.changed:
            self.blocked.discard(str(user_id))

    # The platform's side

    def happen(self, event_id: str, body: dict[str, Any], *, after: float = 0.0) -> None:
        """Pushes what a user did, and keeps it for `repeat`."""
        event = Event(event_id, json.dumps(body, ensure_ascii=False).encode())
        with self.changed:
            self._events.setdefault(event_id, []).append(event)
            self.pusher.push(event, after=after)

    def fail_if_told(self) -> None:
        """Raises the next fault of `fail_next`. For the beginning of a send."""
        if self._faults:
            raise Refusal(self._faults.popleft(), "told to fail")

    def accept(self, message: Sent) -> None:
        """Records what is sent, then waits if `hang_next` says so."""
        self._sent.append(message)
        self.changed.notify_all()
        if self._hangs:
            self.changed.wait_for(lambda: self.is_stopped, self._hangs.popleft())

    async def _endpoint(self, http: HttpRequest) -> Response:
        body = await http.body()
        request = Request(http.method, http.url.path, dict(http.headers), dict(http.query_params), body)
        try:
            answer = await run_in_threadpool(self._answer, request)
        except Refusal as refusal:
            answer = refusal.answer
            if not await http.is_disconnected():  # as a long poll whose process was killed
                await run_in_threadpool(self._note_refusal, request, refusal)
        return JSONResponse(answer.body, status_code=answer.status, headers=answer.headers)

    def _answer(self, request: Request) -> Answer:
        with self.changed:
            return self.answer(request)

    def _note_refusal(self, request: Request, refusal: Refusal) -> None:
        try:
            raw = request.fields()
        except ValueError:
            raw = {}
        with self.changed:
            self.refused.append(Refused(refusal.reason, request.path, raw, time.monotonic()))
            self.changed.notify_all()
