"""Replies as they come: server-sent events with ids over a real server, and what a reconnect gets."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from bot.app import create_app
from bot.served import Served
from bot.supervisor import free_port
from knowledge.release import ReleaseStore
from tests.builders import FakeEncoder
from tests.contract.conftest import Running

Event = dict[str, Any]


@contextmanager
def listening(app: FastAPI) -> Iterator[httpx.Client]:
    """The app on a port of its own, and a browser that has been to the page."""
    port = free_port()
    config = uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + 20
    while not server.started and time.monotonic() < end:
        time.sleep(0.01)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as browser:
            yield browser
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def again(running: Running, releases: ReleaseStore) -> Callable[[], FastAPI]:
    """The same app started anew, over the same database."""

    def made() -> FastAPI:
        app = create_app(running.settings, rasa=running.rasa, served=Served(releases, FakeEncoder))  # type: ignore[arg-type]
        running.rasa.app = app
        return app

    return made


@pytest.fixture
def browser(again: Callable[[], FastAPI]) -> Iterator[httpx.Client]:
    with listening(again()) as browser:
        browser.get("/")
        yield browser


def say(browser: httpx.Client, text: str, message_id: str) -> None:
    assert browser.post("/api/web/messages", json={"text": text, "id": message_id}).status_code == 202


def events(
    browser: httpx.Client, count: int, *, after: int = 0, last_id: int | str | None = None, then: Any = None
) -> list[Event]:
    """The first `count` events of a stream; `then` is called once the stream is open."""
    headers = {"last-event-id": str(last_id)} if last_id is not None else {}
    found: list[Event] = []
    event: Event = {}
    with browser.stream("GET", "/api/web/events", params={"after": after}, headers=headers) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        if then:
            then()
        for line in stream.iter_lines():
            name, _, value = line.partition(": ")
            if name in ("id", "event", "data"):
                event[name] = value
            if not line and "data" in event:
                found.append(json.loads(event["data"]) | {"event": event["event"], "sent_id": event["id"]})
                event = {}
            if len(found) == count:
                break
    return found


def history(browser: httpx.Client, count: int) -> list[Event]:
    end = time.monotonic() + 5
    while True:
        turns = list(browser.get("/api/web/history").json()["turns"])
        if len(turns) >= count or time.monotonic() > end:
            return turns
        time.sleep(0.02)


def test_an_open_stream_gets_the_reply_as_it_comes(browser: httpx.Client) -> None:
    (event,) = events(browser, 1, then=lambda: say(browser, "khai báo nuôi ong", "message-1"))
    assert event["event"] == "reply"
    assert event["in_reply_to"] == "message-1"
    assert event["sent_id"] == str(event["id"])
    assert event["replies"][0]["procedure"] == "9.100001"


def test_a_reconnect_gets_what_it_missed_and_nothing_twice(browser: httpx.Client) -> None:
    (seen,) = events(browser, 1, then=lambda: say(browser, "khai báo nuôi ong", "message-1"))
    say(browser, "xin thả diều", "message-2")
    say(browser, "chào", "message-3")
    history(browser, 3)
    missed = events(browser, 2, last_id=seen["id"])
    assert [event["in_reply_to"] for event in missed] == ["message-2", "message-3"]
    assert [event["id"] for event in missed] == sorted(event["id"] for event in missed)


@pytest.mark.parametrize("way", ["header", "parameter", "the later of both"])
def test_the_place_can_be_given_in_two_ways(browser: httpx.Client, way: str) -> None:
    for number in (1, 2):
        say(browser, "chào", f"message-{number}")
    first, second = history(browser, 2)
    place: dict[str, Any] = {
        "header": {"last_id": first["event_id"]},
        "parameter": {"after": first["event_id"]},
        "the later of both": {"last_id": first["event_id"], "after": 0},
    }[way]
    (event,) = events(browser, 1, **place)
    assert event["id"] == second["event_id"]


@pytest.mark.parametrize("last_id", ["", "abc", "-1", "1; DROP TABLE outbox"])
def test_a_place_nobody_gave_out_is_the_beginning(browser: httpx.Client, last_id: str) -> None:
    say(browser, "chào", "message-1")
    (event,) = events(browser, 1, last_id=last_id)
    assert event["in_reply_to"] == "message-1"


@pytest.mark.parametrize("last_id", ["²".encode("latin-1"), b"9" * 30, b"9" * 5000])
def test_a_place_that_is_no_number_of_ours_does_not_break_the_stream(browser: httpx.Client, last_id: bytes) -> None:
    with browser.stream("GET", "/api/web/events", headers={"last-event-id": last_id}) as stream:  # type: ignore[dict-item]
        assert stream.status_code == 200
        say(browser, "chào", "message-1")
        assert next(line for line in stream.iter_lines() if line.startswith(("id:", ":")))


def test_after_a_restart_nothing_is_lost(again: Callable[[], FastAPI]) -> None:
    with listening(again()) as browser:
        browser.get("/")
        cookie = browser.cookies["motcua"]
        (seen,) = events(browser, 1, then=lambda: say(browser, "khai báo nuôi ong", "message-1"))
        say(browser, "chào", "message-2")
        history(browser, 2)
    with listening(again()) as browser:
        browser.cookies.set("motcua", cookie)
        (event,) = events(browser, 1, last_id=seen["id"])
        assert event["in_reply_to"] == "message-2"
        assert len(history(browser, 2)) == 2


def test_two_open_streams_of_one_browser_both_get_the_reply(browser: httpx.Client) -> None:
    other: list[Event] = []
    thread = threading.Thread(target=lambda: other.extend(events(browser, 1)))
    thread.start()
    (mine,) = events(browser, 1, then=lambda: say(browser, "chào", "message-1"))
    thread.join(10)
    assert [event["id"] for event in other] == [mine["id"]]


def test_a_stream_of_another_browser_gets_nothing_of_it(browser: httpx.Client) -> None:
    say(browser, "khai báo nuôi ong", "message-1")
    history(browser, 1)
    browser.cookies.clear()
    browser.get("/")
    (event,) = events(browser, 1, then=lambda: say(browser, "chào", "message-2"))
    assert event["in_reply_to"] == "message-2"


def test_without_a_cookie_there_is_nothing_to_listen_to(browser: httpx.Client) -> None:
    browser.cookies.clear()
    assert browser.get("/api/web/events").status_code == 204
