"""Leaving the walk and coming back: side questions, back, over, pause, the list to forward; and new releases."""

from __future__ import annotations

import pytest

from actions.reply import Act
from actions.state import Mode, PersonState, Walk
from tests.builders import APPLICATION, KITES, SKETCH, TRAINING_PAPER, bees, case, paper
from tests.unit.actions.talk import Talk

GARDEN = PersonState(procedure="9.100001", walk=Walk("9.100001", "vuon-nha"))
SECOND = PersonState(procedure="9.100001", walk=Walk("9.100001", "vuon-nha", {"to-khai": "have"}, ("to-khai",)))
ASKS_SECOND = "Giấy 2/3: Sơ đồ khu vườn"


def done(talk: Talk) -> tuple[int, int, int]:
    """Papers there, missing and in all."""
    view = talk.last.checklist
    assert view
    return view.count("have"), view.count("lack"), len(view.items)


def test_a_side_question_is_answered_and_the_walk_goes_on_where_it_stood() -> None:
    talk = Talk(state=SECOND).say(act=Act.FOLLOW_UP, facets=("fee",))
    assert "20.000 đồng" in talk.replies[0].text
    assert "giấy 2/3: Sơ đồ khu vườn" in talk.last.text
    assert done(talk.press("Có rồi")) == (2, 0, 3)


def test_a_side_question_is_answered_for_the_walk_s_case() -> None:
    state = PersonState(procedure="9.100001", walk=Walk("9.100001", "vuon-thue"))
    talk = Talk(state=state).say(act=Act.FOLLOW_UP, facets=("documents",))
    assert "Hợp đồng thuê vườn" in talk.replies[0].text


def test_a_question_about_another_procedure_keeps_the_walk() -> None:
    talk = Talk(state=SECOND).say("thả diều", facets=("overview",))
    assert talk.replies[0].procedure == KITES.code
    assert talk.last.procedure == "9.100001"
    assert done(talk.press("Có rồi")) == (2, 0, 3)


@pytest.mark.parametrize("text", ["xin ở đâu", "cái này lấy ở đâu vậy", "giấy đó mua chỗ nào"])
def test_where_a_paper_is_got_is_asked_of_the_paper_and_not_of_the_dossier(text: str) -> None:
    talk = Talk(state=GARDEN).say(act=Act.FOLLOW_UP, facets=("place",), text=text)
    assert "Xin ở Ủy ban nhân dân xã." in talk.text


def test_two_questions_about_other_things_leave_the_walk_until_it_is_resumed() -> None:
    talk = Talk(state=SECOND).say("thả diều", facets=("fee",)).say(act=Act.FOLLOW_UP, facets=("time",))
    assert talk.last.procedure == KITES.code
    assert talk.state.mode is not Mode.WALKING
    assert ASKS_SECOND in talk.say(act=Act.RESUME).text


def test_one_step_back_takes_the_last_mark_away() -> None:
    talk = Talk(state=SECOND).say(act=Act.HAVE).say(act=Act.GO_BACK)
    assert ASKS_SECOND in talk.text
    assert done(talk) == (1, 0, 3)


def test_back_at_the_first_paper_stays_there() -> None:
    talk = Talk(state=GARDEN).say(act=Act.GO_BACK)
    assert "giấy đầu tiên" in talk.text
    assert "Giấy 1/3" in talk.text


def test_back_after_the_end_opens_the_last_paper_again() -> None:
    talk = Talk(state=SECOND).say(act=Act.HAVE).say(act=Act.LACK).say(act=Act.GO_BACK)
    assert "Giấy 3/3" in talk.text
    assert talk.state.mode is Mode.WALKING


def test_a_paper_marked_again_counts_once() -> None:
    walk = Walk("9.100001").mark("to-khai", "lack").mark("so-do", "have").mark("to-khai", "have")
    assert walk.marks == {"to-khai": "have", "so-do": "have"}
    assert walk.step_back().marks == {"so-do": "have"}


def test_starting_over_clears_the_marks_and_asks_the_case_again() -> None:
    talk = Talk(state=SECOND).say(act=Act.START_OVER)
    assert "từ đầu" in talk.text
    assert done(talk.press("Trong vườn nhà")) == (0, 0, 3)


def test_a_pause_keeps_the_place_for_another_day() -> None:
    paused = Talk(state=SECOND).say(act=Act.PAUSE)
    assert paused.state.mode is not Mode.WALKING
    kept = PersonState.from_json(paused.state.to_json())
    next_day = Talk(state=kept).say(act=Act.RESUME)
    assert ASKS_SECOND in next_day.text
    assert next_day.state.mode is Mode.WALKING
    assert done(next_day) == (1, 0, 3)


def test_a_paused_walk_is_not_in_the_way_of_questions() -> None:
    talk = Talk(state=SECOND).say(act=Act.PAUSE).say("thả diều")
    assert len(talk.replies) == 1
    assert ASKS_SECOND in talk.say(act=Act.RESUME).text


def test_starting_the_same_walk_again_goes_on_instead() -> None:
    assert ASKS_SECOND in Talk(state=SECOND).say(act=Act.PAUSE).say("nuôi ong", Act.WALK).text


def test_the_list_comes_as_one_message_with_all_that_is_needed() -> None:
    state = PersonState(
        procedure="9.100001", walk=Walk("9.100001", "vuon-nha", {"to-khai": "have", "so-do": "lack"}, ("to-khai",))
    )
    talk = Talk(state=state).say(act=Act.RESEND)
    assert len(talk.replies) == 1
    lines = talk.text.splitlines()
    assert "[x] Tờ khai nuôi ong" in lines
    assert "[thiếu] Sơ đồ khu vườn" in lines
    assert "[ ] Giấy tập huấn nuôi ong" in lines
    for part in ("Khai báo nuôi ong", "Trong vườn nhà", "nơi đặt tổ ong", "18/07/2026", "https://dichvucong.gov.vn/"):
        assert part in talk.text


def test_the_list_can_be_had_without_a_walk() -> None:
    talk = Talk(state=PersonState(procedure="9.100001")).say(act=Act.RESEND)
    assert "[ ] Tờ khai nuôi ong" in talk.text


@pytest.mark.parametrize("act", [Act.GO_BACK, Act.START_OVER, Act.PAUSE, Act.RESUME, Act.RESEND])
def test_without_a_walk_a_way_back_asks_for_a_procedure(act: Act) -> None:
    talk = Talk().say(act=act)
    assert "chưa có danh sách giấy tờ nào" in talk.text


@pytest.mark.parametrize("act", [Act.THANK, Act.GREET, Act.HELP, Act.WHO_ARE_YOU])
def test_small_talk_in_the_walk_comes_back_to_the_paper(act: Act) -> None:
    assert "giấy 2/3" in Talk(state=SECOND).say(act=act).last.text


def test_guidance_in_the_walk_comes_back_to_the_paper() -> None:
    talk = Talk(state=SECOND).say(act=Act.GUIDANCE, topics=("track",))
    assert "mã hồ sơ" in talk.replies[0].text
    assert "giấy 2/3" in talk.last.text


# New releases: ticks hang on the papers, not on their places

MARKED = PersonState(
    procedure="9.100001",
    walk=Walk("9.100001", "vuon-nha", {"to-khai": "have", "so-do": "lack"}, ("to-khai", "so-do")),
)


def after(*papers: object) -> Talk:
    """The walk resumed over a release in which the case has these papers."""
    record = bees(cases=(case("vuon-nha", "Trong vườn nhà", *papers), bees().cases[1]))  # type: ignore[arg-type]
    return Talk(record, state=MARKED).say(act=Act.RESUME)


def marks(talk: Talk) -> dict[str, str]:
    view = talk.last.checklist
    assert view
    return {item.key: item.state for item in view.items}


def test_a_new_order_of_papers_keeps_every_tick() -> None:
    talk = after(TRAINING_PAPER, SKETCH, APPLICATION)
    assert marks(talk) == {"giay-tap-huan": "open", "so-do": "lack", "to-khai": "have"}
    assert "Giấy 1/3: Giấy tập huấn" in talk.text


def test_a_paper_that_is_new_is_asked_for() -> None:
    talk = after(paper("anh", "Ảnh tổ ong"), APPLICATION, SKETCH)
    assert "Giấy 1/3: Ảnh tổ ong" in talk.text
    assert marks(talk)["to-khai"] == "have"


def test_a_paper_that_is_gone_is_not_counted() -> None:
    talk = after(APPLICATION)
    assert "1/1" in talk.text
    assert "Còn thiếu" not in talk.text


def test_a_case_that_is_gone_falls_back_to_one_that_is_there() -> None:
    talk = Talk(bees(cases=bees().cases[1:]), state=MARKED).say(act=Act.RESUME)
    assert marks(talk) == {"to-khai": "have", "thue": "open"}


def test_a_procedure_that_is_gone_ends_the_walk_without_breaking() -> None:
    talk = Talk(KITES, state=MARKED).say(act=Act.RESUME)
    assert talk.state.walk is None
    assert talk.text
