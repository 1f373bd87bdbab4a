"""`POST /api/chat`: the shape of every reply, buttons that come back as text, and what is turned away."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.contract.conftest import Running, Start

REPLY = {"text", "status", "procedure", "facets", "buttons", "links", "checklist"}


def test_a_question_is_answered_in_the_documented_shape(running: Running) -> None:
    (reply,) = running.chat("khai báo nuôi ong phí bao nhiêu")
    assert set(reply) == REPLY
    assert (reply["status"], reply["procedure"], reply["facets"]) == ("answer", "9.100001", ["fee"])
    assert "20.000 đồng" in reply["text"]
    assert all(set(button) == {"title", "payload"} for button in reply["buttons"])
    assert all(set(link) == {"title", "url"} and link["url"].startswith("https://") for link in reply["links"])
    assert reply["checklist"] is None


def start_the_walk(running: Running) -> dict[str, Any]:
    """The reply that asks for the case."""
    running.chat("khai báo nuôi ong")
    return running.chat("Chuẩn bị từng giấy tờ")[0]


def test_a_walk_shows_its_checklist(running: Running) -> None:
    start_the_walk(running)
    (reply,) = running.chat("1")
    checklist = reply["checklist"]
    assert set(checklist) == {"title", "done", "missing", "total", "items"}
    assert (checklist["done"], checklist["missing"], checklist["total"]) == (0, 0, 3)
    assert checklist["items"][0] == {"key": "to-khai", "title": "Tờ khai nuôi ong", "state": "open"}


@pytest.mark.parametrize("way", ["payload", "title", "number", "ordinal"])
def test_a_button_can_be_chosen_in_four_ways(running: Running, way: str) -> None:
    second = start_the_walk(running)["buttons"][1]
    text = {"payload": second["payload"], "title": second["title"], "number": "2", "ordinal": "cái thứ hai"}[way]
    (reply,) = running.chat(text)
    assert [item["title"] for item in reply["checklist"]["items"]] == ["Tờ khai nuôi ong", "Hợp đồng thuê vườn"]


def test_a_walk_goes_on_from_turn_to_turn(running: Running) -> None:
    start_the_walk(running)
    for text in ("1", "Có rồi", "Chưa có"):
        (reply,) = running.chat(text)
    assert (reply["checklist"]["done"], reply["checklist"]["missing"]) == (1, 1)


def test_two_senders_do_not_share_a_place(running: Running) -> None:
    running.chat("khai báo nuôi ong", sender="lan")
    (reply,) = running.chat("phí bao nhiêu", sender="mai")
    assert reply["procedure"] is None


def test_the_same_message_id_is_answered_once(running: Running) -> None:
    first = running.chat("khai báo nuôi ong", message_id="m-1")
    assert running.chat("khai báo nuôi ong", message_id="m-1") == first
    assert running.rasa.heard == ["khai báo nuôi ong"]


def test_the_same_id_of_another_sender_is_another_message(running: Running) -> None:
    running.chat("khai báo nuôi ong", sender="lan", message_id="m-1")
    (reply,) = running.chat("xin thả diều", sender="mai", message_id="m-1")
    assert reply["procedure"] == "9.100020"


def test_secrets_and_numbers_never_reach_rasa(running: Running) -> None:
    running.chat("cccd 079123456789 khai báo nuôi ong")
    (reply,) = running.chat("mã otp là 482913")
    assert reply["status"] == "refuse"
    assert not any(secret in " ".join(running.rasa.heard) for secret in ("079123456789", "482913"))
    assert "482913" not in reply["text"]


def test_a_slash_is_no_command(running: Running) -> None:
    (reply,) = running.chat("/forget_me")
    assert "Số mục đã xoá" not in reply["text"]
    assert not running.rasa.heard[0].startswith("/")


def test_deletion_by_its_button_deletes_here_and_in_rasa(running: Running) -> None:
    running.chat("khai báo nuôi ong")
    (asked,) = running.chat("xóa dữ liệu của tôi")
    (reply,) = running.chat(asked["buttons"][0]["payload"])
    assert "đã xoá" in reply["text"]
    assert len(running.rasa.forgotten) == 1
    (after,) = running.chat("phí bao nhiêu")
    assert after["procedure"] is None


# Failures


def test_without_rasa_the_answer_is_the_kind_sentence(running: Running) -> None:
    running.rasa.is_down = True
    (reply,) = running.chat("khai báo nuôi ong")
    assert set(reply) == REPLY
    assert reply["status"] == "error"
    assert "18001096" in reply["text"]


def test_after_a_failure_the_conversation_goes_on(running: Running) -> None:
    running.chat("khai báo nuôi ong")
    running.rasa.is_down = True
    running.chat("phí bao nhiêu")
    running.rasa.is_down = False
    assert running.chat("phí bao nhiêu")[0]["procedure"] == "9.100001"


def test_without_a_release_the_answer_is_the_kind_sentence(start: Start, tmp_path: Any) -> None:
    from bot.app import create_app
    from bot.served import Served
    from knowledge.release import ReleaseStore
    from tests.builders import FakeEncoder

    running = start()
    bare = create_app(
        running.settings,
        rasa=running.rasa,  # type: ignore[arg-type]
        served=Served(ReleaseStore(tmp_path / "none"), FakeEncoder),
    )
    running.rasa.app = bare
    with TestClient(bare, raise_server_exceptions=False) as http:
        reply = http.post("/api/chat", json={"sender": "lan", "text": "nuôi ong"}).json()["replies"][0]
        assert reply["status"] == "error"
        refused = http.get("/api/search", params={"q": "nuôi ong"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (503, "no_release")


# What is turned away


def problem(response: Any) -> tuple[int, str]:
    assert set(response.json()["error"]) == {"code", "message"}
    assert len(response.json()["error"]["message"]) > 10
    return response.status_code, response.json()["error"]["code"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
def test_an_empty_message_is_turned_away(http: TestClient, text: str) -> None:
    assert problem(http.post("/api/chat", json={"sender": "lan", "text": text})) == (422, "empty")


def test_a_message_of_just_the_limit_is_read_and_a_longer_one_is_not(http: TestClient) -> None:
    assert http.post("/api/chat", json={"sender": "lan", "text": "ong " * 250}).status_code == 200
    assert problem(http.post("/api/chat", json={"sender": "lan", "text": "o" * 1001})) == (413, "too_long")


BODIES = [
    b"", b"{", b"[]", b'"text"', b"null", b"{}", b'{"sender": "lan"}', b'{"text": "a"}', b'{"sender": "", "text": "a"}',
    b'{"sender": 5, "text": "a"}', b'{"sender": "lan", "text": null}', b'{"sender": "a", "text": ["a"]}', b"\xff\xfe\0",
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES)
def test_a_body_of_another_shape_is_named_invalid(http: TestClient, body: bytes) -> None:
    response = http.post("/api/chat", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
    assert problem(response)[1] in ("invalid", "http_error")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("/api/chat", "sender"),
        ("/api/chat", "message_id"),
        ("/api/chat", "text"),
        ("/api/understand", "text"),
        ("/api/web/messages", "text"),
    ],
)
def test_half_a_surrogate_pair_is_named_invalid(http: TestClient, path: str, field: str) -> None:
    body = json.dumps({"sender": "lan", "text": "a", "message_id": "m", "id": "12345678", field: "a\ud800"})
    response = http.post(path, content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422


def test_an_id_with_a_null_character_is_named_invalid(http: TestClient) -> None:
    body = {"sender": "lan", "text": "a", "message_id": "m\0"}
    assert http.post("/api/chat", json=body).status_code == 422


def test_a_body_that_is_announced_too_large_is_not_read(http: TestClient) -> None:
    response = http.post("/api/chat", json={"sender": "lan", "text": "a" * 70_000})
    assert problem(response) == (413, "too_large")


def test_a_body_that_turns_out_too_large_is_turned_away_as_well(http: TestClient) -> None:
    response = http.post("/api/chat", content=iter([b'{"sender": "lan", "text": "', b"a" * 70_000, b'"}']))
    assert response.status_code == 413


def test_too_many_messages_of_one_sender_are_turned_away(start: Start) -> None:
    http = start(address="203.0.113.9", rate_per_minute=6).http
    answers = [http.post("/api/chat", json={"sender": "lan", "text": "chào"}) for _ in range(7)]
    assert [a.status_code for a in answers[:5]] == [200] * 5
    assert problem(answers[-1]) == (429, "too_fast")
    assert http.post("/api/chat", json={"sender": "mai", "text": "chào"}).status_code == 200


@pytest.mark.parametrize(("trust", "status"), [(True, 200), (False, 429)])
def test_this_machine_is_limited_only_where_the_settings_say_so(start: Start, trust: bool, status: int) -> None:
    http = start(rate_per_minute=6, trust_loopback=trust).http
    last = [http.post("/api/chat", json={"sender": "lan", "text": "chào"}) for _ in range(8)][-1]
    assert last.status_code == status


def test_one_address_cannot_get_round_the_limit_by_inventing_senders(start: Start) -> None:
    http = start(address="203.0.113.9", rate_per_minute=1).http
    codes = [http.post("/api/chat", json={"sender": f"s{i}", "text": "chào"}).status_code for i in range(30)]
    assert 429 in codes
