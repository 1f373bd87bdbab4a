"""The confidence, fitted on hits that were made up: what is told apart must come apart."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest

from indexer.calibrate import PARTS, Calibration, Found, calibrate
from indexer.devdata import Question

RIGHT, WRONG = "9.100001", "9.100002"
ASKED = Question("nuôi ong", frozenset({RIGHT}), "procedure")
HOPELESS = Question("bán kem", frozenset(), "decline")


def hit(code: str, fitted: float, off_topic: float, *members: str) -> Mapping[str, Any]:
    parts = {"fitted": fitted, "coverage": fitted, "off_topic": off_topic}
    return {"code": code, "members": [code, *members], "parts": parts}


def made_up(*, clear: int = 60, unclear: int = 20, hopeless: int = 40) -> tuple[list[Question], list[Found]]:
    """`clear`: the right one first, by far; `unclear`: a wrong one first, weakly; `hopeless`: off topic, all wrong."""
    chance = random.Random(7)

    def near(value: float) -> float:
        return value + chance.uniform(-0.1, 0.1)

    found = [[hit(RIGHT, near(0.85), near(0.1)), hit(WRONG, near(0.3), near(0.1))] for _ in range(clear)]
    found += [[hit(WRONG, near(0.45), near(0.1)), hit(RIGHT, near(0.35), near(0.1))] for _ in range(unclear)]
    found += [[hit(WRONG, near(0.45), near(0.9)), hit(RIGHT, near(0.4), near(0.9))] for _ in range(hopeless)]
    return [ASKED] * (clear + unclear) + [HOPELESS] * hopeless, found


@pytest.fixture(scope="module")
def fitted() -> Calibration:
    return calibrate(*made_up())


def test_thresholds_rise_from_row_to_row(fitted: Calibration) -> None:
    thresholds = [row[0] for row in fitted.table]
    assert (thresholds[0], thresholds[-1]) == (0.1, 0.9)
    assert thresholds == sorted(set(thresholds))


def test_the_higher_the_threshold_the_surer_the_answers(fitted: Calibration) -> None:
    precisions = [precision for _, precision, _, _ in fitted.table]
    assert precisions == sorted(precisions)
    assert precisions[0] < precisions[-1] == 1.0


def test_the_higher_the_threshold_the_fewer_the_answers(fitted: Calibration) -> None:
    answered = [share for _, _, share, _ in fitted.table]
    assert answered == sorted(answered, reverse=True)
    assert answered[-1] > 0


def test_messages_about_nothing_pass_less_than_questions_at_every_threshold(fitted: Calibration) -> None:
    assert all(negatives < answered for _, _, answered, negatives in fitted.table)
    assert fitted.table[-1][3] == 0.0


def test_what_speaks_for_a_hit_weighs_up_and_being_off_topic_weighs_down(fitted: Calibration) -> None:
    assert set(fitted.weights) == set(PARTS)
    assert min(fitted.weights["fitted"], fitted.weights["coverage"]) > 0
    assert fitted.weights["off_topic"] < 0


def test_a_part_that_no_hit_has_weighs_nothing(fitted: Calibration) -> None:
    assert fitted.weights["prior"] == 0.0


def test_the_same_hits_give_the_same_confidence(fitted: Calibration) -> None:
    assert calibrate(*made_up()) == fitted


def test_a_hit_is_right_by_any_member_of_its_family() -> None:
    questions, found = made_up()
    by_member = [[{**h, "code": "9.100009"} for h in hits] for hits in found]
    assert calibrate(questions, by_member) == calibrate(questions, found)


def test_a_question_that_found_nothing_is_left_out(fitted: Calibration) -> None:
    questions, found = made_up()
    assert calibrate([*questions, ASKED], [*found, []]) == fitted


def test_without_messages_about_nothing_none_of_them_passes() -> None:
    assert {row[3] for row in calibrate(*made_up(hopeless=0)).table} == {0.0}


def test_every_question_needs_its_hits() -> None:
    questions, found = made_up()
    with pytest.raises(ValueError, match="shorter"):
        calibrate(questions, found[:-1])
