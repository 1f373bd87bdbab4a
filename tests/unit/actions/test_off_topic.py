"""How likely a message is off topic weighs on what is found; facets are the classifier's where there is one."""

from __future__ import annotations

from typing import Any

import pytest

from actions.desk import Understanding
from actions.finding import find, understand
from actions.reply import Act
from knowledge.places import Gazetteer
from knowledge.retriever import Decision, Retriever
from knowledge.tuning import Confidence, Tuning
from tests.builders import FakeEncoder, release
from tests.unit.knowledge.conftest import TUNING

# As in the tests of the retriever, sure where the words are covered; being off topic takes that away again.
CONFIDENCE = Confidence(intercept=-6, weights={"coverage": 8, "exactness": 4, "off_topic": -6})
ON_TOPIC, IN_DOUBT, OFF_TOPIC = 0.0, 0.5, 0.98
BEES = "9.100001"


@pytest.fixture(scope="module")
def retriever(tmp_path_factory: pytest.TempPathFactory) -> Retriever:
    tuning = TUNING.model_copy(update={"confidence": CONFIDENCE})
    return Retriever.load(release(tmp_path_factory.mktemp("off-topic")), encoder=FakeEncoder(), tuning=tuning)


def said(query: str, off_topic: float, act: Act = Act.ASK) -> Understanding:
    return Understanding(query, act, 0.9, query, off_topic=off_topic)


def read(**parse: Any) -> Understanding:
    return understand({"text": "khai báo nuôi ong", **parse}, Gazetteer.load())


# The decision


@pytest.mark.parametrize(
    ("off_topic", "decision"),
    [(ON_TOPIC, Decision.ANSWER), (IN_DOUBT, Decision.ASK), (OFF_TOPIC, Decision.UNKNOWN)],
)
def test_the_same_words_are_answered_asked_back_or_given_up(
    off_topic: float, decision: Decision, retriever: Retriever
) -> None:
    found = find(said("đăng ký nuôi ong", off_topic), retriever)
    assert (found.decision, found.hits[0].code) == (decision, BEES)


def test_confidence_falls_as_doubt_grows(retriever: Retriever) -> None:
    scores = [find(said("đăng ký nuôi ong", n / 10), retriever).hits[0].score for n in range(11)]
    assert scores == sorted(set(scores), reverse=True)


def test_a_hit_tells_how_off_topic_its_message_was(retriever: Retriever) -> None:
    hits = find(said("đăng ký nuôi ong", IN_DOUBT), retriever).hits
    assert {hit.parts["off_topic"] for hit in hits} == {IN_DOUBT}


def test_the_order_of_the_hits_does_not_depend_on_it(retriever: Retriever) -> None:
    on, off = (find(said("nuôi ong", off_topic), retriever).hits for off_topic in (ON_TOPIC, OFF_TOPIC))
    assert [hit.code for hit in on] == [hit.code for hit in off]


@pytest.mark.parametrize("query", ["khai báo nuôi ong", BEES])
def test_an_exact_name_and_a_code_are_answered_all_the_same(query: str, retriever: Retriever) -> None:
    found = find(said(query, OFF_TOPIC), retriever)
    assert (found.decision, found.hits[0].code) == (Decision.ANSWER, BEES)


@pytest.mark.parametrize(("act", "decision"), [(Act.ASK, Decision.UNKNOWN), (Act.OUT_OF_SCOPE, Decision.OUT_OF_SCOPE)])
def test_what_is_given_up_is_out_of_scope_only_where_the_act_says_so(
    act: Act, decision: Decision, retriever: Retriever
) -> None:
    assert find(said("đăng ký nuôi ong", OFF_TOPIC, act), retriever).decision is decision


def test_a_sure_find_beats_the_act(retriever: Retriever) -> None:
    assert find(said("đăng ký nuôi ong", ON_TOPIC, Act.OUT_OF_SCOPE), retriever).decision is Decision.ANSWER


@pytest.mark.parametrize(("off_topic", "is_answered"), [(ON_TOPIC, True), (OFF_TOPIC, False)])
def test_the_request_in_a_story_is_held_to_the_same_doubt(
    off_topic: float, is_answered: bool, retriever: Retriever
) -> None:
    story = "nhà tôi vừa dọn về gần cánh rừng phía đông. đăng ký nuôi ong"
    assert find(said(story, ON_TOPIC), retriever).query == "đăng ký nuôi ong"
    assert (find(said(story, off_topic), retriever).decision is Decision.ANSWER) is is_answered


def test_the_shipped_confidence_falls_with_it() -> None:
    assert Tuning.load().confidence.weights["off_topic"] < 0


# What is read from the parse


def test_off_topic_is_the_likelihood_of_that_act_whichever_act_won() -> None:
    ranking = [{"name": "ask", "confidence": 0.7}, {"name": "out_of_scope", "confidence": 0.25}]
    found = read(intent={"name": "ask", "confidence": 0.7}, intent_ranking=ranking)
    assert (found.act, found.off_topic) == (Act.ASK, 0.25)


@pytest.mark.parametrize(
    "parse", [{}, {"intent_ranking": None}, {"intent_ranking": [{"name": "ask", "confidence": 1}]}]
)
def test_without_that_likelihood_a_message_is_on_topic(parse: dict[str, Any]) -> None:
    assert read(**parse).off_topic == 0


FEE_NAMED = [{"entity": "facet", "value": "fee", "start": 0, "end": 4}]
CLASSIFIED = [{"name": "place", "confidence": 0.9}, {"name": "time", "confidence": 0.6}]


@pytest.mark.parametrize(
    ("parse", "facets"),
    [
        ({"entities": FEE_NAMED, "facets": CLASSIFIED}, ("place", "time")),
        ({"entities": FEE_NAMED, "facets": []}, ()),
        ({"entities": FEE_NAMED}, ("fee",)),
        ({"entities": FEE_NAMED, "facets": None}, ("fee",)),
        ({"entities": [], "facets": CLASSIFIED[:1]}, ("place",)),
    ],
)
def test_facets_are_the_classifiers_and_the_lexicons_only_without_one(
    parse: dict[str, Any], facets: tuple[str, ...]
) -> None:
    assert read(**parse).facets == facets


def test_words_of_the_lexicon_are_cut_from_the_search_whatever_the_classifier_says() -> None:
    found = read(text="phí nuôi ong", entities=[{**FEE_NAMED[0], "end": 3}], facets=[])
    assert (found.query, found.facets) == ("nuôi ong", ())
