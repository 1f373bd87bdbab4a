"""What a clear message asks for, by the trained classifier behind `/api/understand`."""

from __future__ import annotations

import unicodedata

import httpx
import pytest

from knowledge.procedure import Facet
from knowledge.text import fold

ONE = {
    "documents": "đăng ký kết hôn cần mang theo giấy tờ gì",
    "fee": "đăng ký tạm trú mất bao nhiêu tiền",
    "time": "đổi giấy phép lái xe bao nhiêu ngày thì xong",
    "place": "xin cấp lại giấy khai sinh nộp ở cơ quan nào",
    "steps": "thủ tục đăng ký tạm trú gồm những bước nào",
    "online": "làm hộ chiếu qua mạng được không",
    "form": "xin tờ khai đăng ký khai tử ở đâu tải",
    "eligibility": "bao nhiêu tuổi thì được thi bằng lái xe máy",
    "proxy": "chị gái nộp hồ sơ tạm trú thay em được không",
    "deadline": "phải khai tử trong vòng bao nhiêu ngày",
    "penalty": "khai sinh trễ có bị phạt không",
    "result": "làm căn cước xong thì nhận được gì",
    "legal_basis": "căn cứ vào luật nào để cấp hộ chiếu",
}
TWO = {
    "đăng ký tạm trú hết bao nhiêu tiền và mấy ngày có": {"fee", "time"},
    "làm hộ chiếu cần giấy tờ gì, nộp ở đâu": {"documents", "place"},
}
NONE = [
    "tôi muốn đăng ký tạm trú",
    "em vừa chuyển về quê chồng",
    "cảm ơn bạn nhiều nhé",
    "con tôi lên thành phố học nên thuê phòng, chủ nhà tốt bụng, bữa trước công an có ghé hỏi",
]
STORIES = {
    "vợ em mới sinh bé trai tuần trước, nhà đang ở trọ, giờ em muốn khai sinh cho bé thì cần những giấy tờ gì ạ": {
        "documents"
    },
    "ba tôi mất hôm rằm, anh em ở xa chưa về kịp, giờ tôi đi khai tử thì nộp ở đâu và có mất phí không": {
        "place",
        "fee",
    },
}


def facets(client: httpx.Client, text: str) -> set[str]:
    response = client.post("/api/understand", json={"text": text})
    assert response.status_code == 200, response.text
    found = response.json()["facets"]
    assert len(found) == len(set(found))
    return set(found)


def test_every_facet_but_the_overview_has_its_message() -> None:
    assert set(ONE) == {facet.value for facet in Facet} - {"overview"}


@pytest.mark.parametrize("facet", ONE)
def test_one_facet_is_found_and_no_other(facet: str, client: httpx.Client) -> None:
    assert facets(client, ONE[facet]) == {facet}


@pytest.mark.parametrize("text", TWO)
def test_two_facets_are_found_in_one_message(text: str, client: httpx.Client) -> None:
    assert facets(client, text) == TWO[text]


@pytest.mark.parametrize("text", NONE)
def test_what_asks_for_no_side_has_no_facet(text: str, client: httpx.Client) -> None:
    assert facets(client, text) == set()


@pytest.mark.parametrize("text", STORIES)
def test_what_a_story_asks_in_passing_is_found(text: str, client: httpx.Client) -> None:
    assert facets(client, text) == STORIES[text]


@pytest.mark.parametrize(
    "typed",
    [fold, str.upper, lambda text: unicodedata.normalize("NFD", text)],
    ids=["no accents", "capitals", "decomposed"],
)
@pytest.mark.parametrize("text", TWO)
def test_however_it_is_typed_the_facets_are_the_same(text: str, typed, client: httpx.Client) -> None:
    assert facets(client, typed(text)) == TWO[text]


def test_a_follow_up_is_all_facet(client: httpx.Client) -> None:
    assert facets(client, "vậy nộp ở đâu, hết bao nhiêu tiền") == {"place", "fee"}
