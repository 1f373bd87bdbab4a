"""What the assistant knows, counted: on a set small enough to count by hand."""

from __future__ import annotations

import datetime as dt

import pytest

from indexer.coverage import Covered, is_own
from knowledge.procedure import LifeEvent, Origin
from tests.unit.knowledge.samples import DAY, procedure

TODAY = DAY + dt.timedelta(days=100)
OLD = DAY - dt.timedelta(days=100)
SET = [
    procedure(
        "1.900001", "Nuôi chim", field="Chăn nuôi", online_level="full", origin=Origin.MERGED, life_events=("car",)
    ),
    procedure("1.900002", "Nuôi cá", field="Chăn nuôi", online_level="partial", checked_on=OLD),
    procedure("1.900003", "Thả diều", field="Bầu trời", origin=Origin.OWN, life_events=("car", "school")),
    procedure("1.900004", "Ngắm sao", field="", online_level="full", province="UBND tỉnh Gia Lai"),
]
FILINGS = {"1.900001": 600, "1.900002": 300, "1.900003": 100, "1.999999": 5000}


def rows(name, procedures=SET, filings=FILINGS):
    """The rows of a table as lists of cells, by their first."""
    table = Covered(procedures, filings, TODAY, 150).tables()[name]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    return {row[0]: row[1:] for row in cells}


def test_the_summary_counts_by_level_with_shares_and_age():
    assert rows("summary") == {
        "all procedures": ["4", "2", "1", "1", "100.00%", "1"],
        "with a record of our own": ["2", "1", "0", "1", "70.00%", "0"],
        "only on the portal": ["2", "1", "1", "0", "30.00%", "1"],
        "of one province only": ["1", "1", "0", "0", "0.00%", "0"],
    }


def test_the_fields_are_ranked_by_filings_with_our_share_of_each():
    found = rows("fields")
    assert list(found) == ["Chăn nuôi", "Bầu trời", "(no field)"]
    assert found["Chăn nuôi"] == ["2", "1", "1", "0", "900", "1", "66.7%"]
    assert found["Bầu trời"] == ["1", "0", "0", "1", "100", "1", "100.0%"]
    assert found["(no field)"] == ["1", "1", "0", "0", "0", "0", "–"]


def test_beyond_forty_fields_the_rest_is_summed():
    many = [procedure(f"1.9100{i:02}", "Nuôi thú", field=f"Vườn {i:02}", online_level="full") for i in range(45)]
    found = rows("fields", many, {p.code: 100 - i for i, p in enumerate(many)})
    assert len(found) == 41
    assert list(found)[-1] == "5 other fields"
    assert found["5 other fields"] == ["5", "5", "0", "0", str(60 + 59 + 58 + 57 + 56), "0", "0.0%"]


def test_every_life_event_has_a_row_with_the_most_used_first():
    found = rows("events")
    assert set(found) == {event.value for event in LifeEvent}
    assert found["car"] == ["2", "Nuôi chim; Thả diều"]
    assert found["school"] == ["1", "Thả diều"]
    assert found["birth"] == ["0", ""]


def test_without_any_filings_no_share_is_made_up():
    assert [row[4] for row in rows("summary", filings={}).values()] == ["–"] * 4


def test_nothing_known_is_counted_as_nothing():
    assert rows("summary", [])["all procedures"] == ["0", "0", "0", "0", "–", "0"]
    assert rows("fields", []) == {}


@pytest.mark.parametrize(("age", "stale"), [(150, False), (151, True)])
def test_a_record_is_stale_from_the_day_after_the_limit(age, stale):
    record = procedure(checked_on=TODAY - dt.timedelta(days=age))
    assert Covered([record], {}, TODAY, 150).is_stale(record) is stale


@pytest.mark.parametrize(("origin", "own"), [(Origin.OWN, True), (Origin.MERGED, True), (Origin.NATIONAL, False)])
def test_a_merged_record_is_ours(origin, own):
    assert is_own(procedure(origin=origin)) is own
