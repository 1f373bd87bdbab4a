"""Provinces in free text: names of today and before, short forms, no accents; and words that only look like one."""

from __future__ import annotations

import unicodedata

import pytest

from knowledge.places import Provinces
from knowledge.text import fold


@pytest.fixture(scope="module")
def provinces():
    return Provinces.load()


def test_there_are_34_provinces_with_an_id_each(provinces):
    assert len(provinces.all) == 34
    assert len({p.portal_id for p in provinces.all}) == len({p.code for p in provinces.all}) == 34


def test_every_province_is_found_by_its_name_in_any_spelling(provinces):
    for province in provinces.all:
        for name in (province.name, province.short_name, fold(province.name), province.name.upper()):
            assert provinces.find(f"nhà em ở {unicodedata.normalize('NFD', name)} ạ") == province


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("em ở Bình Dương", "79"),
        ("que o bac giang", "24"),
        ("ở Hà Giang", "08"),
        ("Thừa Thiên Huế", "46"),
        ("Bà Rịa - Vũng Tàu", "79"),
        ("Ba Ria Vung Tau", "79"),
        ("kon tum", "51"),
        ("Đắk Nông", "68"),
        ("Sóc Trăng", "92"),
    ],
)
def test_an_old_province_leads_to_the_one_that_took_it_in(provinces, text, code):
    assert provinces.find(text).code == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("làm hộ chiếu ở hcm", "79"),
        ("tphcm", "79"),
        ("TP.HCM", "79"),
        ("tp hcm", "79"),
        ("o sg", "79"),
        ("Sài Gòn", "79"),
        ("hn", "01"),
        ("HN.", "01"),
        ("daklak", "66"),
        ("Đắc Lắc", "66"),
        ("Thanh Hoá", "38"),
        ("Thanh Hóa", "38"),
        ("Nha Trang", "56"),
    ],
)
def test_short_forms_and_spellings_are_known(provinces, text, code):
    assert provinces.find(text).code == code


@pytest.mark.parametrize(
    "text",
    [
        "nộp thuế ở đâu",
        "nop thue",
        "hnay em đi",
        "sgk lớp 5",
        "bằng cao đẳng",
        "người Bình Thủy",
        "",
        "?!",
        "hồ sơ số 79",
    ],
)
def test_a_name_counts_as_whole_words_only(provinces, text):
    assert provinces.find(text) is None


@pytest.mark.parametrize("text", ["đánh giá lại hồ sơ", "visa 5 năm định cư", "bán hoa huệ", "nguồn thu đầu một năm"])
def test_words_with_other_accents_are_no_province(provinces, text):
    assert provinces.find(text) is None


@pytest.mark.parametrize("text", ["ở Thành phố Hồ Chí Minh", "o thanh pho ho chi minh"])
def test_the_longer_name_wins_over_a_shorter_one_inside(provinces, text):
    assert provinces.find(text).name == "Thành phố Hồ Chí Minh"


@pytest.mark.parametrize(("text", "code"), [("từ Hà Nội vào Đà Nẵng", "01"), ("từ Đà Nẵng ra Hà Nội", "48")])
def test_of_two_places_the_first_is_taken(provinces, text, code):
    assert provinces.find(text).code == code


@pytest.mark.parametrize("text", ["từ Huế vào Vũng Tàu", "Huế hay Cần Thơ"])
def test_of_two_places_the_first_is_taken_also_where_the_second_is_longer(provinces, text):
    assert provinces.find(text).code == "46"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ở Bình Dương nha", "79"),
        ("em o ha noi a", "01"),
        ("tỉnh Gia Lai ạ", "52"),
        ("Huế", "46"),
        ("quê ở Huế ạ", "46"),
    ],
)
def test_a_message_may_name_a_place_and_nothing_else(provinces, text, code):
    assert provinces.only(text).code == code


@pytest.mark.parametrize("text", ["làm hộ chiếu ở Huế", "Huế nộp thuế ở đâu", "ở đâu", "", "xin chào"])
def test_a_message_that_asks_something_is_not_only_a_place(provinces, text):
    assert provinces.only(text) is None


@pytest.mark.parametrize(
    ("publisher", "code"),
    [
        ("UBND tỉnh Bắc Ninh", "24"),
        ("Ủy ban nhân dân thành phố Huế", "46"),
        ("Uỷ ban nhân dân  tỉnh Cà Mau", "96"),
        ("UBND TP. Hồ Chí Minh", "79"),
        ("Bộ Công an", None),
        ("", None),
    ],
)
def test_a_publisher_names_its_province(provinces, publisher, code):
    found = provinces.of_publisher(publisher)
    assert (found.code if found else None) == code


@pytest.mark.parametrize(
    ("code", "name"), [("79", "Thành phố Hồ Chí Minh"), ("01", "Thành phố Hà Nội"), ("00", None), (None, None)]
)
def test_a_code_that_is_not_known_is_no_province(provinces, code, name):
    found = provinces.by_code(code)
    assert (found.name if found else None) == name
