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
from knowledge.text import fold, words

_MOST_GROUPS = 3
NAME_NOTHING = {"thu", "tuc", "giay", "to", "cho", "cua", "va", "voi", "co", "o", "tai", "tu", "theo", "khi", "bi"}
ASPECTS = Path(__file__).with_name("aspects.yml")


@dataclass(frozen=True)
class Aspect:
    """`values`: what to call each, and the folded phrases of a title that show it; "" is never asked for."""

    question: str
    values: Mapping[str, tuple[str, ...]]

    def of(self, title: str) -> str | None:
        folded = fold(title)
        for value, phrases in self.values.items():
            if any(re.search(rf"\b{re.escape(phrase)}\b", folded) for phrase in phrases):
                return value
        return None


def question_for(candidates: Sequence[Procedure], said: str = "") -> str:
    """Asks for the aspect that parts the candidates into most groups; where none parts them all, or they are no
    variants of one thing ("lần đầu hay đổi?" of a passport and a shop), which one it is.

    What was `said` already is not asked, and no more than three things are told apart in one question.
    """
    best: tuple[int, str] = (1, say("which"))
    if not _things_shared(candidates):
        return best[1]
    for aspect in load_aspects():
        values = [aspect.of(candidate.title) for candidate in candidates]
        groups = list(dict.fromkeys(value for value in values if value))
        if all(values) and best[0] < len(groups) <= _MOST_GROUPS and not aspect.of(said):
            best = (len(groups), aspect.question.format(values=_listed(groups)))
    return best[1]


@cache
def load_aspects(path: Path = ASPECTS) -> tuple[Aspect, ...]:
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(Aspect(r["question"], {v: tuple(p) for v, p in r["values"].items()}) for r in rows.values())


def _things_shared(candidates: Sequence[Procedure]) -> set[str]:
    """Words of all titles but those that tell an aspect: "the", "ong" of "Cấp thẻ ong" and "Đổi thẻ ong"."""
    titles = [set(words(fold(candidate.title))) for candidate in candidates]
    return set.intersection(*titles) - words_of_aspects() - NAME_NOTHING if titles else set()


@cache
def words_of_aspects() -> set[str]:
    """Words that tell variants of a thing apart; without accents."""
    return set.union(*map(_words_of, load_aspects()))


@cache
def words_of_actions() -> set[str]:
    """Those that tell what is done with a thing: "gia hạn", "lần đầu"; without accents."""
    return _words_of(load_aspects()[0])


def _words_of(aspect: Aspect) -> set[str]:
    return {word for group in aspect.values.values() for phrase in group for word in phrase.split()} - NAME_NOTHING


def _listed(values: Sequence[str]) -> str:
    return f"{', '.join(values[:-1])} hay {values[-1]}"
