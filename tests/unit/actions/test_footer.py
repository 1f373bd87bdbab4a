"""Every answer ends with its source, the day it was checked, and what of it is ours against the portal."""

from __future__ import annotations

import datetime as dt

import pytest

from actions.facets import Facet, footer
from knowledge.procedure import Override
from tests.builders import CHECKED, TODAY, bees

OURS = Override(
    field="fees", valid_from=dt.date(2026, 7, 1), source="Thông tư 9/2026/TT-BOM", why="Cổng còn mức phí cũ."
)


def ours(field: str, facet: Facet) -> str:
    return footer(bees(overrides=(OURS.model_copy(update={"field": field}),)), (facet,), TODAY, 180)


def test_the_source_and_the_day_of_checking_are_named() -> None:
    text = footer(bees(source="Cổng vườn", checked_on=dt.date(2026, 3, 9)), (Facet.FEE,), TODAY, 180)
    assert "Cổng vườn" in text
    assert "09/03/2026" in text


@pytest.mark.parametrize(("age", "is_stale"), [(0, False), (30, False), (31, True), (400, True)])
def test_an_old_record_says_that_it_may_be_out_of_date(age: int, is_stale: bool) -> None:
    text = footer(bees(), (Facet.FEE,), CHECKED + dt.timedelta(days=age), 30)
    assert ("hơn 30 ngày trước" in text) == is_stale


def test_our_own_value_is_shown_with_its_source_and_no_quarrel() -> None:
    text = ours("fees", Facet.FEE)
    assert text.splitlines()[0] == "Lệ phí theo Thông tư 9/2026/TT-BOM."
    assert "Cổng còn mức phí cũ" not in text


def test_an_overview_shows_what_is_ours_too() -> None:
    assert "Thông tư 9/2026/TT-BOM" in ours("fees", Facet.OVERVIEW)


def test_a_value_of_ours_that_was_not_asked_about_is_not_mentioned() -> None:
    assert "Thông tư 9/2026/TT-BOM" not in ours("fees", Facet.TIME)


@pytest.mark.parametrize(
    ("field", "facet"), [("times", Facet.TIME), ("cases", Facet.DOCUMENTS), ("place", Facet.PLACE)]
)
def test_each_field_belongs_to_its_facet(field: str, facet: Facet) -> None:
    assert "Thông tư 9/2026/TT-BOM" in ours(field, facet)
    assert "Thông tư 9/2026/TT-BOM" not in ours(field, Facet.FEE)


@pytest.mark.parametrize(
    ("field", "facet"),
    [
        ("legal_basis", Facet.LEGAL_BASIS),
        ("applicants", Facet.ELIGIBILITY),
        ("online_level", Facet.ONLINE),
        ("results", Facet.RESULT),
        ("steps", Facet.STEPS),
        ("requirements", Facet.ELIGIBILITY),
    ],
)
def test_no_field_of_ours_goes_unsaid(field: str, facet: Facet) -> None:
    assert "Thông tư 9/2026/TT-BOM" in ours(field, facet)
