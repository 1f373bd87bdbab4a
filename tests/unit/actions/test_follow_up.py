"""A few words about what is talked of: its tax, what if it is late, the next thing at once; and what is not that."""

from __future__ import annotations

import pytest

from actions.reply import Act
from actions.state import PersonState, Walk
from knowledge.procedure import Fee
from knowledge.retriever import Decision
from tests.builders import RECORDS, bees, procedure
from tests.unit.actions.talk import KNOWN, Talk

ABOUT_BEES = PersonState(procedure="9.100001", facets=("documents",))
TAXED = bees(fees=(Fee(amount=30000), Fee(text="Bán mật thì đóng thuế ở chợ.")))
RENEWAL = procedure("9.100030", "Gia hạn giấy nuôi ong", plain_name="Gia hạn nuôi ong", deadline="Trước 15 ngày.")
BUNDLE = procedure("9.100033", "Liên thông khai báo nuôi ong và thả diều", plain_name="Liên thông nuôi ong, thả diều")
TITLE = "Khai báo nuôi ong"


def about(*records, text: str, state: PersonState = ABOUT_BEES, act: Act = Act.ASK, query: str = "", **said) -> Talk:
    return Talk(*(records or (bees(),)), *RECORDS[1:], state=state).say(query, act, text=text, **said)


@pytest.mark.parametrize("text", ["đóng thuế gì ko", "có phải nộp thuế không", "trước bạ nhiêu"])
def test_its_tax_is_among_its_fees(text: str) -> None:
    talk = about(TAXED, text=text, query="đóng thuế")
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("fee",))


@pytest.mark.parametrize(("records", "text"), [((bees(),), "đóng thuế gì"), ((TAXED,), "đóng thuế thả diều")])
def test_a_tax_that_it_does_not_name_or_of_something_else_is_another_matter(records, text: str) -> None:
    assert about(*records, text=text, query="thả diều").last.procedure == "9.100020"


@pytest.mark.parametrize("text", ["quá 30 ngày thì sao", "trễ có sao ko", "muộn thì sao", "qua han co sao khong"])
def test_what_if_it_is_late_is_answered_with_deadline_and_penalty(text: str) -> None:
    talk = about(text=text)
    assert (talk.last.procedure, talk.last.facets) == ("9.100001", ("deadline", "penalty"))


def test_only_what_the_record_says_is_answered() -> None:
    assert about(bees(penalty=""), text="trễ thì sao").last.facets == ("deadline",)
    assert about(bees(penalty="", deadline=""), text="trễ thì sao").last.facets != ("deadline",)
    assert about(bees(deadline=""), text="trễ thì sao").last.facets == ("penalty",)
    dirty = bees(deadline="", penalty="Không lau tổ thì bị nhắc nhở.")
    assert about(dirty, text="trễ thì sao").last.facets != ("penalty",)


def test_what_if_a_paper_has_expired_is_answered_by_its_renewal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, "gia hạn khai báo nuôi ong", (Decision.ANSWER, [RENEWAL.code]))
    expired = about(bees(), RENEWAL, text="hết hạn rồi thì sao")
    assert (expired.last.procedure, expired.last.facets) == (RENEWAL.code, ("deadline",))


def test_what_if_a_paper_without_a_renewal_has_expired_is_what_if_one_is_late() -> None:
    assert about(text="hết hạn rồi thì sao").last.facets == ("deadline", "penalty")


def test_a_wish_is_no_lateness() -> None:
    assert about(text="muon thi sao").last.facets != ("deadline", "penalty")


def test_lateness_of_something_else_is_another_matter() -> None:
    assert about(text="thả diều trễ thì sao", query="thả diều").last.procedure == "9.100020"


@pytest.fixture
def bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(KNOWN, f"liên thông {TITLE} thả diều", (Decision.ASK, ["9.100020", BUNDLE.code]))


@pytest.mark.usefixtures("bundled")
def test_another_thing_at_once_is_the_bundle_of_both() -> None:
    talk = about(bees(), BUNDLE, text="thả diều luôn", query="thả diều")
    assert talk.last.procedure == BUNDLE.code
    assert talk.state.candidates == ("9.100001",)


def test_without_a_bundle_it_is_the_other_thing() -> None:
    assert about(text="thả diều luôn", query="thả diều").last.procedure == "9.100020"


@pytest.mark.usefixtures("bundled")
def test_another_thing_that_need_not_be_at_once_is_itself() -> None:
    assert about(bees(), BUNDLE, text="thả diều", query="thả diều").last.procedure == "9.100020"


@pytest.mark.parametrize("state", [PersonState(), PersonState(procedure="9.100001", walk=Walk("9.100001"))])
def test_with_nothing_talked_of_and_in_a_walk_it_is_none_of_these(state: PersonState) -> None:
    assert about(text="trễ thì sao", state=state).last.facets != ("deadline", "penalty")
