"""Which of several procedures is meant: the question that tells them apart best, in words people use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from actions.texts import say
from knowledge.procedure import Procedure
from knowledge.text import fold

ASPECTS = Path(__file__).with_name("aspects.yml")


@dataclass(frozen=True)
class Aspect:
    """`values`: what to call each, and the folded phrases of a title that show it."""

    question: str
    values: Mapping[str, tuple[str, ...]]

    def of(self, title: str) -> str | None:
        folded = fold(title)
        for value, phrases in self.values.items():
            if any(re.search(rf"\b{re.escape(phrase)}\b", folded) for phrase in phrases):
                return value
        return None


def question_for(candidates: Sequence[Procedure]) -> str:
    """Asks for the aspect that parts the candidates into most groups; where none parts them all, which one it is."""
    best: tuple[int, str] = (1, say("which"))
    for aspect in load_aspects():
        values = [aspect.of(candidate.title) for candidate in candidates]
        groups = list(dict.fromkeys(value for value in values if value))
        if None not in values and len(groups) > best[0]:
            best = (len(groups), aspect.question.format(values=_listed(groups)))
    return best[1]


@cache
def load_aspects(path: Path = ASPECTS) -> tuple[Aspect, ...]:
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(Aspect(r["question"], {v: tuple(p) for v, p in r["values"].items()}) for r in rows.values())


def _listed(values: Sequence[str]) -> str:
    return f"{'; '.join(values[:-1])} hay {values[-1]}"
