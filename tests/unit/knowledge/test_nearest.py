"""Coordinates → today's province. The points are of towns as maps have them, not of the data that is shipped."""

from __future__ import annotations

import math

import pytest

from knowledge.nearest import NearestProvince
from knowledge.places import DATA, Gazetteer

SEATS = {
    "Hà Nội": (21.028, 105.854), "Cao Bằng": (22.666, 106.258), "Tuyên Quang": (21.818, 105.212),
    "Điện Biên": (21.386, 103.017), "Lai Châu": (22.396, 103.458), "Sơn La": (21.328, 103.914),
    "Lào Cai": (21.705, 104.870), "Thái Nguyên": (21.594, 105.848), "Lạng Sơn": (21.853, 106.761),
    "Quảng Ninh": (20.951, 107.080), "Bắc Ninh": (21.273, 106.195), "Phú Thọ": (21.322, 105.402),
    "Hải Phòng": (20.865, 106.684), "Hưng Yên": (20.646, 106.051), "Ninh Bình": (20.254, 105.975),
    "Thanh Hóa": (19.807, 105.776), "Nghệ An": (18.679, 105.681), "Hà Tĩnh": (18.343, 105.906),
    "Quảng Trị": (17.469, 106.622), "Huế": (16.463, 107.590), "Đà Nẵng": (16.054, 108.202),
    "Quảng Ngãi": (15.120, 108.792), "Gia Lai": (13.783, 109.220), "Khánh Hòa": (12.239, 109.197),
    "Đắk Lắk": (12.667, 108.038), "Lâm Đồng": (11.940, 108.458), "Đồng Nai": (10.957, 106.843),
    "Hồ Chí Minh": (10.776, 106.701), "Tây Ninh": (10.535, 106.413), "Đồng Tháp": (10.360, 106.360),
    "Vĩnh Long": (10.254, 105.972), "An Giang": (10.012, 105.081), "Cần Thơ": (10.034, 105.788),
    "Cà Mau": (9.177, 105.150),
}  # fmt: skip
ONCE_SEATS = [
    ("Hà Giang", 22.823, 104.984, "Tuyên Quang"), ("Bắc Kạn", 22.147, 105.834, "Thái Nguyên"),
    ("Lào Cai", 22.485, 103.971, "Lào Cai"), ("Hòa Bình", 20.817, 105.338, "Phú Thọ"),
    ("Vĩnh Yên", 21.309, 105.597, "Phú Thọ"), ("Bắc Ninh", 21.186, 106.076, "Bắc Ninh"),
    ("Hải Dương", 20.940, 106.331, "Hải Phòng"), ("Thái Bình", 20.446, 106.337, "Hưng Yên"),
    ("Phủ Lý", 20.541, 105.914, "Ninh Bình"), ("Nam Định", 20.434, 106.177, "Ninh Bình"),
    ("Đông Hà", 16.816, 107.100, "Quảng Trị"), ("Tam Kỳ", 15.573, 108.474, "Đà Nẵng"),
    ("Kon Tum", 14.350, 108.000, "Quảng Ngãi"), ("Pleiku", 13.983, 108.000, "Gia Lai"),
    ("Tuy Hòa", 13.095, 109.321, "Đắk Lắk"), ("Phan Rang", 11.565, 108.988, "Khánh Hòa"),
    ("Phan Thiết", 10.929, 108.102, "Lâm Đồng"), ("Gia Nghĩa", 12.004, 107.688, "Lâm Đồng"),
    ("Đồng Xoài", 11.535, 106.883, "Đồng Nai"), ("Thủ Dầu Một", 10.980, 106.652, "Hồ Chí Minh"),
    ("Vũng Tàu", 10.346, 107.084, "Hồ Chí Minh"), ("Tây Ninh", 11.310, 106.098, "Tây Ninh"),
    ("Cao Lãnh", 10.460, 105.633, "Đồng Tháp"), ("Bến Tre", 10.243, 106.376, "Vĩnh Long"),
    ("Trà Vinh", 9.934, 106.345, "Vĩnh Long"), ("Long Xuyên", 10.386, 105.435, "An Giang"),
    ("Sóc Trăng", 9.603, 105.980, "Cần Thơ"), ("Vị Thanh", 9.784, 105.470, "Cần Thơ"),
    ("Bạc Liêu", 9.285, 105.724, "Cà Mau"),
]  # fmt: skip
BESIDE_ANOTHER_PROVINCE = [
    ("Dĩ An", 10.907, 106.769, "Hồ Chí Minh"), ("Củ Chi", 10.973, 106.493, "Hồ Chí Minh"),
    ("Đức Hòa", 10.884, 106.423, "Tây Ninh"), ("Long Thành", 10.783, 106.950, "Đồng Nai"),
    ("Từ Sơn", 21.118, 105.961, "Bắc Ninh"), ("Yên Viên", 21.083, 105.918, "Hà Nội"),
    ("Uông Bí", 21.034, 106.770, "Quảng Ninh"), ("Thủy Nguyên", 20.918, 106.673, "Hải Phòng"),
    ("Lăng Cô", 16.244, 108.077, "Huế"), ("Liên Chiểu", 16.075, 108.150, "Đà Nẵng"),
    ("Bình Minh, across from Cần Thơ", 10.068, 105.823, "Vĩnh Long"), ("Cái Bè", 10.333, 106.033, "Đồng Tháp"),
]  # fmt: skip
BESIDE_ANOTHER_COUNTRY = [
    ("Móng Cái", 21.525, 107.966, "Quảng Ninh"), ("Ka Long, nearer to Dongxing", 21.534, 107.961, "Quảng Ninh"),
    ("Đồng Đăng", 21.945, 106.697, "Lạng Sơn"), ("Lao Bảo", 16.618, 106.598, "Quảng Trị"),
    ("Mộc Bài", 11.072, 106.182, "Tây Ninh"), ("Châu Đốc", 10.707, 105.117, "An Giang"),
    ("Hà Tiên", 10.383, 104.487, "An Giang"), ("Sa Pa", 22.336, 103.844, "Lào Cai"),
]  # fmt: skip
ISLANDS = [
    ("Dương Đông, Phú Quốc", 10.217, 103.960, "An Giang"), ("An Thới, Phú Quốc", 10.020, 104.020, "An Giang"),
    ("Gành Dầu, Phú Quốc", 10.370, 103.840, "An Giang"), ("Thổ Chu", 9.303, 103.476, "An Giang"),
    ("Côn Đảo", 8.683, 106.606, "Hồ Chí Minh"), ("Lý Sơn", 15.381, 109.119, "Quảng Ngãi"),
    ("Phú Quý", 10.520, 108.940, "Lâm Đồng"), ("Cát Bà", 20.727, 107.048, "Hải Phòng"),
    ("Cô Tô", 20.970, 107.760, "Quảng Ninh"), ("Bạch Long Vĩ", 20.133, 107.727, "Hải Phòng"),
    ("Phú Lâm, Hoàng Sa", 16.835, 112.338, "Đà Nẵng"), ("Sinh Tồn, Trường Sa", 9.886, 114.329, "Khánh Hòa"),
    ("a boat off Vũng Tàu", 10.250, 107.150, "Hồ Chí Minh"),
]  # fmt: skip
ELSEWHERE = {
    "Bangkok": (13.756, 100.502), "Phnom Penh": (11.556, 104.928), "Vientiane": (17.966, 102.613),
    "Savannakhet": (16.570, 104.750), "Xam Neua": (20.416, 104.045), "Attapeu": (14.810, 106.840),
    "Svay Rieng": (11.088, 105.800), "Bavet": (11.063, 106.136), "Kampot": (10.610, 104.181),
    "Sihanoukville": (10.610, 103.523), "Dongxing": (21.550, 107.970), "Pingxiang": (22.094, 106.766),
    "Fangchenggang": (21.686, 108.354), "Nanning": (22.817, 108.366), "Sanya": (18.253, 109.504),
    "Hong Kong": (22.319, 114.169), "Singapore": (1.352, 103.820), "Paris": (48.857, 2.352),
    "the East Sea": (12.0, 112.0), "the gulf of Thailand": (8.5, 102.0), "the gulf of Tonkin": (18.8, 107.5),
    "the other side of the earth": (-16.0, -73.0), "nowhere": (0.0, 0.0),
}  # fmt: skip


@pytest.fixture(scope="module")
def nearest():
    return NearestProvince(Gazetteer.load())


@pytest.mark.parametrize("name", SEATS)
def test_the_seat_of_a_province_lies_in_it(nearest, name):
    assert nearest.of(*SEATS[name]).short_name == name


def test_every_province_is_tried():
    assert set(SEATS) == {province.short_name for province in Gazetteer.load().provinces}


@pytest.mark.parametrize(
    ("latitude", "longitude", "province"),
    [
        pytest.param(latitude, longitude, province, id=name)
        for name, latitude, longitude, province in (
            *ONCE_SEATS,
            *BESIDE_ANOTHER_PROVINCE,
            *BESIDE_ANOTHER_COUNTRY,
            *ISLANDS,
        )
    ],
)
def test_a_place_lies_in_the_province_of_today(nearest, latitude, longitude, province):
    assert nearest.of(latitude, longitude).short_name == province


@pytest.mark.parametrize("name", ELSEWHERE)
def test_what_is_not_in_vietnam_has_no_province(nearest, name):
    assert nearest.of(*ELSEWHERE[name]) is None


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [(math.nan, 106.7), (10.776, math.nan), (math.inf, 106.7), (106.701, 10.776), (180 - 10.776, 106.701 - 180)],
)
def test_what_are_no_coordinates_have_no_province(nearest, latitude, longitude):
    assert nearest.of(latitude, longitude) is None


def test_rounding_to_a_hundred_metres_changes_nothing_in_the_middle_of_a_town(nearest):
    exact = nearest.of(10.776889, 106.700806)
    assert exact == nearest.of(round(10.776889, 3), round(106.700806, 3))
    assert exact.code == "79"


def test_every_commune_of_today_has_one_point(nearest):
    gazetteer = Gazetteer.load()
    codes = [code for code, _ in nearest._communes]
    assert len(codes) == len(set(codes)) == len({point for _, point in nearest._communes}) == 3321
    assert {gazetteer.commune(code).province for code in codes} == set(gazetteer.provinces)


def test_no_place_abroad_is_vietnams():
    places = [line.split("\t") for line in (DATA / "abroad.tsv").read_text(encoding="utf-8").splitlines()]
    countries = {place[0] for place in places if len(place) == 4} - {"country"}
    assert countries == {"CN", "KH", "LA", "TH"}
    assert max(float(place[2]) for place in places if place[0] in countries) < 110  # none on Hoàng Sa


def test_geonames_is_named_as_its_licence_asks():
    head = (DATA / "abroad.tsv").read_text(encoding="utf-8").partition("\ncountry\t")[0]
    assert "GeoNames" in head
    assert "CC BY 4.0" in head


def test_the_points_are_read_once_and_at_the_first_question(tmp_path):
    nearest = NearestProvince(Gazetteer.load(), tmp_path)
    communes, abroad = tmp_path / "commune_points.tsv", tmp_path / "abroad.tsv"
    communes.write_text("# A note.\ncode\tlatitude\tlongitude\n26740\t10.776\t106.701\n", encoding="utf-8")
    abroad.write_text("country\tlatitude\tlongitude\tname\nKH\t11.556\t104.928\tPhnom Penh\n", encoding="utf-8")
    assert nearest.of(10.8, 106.7).code == "79"
    communes.unlink()
    abroad.unlink()
    assert nearest.of(10.8, 106.7).code == "79"
    assert nearest.of(11.556, 104.928) is None


@pytest.mark.parametrize(("south_by_km", "is_within"), [(59, True), (61, False)])
def test_sixty_kilometres_from_a_commune_is_the_end(nearest, south_by_km, is_within):
    latitude = 20.1346 - south_by_km / 111.195  # south of Bạch Long Vĩ there is only water
    assert (nearest.of(latitude, 107.7307) is not None) == is_within
