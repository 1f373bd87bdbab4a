"""Staying with what is talked of: details, cases and neighbours of the current procedure, and no other subject."""

from __future__ import annotations

import pytest

from actions.reply import Act, Status
from actions.state import PersonState
from actions.texts import say
from knowledge.retriever import Decision
from tests.builders import RECORDS, FakeRetriever, bees, procedure
from tests.unit.actions.talk import KNOWN, Talk

RENEWAL = procedure("9.100030", "Gia hạn giấy nuôi ong", plain_name="Gia hạn nuôi ong")
KITE_RENEWAL = procedure("9.100031", "Gia hạn giấy thả diều", plain_name="Gia hạn thả diều")
ABOUT_BEES = PersonState(procedure="9.100001", facets=("fee",))


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    """About bees, where the search for "gia hạn" finds the kites and the bees' neighbour stands behind."""
    renewals = (Decision.ASK, [KITE_RENEWAL.code, RENEWAL.code])
    monkeypatch.setitem(KNOWN, "gia hạn", renewals)
    monkeypatch.setitem(KNOWN, "gia hạn khai báo nuôi ong", renewals)
    monkeypatch.setitem(KNOWN, "gì đó", (Decision.ASK, [KITE_RENEWAL.code, "9.100020"]))
    return Talk(*RECORDS, RENEWAL, KITE_RENEWAL, state=ABOUT_BEES)


def test_a_word_for_a_variant_is_looked_for_beside_the_current_procedure(talk: Talk) -> None:
    assert talk.say("gia hạn", Act.FOLLOW_UP).last.procedure == RENEWAL.code


def test_what_is_found_with_confidence_needs_no_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Thế còn thất nghiệp" is no allowance collected for somebody, though that has both names."""
    hut = procedure("9.100034", "Khai báo nuôi ong và dựng chòi", plain_name="Dựng chòi khi nuôi ong")
    kites = (Decision.ASK, ["9.100020", hut.code])
    for query in ("dựng chòi", "dựng chòi khai báo nuôi ong"):
        monkeypatch.setitem(KNOWN, query, kites)
    unsure = Talk(*RECORDS, hut, state=ABOUT_BEES)
    assert unsure.say("dựng chòi", Act.FOLLOW_UP).last.procedure == hut.code
    hit = FakeRetriever._hit
    monkeypatch.setattr(FakeRetriever, "_hit", lambda self, code, score, parts: hit(self, code, 2 * score, parts))
    likely = Talk(*RECORDS, hut, state=ABOUT_BEES)
    assert likely.say("dựng chòi", Act.FOLLOW_UP).last.procedure != hut.code


def test_so_what_about_a_neighbour_is_no_question_about_steps(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Muốn dẹp thì sao": the classifier hears "steps" in "thì sao"."""
    closing = procedure("9.100032", "Báo thôi nuôi ong", plain_name="Dẹp khai báo nuôi ong")
    for query in ("dẹp", "dẹp khai báo nuôi ong"):
        monkeypatch.setitem(KNOWN, query, (Decision.ASK, ["9.100020", closing.code]))
    asking = Talk(*RECORDS, closing, state=ABOUT_BEES)
    assert asking.say("dẹp", Act.FOLLOW_UP, facets=("steps",)).last.procedure == closing.code


def test_who_may_go_is_asked_of_what_is_talked_of_however_much_is_told(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = "mẹ đi lại không nổi nữa con trai út"
    monkeypatch.setitem(KNOWN, told, (Decision.ASK, [KITE_RENEWAL.code, "9.100020"]))
    talk.say(told, Act.FOLLOW_UP, facets=("proxy",))
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("proxy",))


def test_without_a_current_procedure_it_is_asked_about() -> None:
    assert Talk().say("ong", Act.FOLLOW_UP).last.status is Status.ASK


def test_a_case_that_is_named_is_shown(talk: Talk) -> None:
    talk.say("vườn thuê", Act.FOLLOW_UP)
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("documents",))
    assert "Hợp đồng thuê vườn" in talk.text
    assert "Hợp đồng thuê vườn" in talk.say(facets=("documents",)).text


def test_another_procedure_knows_nothing_of_the_case(talk: Talk) -> None:
    assert talk.say("vườn thuê", Act.FOLLOW_UP).state.case == "vuon-thue"
    assert talk.say("thả diều").state.case is None


def test_a_case_that_was_named_is_the_one_walked_through(talk: Talk) -> None:
    talk.say("vườn thuê", Act.FOLLOW_UP).say(act=Act.WALK)
    assert talk.last.status is Status.WALK
    assert talk.state.walk
    assert talk.state.walk.case == "vuon-thue"


@pytest.mark.parametrize("act", [Act.FOLLOW_UP, Act.OUT_OF_SCOPE])
def test_a_detail_that_nothing_is_known_of_is_asked_back_about(talk: Talk, act: Act) -> None:
    talk.say("chuyện tổ ong bay mất", act)
    assert (talk.last.status, talk.last.procedure) == (Status.ASK, "9.100001")
    assert bees().title in talk.text
    assert say("b_fee") in talk.buttons


def test_who_is_not_understood_again_is_offered_a_person(talk: Talk) -> None:
    talk.say("chuyện tổ ong", Act.FOLLOW_UP).say("chuyện chi đó", Act.FOLLOW_UP)
    assert say("person_button") in talk.buttons
    assert talk.state.procedure == "9.100001"


def test_a_facet_is_answered_however_the_message_is_taken(talk: Talk) -> None:
    talk.say("mẹ em", Act.OUT_OF_SCOPE, facets=("proxy",))
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("proxy",))


def test_a_place_beside_a_follow_up_keeps_the_procedure(talk: Talk) -> None:
    talk.say("mà em", Act.OUT_OF_SCOPE, text="mà em đang ở Nghệ An")
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("place",))
    assert talk.state.province == "40"


def test_a_name_changes_the_subject(talk: Talk) -> None:
    assert talk.say("thả diều", Act.FOLLOW_UP).last.procedure == "9.100020"


def test_asked_on_before_a_choice_the_likeliest_is_shown() -> None:
    talk = Talk().say("ong").say(act=Act.FOLLOW_UP, facets=("time",))
    assert (talk.last.status, talk.last.facets) == (Status.ANSWER, ("time",))
    assert say("guess") in talk.text
    assert say("not_this") in talk.buttons


@pytest.mark.parametrize("text", ["dạ", "ok", "vâng ạ"])
def test_yes_to_an_answer_chooses_nothing(text: str) -> None:
    talk = Talk().say("nuôi ong", facets=("fee",)).say(act=Act.AFFIRM, text=text)
    assert talk.last.status is Status.SMALLTALK


def test_none_of_them_is_no_choice() -> None:
    talk = Talk().say("ong").say(act=Act.CHOOSE, text="không phải cái nào hết")
    assert talk.last.status in (Status.ASK, Status.UNKNOWN)
    assert say("choose_first") not in talk.text


def test_the_papers_of_an_open_choice_are_walked_through_once_it_is_made() -> None:
    talk = Talk().say("ong").say(act=Act.WALK)
    assert say("walk_which") in talk.text
    talk.press(talk.buttons[0])
    assert talk.last.status is Status.WALK


def test_yes_it_is_still_this_shows_the_current_procedure(talk: Talk) -> None:
    talk.say("chuyện tổ ong bay mất", Act.FOLLOW_UP).say(act=Act.AFFIRM, text="đúng rồi")
    assert (talk.last.status, talk.last.procedure) == (Status.ANSWER, "9.100001")


def test_what_was_denied_is_not_asked_back_about(talk: Talk) -> None:
    talk.say("chuyện chi đó", Act.CORRECT)
    assert bees().title not in talk.text


def test_a_walk_under_way_is_not_broken_by_what_is_not_understood(talk: Talk) -> None:
    talk.say("vườn thuê", Act.FOLLOW_UP).say(act=Act.WALK).say("nó kiểu vậy đó", Act.FOLLOW_UP)
    assert "đang hỏi tiếp" not in talk.text


def test_the_case_that_was_told_is_named_and_can_be_left(talk: Talk) -> None:
    talk.say("vườn thuê", Act.FOLLOW_UP).say(act=Act.WALK)
    assert "trường hợp “Ở vườn thuê”" in talk.text
    talk.say(act=Act.START_OVER)
    assert talk.buttons[:2] == ["Trong vườn nhà", "Ở vườn thuê"]


def test_a_case_said_in_a_walk_is_answered_for(talk: Talk) -> None:
    talk.say("vườn thuê", Act.FOLLOW_UP).say(act=Act.WALK)
    talk.say("nuôi ong", text="nuôi ong trong vườn nhà cần giấy gì", facets=("documents",))
    assert "Sơ đồ" in talk.replies[0].text


def test_the_case_is_forgotten_where_the_procedure_is_asked_for_again(talk: Talk) -> None:
    assert talk.say("vườn thuê", Act.FOLLOW_UP).state.case == "vuon-thue"
    assert talk.say("nuôi ong", facets=("documents",)).state.case is None


def test_a_walk_of_another_case_begins_where_it_is_said(talk: Talk) -> None:
    talk.say("vườn thuê", Act.FOLLOW_UP).say(act=Act.WALK).say(act=Act.PAUSE)
    talk.say("nuôi ong", Act.WALK, text="chuẩn bị giấy nuôi ong trong vườn nhà")
    assert talk.state.walk
    assert talk.state.walk.case == "vuon-nha"


@pytest.mark.parametrize("facets", [("place",), ("steps",)])
def test_danger_is_no_follow_up_whatever_it_seems_to_ask(talk: Talk, facets: tuple[str, ...]) -> None:
    talk.say("người lạ đang đập cửa nhà", Act.EMERGENCY, facets=facets)
    assert talk.last.status is Status.EMERGENCY


def test_a_facet_alone_that_sounds_like_danger_is_a_follow_up(talk: Talk) -> None:
    talk.say(act=Act.EMERGENCY, text="gấp lắm, nộp ở đâu", facets=("place",))
    assert talk.last.procedure == "9.100001"


def test_who_has_not_a_paper_asks_about_it(talk: Talk) -> None:
    talk.say("vườn thuê", Act.LACK, text="chưa có hợp đồng, vườn thuê thì sao")
    assert talk.last.procedure == "9.100001"
    assert say("choose_first") not in talk.text


def test_what_is_surely_off_topic_is_declined_whatever_it_asks(talk: Talk) -> None:
    talk.say("con chó nhà bên", Act.OUT_OF_SCOPE, facets=("fee",), off_topic=0.95)
    assert talk.last.status is Status.OUT_OF_SCOPE


def test_words_that_name_nothing_leave_the_subject_as_it_is(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, "phải xin", (Decision.ASK, [KITE_RENEWAL.code, RENEWAL.code]))
    talk.say("phải xin", facets=("deadline",))
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("deadline",))


def test_what_was_talked_of_earlier_is_gone_back_to() -> None:
    talk = Talk().say("nuôi ong").say("thả diều").say("cái lúc nãy", facets=("fee",), text="cái lúc nãy phí bao nhiêu")
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("fee",))


def test_the_earlier_one_that_is_named_is_meant() -> None:
    talk = Talk(state=PersonState(procedure="9.100020", recent=("9.100020", "9.100011", "9.100001")))
    assert talk.say("nuôi ong hồi nãy", text="còn nuôi ong hồi nãy thì sao").last.procedure == "9.100001"


def test_nothing_was_talked_of_earlier() -> None:
    assert Talk().say("nuôi ong lúc nãy", text="nuôi ong lúc nãy").last.status is not Status.ANSWER


@pytest.mark.parametrize("text", ["bản này phí bao nhiêu", "ban nay phi bao nhieu", "lúc này phí bao nhiêu"])
def test_this_one_is_not_the_earlier_one(text: str) -> None:
    talk = Talk().say("nuôi ong").say("thả diều").say(facets=("fee",), text=text)
    assert talk.last.procedure == "9.100020"


def test_another_thing_is_named_whoever_of_the_family_does_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """ "Con nó xây nhà thì cần gì" after splitting a plot: all but the people is a name of something else."""
    for told in ("con em thả diều", "mẹ em đi thay"):
        monkeypatch.setitem(KNOWN, told, (Decision.ASK, ["9.100020", KITE_RENEWAL.code]))
    talk = Talk(*RECORDS, KITE_RENEWAL, state=ABOUT_BEES)
    talk.say("mẹ em đi thay", facets=("documents",))
    assert (talk.last.status, talk.last.procedure) == (Status.ANSWER, "9.100001")
    talk.say("con em thả diều", facets=("documents",))
    assert (talk.last.status, talk.buttons[0]) == (Status.ASK, "Xin thả diều")
