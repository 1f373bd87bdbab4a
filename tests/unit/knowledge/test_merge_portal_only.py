"""What only the portal knows of a procedure is kept when our record is merged into its own."""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.merge import merge
from knowledge.procedure import Origin, State
from tests.unit.knowledge.samples import DAY, procedure

PORTAL = procedure(province="UBND tỉnh Gia Lai", state=State.UPDATED, non_territorial=True)


@pytest.mark.parametrize(
    ("field", "value"), [("province", "UBND tỉnh Gia Lai"), ("state", State.UPDATED), ("non_territorial", True)]
)
def test_province_and_state_are_the_portals(field, value):
    assert getattr(merge(procedure(origin=Origin.OWN), PORTAL, today=DAY), field) == value


def test_a_province_that_only_we_name_does_not_count():
    assert merge(procedure(origin=Origin.OWN, province="UBND tỉnh Cà Mau"), procedure(), today=DAY).province is None


def test_what_only_we_know_of_time_and_certainty_is_ours():
    ours = procedure(
        origin=Origin.OWN,
        valid_from="2026-01-01",
        valid_until="2026-12-31",
        replaced_by="1.900002",
        certainty="medium",
        doubts="còn chờ hướng dẫn",
        notices=({"text": "Sắp đổi mẫu tờ khai.", "source": "Thông tư 1"},),
    )
    result = merge(ours, PORTAL, today=DAY)
    assert (result.valid_from, result.valid_until) == (dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    for field in ("replaced_by", "certainty", "doubts", "notices"):
        assert getattr(result, field) == getattr(ours, field)
