"""`GET /api/places`, and the names that are accepted wherever a province is asked for."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from knowledge.places import Gazetteer
from tests.contract.conftest import Running

HCM = Gazetteer.load().province("79")
assert HCM


@pytest.fixture(scope="module")
def http(shared_app: Running) -> TestClient:
    return shared_app.http


def places(http: TestClient, q: str) -> dict[str, Any]:
    response = http.get("/api/places", params={"q": q})
    assert response.status_code == 200, response.text
    return dict(response.json())


def names(http: TestClient, q: str) -> list[str]:
    return [place["name"] for place in places(http, q)["places"]]


def test_an_old_district_is_what_became_of_it(http: TestClient) -> None:
    found = places(http, "quận 7")
    assert set(found) == {"query", "ambiguous", "places"}
    assert (found["query"], found["ambiguous"]) == ("quận 7", False)
    (place,) = found["places"]
    assert place["was"] == "Quận 7"
    assert place["province"] == {"code": "79", "name": HCM.name, "portal_id": HCM.portal_id}
    assert place["commune"] is None
    assert {c["name"] for c in place["communes"]} == {
        "Phường Tân Hưng", "Phường Tân Thuận", "Phường Phú Thuận", "Phường Tân Mỹ",
    }  # fmt: skip


@pytest.mark.parametrize("q", ["phường Sài Gòn", "phuong sai gon", "phường Sài Gòn, TP.HCM"])
def test_a_commune_of_today_is_itself(http: TestClient, q: str) -> None:
    (place,) = places(http, q)["places"]
    commune = {"code": "26740", "name": "Phường Sài Gòn"}
    assert (place["commune"], place["communes"], place["was"]) == (commune, [commune], None)
    assert place["name"] == "Phường Sài Gòn, Thành phố Hồ Chí Minh"


@pytest.mark.parametrize("q", ["TP.HCM", "Bình Dương", "sg"])
def test_a_province_has_no_communes_of_its_own_in_the_answer(http: TestClient, q: str) -> None:
    (place,) = places(http, q)["places"]
    assert (place["name"], place["communes"], place["commune"]) == (HCM.name, [], None)


def test_a_name_in_two_provinces_is_ambiguous_with_both(http: TestClient) -> None:
    found = places(http, "Tân Phú")
    assert found["ambiguous"] is True
    assert [(p["was"], p["province"]["code"]) for p in found["places"]] == [
        ("Quận Tân Phú", "79"),
        ("Huyện Tân Phú", "75"),
    ]


def test_the_province_beside_it_settles_the_name(http: TestClient) -> None:
    found = places(http, "Tân Phú, Đồng Nai")
    assert (found["ambiguous"], [p["province"]["code"] for p in found["places"]]) == (False, ["75"])


@pytest.mark.parametrize(
    ("q", "first"), [("hà n", "Thành phố Hà Nội"), ("Phường Sài G", "Phường Sài Gòn, Thành phố Hồ Chí Minh")]
)
def test_the_beginning_of_a_name_is_completed(http: TestClient, q: str, first: str) -> None:
    found = places(http, q)
    assert found["places"][0]["name"] == first
    assert found["ambiguous"] is False


def test_no_more_than_ten_are_given(http: TestClient) -> None:
    assert len(names(http, "xã")) == 10


@pytest.mark.parametrize("q", ["Atlantis", "79", "?!", "làm hộ chiếu"])
def test_nothing_found_is_an_empty_list(http: TestClient, q: str) -> None:
    assert places(http, q) == {"query": q, "ambiguous": False, "places": []}


def test_blanks_name_no_place(http: TestClient) -> None:
    response = http.get("/api/places", params={"q": "  "})
    assert response.status_code == 422 or response.json()["places"] == []


@pytest.mark.parametrize("params", [{}, {"q": ""}, {"q": "a" * 201}])
def test_a_missing_or_too_long_name_is_refused_in_words(http: TestClient, params: dict[str, str]) -> None:
    response = http.get("/api/places", params=params)
    assert response.status_code == 422
    assert response.json()["error"]["message"]


def test_two_hundred_characters_are_read(http: TestClient) -> None:
    q = "em đang ở quận 7 ".ljust(200, "a")
    assert [place["was"] for place in places(http, q)["places"]] == ["Quận 7"]


# A province as a parameter

PATHS = ["/api/search", "/api/procedures", "/api/procedures/9.100001/link"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("province", ["TP.HCM", "tphcm", "Bình Dương", "79", "Thành phố Hồ Chí Minh", "quận 7"])
def test_a_province_may_be_named_in_any_way(http: TestClient, path: str, province: str) -> None:
    response = http.get(path, params={"q": "nuôi ong", "province": province})
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("province", ["Atlantis", "00", "Tân Phú", " "])
def test_an_unknown_or_ambiguous_province_is_refused(http: TestClient, path: str, province: str) -> None:
    response = http.get(path, params={"q": "nuôi ong", "province": province})
    assert response.status_code == 422
    assert response.json()["error"]["code"] == "no_such_province"
    assert province in response.json()["error"]["message"]


@pytest.mark.parametrize(
    ("province", "code"), [("Bắc Giang", "9.100011"), ("24", "9.100011"), ("Thành phố Vinh", "9.100012")]
)
def test_an_old_name_chooses_the_member_of_today_s_province(http: TestClient, province: str, code: str) -> None:
    hits = http.get("/api/search", params={"q": "cấp tem mật ong", "province": province}).json()["hits"]
    assert hits[0]["code"] == code


def test_an_old_name_narrows_the_list_to_today_s_province(http: TestClient) -> None:
    items = http.get("/api/procedures", params={"province": "Bắc Giang"}).json()["items"]
    local = {item["code"] for item in items if item["province"]}
    assert local == {"9.100011"}
