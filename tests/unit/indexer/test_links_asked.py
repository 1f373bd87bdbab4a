"""Asked whether it answers, each link is requested once, one after another, by a client that says who it is."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from bot.supervisor import free_port
from indexer.links import AGENT, ask_each

_NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading them takes longer than the test


@contextmanager
def site() -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """/404 and /500 answer so; /no-head knows no HEAD; /old has moved to /new. Gives its URL and what was asked."""
    asked: list[tuple[str, str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            asked.append((self.command, self.path, self.headers["User-Agent"]))
            refused = self.command == "HEAD" and self.path.startswith("/no-head")
            status = {"/404": 404, "/500": 500, "/old": 301, "/no-head-404": 404, "/no-head-501": 200}.get(
                self.path, 200
            )
            status = (501 if self.path.endswith("501") else 405) if refused else status
            self.send_response(status)
            if status == 301:
                self.send_header("Location", "/new")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def ask(*urls: str, **more):
    client = httpx.Client(timeout=5, follow_redirects=True, verify=_NO_CERTIFICATES)
    return list(ask_each(urls, client=client, sleep=lambda _: None, **more))


@pytest.mark.parametrize(
    ("path", "status", "is_good", "methods"),
    [
        ("/page", 200, True, ["HEAD"]),
        ("/no-head", 200, True, ["HEAD", "GET"]),
        ("/no-head-501", 200, True, ["HEAD", "GET"]),
        ("/no-head-404", 404, False, ["HEAD", "GET"]),
        ("/404", 404, False, ["HEAD"]),
        ("/500", 500, False, ["HEAD"]),
    ],
)
def test_head_is_enough_unless_it_is_refused(path, status, is_good, methods):
    with site() as (url, asked):
        (answer,) = ask(url + path)
    assert (answer.url, answer.status, answer.is_good, answer.note) == (url + path, status, is_good, "")
    assert [method for method, _, _ in asked] == methods


def test_where_a_page_has_moved_is_noted():
    with site() as (url, _):
        (answer,) = ask(f"{url}/old")
    assert (answer.url, answer.status, answer.note) == (f"{url}/old", 200, f"moved to {url}/new")
    assert answer.is_good


def test_no_answer_is_told_and_the_next_is_still_asked():
    with site() as (url, _):
        nobody, good = ask(f"http://127.0.0.1:{free_port()}/", f"{url}/page")
    assert (nobody.status, nobody.is_good, nobody.note) == (None, False, "ConnectError")
    assert good.is_good


def test_between_two_requests_there_is_a_pause_and_none_before_the_first():
    with site() as (url, asked):
        slept: list[float] = []
        client = httpx.Client(verify=_NO_CERTIFICATES)
        answers = ask_each([f"{url}/a", f"{url}/b", f"{url}/c"], pause=2.5, client=client, sleep=slept.append)
        next(answers)
        assert slept == []
        list(answers)
    assert slept == [2.5, 2.5]
    assert [path for _, path, _ in asked] == ["/a", "/b", "/c"]


def test_nothing_is_asked_before_the_answers_are_wanted():
    with site() as (url, asked):
        ask_each([f"{url}/a"])
    assert asked == []


def test_the_checker_says_who_it_is():
    with site() as (url, asked):
        list(ask_each([f"{url}/a"]))
    assert [agent for _, _, agent in asked] == [AGENT]
    assert "motcua" in AGENT
