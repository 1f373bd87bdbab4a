"""`/api/search` and `/api/understand`: one question, and what it is taken to mean."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.app import create_app
from bot.served import Served
from knowledge.release import ReleaseStore
from knowledge.text import fold
from tests.builders import FakeEncoder, procedure, release
from tests.contract.conftest import Running


@pytest.fixture(scope="module")
def http(shared_app: Running) -> TestClient:
    return shared_app.http


DECISIONS = {"answer", "ask", "unknown", "out_of_scope"}


def search(http: TestClient, q: str, **more: Any) -> dict[str, Any]:
    response = http.get("/api/search", params={"q": q, **more})
    assert response.status_code == 200, response.text
    return dict(response.json())


def test_a_search_has_the_documented_shape(http: TestClient) -> None:
    found = search(http, "khai báo nuôi ong")
    assert set(found) == {"decision", "hits", "took_ms"}
    assert found["decision"] in DECISIONS
    assert 0 < found["took_ms"] < 1000
    first = found["hits"][0]
    assert set(first) == {"code", "name", "family", "members", "score", "parts"}
    assert first["code"] in first["members"]
    assert 0 <= first["score"] <= 1
    assert {"dense", "accented", "folded", "prior"} <= set(first["parts"])


@pytest.mark.parametrize("form", ["{}", "{} phí bao nhiêu", "cho hỏi {} cần giấy tờ gì ạ"])
@pytest.mark.parametrize("accents", [True, False], ids=["accents", "no accents"])
def test_facets_and_politeness_do_not_change_what_is_found(http: TestClient, form: str, accents: bool) -> None:
    q = form.format("khai báo nuôi ong")
    found = search(http, q if accents else fold(q))
    assert (found["decision"], found["hits"][0]["code"]) == ("answer", "9.100001")


def test_a_code_is_found_for_sure(http: TestClient) -> None:
    found = search(http, "mã 9.100020 làm sao")
    assert (found["decision"], [h["code"] for h in found["hits"]]) == ("answer", ["9.100020"])


@pytest.mark.parametrize(
    ("province", "code"), [("Bắc Ninh", "9.100011"), ("nghe an", "9.100012"), ("24", "9.100011"), ("40", "9.100012")]
)
def test_the_province_chooses_the_member_of_the_family(http: TestClient, province: str, code: str) -> None:
    first = search(http, "cấp tem mật ong", province=province)["hits"][0]
    assert first["code"] == code
    assert set(first["members"]) == {"9.100011", "9.100012"}


def test_what_has_nothing_to_do_with_it_is_not_answered(http: TestClient) -> None:
    assert search(http, "con tàu vũ trụ")["decision"] != "answer"


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_no_more_hits_than_asked_for(http: TestClient, limit: int) -> None:
    assert len(search(http, "nuôi ong", limit=limit)["hits"]) == limit


def test_the_decision_does_not_depend_on_how_many_hits_are_shown(running: Running, tmp_path: Path) -> None:
    twins = [procedure(f"9.10004{i}", f"Cấp thẻ {kind}", aliases=("thẻ làm vườn",)) for i, kind in enumerate("AB")]
    releases = ReleaseStore(tmp_path / "twins" / "releases")
    releases.publish(release(tmp_path / "twins", twins))
    app = create_app(running.settings, rasa=running.rasa, served=Served(releases, FakeEncoder))  # type: ignore[arg-type]
    with TestClient(app) as http:
        decisions = [search(http, "thẻ làm vườn", limit=limit)["decision"] for limit in (1, 5)]
    assert decisions == ["ask", "ask"]


@pytest.mark.parametrize(
    "params",
    [
        {}, {"q": ""}, {"q": "a" * 1001}, {"q": "a", "limit": 0}, {"q": "a", "limit": 21}, {"q": "a", "limit": "many"},
        {"q": "a", "province": "Atlantis"}, {"q": "a", "province": "x" * 61},
    ],
)  # fmt: skip
def test_bad_values_are_named(http: TestClient, params: dict[str, Any]) -> None:
    response = http.get("/api/search", params=params)
    assert response.status_code == 422
    assert set(response.json()["error"]) == {"code", "message"}


def test_a_question_of_the_full_thousand_characters_is_read(http: TestClient) -> None:
    assert search(http, "nuôi ong " * 111 + "a")["decision"] in DECISIONS


# Understanding


def understand(http: TestClient, text: str) -> dict[str, Any]:
    response = http.post("/api/understand", json={"text": text})
    assert response.status_code == 200, response.text
    return dict(response.json())


def test_an_understanding_has_the_documented_shape(http: TestClient) -> None:
    found = understand(http, "khai báo nuôi ong phí bao nhiêu, nộp ở đâu")
    assert set(found) == {"act", "facets", "off_topic", "query", "decision", "hits"}
    assert (found["act"], found["facets"]) == ("ask", ["fee", "place"])
    assert found["query"] == "khai báo nuôi ong"
    assert (found["decision"], found["hits"][0]["code"]) == ("answer", "9.100001")


@pytest.mark.parametrize("text", ["khai báo nuôi ong", "bán kem", "chào bạn", "9.100020", "tem mật ong"])
def test_what_is_understood_is_what_the_dialogue_does(running: Running, text: str) -> None:
    found = understand(running.http, text)
    (reply,) = running.chat(text)
    if found["decision"] == "answer" and found["hits"]:
        codes = {code for hit in found["hits"][:1] for code in hit["members"]}
        assert reply["procedure"] in codes
    else:
        assert reply["procedure"] is None


def test_understanding_leaves_no_trace(running: Running) -> None:
    understand(running.http, "khai báo nuôi ong")
    assert running.chat("phí bao nhiêu")[0]["procedure"] is None


def test_numbers_are_hidden_before_understanding_too(http: TestClient) -> None:
    assert "079123456789" not in understand(http, "079123456789 khai báo nuôi ong")["query"]


def test_without_rasa_that_is_said_with_a_way_forward(running: Running) -> None:
    running.rasa.is_down = True
    response = running.http.post("/api/understand", json={"text": "nuôi ong"})
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "no_understanding"
    assert "18001096" in response.json()["error"]["message"]


@pytest.mark.parametrize(("text", "status"), [("", 422), ("  ", 422), ("a" * 1001, 413)])
def test_the_limits_are_those_of_the_chat(http: TestClient, text: str, status: int) -> None:
    assert http.post("/api/understand", json={"text": text}).status_code == status
