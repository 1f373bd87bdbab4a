"""The records of a release by code and by filter, and what became of codes that are gone."""

from __future__ import annotations

import sqlite3

import pytest

from knowledge.catalogue import Catalogue, Filter, Retired, Summary, write_catalogue
from knowledge.procedure import Case, Document, Fee, OnlineLevel
from tests.unit.knowledge.samples import procedure, uuid

RECORDS = [
    procedure(
        "1.900001",
        "Đăng ký nuôi chim",
        uuid=uuid(1),
        plain_name="Xin nuôi chim",
        aliases=("giấy chim",),
        ministry="Bộ Chim cảnh",
        field="Chăn nuôi",
        applicants=("Công dân Việt Nam", "Doanh nghiệp"),
        online_level=OnlineLevel.FULL,
        fees=(Fee(amount=7000),),
        cases=(Case(key="a", label="Một", documents=(Document(key="b", name="Tờ khai"),)),),
    ),
    procedure("1.900002", "Giảm 50% phí nuôi gà", ministry="Bộ Gia cầm", field="Thú y", applicants=("Doanh nghiệp",)),
    procedure("1.900003", "Mẫu nuoi_ga và C:\\thư mục", ministry="Bộ Gia cầm", field="Chăn nuôi"),
    procedure("1.900004", "Hỗ trợ nuôi yến", ministry="UBND tỉnh Bắc Ninh", province="UBND tỉnh Bắc Ninh"),
    procedure("1.900005", "Hỗ trợ nuôi yến", ministry="UBND tỉnh Cà Mau", province="UBND tỉnh Cà Mau"),
]
GONE = Retired("1.800001", "Giấy cũ", "1.900001", sure=True, why="đổi mã")
LOST = Retired("1.800002", "Giấy mất", None, sure=False, why="không rõ")


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("catalogue") / "records.sqlite"
    write_catalogue(
        path,
        RECORDS,
        family_of={p.code: f"family-{p.code}" for p in RECORDS},
        filings={"1.900003": 500, "1.900002": 90},
        retired=[GONE, LOST],
    )
    return path


@pytest.fixture
def catalogue(path):
    return Catalogue.open(path)


def listed(catalogue, **wanted):
    total, rows = catalogue.page(Filter(**wanted), limit=50, offset=0)
    assert total == len(rows)
    return {row.code[-1] for row in rows}


def test_a_record_comes_back_as_it_was_written(catalogue):
    assert [catalogue.get(p.code) for p in RECORDS] == RECORDS


def test_a_code_that_is_not_there_is_none(catalogue):
    assert catalogue.get("1.999999") is None
    assert catalogue.get("' OR 1=1 --") is None


def test_without_a_filter_all_are_listed_the_most_filed_first(catalogue):
    total, rows = catalogue.page(Filter(), limit=50, offset=0)
    assert total == 5
    assert [row.code[-1] for row in rows] == ["3", "2", "1", "4", "5"]
    assert (rows[0].filings, rows[2].title, rows[2].level) == (500, "Xin nuôi chim", OnlineLevel.FULL)


def test_pages_do_not_overlap_and_count_everything(catalogue):
    pages = [catalogue.page(Filter(), limit=2, offset=at) for at in (0, 2, 4, 6)]
    assert [total for total, _ in pages] == [5] * 4
    assert [len(rows) for _, rows in pages] == [2, 2, 1, 0]
    assert len({row.code for _, rows in pages for row in rows}) == 5


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("nuôi chim", "1"),
        ("NUOI CHIM", "1"),
        ("chim xin", "1"),
        ("giấy chim", "1"),
        ("900002", "2"),
        ("phí gà", "2"),
        ("không có", ""),
        ("  ", "12345"),
    ],
)
def test_every_word_must_occur_in_name_alias_or_code_accents_or_not(catalogue, text, found):
    assert listed(catalogue, text=text) == set(found)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("%", "2"),
        ("50%", "2"),
        ("5%0", ""),
        ("_", "3"),
        ("nuoi_ga", "3"),
        ("nuoi_chim", ""),
        ("\\", "3"),
        ("c:\\", "3"),
        ("%' OR '1'='1", ""),
        ("\\%", ""),
    ],
)
def test_signs_that_mean_something_to_sql_stand_for_themselves(catalogue, text, found):
    assert listed(catalogue, text=text) == set(found)


@pytest.mark.parametrize("wild", ["%", "_", "Bắc%", "\\"])
def test_signs_stand_for_themselves_in_province_and_applicant_too(catalogue, wild):
    assert listed(catalogue, province=wild) == {"1", "2", "3"}
    assert listed(catalogue, applicant=wild) == set()


def test_a_province_sees_its_own_procedures_and_the_national_ones(catalogue):
    assert listed(catalogue, province="Bắc Ninh") == {"1", "2", "3", "4"}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"ministry": "Bộ Gia cầm"}, "23"),
        ({"ministry": "Gia cầm"}, ""),
        ({"field": "Chăn nuôi"}, "13"),
        ({"applicant": "Doanh nghiệp"}, "12"),
        ({"level": OnlineLevel.FULL}, "1"),
        ({"level": OnlineLevel.NONE}, "2345"),
        ({"field": "Chăn nuôi", "applicant": "Doanh nghiệp", "text": "chim"}, "1"),
        ({"field": "Chăn nuôi", "ministry": "Bộ Gia cầm", "text": "chim"}, ""),
    ],
)
def test_filters_narrow_together(catalogue, wanted, found):
    assert listed(catalogue, **wanted) == set(found)


def test_what_became_of_a_code_is_known(catalogue):
    assert catalogue.retired("1.800001") == GONE
    assert catalogue.retired("1.800002") == LOST
    assert catalogue.retired("1.900001") is None


def test_the_retriever_gets_one_row_a_procedure(catalogue):
    rows = {row.code: row for row in catalogue.summaries()}
    assert rows["1.900004"] == Summary("1.900004", "family-1.900004", "UBND tỉnh Bắc Ninh", "Hỗ trợ nuôi yến", 0)
    assert len(rows) == 5


def test_the_file_is_opened_for_reading_only(path):
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        Catalogue.open(path)._connection.execute("DELETE FROM procedures")


def test_a_file_that_is_missing_is_not_made(tmp_path):
    with pytest.raises(sqlite3.OperationalError):
        Catalogue.open(tmp_path / "none.sqlite").get("1.900001")
    assert not (tmp_path / "none.sqlite").exists()
