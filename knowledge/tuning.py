"""The numbers of `tuning.yml`, typed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from knowledge.procedure import Frozen

TUNING_FILE = Path(__file__).with_suffix(".yml")


class Fusion(Frozen):
    dense: float
    fitted: float
    accented: float
    folded: float
    body: float
    expanded: float
    prior: float
    other_province: float


class Confidence(Frozen):
    """A logistic regression: probability = 1 / (1 + exp(-(intercept + Σ weight · part)))."""

    intercept: float
    weights: dict[str, float]


class Tuning(Frozen):
    fusion: Fusion
    confidence: Confidence
    candidates: int = Field(gt=0)
    own_prior: float = Field(ge=0, le=1)
    answer_at: float = Field(gt=0, lt=1)
    ask_at: float = Field(gt=0, lt=1)
    ask_margin: float = Field(ge=0, lt=1)

    @classmethod
    @cache
    def load(cls, path: Path = TUNING_FILE) -> Tuning:
        return cls.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
