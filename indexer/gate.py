"""The gate before a release is served: it must find what the served one finds.

Both releases are asked the same questions, those labelled by hand that nothing was tuned on. A release that has the
right family first for a smaller share, by more than the margin, is not published.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexer.devdata import Question, read_questions
from indexer.evaluate import recall
from knowledge.encoder import Encoder
from knowledge.phrases import LEXICON, Lexicon
from knowledge.release import Release, ReleaseError, ReleaseStore
from knowledge.retriever import Retriever

REFUSED = 3  # exit code: the release is finished but not served, what was served still is
MARGIN = 0.02  # about one standard error of a share of .9 among 250 questions
FEWEST = 30  # questions below which a share says too little


@dataclass(frozen=True)
class Verdict:
    """Shares of questions with the right family first; `passes` says whether the new release may be served."""

    questions: int
    served: float
    new: float

    @property
    def passes(self) -> bool:
        return self.questions < FEWEST or self.new >= self.served - MARGIN

    def __str__(self) -> str:
        if self.questions < FEWEST:
            return f"too few questions ({self.questions}) to compare with the served release"
        return f"right family first: {self.new:.3f}, served release {self.served:.3f} ({self.questions} questions)"


def judge(new: Release, store: ReleaseStore, encoder: Callable[[], Encoder], questions: Path) -> Verdict | None:
    """None where the served release cannot be asked: made by an older program, or damaged."""
    loaded = encoder()
    try:
        before = Retriever.load(store.current(), encoder=loaded)
    except ReleaseError:
        return None
    after = Retriever.load(new, encoder=loaded)
    asked = [q for q in read_questions(questions) if _knows(before, q)]
    return Verdict(len(asked), _right_first(before, asked), _right_first(after, asked))


def _knows(retriever: Retriever, question: Question) -> bool:
    return any(retriever.family_of(code) for code in question.codes)


def _right_first(retriever: Retriever, asked: Sequence[Question]) -> float:
    ranks = recall("gate", asked, retriever, Lexicon.load(LEXICON)).families
    return sum(rank == 1 for rank in ranks) / max(1, len(ranks))
