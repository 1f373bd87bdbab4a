"""One call at a time to a portal that may answer anything."""

from __future__ import annotations

import datetime as dt
import itertools
from email.utils import format_datetime

import httpx
import pytest

from indexer.portal_client import USER_AGENT, Missing, PortalClient, Refused, Unusable
from tests.unit.indexer.portal_stub import (
    BROKEN,
    BROKEN_OFF,
    EMPTY,
    NO_RECORD,
    NOT_FOUND,
    NOT_OK,
    REJECTED,
    TRUNCATED,
    Answer,
    PortalStub,
    Syncer,
    busy,
    procedures,
)
from tests.unit.knowledge.samples import uuid

FIRST = uuid(100)
JSON = {"Content-Type": "application/json"}
WEB_PAGES = [REJECTED, Answer(403, REJECTED.body), Answer(302, b"", {"Location": "/login"}), EMPTY]
FAULTS = [
    BROKEN,
    TRUNCATED,
    BROKEN_OFF,
    NOT_OK,
    Answer(201, b"[]", JSON),
    Answer(201, b'{"code":"OK","data":"text"}', JSON),
    Answer(201, b"[" * 200_000, JSON),
    Answer.envelope({"id": uuid(101), "code": "1.900001"}),
    Answer.envelope({"id": FIRST}, status=400),
]


def named(answer: Answer) -> str:
    return f"{answer.status} {answer.body[:30].decode()}"


@pytest.fixture
def stub():
    with PortalStub(procedures(5)).running() as stub:
        yield stub


@pytest.fixture
def syncer(stub, tmp_path):
    return Syncer(stub, tmp_path)


def entries(client: PortalClient) -> list[str]:
    return [item["id"] for items, _ in client.catalogue() for item in items]


def test_a_record_comes_as_the_portal_has_it(syncer, stub):
    assert syncer.client().detail(FIRST) == stub.records[FIRST]


def test_the_stub_refuses_what_the_portal_refuses(stub):
    assert httpx.get(f"{stub.url}/configuring/formality/get-formality-by-citizen").status_code == 405
    assert httpx.post(stub.url, content=b"id=1").status_code == 400


# Paging


def test_the_list_is_read_page_by_page(syncer, stub):
    stub.page = 2
    assert entries(syncer.client()) == list(stub.records)
    assert stub.pages() == ["", uuid(101), uuid(103), uuid(104)]


def test_an_unchanged_cursor_ends_the_list(syncer, stub):
    stub.page, stub.cursor = 2, ""
    assert entries(syncer.client()) == [uuid(100), uuid(101)]
    assert len(stub.requests) == 1


def test_cursors_that_lead_in_a_circle_end_the_list(syncer, stub):
    stub.next_answers = [Answer.envelope({"items": [{"id": "x"}], "lastId": c}) for c in ("a", "b", "a", "b")]
    assert len(list(syncer.client().catalogue())) == 3


def test_an_empty_first_page_is_a_list_of_nothing(syncer, stub):
    stub.remove(*stub.records)
    assert entries(syncer.client()) == []
    assert len(stub.requests) == 1


@pytest.mark.parametrize("total", [None, "many", -1, [5], 2.5])
def test_a_total_that_is_no_number_does_no_harm(syncer, stub, total):
    stub.next_answers = [Answer.envelope({"items": [{"id": "x"}], "lastId": "", "total": total})]
    assert entries(syncer.client()) == ["x"]


@pytest.mark.parametrize("data", [{"rows": []}, {"items": None}, {"items": {}}, [], None, "text"])
def test_a_list_without_items_is_no_list(syncer, stub, data):
    stub.always = Answer.envelope(data)
    with pytest.raises(Refused, match="list of procedures"):
        entries(syncer.client())


@pytest.mark.parametrize("answer", [*WEB_PAGES, *FAULTS[:4]], ids=named)
def test_half_a_list_is_none(syncer, stub, answer):
    stub.page = 2
    pages = syncer.client().catalogue()
    next(pages)
    stub.always = answer
    with pytest.raises(Refused):
        next(pages)


# Answers that are none


@pytest.mark.parametrize("answer", [*WEB_PAGES, *FAULTS[:4]], ids=named)
def test_a_fault_that_passes_is_waited_out(syncer, stub, answer):
    stub.next_answers = [answer] * 3
    assert syncer.client().detail(FIRST) == stub.records[FIRST]
    assert len(stub.requests) == 4


@pytest.mark.parametrize("answer", WEB_PAGES, ids=named)
def test_a_refusal_that_stays_ends_the_run(syncer, stub, answer):
    stub.always = answer
    with pytest.raises(Refused, match="4 times"):
        syncer.client().detail(FIRST)
    assert len(stub.requests) == 4


@pytest.mark.parametrize("answer", FAULTS, ids=named)
def test_a_fault_that_stays_is_about_this_record_only(syncer, stub, answer):
    stub.on_detail[FIRST] = answer
    client = syncer.client()
    with pytest.raises(Unusable):
        client.detail(FIRST)
    assert client.detail(uuid(101)) == stub.records[uuid(101)]


@pytest.mark.parametrize("answer", [NOT_FOUND, NO_RECORD, Answer.envelope({}), Answer(404, b"<html>", {})], ids=named)
def test_a_record_that_does_not_exist_is_not_asked_for_again(syncer, stub, answer):
    stub.on_detail[FIRST] = answer
    with pytest.raises(Missing):
        syncer.client().detail(FIRST)
    assert len(stub.requests) == 1


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(syncer, stub):
    stub.delay = 0.2
    with pytest.raises(Unusable, match="no answer in time"):
        syncer.client(timeout=0.05).detail(FIRST)


def test_a_slow_answer_is_waited_for(syncer, stub):
    stub.delay = 0.2
    assert syncer.client().detail(FIRST)["id"] == FIRST


def test_a_portal_that_is_not_there_refuses(tmp_path):
    with PortalStub([]).running() as gone:
        pass
    with pytest.raises(Refused, match="cannot be reached"):
        Syncer(gone, tmp_path).client().detail(FIRST)


def test_what_went_wrong_is_said_without_the_answer(syncer, stub):
    stub.always = REJECTED
    with pytest.raises(Refused) as refusal:
        syncer.client().detail(FIRST)
    assert str(refusal.value) == (
        "a web page or nothing came in place of data (HTTP 200), 4 times at "
        "/configuring/formality/get-formality-by-citizen"
    )


# Politeness


def test_the_client_says_who_asks_and_sends_json(stub):
    PortalClient.connect(stub.url, pause=0).detail(FIRST)
    (request,) = stub.requests
    assert request.headers["User-Agent"] == USER_AGENT
    assert request.headers["Content-Type"] == "application/json"


def test_requests_come_one_at_a_time_with_a_pause_between(stub):
    stub.page, stub.delay = 2, 0.02
    client = PortalClient.connect(stub.url, pause=0.05)
    for uuid_ in entries(client):
        client.detail(uuid_)
    assert len(stub.requests) == 4 + 5
    assert {r.beside for r in stub.requests} == {0}
    gaps = [later.at - earlier.at for earlier, later in itertools.pairwise(stub.requests)]
    assert min(gaps) >= 0.05 + 0.02


def test_there_is_a_pause_before_every_request(syncer):
    client = syncer.client(pause=0.5)
    client.detail(FIRST)
    client.detail(uuid(101))
    assert syncer.waits == [0.5, 0.5]


@pytest.mark.parametrize("pause", [0, 0.5])
def test_waits_grow_after_each_failure_even_without_a_pause(syncer, stub, pause):
    stub.always = REJECTED
    with pytest.raises(Refused):
        syncer.client(pause=pause).detail(FIRST)
    first, *backoff = syncer.waits
    assert first == pause
    assert [round(w / 2 / 4**i, 2) for i, w in enumerate(backoff)] == pytest.approx([1, 1, 1], abs=0.25)


def test_no_wait_is_shorter_than_the_pause(syncer, stub):
    stub.next_answers = [BROKEN]
    syncer.client(pause=20).detail(FIRST)
    assert syncer.waits == [20, 20]


def test_two_clients_do_not_come_back_at_the_same_moment(syncer, stub):
    for _ in range(2):
        stub.next_answers = [BROKEN]
        syncer.client().detail(FIRST)
    _, one, _, other = syncer.waits
    assert one != other


@pytest.mark.parametrize("status", [429, 503])
def test_the_portal_may_say_how_long_to_wait(syncer, stub, status):
    stub.next_answers = [busy("120", status)]
    syncer.client().detail(FIRST)
    assert syncer.waits == [0.5, 120]


def test_the_portal_may_say_until_when_to_wait(syncer, stub):
    until = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=90)
    stub.next_answers = [busy(format_datetime(until, usegmt=True))]
    syncer.client().detail(FIRST)
    assert syncer.waits[1] == pytest.approx(90, abs=2)


@pytest.mark.parametrize("asked", ["", "soon", "-5", "1e9", "0", "Wed, 21 Oct 2015 07:28:00 GMT"])
def test_a_wait_that_makes_no_sense_changes_nothing(syncer, stub, asked):
    stub.next_answers = [busy(asked)]
    syncer.client().detail(FIRST)
    assert 1.5 <= syncer.waits[1] <= 2.5


def test_a_portal_that_wants_hours_is_left_alone(syncer, stub):
    stub.always = busy("7200")
    with pytest.raises(Refused, match="come back in 120 minutes"):
        syncer.client().detail(FIRST)
    assert len(stub.requests) == 1
