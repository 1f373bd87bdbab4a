"""Initials written out from the names, where nothing else can be meant."""

from __future__ import annotations

import pytest

from knowledge.accents import AccentRestorer
from knowledge.acronyms import Acronyms

NAMES = [
    "Cấp phép bãi nuôi trâu, bò",
    "Chứng nhận lớp học gấp giấy",
    "Thẻ nghề thợ gốm Việt",
    "Thành lập nhóm múa rối nước",
    "Tham dự trại đọc nhanh",
    "Chọn bãi ném tạ bay",
]


@pytest.fixture(scope="module")
def restorer():
    return AccentRestorer.count(NAMES * 25)


@pytest.fixture
def expand(restorer):
    acronyms = Acronyms(NAMES)
    return lambda text: acronyms.expand(text, restorer)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("NMRN", "nhóm múa rối nước"),
        ("nmrn", "nhóm múa rối nước"),
        ("lập NMRN ở xã", "lập nhóm múa rối nước ở xã"),
        ("TGV", "thợ gốm việt"),
        ("LHGG và NMRN", "lớp học gấp giấy và nhóm múa rối nước"),
    ],
)
def test_initials_become_the_phrase_that_stands_in_a_name(expand, typed, meant):
    assert expand(typed) == meant


def test_initials_run_on_over_the_marks_of_a_name(expand):
    assert expand("bãi NTB") == "bãi nuôi trâu bò"


def test_the_letter_đ_may_be_typed_with_or_without_its_stroke(expand):
    assert expand("TĐN") == expand("TDN") == "trại đọc nhanh"


@pytest.mark.parametrize("typed", ["NMRN?", "(NMRN)", "NMRN,", '"NMRN"', "nmrn..."])
def test_marks_around_initials_do_not_hide_them(expand, typed):
    assert expand(typed) == "nhóm múa rối nước"


@pytest.mark.parametrize(("often", "meant"), [(NAMES[0], "bãi nuôi trâu bò"), (NAMES[5], "bãi ném tạ bay")])
def test_of_several_phrases_the_likeliest_is_taken(often, meant):
    restorer = AccentRestorer.count([*NAMES * 25, *[often] * 100])
    assert Acronyms(NAMES).expand("BNTB", restorer) == meant


@pytest.mark.parametrize("text", ["xin mở lớp gấp giấy", "múa rối nước", "cần gì ạ?", ""])
def test_a_message_without_initials_is_kept(expand, text):
    assert expand(text) == text


def test_two_letters_are_too_few(expand):
    assert expand("MR rối") == "MR rối"


def test_more_than_eight_letters_are_too_many():
    name = "mỗi người dân trồng ba cây xanh lớn"
    longer = f"{name} nhỏ"
    restorer = AccentRestorer.count([longer] * 25)
    assert Acronyms([longer]).expand("MNDTBCXL", restorer) == name
    assert Acronyms([longer]).expand("MNDTBCXLN", restorer) == "MNDTBCXLN"


@pytest.mark.parametrize("text", ["XQZK", "mẫu NM2", "1.900001"])
def test_what_no_name_has_is_kept(expand, text):
    assert expand(text) == text


def test_initials_with_a_fixed_reading_are_left_to_chat_spelling(restorer):
    acronyms = Acronyms(["Tập thổi hồ cầm", "Giữ phố xinh đẹp", "Dạy kèn"])
    assert acronyms.expand("TTHC gpxd DK", restorer) == "TTHC gpxd DK"


def test_a_usual_syllable_is_no_initials_even_in_capitals(restorer):
    names = ["Giữ ánh nắng"]
    assert Acronyms(names).expand("GAN", restorer) == "giữ ánh nắng"
    usual = AccentRestorer.count(["gắn"] * 25)
    assert Acronyms(names).expand("GAN", usual) == "GAN"


def test_lower_case_letters_with_a_vowel_are_a_word(restorer):
    acronyms = Acronyms(["Giữ ánh nắng mai"])
    assert acronyms.expand("GANM", restorer) == "giữ ánh nắng mai"
    assert acronyms.expand("ganm", restorer) == "ganm"


def test_lower_case_letters_one_slip_from_a_usual_syllable_are_a_slip():
    restorer = AccentRestorer.count(["trong"] * 25)
    acronyms = Acronyms(["Trồng rau nhà gỗ"])
    assert acronyms.expand("trng", restorer) == "trng"
    assert acronyms.expand("TRNG", restorer) == "trồng rau nhà gỗ"


def test_without_names_everything_is_kept(restorer):
    assert Acronyms([]).expand("NMRN", restorer) == "NMRN"
