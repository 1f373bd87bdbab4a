"""Whatever breaks behind, a person gets a fixed kind sentence with a way forward, in time."""

from __future__ import annotations

import os
import secrets
import signal
import time
from contextlib import suppress

import httpx

from bot.privacy import redact
from bot.store import Store, connect
from tests.e2e.conftest import System, build_release


def chat(client: httpx.Client, text: str, sender: str = "") -> list[dict[str, object]]:
    response = client.post("/api/chat", json={"sender": sender or secrets.token_hex(6), "text": text})
    assert response.status_code == 200, response.text
    return list(response.json()["replies"])


def wait_until_ready(client: httpx.Client) -> None:
    for _ in range(200):
        with suppress(httpx.TransportError):
            if client.get("/readyz").status_code == 200:
                return
        time.sleep(0.3)
    raise AssertionError("the system did not become ready again")


def test_rasa_down_gives_a_kind_sentence_within_ten_seconds_and_comes_back(
    system: System, client: httpx.Client
) -> None:
    system.supervisor.rasa.stop()
    try:
        started = time.monotonic()
        reply = chat(client, "đăng ký tạm trú cần gì")[0]
        took = time.monotonic() - started
        ready = client.get("/readyz")
    finally:
        system.supervisor.rasa.start()
        wait_until_ready(client)
    assert reply["status"] == "error"
    assert "18001096" in str(reply["text"])
    assert took < 10
    assert ready.status_code == 503
    assert ready.json()["rasa"] == "unreachable"
    assert chat(client, "đăng ký tạm trú cần gì")[0]["status"] == "answer"


def test_a_hanging_rasa_is_not_waited_for_longer_than_ten_seconds(system: System, client: httpx.Client) -> None:
    process = system.supervisor.rasa.process
    assert process is not None
    os.killpg(process.pid, signal.SIGSTOP)
    try:
        started = time.monotonic()
        reply = chat(client, "phí đổi bằng lái xe")[0]
        took = time.monotonic() - started
    finally:
        os.killpg(process.pid, signal.SIGCONT)
        wait_until_ready(client)
    assert reply["status"] == "error"
    assert took < 10


def test_a_message_accepted_before_a_kill_is_answered_after_the_restart(system: System, client: httpx.Client) -> None:
    """kill -9 between accepting and answering: the message is stored, so it is answered once the app is back."""
    app = system.supervisor.app
    assert app.process is not None
    os.killpg(app.process.pid, signal.SIGKILL)
    app.process.wait()
    store = Store(connect(system.settings.app_database))
    message, is_new = store.accept("api", secrets.token_hex(20), "m-1", redact("đăng ký tạm trú cần gì"))
    assert is_new
    app.start()
    wait_until_ready(client)
    committed = None
    for _ in range(100):
        committed = store.committed(str(message.id))
        if committed:
            break
        time.sleep(0.2)
    assert committed is not None, "the stored message was never answered"
    assert committed.replies[0]["procedure"] == "1.004194"


def test_a_new_release_is_taken_over_without_failing_a_request(system: System, client: httpx.Client) -> None:
    before = client.get("/readyz").json()["release"]
    build_release(system.settings, subset=False)  # other inputs, so another release
    statuses = set()
    after = before
    for _ in range(200):
        statuses.add(client.get("/api/search", params={"q": "đăng ký tạm trú"}).status_code)
        after = client.get("/readyz").json()["release"]
        if after != before:
            break
        time.sleep(0.1)
    assert after != before
    assert statuses == {200}


def test_a_broken_release_is_refused_and_the_served_one_stays(system: System, client: httpx.Client) -> None:
    served = client.get("/readyz").json()["release"]
    pointer = system.settings.releases / "current"
    kept = pointer.read_text()
    pointer.write_text("20990101-000000-broken\n")
    try:
        time.sleep(system.settings.release_poll * 3)
        assert client.get("/readyz").json()["release"] == served
        assert client.get("/api/search", params={"q": "khai sinh"}).status_code == 200
    finally:
        pointer.write_text(kept)
