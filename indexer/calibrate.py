"""The confidence of a hit: a logistic regression over its parts, fitted on the dev files.

One row a hit among the first five of every dev question, as a running app finds them: is it right? Messages about no
procedure give rows that are all wrong. The printed table (from cross-validation by question) is what the thresholds
are chosen from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.devdata import Question

PARTS = ("fitted", "coverage", "prior", "margin", "lead", "words_lead", "off_topic")
Found = Sequence[Mapping[str, Any]]
_FOLDS = 5
_SEED = 20261122


@dataclass(frozen=True)
class Calibration:
    intercept: float
    weights: dict[str, float]
    table: list[tuple[float, float, float, float]]  # threshold, precision, answered, false answers on negatives


def calibrate(questions: Sequence[Question], found: Sequence[Found]) -> Calibration:
    """`found`: for each question its hits, best first."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold, cross_val_predict

    rows: list[list[float]] = []
    labels: list[bool] = []
    groups: list[int] = []
    firsts: list[tuple[int, bool]] = []  # row of each question's best hit, and whether the question has an answer
    for number, (question, hits) in enumerate(zip(questions, found, strict=True)):
        for rank, hit in enumerate(hits):
            if rank == 0:
                firsts.append((len(rows), bool(question.codes)))
            rows.append([hit["parts"].get(name, 0.0) for name in PARTS])
            labels.append(bool(question.codes & {hit["code"], *hit["members"]}))
            groups.append(number)
    features, truth = np.array(rows), np.array(labels)
    model: Any = LogisticRegression(C=10.0, max_iter=2000)
    folds = GroupKFold(_FOLDS, shuffle=True, random_state=_SEED)
    probability = cross_val_predict(model, features, truth, groups=groups, cv=folds, method="predict_proba")[:, 1]
    model.fit(features, truth)
    return Calibration(
        round(float(model.intercept_[0]), 3),
        {name: round(float(w), 3) for name, w in zip(PARTS, model.coef_[0], strict=True)},
        [_at(t, probability, truth, firsts) for t in np.arange(0.1, 0.95, 0.05)],
    )


def _at(
    threshold: float, probability: np.ndarray, truth: np.ndarray, firsts: list[tuple[int, bool]]
) -> tuple[float, float, float, float]:
    answerable = [row for row, has_answer in firsts if has_answer]
    hopeless = [row for row, has_answer in firsts if not has_answer]
    answered = [row for row in answerable if probability[row] >= threshold]
    precision = float(np.mean([truth[row] for row in answered])) if answered else 0.0
    return (
        round(float(threshold), 2),
        round(precision, 3),
        round(len(answered) / max(1, len(answerable)), 3),
        round(float(np.mean([probability[row] >= threshold for row in hopeless])) if hopeless else 0.0, 3),
    )
