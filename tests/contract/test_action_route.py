"""Rasa's side of the border, recorded: the tracker it posts, and the events and replies it gets back.

The files under tests/data/contract hold the calls as Rasa 3.6.21 makes them; PERSON and MESSAGE stand for the ids.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.rasa import SECRET_HEADER
from bot.store import Store, connect
from tests.conftest import DATA
from tests.contract.conftest import Running, Start
from tests.contract.fake_rasa import RASA_SECRET

FILES = sorted((DATA / "contract").glob("*.json"))
SECRET = {SECRET_HEADER: RASA_SECRET}
REPLY = {"text", "status", "procedure", "facets", "buttons", "links", "checklist"}


@pytest.fixture
def store(running: Running) -> Store:
    return Store(connect(running.settings.app_database))


def recorded(file: Path, store: Store, *, message_id: str = "m1") -> tuple[dict[str, Any], dict[str, Any]]:
    """The call, for a message that was really accepted, and the expected answer."""
    exchange = json.loads(file.read_text(encoding="utf-8"))
    message, _ = store.accept("api", "p1", message_id, redacted("x"))
    text = json.dumps(exchange["call"]).replace('"PERSON"', '"p1"').replace('"MESSAGE"', f'"{message.id}"')
    return json.loads(text), exchange["answer"]


def redacted(text: str) -> Any:
    from bot.privacy import Redacted

    return Redacted(text)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_recorded_calls_are_answered_as_recorded(file: Path, running: Running, store: Store) -> None:
    call, expected = recorded(file, store)
    response = running.http.post("/webhook", json=call, headers=SECRET)
    assert response.status_code == expected["status"]
    if expected["status"] != 200:
        assert response.json()["action_name"] == call["next_action"]
        return
    body = response.json()
    assert set(body) == {"events", "responses"}
    assert body["events"] == expected["events"]
    assert len(body["responses"]) == len(expected["replies"])
    for found, wanted in zip(body["responses"], expected["replies"], strict=True):
        assert not found.get("text")  # words go out in the reply alone
        check(found["custom"], wanted)


def check(reply: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert set(reply) == REPLY
    for name in ("status", "procedure", "facets"):
        assert reply[name] == wanted.get(name, reply[name])
    assert [part for part in wanted["contains"] if part not in reply["text"]] == []
    if "links" in wanted:
        assert [link["title"] for link in reply["links"]] == wanted["links"]
    if "first_button" in wanted:
        assert reply["buttons"][0]["title"] == wanted["first_button"]


def test_every_recording_says_what_it_is_about() -> None:
    assert len(FILES) >= 5
    assert all(json.loads(file.read_text(encoding="utf-8"))["what"] for file in FILES)


def question(store: Store) -> dict[str, Any]:
    return recorded(DATA / "contract" / "question.json", store)[0]


def test_a_call_that_rasa_repeats_changes_nothing(running: Running, store: Store) -> None:
    call = question(store)
    first = running.http.post("/webhook", json=call, headers=SECRET).json()
    assert running.http.post("/webhook", json=call, headers=SECRET).json() == first
    assert len(store.answers("p1")) == 1


def test_the_replies_are_stored_as_they_are_sent(running: Running, store: Store) -> None:
    body = running.http.post("/webhook", json=question(store), headers=SECRET).json()
    assert store.answers("p1")[0].replies == [response["custom"] for response in body["responses"]]


def test_a_long_tracker_is_let_through(running: Running, store: Store) -> None:
    call = question(store)
    call["tracker"]["events"] *= 400
    assert len(json.dumps(call)) > 64 * 1024
    assert running.http.post("/webhook", json=call, headers=SECRET).status_code == 200


# Only Rasa may call


@pytest.mark.parametrize(
    "headers",
    [
        {}, {SECRET_HEADER: ""}, {SECRET_HEADER: "wrong"}, {SECRET_HEADER: RASA_SECRET[:-1]},
        {SECRET_HEADER: RASA_SECRET + "x"}, {SECRET_HEADER: RASA_SECRET.upper()}, {SECRET_HEADER: "bí mật".encode()},
    ],
)  # fmt: skip
def test_without_the_secret_nothing_happens(running: Running, store: Store, headers: dict[str, Any]) -> None:
    response = running.http.post("/webhook", json=question(store), headers=headers)
    assert response.status_code == 403
    assert store.answers("p1") == []


def test_the_secret_is_compared_in_constant_time(
    running: Running, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import hmac

    compared: list[tuple[Any, Any]] = []
    real = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append((a, b)) or real(a, b))
    running.http.post("/webhook", json=question(store), headers={SECRET_HEADER: "wrong"})
    assert compared == [(b"wrong", RASA_SECRET.encode())]


def test_an_app_without_a_secret_is_closed_and_not_open(start: Start) -> None:
    running = start(rasa_secret="")
    store = Store(connect(running.settings.app_database))
    assert running.http.post("/webhook", json=question(store)).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"\xff"])
def test_a_call_that_is_no_json_is_refused_without_a_crash(http: TestClient, body: bytes) -> None:
    response = http.post("/webhook", content=body, headers={**SECRET, "content-type": "application/json"})
    assert 400 <= response.status_code < 500
