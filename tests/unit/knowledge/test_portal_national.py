"""The real national set, where the machine has it: everything in it is accounted for."""

from __future__ import annotations

import pytest

from indexer.sources import day_of, national_file
from knowledge.portal import ImportReport, import_records, read_raw_records
from knowledge.procedure import OnlineLevel


@pytest.fixture(scope="module")
def national(shared_data):
    path = national_file(shared_data.parent)
    report = ImportReport()
    return list(import_records(read_raw_records(path), checked_on=day_of(path), report=report)), report


def test_all_5665_records_come_in_and_none_is_rejected(national):
    procedures, report = national
    assert report.summary().startswith("5665 read, 5473 imported, 192 internal, 0 rejected")
    assert len({p.code for p in procedures}) == 5473


def test_the_levels_are_those_that_flag_method_and_case_agree_on(national):
    """1,788 in full; 2,452 more have an ONLINE method and a case, of which 1.115189 is flagged offline only."""
    levels = [p.online_level for p in national[0]]
    assert levels.count(OnlineLevel.FULL) == 1788
    assert levels.count(OnlineLevel.PARTIAL) == 2451


def test_899_records_belong_to_a_province(national):
    assert sum(p.province is not None for p in national[0]) == 899


def test_only_76_records_have_no_dossier(national):
    """69 list nothing, 7 more list only items without a name."""
    assert sum(not p.cases for p in national[0]) == 76


def test_no_fee_is_less_than_a_thousand_dong(national):
    """217 lines of 90 records have a number below; of 57 records one or more are no clear sum."""
    low = [
        (p.code, f.amount) for p in national[0] for f in p.fees if f.currency == "VND" and 0 < (f.amount or 0) < 1000
    ]
    assert low == []
    assert len(national[1].without_sum) == 57
