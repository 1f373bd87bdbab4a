"""Questions written for procedures: the file's form, and what the shipped one must hold."""

from __future__ import annotations

from collections import defaultdict

import pytest

from knowledge.own import load_own_records
from knowledge.procedure import Facet
from knowledge.questions import LabelledQuestion, all_questions, load_questions, texts_by_code
from knowledge.text import fold, words

FEWEST = 5  # questions of an own record


@pytest.fixture
def written(tmp_path):
    """Writes lines to a file and gives what is read from it."""

    def written(*lines):
        path = tmp_path / "hỏi.tsv"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return load_questions(path)

    return written


@pytest.fixture(scope="module")
def shipped():
    return all_questions()


def test_a_line_is_code_facets_and_text(written):
    assert written("1.900001\tfee time\tnuôi chim hết bao nhiêu, mấy ngày xong") == [
        LabelledQuestion("1.900001", ("fee", "time"), "nuôi chim hết bao nhiêu, mấy ngày xong")
    ]


def test_a_dash_stands_for_no_facet(written):
    assert written("1.900001\t-\tmuốn nuôi chim")[0].facets == ()


def test_questions_keep_the_order_of_the_file(written):
    texts = ["nuôi voi", "nuôi cá", "nuôi ong"]
    assert [q.text for q in written(*(f"1.900001\t-\t{text}" for text in texts))] == texts


def test_an_empty_file_has_no_questions(written):
    assert written() == []


@pytest.mark.parametrize(
    "line",
    [
        "",
        "1.900001",
        "1.900001\tnuôi chim",
        "1.900001\t-\t",
        "1.900001\t-\t  ",
        "1.900001\t\tnuôi chim",
        "\t-\tnuôi chim",
        "1.900001\t-\tnuôi\tchim",
        "1900001\t-\tnuôi chim",
        "1.90000\t-\tnuôi chim",
        "mã 1.900001\t-\tnuôi chim",
        "1.900001 - nuôi chim",
    ],
)
def test_a_line_of_another_form_is_refused_with_file_and_line(written, line):
    with pytest.raises(ValueError, match=r"hỏi\.tsv:2: "):
        written("1.900001\t-\tnuôi chim", line, "1.900002\t-\tnuôi cá")


def test_texts_are_gathered_by_code_in_their_order():
    asked = [LabelledQuestion(code, (), text) for code, text in (("a", "một"), ("b", "hai"), ("a", "ba"))]
    assert texts_by_code(asked) == {"a": ("một", "ba"), "b": ("hai",)}


def test_every_shipped_facet_is_known_and_named_once(shipped):
    wrong = [q for q in shipped if set(q.facets) - set(Facet) or len(set(q.facets)) < len(q.facets)]
    assert shipped
    assert wrong == []


def test_no_shipped_text_stands_under_two_codes(shipped):
    """Neither case, marks nor accents make another text: a search would not tell them apart."""
    codes = defaultdict(set)
    for question in shipped:
        codes[" ".join(words(fold(question.text)))].add(question.code)
    assert {text: of for text, of in codes.items() if len(of) > 1} == {}


def test_no_shipped_text_is_said_twice(shipped):
    texts = [question.text.casefold() for question in shipped]
    assert sorted(texts) == sorted(set(texts))


def test_every_own_record_has_questions_enough(shipped):
    """But for those that another has replaced: who asks means that one."""
    written = texts_by_code(shipped)
    current = [record.code for record in load_own_records() if not record.replaced_by]
    assert [code for code in current if len(written.get(code, ())) < FEWEST] == []
