"""A small HTTP server on the loopback interface that answers what a test tells it to."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class FakeHttp:
    """`status` and `body` of the next answers (after `delay` seconds), and the requests that came."""

    def __init__(self) -> None:
        self.url = ""
        self.status = 200
        self.body: bytes = b"[]"
        self.delay = 0.0
        self.requests: list[tuple[str, dict[str, str], Any]] = []

    def says(self, value: object, status: int = 200) -> None:
        self.status, self.body = status, json.dumps(value).encode()


@contextmanager
def serving() -> Iterator[FakeHttp]:
    fake = FakeHttp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

        def _answer(self, body: Any) -> None:
            fake.requests.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(fake.delay)
            self.send_response(fake.status)
            self.send_header("content-length", str(len(fake.body)))
            self.end_headers()
            with suppress(BrokenPipeError):  # the client did not wait
                self.wfile.write(fake.body)

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
