"""The national set brought up to date, day by day, against a portal on loopback."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from indexer.portal_client import Refused
from indexer.sources import day_of, national_file
from indexer.sync import Busy
from knowledge.portal import ImportReport, import_records, read_raw_records
from tests.unit.indexer.portal_stub import CODES, COUNT, IDS, LIST, NO_RECORD, REJECTED, PortalStub, Syncer, procedures
from tests.unit.knowledge.samples import fee_line, method, uuid


@pytest.fixture
def stub():
    with PortalStub(procedures(COUNT)).running() as stub:
        stub.page = 15
        yield stub


@pytest.fixture
def syncer(stub, tmp_path):
    return Syncer(stub, tmp_path)


def fees(amount: int) -> list[dict]:
    return [method(fees=[fee_line(amount, "Mỗi chuồng")])]


# What comes


def test_everything_comes_on_the_first_day(syncer, stub):
    summary = syncer.run()
    assert syncer.written() == stub.records
    assert summary.added == CODES
    assert (summary.changed, summary.gone, summary.unchanged, summary.rejected) == ({}, [], 0, [])


def test_a_build_can_read_what_came(synced):
    file = national_file(synced.folder)
    assert file == synced.target
    assert day_of(file) == synced.day
    report = ImportReport()
    imported = list(import_records(read_raw_records(file), checked_on=synced.day, report=report))
    assert [p.code for p in imported] == CODES
    assert report.summary() == f"{COUNT} read, {COUNT} imported, 0 internal, 0 rejected"


def test_progress_is_told_for_the_list_and_then_for_the_records(syncer):
    syncer.run()
    assert syncer.progress == [(15, COUNT), (30, COUNT), (40, COUNT), *((i + 1, COUNT) for i in range(COUNT))]


def test_every_record_is_asked_for_once_and_there_is_a_pause_before_every_request(syncer, stub):
    syncer.run()
    assert Counter(stub.details()) == dict.fromkeys(IDS, 1)
    assert syncer.waits == [0.5] * len(stub.requests)


def test_the_same_records_give_the_same_file(synced):
    first = synced.target.read_bytes()
    synced.run()
    assert synced.target.read_bytes() == first
    assert first[4:8] == bytes(4)  # gzip's place for the time of day


# What is asked for on another day


@pytest.mark.parametrize("days", [0, 1])
def test_a_few_unchanged_procedures_are_not_asked_for_again(synced, stub, days):
    summary = synced.run(days_later=days)
    # A fourteenth of the records is read again on another day.
    assert len(stub.details()) == (COUNT // 14) * days
    assert (summary.added, summary.changed, summary.gone, summary.unchanged) == ([], {}, [], COUNT)
    assert synced.written() == stub.records


def test_only_what_the_list_shows_as_changed_is_asked_for(synced, stub):
    stub.change(IDS[3], name="Đăng ký nuôi voi", state="UPDATED")
    stub.add(*procedures(COUNT + 1)[COUNT:])
    summary = synced.run()
    assert stub.details() == [IDS[3], uuid(100 + COUNT)]
    assert summary.added == [f"1.9{COUNT:05}"]
    assert summary.changed == {CODES[3]: ["name", "state"]}
    assert synced.written() == stub.records


def test_a_change_that_the_list_does_not_show_is_found_within_two_weeks(synced, stub):
    """The list carries neither a date nor a fee."""
    for uuid_ in IDS:
        stub.change(uuid_, listed=False, executionMethods=fees(99_000))
    found = Counter[str]()
    asked = []
    for _ in range(14):
        found.update(list(synced.run(days_later=1).changed))
        asked.append(len(stub.details()))
    assert found == dict.fromkeys(CODES, 1)
    assert synced.written() == stub.records
    assert max(asked[:-1]) == COUNT // 14  # spread over the nights
    assert sum(asked) == COUNT


def test_a_second_run_on_a_day_reads_no_second_share(synced, stub):
    synced.run(days_later=1)
    assert len(stub.details()) == COUNT // 14
    synced.run()
    assert stub.details() == []


def test_after_a_long_silence_everything_is_read_again(synced, stub):
    synced.run(days_later=30)
    assert sorted(stub.details()) == IDS


def test_every_record_tells_the_day_it_was_read(synced, stub):
    first_day = synced.day
    stub.change(IDS[3], name="Đăng ký nuôi voi")
    synced.run(days_later=1)
    read_again = {stub.records[uuid_]["code"] for uuid_ in stub.details()}
    assert synced.read_on() == {code: str(synced.day if code in read_again else first_day) for code in CODES}


# What the summary says


def test_the_changed_fields_are_named(synced, stub):
    stub.change(IDS[3], state="UPDATED", executionMethods=fees(50_000), updatedAt=1_780_000_000_000)
    stub.change(IDS[5], name="Đăng ký nuôi voi", note="mới")
    assert synced.run().changed == {
        CODES[3]: ["executionMethods", "state", "updatedAt"],
        CODES[5]: ["name", "note"],
    }


def test_a_record_read_again_without_a_change_is_unchanged(synced, stub):
    stub.entries[3]["categories"] = ["Chim"]
    summary = synced.run()
    assert stub.details() == [IDS[3]]
    assert (summary.changed, summary.unchanged) == ({}, COUNT)


def test_a_procedure_that_is_gone_is_named_and_leaves(synced, stub):
    stub.remove(IDS[7])
    assert synced.run().gone == [CODES[7]]
    assert synced.written() == stub.records
    assert synced.run().gone == []


def test_a_procedure_that_comes_back_is_new(synced, stub):
    back = stub.records[IDS[7]]
    stub.remove(IDS[7])
    synced.run()
    stub.add(back | {"executionMethods": fees(99_000)})
    assert synced.run().added == [CODES[7]]
    assert synced.written() == stub.records


def test_a_procedure_under_another_id_has_changed(synced, stub):
    record = stub.records[IDS[7]] | {"id": uuid(999)}
    stub.remove(IDS[7])
    stub.add(record)
    summary = synced.run()
    assert (summary.added, summary.changed, summary.gone) == ([], {CODES[7]: ["id"]}, [])


def test_a_procedure_under_another_code_is_new_and_the_old_code_is_gone(synced, stub):
    stub.change(IDS[7], code="2.900007")
    summary = synced.run()
    assert (summary.added, summary.changed, summary.gone) == (["2.900007"], {}, [CODES[7]])


def test_the_summary_in_words(synced, stub):
    stub.change(IDS[3], name="Đăng ký nuôi voi")
    stub.remove(IDS[7])
    stub.add(*procedures(COUNT + 2)[COUNT:])
    stub.on_detail[uuid(100 + COUNT + 1)] = NO_RECORD
    assert str(synced.run()).splitlines() == [
        f"1 added, 1 changed, 1 gone, {COUNT - 2} unchanged, 1 unreadable",
        "  added: 1.900040",
        "  gone: 1.900007",
        f"  unreadable: {uuid(100 + COUNT + 1)} (the portal answers OK, but with no record)",
    ]


def test_a_first_day_does_not_name_thousands(syncer):
    assert str(syncer.run()).endswith(f"{CODES[19]} and 20 more")


# Entries that come twice


def test_entries_that_come_twice_count_once(syncer, stub):
    """The list moves while it is read: the end of a page comes again at the head of the next one."""
    stub.repeats = 2
    summary = syncer.run()
    assert syncer.written() == stub.records
    assert summary.added == CODES
    assert Counter(stub.details()) == dict.fromkeys(IDS, 1)


def test_pages_that_bring_nothing_new_end_the_list(syncer, stub):
    """Otherwise a cursor that always looks new would lead on for ever."""
    answer, cursors = stub._page_of, iter(range(1000))
    stub._page_of = lambda body: answer(body | {"lastId": ""}) | {"lastId": f"cursor {next(cursors)}"}
    stub.page, stub.total = COUNT, COUNT
    assert len(syncer.run().added) == COUNT
    assert len(stub.pages()) == 2


def test_of_two_records_with_one_code_the_older_one_counts(synced, stub):
    stub.add(stub.records[IDS[7]] | {"id": uuid(999), "name": "Bản chép"})
    summary = synced.run()
    assert (summary.added, summary.changed, summary.gone) == ([], {}, [])
    assert [r.code for r in summary.rejected] == [CODES[7]]


def test_procedures_between_offices_are_no_fault(syncer, stub):
    for uuid_ in IDS[:20]:
        stub.change(uuid_, type="STANDARD_INTERNAL")
    assert syncer.run().rejected == []


def test_a_procedure_may_share_its_code_with_one_between_offices(syncer, stub):
    """One code of 2026-07-18 is such a one, but for a space."""
    twin = stub.records[IDS[7]] | {"id": uuid(999), "code": f"{CODES[7]} ", "type": "STANDARD_INTERNAL"}
    stub.add(twin)
    summary = syncer.run()
    assert (summary.added, summary.unchanged, summary.rejected) == (CODES, 0, [])
    stub.change(IDS[7], name="Đăng ký nuôi voi")
    summary = syncer.run()
    assert (summary.changed, summary.unchanged) == ({CODES[7]: ["name"]}, COUNT)


# Going on


def test_a_run_that_was_refused_goes_on_where_it_was(syncer, stub):
    stub.details_before = 25, REJECTED
    with pytest.raises(Refused):
        syncer.run()
    assert set(stub.details()) == set(IDS[:26])
    assert syncer.files() == {}
    stub.details_before = None
    summary = syncer.run()
    assert stub.details() == IDS[25:]
    assert syncer.written() == stub.records
    assert summary.added == CODES  # those of the first run too: nobody was told


def test_what_a_refused_run_found_changed_is_told_by_the_next(synced, stub):
    for i in (3, 5):
        stub.change(IDS[i], name=f"Đăng ký nuôi voi {i}")
    stub.details_before = 1, REJECTED
    with pytest.raises(Refused):
        synced.run(days_later=1)
    stub.details_before = None
    summary = synced.run()
    assert IDS[3] not in stub.details()
    assert summary.changed == {CODES[3]: ["name"], CODES[5]: ["name"]}


def test_what_changed_again_in_between_is_asked_for_again(synced, stub):
    stub.change(IDS[3], name="Đăng ký nuôi voi")
    stub.change(IDS[5], name="Đăng ký nuôi hổ")
    stub.details_before = 1, REJECTED
    with pytest.raises(Refused):
        synced.run(days_later=1)
    stub.details_before = None
    stub.change(IDS[3], name="Đăng ký nuôi voi con")
    synced.run()
    assert IDS[3] in stub.details()
    assert synced.written() == stub.records


def test_a_refusal_in_the_list_asks_for_no_record(synced, stub):
    stub.next_answers = [REJECTED] * 4
    with pytest.raises(Refused):
        synced.run()
    assert {r.path for r in stub.requests} == {LIST}


def test_two_runs_do_not_ask_at_the_same_time(synced, stub):
    with synced.store() as store, store.alone(), pytest.raises(Busy, match="Another sync is at work"):
        synced.run()
    assert stub.requests == []
    synced.run()


# Files


def test_a_file_that_a_killed_run_left_half_written_is_cleared(synced):
    half = synced.target.with_name(f".{synced.target.name}")
    half.write_bytes(synced.target.read_bytes()[:100])
    synced.run(days_later=1)
    assert not half.exists()


def test_a_write_that_fails_leaves_the_former_file(synced, stub, monkeypatch):
    before = synced.target.read_bytes()
    stub.change(IDS[3], name="Đăng ký nuôi voi")

    def full(*_):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            synced.run()
    assert synced.target.read_bytes() == before
    assert list(synced.run().changed) == [CODES[3]]


def test_the_three_newest_files_are_kept(synced):
    days = [str(synced.day)]
    for _ in range(4):
        synced.run(days_later=1)
        days.append(str(synced.day))
    assert sorted(synced.files()) == [f"procedures-{day}.jsonl.gz" for day in days[-3:]]


# The real portal's shape


def test_the_portals_own_entries_and_envelope(shared_data, tmp_path):
    entries = [json.loads(line) for line in (shared_data / "catalog-items.jsonl").read_text("utf-8").splitlines()]
    envelope = json.loads((shared_data / "detail-envelope.json").read_text("utf-8"))
    records = [envelope["data"] | {k: e[k] for k in ("id", "code", "name", "state", "type")} for e in entries]
    stub = PortalStub(records)
    stub.entries = entries
    with stub.running():
        syncer = Syncer(stub, tmp_path)
        summary = syncer.run()
    assert stub.pages() == ["", entries[99]["id"], entries[199]["id"], entries[299]["id"]]
    assert summary.added == sorted(e["code"] for e in entries)
    assert summary.rejected == []
    assert syncer.written() == stub.records
