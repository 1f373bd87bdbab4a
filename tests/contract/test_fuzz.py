"""No input string may crash a request."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.contract.conftest import Running

# Real text, bits of Vietnamese, codes, tokens and slashes, digits of many scripts, invisible and control characters.
_pieces = st.sampled_from(
    [
        "nuôi ong", "phí", " bao nhiêu", "1", "2)", "cái cuối", "mc:abcdefgh", "/", "/forget_me", "9.100001",
        "9.100091", "otp 123456", "mk: x", "079123456789", "Bắc Ninh", ", ", " và ", "?", "\n", "không", "quay lại",
        "%", "\\", "'", '"', "{}", "{title}", "<b>", "\u0301", "\u200b", "\u202e", "\x00", "\ufeff", "²", "٣", "İ", "ß",
        "\U0001f41d", "\U0001f468\u200d",
    ]
)  # fmt: skip
_typed = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
TEXTS = st.lists(st.one_of(_pieces, _typed), min_size=1, max_size=6).map("".join)
quickly = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def app(shared_app: Running) -> Running:
    return shared_app


def get(app: Running, path: str, **params: Any) -> int:
    return app.http.get(path, params=params).status_code


@quickly
@given(TEXTS)
@example("\x00")
@example("1.004194")
def test_no_text_breaks_the_chat(app: Running, text: str) -> None:
    response = app.http.post("/api/chat", json={"sender": "lan", "text": text})
    assert response.status_code in (200, 422)
    if response.status_code == 200:
        replies = response.json()["replies"]
        assert replies
        assert all(reply["text"].strip() and reply["status"] != "error" for reply in replies)


@quickly
@given(TEXTS)
def test_no_question_breaks_the_search(app: Running, q: str) -> None:
    assert get(app, "/api/search", q=q) in (200, 422)


@quickly
@given(TEXTS)
def test_no_text_breaks_the_understanding(app: Running, text: str) -> None:
    assert app.http.post("/api/understand", json={"text": text}).status_code in (200, 422)


@settings(parent=quickly, max_examples=30)
@given(TEXTS, TEXTS, TEXTS)
def test_no_filter_breaks_the_list(app: Running, text: str, ministry: str, province: str) -> None:
    assert get(app, "/api/procedures", text=text, ministry=ministry) in (200, 422)
    assert get(app, "/api/procedures", province=province) in (200, 422)


@settings(parent=quickly, max_examples=30)
@given(TEXTS)
def test_no_code_breaks_a_record(app: Running, code: str) -> None:
    response = app.http.get(f"/api/procedures/_{quote(code, safe='')}")
    assert 300 <= response.status_code < 500


@settings(parent=quickly, max_examples=30)
@given(
    st.recursive(st.none() | st.booleans() | st.integers() | _typed, lambda x: st.lists(x) | st.dictionaries(_typed, x))
)
def test_no_json_breaks_the_chat(app: Running, body: Any) -> None:
    assert app.http.post("/api/chat", json=body).status_code in (413, 422)


@settings(parent=quickly, max_examples=30)
@given(st.binary(max_size=300))
def test_no_bytes_break_the_chat(app: Running, body: bytes) -> None:
    response = app.http.post("/api/chat", content=body, headers={"content-type": "application/json"})
    assert response.status_code in (400, 422)
