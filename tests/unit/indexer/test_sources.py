"""Where records come from, and what became of codes that are gone."""

from __future__ import annotations

import datetime as dt
import gzip
import json

import pytest

from indexer.sources import (
    RETIRED_FILE,
    day_of,
    digest_of_inputs,
    find_retired,
    load_sources,
    national_file,
    read_usage,
)
from knowledge.own import load_own_records
from knowledge.procedure import CODE, Origin
from tests.unit.knowledge.samples import DAY, fee_line, method, portal_record, procedure, uuid

LIVE = [
    procedure("1.900001", "Đăng ký nuôi chim"),
    procedure("1.900002", "Cấp giấy nuôi cá (thực hiện tại cấp tỉnh)"),
    procedure("1.900003", "Cấp giấy nuôi cá (thực hiện tại cấp xã)"),
]


def national(folder, *records, day="2026-07-18"):
    path = folder / "data" / f"procedures-{day}.jsonl.gz"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(gzip.compress("\n".join(json.dumps(r) for r in records).encode()))
    return path


@pytest.fixture(scope="module")
def own():
    return load_own_records()


def test_a_code_checked_by_hand_is_answered_for_sure():
    found = {r.code: r for r in find_retired([procedure("1.014748", "Trợ cấp thất nghiệp")], {})}
    assert (found["1.001978"].replacement, found["1.001978"].sure) == ("1.014748", True)


def test_a_code_that_is_gone_perhaps_became_what_has_its_name_now():
    found = {r.code: r for r in find_retired(LIVE, {"1.800001": "Thủ tục đăng ký NUÔI CHIM"})}
    assert (found["1.800001"].replacement, found["1.800001"].sure) == ("1.900001", False)
    assert found["1.800001"].why


def test_of_several_with_that_name_always_the_same_is_named():
    listed = {"1.800002": "Cấp giấy nuôi cá"}
    picks = {next(r for r in find_retired(LIVE, listed) if r.code == "1.800002").replacement for _ in range(3)}
    assert picks == {"1.900002"}


def test_a_code_that_is_gone_without_a_trace_is_still_known():
    found = {r.code: r for r in find_retired(LIVE, {"1.800003": "Cấp phép nuôi rồng"})}
    assert (found["1.800003"].replacement, found["1.800003"].sure) == (None, False)
    assert found["1.800003"].name == "Cấp phép nuôi rồng"


def test_a_live_code_is_never_retired():
    codes = {r.code for r in find_retired([*LIVE, procedure("1.001978", "Trợ cấp")], {"1.900001": "Tên cũ"})}
    assert codes.isdisjoint({"1.900001", "1.001978"})


def test_the_hand_beats_the_name():
    live = [*LIVE, procedure("1.014748", "Trợ cấp thất nghiệp")]
    (found,) = (r for r in find_retired(live, {"1.001978": "Đăng ký nuôi chim"}) if r.code == "1.001978")
    assert found.replacement == "1.014748"


def test_every_retired_code_in_the_file_keeps_its_zeros_and_says_why():
    by_hand = find_retired([], {})
    text = RETIRED_FILE.read_text(encoding="utf-8")
    assert by_hand
    for retired in by_hand:
        assert f"code: {retired.code}," in text
        assert CODE.match(retired.code)
        assert CODE.match(retired.replacement or "1.000000")
        assert len(retired.why) > 10


def test_a_retired_code_is_not_sent_to_another_retired_one():
    by_hand = find_retired([], {})
    gone = {r.code for r in by_hand}
    assert [r.code for r in by_hand if r.sure and r.replacement in gone] == []


def test_usage_is_read_by_column_name(tmp_path):
    path = tmp_path / "usage.csv"
    path.write_text('filings,code,name,extra\n42,1.900001,"Nuôi chim, cá",x\n', encoding="utf-8")
    assert read_usage(path) == ({"1.900001": 42}, {"1.900001": "Nuôi chim, cá"})


def test_the_newest_national_set_is_taken_and_its_day_is_in_its_name(tmp_path):
    assert national_file(tmp_path) is None
    national(tmp_path, day="2026-07-18")
    newest = national(tmp_path, day="2026-08-02")
    national(tmp_path, day="2025-12-31")
    assert national_file(tmp_path) == newest
    assert day_of(newest) == dt.date(2026, 8, 2)


def test_without_a_national_set_our_own_records_are_served(own):
    sources = load_sources(national=None, usage=None, today=DAY)
    assert [p.code for p in sources.procedures] == sorted(p.code for p in own)
    assert {p.origin for p in sources.procedures} == {Origin.OWN}
    assert sources.report.read == sources.merged == 0


def test_our_record_and_the_portals_of_one_code_are_merged_and_differences_told(own, tmp_path):
    ours = next(r for r in own if r.fees and r.fees[0].amount and not r.overrides)
    theirs = portal_record(
        code=ours.code, name=ours.name, id=uuid(7), executionMethods=[method(fees=[fee_line(123456)])]
    )
    sources = load_sources(national=national(tmp_path, portal_record(), theirs), usage=None, today=DAY)
    by_code = {p.code: p for p in sources.procedures}
    assert len(by_code) == len(sources.procedures) == len(own) + 1
    assert by_code["1.900001"].origin is Origin.NATIONAL
    merged = by_code[ours.code]
    assert (merged.origin, merged.plain_name, merged.uuid) == (Origin.MERGED, ours.plain_name, uuid(7))
    assert [f.amount for f in merged.fees] == [123456]
    assert {(d.code, d.field) for d in sources.differences} >= {(ours.code, "fees"), (ours.code, "uuid")}
    assert sources.merged == 1


def test_a_subset_keeps_the_named_national_records_and_all_our_own(own, tmp_path):
    rows = [portal_record(code=f"1.90000{i}") for i in range(4)]
    sources = load_sources(national=national(tmp_path, *rows), usage=None, today=DAY, only=frozenset({"1.900002"}))
    assert {p.code for p in sources.procedures} == {"1.900002", *(r.code for r in own)}
    assert sources.report.imported == 1


def test_filings_and_retired_codes_come_from_the_usage_file(tmp_path):
    usage = tmp_path / "usage-2025-12.csv"
    usage.write_text("code,name,filings\n1.900001,Nuôi chim,42\n1.800009,Nuôi rồng,7\n", encoding="utf-8")
    sources = load_sources(national=national(tmp_path, portal_record()), usage=usage, today=DAY)
    assert sources.filings["1.900001"] == 42
    assert "1.800009" in {r.code for r in sources.retired}
    assert "1.900001" not in {r.code for r in sources.retired}


def test_the_digest_of_the_inputs_follows_their_content_and_not_their_date(tmp_path):
    folder = tmp_path / "records"
    folder.mkdir()
    record, extra_file = folder / "a.yml", tmp_path / "usage.csv"
    record.write_text("code: 1")
    extra_file.write_text("x")

    def digest(extra="e"):
        return digest_of_inputs(folder, extra_file, None, extra=extra)

    before = digest()
    record.touch()
    assert digest() == before
    assert digest("other day") != before
    record.write_text("code: 2")
    changed = digest()
    assert changed != before
    (folder / "b.yml").write_text("code: 1")
    assert digest() != changed
