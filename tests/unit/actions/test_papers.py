"""Whether a paper is needed is asked of what is talked of, though another procedure has the paper's name."""

from __future__ import annotations

import pytest

from actions.papers import need_in, source_in
from actions.reply import Act
from actions.state import PersonState
from actions.texts import say
from knowledge.retriever import Decision
from tests.builders import KITES, bees, case, paper
from tests.unit.actions.talk import KNOWN, Talk


@pytest.mark.parametrize(
    ("text", "what", "is_missing"),
    [
        ("có cần sổ hộ khẩu không", "sổ hộ khẩu", False),
        ("vay phai nop hoc ba ko a", "hoc ba", False),
        ("mẹ em đi thay, cần giấy ủy quyền không", "giấy ủy quyền", False),
        ("thiếu hợp đồng thuê thì sao", "hợp đồng thuê", True),
        ("chua co giay chung sinh co duoc khong", "giay chung sinh", True),
    ],
)
def test_a_paper_whose_need_is_asked(text: str, what: str, is_missing: bool) -> None:
    need = need_in(text)
    assert need
    assert (need.what, need.is_paper, need.is_missing) == (what, True, is_missing)


@pytest.mark.parametrize(
    "text",
    [
        "có cần giấy tờ gì không",
        "cần những giấy gì",
        "em muốn làm hộ chiếu, có cần khai sinh không",
        "mở quán có cần giấy phép không",
        "mất bao lâu",
    ],
)
def test_no_single_thing_is_asked_of_what_is_talked_of(text: str) -> None:
    assert need_in(text) is None


def test_what_one_does_may_be_a_wish_of_its_own() -> None:
    own, before = need_in("có phải đăng ký tạm trú không"), need_in("có phải xoá tạm trú ở quê trước không")
    assert own
    assert own.is_own_wish
    assert before
    assert not before.is_own_wish


@pytest.fixture
def talk(monkeypatch: pytest.MonkeyPatch) -> Talk:
    monkeypatch.setitem(KNOWN, "giấy thả diều", (Decision.ANSWER, ["9.100020"]))
    lease = paper("hop-dong", "Hợp đồng thuê vườn", instead="Giấy xác nhận của xã", get="Chủ vườn viết.")
    record = bees(cases=(case("chung", "Hồ sơ", paper("don", "Đơn nuôi ong"), lease),))
    return Talk(record, KITES, state=PersonState(procedure=record.code))


def test_a_listed_paper_is_said_to_be_needed(talk: Talk) -> None:
    talk.say("đơn nuôi ong", text="có cần đơn nuôi ong không")
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("documents",))
    assert talk.text.startswith(say("paper_listed", paper="Đơn nuôi ong"))


def test_who_lacks_it_reads_what_replaces_it(talk: Talk) -> None:
    talk.say("hợp đồng thuê", text="thiếu hợp đồng thuê được không")
    assert say("walk_instead", instead="Giấy xác nhận của xã") in talk.text


def test_a_paper_that_is_not_listed_is_said_not_to_be(talk: Talk) -> None:
    talk.say("giấy thả diều", text="có cần giấy thả diều không")
    assert talk.last.procedure == "9.100001"
    assert talk.text.startswith(say("paper_not_listed", what="giấy thả diều"))


def test_anything_else_is_answered_by_the_conditions(talk: Talk) -> None:
    talk.say("nuôi xa nhà", text="có phải nuôi xa nhà không")
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("eligibility",))


def test_a_correction_is_no_such_question(talk: Talk) -> None:
    talk.say("giấy thả diều", Act.CORRECT, text="có cần giấy thả diều không")
    assert talk.last.procedure != "9.100001"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("giấy khám sức khoẻ lấy ở đâu", "giấy khám sức khoẻ"),
        ("kham suc khoe o dau", "suc khoe"),
        ("vay xin to khai cho nao em", "to khai"),
    ],
)
def test_a_paper_that_is_to_be_got(text: str, what: str) -> None:
    need = source_in(text)
    assert need
    assert need.what == what


@pytest.mark.parametrize("text", ["nộp ở đâu", "lấy ở đâu", "tờ khai có mấy trang", "ở đâu làm"])
def test_no_paper_is_to_be_got(text: str) -> None:
    assert source_in(text) is None


def test_where_a_paper_of_it_is_got_stands_in_the_record(talk: Talk) -> None:
    talk.say("hợp đồng thuê", text="hợp đồng thuê lấy ở đâu", facets=("place",))
    assert talk.last.procedure == "9.100001"
    assert talk.text.startswith(f"Hợp đồng thuê vườn\n{say('walk_get', get='Chủ vườn viết.')}")
