"""The one question that settles which member of a family is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.desk import Desk
from actions.members import question
from actions.reply import Act, Status
from actions.state import PersonState
from knowledge.families import Answer, Choice
from knowledge.retriever import Decision, Hit
from tests.builders import FakeRetriever, desk, procedure
from tests.unit.actions.talk import Talk

NET = procedure("9.100061", "Đăng ký xe ngựa trực tuyến", family="xe-ngua", online_level="full")
DESK_ = procedure("9.100062", "Đăng ký xe ngựa", family="xe-ngua", fees=({"amount": 50_000},))
CHOICE = Choice("Anh/chị làm trên mạng hay đến nơi ạ?", (Answer("Trên mạng", NET.code), Answer("Đến nơi", DESK_.code)))
HIT = Hit(NET.code, NET.title, "xe-ngua", (NET.code, DESK_.code), 0.9)
FINDS = {"xe ngựa": (Decision.ANSWER, [NET.code])}


def at_desk(choice: Choice = CHOICE) -> Desk:
    return replace(desk(FakeRetriever(FINDS, (NET, DESK_))), choices={"xe-ngua": choice})


def is_asked(hit: Hit = HIT, state: PersonState | None = None, choice: Choice = CHOICE) -> bool:
    return question(hit, (), state or PersonState(), at_desk(choice)) is not None


def test_the_family_s_question_comes_with_a_button_a_member() -> None:
    talk = Talk(desk=at_desk()).say("xe ngựa", facets=("fee",))
    assert (talk.last.status, talk.text) == (Status.ASK, CHOICE.question)
    assert talk.buttons == ["Trên mạng", "Đến nơi"]


def test_the_answer_is_of_the_chosen_member_and_of_what_was_asked() -> None:
    talk = Talk(desk=at_desk()).say("xe ngựa", facets=("fee", "time")).press("Đến nơi")
    assert (talk.last.procedure, talk.last.facets) == (DESK_.code, ("fee", "time"))
    assert "50.000 đồng" in talk.text


def test_it_is_asked_once() -> None:
    talk = Talk(desk=at_desk()).say("xe ngựa", facets=("fee",)).press("Trên mạng").say("xe ngựa", facets=("time",))
    assert (talk.last.status, talk.last.procedure) == (Status.ANSWER, NET.code)


def test_the_member_chosen_before_is_the_one_answered_later() -> None:
    talk = Talk(desk=at_desk()).say("xe ngựa", facets=("time",)).press("Đến nơi").say("xe ngựa", facets=("fee",))
    assert talk.last.procedure == DESK_.code


@pytest.mark.parametrize(
    ("parts", "asked"),
    [({}, True), ({"member": 0.0}, True), ({"member": 1.0}, False), ({"code": 1.0}, False)],
    ids=["nothing settles it", "the words do not", "the words do", "a code does"],
)
def test_what_was_said_may_settle_it(parts: dict[str, float], asked: bool) -> None:
    assert is_asked(replace(HIT, parts=parts)) is asked


@pytest.mark.parametrize(("recent", "asked"), [((NET.code,), False), ((DESK_.code,), False), (("9.100001",), True)])
def test_a_member_that_was_the_subject_already_settles_it(recent: tuple[str, ...], asked: bool) -> None:
    assert is_asked(state=PersonState(recent=recent)) is asked


def test_a_family_without_a_question_is_not_asked_about() -> None:
    assert not is_asked(replace(HIT, family="khac"))


def test_an_answer_whose_code_is_not_known_is_left_out() -> None:
    more = replace(CHOICE, answers=(*CHOICE.answers, Answer("Ở sao Hoả", "9.199999")))
    asked = question(HIT, ("fee",), PersonState(), at_desk(more))
    assert asked
    assert [b.title for b in asked.replies[0].buttons] == ["Trên mạng", "Đến nơi"]
    assert asked.state.offered == asked.replies[0].buttons


def test_one_answer_alone_is_no_question() -> None:
    assert not is_asked(choice=replace(CHOICE, answers=(CHOICE.answers[0], Answer("Ở sao Hoả", "9.199999"))))


def test_the_buttons_keep_the_facets_that_were_asked() -> None:
    asked = question(HIT, ("fee", "time"), PersonState(awaiting="province"), at_desk())
    assert asked
    commands = [b.command for b in asked.replies[0].buttons]
    assert [(c.act, c.code, c.facets) for c in commands] == [
        (Act.CHOOSE, code, ("fee", "time")) for code in (NET.code, DESK_.code)
    ]
    assert asked.state.awaiting is None
