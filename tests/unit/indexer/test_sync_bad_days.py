"""What the portal must not do to the records that are there: blank, shrink or garble them."""

from __future__ import annotations

import json

import pytest

from indexer.portal_client import Refused
from indexer.sync import MOST_LOST, BadDay
from tests.unit.indexer.portal_stub import (
    BROKEN,
    BROKEN_OFF,
    CODES,
    COUNT,
    IDS,
    NO_RECORD,
    NOT_FOUND,
    NOT_OK,
    REJECTED,
    TRUNCATED,
    Answer,
    PortalStub,
    Syncer,
    procedures,
)
from tests.unit.knowledge.samples import uuid

ALLOWED = int(COUNT * MOST_LOST)
UNUSABLE = {
    "gone": NOT_FOUND,
    "empty": NO_RECORD,
    "500": BROKEN,
    "truncated": TRUNCATED,
    "broken off": BROKEN_OFF,
    "not OK": NOT_OK,
}


@pytest.fixture
def stub():
    with PortalStub(procedures(COUNT)).running() as stub:
        yield stub


@pytest.fixture
def fresh(stub, tmp_path):
    return Syncer(stub, tmp_path)


def bad_day(syncer: Syncer, kind: type[Exception], says: str) -> None:
    """A day that fails as it should: whatever was there stays, and a good day after it is whole."""
    before = syncer.files()
    with pytest.raises(kind, match=says):
        syncer.run(days_later=1)
    assert syncer.files() == before


def show_as_changed(stub: PortalStub, *uuids: str) -> None:
    for uuid_ in uuids:
        stub.change(uuid_, state="UPDATED")


# The list


def test_too_many_gone_stops_before_anything_is_written(synced, stub):
    gone = [stub.records[uuid_] for uuid_ in IDS[: ALLOWED + 1]]
    stub.remove(*IDS[: ALLOWED + 1])
    bad_day(synced, BadDay, r"3 of 40 records vanished from the list: more than 5%, so nothing is published")
    assert stub.details() == []
    stub.add(*gone)
    assert synced.run().gone == []


def test_as_many_as_allowed_may_go(synced, stub):
    stub.remove(*IDS[:ALLOWED])
    assert synced.run().gone == CODES[:ALLOWED]


def test_a_person_may_allow_more(synced, stub):
    stub.remove(*IDS[:20])
    assert synced.run(most_lost=0.5).gone == CODES[:20]
    assert len(synced.written()) == 20


@pytest.mark.parametrize("total", [None, 0, COUNT])
def test_an_empty_list_is_a_bad_day_even_on_the_first(fresh, stub, total):
    stub.remove(*IDS)
    stub.total = total
    bad_day(fresh, BadDay, "list is empty")


def test_a_list_that_ends_early_is_a_bad_day_even_on_the_first(fresh, stub):
    """Otherwise the first page would stand for the nation."""
    stub.page, stub.cursor = 15, ""
    bad_day(fresh, BadDay, "25 of 40 records are missing: the list ended early")


def test_a_list_that_ends_early_is_a_bad_day_though_no_record_was_known_beyond(synced, stub):
    stub.page, stub.cursor, stub.total = COUNT, "", 400
    bad_day(synced, BadDay, "360 of 400")


def test_a_list_without_a_total_is_taken_as_it_is(fresh, stub):
    stub.total = 0
    assert len(fresh.run().added) == COUNT


@pytest.mark.parametrize("answer", [REJECTED, *UNUSABLE.values()], ids=["HTML", *UNUSABLE])
def test_a_list_that_cannot_be_read_changes_nothing(synced, stub, answer):
    stub.always = answer
    bad_day(synced, Refused, "4 times|no such record|no record")


def test_an_entry_without_an_id_is_told_and_costs_no_other(fresh, stub):
    stub.entries.insert(3, {"code": "1.900999", "name": "Không có mã"})
    summary = fresh.run()
    assert len(summary.added) == COUNT
    assert [r.code for r in summary.rejected] == ["1.900999"]


def test_entries_that_are_all_unreadable_are_a_bad_day(synced, stub):
    stub.entries = [{"code": e["code"]} for e in stub.entries]
    bad_day(synced, BadDay, "empty")


# The records


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE)
def test_a_new_record_that_does_not_come_is_told_and_costs_no_other(fresh, stub, answer):
    """It vanished between the list and the question, or the portal stumbles over it."""
    stub.on_detail[IDS[7]] = answer
    summary = fresh.run()
    assert len(summary.added) == COUNT - 1
    assert [r.code for r in summary.rejected] == [IDS[7]]  # no code was ever seen
    assert fresh.written().keys() == set(IDS) - {IDS[7]}


@pytest.mark.parametrize("answer", UNUSABLE.values(), ids=UNUSABLE)
def test_a_known_record_that_does_not_come_stays_as_it_was(synced, stub, answer):
    before = synced.written()[IDS[7]]
    show_as_changed(stub, IDS[7])
    stub.on_detail[IDS[7]] = answer
    summary = synced.run()
    assert [r.code for r in summary.rejected] == [CODES[7]]
    assert (summary.changed, summary.gone, synced.written()[IDS[7]]) == ({}, [], before)


GARBLED = {
    "without a name": {"name": ""},
    "without a code": {"code": None},
    "another one": {"id": uuid(999)},
    "of another shape": {"executionCases": [{"name": 5, "profileComponents": {"a": 1}}], "name": {"vi": "Tên"}},
    "without contents": {"executionSteps": [], "executionMethods": None, "executionCases": []},
    "no Unicode": {"note": "\ud83d"},
}


@pytest.mark.parametrize("fields", GARBLED.values(), ids=GARBLED)
def test_a_garbled_record_does_not_replace_the_good_one(synced, stub, fields):
    before = synced.written()[IDS[7]]
    show_as_changed(stub, IDS[7])
    good = stub.records[IDS[7]]
    stub.on_detail[IDS[7]] = Answer(201, envelope_in_ascii(good | fields))
    summary = synced.run(days_later=1)
    assert [r.code for r in summary.rejected] == [CODES[7]]
    assert (summary.changed, synced.written()[IDS[7]]) == ({}, before)

    stub.on_detail.clear()
    assert synced.run().changed == {CODES[7]: ["state"]}
    assert synced.written()[IDS[7]] == good


def envelope_in_ascii(data: object) -> bytes:
    """Half of a surrogate pair can be written in no other way."""
    return json.dumps({"code": "OK", "message": "OK", "data": data}).encode()


def test_an_entry_that_is_no_unicode_does_no_harm(fresh, stub):
    stub.next_answers = [Answer(201, envelope_in_ascii({"items": [{"id": IDS[0], "name": "\ud83d"}], "lastId": ""}))]
    assert fresh.run().added == [CODES[0]]


def test_too_many_garbled_records_are_a_bad_day_and_it_ends_soon(synced, stub):
    show_as_changed(stub, *IDS[:20])
    stub.on_detail = {uuid_: Answer.envelope({"id": uuid_, "message": "maintenance"}) for uuid_ in IDS}
    bad_day(synced, BadDay, "3 of 40 records cannot be read: more than 5%, so nothing is published")
    assert stub.details() == IDS[: ALLOWED + 1]

    stub.on_detail.clear()
    assert list(synced.run().changed) == CODES[:20]
    assert synced.written() == stub.records


def test_records_that_a_build_would_reject_are_counted_too(synced, stub):
    """Each can be read alone; together they claim the same code."""
    stub.add(*(stub.records[IDS[0]] | {"id": uuid(900 + i)} for i in range(ALLOWED + 1)))
    bad_day(synced, BadDay, "3 of 43 records cannot be read")


def test_a_bad_day_keeps_what_was_good_in_it(synced, stub):
    show_as_changed(stub, *IDS[:20])
    stub.on_detail = dict.fromkeys(IDS[10:13], NO_RECORD)
    bad_day(synced, BadDay, "cannot be read")
    stub.on_detail.clear()
    assert list(synced.run().changed) == CODES[:20]
    assert not set(stub.details()) & set(IDS[:10])


# The portal, or only some of its records?


def test_a_portal_that_fails_at_every_record_is_not_asked_for_all_of_them(synced, stub):
    show_as_changed(stub, *IDS)
    stub.details_before = 5, BROKEN
    bad_day(synced, Refused, "3 records in a row did not come, the last one because: the portal has a fault")
    assert len(set(stub.details())) == 5 + 3
    assert len(stub.details()) == 5 + 4 * (3 + 1)  # and one that had just worked


def test_a_portal_that_fails_from_the_first_record_on_is_left_alone(fresh, stub):
    stub.details_before = 0, NO_RECORD
    bad_day(fresh, Refused, "3 records in a row did not come")
    assert len(stub.details()) == 3


def test_broken_records_in_a_row_do_not_stop_the_others(tmp_path):
    """Were they to, a handful of broken ones would stop every night's run."""
    with PortalStub(procedures(150)).running() as stub:
        syncer = Syncer(stub, tmp_path)
        broken = [uuid(100 + i) for i in range(4, 10)]
        stub.on_detail = dict.fromkeys(broken, NOT_FOUND)
        assert len(syncer.run().rejected) == 6
        for _ in range(2):
            summary = syncer.run()
            assert (len(summary.rejected), summary.unchanged) == (6, 144)


# Waits


def test_a_short_trouble_costs_waits_and_nothing_else(fresh, stub):
    stub.next_answers = [BROKEN, REJECTED, TRUNCATED]
    assert len(fresh.run().added) == COUNT
    assert len([w for w in fresh.waits if w > 0.5]) == 3
