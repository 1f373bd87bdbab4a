"""Liveness, readiness, metrics, and the documentation of the API."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from bot.app import create_app
from bot.served import Served
from knowledge.release import ReleaseStore
from tests.builders import RECORDS, FakeEncoder
from tests.contract.conftest import Running, Start


def test_the_process_is_alive_whatever_is_behind_it(running: Running) -> None:
    running.rasa.is_down = True
    assert running.http.get("/healthz").json() == {"status": "ok"}


def test_ready_names_the_release_and_its_counts(running: Running, releases: ReleaseStore) -> None:
    response = running.http.get("/readyz")
    body = response.json()
    assert response.status_code == 200
    assert body["status"] == "ready"
    assert body["release"] == releases.current_name()
    assert body["records"]["total"] == len(RECORDS)
    assert (body["rasa"], body["database"]) == ("ready", "ready")


def test_without_rasa_the_app_is_not_ready(running: Running) -> None:
    running.rasa.is_down = True
    response = running.http.get("/readyz")
    assert response.status_code == 503
    assert (response.json()["status"], response.json()["rasa"]) == ("not ready", "unreachable")
    running.rasa.is_down = False
    assert running.http.get("/readyz").status_code == 200


def test_without_a_release_the_app_is_not_ready(running: Running, tmp_path: Path) -> None:
    served = Served(ReleaseStore(tmp_path / "none"), FakeEncoder)
    with TestClient(create_app(running.settings, rasa=running.rasa, served=served)) as http:  # type: ignore[arg-type]
        response = http.get("/readyz")
    assert (response.status_code, response.json()["release"]) == (503, None)


def test_without_its_database_the_app_is_not_ready(start: Start, tmp_path: Path) -> None:
    running = start()
    (tmp_path / "a folder").mkdir()
    settings = running.settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'a folder'}"})
    served = Served(ReleaseStore(tmp_path / "none"), FakeEncoder)
    app = create_app(settings, rasa=running.rasa, served=served)  # type: ignore[arg-type]
    response = TestClient(app).get("/readyz")  # not started: a start without a database fails, as it should
    assert (response.status_code, response.json()["database"]) == (503, "unreachable")


def metric(running: Running, name: str) -> float:
    lines = running.http.get("/metrics").text.splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def test_metrics_count_turns_by_channel_and_status(running: Running) -> None:
    name = 'motcua_turns_total{channel="api",status="answer"}'
    before = metric(running, name)
    running.chat("khai báo nuôi ong")
    assert metric(running, name) == before + 1


def test_metrics_count_what_was_turned_away(running: Running) -> None:
    name = 'motcua_refused_total{reason="too_long"}'
    before = metric(running, name)
    running.http.post("/api/chat", json={"sender": "lan", "text": "a" * 2000})
    assert metric(running, name) == before + 1


def test_metrics_hold_no_words_and_no_senders(running: Running) -> None:
    running.chat("khai báo nuôi ong", sender="bà Lan")
    text = running.http.get("/metrics").text
    assert "nuôi ong" not in text
    assert "Lan" not in text


# The documentation of the API


@pytest.fixture
def openapi(http: TestClient) -> dict[str, Any]:
    return dict(http.get("/openapi.json").json())


def test_every_public_route_is_documented_and_no_internal_one(openapi: dict[str, Any]) -> None:
    assert set(openapi["paths"]) == {
        "/api/chat", "/api/understand", "/api/search", "/api/places", "/api/procedures", "/api/procedures/{code}",
        "/api/procedures/{code}/checklist", "/api/procedures/{code}/link", "/healthz", "/readyz",
    }  # fmt: skip
    for methods in openapi["paths"].values():
        assert all(operation["summary"] for operation in methods.values())


def test_every_body_comes_with_an_example(openapi: dict[str, Any]) -> None:
    for path in ("/api/chat", "/api/understand"):
        reference = openapi["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        assert openapi["components"]["schemas"][reference.rpartition("/")[2]]["examples"]


def test_the_examples_work(running: Running, openapi: dict[str, Any]) -> None:
    for path, schema in (("/api/chat", "ChatRequest"), ("/api/understand", "UnderstandRequest")):
        for example in openapi["components"]["schemas"][schema]["examples"]:
            assert running.http.post(path, json=example).status_code == 200


def test_the_documentation_can_be_read(http: TestClient) -> None:
    assert http.get("/docs").status_code == 200


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/nowhere", 404), ("GET", "/api/chat", 405)])
def test_what_is_not_there_has_a_clear_body(http: TestClient, method: str, path: str, status: int) -> None:
    response = http.request(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"code", "message"}
