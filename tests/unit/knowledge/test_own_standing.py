"""Our own records on what is in force and how sure it is; and aliases that lead to two places."""

from __future__ import annotations

import datetime as dt
import unicodedata

import pytest

from knowledge.own import OwnRecordsError, clashing_aliases, load_own_records
from knowledge.procedure import Certainty, Facet
from tests.unit.knowledge.samples import procedure
from tests.unit.knowledge.test_own import RECORD


@pytest.fixture
def load(tmp_path):
    def load(*lines):
        text = RECORD + "".join(f"{line}\n" for line in lines)
        (tmp_path / "nuoi-chim.yml").write_text(text, encoding="utf-8")
        return load_own_records(tmp_path)

    return load


def problem(load, *lines):
    with pytest.raises(OwnRecordsError) as raised:
        load(*lines)
    (error,) = raised.value.errors
    return str(error)


# How sure


def test_a_record_is_sure_unless_it_says_otherwise(load):
    (record,) = load()
    assert (record.certainty, record.doubts) == (Certainty.HIGH, "")


@pytest.mark.parametrize("certainty", ["medium", "low"])
def test_less_than_sure_must_say_what_is_not(load, certainty):
    assert "`doubts` must say" in problem(load, f"certainty: {certainty}")
    (record,) = load(f"certainty: {certainty}", "doubts: mức phí còn chờ xác nhận")
    assert (record.certainty.value, record.doubts) == (certainty, "mức phí còn chờ xác nhận")


def test_a_doubt_may_not_be_blank(load):
    assert "`doubts` must say" in problem(load, "certainty: low", 'doubts: "  "')


def test_a_certainty_nobody_knows_is_refused(load):
    assert "nuoi-chim.yml:" in problem(load, "certainty: khá chắc")


# In force


def test_a_replacement_needs_the_last_day(load):
    assert "`valid_until`" in problem(load, "replaced_by: 1.900200")
    (record,) = load("replaced_by: 1.900200", "valid_until: 2026-12-31")
    assert (record.replaced_by, record.valid_until) == ("1.900200", dt.date(2026, 12, 31))


def test_an_end_needs_no_replacement(load):
    (record,) = load("valid_from: 2026-01-01", "valid_until: 2026-12-31")
    assert record.holds_on(dt.date(2026, 12, 31))
    assert not record.holds_on(dt.date(2027, 1, 1))


@pytest.mark.parametrize("line", ["replaced_by: chim", "valid_until: cuối năm", "valid_from: 2026-13-01"])
def test_a_replacement_is_a_code_and_a_day_is_a_day(load, line):
    assert line.split(":")[0] in problem(load, "valid_until: 2026-12-31" if "by" in line else "deadline: không", line)


# Notices and reasons


def test_notices_and_reasons_are_kept(load):
    (record,) = load(
        "notices:",
        '  - {text: Sắp đổi mẫu tờ khai., source: Thông tư 1, facets: [form], province: "52", valid_from: 2026-09-01}',
        "explains:",
        "  papers: cổng liệt kê giấy của tổ chức",
    )
    (notice,) = record.notices
    assert (notice.facets, notice.province, notice.valid_from) == ((Facet.FORM,), "52", dt.date(2026, 9, 1))
    assert record.explains == {"papers": "cổng liệt kê giấy của tổ chức"}


@pytest.mark.parametrize(
    "notice", ["{text: Ngắn, source: Thông tư 1}", "{text: Sắp đổi mẫu tờ khai.}", "{text: Sắp đổi mẫu, facets: [giá]}"]
)
def test_a_notice_says_something_by_a_source_about_a_known_facet(load, notice):
    with pytest.raises(OwnRecordsError) as raised:
        load("notices:", f"  - {notice}")
    assert all(e.field.startswith("notices.0.") for e in raised.value.errors)


# Aliases


def named(code, family, *aliases, plain_name="Tên thường"):
    return procedure(code, plain_name=f"{plain_name} {code}", family=family, aliases=aliases)


def test_an_alias_of_two_families_clashes():
    records = [named("1.900001", "chim", "xin giấy", "nuôi chim"), named("1.900002", "ca", "xin giấy")]
    assert clashing_aliases(records) == {"xin giay": ["1.900001", "1.900002"]}


def test_within_a_family_aliases_may_be_shared():
    assert clashing_aliases([named("1.900001", "chim", "xin giấy"), named("1.900002", "chim", "xin giấy")]) == {}


def test_a_plain_name_counts_as_an_alias():
    (clash,) = clashing_aliases([named("1.900001", "chim"), named("1.900002", "ca", "Tên thường 1.900001")]).values()
    assert clash == ["1.900001", "1.900002"]


@pytest.mark.parametrize("other", ["XIN GIẤY", "  xin   giấy "])
def test_case_and_blanks_do_not_tell_aliases_apart(other):
    assert clashing_aliases([named("1.900001", "chim", "xin giấy"), named("1.900002", "ca", other)]) != {}


@pytest.mark.parametrize("other", ["xin giay", unicodedata.normalize("NFD", "xin giấy")], ids=["no accents", "NFD"])
def test_nor_do_accents(other):
    assert clashing_aliases([named("1.900001", "chim", "xin giấy"), named("1.900002", "ca", other)]) != {}
