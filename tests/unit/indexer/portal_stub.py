"""A portal on loopback: the two calls that `indexer sync` makes, in the real portal's shape, and its bad habits.

Answers 201 with an envelope, refuses GET and bodies that are not JSON, pages by `lastId` and `limit`.
"""

from __future__ import annotations

import datetime as dt
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from indexer.portal_client import PortalClient
from indexer.sync import Summary, SyncStore, sync
from knowledge.portal import read_raw_records
from tests.unit.knowledge.samples import fee_line, method, portal_record, uuid

COUNT = 40
IDS = [uuid(100 + i) for i in range(COUNT)]
CODES = [f"1.9{i:05}" for i in range(COUNT)]

LIST = "/submitting/formality/list-all-public-formality-by-citizen"
DETAIL = "/configuring/formality/get-formality-by-citizen"
_LISTED = ("id", "code", "name", "state", "type")
Raw = dict[str, Any]
_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading them takes longer than a sync


@dataclass(frozen=True)
class Answer:
    """What the portal says in place of the right thing."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)
    announced: int | None = None  # a Content-Length beyond the body: the connection then breaks off

    @classmethod
    def envelope(cls, data: object, *, code: str = "OK", status: int = 201, **headers: str) -> Answer:
        body = json.dumps({"code": code, "message": code, "data": data}, ensure_ascii=False).encode()
        return cls(status, body, {"Content-Type": "application/json; charset=utf-8", **headers})


HTML = {"Content-Type": "text/html; charset=utf-8"}
REJECTED = Answer(
    200,
    b"<html><head><title>Request Rejected</title></head><body>The requested URL was rejected. "
    b"Please consult with your administrator.<br><br>Your support ID is: 1234567890</body></html>",
    HTML,
)
BROKEN = Answer(500, b"<html><body>Internal Server Error</body></html>", HTML)
TRUNCATED = Answer(201, b'{"code":"OK","message":"OK","data":{"id":"019d0000-', {"Content-Type": "application/json"})
BROKEN_OFF = Answer(201, b'{"code":"OK","mess', {"Content-Type": "application/json"}, announced=5000)
NOT_OK = Answer.envelope(None, code="INTERNAL_ERROR")
NO_RECORD = Answer.envelope(None)
NOT_FOUND = Answer.envelope(None, code="NOT_FOUND", status=404)
EMPTY = Answer(200, b"")


def busy(retry_after: str, status: int = 503) -> Answer:
    return Answer(status, b"<html><body>Busy</body></html>", {**HTML, "Retry-After": retry_after})


@dataclass(frozen=True)
class Request:
    path: str
    body: Any
    headers: dict[str, str]
    at: float
    beside: int  # requests that were being answered when this one came


def procedures(count: int, **changes: Any) -> list[Raw]:
    """Invented procedures in the portal's raw shape, with fees to change."""
    animals = ("bồ câu", "vịt trời", "ong mật", "dế mèn", "cá chép", "trâu", "nhím", "tằm")
    return [
        portal_record(
            id=uuid(100 + i),
            code=f"1.9{i:05}",
            name=f"Đăng ký nuôi {animals[i % len(animals)]} số {i}",
            executionMethods=[method(fees=[fee_line(10_000 + i, "Mỗi chuồng")])],
            updatedAt=1_776_242_191_512 + i,
            **changes,
        )
        for i in range(count)
    ]


class PortalStub:
    """Serves `records`. What is in `next_answers` comes first, whatever is asked; `on_detail` is about one id."""

    def __init__(self, records: list[Raw]) -> None:
        self.records = {r["id"]: r for r in records}
        self.entries = [self.entry(r) for r in records]
        self.page = 100  # at most so many entries in an answer, whatever limit is asked for
        self.total: Any = None  # what the list says; None: the truth
        self.repeats = 0  # so many entries of a page come again at the head of the following one
        self.cursor: str | None = None  # what every page says as `lastId`; None: the last entry's id
        self.delay = 0.0
        self.next_answers: list[Answer] = []
        self.always: Answer | None = None
        self.details_before: tuple[int, Answer] | None = None  # so many details are served, then always this
        self.on_detail: dict[str, Answer] = {}
        self.requests: list[Request] = []
        self._answering = 0
        self._lock = threading.Lock()
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True  # or every answer takes 40 ms

            def do_POST(self) -> None:
                with stub._answering_one(self) as body:
                    stub._send(self, stub._answer(self.path, body))

            def do_GET(self) -> None:
                stub._send(self, Answer.envelope(None, code="METHOD_NOT_ALLOWED", status=405))

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @contextmanager
    def running(self) -> Iterator[PortalStub]:
        thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join()

    @staticmethod
    def entry(record: Raw) -> Raw:
        """What the list shows of a record: no date, no fee, nothing of the dossier."""
        department = record.get("departmentPromulgateName", "")
        return {name: record.get(name) for name in _LISTED} | {"categories": [], "departmentPromulgate": department}

    def change(self, uuid: str, *, listed: bool = True, **fields: Any) -> None:
        """Another record from now on; `listed`: the list shows it, as far as it shows such fields."""
        self.records[uuid] = self.records[uuid] | fields
        if listed:
            self.entries = [self.entry(self.records[uuid]) if e["id"] == uuid else e for e in self.entries]

    def add(self, *records: Raw) -> None:
        self.records |= {r["id"]: r for r in records}
        self.entries += [self.entry(r) for r in records]

    def remove(self, *uuids: str) -> None:
        self.entries = [e for e in self.entries if e["id"] not in uuids]
        self.records = {key: r for key, r in self.records.items() if key not in uuids}

    def details(self) -> list[str]:
        """The ids that were asked for, in order."""
        return [r.body["id"] for r in self.requests if r.path == DETAIL]

    def pages(self) -> list[str]:
        """The cursors that were asked for, in order."""
        return [r.body["lastId"] for r in self.requests if r.path == LIST]

    @contextmanager
    def _answering_one(self, handler: BaseHTTPRequestHandler) -> Iterator[Any]:
        raw = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw)
        except ValueError:
            body = None
        with self._lock:
            request = Request(handler.path, body, dict(handler.headers), time.monotonic(), self._answering)
            self.requests.append(request)
            self._answering += 1
        try:
            yield body
        finally:
            with self._lock:
                self._answering -= 1

    def _answer(self, path: str, body: Any) -> Answer:
        time.sleep(self.delay)
        if not isinstance(body, dict):
            return Answer.envelope(None, code="BAD_REQUEST", status=400)
        if self.next_answers:
            return self.next_answers.pop(0)
        if self.always:
            return self.always
        if path == LIST:
            return Answer.envelope(self._page_of(body))
        if path == DETAIL:
            return self._detail(body["id"])
        return Answer.envelope(None, code="NOT_FOUND", status=404)

    def _detail(self, uuid: str) -> Answer:
        if self.details_before and len(self.details()) > self.details_before[0]:
            return self.details_before[1]
        if uuid in self.on_detail:
            return self.on_detail[uuid]
        record = self.records.get(uuid)
        return Answer.envelope(record) if record else NOT_FOUND

    def _page_of(self, body: Raw) -> Raw:
        ids = [e.get("id") for e in self.entries]
        start = ids.index(body["lastId"]) + 1 if body["lastId"] in ids else 0
        again = self.repeats if start else 0
        items = self.entries[start : start + min(self.page, body["limit"])]
        last = items[-1].get("id") if items else body["lastId"]
        if items:
            items = self.entries[start - again : start] + items
        total = len(self.entries) if self.total is None else self.total
        return {"items": items, "lastId": last if self.cursor is None else self.cursor, "total": total}

    @staticmethod
    def _send(handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(answer.announced or len(answer.body)))
        if answer.announced:
            handler.send_header("Connection", "close")
            handler.close_connection = True
        handler.end_headers()
        with suppress(OSError):  # who asked did not wait
            handler.wfile.write(answer.body)


@dataclass
class Syncer:
    """Runs syncs against a stub, day by day, in a folder of its own. Waits are noted and not waited for."""

    stub: PortalStub
    folder: Path
    day: dt.date = dt.date(2026, 8, 1)
    waits: list[float] = field(default_factory=list)
    progress: list[tuple[int, int]] = field(default_factory=list)

    def client(self, *, pause: float = 0.5, timeout: float = 5) -> PortalClient:
        http = httpx.Client(base_url=self.stub.url, timeout=timeout, verify=_NO_CERTIFICATES)
        return PortalClient(http, pause=pause, sleep=self.waits.append)

    @contextmanager
    def store(self) -> Iterator[SyncStore]:
        store = SyncStore(self.folder / "sync.sqlite")
        try:
            yield store
        finally:
            store.close()

    def run(self, *, days_later: int = 0, **options: Any) -> Summary:
        """One run of a process of its own; the stub's notes begin anew."""
        self.day += dt.timedelta(days=days_later)
        self.stub.requests.clear()
        self.waits.clear()
        self.progress.clear()
        with self.store() as store:
            return sync(
                self.client(), store, self.target, today=self.day,
                progress=lambda done, total: self.progress.append((done, total)), **options,
            )  # fmt: skip

    @property
    def target(self) -> Path:
        return self.folder / "data" / f"procedures-{self.day}.jsonl.gz"

    def written(self) -> dict[str, Raw]:
        """The day's file by id, each record without the day it was read."""
        rows = list(read_raw_records(self.target))
        records = {row["id"]: row for row in rows if isinstance(row, dict)}
        assert len(records) == len(rows), "a record came twice, or cannot be read"
        return {key: {k: v for k, v in record.items() if k != "fetchedOn"} for key, record in records.items()}

    def read_on(self) -> dict[str, str]:
        """code → the day that the day's file names."""
        return {row["code"]: row["fetchedOn"] for row in read_raw_records(self.target) if isinstance(row, dict)}

    def files(self) -> dict[str, bytes]:
        """Everything that a build could take, half-written files too."""
        return {f.name: f.read_bytes() for f in (self.folder / "data").glob("*")}
