"""What waited for the place is answered once it is known: by the province's own member, else the national one."""

from __future__ import annotations

from actions.reply import Act, Status
from actions.state import PersonState
from tests.builders import BAC_NINH_STAMP, NGHE_AN_STAMP, RECORDS, procedure
from tests.unit.actions.talk import Talk

NATIONAL_STAMP = procedure("9.100013", "Cấp tem mật ong", family="tem-mat-ong", place="Chi cục Ong mật.")


def test_what_waited_is_answered_after_the_note_in_one_reply() -> None:
    talk = Talk().say("tem mật ong", facets=("place",)).say("Bắc Giang")
    assert (talk.last.procedure, talk.last.facets, len(talk.replies)) == (BAC_NINH_STAMP.code, ("place",), 1)
    assert talk.text.startswith("Vâng, mình nhớ")
    assert talk.state.awaiting is None


def test_a_place_that_has_to_be_asked_about_still_answers_what_waited() -> None:
    stamp = NGHE_AN_STAMP.model_copy(update={"province": "UBND Thành phố Đồng Nai"})
    talk = Talk(BAC_NINH_STAMP, stamp).say("tem mật ong", facets=("place",)).say("Tân Phú")
    assert (talk.last.status, talk.state.awaiting) == (Status.ASK, "province")
    talk.press("Huyện Tân Phú, Thành phố Đồng Nai")
    assert (talk.last.procedure, talk.last.facets) == (stamp.code, ("place",))


def test_a_province_without_its_own_member_gets_the_national_one() -> None:
    waiting = PersonState(procedure=BAC_NINH_STAMP.code, facets=("place",), awaiting="province")
    talk = Talk(*RECORDS, NATIONAL_STAMP, state=waiting).say("Cần Thơ")
    assert talk.last.procedure == NATIONAL_STAMP.code
    assert "Chi cục Ong mật" in talk.text


def test_where_there_is_neither_that_is_said_with_a_way_forward() -> None:
    talk = Talk().say("tem mật ong", facets=("place",)).say("Cần Thơ")
    assert (talk.last.status, talk.last.procedure) == (Status.UNKNOWN, None)
    assert "không thấy Thành phố Cần Thơ có quy định riêng" in talk.text
    assert "18001096" in talk.text


def test_a_follow_up_after_that_is_not_answered_with_another_provinces_rule() -> None:
    talk = Talk().say("tem mật ong", facets=("place",)).say("Cần Thơ").say(act=Act.FOLLOW_UP, facets=("place",))
    assert "Bắc Ninh" not in talk.text


def test_a_place_said_for_its_own_sake_repeats_no_answer() -> None:
    talk = Talk().say("nuôi ong", facets=("fee",)).say("Cần Thơ")
    assert (talk.last.procedure, talk.state.procedure, talk.state.province) == (None, "9.100001", "92")


def test_who_asks_on_without_naming_the_place_is_asked_once_more() -> None:
    talk = Talk().say("tem mật ong", facets=("place",)).say(facets=("time",), text="bao lâu")
    assert (talk.last.status, talk.state.awaiting) == (Status.ASK, "province")
    assert talk.say("Bắc Giang").last.facets == ("time",)


def test_who_asks_on_again_is_answered() -> None:
    talk = Talk().say("tem mật ong").say(facets=("time",), text="bao lâu").say(facets=("fee",), text="phí")
    assert talk.last.status is Status.ANSWER


def test_what_the_province_has_of_the_other_finds_is_shown() -> None:
    waiting = PersonState(procedure=BAC_NINH_STAMP.code, candidates=("9.100099",), awaiting="province")
    own = procedure("9.100099", "Cấp tem mật ong rừng", province="UBND Thành phố Cần Thơ")
    talk = Talk(*RECORDS, own, state=waiting).say("Cần Thơ")
    assert talk.last.procedure == own.code
