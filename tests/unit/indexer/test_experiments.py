"""Variants of the served retriever, and slips made on purpose."""

from __future__ import annotations

import pytest
from rapidfuzz.distance import OSA

from indexer.devdata import Question
from indexer.evaluate import TYPINGS, with_slip
from indexer.experiments import PARTS, dev_slices, head, row, variants
from knowledge.phrases import LEXICON, Lexicon
from knowledge.questions import load_questions
from knowledge.retriever import Retriever
from knowledge.tuning import Fusion
from tests.unit.knowledge.samples import HashingEncoder, build, procedure

RECORDS = [
    procedure("1.900001", "Đăng ký nuôi chim bồ câu", questions=("xây chuồng trên sân thượng",)),
    procedure("1.900002", "Cấp thẻ huấn luyện ngựa"),
    procedure("1.900003", "Hỗ trợ trồng dâu tằm"),
]
ALONE = {
    "only BM25 over names": {"accented"},
    "only BM25 over whole records": {"body"},
    "only e5": {"dense"},
    "only the syllable encoder": {"fitted"},
    "plain hybrid: e5 and BM25 over names": {"dense", "accented"},
}
TEXTS = [
    "nuôi chim bồ câu trên sân thượng",
    "xay chuong nuoi chim bo cau",
    "huấn luyện ngựa đua cần thẻ gì",
    "xin 1.900003 hỗ trợ trồng dâu",
    "xoong nồi hè",  # twins swapped would be no slip
]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    return Retriever.load(build(RECORDS, tmp_path_factory.mktemp("release")), encoder=HashingEncoder())


@pytest.fixture
def varied(served):
    return dict(variants(served))


def weights(retriever):
    return retriever.tuning.fusion.model_dump()


def test_the_first_variant_is_what_is_served(served):
    name, first = next(variants(served))
    assert (name, first) == ("all parts", served)


def test_every_part_of_the_score_is_left_out_once(varied):
    assert {f"the same, without {part}" for part in PARTS} <= set(varied)
    assert set(PARTS) == set(Fusion.model_fields) - {"other_province"}


@pytest.mark.parametrize("part", PARTS)
def test_a_variant_without_a_part_keeps_all_other_weights(served, varied, part):
    assert weights(served)[part] > 0
    assert weights(varied[f"the same, without {part}"]) == weights(served) | {part: 0.0}


@pytest.mark.parametrize("name", ALONE)
def test_a_part_alone_has_the_only_weight(varied, name):
    assert {part for part, weight in weights(varied[f"the same, {name}"]).items() if weight} == ALONE[name]


def test_variants_differ_from_what_is_served_in_nothing_else(served, varied):
    rest = {"fusion"}
    for variant in varied.values():
        assert variant.release == served.release
        assert variant.tuning.model_dump(exclude=rest) == served.tuning.model_dump(exclude=rest)


def test_without_the_questions_only_names_are_searched(varied):
    asked = "xây chuồng trên sân thượng"
    (best, *_), (unaided, *_) = (
        varied[name].search(asked).hits for name in ("all parts", "without the questions written for procedures")
    )
    assert (best.code, best.parts["coverage"]) == ("1.900001", 1.0)
    assert unaided.parts["coverage"] == 0.0


def test_without_mending_only_chat_spelling_is_written_out(varied):
    typed = "dangky nuoi chim ko"
    assert varied["all parts"].restore(typed) == "đăng ký nuôi chim không"
    assert varied["accents not restored, slips not mended"].restore(typed) == "dangky nuoi chim không"


def test_making_variants_leaves_what_is_served_as_it_was(served):
    def found():
        return [(h.code, h.score, h.parts) for h in served.search("dangky nuoi chim").hits]

    before = found(), weights(served)
    list(variants(served))
    assert (found(), weights(served)) == before


def test_dev_slices_are_formal_and_short_questions_in_every_typing():
    formal, short, templated, title = (Question(f"câu hỏi {kind}", frozenset(), kind) for kind in "abcd")
    slices = dev_slices(
        {
            "formal (faq)": [formal],
            "colloquial (one)": [short],
            "colloquial, templated": [templated],
            "verbatim title": [title],
        }
    )
    assert set(slices) == {f"{name}{suffix}" for name in ("formal", "short") for suffix in TYPINGS}
    assert slices["formal"] == [formal]
    assert slices["short"] == [short, templated]
    assert [q.text for q in slices["short, no accents"]] == ["cau hoi b", "cau hoi c"]


def test_a_row_has_family_recall_at_one_and_at_five(served):
    asked = [Question(RECORDS[0].name, frozenset({code}), "x") for code in ("1.900001", "1.900002")]
    slices = {"both": asked, "right": asked[:1], "none": []}
    assert head(slices) == ("variant", "both (2)", "right (1)", "none (0)")
    assert row("all", served, slices, Lexicon.load(LEXICON)) == [
        "all", "0.500 / 1.000", "1.000 / 1.000", "0.000 / 0.000",
    ]  # fmt: skip


# with_slip


def slipped(text):
    return with_slip(Question(text, frozenset({"1.900001"}), "certain")).text


def slips(text):
    """How many single slips lie between each word and what became of it."""
    pairs = zip(text.split(), slipped(text).split(), strict=True)
    return sorted((OSA.distance(before, after) for before, after in pairs), reverse=True)


@pytest.mark.parametrize("text", TEXTS)
def test_exactly_one_word_changes_by_one_slip(text):
    first, *others = slips(text)
    assert first == 1
    assert not any(others)


def test_every_shipped_question_with_a_long_word_changes_by_one_slip():
    texts = [q.text for q in load_questions() if any(len(w) > 3 and w.isalpha() for w in q.text.split())]
    assert texts
    assert [text for text in texts if sum(slips(text)) != 1] == []


def test_the_same_question_always_gets_the_same_slip():
    assert [slipped(text) for text in TEXTS] == [slipped(text) for text in TEXTS]
    assert slipped("nuôi chim bồ câu trên sân thượng") == "nuôi cim bồ câu trên sân thượng"


@pytest.mark.parametrize("text", ["", "bò bê", "số 1.900001 ạ", "cho tui 12345", "đi xe b2000"])
def test_short_words_and_numbers_get_no_slip(text):
    assert slipped(text) == text


def test_only_the_text_of_a_question_changes():
    question = Question("huấn luyện ngựa", frozenset({"1.900002"}), "certain", "b", frozenset({"fee"}))
    changed = with_slip(question)
    assert changed.text != question.text
    assert (changed.codes, changed.kind, changed.grade, changed.facets) == (
        question.codes, question.kind, question.grade, question.facets,
    )  # fmt: skip
