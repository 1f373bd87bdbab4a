"""Places in what people write: names of today and before, short forms, no accents, and words that only look so."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.place_names import province_named, read_place
from knowledge.places import Gazetteer
from knowledge.text import fold

GAZETTEER = Gazetteer.load()


def read(text):
    return read_place(text, GAZETTEER)


def test_every_province_is_found_by_its_name_in_any_spelling():
    for province in GAZETTEER.provinces:
        for name in (province.name, province.short_name, fold(province.name), province.name.upper()):
            assert read(f"nhà em ở {unicodedata.normalize('NFD', name)} ạ").place.province == province


def test_every_commune_of_today_is_among_what_its_full_name_means():
    for code in list(GAZETTEER._communes)[::7]:
        commune = GAZETTEER.commune(code)
        places = read(f"{commune.name}, {commune.province.name}").places
        assert [p.province for p in places] == [commune.province]
        assert commune in places[0].communes


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
        ("Sóc Trăng", "92"),
        ("Hà Tây", "01"),
        ("ha tay", "01"),
        ("làm hộ chiếu ở hcm", "79"),
        ("tphcm", "79"),
        ("TP.HCM", "79"),
        ("tp hcm", "79"),
        ("o sg", "79"),
        ("Sài Gòn", "79"),
        ("brvt", "79"),
        ("HN.", "01"),
        ("Đắc Lắc", "66"),
        ("Thanh Hoá", "38"),
        ("Thanh Hóa", "38"),
        ("Nha Trang", "56"),
        ("thành phố Bắc Ninh", "24"),
        ("thanh pho dong nai", "75"),
    ],
)
def test_old_provinces_short_forms_and_towns_lead_to_the_province_of_today(text, code):
    assert read(text).place.province.code == code


@pytest.mark.parametrize(
    ("text", "was", "commune"),
    [
        ("quận 7", "Quận 7", "Phường Tân Hưng"),
        ("q7", "Quận 7", "Phường Tân Hưng"),
        ("Q.7 nha em", "Quận 7", "Phường Tân Hưng"),
        ("q1", "Quận 1", "Phường Bến Thành"),
        ("Thủ Dầu Một, Bình Dương", "Thành phố Thủ Dầu Một", "Phường Thủ Dầu Một"),
        ("tp thu duc", "Thành phố Thủ Đức", "Phường Thủ Đức"),
        ("quận 9", "Quận 9", "Phường Thủ Đức"),
        ("ở gò vấp ạ", "Quận Gò Vấp", "Phường Gò Vấp"),
        ("cu chi", "Huyện Củ Chi", "Xã Củ Chi"),
    ],
)
def test_an_old_district_is_what_became_of_it(text, was, commune):
    place = read(text).place
    assert place.was == was
    assert place.commune is None  # several communes: which one is not guessed
    assert commune in {c.name for c in place.communes}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("phường Sài Gòn", "Phường Sài Gòn, Thành phố Hồ Chí Minh"),
        ("phường Bến Nghé quận 1", "Phường Sài Gòn, Thành phố Hồ Chí Minh"),
        ("phuong 12 go vap", "Phường An Hội Tây, Thành phố Hồ Chí Minh"),
        ("xã Tân Phú huyện Châu Thành Bến Tre", "Xã Tân Phú, Tỉnh Vĩnh Long"),
        ("phường Linh Trung, Thủ Đức", "Phường Linh Xuân, Thành phố Hồ Chí Minh"),
        ("Côn Đảo", "Đặc khu Côn Đảo, Thành phố Hồ Chí Minh"),
    ],
)
def test_an_old_commune_with_its_district_is_one_of_today(text, name):
    assert read(text).place.name == name


def test_a_divided_commune_is_left_open():
    place = read("p5 q8 sg").place
    assert place.commune is None
    assert len(place.communes) == 2


@pytest.mark.parametrize(
    ("text", "provinces"),
    [("Tân Phú", {"79", "75"}), ("binh tan", {"79", "86"}), ("phường 12", {"79", "68"}), ("xã Ba Vì", {"01", "51"})],
)
def test_a_name_that_several_provinces_have_is_ambiguous(text, provinces):
    reading = read(text)
    assert reading.only
    assert reading.place is None
    assert {p.province.code for p in reading.places} == provinces


@pytest.mark.parametrize(("text", "code"), [("Tân Phú, Đồng Nai", "75"), ("quận Tân Phú", "79"), ("tan phu sg", "79")])
def test_a_word_more_settles_it(text, code):
    assert read(text).place.province.code == code


@pytest.mark.parametrize(
    "text",
    [
        "nộp thuế ở đâu",
        "nop thue",
        "hnay em đi",
        "sgk lớp 5",
        "đăng ký tạm trú",
        "dang ky tam tru",
        "người Việt Nam định cư ở nước ngoài",
        "bảo lãnh diện F4",
        "đóng bảo hiểm xã hội",
        "đánh giá lại hồ sơ",
        "bán hoa huệ",
        "nguồn thu đầu một năm",
        "đoàn kết xã",
        "la gi",
        "cong an phuong lam viec tu may gio",
        "dang ky phuong tien thuy noi dia",
        "phuong an phong chay",
        "bao hiem xa hoi thuong tin",
        "tôi tên Nguyễn Thái Bình",
        "đổi tên thành Hà Giang",
        "nhà ở đường Điện Biên Phủ",
        "gia đình hòa bình",
        "chỗ này cách bao xa trung tâm phục vụ",
        "đi qua xa trung tâm thành phố rồi",
        "hồ sơ số 79",
        "quê em",
        "",
        "?!",
    ],
)
def test_words_that_only_look_like_a_place_are_none(text):
    assert read(text).places == ()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("toi dang tro o go vap que o nghe an lam can cuoc o dau", "79"),
        ("nhà em mới từ Quảng Nam vào Bình Dương làm", "79"),
        ("tôi ở Thủ Đức thì đến đâu để làm căn cước?", "79"),
        ("lam can cuoc o nha trang", "56"),
        ("nop o dau, dang o nha trang ma ho khau can tho", "56"),
        ("mình ở Nha Trang, hộ khẩu gốc Cần Thơ thì nộp đâu", "56"),
    ],
)
def test_in_a_story_the_place_where_they_are_counts(text, code):
    reading = read(text)
    assert not reading.only
    assert reading.place.province.code == code


@pytest.mark.parametrize("text", ["hợp đồng", "định cư", "an toàn", "thuong binh"])
def test_the_bare_name_of_a_commune_may_be_an_ordinary_word(text):
    reading = read(text)
    assert reading.is_bare
    assert reading.sure is None


@pytest.mark.parametrize(
    "text", ["Huế hay Cần Thơ", "ở Nam Định hay Hà Nội làm nhanh hơn", "em ở quận 7 nhưng làm việc ở Hà Nội"]
)
def test_of_two_places_none_is_guessed(text):
    assert len(read(text).places) == 2


@pytest.mark.parametrize("text", ["ở Bình Dương nha", "em o ha noi a", "tỉnh Gia Lai ạ", "Huế", "quê ở Huế ạ"])
def test_a_message_may_name_a_place_and_nothing_else(text):
    assert read(text).only


@pytest.mark.parametrize("text", ["làm hộ chiếu ở Huế", "Huế nộp thuế ở đâu", "ở đâu", "", "xin chào"])
def test_a_message_that_asks_something_is_not_only_a_place(text):
    assert not read(text).only


@pytest.mark.parametrize(
    ("publisher", "code"),
    [
        ("UBND tỉnh Bắc Ninh", "24"),
        ("Ủy ban nhân dân thành phố Huế", "46"),
        ("Uỷ ban nhân dân  tỉnh Cà Mau", "96"),
        ("UBND TP. Hồ Chí Minh", "79"),
        ("UBND Thành phố Đà Nẵng", "48"),
        ("Bộ Công an", None),
        ("", None),
    ],
)
def test_a_publisher_names_its_province(publisher, code):
    found = province_named(publisher, GAZETTEER)
    assert (found.code if found else None) == code


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(["p", "q", "5", "phường", "quận", "xã", "tân", "phú", "ở", "sg", "hà", "nội", "từ"])
    ).map(" ".join)
)
def test_any_text_is_read_without_a_fault(text):
    reading = read(text)
    assert all(place.province in GAZETTEER.provinces for place in reading.places)
    assert len({place.province.code for place in reading.places}) == len(reading.places)
