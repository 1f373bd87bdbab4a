"""The walk through the papers: the case, then paper by paper, to the list of what is missing."""

from __future__ import annotations

import pytest

from actions.reply import Act, Status
from actions.state import Mode
from tests.builders import APPLICATION, SILENT, TODAY, TRAINING, bees, case, paper, procedure
from tests.unit.actions.talk import Talk

THREE = procedure(
    "9.100030",
    "Mở chợ mật",
    uuid="019e0000-0000-7000-8000-000000000030",
    cases=(case("chung", "Hồ sơ", *(paper(f"g{i}", f"Giấy chợ {i}") for i in (1, 2, 3))),),
)


def walking(*records: object, code: str = "9.100001") -> Talk:
    talk = Talk(*records)  # type: ignore[arg-type]
    talk.state = talk.state.about(code, ())
    return talk.say(act=Act.WALK)


def in_the_garden() -> Talk:
    return walking().press("Trong vườn nhà")


def marks(talk: Talk) -> dict[str, str]:
    assert talk.last.checklist
    return {item.title: item.state for item in talk.last.checklist.items}


def test_the_case_is_asked_in_words_a_person_can_answer() -> None:
    talk = walking()
    assert "Anh/chị nuôi ong ở đâu?" in talk.text
    assert talk.buttons == ["Trong vườn nhà", "Ở vườn thuê"]
    assert talk.last.status is Status.WALK


def test_each_case_has_its_own_papers() -> None:
    talk = walking().press("Ở vườn thuê")
    assert list(marks(talk)) == ["Tờ khai nuôi ong", "Hợp đồng thuê vườn"]
    assert "Giấy 1/2: Tờ khai nuôi ong" in talk.text


def test_a_record_with_one_case_asks_nothing_about_it() -> None:
    assert "Giấy 1/3: Giấy chợ 1" in walking(THREE, code="9.100030").text


def test_more_than_four_cases_come_in_pages() -> None:
    cases = tuple(case(f"c{i}", f"Trường hợp {i}", APPLICATION) for i in range(1, 7))
    talk = walking(bees(cases=cases))
    assert talk.buttons == ["Trường hợp 1", "Trường hợp 2", "Trường hợp 3", "Trường hợp 4", "Trường hợp khác"]
    talk.press("Trường hợp khác")
    assert talk.buttons == ["Trường hợp 5", "Trường hợp 6"]
    talk.press("Trường hợp 6")
    assert "Giấy 1/1" in talk.text


def test_a_case_without_papers_is_not_offered() -> None:
    empty = case("rong", "Không cần gì")
    talk = walking(bees(cases=(empty, *bees().cases)))
    assert talk.buttons == ["Trong vườn nhà", "Ở vườn thuê"]


@pytest.mark.parametrize("record", [SILENT, bees(code="9.100003", cases=(case("rong", "Hồ sơ"),))])
def test_a_record_without_papers_says_so_and_links_its_page(record: object) -> None:
    talk = walking(record, code="9.100003")
    assert "không liệt kê giấy tờ nào" in talk.text
    assert talk.last.links
    assert talk.state.mode is not Mode.WALKING


def test_the_walk_starts_for_a_procedure_named_in_the_message() -> None:
    talk = Talk().say("nuôi ong", Act.WALK)
    assert talk.state.procedure == "9.100001"
    assert talk.buttons == ["Trong vườn nhà", "Ở vườn thuê"]


def test_a_vague_name_asks_which_procedure_is_to_be_walked_through() -> None:
    talk = Talk().say("ong", Act.WALK)
    assert talk.last.status is Status.ASK
    assert talk.press("Cấp giấy tập huấn nuôi ong").last.procedure == "9.100002"
    assert talk.state.mode is Mode.WALKING


def test_without_a_procedure_the_walk_asks_for_one() -> None:
    talk = Talk().say(act=Act.WALK)
    assert talk.last.status is Status.ASK
    assert talk.state.walk is None


def test_a_paper_that_is_there_counts_and_the_next_is_asked() -> None:
    talk = in_the_garden().say(act=Act.HAVE)
    assert talk.last.checklist
    assert talk.last.checklist.count("have") == 1
    assert "Giấy 2/3: Sơ đồ khu vườn" in talk.text


@pytest.mark.parametrize(("yes_or_no", "mark"), [(Act.AFFIRM, "have"), (Act.DENY, "lack")])
def test_yes_and_no_in_the_walk_answer_for_the_paper(yes_or_no: Act, mark: str) -> None:
    assert marks(in_the_garden().say(act=yes_or_no))["Tờ khai nuôi ong"] == mark


def test_a_missing_paper_is_told_how_to_get() -> None:
    talk = in_the_garden().press("Chưa có")
    assert "Xin ở Ủy ban nhân dân xã" in talk.text
    assert marks(talk)["Tờ khai nuôi ong"] == "lack"


def test_a_missing_paper_may_be_replaced() -> None:
    talk = in_the_garden().press("Có rồi").press("Chưa có")
    assert "Vườn đã có trên VNeID" in talk.text


def test_where_nothing_is_known_about_getting_a_paper_that_is_said() -> None:
    assert "không nói cách xin" in walking(THREE, code="9.100030").press("Chưa có").text


def test_a_paper_that_is_a_procedure_offers_to_go_there() -> None:
    talk = in_the_garden().press("Có rồi").press("Có rồi").press("Chưa có")
    assert TRAINING.title in talk.text


def test_going_to_another_procedure_comes_back_to_the_walk() -> None:
    record = bees(cases=(case("chung", "Hồ sơ", *bees().cases[0].papers[2:], APPLICATION),))
    talk = walking(record, TRAINING).press("Chưa có")
    talk.press(next(title for title in talk.buttons if "tập huấn" in title))
    assert talk.replies[0].procedure == "9.100002"
    assert talk.last.procedure == "9.100001"
    assert "giấy 2/2: Tờ khai nuôi ong" in talk.last.text
    assert talk.press("Có rồi").last.checklist


def test_a_procedure_behind_the_last_paper_can_be_gone_to_as_well() -> None:
    talk = in_the_garden().press("Có rồi").press("Có rồi").press("Chưa có")
    assert any(TRAINING.title in title for title in talk.buttons)


def test_what_a_paper_is_is_explained_and_asked_again() -> None:
    talk = in_the_garden().press("Là gì?")
    assert "Tờ giấy một mặt." in talk.text
    assert "Giấy 1/3" in talk.text
    assert set(marks(talk).values()) == {"open"}


def test_a_paper_without_words_of_its_own_is_named_and_said_to_be_unknown() -> None:
    talk = walking(THREE, code="9.100030").press("Là gì?")
    assert "Giấy chợ 1" in talk.text
    assert "không nói" in talk.text


def test_the_end_lists_what_is_missing_and_all_that_is_needed_next() -> None:
    talk = in_the_garden().press("Có rồi").press("Chưa có").press("Có rồi")
    assert "2/3" in talk.text
    missing = talk.text.split("Còn thiếu:")[1].split("Lệ phí")[0]
    assert "Sơ đồ khu vườn" in missing
    assert "Tờ khai" not in missing
    for part in ("20.000 đồng", "2,5 ngày", "nơi đặt tổ ong", "mức độ 4", "18/07/2026"):
        assert part in talk.text
    assert "formalityId=" in talk.last.links[0].url
    assert talk.state.mode is not Mode.WALKING


def test_the_end_with_everything_there_says_so() -> None:
    talk = in_the_garden().press("Có rồi").press("Có rồi").press("Có rồi")
    assert "đủ giấy tờ" in talk.text
    assert "Còn thiếu" not in talk.text


def test_a_fee_that_has_ended_is_not_stated_at_the_end_either() -> None:
    ended = bees(fees=({"amount": 12_345, "text": "cũ", "valid_until": TODAY.replace(year=2025)},))
    talk = walking(ended).press("Ở vườn thuê").press("Có rồi").press("Có rồi")
    assert "12.345" not in talk.text
