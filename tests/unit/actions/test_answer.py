"""From a question to an answer: found, several, none; what is shown with it."""

from __future__ import annotations

import pytest

from actions.facets import Facet
from actions.reply import Act, Status
from actions.state import PersonState
from actions.texts import say
from knowledge.retriever import Decision
from tests.builders import KITES, SKETCH, TRAINING, FakeRetriever, bees, case, desk, procedure
from tests.unit.actions.talk import Talk


def test_a_sure_find_is_answered_with_title_source_and_day() -> None:
    talk = Talk().say("nuôi ong", facets=("fee",))
    assert (talk.last.status, talk.last.procedure, talk.last.facets) == (Status.ANSWER, "9.100001", ("fee",))
    assert talk.text.startswith("Khai báo nuôi ong\n")
    assert "Nguồn: Sổ tay nghề vườn. Kiểm tra ngày 18/07/2026." in talk.text


def test_a_question_without_a_facet_gets_the_overview() -> None:
    assert Talk().say("nuôi ong").last.facets == (Facet.OVERVIEW,)


def test_two_facets_in_a_message_get_both() -> None:
    talk = Talk().say("nuôi ong", facets=("fee", "time"))
    assert talk.last.facets == ("fee", "time")
    assert "20.000 đồng" in talk.text
    assert "2,5 ngày" in talk.text


def test_a_facet_nobody_knows_is_passed_over() -> None:
    assert Talk().say("nuôi ong", facets=("colour", "fee")).last.facets == ("fee",)


@pytest.mark.parametrize("facet", Facet)
def test_every_facet_can_be_answered_even_from_an_empty_record(facet: Facet) -> None:
    talk = Talk().say("ong").press("Xác nhận dời tổ ong").say(act=Act.FOLLOW_UP, facets=(facet.value,))
    assert talk.last.status is Status.ANSWER
    assert "Nguồn:" in talk.text


def test_the_answer_links_the_online_service_and_the_page_it_cites() -> None:
    links = Talk().say("nuôi ong").last.links
    assert [link.title for link in links] == ["Nộp trực tuyến", "Trang của thủ tục"]
    assert bees().uuid in links[0].url
    assert bees().uuid in links[1].url


def test_where_there_is_no_online_service_only_the_page_is_linked() -> None:
    (link,) = Talk().say("thả diều").last.links
    assert link.url.endswith(f"/thu-tuc-hanh-chinh/{KITES.uuid}")


def test_no_id_is_invented_for_a_link() -> None:
    (link,) = Talk().say("ong").press(TRAINING.title).last.links
    assert "formalityId" not in link.url
    assert "9.100002" in link.url


# Several fit


def test_several_fits_become_choices_by_name_with_a_way_out() -> None:
    talk = Talk().say("ong", facets=("fee",))
    assert talk.last.status is Status.ASK
    *choices, way_out = talk.buttons
    assert choices == ["Khai báo nuôi ong", "Cấp giấy tập huấn nuôi ong", "Xác nhận dời tổ ong"]
    assert way_out == "Không phải các việc này"
    assert not any("9.1000" in title for title in choices)


def test_the_choice_is_answered_with_what_was_asked_before() -> None:
    talk = Talk().say("ong", facets=("fee",)).press("Khai báo nuôi ong")
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("fee",))


def test_two_choices_of_one_name_are_told_apart() -> None:
    twin = TRAINING.model_copy(update={"code": "9.100003"})
    talk = Talk(bees(), TRAINING, twin).say("ong")
    assert len(set(talk.buttons)) == len(talk.buttons)


def test_not_this_one_leads_to_the_next_candidates() -> None:
    talk = Talk(state=PersonState(procedure="9.100001", candidates=("9.100020", "9.100002"))).say(act=Act.DENY)
    assert talk.buttons[:2] == ["Xin thả diều", "Cấp giấy tập huấn nuôi ong"]
    assert talk.press("Xin thả diều").last.procedure == KITES.code


def test_an_answer_with_rivals_offers_not_this_one() -> None:
    state = PersonState(province="24")
    assert "Không phải cái này" in Talk(state=state).say("tem mật ong").buttons
    assert "Không phải cái này" not in Talk().say("nuôi ong").buttons


def test_when_no_candidate_is_left_that_is_said_with_a_way_forward() -> None:
    talk = Talk(state=PersonState(procedure="9.100001")).say(act=Act.DENY)
    assert "không tìm thấy thủ tục nào khác" in talk.text
    assert "Gặp người thật" in talk.buttons


def test_no_with_a_correction_in_the_same_breath_searches_again() -> None:
    talk = Talk(state=PersonState(procedure="9.100001", candidates=("9.100002",))).say("thả diều", Act.DENY)
    assert talk.last.procedure == KITES.code


# Nothing fits


def test_nothing_found_is_said_with_other_words_the_hotline_and_a_person() -> None:
    talk = Talk().say("bán kem")
    assert talk.last.status is Status.UNKNOWN
    assert "từ khác" in talk.text
    assert "18001096" in talk.text
    assert talk.buttons == ["Gặp người thật"]


def test_two_misunderstandings_in_a_row_offer_a_person_first() -> None:
    talk = Talk().say("bán kem")
    assert talk.text != say("person_offer")
    talk.say("bán chè")
    assert talk.text == say("person_offer")
    assert "18001096" in talk.press("Gặp người thật").text


def test_an_answer_in_between_starts_the_count_again() -> None:
    assert "hai lần liền" not in Talk().say("bán kem").say("nuôi ong").say("bán chè").text


def test_what_is_surely_out_of_scope_is_turned_away_with_what_can_be_asked() -> None:
    talk = Talk().say("bán kem", Act.OUT_OF_SCOPE)
    assert talk.last.status is Status.OUT_OF_SCOPE
    assert "thủ tục" in talk.text


def test_a_sure_find_beats_an_act_that_says_out_of_scope() -> None:
    assert Talk().say("nuôi ong", Act.OUT_OF_SCOPE).last.procedure == "9.100001"


@pytest.mark.parametrize("act", [Act.ASK, Act.FOLLOW_UP, Act.LACK, Act.WHAT_IS])
def test_a_facet_without_any_procedure_asks_which_one(act: Act) -> None:
    talk = Talk().say(act=act, facets=("fee",))
    assert "thủ tục nào" in talk.text
    assert talk.last.status is Status.ASK


LAND = procedure(
    "9.100071", "Sang tên đất nuôi ong", cases=(case("mua", "Mua bán", SKETCH), case("thua", "Thừa kế", SKETCH))
)
CART = procedure(
    "9.100072", "Sang tên xe ong", cases=(case("mua", "Người mua", SKETCH), case("chet", "Người thừa kế", SKETCH))
)
OWNED = {"đất ong": (Decision.ANSWER, [LAND.code]), "xe ong": (Decision.ANSWER, [CART.code])}


@pytest.mark.parametrize(
    ("text", "case_key"), [("còn xe ong của ba nữa", "chet"), ("xe ong", None), ("còn xe ong, người mua là em", "mua")]
)
def test_what_a_dead_person_left_is_inherited_with_the_next_thing_too(text, case_key):
    talk = Talk(desk=desk(FakeRetriever(OWNED, (LAND, CART))))
    talk.say("đất ong", text="đất ong bố để lại, thừa kế").say("xe ong", text=text)
    assert (talk.last.procedure, talk.state.case) == (CART.code, case_key)
