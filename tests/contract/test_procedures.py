"""The catalogue: listed, narrowed, paged; one record; its checklist; its link; codes that are gone."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.builders import KITES, RECORDS, bees
from tests.contract.conftest import Running


@pytest.fixture(scope="module")
def http(shared_app: Running) -> TestClient:
    return shared_app.http


def listed(http: TestClient, **params: Any) -> dict[str, Any]:
    response = http.get("/api/procedures", params=params)
    assert response.status_code == 200, response.text
    return dict(response.json())


def codes(http: TestClient, **params: Any) -> set[str]:
    return {item["code"] for item in listed(http, **params)["items"]}


def test_the_list_has_the_documented_shape_most_used_first(http: TestClient) -> None:
    page = listed(http)
    assert (page["total"], page["page"], page["per_page"]) == (len(RECORDS), 1, 20)
    assert page["items"][0] == {
        "code": "9.100001", "name": "Đăng ký hoạt động nuôi ong mật", "title": "Khai báo nuôi ong",
        "field": "Chăn nuôi", "ministry": "Bộ Ong mật", "province": None, "level": "full",
    }  # fmt: skip
    assert [item["code"] for item in page["items"]] == [record.code for record in RECORDS]


ALL = {record.code for record in RECORDS}
LOCAL = {"9.100011", "9.100012"}


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"ministry": "Bộ Gió"}, {"9.100020"}),
        ({"field": "Chăn nuôi"}, {"9.100001"}),
        ({"applicant": "Công dân Việt Nam"}, {"9.100001"}),
        ({"level": "full"}, {"9.100001"}),
        ({"level": "none"}, ALL - {"9.100001"}),
        ({"level": "partial"}, set()),
        ({"text": "thả diều"}, {"9.100020"}),
        ({"text": "tha dieu"}, {"9.100020"}),
        ({"text": "ong nuôi"}, {"9.100001", "9.100002"}),
        ({"text": "9.100012"}, {"9.100012"}),
        ({"text": "khai nuôi ong"}, {"9.100001"}),  # an alias
        ({"text": "%"}, set()),
        ({"text": "_"}, set()),
        ({"text": "' OR 1=1 --"}, set()),
        ({"province": "Bắc Ninh"}, ALL - {"9.100012"}),
        ({"province": "nghe an"}, ALL - {"9.100011"}),
        ({"province": "Cần Thơ"}, ALL - LOCAL),
        ({"level": "none", "text": "ong", "province": "Bắc Ninh"}, {"9.100002", "9.100003", "9.100011"}),
    ],
)
def test_filters_narrow_the_list(http: TestClient, params: dict[str, str], expected: set[str]) -> None:
    assert codes(http, **params) == expected
    assert listed(http, **params)["total"] == len(expected)


@pytest.mark.parametrize("per_page", [1, 2, 4, 100])
def test_the_pages_together_are_the_list(http: TestClient, per_page: int) -> None:
    pages = -(-len(RECORDS) // per_page)
    found = [
        item["code"] for page in range(1, pages + 1) for item in listed(http, page=page, per_page=per_page)["items"]
    ]
    assert found == [record.code for record in RECORDS]
    assert listed(http, page=pages + 1, per_page=per_page)["items"] == []


@pytest.mark.parametrize(
    "params",
    [
        {"level": "mức 4"}, {"level": ""}, {"page": 0}, {"page": -1}, {"page": 10**9}, {"page": "x"}, {"per_page": 0},
        {"per_page": 101}, {"text": "a" * 201}, {"province": "Atlantis"},
    ],
)  # fmt: skip
def test_bad_values_are_named(http: TestClient, params: dict[str, Any]) -> None:
    response = http.get("/api/procedures", params=params)
    assert response.status_code == 422
    assert response.json()["error"]["message"]


# One record


def test_a_record_is_given_whole(http: TestClient) -> None:
    record = http.get("/api/procedures/9.100001").json()
    assert record["fees"][0]["amount"] == 20_000
    assert (record["title"], record["members"]) == ("Khai báo nuôi ong", ["9.100001"])
    assert record["checked_on"] == "2026-07-18"
    assert record["url"].endswith(f"/thu-tuc-hanh-chinh/{bees().uuid}")


def test_the_members_of_a_family_are_named(http: TestClient) -> None:
    assert set(http.get("/api/procedures/9.100011").json()["members"]) == LOCAL


def test_a_checklist_has_cases_with_their_papers(http: TestClient) -> None:
    found = http.get("/api/procedures/9.100001/checklist").json()
    assert set(found) == {"code", "title", "question", "cases", "checked_on", "source"}
    assert found["question"] == "Anh/chị nuôi ong ở đâu?"
    assert [case["label"] for case in found["cases"]] == ["Trong vườn nhà", "Ở vườn thuê"]
    papers = found["cases"][0]["papers"]
    assert [paper["key"] for paper in papers] == ["to-khai", "so-do", "giay-tap-huan"]
    assert papers[2]["obtained_by"] == "9.100002"


def test_a_record_without_papers_has_no_cases(http: TestClient) -> None:
    found = http.get("/api/procedures/9.100003/checklist").json()
    assert (found["cases"], found["question"]) == ([], None)


@pytest.mark.parametrize(
    ("code", "kind", "level", "part"),
    [
        ("9.100001", "service", "full", f"formalityId={bees().uuid}"),
        ("9.100020", "page", "none", f"/thu-tuc-hanh-chinh/{KITES.uuid}"),
        ("9.100003", "lookup", "none", "keyword=9.100003"),
    ],
)
def test_a_link_goes_as_deep_as_the_record_s_ids_allow(
    http: TestClient, code: str, kind: str, level: str, part: str
) -> None:
    found = http.get(f"/api/procedures/{code}/link").json()
    assert (found["code"], found["kind"], found["level"]) == (code, kind, level)
    assert part in found["url"]
    assert found["links"][0]["url"] == found["url"]


def test_the_province_of_a_link_must_exist(http: TestClient) -> None:
    assert http.get("/api/procedures/9.100001/link", params={"province": "Nghệ An"}).status_code == 200
    assert http.get("/api/procedures/9.100001/link", params={"province": "Atlantis"}).status_code == 422


# Codes that are not there

PARTS = ["", "/checklist", "/link"]


@pytest.mark.parametrize("part", PARTS)
def test_an_unknown_code_is_not_found(http: TestClient, part: str) -> None:
    response = http.get(f"/api/procedures/9.199999{part}")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "no_such_procedure")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("code", ["abc", "9.1", "91.100001", "9.100001x", "9,100001", "%20", "9.100001-1"])
def test_what_is_no_code_is_named_so(http: TestClient, code: str, part: str) -> None:
    response = http.get(f"/api/procedures/{code}{part}")
    assert (response.status_code, response.json()["error"]["code"]) == (422, "bad_code")


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize(
    ("code", "replacement", "maybe"),
    [("9.100090", "9.100001", None), ("9.100091", None, "9.100020"), ("9.100092", None, None)],
)
def test_a_code_that_left_the_portal_is_gone_with_what_took_its_place(
    http: TestClient, code: str, replacement: str | None, maybe: str | None, part: str
) -> None:
    response = http.get(f"/api/procedures/{code}{part}")
    assert response.status_code == 410
    body = response.json()
    assert (body["replacement"], body["maybe"], body["code"]) == (replacement, maybe, code)
    assert body["error"]["code"] == "retired"
    assert code in body["error"]["message"]
