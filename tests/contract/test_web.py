"""The web chat's routes: a cookie of the server's making, 202, history, deletion, and the page's protection."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.channels.web import PAGES
from tests.contract.conftest import Running, Start


def say(http: TestClient, text: str, message_id: str = "message-1") -> Any:
    return http.post("/api/web/messages", json={"text": text, "id": message_id})


def turns(running: Running, count: int = 1) -> list[dict[str, Any]]:
    """The history, once it holds `count` answers."""
    for _ in range(200):
        found = list(running.http.get("/api/web/history").json()["turns"])
        if len(found) >= count:
            return found
        running.http.portal.call(_a_moment)  # type: ignore[union-attr]
    raise AssertionError(f"{count} answers did not come")


async def _a_moment() -> None:
    import asyncio

    await asyncio.sleep(0.01)


# The cookie


def test_the_page_brings_a_cookie_that_no_script_can_read(http: TestClient) -> None:
    header = http.get("/").headers["set-cookie"].lower()
    assert "httponly" in header
    assert "samesite=lax" in header
    assert "max-age=" in header
    assert len(http.cookies["motcua"]) >= 24


def test_over_https_the_cookie_stays_on_https(running: Running) -> None:
    http = TestClient(running.app, base_url="https://motcua.example")
    assert "secure" in http.get("/").headers["set-cookie"].lower()


def test_a_browser_keeps_its_cookie(http: TestClient) -> None:
    http.get("/")
    assert "set-cookie" not in http.get("/").headers


def test_two_browsers_get_two_names(running: Running) -> None:
    names = set()
    for _ in range(2):
        running.http.cookies.clear()
        running.http.get("/")
        names.add(running.http.cookies["motcua"])
    assert len(names) == 2


def test_a_cookie_that_cannot_be_ours_is_replaced(http: TestClient) -> None:
    assert "set-cookie" in http.get("/", headers={"cookie": f"motcua={'x' * 500}"}).headers


def test_the_name_of_a_browser_is_stored_nowhere(running: Running) -> None:
    running.http.get("/")
    say(running.http, "khai báo nuôi ong")
    turns(running)
    name = running.http.cookies["motcua"].encode()
    files = list(Path(running.settings.var).glob("app.sqlite*"))
    assert files
    assert not any(name in path.read_bytes() for path in files)


# Messages


def test_a_message_is_accepted_at_once(http: TestClient) -> None:
    response = say(http, "khai báo nuôi ong")
    assert (response.status_code, response.json()) == (202, {"id": "message-1"})


def test_the_answer_is_in_the_history_under_the_message_s_id(running: Running) -> None:
    say(running.http, "khai báo nuôi ong")
    (turn,) = turns(running)
    assert set(turn) == {"id", "text", "replies", "event_id"}
    assert (turn["id"], turn["text"]) == ("message-1", None)
    assert turn["replies"][0]["procedure"] == "9.100001"


def test_a_message_sent_twice_is_answered_once(running: Running) -> None:
    say(running.http, "khai báo nuôi ong")
    say(running.http, "khai báo nuôi ong")
    say(running.http, "xin thả diều", "message-2")
    assert [turn["id"] for turn in turns(running, 2)] == ["message-1", "message-2"]


def test_another_browser_sees_nothing_of_it(running: Running) -> None:
    say(running.http, "khai báo nuôi ong")
    turns(running)
    running.http.cookies.clear()
    assert running.http.get("/api/web/history").json() == {"turns": []}
    running.http.get("/")
    assert running.http.get("/api/web/history").json() == {"turns": []}


def test_a_sender_of_the_api_is_nobody_of_the_web(running: Running) -> None:
    running.http.get("/")
    running.chat("khai báo nuôi ong", sender=running.http.cookies["motcua"])
    assert running.http.get("/api/web/history").json() == {"turns": []}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"text": "", "id": "message-1"}, 422), ({"text": "   ", "id": "message-1"}, 422), ({"text": "a"}, 422),
        ({"text": "a", "id": "short"}, 422), ({"text": "a", "id": "x" * 65}, 422),
        ({"text": "a", "id": "<b>12345</b>"}, 422), ({"text": "a" * 1001, "id": "message-1"}, 413),
    ],
)  # fmt: skip
def test_bad_messages_are_turned_away_with_a_clear_body(http: TestClient, body: dict[str, Any], status: int) -> None:
    response = http.post("/api/web/messages", json=body)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message"}


def test_the_limit_counts_for_the_web_too(start: Start) -> None:
    http = start(address="203.0.113.9", rate_per_minute=6).http
    codes = [say(http, "chào", f"message-{i}").status_code for i in range(8)]
    assert (codes[0], codes[-1]) == (202, 429)


# Deletion


def test_deleting_empties_the_history_here_and_in_rasa_and_renames_the_browser(running: Running) -> None:
    say(running.http, "khai báo nuôi ong")
    turns(running)
    before = running.http.cookies["motcua"]
    response = running.http.delete("/api/web/me")
    assert response.status_code == 200
    assert "đã xoá" in response.json()["message"]
    assert running.http.cookies["motcua"] != before
    assert len(running.rasa.forgotten) == 1
    assert running.http.get("/api/web/history", headers={"cookie": f"motcua={before}"}).json() == {"turns": []}


def test_who_has_no_cookie_has_nothing_to_delete(running: Running) -> None:
    assert running.http.delete("/api/web/me").status_code == 200
    assert running.rasa.forgotten == []


# The page


def test_the_page_is_protected(http: TestClient) -> None:
    headers = http.get("/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_the_page_holds_nothing_that_its_policy_forbids(http: TestClient) -> None:
    page = http.get("/").text
    assert not re.search(r"<script(?![^>]*\bsrc=)", page)
    assert not re.search(r"\son\w+=|\sstyle=|<style", page)
    assert not re.search(r"""<(link|script|img)\b[^>]*(src|href)=["'](https?:)?//""", page)


def test_everything_the_page_asks_for_is_there(http: TestClient) -> None:
    for address in re.findall(r"""(?:src|href)=["'](/static/[^"'#?]+)""", http.get("/").text):
        assert http.get(address).status_code == 200


def test_the_whole_page_is_small() -> None:
    assert sum(path.stat().st_size for path in PAGES.iterdir()) < 100_000


@pytest.mark.parametrize("path", ["/static/../settings.py", "/static/%2e%2e/settings.py", "/static/..%2fsettings.py"])
def test_nothing_but_the_pages_is_given_out(http: TestClient, path: str) -> None:
    assert http.get(path).status_code == 404
