"""The gazetteer: today's provinces and communes, and what every unit of before became."""

from __future__ import annotations

import pytest

from knowledge.places import Gazetteer, Level, Place


@pytest.fixture(scope="module")
def gazetteer():
    return Gazetteer.load()


def every_unit(gazetteer):
    return [unit for named in gazetteer._units.values() for _, unit in named]


def test_there_are_34_provinces_with_an_id_each(gazetteer):
    assert len(gazetteer.provinces) == 34
    assert len({p.portal_id for p in gazetteer.provinces}) == len({p.code for p in gazetteer.provinces}) == 34


def test_nine_provinces_are_cities_since_september_2026(gazetteer):
    cities = {p.short_name for p in gazetteer.provinces if p.name.startswith("Thành phố")}
    assert cities == {
        "Hà Nội", "Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ", "Huế", "Đồng Nai", "Quảng Ninh", "Bắc Ninh",
    }  # fmt: skip


def test_there_are_3321_communes_each_in_a_province(gazetteer):
    communes = [u for u in every_unit(gazetteer) if u.level is Level.COMMUNE and u.is_today]
    assert len(communes) == 3321
    assert {gazetteer.commune(code).province.code for u in communes for code in u.covers} == {
        p.code for p in gazetteer.provinces
    }


def test_every_unit_of_before_became_communes_of_today(gazetteer):
    old = [u for u in every_unit(gazetteer) if not u.is_today]
    assert len(old) > 10_500  # 10,035 communes, 696 districts, the provinces that are gone
    assert all(u.covers and all(gazetteer.commune(code) for code in u.covers) for u in old)


def test_every_commune_of_today_comes_from_somewhere(gazetteer):
    came_from = {
        code for u in every_unit(gazetteer) if not u.is_today and u.level is Level.COMMUNE for code in u.covers
    }
    islands = {"Hoàng Sa", "Bạch Long Vĩ", "Cồn Cỏ", "Lý Sơn", "Côn Đảo"}  # districts without communes until 2025
    left = [c for u in every_unit(gazetteer) if u.is_today for c in u.covers if c not in came_from]
    assert {gazetteer.commune(code).name.removeprefix("Đặc khu ") for code in left} <= islands


def test_a_place_is_restored_from_its_codes(gazetteer):
    ward = gazetteer.commune("26740")
    assert gazetteer.place("79", ("26740",)) == Place(ward.province, (ward,))
    assert gazetteer.place("79").name == "Thành phố Hồ Chí Minh"
    assert gazetteer.place(None) is gazetteer.place("00") is None
    assert gazetteer.place("79", ("99999",)).commune is None


def test_names_are_completed_for_a_search_field(gazetteer):
    assert next(p.name for p in gazetteer.beginning_with("hà n", 3)) == "Thành phố Hà Nội"
    assert all("ben" in p.name.lower() or "bến" in p.name.lower() for p in gazetteer.beginning_with("ben th", 5))
    assert gazetteer.beginning_with("không đâu", 5) == []
