"""What a turn keeps of the turns before: follow-ups, corrections, places, codes that are gone, two things at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from actions.reply import Act, Status
from actions.state import PersonState
from actions.texts import say
from knowledge.retriever import Decision, Hit
from tests.builders import BAC_NINH_STAMP, KITES, NGHE_AN_STAMP, FakeRetriever
from tests.unit.actions.talk import KNOWN, Talk

ABOUT_BEES = PersonState(procedure="9.100001", facets=("fee",))


@pytest.mark.parametrize("act", [Act.FOLLOW_UP, Act.ASK])
def test_a_follow_up_keeps_the_procedure(act: Act) -> None:
    talk = Talk().say("nuôi ong", facets=("documents",)).say(act=act, facets=("time",))
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("time",))


def test_a_follow_up_whose_words_name_nothing_keeps_the_procedure() -> None:
    talk = Talk(state=ABOUT_BEES).say("cái này", Act.FOLLOW_UP, facets=("place",))
    assert talk.last.procedure == "9.100001"


def test_a_new_subject_changes_the_procedure() -> None:
    talk = Talk(state=ABOUT_BEES).say("thả diều", facets=("place",))
    assert talk.last.procedure == KITES.code
    assert talk.say(act=Act.FOLLOW_UP, facets=("fee",)).last.procedure == KITES.code


def test_a_follow_up_that_names_another_procedure_changes_it() -> None:
    assert Talk(state=ABOUT_BEES).say("thả diều", Act.FOLLOW_UP, facets=("fee",)).last.procedure == KITES.code


def test_going_back_to_an_earlier_subject_finds_it_again() -> None:
    talk = Talk().say("nuôi ong", facets=("fee",)).say("thả diều").say("nuôi ong", Act.FOLLOW_UP)
    assert talk.last.procedure == "9.100001"


def test_a_correction_keeps_what_was_asked() -> None:
    talk = Talk(state=ABOUT_BEES).say("thả diều", Act.CORRECT)
    assert (talk.last.procedure, talk.last.facets) == (KITES.code, ("fee",))


def test_a_correction_may_ask_for_something_else() -> None:
    assert Talk(state=ABOUT_BEES).say("thả diều", Act.CORRECT, facets=("time",)).last.facets == ("time",)


def test_a_question_of_its_own_does_not_inherit_the_facet() -> None:
    assert Talk(state=ABOUT_BEES).say("thả diều").last.facets == ("overview",)


def test_a_facet_asked_before_the_choice_is_answered_for_the_likeliest_and_kept_for_the_others() -> None:
    talk = Talk(state=ABOUT_BEES).say("ong").say(act=Act.FOLLOW_UP, facets=("fee",))
    assert (talk.last.status, talk.last.procedure, talk.last.facets) == (Status.ANSWER, "9.100001", ("fee",))
    assert say("guess") in talk.text
    others = talk.press(say("not_this")).buttons
    talk.press(others[0])
    assert (talk.last.status, talk.last.facets) == (Status.ANSWER, ("fee",))
    assert talk.last.procedure != "9.100001"


# Places


def test_the_province_is_asked_where_every_version_belongs_to_one() -> None:
    talk = Talk().say("tem mật ong", facets=("place",))
    assert talk.last.status is Status.ASK
    assert "tỉnh" in talk.text


@pytest.mark.parametrize("act", [Act.PAUSE, Act.GO_BACK, Act.EMERGENCY, Act.CHOOSE, Act.GUIDANCE])
def test_a_place_alone_is_a_place_whatever_act_it_seems(act: Act) -> None:
    talk = Talk(state=ABOUT_BEES).say("Bắc Ninh", act, text="ở Bắc Ninh")
    assert "Bắc Ninh" in talk.text
    assert talk.state.province == "24"


@pytest.mark.parametrize("said", ["Bắc Ninh", "ở bắc ninh nha", "bac ninh", "tỉnh Bắc Giang"])
def test_the_place_answers_what_waited_for_it(said: str) -> None:
    talk = Talk().say("tem mật ong", facets=("place",)).say(text=said, query=said)
    assert (talk.last.procedure, talk.last.facets) == (BAC_NINH_STAMP.code, ("place",))


def test_another_place_brings_its_own_version() -> None:
    talk = Talk().say("tem mật ong").say(text="Nghệ An", query="Nghệ An")
    assert talk.last.procedure == NGHE_AN_STAMP.code


def test_a_place_without_its_own_version_is_not_sent_to_another_province() -> None:
    talk = Talk().say("tem mật ong", facets=("place",)).say(text="Cần Thơ", query="Cần Thơ")
    assert "Nơi nộp: UBND tỉnh Bắc Ninh" not in talk.text


def test_a_known_place_is_not_asked_again() -> None:
    talk = Talk(state=PersonState(province="24")).say("tem mật ong")
    assert talk.last.status is Status.ANSWER


@pytest.mark.parametrize("query", ["nuôi ong", "thả diều"])
def test_the_place_is_not_asked_where_the_answer_is_the_same_everywhere(query: str) -> None:
    assert Talk().say(query).last.status is Status.ANSWER


def test_a_new_subject_forgets_the_question_for_the_place() -> None:
    talk = Talk().say("tem mật ong").say("nuôi ong").say(text="Nghệ An", query="Nghệ An")
    assert talk.state.procedure == "9.100001"
    assert "Nghệ An" in talk.text


def test_a_named_place_is_kept_for_later() -> None:
    talk = Talk(state=ABOUT_BEES).say(text="ở Nghệ An", query="ở Nghệ An")
    assert talk.state.procedure == "9.100001"
    assert talk.state.province == "40"


# Codes that left the portal


def test_a_retired_code_leads_to_its_replacement() -> None:
    talk = Talk().say("9.100090", facets=("fee",))
    assert talk.last.procedure == "9.100001"
    assert "không còn trên Cổng" in talk.text
    assert "20.000 đồng" in talk.text


def test_a_replacement_that_is_not_certain_is_called_a_perhaps() -> None:
    talk = Talk().say("9.100091")
    assert talk.last.procedure == KITES.code
    assert "Có thể là" in talk.text


def test_a_code_without_a_replacement_says_so() -> None:
    talk = Talk().say("9.100092")
    assert talk.last.procedure is None
    assert "không biết thủ tục nào thay thế" in talk.text
    assert "18001096" in talk.text


# Two procedures in one message


def test_two_procedures_in_a_message_get_both_one_after_the_other() -> None:
    talk = Talk().say("nuôi ong thả diều", text="nuôi ong phí bao nhiêu, thả diều nộp ở đâu", facets=("fee", "place"))
    assert [reply.procedure for reply in talk.replies] == ["9.100001", KITES.code]
    assert [reply.facets for reply in talk.replies] == [("fee",), ("place",)]


def test_a_facet_said_once_counts_for_both() -> None:
    talk = Talk().say("nuôi ong thả diều", text="phí bao nhiêu ạ, nuôi ong và thả diều", facets=("fee",))
    assert [reply.facets for reply in talk.replies] == [("fee",), ("fee",)]


def test_the_same_procedure_named_twice_is_answered_once() -> None:
    talk = Talk().say("nuôi ong", text="nuôi ong phí bao nhiêu, nuôi ong nộp ở đâu", facets=("fee", "place"))
    assert [reply.procedure for reply in talk.replies] == ["9.100001"]


# Yes, to what the last reply offered


def test_yes_to_several_choices_asks_which_one() -> None:
    talk = Talk().say("ong", facets=("fee",)).say(act=Act.AFFIRM)
    assert talk.last.status is Status.ASK
    assert "Khai báo nuôi ong" in talk.buttons


def test_yes_to_the_offer_of_a_walk_starts_it() -> None:
    talk = Talk(state=ABOUT_BEES).say(act=Act.LACK)
    assert "từng giấy tờ" in talk.text
    assert talk.say(act=Act.AFFIRM).last.status is Status.WALK


def test_yes_to_the_offer_of_a_person_gives_the_person() -> None:
    assert "người thật" in Talk().say("bán kem").say(act=Act.AFFIRM).text


@pytest.mark.parametrize("act", [Act.HAVE, Act.AFFIRM])
def test_yes_to_nothing_is_taken_kindly(act: Act) -> None:
    assert Talk().say(act=act).last.status is Status.SMALLTALK


@pytest.mark.parametrize("act", [Act.LACK, Act.WHAT_IS])
def test_words_of_the_walk_outside_it_repeat_the_open_choice(act: Act) -> None:
    talk = Talk().say("ong").say(act=act)
    assert "chọn giúp mình một mục" in talk.text
    assert "Khai báo nuôi ong" in talk.buttons


def test_a_case_that_was_told_holds_until_the_procedure_is_named_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, "vườn dốc", (Decision.ANSWER, ["9.100001"]))
    monkeypatch.setattr(FakeRetriever, "_hit", _little_of_a_name(FakeRetriever._hit))
    talk = Talk().say("nuôi ong", text="nuôi ong ở vườn thuê")
    assert talk.state.case == "vuon-thue"
    assert talk.say("vườn dốc").state.case == "vuon-thue"
    monkeypatch.undo()
    assert talk.say("nuôi ong").state.case is None


def _little_of_a_name(hit: Callable[..., Hit]) -> Callable[..., Hit]:
    def with_less(self: FakeRetriever, code: str, score: float, parts: Mapping[str, float]) -> Hit:
        return hit(self, code, score, {**parts, "exactness": 0.2})

    return with_less
