"""What has ended is answered with what replaced it, and so it is said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from actions.reply import Act, Status
from actions.standing import in_force, remark
from knowledge.procedure import Procedure
from knowledge.retriever import Decision
from tests.builders import RECORDS, TODAY, FakeCatalogue, bees, case, desk, paper, procedure
from tests.unit.actions.talk import KNOWN, FakeRetriever, Talk

DAY = dt.timedelta(days=1)
NEW = procedure("9.100051", "Khai báo ong mật mới", cases=(case("chung", "Hồ sơ", paper("don", "Đơn nuôi ong")),))


def bees_until(day: dt.date, replaced_by: str | None = NEW.code, **changes: Any) -> Procedure:
    return bees(valid_until=day, replaced_by=replaced_by, **changes)


def served(asked: Procedure, *others: Procedure) -> str:
    return in_force(asked, FakeCatalogue([asked, *others], ()), TODAY).code  # type: ignore[arg-type]


def told(asked: Procedure, *others: Procedure, facets: tuple[str, ...] = ("fee",)) -> Talk:
    return Talk(asked, *others, *RECORDS[1:]).say("nuôi ong", facets=facets)


# Which one is in force


def test_its_last_day_still_belongs_to_a_procedure() -> None:
    assert served(bees_until(TODAY), NEW) == "9.100001"
    assert served(bees_until(TODAY - DAY), NEW) == NEW.code


@pytest.mark.parametrize(
    "others",
    [(), (NEW.model_copy(update={"valid_from": TODAY + DAY}),), (NEW.model_copy(update={"valid_until": TODAY - DAY}),)],
    ids=["not known", "not begun", "ended itself"],
)
def test_what_does_not_hold_today_replaces_nothing(others: tuple[Procedure, ...]) -> None:
    assert served(bees_until(TODAY - DAY), *others) == "9.100001"


def test_without_an_end_nothing_is_replaced() -> None:
    assert served(bees(replaced_by=NEW.code), NEW) == "9.100001"


def test_a_chain_of_replacements_leads_to_its_end() -> None:
    middle = procedure("9.100050", "Khai báo ong", valid_until=TODAY - DAY, replaced_by=NEW.code)
    assert served(bees_until(TODAY - 9 * DAY, middle.code), middle, NEW) == NEW.code


def test_replacements_in_a_circle_end_the_search() -> None:
    ended = {"valid_until": TODAY - DAY}
    other = procedure("9.100050", "Khai báo ong", replaced_by="9.100001", **ended)
    assert served(bees_until(TODAY - DAY, other.code), other) == "9.100001"
    assert served(bees_until(TODAY - DAY, "9.100001")) == "9.100001"


# What is said


def test_nothing_is_said_of_a_procedure_that_simply_holds() -> None:
    assert remark(bees(), bees(), TODAY) == ""
    held = bees(valid_from=TODAY, valid_until=TODAY)
    assert remark(held, held, TODAY) == ""


def test_what_has_ended_is_answered_with_its_replacement_and_says_so() -> None:
    talk = told(bees_until(dt.date(2026, 8, 15)), NEW)
    assert (talk.last.status, talk.last.procedure, talk.state.procedure) == (Status.ANSWER, NEW.code, NEW.code)
    assert talk.text.startswith("Khai báo nuôi ong (9.100001) hết hiệu lực từ sau ngày 15/08/2026.")
    assert "Khai báo ong mật mới" in talk.text
    assert "20.000 đồng" not in talk.text


def test_what_has_ended_without_a_replacement_says_so_with_a_way_forward() -> None:
    talk = told(bees_until(dt.date(2026, 8, 15), None))
    assert talk.text.startswith("Thủ tục này hết hiệu lực từ sau ngày 15/08/2026.")
    assert "18001096" in talk.text.splitlines()[0]


def test_what_has_not_begun_says_from_when() -> None:
    assert told(bees(valid_from=dt.date(2026, 10, 1))).text.startswith("Thủ tục này có hiệu lực từ ngày 01/10/2026.")


def test_what_ends_soon_names_what_comes_next() -> None:
    talk = told(bees_until(dt.date(2026, 9, 30)), NEW)
    assert talk.last.procedure == "9.100001"
    assert "chỉ áp dụng đến hết ngày 30/09/2026, sau đó làm theo thủ tục 9.100051" in talk.text


def test_a_code_in_the_message_that_has_ended_is_replaced_too() -> None:
    records = (bees_until(TODAY - DAY), NEW)
    found = FakeRetriever({"9.100001": (Decision.ANSWER, ["9.100001"])}, records)
    talk = Talk(desk=desk(found)).say("9.100001", text="9.100001")
    assert talk.last.procedure == NEW.code


# The walk


def test_the_walk_is_of_what_is_in_force() -> None:
    talk = told(bees_until(TODAY - DAY), NEW).say(act=Act.WALK)
    assert talk.state.walk
    assert talk.state.walk.procedure == NEW.code
    assert "Đơn nuôi ong" in talk.text


def test_a_walk_button_from_before_the_end_leads_to_the_replacement() -> None:
    talk = told(bees_until(TODAY), NEW, facets=("documents",))
    later = desk(FakeRetriever(KNOWN, (bees_until(TODAY - DAY), NEW)))
    again = Talk(state=talk.state, desk=later).press("Chuẩn bị từng giấy tờ")
    assert again.last.procedure == NEW.code


@pytest.mark.parametrize("replaced_by", [NEW.code, None])
def test_a_walk_says_that_what_was_asked_for_has_ended(replaced_by: str | None) -> None:
    ended = bees_until(TODAY - DAY, replaced_by)
    talk = Talk(ended, NEW, *RECORDS[1:]).say("nuôi ong", Act.WALK)
    assert "hết hiệu lực" in talk.text
