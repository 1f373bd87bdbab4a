"""Whole portal records: level, agency, province; and files of them: what is left out, and that it is counted."""

from __future__ import annotations

import gzip
import json

import pytest

from knowledge.portal import ImportReport, Rejection, import_records, read_raw_records
from knowledge.procedure import GovernmentLevel, OnlineLevel, Origin, State
from tests.unit.knowledge.samples import DAY, imported, method, portal_record, uuid, variant

DIRECT = method(submissionMethod="DIRECT")


def read(path):
    report = ImportReport()
    return list(import_records(read_raw_records(path), checked_on=DAY, report=report)), report


def written(folder, *lines):
    path = folder / "procedures.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("changes", "level"),
    [
        ({}, OnlineLevel.FULL),
        ({"isFullProcess": False}, OnlineLevel.PARTIAL),
        ({"executionMethods": [DIRECT]}, OnlineLevel.NONE),
        ({"cases": []}, OnlineLevel.NONE),
        ({"isOfflineOnly": True}, OnlineLevel.NONE),
        ({"isFullProcess": False, "executionMethods": [DIRECT], "cases": []}, OnlineLevel.NONE),
        ({"executionMethods": [DIRECT, method()]}, OnlineLevel.FULL),
    ],
    ids=["all agree", "no flag", "flag without method", "flag without case", "offline only", "nothing", "two methods"],
)
def test_online_in_full_needs_flag_method_and_case_together(changes, level):
    assert imported(**changes).online_level is level


def test_a_missing_agency_falls_back_to_the_unit_groups():
    record = imported(departmentsExecuting=[], executingAgencies="", unitGroupsExecuting=[{"name": "Sở Chim cảnh"}])
    assert record.agencies == ("Sở Chim cảnh",)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("Sở Chim cảnh Thành phố Hà Nội", "Sở Chim cảnh của tỉnh, thành phố"),
        ("Sở Chim cảnh - Tỉnh Cao Bằng", "Sở Chim cảnh của tỉnh, thành phố"),
        ("Sở Chim và Cá - TP. Hải Phòng", "Sở Chim và Cá của tỉnh, thành phố"),
        ("Sở Ngoại vụ Thành phố Hồ Chí Minh - Bộ Ngoại giao", "Sở Ngoại vụ Thành phố Hồ Chí Minh - Bộ Ngoại giao"),
        ("Ngân hàng Nhà nước chi nhánh thành phố Hà Nội", "Ngân hàng Nhà nước chi nhánh thành phố Hà Nội"),
        ("Sở Chim cảnh", "Sở Chim cảnh"),
    ],
)
def test_one_provinces_office_is_not_told_to_the_whole_country(written, told):
    assert imported(departmentsExecuting=[], executingAgencies=written).agencies == (told,)


def test_a_provinces_own_procedure_keeps_its_office():
    written = "Sở Chim cảnh Thành phố Hà Nội"
    assert imported(type="SPECIFIC", departmentsExecuting=[], executingAgencies=written).agencies == (written,)


def test_agencies_written_as_one_text_are_parted():
    record = imported(departmentsExecuting=[], executingAgencies="Sở A, Sở B")
    assert record.agencies == ("Sở A", "Sở B")


def test_an_agency_named_nowhere_stays_unsaid():
    assert imported(departmentsExecuting=[]).agencies == ()


@pytest.mark.parametrize("missing", [None, [], [{}], [{"name": "", "code": " "}]])
def test_a_missing_legal_basis_stays_unsaid(missing):
    assert imported(legalBasisesDetails=missing).legal_basis == ()


def test_a_legal_basis_without_a_number_is_known_by_its_name():
    (basis,) = imported(legalBasisesDetails=[{"name": "Luật Chim cảnh"}]).legal_basis
    assert basis.code == basis.name == "Luật Chim cảnh"


@pytest.mark.parametrize(("kind", "province"), [("SPECIFIC", "UBND tỉnh Bắc Ninh"), ("STANDARD", None)])
def test_only_a_specific_record_belongs_to_the_province_that_published_it(kind, province):
    record = imported(type=kind, departmentPromulgateName="UBND tỉnh Bắc Ninh")
    assert (record.province, record.ministry) == (province, "UBND tỉnh Bắc Ninh")


def test_the_levels_that_handle_it_are_those_flagged():
    record = imported(isWard=False, isProvince=True, isMinistry=True)
    assert record.levels == (GovernmentLevel.PROVINCE, GovernmentLevel.MINISTRY)


def test_what_the_citizen_is_told_keeps_its_source_and_day():
    record = imported(state="UPDATED")
    assert (record.origin, record.state, record.checked_on) == (Origin.NATIONAL, State.UPDATED, DAY)
    assert record.code in record.source


def test_service_variants_keep_the_ids_that_make_links():
    record = imported(cases=[variant(11), variant(12), {"name": "no id"}])
    assert [v.id for v in record.variants] == [uuid(11), uuid(12)]


def test_a_decomposed_name_is_composed():
    assert imported(name="  Nuo\u0302i\nchim ").name == "Nuôi chim"


def test_internal_procedures_are_left_out_and_counted(tmp_path):
    path = written(tmp_path, portal_record(), portal_record(code="1.900002", type="STANDARD_INTERNAL"))
    procedures, report = read(path)
    assert [p.code for p in procedures] == ["1.900001"]
    assert (report.read, report.imported, report.internal, report.rejected) == (2, 1, 1, [])


def test_a_broken_line_is_rejected_by_its_number_and_the_rest_is_read(tmp_path):
    path = written(tmp_path, '{"code": "1.9', "", "[1, 2]", portal_record())
    procedures, report = read(path)
    assert len(procedures) == 1
    assert [r.code for r in report.rejected] == ["line 1", "line 3"]
    assert "not JSON" in report.rejected[0].reason
    assert report.read == report.imported + len(report.rejected) == 3


@pytest.mark.parametrize(
    "line",
    ["[" * 100_000, '{"n": ' + "9" * 5000 + "}", json.dumps(portal_record(executionCases=[{"name": "\ud800 nuôi"}]))],
    ids=["nested too deep", "number too long", "lone surrogate"],
)
def test_a_line_that_the_json_reader_chokes_on_is_rejected_too(tmp_path, line):
    procedures, report = read(written(tmp_path, line, portal_record()))
    assert len(procedures) == 1
    assert len(report.rejected) == 1


def test_a_line_that_is_not_utf_8_is_rejected_and_the_rest_is_read(tmp_path):
    path = tmp_path / "procedures.jsonl"
    path.write_bytes(b'{"code": "\xff"}\n' + json.dumps(portal_record()).encode() + b"\n")
    procedures, report = read(path)
    assert len(procedures) == len(report.rejected) == 1


def test_the_first_record_of_a_code_counts(tmp_path):
    path = written(tmp_path, portal_record(name="Bản đầu"), portal_record(name="Bản sau"))
    procedures, report = read(path)
    assert [p.name for p in procedures] == ["Bản đầu"]
    assert "twice" in report.rejected[0].reason


def test_a_blank_beside_a_code_does_not_hide_that_it_came_twice(tmp_path):
    procedures, _ = read(written(tmp_path, portal_record(), portal_record(code="1.900001 ")))
    assert len(procedures) == 1


def test_a_rejected_record_does_not_take_its_code_with_it(tmp_path):
    procedures, report = read(written(tmp_path, portal_record(name=""), portal_record()))
    assert len(procedures) == len(report.rejected) == 1


@pytest.mark.parametrize("field", ["code", "name", "id"])
@pytest.mark.parametrize("value", [None, "", "  ", 7, "x"])
def test_a_record_without_code_name_or_id_is_rejected_with_the_reason(field, value):
    report = ImportReport()
    rows = [portal_record(**{field: value})]
    assert list(import_records(rows, checked_on=DAY, report=report)) == []
    assert field in report.rejected[0].reason or {"id": "uuid"}.get(field, "") in report.rejected[0].reason


def test_a_gzipped_file_reads_like_a_plain_one(tmp_path):
    plain = written(tmp_path, portal_record(), "oops")
    zipped = tmp_path / "procedures.jsonl.gz"
    zipped.write_bytes(gzip.compress(plain.read_bytes()))
    assert read(zipped) == read(plain)


def test_an_unreadable_line_is_a_rejection_and_not_an_exception(tmp_path):
    (row,) = read_raw_records(written(tmp_path, "null"))
    assert isinstance(row, Rejection)


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (". Thủ tục nuôi chim", "Thủ tục nuôi chim"),
        ("Cấp giấy nuôi chim Cấp giấy nuôi chim bồ câu", "Cấp giấy nuôi chim bồ câu"),
        ("Nuôi chim, nuôi chim cảnh", "Nuôi chim, nuôi chim cảnh"),
    ],
)
def test_a_name_is_freed_of_what_was_typed_by_mistake(written, name):
    assert imported(name=written).name == name
