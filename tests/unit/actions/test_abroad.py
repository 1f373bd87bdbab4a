"""Who is abroad as they write, and that the embassy's procedure is theirs."""

from __future__ import annotations

import pytest

from actions.abroad import Who, read_abroad
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
    ],
)
def test_who_is_here_or_will_go_is_not(text, gazetteer):
    assert read_abroad(text, gazetteer).who is Who.NOBODY


def test_what_else_is_said_is_left(gazetteer):
    assert read_abroad("em đang ở Đức, xin giấy độc thân", gazetteer).rest == "xin giấy độc thân"
    assert not read_abroad("vợ chồng em đang ở Hàn Quốc", gazetteer).rest
