"""When a fact, a notice or a procedure holds, and whom a notice concerns."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from knowledge.procedure import Facet, Fee, Notice, ProcessingTime
from tests.unit.knowledge.samples import procedure

FIRST, LAST = dt.date(2026, 9, 1), dt.date(2026, 9, 30)
DAY = dt.timedelta(days=1)


def notice(**changes):
    return Notice(**{"text": "Từ nay chuồng chim phải sơn vàng.", "source": "Thông tư 9", **changes})


@pytest.mark.parametrize("make", [procedure, Fee, ProcessingTime, notice], ids=["procedure", "fee", "time", "notice"])
@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (None, None, [True, True, True, True]),
        (FIRST, None, [False, True, True, True]),
        (None, LAST, [True, True, True, False]),
        (FIRST, LAST, [False, True, True, False]),
    ],
)
def test_it_holds_from_its_first_day_to_its_last_both_included(make, start, end, days):
    fact = make(valid_from=start, valid_until=end)
    assert [fact.holds_on(day) for day in (FIRST - DAY, FIRST, LAST, LAST + DAY)] == days


@pytest.mark.parametrize(
    ("about", "asked", "concerned"),
    [
        ((), (Facet.FEE,), True),
        ((), (), True),
        ((Facet.FEE,), (Facet.FEE, Facet.TIME), True),
        ((Facet.FEE, Facet.TIME), (Facet.TIME,), True),
        ((Facet.FEE,), (Facet.TIME,), False),
        ((Facet.FEE,), (Facet.OVERVIEW,), True),
        ((Facet.FEE,), (), False),
    ],
)
def test_a_notice_concerns_the_facets_it_names_and_every_overview(about, asked, concerned):
    assert notice(facets=about).concerns(asked, None) is concerned


@pytest.mark.parametrize(
    ("of", "at", "concerned"),
    [(None, None, True), (None, "52", True), ("52", "52", True), ("52", "96", False), ("52", None, False)],
)
def test_a_notice_of_one_province_concerns_who_lives_there(of, at, concerned):
    assert notice(province=of).concerns([Facet.FEE], at) is concerned


def test_facets_are_looked_at_once_though_they_come_from_a_generator():
    assert notice(facets=(Facet.FEE,)).concerns((f for f in (Facet.TIME, Facet.FEE)), None)


def test_place_and_facets_must_both_fit():
    local = notice(facets=(Facet.FEE,), province="52")
    assert [local.concerns([f], p) for f, p in ((Facet.FEE, "52"), (Facet.FEE, "96"), (Facet.TIME, "52"))] == [
        True,
        False,
        False,
    ]


def test_a_procedure_is_replaced_by_a_code():
    assert procedure(replaced_by="1.900002").replaced_by == "1.900002"
    with pytest.raises(ValidationError, match="procedure code"):
        procedure(replaced_by="chim")


def test_a_procedure_does_not_change():
    with pytest.raises(ValidationError, match="frozen"):
        procedure().valid_until = LAST
