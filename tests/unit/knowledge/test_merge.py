"""Our record and the portal's made one: which side of each field counts."""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.differences import differences
from knowledge.merge import merge
from knowledge.procedure import (
    Case,
    Channel,
    Document,
    Fee,
    GovernmentLevel,
    LegalBasis,
    OnlineLevel,
    Origin,
    Override,
    ProcessingTime,
    ServiceVariant,
    State,
    Step,
    TimeUnit,
)
from tests.unit.knowledge.samples import DAY, procedure, uuid

FROM = dt.date(2026, 9, 1)
OURS = Case(key="ca-nhan", label="Cho mình", documents=(Document(key="to-khai", name="Tờ khai"),))
THEIRS = Case(key="chung", label="Hồ sơ", documents=(Document(key="abc", name="Tờ khai theo mẫu"),))
VARIANT = ServiceVariant(id=uuid(11), name="Nuôi chim")


def own(**changes):
    usual = {"plain_name": "Xin nuôi chim", "aliases": ("nuôi chim",), "family": "nuoi-chim", "origin": Origin.OWN}
    return procedure(**(usual | changes))


def online(amount=7000, **changes):
    return Fee(channel=Channel.ONLINE, amount=amount, **changes)


def override(field, day=FROM):
    return Override(field=field, valid_from=day, source="Thông tư 1/2026", why="Cổng chưa cập nhật")


def merged(ours, theirs, today=DAY):
    return merge(ours, theirs, today=today)


def test_two_procedures_are_never_mixed():
    with pytest.raises(ValueError, match=r"1\.900001.*1\.900002"):
        merged(own(), procedure(code="1.900002"))


def test_plain_words_are_ours():
    ours = own(
        summary="Nói cho dễ hiểu", deadline="30 ngày", penalty="Không", mistakes=("Quên ảnh",), related=("1.900009",)
    )
    result = merged(ours, procedure())
    for field in ("plain_name", "aliases", "family", "summary", "deadline", "penalty", "mistakes", "related"):
        assert getattr(result, field) == getattr(ours, field)


@pytest.mark.parametrize(
    ("field", "ours", "theirs"),
    [
        ("name", "Xin nuôi chim", "Đăng ký nuôi chim bồ câu"),
        ("uuid", uuid(1), uuid(2)),
        ("ministry", "Bộ A", "Bộ B"),
        ("levels", (GovernmentLevel.WARD,), (GovernmentLevel.PROVINCE,)),
        ("applicants", ("Doanh nghiệp",), ("Công dân Việt Nam",)),
        ("online_level", OnlineLevel.FULL, OnlineLevel.NONE),
        ("fees", (online(7000),), (online(8000),)),
        ("times", (ProcessingTime(quantity=3),), (ProcessingTime(quantity=3, unit=TimeUnit.DAY),)),
    ],
)
class TestAFactOnWhichTheTwoDisagree:
    def sides(self, field, ours, theirs, **more):
        return own(**{field: ours}, **more), procedure(**{field: theirs})

    def test_is_the_portals(self, field, ours, theirs):
        assert getattr(merged(*self.sides(field, ours, theirs)), field) == theirs

    def test_is_reported(self, field, ours, theirs):
        (difference,) = differences(*self.sides(field, ours, theirs))
        assert (difference.code, difference.field, difference.explained) == ("1.900001", field, "")
        assert difference.ours != difference.portal

    def test_is_ours_from_the_day_of_an_override_and_not_before(self, field, ours, theirs):
        sides = self.sides(field, ours, theirs, overrides=(override(field),))
        eve = merged(*sides, today=FROM - dt.timedelta(days=1))
        day = merged(*sides, today=FROM)
        assert (getattr(eve, field), eve.overrides) == (theirs, ())
        assert (getattr(day, field), day.overrides) == (ours, sides[0].overrides)

    def test_is_reported_with_the_reason_of_its_override(self, field, ours, theirs):
        (difference,) = differences(*self.sides(field, ours, theirs, overrides=(override(field),)))
        assert difference.explained == "Cổng chưa cập nhật"


def test_an_override_of_one_field_leaves_the_others_to_the_portal():
    ours = own(ministry="Bộ A", fees=(online(7000),), overrides=(override("fees"),))
    result = merged(ours, procedure(ministry="Bộ B", fees=(online(8000),)), today=FROM)
    assert (result.fees[0].amount, result.ministry) == (7000, "Bộ B")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ((online(7000, text="một lần"),), (online(7000, text="7.000đ/lần"),)),
        ((Fee(amount=7000, text="cách nào cũng vậy"),), (online(7000), Fee(channel=Channel.DIRECT, amount=7000))),
        ((online(7000, text="thường"), online(9000, text="bị mất")), (online(7000),)),
        ((online(7000, text="nay"),), (online(7000), online(5000, valid_until=dt.date(2023, 12, 31)))),
        ((online(7000, text="theo thông tư"),), ()),
    ],
    ids=["same amount", "ours for every channel", "ours says more", "theirs has ended", "theirs says nothing"],
)
def test_where_both_state_the_same_fee_our_wording_is_shown(ours, theirs):
    sides = own(fees=ours), procedure(fees=theirs)
    assert merged(*sides).fees == ours
    assert differences(*sides) == []


@pytest.mark.parametrize("ours", [Fee(text="Theo nghị quyết của tỉnh"), Fee(amount=0, text="Miễn phí")])
def test_our_fee_in_words_fills_a_fee_the_portal_leaves_out(ours):
    assert merged(own(fees=(ours,)), procedure()).fees == (ours,)


def test_a_fee_that_the_portal_says_is_free_is_a_difference():
    assert differences(own(fees=(online(7000),)), procedure(fees=(online(0, text="Miễn phí"),))) != []


def test_fees_in_words_on_both_sides_are_no_difference_in_amounts():
    sides = own(fees=(Fee(text="Theo nghị quyết"),)), procedure(fees=(Fee(text="Theo nghị quyết của tỉnh"),))
    assert differences(*sides) == []


def test_names_that_differ_in_case_or_accents_only_are_the_same_fact():
    sides = own(), procedure(name="ĐĂNG KÝ nuôi  chim bồ câu")
    assert merged(*sides).name == "Đăng ký nuôi chim bồ câu"
    assert differences(*sides) == []


@pytest.mark.parametrize(
    ("field", "ours", "theirs"),
    [
        ("cases", (OURS,), (THEIRS,)),
        ("steps", (Step(text="Mở ứng dụng"),), (Step(text="Công dân nộp hồ sơ"),)),
        ("place", "Công an xã", "Bộ phận Một cửa"),
        ("requirements", "Có chuồng", "Theo Điều 5"),
        ("results", ("Giấy",), ("Giấy chứng nhận",)),
        ("agencies", ("Công an xã",), ("UBND xã",)),
        ("legal_basis", (LegalBasis(code="1/2020"),), (LegalBasis(code="2/2021"),)),
        ("field", "Chăn nuôi", "Thú y"),
    ],
)
def test_ours_is_shown_where_we_say_it_and_the_portals_where_we_do_not(field, ours, theirs):
    portal = procedure(**{field: theirs})
    assert getattr(merged(own(**{field: ours}), portal), field) == ours
    assert getattr(merged(own(), portal), field) == theirs


def test_a_link_variant_the_portal_no_longer_has_is_dropped():
    ours = own(variants=(VARIANT,), link_variant=VARIANT.id)
    assert merged(ours, procedure(variants=(VARIANT,))).link_variant == VARIANT.id
    other = VARIANT.model_copy(update={"id": uuid(12)})
    assert merged(ours, procedure(variants=(other,))).link_variant is None


def test_a_variant_the_portal_no_longer_has_is_dropped_though_another_stays():
    other = VARIANT.model_copy(update={"id": uuid(12)})
    ours = own(variants=(VARIANT, other), link_variant=VARIANT.id)
    result = merged(ours, procedure(variants=(other,)))
    assert (result.variants, result.link_variant) == ((other,), None)


def test_the_result_says_what_it_is():
    theirs = procedure(state=State.UPDATED, non_territorial=True, checked_on=DAY + dt.timedelta(days=9))
    result = merged(own(), theirs)
    assert (result.origin, result.state, result.non_territorial) == (Origin.MERGED, State.UPDATED, True)
    assert result.checked_on == theirs.checked_on


def test_agreement_is_no_difference():
    assert differences(own(ministry="Bộ A", times=(ProcessingTime(quantity=3),)), procedure(ministry="Bộ A")) == []
