"""What only tells how things are, or who somebody is, is no wish for a procedure that has the same words."""

from __future__ import annotations

import pytest

from actions.reply import Act, Status
from actions.state import PersonState
from actions.telling import is_circumstance, lost, things
from actions.texts import say
from knowledge.retriever import Decision
from tests.unit.actions.talk import KNOWN, Talk


@pytest.mark.parametrize(
    "text",
    [
        "bà ấy làm mất sổ hộ khẩu cũ",
        "chong em lam o Lao",
        "mẹ em 71 tuổi",
        "chưa có hợp đồng thuê",
        "khong co giay chung sinh",
        "chưa đăng ký kết hôn thì sao",
        "chu nha khong chiu ky",
        "em chưa có bằng cấp 3",
    ],
)
def test_a_circumstance(text: str) -> None:
    assert is_circumstance(text)


@pytest.mark.parametrize(
    "text",
    [
        "làm hộ chiếu",
        "mẹ em muốn làm hộ chiếu",
        "chồng em đi nộp thay được không",
        "chưa có sổ đỏ thì làm sao",
        "em chưa có bằng lái, muốn thi",
        "vợ em sinh rồi giờ đăng ký khai sinh",
        "mất thẻ căn cước",
        "em bị mất bằng lái",
    ],
)
def test_a_wish(text: str) -> None:
    assert not is_circumstance(text)


def test_people_and_ages_name_nothing() -> None:
    assert things({"con", "trai", "12", "tuoi"}) == set()
    assert things({"ong", "noi", "ba", "ngoai", "chu", "ruot"}) == set()
    assert things({"con", "nuoi"}) == {"nuoi"}


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    for said in ("bà ấy mất diều", "con trai"):
        monkeypatch.setitem(KNOWN, said, (Decision.ASK, ["9.100020"]))
    return Talk(state=PersonState(procedure="9.100001", facets=("fee",), recent=("9.100001", "9.100020")))


def test_while_something_is_talked_of_it_is_asked_which_is_meant(talk: Talk) -> None:
    talk.say("bà ấy mất diều")
    assert (talk.last.status, talk.last.procedure) == (Status.ASK, "9.100001")
    assert {b.command.code for b in talk.last.buttons if b.command.act is Act.CHOOSE} == {"9.100001", "9.100020"}


def test_with_nothing_talked_of_it_is_searched_for(talk: Talk) -> None:
    talk.state = PersonState()
    offered = talk.say("bà ấy mất diều").last.buttons
    assert [b.command.code for b in offered if b.command.act is Act.CHOOSE] == ["9.100020"]


def test_who_would_file_leads_back_to_no_earlier_subject(talk: Talk) -> None:
    talk.say("con trai", Act.FOLLOW_UP, facets=("proxy",))
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("proxy",))


def test_at_the_second_time_a_person_is_offered_beside_it(talk: Talk) -> None:
    talk.say("bà ấy mất diều").say("bà ấy mất diều")
    assert say("person_button") in talk.buttons


def test_a_circumstance_in_words_of_what_is_talked_of_is_taken_as_a_yes(talk: Talk) -> None:
    talk.say("mẹ e nuôi ong")
    assert (talk.last.status, talk.last.procedure) == (Status.ANSWER, "9.100001")


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("học bạ bị mất thì sao", "học bạ"),
        ("so ho khau mat roi thi sao a", "so ho khau"),
        ("mất thì sao", ""),
        ("học bạ bị mất", ""),
    ],
)
def test_what_is_lost_is_told_apart(text, thing):
    assert lost(text) == thing
