"""Greetings, safety and deletion: fixed answers that never lose the person's place."""

from __future__ import annotations

import pytest

from actions.reply import Act, Status
from actions.state import PersonState, Walk
from tests.unit.actions.talk import Talk

PLACE = PersonState(procedure="9.100001", facets=("fee",), province="24", recent=("9.100001",))
SMALL = [Act.GREET, Act.THANK, Act.GOODBYE, Act.WHO_ARE_YOU, Act.HELP]
SAFETY = [Act.EMERGENCY, Act.FORBIDDEN, Act.SECRET, Act.PERSON]


@pytest.mark.parametrize("act", [*SMALL, *SAFETY])
def test_no_fixed_answer_loses_the_place(act: Act) -> None:
    talk = Talk(state=PLACE).say(act=act)
    assert (talk.state.procedure, talk.state.facets, talk.state.province) == ("9.100001", ("fee",), "24")
    assert talk.say(act=Act.FOLLOW_UP, facets=("time",)).last.procedure == "9.100001"


@pytest.mark.parametrize("act", [*SMALL, *SAFETY])
def test_no_fixed_answer_loses_the_walk(act: Act) -> None:
    walk = Walk("9.100001", "vuon-nha", {"to-khai": "have"}, ("to-khai",))
    talk = Talk(state=PersonState(procedure="9.100001", walk=walk)).say(act=act)
    assert talk.state.walk == walk


@pytest.mark.parametrize("act", SMALL)
def test_every_greeting_has_its_own_words(act: Act) -> None:
    others = [Talk().say(act=other).text for other in SMALL if other is not act]
    assert Talk().say(act=act).text not in others


def test_who_are_you_says_that_it_is_a_machine() -> None:
    text = Talk().say(act=Act.WHO_ARE_YOU).text
    assert "máy" in text
    assert "không phải cán bộ" in text


@pytest.mark.parametrize("act", [Act.GREET, Act.WHO_ARE_YOU, Act.HELP])
def test_a_greeting_names_the_procedure_that_is_open(act: Act) -> None:
    assert "Khai báo nuôi ong" in Talk(state=PLACE).say(act=act).text


def test_a_procedure_that_is_gone_does_not_break_a_greeting() -> None:
    assert Talk(state=PersonState(procedure="9.999999")).say(act=Act.GREET).last.status is Status.SMALLTALK


def test_an_emergency_has_the_numbers_in_its_first_words() -> None:
    talk = Talk(state=PLACE).say(act=Act.EMERGENCY)
    assert talk.last.status is Status.EMERGENCY
    first = talk.text[:70]
    assert all(number in first for number in ("113", "114", "115"))
    assert not talk.buttons


def test_an_emergency_is_not_followed_by_anything() -> None:
    state = PersonState(procedure="9.100001", walk=Walk("9.100001", "vuon-nha"))
    assert len(Talk(state=state).say(act=Act.EMERGENCY).replies) == 1


@pytest.mark.parametrize(("act", "said"), [(Act.FORBIDDEN, "trái pháp luật"), (Act.SECRET, "OTP")])
def test_what_must_not_be_is_refused(act: Act, said: str) -> None:
    talk = Talk().say("123456 làm giả", act)
    assert talk.last.status is Status.REFUSE
    assert said in talk.text
    assert "123456" not in talk.text
    assert talk.retriever.searched == []


def test_a_person_can_be_asked_for_at_any_time() -> None:
    assert "18001096" in Talk(state=PLACE).say(act=Act.PERSON).text


@pytest.mark.parametrize("act", [Act.GREET, Act.EMERGENCY, Act.PERSON])
def test_what_was_understood_ends_a_row_of_misunderstandings(act: Act) -> None:
    assert "hai lần liền" not in Talk().say("bán kem").say(act=act).say("bán chè").text


# Deletion


def test_deletion_is_confirmed_first() -> None:
    talk = Talk(state=PLACE).say(act=Act.FORGET_ME)
    assert talk.buttons == ["Xoá hết", "Giữ lại"]
    assert talk.state.procedure == "9.100001"
    assert talk.last.buttons[0].command.act is Act.FORGET_ME


def test_keeping_everything_after_all_is_taken_kindly() -> None:
    talk = Talk().say(act=Act.FORGET_ME).press("Giữ lại")
    assert "Nút này cũ rồi" not in talk.text
    assert talk.last.status is Status.SMALLTALK


def test_keeping_everything_in_the_walk_ticks_no_paper() -> None:
    state = PersonState(procedure="9.100001", walk=Walk("9.100001", "vuon-nha"))
    talk = Talk(state=state).say(act=Act.FORGET_ME).press("Giữ lại")
    assert talk.state.walk
    assert talk.state.walk.marks == {}


def test_yes_to_the_question_of_deletion_is_not_an_answer_about_a_procedure() -> None:
    assert Talk(state=PLACE).say(act=Act.FORGET_ME).say(act=Act.AFFIRM).last.status is not Status.ANSWER
