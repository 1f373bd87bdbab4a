"""Families judged by hand (tests/data/families.yml): what must be together, what must stay apart."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
import yaml

from knowledge.families import Families, load_rules
from knowledge.own import load_own_records
from knowledge.procedure import Procedure

JUDGED = yaml.load(
    (Path(__file__).parents[2] / "data" / "families.yml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)
RULES = load_rules()


@pytest.fixture(scope="module")
def families():
    """All our own records, and the other judged procedures by their official names alone."""
    own = load_own_records()
    names = {code: name for judgements in JUDGED.values() for j in judgements for code, name in j["codes"].items()}
    others = [
        Procedure(code=code, name=name, checked_on=dt.date(2026, 7, 18), source="the portal's list")
        for code, name in names.items()
        if code not in {p.code for p in own}
    ]
    return Families.group([*own, *others], RULES)


def judged(direction):
    return [pytest.param(list(j["codes"]), id=j["why"][:60]) for j in JUDGED[direction]]


def test_there_are_at_least_forty_in_all_and_many_in_each_direction():
    assert len(JUDGED["together"]) >= 28
    assert len(JUDGED["apart"]) >= 28


@pytest.mark.parametrize("codes", judged("together"))
def test_one_request_is_one_family(families, codes):
    assert len({families.key_of[code] for code in codes}) == 1


@pytest.mark.parametrize("codes", judged("apart"))
def test_different_requests_are_different_families(families, codes):
    keys = [families.key_of[code] for code in codes]
    assert len(set(keys)) == len(keys)


def test_a_question_names_members_in_words_a_button_can_hold():
    for key, rule in RULES.items():
        if rule.choice:
            assert rule.choice.question.endswith("?"), key
            assert 2 <= len(rule.choice.answers) <= 4, key
            assert all(len(answer.label) <= 60 for answer in rule.choice.answers), key


def test_own_records_that_share_a_family_with_a_rule_are_its_members():
    for record in load_own_records():
        if record.family in RULES:
            assert record.code in RULES[record.family].members
