"""What of a procedure is indexed."""

from __future__ import annotations

import unicodedata

import pytest

from knowledge.passages import Passage, body_of, clean_name, passages_of
from knowledge.phrases import LEXICON, Lexicon
from knowledge.procedure import Case, Document, Step
from tests.unit.knowledge.samples import procedure

LEXICON_READ = Lexicon.load(LEXICON)


def texts(**changes):
    return [p.text for p in passages_of(procedure(**changes), LEXICON_READ)]


def test_a_national_record_is_known_by_its_name():
    assert texts(name="Đăng ký nuôi chim") == ["đăng ký nuôi chim"]


def test_a_question_is_searched_by_what_is_left_of_it_without_what_it_asks():
    asked = procedure(
        name="Đăng ký nuôi chim", questions=("cho em hỏi nuôi chim hết bao nhiêu tiền", "Đăng ký nuôi chim?")
    )
    questions = [p.text for p in passages_of(asked, LEXICON_READ) if p.is_question]
    assert questions == ["nuôi chim"]


def test_our_record_is_also_known_by_its_plain_name_and_aliases():
    assert texts(name="Đăng ký nuôi chim", plain_name="Xin nuôi chim", aliases=("nuôi chim", "giấy chim")) == [
        "đăng ký nuôi chim",
        "xin nuôi chim",
        "nuôi chim",
        "giấy chim",
    ]


def test_no_two_passages_of_a_procedure_are_alike():
    found = texts(name="Thủ tục nuôi chim", plain_name="Nuôi  Chim", aliases=("NUÔI CHIM", "nuôi chim non"))
    assert found == ["nuôi chim", "nuôi chim non"]


@pytest.mark.parametrize("name", ["Thủ tục", "TTHC", "(cấp tỉnh)", "Thủ tục (cấp tỉnh)"])
def test_there_is_always_at_least_one_passage(name):
    assert len([t for t in texts(name=name) if t]) == 1


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("Thủ tục đăng ký nuôi chim", "đăng ký nuôi chim"),
        ("Thủ tục hành chính: Đăng ký nuôi chim", "Đăng ký nuôi chim"),
        ("TTHC - Đăng ký nuôi chim", "Đăng ký nuôi chim"),
        ("Đăng ký nuôi chim (thực hiện tại cấp tỉnh)", "Đăng ký nuôi chim"),
        ("Đăng ký nuôi chim (Cấp xã) lần đầu", "Đăng ký nuôi chim lần đầu"),
        ("Đăng ký nuôi chim (bồ câu)", "Đăng ký nuôi chim (bồ câu)"),
    ],
)
def test_a_clean_name_has_no_opening_and_no_remark_on_the_office(name, cleaned):
    assert clean_name(name) == cleaned


def test_the_digest_depends_on_the_composed_words_and_not_on_the_code():
    one = Passage("1.900001", "nuôi chim")
    assert one.digest == Passage("1.900002", unicodedata.normalize("NFD", "nuôi chim")).digest
    assert one.digest != Passage("1.900001", "nuôi chim non").digest


def test_the_body_holds_what_a_long_question_may_mention_and_is_capped():
    record = procedure(
        summary="dễ hiểu lắm",
        requirements="có chuồng",
        steps=(Step(text="mở ứng dụng"), Step(text="x " * 9000)),
        cases=(Case(key="a", label="nuôi nhiều", documents=(Document(key="b", name="ảnh chuồng"),)),),
    )
    body = body_of(record)
    for part in (record.name, "dễ hiểu lắm", "có chuồng", "mở ứng dụng", "nuôi nhiều", "ảnh chuồng"):
        assert part in body
    assert len(body) <= 6000
