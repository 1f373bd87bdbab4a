"""From Rasa's parse to procedures: what is searched for, and how the act corrects what retrieval decides."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.desk import Understanding
from actions.finding import find, segments, understand
from actions.reply import Act
from knowledge.places import Gazetteer
from knowledge.retriever import Decision
from tests.builders import FakeRetriever, desk

SURE, UNSURE = 0.95, 0.2
FINDS = {
    "nuôi ong": (Decision.ANSWER, ["9.100001"]),
    "khai báo nuôi ong": (Decision.ANSWER, ["9.100001"]),
    "ong": (Decision.ASK, ["9.100001", "9.100002"]),
    "mơ hồ": (Decision.UNKNOWN, ["9.100020"]),
}


def understood(message):
    return understand(message, Gazetteer.load())


def parse(text: str, intent: str = "ask", *entities: tuple[str, str, str]) -> dict[str, Any]:
    """Rasa's parse, each entity given as (what was typed, entity, value)."""
    found = [
        {"entity": entity, "value": value, "start": text.index(typed), "end": text.index(typed) + len(typed)}
        for typed, entity, value in entities
    ]
    return {"text": text, "intent": {"name": intent, "confidence": 0.8}, "entities": found}


def said(query: str, act: Act = Act.ASK, confidence: float = SURE, **more: Any) -> Understanding:
    return Understanding(query, act, confidence, query, **more)


# understand


def test_what_is_searched_for_is_the_message_without_facets_and_politeness() -> None:
    found = understood(
        parse(
            "cho hỏi phí nuôi ong là bao nhiêu ạ",
            "ask",
            ("cho hỏi", "filler", "polite"),
            ("phí", "facet", "fee"),
            ("là bao nhiêu ạ", "filler", "polite"),
        )
    )
    assert (found.query, found.facets, found.act, found.confidence) == ("nuôi ong", ("fee",), Act.ASK, 0.8)


@pytest.mark.parametrize("text", ["sổ đỏ", "so do", "cái sổ đỏ này"])
def test_the_red_book_is_a_subject_though_its_syllables_are_particles(text: str) -> None:
    assert understood(parse(text)).query == text


@pytest.mark.parametrize("text", ["mẹ em", "ông bà", "vợ chồng con"])
def test_relatives_alone_are_no_subject(text: str) -> None:
    assert understood(parse(text)).query == ""


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("nuôi ong, em đang ở Đức", "nuôi ong, em"),
        ("vợ em đang làm bên Nhật, xin nuôi ong", "vợ em , xin nuôi ong"),
        ("vợ mới sinh con, em đang làm ở Nhật, nuôi ong", "vợ mới sinh con, em , nuôi ong"),
        ("em đang ở Đức", "em đang ở Đức"),
        ("người nhà ở nước ngoài nuôi ong", "người nhà ở nước ngoài nuôi ong"),
        ("nuôi ong Đức", "nuôi ong Đức"),
    ],
)
def test_the_country_where_somebody_lives_is_not_searched_for(text: str, query: str) -> None:
    assert understood(parse(text)).query == query


def test_what_is_denied_first_moves_nothing_else() -> None:
    text = "không phải thả diều, cho hỏi phí nuôi ong"
    found = understood(parse(text, "ask", ("cho hỏi", "filler", "polite"), ("phí", "facet", "fee")))
    assert found.query == "nuôi ong"


def test_two_facets_are_both_kept_once_each_in_order() -> None:
    entities = [("mất bao lâu", "facet", "time"), ("phí", "facet", "fee"), ("lệ phí", "facet", "fee")]
    assert understood(parse("mất bao lâu, phí, lệ phí", "ask", *entities)).facets == ("time", "fee")


def test_a_topic_is_told_apart_from_a_facet() -> None:
    found = understood(parse("tra cứu hồ sơ", "guidance", ("tra cứu hồ sơ", "topic", "track")))
    assert (found.topics, found.facets) == (("track",), ())


def test_nothing_but_politeness_is_nothing_to_search_for() -> None:
    assert understood(parse("dạ vâng ?!", "affirm", ("dạ vâng", "filler", "polite"))).query == ""


def test_overlapping_entities_are_cut_once() -> None:
    found = understood(parse("nộp hồ sơ ở đâu", "ask", ("nộp hồ sơ ở đâu", "facet", "place"), ("ở đâu", "topic", "x")))
    assert found.query == ""


def test_a_button_has_no_words() -> None:
    found = understood(parse("/choose", "choose"))
    assert (found.text, found.query, found.act) == ("", "", Act.CHOOSE)


@pytest.mark.parametrize("intent", [None, {}, {"name": None, "confidence": 0.0}, {"name": "nlu_fallback"}])
def test_an_act_nobody_knows_is_a_question(intent: object) -> None:
    assert understood({"text": "nuôi ong", "intent": intent, "entities": None}).act is Act.ASK


def test_decomposed_text_is_composed_as_the_entities_places_are() -> None:
    text = "phí nuôi ong"
    decomposed = parse(text, "ask", ("phí", "facet", "fee")) | {"text": "phi\u0301 nuôi ong"}
    assert understood(decomposed).query == "nuôi ong"


@given(st.text(max_size=50), st.integers(-5, 60), st.integers(-5, 60))
def test_no_text_and_no_entity_breaks_understanding(text: str, start: int, end: int) -> None:
    entity = {"entity": "facet", "value": "fee", "start": start, "end": end}
    found = understood({"text": text, "intent": {"name": "ask", "confidence": 1.0}, "entities": [entity, "odd"]})
    assert found.facets == ("fee",)


# find


@pytest.mark.parametrize(
    ("query", "decision", "codes"),
    [
        ("nuôi ong", Decision.ANSWER, ["9.100001"]),
        ("ong", Decision.ASK, ["9.100001", "9.100002"]),
        ("bán kem", Decision.UNKNOWN, []),
    ],
)
def test_a_question_is_decided_by_retrieval(query: str, decision: Decision, codes: list[str]) -> None:
    found = find(said(query), FakeRetriever(FINDS))  # type: ignore[arg-type]
    assert (found.decision, [hit.code for hit in found.hits]) == (decision, codes)


@pytest.mark.parametrize(
    ("act", "confidence", "query", "decision"),
    [
        (Act.ASK, SURE, "mơ hồ", Decision.UNKNOWN),
        (Act.GREET, SURE, "nuôi ong", Decision.ANSWER),
        (Act.OUT_OF_SCOPE, SURE, "nuôi ong", Decision.ANSWER),  # a sure find beats the act
        (Act.OUT_OF_SCOPE, SURE, "ong", Decision.ASK),  # retrieval was told how likely it is off topic
        (Act.OUT_OF_SCOPE, UNSURE, "bán kem", Decision.OUT_OF_SCOPE),
        (Act.FORBIDDEN, UNSURE, "nuôi ong", Decision.OUT_OF_SCOPE),
    ],
)
def test_act_and_retrieval_decide_together(act: Act, confidence: float, query: str, decision: Decision) -> None:
    assert find(said(query, act, confidence), FakeRetriever(FINDS)).decision is decision  # type: ignore[arg-type]


@pytest.mark.parametrize("act", [Act.GREET, Act.THANK, Act.EMERGENCY, Act.FORBIDDEN, Act.SECRET, Act.PERSON])
def test_acts_with_a_fixed_answer_never_search(act: Act) -> None:
    retriever = FakeRetriever(FINDS)
    assert find(said("nuôi ong", act), retriever).hits == ()  # type: ignore[arg-type]
    assert retriever.searched == []


def test_where_the_whole_message_is_unclear_its_sentences_are_tried() -> None:
    retriever = FakeRetriever(FINDS)
    found = find(said("tôi mới dọn về quê. khai báo nuôi ong"), retriever)  # type: ignore[arg-type]
    assert found.decision is Decision.ANSWER
    assert found.query == "khai báo nuôi ong"


def test_of_two_sure_parts_the_one_that_says_what_to_do_is_meant() -> None:
    finds = {"nhà em có tổ ong": (Decision.ANSWER, ["9.100020"]), "xin nuôi ong": (Decision.ANSWER, ["9.100001"])}
    retriever = FakeRetriever(finds)
    for text in ("nhà em có tổ ong. xin nuôi ong", "xin nuôi ong. nhà em có tổ ong"):
        assert find(said(text), retriever).query == "xin nuôi ong"  # type: ignore[arg-type]


def test_a_part_that_is_not_surely_found_does_not_speak_for_the_whole() -> None:
    retriever = FakeRetriever({"khai báo chuyện ong": (Decision.ASK, ["9.100001", "9.100002"])})
    found = find(said("tôi mới dọn về quê. khai báo chuyện ong", confidence=UNSURE), retriever)  # type: ignore[arg-type]
    assert found.decision is Decision.UNKNOWN


def test_a_clear_message_is_searched_once() -> None:
    retriever = FakeRetriever({"nuôi ong, thả diều": (Decision.ANSWER, ["9.100001"])})
    find(said("nuôi ong, thả diều"), retriever)  # type: ignore[arg-type]
    assert retriever.searched == ["nuôi ong, thả diều"]


# segments


@pytest.mark.parametrize(
    "text",
    [
        "nuôi ong phí bao nhiêu, thả diều nộp ở đâu",
        "nuôi ong phí bao nhiêu? thả diều nộp ở đâu",
        "nuôi ong phí bao nhiêu và thả diều nộp ở đâu",
    ],
)
def test_the_parts_of_a_message_have_their_own_facets(text: str) -> None:
    parts = segments(said(text), desk())
    assert [(part.query, part.facets) for part in parts] == [("nuôi ong", ("fee",)), ("thả diều", ("place",))]


def test_a_message_about_one_thing_is_one_part() -> None:
    assert len(segments(said("nuôi ong phí bao nhiêu và mất bao lâu"), desk())) == 1


@given(st.text(alphabet=st.sampled_from("aăâbcdđeê ,.;?!\nvà"), max_size=80))
def test_no_message_breaks_into_too_many_parts(text: str) -> None:
    assert len(segments(said(text), desk())) <= 4


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("xin làm lại chứ không phải đổi mới", "xin làm lại"),
        ("dời tổ ong chu ko phai mua ong", "dời tổ ong"),
        ("nuôi ong nộp đơn, em thường trú Cần Thơ", "nuôi ong nộp đơn, em"),
        ("nuôi ong mà hộ khẩu ở Cần Thơ", "nuôi ong mà"),
        ("đăng ký thường trú ở Cần Thơ", "đăng ký thường trú"),
        ("không phải dời tổ ong, mua ong mà", "mua ong mà"),
        ("em đang ở Sài Gòn mà hộ khẩu Nghệ An, khai nuôi ong", "em đang mà , khai nuôi ong"),
        ("chủ không phải người nuôi ong", "chủ không phải người nuôi ong"),
        ("mà thôi, nuôi ong", "nuôi ong"),
        ("thôi chỉ nuôi ong", "chỉ nuôi ong"),
        ("thôi nuôi ong", "thôi nuôi ong"),
    ],
)
def test_what_is_denied_and_whose_address_it_is_is_not_searched_for(text: str, query: str) -> None:
    assert understood(parse(text)).query == query


@pytest.mark.parametrize(
    ("text", "confidence", "act"),
    [
        ("chỗ nào làm tem ong", 0.5, Act.ASK),
        ("làm tem ong giả", 0.8, Act.FORBIDDEN),
        ("đưa tiền cho lẹ được không", 0.5, Act.FORBIDDEN),
    ],
)
def test_nobody_is_called_unlawful_on_half_a_guess(text: str, confidence: float, act: Act) -> None:
    found = understood({"text": text, "intent": {"name": "forbidden", "confidence": confidence}, "entities": []})
    assert found.act is act


@pytest.mark.parametrize(
    ("text", "topics"), [("nghiem thu phong chay nha xuong", ()), ("dang chay nha", ("emergency",))]
)
def test_an_emergency_is_one_only_where_a_danger_is_named(text: str, topics: tuple[str, ...]) -> None:
    entity = {"entity": "topic", "value": "emergency", "start": text.index("chay"), "end": len(text)}
    assert (
        understood({"text": text, "intent": {"name": "ask", "confidence": 0.9}, "entities": [entity]}).topics == topics
    )
