"""The one question that settles which member of a family is meant."""

from __future__ import annotations

from dataclasses import replace

import pytest

from actions.desk import Desk, Understanding
from actions.members import member_of, question
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


def member(
    hit: Hit = HIT, text: str = "xe ngựa", state: PersonState | None = None, choice: Choice = CHOICE
) -> str | None:
    said = Understanding(text, Act.ASK, 0.9, text)
    return member_of(hit, said, state or PersonState(), at_desk(choice))


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
    ("text", "code"),
    [("xe ngựa", None), ("xe ngựa làm trên mạng", NET.code), ("xe ngua den noi lam", DESK_.code)],
)
def test_a_word_that_one_answer_alone_has_settles_it(text: str, code: str | None) -> None:
    assert member(text=text) == code


def test_a_code_settles_it() -> None:
    assert member(replace(HIT, parts={"code": 1.0})) == NET.code


@pytest.mark.parametrize(
    ("recent", "code"), [((NET.code,), NET.code), ((DESK_.code,), DESK_.code), (("9.100001",), None)]
)
def test_a_member_that_was_the_subject_already_settles_it(recent: tuple[str, ...], code: str | None) -> None:
    assert member(state=PersonState(recent=recent)) == code


def test_a_province_s_own_copy_needs_no_question() -> None:
    assert member(replace(HIT, code="9.100063")) == "9.100063"


def test_a_family_without_a_question_is_not_asked_about() -> None:
    assert member(replace(HIT, family="khac")) == NET.code


def test_an_answer_whose_code_is_not_known_is_left_out() -> None:
    more = replace(CHOICE, answers=(*CHOICE.answers, Answer("Ở sao Hoả", "9.199999")))
    asked = question(HIT, ("fee",), PersonState(), at_desk(more))
    assert asked
    assert [b.title for b in asked.replies[0].buttons] == ["Trên mạng", "Đến nơi"]
    assert asked.state.offered == asked.replies[0].buttons


def test_one_answer_alone_is_no_question() -> None:
    alone = replace(CHOICE, answers=(CHOICE.answers[0], Answer("Ở sao Hoả", "9.199999")))
    assert member(choice=alone) == NET.code


def test_the_buttons_keep_the_facets_that_were_asked() -> None:
    asked = question(HIT, ("fee", "time"), PersonState(awaiting="province"), at_desk())
    assert asked
    commands = [b.command for b in asked.replies[0].buttons]
    assert [(c.act, c.code, c.facets) for c in commands] == [
        (Act.CHOOSE, code, ("fee", "time")) for code in (NET.code, DESK_.code)
    ]
    assert asked.state.awaiting is None


TWO = Choice(
    "Anh/chị ở đâu ạ?",
    (
        Answer("Người của hội đua ngựa, chuồng ngựa", NET.code),
        Answer("Ở trong nước", DESK_.code, ("đang sống ở Việt Nam", "chở khách")),
    ),
)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("xe ngựa cho người nước ngoài", None),
        ("người ta mua xe ngựa", None),
        ("xe ngựa của hội đua ngựa", NET.code),
        ("xe ngựa ở trong nước", DESK_.code),
        ("xe ngựa không ở trong nước", None),
        ("xe ngựa chở khách", DESK_.code),
        ("xe ngua cho khach du lich", DESK_.code),
        ("xe ngựa cho khách", None),
        ("hội đua ngựa dùng xe chở khách", None),
    ],
)
def test_an_answer_is_told_by_its_phrases_and_by_what_its_label_alone_says(text: str, code: str | None) -> None:
    assert member(text=text, choice=TWO) == code


HOME = procedure("9.100064", "Đăng ký ngựa con")
ABROAD = procedure("9.100065", "Đăng ký ngựa con cho người ở nước ngoài")
FOUND = {
    "ngựa con": (Decision.ANSWER, [HOME.code]),
    "ngựa": (Decision.ASK, [HOME.code, NET.code]),
    "ngựa non": (Decision.ANSWER, [ABROAD.code]),
    "ngựa nhỏ": (Decision.ASK, [ABROAD.code, HOME.code]),
}


@pytest.fixture
def talk() -> Talk:
    known = desk(FakeRetriever(FOUND, (HOME, ABROAD, NET, DESK_)))
    return Talk(desk=replace(known, embassies={HOME.code: ABROAD.code}))


def test_who_is_here_gets_the_procedure_at_home(talk: Talk) -> None:
    assert talk.say("ngựa con").last.procedure == HOME.code


def test_who_lives_abroad_gets_the_embassy_s(talk: Talk) -> None:
    assert talk.say("ngựa con", text="em đang ở Đức, ngựa con").last.procedure == ABROAD.code


def test_for_somebody_else_abroad_it_is_asked_where(talk: Talk) -> None:
    talk.say("ngựa con", text="chồng em đang ở Nhật, ngựa con cần gì", facets=("fee",))
    assert talk.buttons == ["Ở Việt Nam", "Ở đại sứ quán, lãnh sự quán"]
    talk.press("Ở đại sứ quán, lãnh sự quán")
    assert (talk.last.procedure, talk.last.facets) == (ABROAD.code, ("fee",))


def test_told_later_it_counts_for_what_is_talked_of(talk: Talk) -> None:
    assert talk.say("ngựa con").say("Hàn Quốc", text="em đang ở Hàn Quốc").last.procedure == ABROAD.code


def test_the_choices_of_who_lives_abroad_are_the_embassy_s(talk: Talk) -> None:
    talk.say("ngựa", text="em đang ở Đức, ngựa")
    assert talk.buttons[:2] == [ABROAD.title, NET.title]


def test_that_one_is_abroad_is_kept_for_the_next_question(talk: Talk) -> None:
    talk.say("xe ngựa", text="em đang ở Đức, xe ngựa").say("ngựa con")
    assert talk.last.procedure == ABROAD.code


def test_what_an_embassy_does_is_done_at_home_by_who_names_no_country(talk: Talk) -> None:
    assert talk.say("ngựa non", facets=("fee",)).last.procedure == HOME.code


@pytest.mark.parametrize("text", ["ngựa non ở đại sứ quán", "ngựa non sinh ở Mỹ", "ngựa non, việt kiều"])
def test_who_names_a_country_gets_what_was_found(talk: Talk, text: str) -> None:
    assert talk.say("ngựa non", text=text).last.procedure == ABROAD.code


def test_who_is_abroad_while_somebody_is_here_is_asked(talk: Talk) -> None:
    talk.say("ngựa non", text="em đang ở Đức, vợ ở nhà, ngựa non")
    assert talk.buttons == ["Ở Việt Nam", "Ở đại sứ quán, lãnh sự quán"]


def test_home_and_embassy_are_no_choice_for_who_names_no_country(talk: Talk) -> None:
    talk.say("ngựa nhỏ", facets=("fee",))
    assert (talk.last.status, talk.last.procedure) == (Status.ANSWER, HOME.code)


def test_who_is_back_gets_what_is_done_at_home(talk: Talk) -> None:
    talk.say("ngựa con", text="em đang ở Đức, ngựa con")
    assert talk.say("làm lại", text="em về nước rồi, làm lại thì sao", facets=("fee",)).last.procedure == HOME.code
