"""Families written down by hand: what is refused, and how they stand against names and our own records."""

from __future__ import annotations

import pytest

from knowledge.families import Answer, Choice, Families, Rule, load_rules
from tests.unit.knowledge.samples import procedure

GOOD = """\
nuoi-chim:
  members: [1.900001, 1.900010]
  question: Anh/chị nuôi ở đâu ạ?
  answers:
    - {label: Trong nhà, code: 1.900001}
    - {label: "Ngoài đồng, ven sông", code: 1.900010}
nuoi-ca:
  members: [1.900003, 1.900004]
"""


@pytest.fixture
def rules(tmp_path):
    def rules(text):
        file = tmp_path / "families.yml"
        file.write_text(text, encoding="utf-8")
        return load_rules(file)

    return rules


def test_a_rule_has_members_and_perhaps_a_question(rules):
    chim, ca = (rules(GOOD)[key] for key in ("nuoi-chim", "nuoi-ca"))
    answers = (Answer("Trong nhà", "1.900001"), Answer("Ngoài đồng, ven sông", "1.900010"))
    assert chim == Rule(("1.900001", "1.900010"), Choice("Anh/chị nuôi ở đâu ạ?", answers))
    assert ca == Rule(("1.900003", "1.900004"), None)


def test_an_answer_may_have_words(rules):
    text = GOOD.replace("code: 1.900001}", "code: 1.900001, words: [trong lồng, ngoài ban công]}")
    words = [answer.words for answer in rules(text)["nuoi-chim"].choice.answers]
    assert words == [("trong lồng", "ngoài ban công"), ()]


@pytest.mark.parametrize("text", ["", "# chỉ có ghi chú\n"])
def test_no_rules_are_no_error(rules, text):
    assert rules(text) == {}


def test_the_zeros_of_a_code_are_kept_without_quotes(rules):
    assert "1.900010" in rules(GOOD)["nuoi-chim"].members


@pytest.mark.parametrize(
    ("good", "bad", "complaint"),
    [
        ("[1.900003, 1.900004]", "[1.900003, 1.900001]", r"families\.yml: in two families: 1\.900001"),
        ("[1.900003, 1.900004]", "[1.900003, 1.900003]", r"in two families: 1\.900003"),
        ("code: 1.900010}", "code: 1.900003}", r"nuoi-chim: answers name no member: 1\.900003"),
        ("  question: Anh/chị nuôi ở đâu ạ?\n", "", "nuoi-chim: a question needs answers"),
        ("nuoi-ca:\n", "nuoi-ca:\n  question: Cá gì ạ?\n", "nuoi-ca: a question needs answers"),
    ],
    ids=["in two families", "twice in one", "an answer of a stranger", "answers alone", "a question alone"],
)
def test_what_cannot_be_meant_is_refused_by_name(rules, good, bad, complaint):
    assert good in GOOD
    with pytest.raises(ValueError, match=complaint):
        rules(GOOD.replace(good, bad))


# Against names and own records


def test_a_rule_joins_what_neither_name_nor_record_shows(rules):
    chim, dong = procedure("1.900001", "Nuôi chim"), procedure("1.900010", "Thả chim ngoài đồng")
    assert Families.group([chim, dong], rules(GOOD)).members == {"nuoi-chim": ("1.900001", "1.900010")}
    assert len(Families.group([chim, dong]).members) == 2


def test_a_rule_parts_what_has_the_same_name(rules):
    families = Families.group([procedure("1.900001", "Nuôi"), procedure("1.900003", "Nuôi")], rules(GOOD))
    assert families.key_of == {"1.900001": "nuoi-chim", "1.900003": "nuoi-ca"}


def test_a_rule_beats_the_family_of_a_record(rules):
    families = Families.group([procedure("1.900001", "Nuôi chim", family="khac")], rules(GOOD))
    assert families.key_of["1.900001"] == "nuoi-chim"


def test_what_bears_the_name_of_a_ruled_member_joins_it(rules):
    families = Families.group(
        [procedure("1.900001", "Nuôi chim"), procedure("1.900077", "Nuôi chim (cấp xã)")], rules(GOOD)
    )
    assert families.key_of["1.900077"] == "nuoi-chim"


def test_a_member_that_is_not_served_is_no_member(rules):
    assert Families.group([procedure("1.900003", "Nuôi cá")], rules(GOOD)).members == {"nuoi-ca": ("1.900003",)}
