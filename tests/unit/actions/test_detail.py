"""Where in a record a few words stand."""

from __future__ import annotations

import pytest

from actions.detail import facet_of
from actions.reply import Act, Status
from knowledge.procedure import Facet
from tests.builders import FakeRetriever, bees
from tests.unit.actions.talk import Talk


@pytest.mark.parametrize(
    ("asked", "facet"),
    [
        ("hop dong thue vuon", Facet.DOCUMENTS),
        ("nguoi trong nha", Facet.PROXY),
        ("tre han nhac nho", Facet.PENALTY),
        ("cach nha 50 m", Facet.ELIGIBILITY),
        ("gui ho so", Facet.STEPS),
    ],
)
def test_words_are_found_in_the_line_that_has_them(asked: str, facet: Facet) -> None:
    assert facet_of(bees(), set(asked.split()), FakeRetriever().share) is facet


def test_words_from_different_lines_stand_nowhere() -> None:
    assert facet_of(bees(), {"hop", "dong", "nguoi", "tre", "cach", "gui"}, FakeRetriever().share) is None


def test_a_paper_of_the_open_record_is_asked_about_and_not_searched_for() -> None:
    talk = Talk().say("nuôi ong", facets=("fee",)).say("hợp đồng thuê", text="cần hợp đồng thuê không")
    assert (talk.last.status, talk.last.procedure, talk.last.facets) == (Status.ANSWER, "9.100001", ("documents",))


def test_what_is_surely_found_elsewhere_is_no_detail() -> None:
    talk = Talk().say("nuôi ong", facets=("fee",)).say("thả diều", Act.ASK)
    assert talk.last.procedure == "9.100020"
