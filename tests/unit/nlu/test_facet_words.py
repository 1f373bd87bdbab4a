"""What the words of facets find: the classifier is told of it, and what is left is searched for."""

from __future__ import annotations

import pytest

from knowledge.phrases import LEXICON, Lexicon


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.load(LEXICON)


def named(lexicon: Lexicon, text: str) -> set[str]:
    return {match.value for match in lexicon.find(text) if match.entity == "facet"}


@pytest.mark.parametrize(
    ("text", "facets"),
    [
        ("thẻ hướng dẫn viên có hạn bao lâu", {"result"}),
        ("giay chuyen tuyen dung dc bao lau", {"result"}),
        ("mỗi tháng lãnh bao nhiêu vậy chị", {"result"}),
        ("nghỉ đẻ được bao nhiêu tiền", {"result"}),
        ("tự nguyện thì mỗi tháng đóng bao nhiêu", {"fee"}),
        ("con dau moi ve co phai bao ai ko", {"eligibility"}),
        ("bé 13 tuổi rưỡi làm được chưa", {"eligibility"}),
        ("rớt thẻ thương binh thì phải báo ai", {"place"}),
        ("xin mở trường mầm non ở sở nào", {"place"}),
        ("nộp trễ 4 tuần có sao ko", {"deadline"}),
        ("mấy ngày phải khai tử", {"deadline"}),
        ("quên nộp thì bị phạt mấy triệu", {"penalty"}),
        ("ai phải đi", {"proxy"}),
        ("nộp ở đâu, cần mấy loại giấy", {"place", "documents"}),
        ("được bao nhiêu, hồ sơ ra sao", {"result", "documents"}),
    ],
)
def test_ways_of_asking_name_their_facets(lexicon: Lexicon, text: str, facets: set[str]) -> None:
    assert named(lexicon, text) == facets


@pytest.mark.parametrize(
    "text",
    [
        "huỷ tờ khai nhập khẩu",
        "sua to khai da gui",
        "gửi mẫu máu sang Thái",
        "bảo hộ mẫu mã bình gốm",
        "vợ đẻ sớm, em được nghỉ mấy ngày",
        "bé sinh được mấy ngày rồi",
        "ý là đổi biển đúng k",
        "viết giấy ủy quyền cho cậu bán rẫy",
        "em thường trú Bạc Liêu",
    ],
)
def test_what_only_looks_like_asking_names_none(lexicon: Lexicon, text: str) -> None:
    assert named(lexicon, text) == set()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("cần mấy tờ giấy", ""),
        ("can may loai giay to", ""),
        ("huỷ tờ khai ở đâu", "huỷ tờ khai"),
        ("mấy ngày phải khai tử", "khai tử"),
        ("cần mấy loại giấy phép", "cần mấy loại giấy phép"),
        ("em được nghỉ mấy ngày", "em được nghỉ mấy ngày"),
    ],
)
def test_what_is_asked_about_is_left_for_the_search(lexicon: Lexicon, text: str, left: str) -> None:
    assert lexicon.without_asking(text) == left
