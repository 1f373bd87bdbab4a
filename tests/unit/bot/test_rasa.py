"""The conversation client against a small Rasa over HTTP: whatever it does wrong is one kind of error."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from bot.rasa import SECRET_HEADER, Rasa, RasaError, plain_text
from tests.unit.bot.fake_http import FakeHttp, serving

REPLY = {"text": "Chào", "status": "smalltalk"}


@pytest.fixture
def server() -> Iterator[FakeHttp]:
    with serving() as fake:
        fake.says([{"recipient_id": "p", "custom": REPLY}])
        yield fake


@pytest.fixture
async def rasa(server: FakeHttp) -> AsyncIterator[Rasa]:
    client = Rasa.connect(server.url, "geheim", timeout=0.4)
    yield client
    await client.close()


async def test_a_turn_carries_person_words_metadata_and_the_secret(rasa: Rasa, server: FakeHttp) -> None:
    assert await rasa.send("p", "nuôi ong", {"message_id": "7"}) == [REPLY]
    ((path, headers, body),) = server.requests
    assert path == "/webhooks/motcua/webhook"
    assert headers[SECRET_HEADER.lower()] == "geheim"
    assert body == {"sender": "p", "message": "nuôi ong", "metadata": {"message_id": "7"}}


async def test_several_replies_come_in_order(rasa: Rasa, server: FakeHttp) -> None:
    server.says([{"custom": {"text": "1"}}, {"text": "no reply of ours"}, {"custom": {"text": "2"}}])
    assert [reply["text"] for reply in await rasa.send("p", "a", {})] == ["1", "2"]


@pytest.mark.parametrize("empty", [[], [{}], [{"recipient_id": "p", "text": "bare text"}], {"error": "no_reply"}])
async def test_an_empty_answer_is_a_failure(rasa: Rasa, server: FakeHttp, empty: object) -> None:
    server.says(empty)
    with pytest.raises(RasaError, match="empty"):
        await rasa.send("p", "nuôi ong", {})


@pytest.mark.parametrize("status", [301, 400, 403, 404, 500, 502, 503])
async def test_any_status_but_ok_is_a_failure(rasa: Rasa, server: FakeHttp, status: int) -> None:
    server.says([{"custom": REPLY}], status)
    with pytest.raises(RasaError):
        await rasa.send("p", "nuôi ong", {})


@pytest.mark.parametrize("body", [b"", b"<html>", b'[{"custom":', b"\xff\xfe"])
async def test_an_answer_that_is_no_json_is_a_failure(rasa: Rasa, server: FakeHttp, body: bytes) -> None:
    server.body = body
    with pytest.raises(RasaError):
        await rasa.send("p", "nuôi ong", {})


@pytest.mark.parametrize("value", [None, 5])
async def test_json_that_is_no_list_is_a_failure(rasa: Rasa, server: FakeHttp, value: object) -> None:
    server.says(value)
    with pytest.raises(RasaError):
        await rasa.send("p", "nuôi ong", {})


async def test_an_answer_that_comes_too_late_is_a_failure(rasa: Rasa, server: FakeHttp) -> None:
    server.delay = 1.0
    with pytest.raises(RasaError, match="Timeout"):
        await rasa.send("p", "nuôi ong", {})


async def test_a_rasa_that_is_not_there_is_a_failure() -> None:
    with serving() as gone:
        url = gone.url
    rasa = Rasa.connect(url, "geheim", timeout=0.4)
    with pytest.raises(RasaError, match="ConnectError"):
        await rasa.send("p", "nuôi ong", {})
    assert not await rasa.is_ready()
    await rasa.close()


async def test_the_error_names_no_words_of_the_person(rasa: Rasa, server: FakeHttp) -> None:
    server.says("nope", 502)
    with pytest.raises(RasaError) as failure:
        await rasa.send("p", "bí mật của tôi", {})
    assert "bí mật" not in str(failure.value)


async def test_a_parse_is_passed_on(rasa: Rasa, server: FakeHttp) -> None:
    server.says({"text": "nuôi ong", "intent": {"name": "ask"}})
    assert (await rasa.parse("nuôi ong"))["intent"]["name"] == "ask"
    assert server.requests[0][0] == "/webhooks/motcua/parse"


@pytest.mark.parametrize("value", [[], "ask", None])
async def test_a_parse_that_is_no_object_is_a_failure(rasa: Rasa, server: FakeHttp, value: object) -> None:
    server.says(value)
    with pytest.raises(RasaError):
        await rasa.parse("nuôi ong")


@pytest.mark.parametrize(("status", "is_ready"), [(200, True), (404, False), (500, False), (503, False)])
async def test_ready_means_ok(rasa: Rasa, server: FakeHttp, status: int, is_ready: bool) -> None:
    server.says({"status": "ok"}, status)
    assert await rasa.is_ready() is is_ready


def test_forgetting_deletes_only_that_person_s_events() -> None:
    tracker = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
    with tracker.begin() as db:
        db.execute(sa.text("CREATE TABLE events (id INTEGER PRIMARY KEY, sender_id TEXT, data TEXT)"))
        for person in ("lan", "lan", "mai"):
            db.execute(sa.text("INSERT INTO events (sender_id, data) VALUES (:p, '{}')"), {"p": person})
    rasa = Rasa.connect("http://127.0.0.1:1", "s", timeout=1, tracker=tracker)
    assert rasa.forget("lan") == 2
    with tracker.connect() as db:
        assert db.scalars(sa.text("SELECT sender_id FROM events")).all() == ["mai"]


@pytest.mark.parametrize("tracker", [None, sa.create_engine("sqlite://")], ids=["no tracker", "no table yet"])
def test_where_nothing_is_kept_nothing_is_forgotten(tracker: sa.Engine | None) -> None:
    assert Rasa.connect("http://127.0.0.1:1", "s", timeout=1, tracker=tracker).forget("lan") == 0


# A leading slash is an intent to Rasa, and only a slash to a person


@pytest.mark.parametrize("text", ["/restart", "/forget_me", '/choose{"code": "1"}', "/", "//"])
def test_a_slash_is_not_passed_on_as_an_intent(text: str) -> None:
    assert not plain_text(text).startswith("/")
    assert plain_text(text)[1:] == text[1:]


@given(st.text(max_size=30))
def test_other_text_is_left_alone(text: str) -> None:
    assert plain_text(text) == text or text.startswith("/")
    assert not plain_text(text).startswith("/")
