"""What an answer says for one place and one day: the office by its name, notices, doubts; and our own form numbers."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from actions.facets import Facet, footer, forms, notices, office
from knowledge.own import load_own_records
from knowledge.place_names import read_place
from knowledge.places import Gazetteer, Place
from tests.builders import APPLICATION, SKETCH, TODAY, bees, case

GAZETTEER = Gazetteer.load()
TEXT = "Từ nay tổ ong phải sơn vàng."


def place(name: str) -> Place:
    found = read_place(name, GAZETTEER).place
    assert found
    return found


WARD, CITY, PROVINCE, DISTRICT = map(place, ("phường Sài Gòn", "TP.HCM", "Nghệ An", "quận 7"))


# The office


def office_for(at: Place | None, *levels: str, agency: str = "Ủy ban nhân dân cấp xã", **changes: Any) -> str:
    return office(bees(levels=levels, agencies=(agency,), **changes), at)


@pytest.mark.parametrize(
    ("agency", "body"),
    [
        ("Ủy ban nhân dân cấp xã", "Ủy ban nhân dân"),
        ("Uỷ ban nhân dân xã", "Ủy ban nhân dân"),
        ("UBND cấp xã", "UBND"),
        ("Công an Xã", "Công an"),
    ],
)
def test_a_commune_s_office_is_named_where_the_commune_is_known(agency: str, body: str) -> None:
    text = office_for(WARD, "ward", agency=agency)
    assert text.splitlines() == [
        "Nơi nộp: Ủy ban nhân dân xã nơi đặt tổ ong.",
        f"Chỗ anh/chị (Phường Sài Gòn, Thành phố Hồ Chí Minh): {body} phường Sài Gòn.",
    ]


def test_who_lives_where_a_district_was_is_told_between_which_communes() -> None:
    text = office_for(DISTRICT, "ward")
    assert "Quận 7 nay chia cho Phường Tân Hưng, Phường Tân Thuận, Phường Phú Thuận, Phường Tân Mỹ." in text
    assert "đến ủy ban nhân dân ở đúng xã, phường mới" in text


def test_of_many_communes_the_first_four_are_named() -> None:
    text = office_for(place("Thủ Đức"), "ward")
    assert text.count("Phường ") == 4
    assert "và nơi khác." in text


@pytest.mark.parametrize(
    ("at", "named"),
    [
        (PROVINCE, "Công an tỉnh Nghệ An"),
        (CITY, "Công an thành phố Hồ Chí Minh"),
        (WARD, "Công an thành phố Hồ Chí Minh"),
        (DISTRICT, "Công an thành phố Hồ Chí Minh"),
    ],
)
def test_a_province_s_office_is_named_for_all_who_live_in_it(at: Place, named: str) -> None:
    assert office_for(at, "province", agency="Công an cấp tỉnh").endswith(f": {named}.")


@pytest.mark.parametrize(
    ("at", "levels", "agency"),
    [
        (None, ("ward",), "Công an cấp xã"),
        (CITY, ("ward",), "Công an cấp xã"),  # which ward is not known
        (CITY, ("ward", "province"), "Công an"),  # nor which of the two
        (WARD, ("ministry",), "Công an"),
        (WARD, ("ward",), "Hội Nuôi ong"),  # not every commune has one
    ],
)
def test_no_office_is_made_up(at: Place | None, levels: tuple[str, ...], agency: str) -> None:
    assert office_for(at, *levels, agency=agency) == "Nơi nộp: Ủy ban nhân dân xã nơi đặt tổ ong."


def test_of_several_agencies_the_first_is_the_one_to_go_to() -> None:
    record = bees(levels=("ward",), agencies=("Ủy ban nhân dân cấp xã", "Công an cấp xã"))
    assert "Công an phường" not in office(record, WARD)


def test_the_shipped_linked_procedures_send_nobody_to_the_police() -> None:
    linked = [r for r in load_own_records() if r.code in ("3.000722", "2.002913")]
    assert len(linked) == 2
    assert [r.code for r in linked if "Công an phường" in office(r, WARD)] == []


# Notices


def shown(*facets: Facet, at: Place | None = None, today: dt.date = TODAY, **notice: Any) -> bool:
    record = bees(notices=({"text": TEXT, "source": "Thông tư 9/2026.", **notice},))
    found = notices(record, facets or (Facet.FEE,), today, at)
    assert found in ([], ["Lưu ý: Từ nay tổ ong phải sơn vàng (theo Thông tư 9/2026)."])
    return bool(found)


@pytest.mark.parametrize(
    ("about", "asked", "is_shown"),
    [
        ((), Facet.TIME, True),
        (("fee",), Facet.FEE, True),
        (("fee",), Facet.TIME, False),
        (("fee", "time"), Facet.TIME, True),
        (("fee",), Facet.OVERVIEW, True),
    ],
)
def test_a_notice_is_said_with_the_facets_it_concerns(about: tuple[str, ...], asked: Facet, is_shown: bool) -> None:
    assert shown(asked, facets=about) is is_shown


@pytest.mark.parametrize(
    ("today", "is_shown"), [("2026-08-31", False), ("2026-09-01", True), ("2026-09-30", True), ("2026-10-01", False)]
)
def test_a_notice_is_said_on_its_days_both_ends_included(today: str, is_shown: bool) -> None:
    days = {"valid_from": "2026-09-01", "valid_until": "2026-09-30"}
    assert shown(today=dt.date.fromisoformat(today), **days) is is_shown


@pytest.mark.parametrize(("at", "is_shown"), [(WARD, True), (CITY, True), (PROVINCE, False), (None, False)])
def test_a_rule_of_one_province_is_told_to_who_lives_there(at: Place | None, is_shown: bool) -> None:
    assert shown(province="79", at=at) is is_shown


def test_notices_stand_before_the_source() -> None:
    record = bees(notices=({"text": TEXT, "source": "Thông tư 9/2026"},))
    lines = footer(record, (Facet.FEE,), TODAY, 180).splitlines()
    assert [line.split(":")[0] for line in lines] == ["Lưu ý", "Nguồn"]


# Doubts


@pytest.mark.parametrize(("certainty", "is_said"), [("high", False), ("medium", True), ("low", True)])
def test_what_is_not_sure_is_said_to_be_so(certainty: str, is_said: bool) -> None:
    record = bees(certainty=certainty, doubts="mức phí còn chờ xác nhận.")
    text = footer(record, (Facet.FEE,), TODAY, 180)
    assert ("Chưa chắc hoàn toàn: mức phí còn chờ xác nhận." in text) is is_said


# Forms


def form_line(*documents: Any) -> str:
    return forms(bees(cases=(case("chung", "Hồ sơ", *documents),)))


NUMBERED = APPLICATION.model_copy(update={"form": "ONG-1, Thông tư 9/2026"})
ATTACHED = SKETCH.model_copy(update={"forms": ({"file_id": "1", "name": "so-do.docx"},)})


def test_our_own_forms_are_named_with_their_number() -> None:
    assert "Tờ khai nuôi ong (mẫu ONG-1, Thông tư 9/2026)" in form_line(NUMBERED)


def test_a_number_that_begins_with_the_word_form_does_not_get_it_twice() -> None:
    assert "mẫu Mẫu" not in form_line(APPLICATION.model_copy(update={"form": "Mẫu số 3"}))


def test_our_own_numbers_leave_no_room_for_guesses() -> None:
    text = form_line(NUMBERED, ATTACHED, APPLICATION.model_copy(update={"key": "don", "name": "Đơn xin nuôi ong"}))
    assert "Sơ đồ khu vườn" not in text
    assert "Đơn xin nuôi ong" not in text


def test_a_number_that_the_paper_s_name_has_is_not_said_twice() -> None:
    named = APPLICATION.model_copy(update={"name": "Tờ khai mẫu ONG-1", "form": "ONG-1"})
    assert form_line(named).count("ONG-1") == 1


def test_without_our_numbers_the_files_of_the_portal_count_before_names() -> None:
    text = form_line(APPLICATION, ATTACHED)
    assert "Sơ đồ khu vườn" in text
    assert "Tờ khai nuôi ong" not in text
