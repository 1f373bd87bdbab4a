"""Where the person is: a message that is only a place, names that fit several, and places in longer messages."""

from __future__ import annotations

import pytest

from actions.reply import Act, Button, Command, Status
from actions.state import PersonState
from tests.builders import RECORDS, bees
from tests.unit.actions.talk import Talk

HCM, DONG_NAI, AN_GIANG, BAC_NINH = "79", "75", "91", "24"
SAI_GON_WARD, BEN_THANH_WARD = "26740", "26743"


# A message that is only a place


@pytest.mark.parametrize(
    ("said", "province", "commune"),
    [
        ("Nghệ An", "40", None),
        ("o nghe an nha", "40", None),
        ("TP.HCM", HCM, None),
        ("phường Sài Gòn", HCM, SAI_GON_WARD),
        ("em ở phường Sài Gòn ạ", HCM, SAI_GON_WARD),
    ],
)
def test_a_message_that_is_only_a_place_is_remembered(said: str, province: str, commune: str | None) -> None:
    talk = Talk().say(said)
    assert (talk.state.province, talk.state.commune) == (province, commune)
    assert talk.last.status is Status.SMALLTALK
    assert "mình nhớ" in talk.text
    assert talk.retriever.searched == []


@pytest.mark.parametrize(
    ("said", "old", "new"),
    [
        ("quận 7", "Quận 7", ["Phường Tân Hưng", "Phường Tân Thuận", "Phường Phú Thuận", "Phường Tân Mỹ"]),
        ("q7", "Quận 7", ["Phường Tân Mỹ", "Thành phố Hồ Chí Minh"]),
        ("phú quốc", "Thành phố Phú Quốc", ["Đặc khu Phú Quốc", "Tỉnh An Giang"]),
    ],
)
def test_an_old_name_is_answered_with_the_new_communes(said: str, old: str, new: list[str]) -> None:
    text = Talk().say(said).text
    assert f"{old} nay là" in text
    assert [name for name in new if name not in text] == []
    assert "nơi khác" not in text


def test_of_many_new_communes_the_first_five_are_named() -> None:
    text = Talk().say("Thủ Đức").text
    assert text.count("Phường ") == 5
    assert " và nơi khác (Thành phố Hồ Chí Minh)" in text


def test_a_province_said_after_a_commune_of_it_takes_nothing_back() -> None:
    talk = Talk(state=PersonState(province=HCM, communes=(SAI_GON_WARD,))).say("ở TP.HCM")
    assert (talk.state.province, talk.state.commune) == (HCM, SAI_GON_WARD)


def test_another_province_forgets_the_commune() -> None:
    talk = Talk(state=PersonState(province=HCM, communes=(SAI_GON_WARD,))).say("Nghệ An")
    assert (talk.state.province, talk.state.commune) == ("40", None)


def test_an_old_district_elsewhere_in_the_province_forgets_the_commune() -> None:
    talk = Talk(state=PersonState(province=HCM, communes=(SAI_GON_WARD,))).say("quận 7")
    assert talk.state.commune is None


# A name that fits several places


def test_a_name_in_two_provinces_is_asked_about_with_a_button_each() -> None:
    talk = Talk().say("Tân Phú")
    assert talk.last.status is Status.ASK
    assert talk.buttons == ["Quận Tân Phú, Thành phố Hồ Chí Minh", "Huyện Tân Phú, Thành phố Đồng Nai"]
    assert talk.state.province is None


@pytest.mark.parametrize(("number", "province"), [(0, HCM), (1, DONG_NAI)])
def test_a_button_says_which_of_them(number: int, province: str) -> None:
    talk = Talk().say("Tân Phú")
    talk.press(talk.buttons[number])
    assert (talk.state.province, talk.state.place_name, talk.state.offered) == (province, None, ())


def test_the_button_of_an_old_district_is_answered_with_its_communes_too() -> None:
    talk = Talk().say("Tân Phú")
    assert "Xã Tà Lài" in talk.press(talk.buttons[1]).text


@pytest.mark.parametrize("answer", ["Đồng Nai", "dong nai", "ở Đồng Nai ạ"])
def test_the_province_said_next_narrows_the_name(answer: str) -> None:
    talk = Talk().say("Tân Phú").say(answer)
    assert (talk.state.province, talk.state.place_name) == (DONG_NAI, None)
    assert "Huyện Tân Phú nay là" in talk.text


def test_another_place_said_next_is_simply_that_place() -> None:
    talk = Talk().say("Tân Phú").say("Lạng Sơn")
    assert (talk.state.province, talk.state.place_name) == ("20", None)
    assert "ở Tỉnh Lạng Sơn" in talk.text


def test_a_name_in_more_than_four_provinces_asks_for_the_province_without_buttons() -> None:
    talk = Talk().say("Châu Thành")
    assert talk.last.status is Status.ASK
    assert (talk.buttons, talk.state.offered) == ([], ())
    assert "Có 5 tỉnh, thành phố có nơi tên Châu Thành" in talk.text
    assert talk.say("An Giang").state.province == AN_GIANG
    assert "Huyện Châu Thành nay là" in talk.text


def test_a_place_button_that_nobody_knows_any_more_says_so_and_changes_no_place() -> None:
    old = Button("Hà Tây", Command(Act.CHOOSE, province="00"))
    talk = Talk(state=PersonState(province=BAC_NINH, offered=(old,))).press("Hà Tây")
    assert talk.last.status is Status.UNKNOWN
    assert "Nút này cũ rồi" in talk.text
    assert (talk.state.province, talk.state.offered) == (BAC_NINH, ())


def test_a_place_button_of_a_commune_keeps_the_commune() -> None:
    ward = Button("Sài Gòn", Command(Act.CHOOSE, province=HCM, communes=(SAI_GON_WARD,)))
    talk = Talk(state=PersonState(offered=(ward,))).press("Sài Gòn")
    assert (talk.state.province, talk.state.commune) == (HCM, SAI_GON_WARD)
    assert "Phường Sài Gòn, Thành phố Hồ Chí Minh" in talk.text


# A place inside a longer message


@pytest.mark.parametrize(
    ("text", "province", "commune"),
    [
        ("tôi ở Nghệ An muốn nuôi ong", "40", None),
        ("tôi ở quận 7 muốn nuôi ong", HCM, None),
        ("tôi ở phường Bến Thành muốn nuôi ong", HCM, BEN_THANH_WARD),
    ],
)
def test_a_place_in_a_question_is_noted_and_the_question_answered(
    text: str, province: str, commune: str | None
) -> None:
    talk = Talk().say("nuôi ong", text=text, facets=("fee",))
    assert (talk.state.province, talk.state.commune) == (province, commune)
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("fee",))


@pytest.mark.parametrize("before", [None, "40"])
def test_an_ambiguous_name_in_a_question_is_not_guessed_at(before: str | None) -> None:
    state = PersonState(province=before)
    talk = Talk(state=state).say("nuôi ong", text="tôi ở Tân Phú muốn nuôi ong", facets=("fee",))
    assert (talk.state.province, talk.last.procedure) == (before, "9.100001")


def test_who_named_an_old_district_is_told_which_communes_the_office_is_in() -> None:
    talk = Talk(bees(levels=("ward",)), *RECORDS[1:]).say("quận 7").say("nuôi ong", facets=("place",))
    assert "Quận 7 nay chia cho" in talk.text
