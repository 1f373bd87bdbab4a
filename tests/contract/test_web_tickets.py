"""`POST /api/web/ticket`: the code, its QR, and what becomes of it in another browser."""

from __future__ import annotations

import datetime as dt
import re
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import segno
from fastapi.testclient import TestClient

from actions import texts
from tests.contract.conftest import Running, Start

CODE = re.compile(r"^MC(-[A-Z2-9]{4}){2}$")
SVG = "{http://www.w3.org/2000/svg}"
MODULES = re.compile(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?")


@pytest.fixture
def walking(start: Start) -> Running:
    """Known by a public address; the browser has the first of three papers."""
    running = start(public_url="https://motcua.example/")
    walk(running.http)
    return running


def walk(http: TestClient) -> None:
    for text in ("khai báo nuôi ong", "Chuẩn bị từng giấy tờ", "1", "Có rồi"):
        say(http, text)


def say(http: TestClient, text: str) -> dict[str, Any]:
    """The last reply to a message."""
    message_id = f"message-{time.monotonic_ns()}"
    assert http.post("/api/web/messages", json={"text": text, "id": message_id}).status_code == 202
    end = time.monotonic() + 10
    while time.monotonic() < end:
        turns = http.get("/api/web/history").json()["turns"]
        found = [turn["replies"] for turn in turns if turn["id"] == message_id]
        if found:
            return dict(found[0][-1])
        time.sleep(0.01)
    raise AssertionError("no answer came")


def another_browser(http: TestClient) -> None:
    http.cookies.clear()
    http.get("/")


def ticket(http: TestClient, **request: Any) -> dict[str, Any]:
    response = http.post("/api/web/ticket", **request)
    assert response.status_code == 201, response.text
    return dict(response.json())


def problem(response: Any) -> tuple[int, str]:
    assert set(response.json()["error"]) == {"code", "message"}
    return response.status_code, response.json()["error"]["code"]


# What is given


def test_a_checklist_under_way_gets_a_code_for_a_day(walking: Running) -> None:
    given = ticket(walking.http)
    assert set(given) == {"code", "procedure", "expires_at", "links", "qr"}
    assert CODE.match(given["code"])
    assert given["procedure"] == "9.100001"
    left = dt.datetime.fromisoformat(given["expires_at"]) - dt.datetime.now(dt.UTC)
    assert dt.timedelta(hours=23, minutes=59) < left <= dt.timedelta(hours=24)


def test_every_press_gives_another_code(walking: Running) -> None:
    assert ticket(walking.http)["code"] != ticket(walking.http)["code"]


def test_the_links_carry_the_code(walking: Running) -> None:
    given = ticket(walking.http)
    bare = given["code"].replace("-", "").lower()
    assert given["links"]
    assert all(bare in link.replace("-", "").lower() for link in given["links"].values())


def test_a_paused_checklist_can_be_taken_along_too(walking: Running) -> None:
    say(walking.http, "tạm dừng")
    assert ticket(walking.http)["procedure"] == "9.100001"


def test_the_code_is_stored_nowhere(walking: Running) -> None:
    letters = ticket(walking.http)["code"].removeprefix("MC-")
    files = list(Path(walking.settings.var).glob("app.sqlite*"))
    assert files
    forms = {letters, letters.replace("-", ""), letters.lower(), letters.replace("-", "").lower()}
    assert not any(form.encode() in path.read_bytes() for path in files for form in forms)


# The QR


def drawing_of(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 — the app's own output


def dark_squares(svg: str) -> set[tuple[int, int]]:
    """(column, row) of every dark square, the quiet zone counted."""
    (path,) = (p for p in drawing_of(svg).iter(f"{SVG}path") if p.get("stroke"))
    x, y, dark = 0, 0, set()
    for move, first, second in MODULES.findall(path.get("d") or ""):
        if move == "h":
            dark |= {(x + i, y) for i in range(int(first))}
        x = int(first) if move == "M" else x + int(first)
        y = int(float(second)) if move == "M" else y + int(second or 0)
    return dark


def squares_of(link: str) -> set[tuple[int, int]]:
    rows = segno.make_qr(link, error="m").matrix_iter(border=4)
    return {(x, y) for y, row in enumerate(rows) for x, is_dark in enumerate(row) if is_dark}


def test_the_qr_leads_to_the_public_address_with_the_code(walking: Running) -> None:
    given = ticket(walking.http)
    assert dark_squares(given["qr"]) == squares_of(f"https://motcua.example/?phieu={given['code']}")


def test_without_a_public_address_it_leads_to_where_the_request_came(running: Running) -> None:
    walk(running.http)
    given = ticket(running.http, headers={"host": "192.168.1.20:8080"})
    assert dark_squares(given["qr"]) == squares_of(f"http://192.168.1.20:8080/?phieu={given['code']}")


def test_the_qr_is_a_titled_drawing_on_a_light_ground_and_nothing_else(walking: Running) -> None:
    given = ticket(walking.http)
    drawing = drawing_of(given["qr"])
    assert [part.tag for part in drawing.iter()] == [f"{SVG}{name}" for name in ("svg", "title", "path", "path")]
    assert given["code"] in (drawing.findtext(f"{SVG}title") or "")
    ground, squares = drawing.findall(f"{SVG}path")
    size = (drawing.get("viewBox") or "").split()[-1]
    assert (ground.get("fill"), ground.get("d")) == ("#fff", f"M0 0h{size}v{size}h-{size}z")
    assert squares.get("stroke") == "#000"


# What becomes of it


def test_another_browser_goes_on_where_this_one_was(walking: Running) -> None:
    code = ticket(walking.http)["code"]
    another_browser(walking.http)
    taken = say(walking.http, code)
    assert (taken["status"], taken["procedure"]) == ("walk", "9.100001")
    shown = say(walking.http, taken["buttons"][0]["payload"])["checklist"]
    assert [item["state"] for item in shown["items"]] == ["have", "open", "open"]
    assert (shown["done"], shown["total"]) == (1, 3)


def test_a_code_opens_once(walking: Running) -> None:
    code = ticket(walking.http)["code"]
    another_browser(walking.http)
    say(walking.http, code)
    another_browser(walking.http)
    assert say(walking.http, code)["status"] == "unknown"


def test_the_link_of_the_qr_opens_the_page(walking: Running) -> None:
    response = walking.http.get("/", params={"phieu": ticket(walking.http)["code"]})
    assert response.status_code == 200
    assert "default-src 'none'" in response.headers["content-security-policy"]


# What is turned away


def test_who_has_no_checklist_is_told_how_to_get_one(http: TestClient) -> None:
    http.get("/")
    say(http, "khai báo nuôi ong")
    response = http.post("/api/web/ticket")
    assert problem(response) == (409, "no_walk")
    assert response.json()["error"]["message"] == texts.say("ticket_no_walk")


def test_who_has_no_cookie_has_no_checklist_and_gets_no_cookie(http: TestClient) -> None:
    response = http.post("/api/web/ticket")
    assert problem(response) == (409, "no_walk")
    assert "set-cookie" not in response.headers


def test_another_browser_gets_no_code_for_this_one_s_checklist(walking: Running) -> None:
    another_browser(walking.http)
    assert problem(walking.http.post("/api/web/ticket")) == (409, "no_walk")


def test_after_deletion_there_is_nothing_to_take_along(walking: Running) -> None:
    walking.http.delete("/api/web/me")
    assert problem(walking.http.post("/api/web/ticket")) == (409, "no_walk")


def test_one_browser_cannot_draw_codes_without_end(start: Start) -> None:
    http = start(address="203.0.113.9").http
    walk(http)
    answers = [http.post("/api/web/ticket") for _ in range(12)]
    assert answers[0].status_code == 201
    assert problem(answers[-1]) == (429, "too_fast")
    another_browser(http)
    assert problem(http.post("/api/web/ticket")) == (409, "no_walk")


def test_an_address_cannot_get_round_the_limit_by_leaving_its_cookie_out(start: Start) -> None:
    http = start(address="203.0.113.9").http
    codes = [http.post("/api/web/ticket").status_code for _ in range(60)]
    assert (codes[0], codes[-1]) == (409, 429)


def test_the_counter_s_own_machine_is_not_limited(walking: Running) -> None:
    assert [walking.http.post("/api/web/ticket").status_code for _ in range(12)] == [201] * 12
