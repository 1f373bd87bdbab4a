"""Who is abroad as they write, and that the embassy's procedure is theirs."""

from __future__ import annotations

import pytest

from actions.abroad import Who, read_abroad
from actions.finding import understand
from actions.placing import noted
from actions.state import PersonState
from knowledge.places import Gazetteer


@pytest.fixture(scope="module")
def gazetteer():
    return Gazetteer.load()


@pytest.mark.parametrize(
    "text",
    [
        "em đang ở Đức, xin giấy độc thân",
        "xin giấy xác nhận độc thân, mình đang du học Nhật Bản",
        "toi dang song o my muon lam khai sinh cho con",
        "vợ chồng em hiện đang làm việc bên Đài Loan, khai sinh cho bé sao ạ",
        "sống ở nước ngoài làm giấy độc thân thế nào",
        "em ở Hàn Quốc muốn đăng ký kết hôn",
        "đăng ký khai sinh ở đại sứ quán",
        "em bên hàn muốn xin giấy độc thân",
        "e o ben dai loan",
        "dang o nuoc ngoai thi dang ky ket hon o dau",
    ],
)
def test_who_lives_there_is_abroad(text, gazetteer):
    assert read_abroad(text, gazetteer).who is Who.SPEAKER


@pytest.mark.parametrize(
    "text",
    [
        "chồng em đang ở Nhật, khai sinh cho con cần gì",
        "người yêu em đang làm việc ở Đức, đăng ký kết hôn ở đâu",
        "con gái tôi sống ở Mỹ muốn xin giấy độc thân",
        "em trai em đang ở nước ngoài",
        "nộp giấy độc thân ở đại sứ quán Hàn Quốc",
    ],
)
def test_somebody_else_is_somebody_else(text, gazetteer):
    assert read_abroad(text, gazetteer).who is Who.SOMEBODY


@pytest.mark.parametrize(
    "text",
    [
        "xin giấy độc thân để đi Đức",
        "em lấy chồng người Hàn Quốc",
        "con em sinh ở Mỹ giờ về làm khai sinh",
        "em đang ở Mỹ Đức, Hà Nội làm khai sinh",
        "tôi ở Thái Nguyên xin giấy độc thân",
        "em ở Lào Cai",
        "nhà em ở ngã ba chợ",
        "bên Đức đòi giấy độc thân",
        "em ở trọ làm khai sinh cho con",
        "hợp pháp hóa lãnh sự bằng đại học",
        "visa Hàn mà đại sứ quán đòi giấy độc thân",
        "giấy độc thân nộp cho đại sứ quán Mỹ",
    ],
)
def test_who_is_here_or_will_go_is_not(text, gazetteer):
    assert read_abroad(text, gazetteer).who is Who.NOBODY


def test_what_else_is_said_is_left(gazetteer):
    assert read_abroad("em đang ở Đức, xin giấy độc thân", gazetteer).rest == "xin giấy độc thân"
    assert not read_abroad("vợ chồng em đang ở Hàn Quốc", gazetteer).rest
    assert read_abroad("xin ở đại sứ quán Việt Nam bên Hàn cơ", gazetteer).rest == "xin cơ"


@pytest.mark.parametrize(
    ("texts", "is_abroad"),
    [
        (["em đang ở Đức", "làm hộ chiếu cho bé"], True),
        (["em đang ở Đức", "giờ em về nước rồi"], False),
        (["chồng em đang ở Đức"], False),
    ],
)
def test_it_is_kept_until_it_is_taken_back(texts, is_abroad, gazetteer):
    state = PersonState()
    for text in texts:
        state = noted(understand({"text": text}, gazetteer), state)
    assert state.is_abroad is is_abroad


def test_a_place_in_vietnam_takes_it_back(gazetteer):
    hue = gazetteer.place("46")
    assert not PersonState(is_abroad=True).at(hue).is_abroad


@pytest.mark.parametrize(
    ("text", "is_named"),
    [
        ("mất hộ chiếu bên Pháp", True),
        ("vợ tôi là việt kiều", True),
        ("xin visa đi Hàn Quốc", True),
        ("hộ chiếu sắp hết hạn", False),
        ("doi ho chieu sap het han", False),
        ("đất ở Mỹ Đức", False),
        ("khu tái định cư", False),
        ("đại sứ quán Pháp", True),
    ],
)
def test_a_country_is_named(text, is_named, gazetteer):
    assert read_abroad(text, gazetteer).is_named is is_named
