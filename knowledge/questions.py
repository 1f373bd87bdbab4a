"""Questions written for procedures much used: whole messages as people type them, with what they ask for.

They are searched by and train the syllable encoder (`indexer.fitting`). Those of `data/questions.tsv` train the
classifiers of acts and facets as well; those of `data/more_questions.tsv`, four each for rarer procedures, would only
outweigh the rest there. One line a question: code, facets (blank between them, or "-"), text. Standard library only:
both environments import this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

QUESTIONS = Path(__file__).parent / "data" / "questions.tsv"
MORE = QUESTIONS.with_name("more_questions.tsv")
NO_FACET = "-"
_CODE = re.compile(r"\d\.\d{6,}")  # a few national codes are longer


@dataclass(frozen=True)
class LabelledQuestion:
    code: str
    facets: tuple[str, ...]
    text: str


def load_questions(path: Path = QUESTIONS) -> list[LabelledQuestion]:
    """In the order of the file. Raises ValueError naming file and line of the first line that does not fit."""
    return [_question(line, f"{path.name}:{n}") for n, line in enumerate(path.read_text("utf-8").splitlines(), 1)]


def all_questions() -> list[LabelledQuestion]:
    """What is searched by: those that the classifiers learn from, and those for rarer procedures behind them."""
    return [*load_questions(), *load_questions(MORE)]


def texts_by_code(questions: Iterable[LabelledQuestion]) -> dict[str, tuple[str, ...]]:
    texts: dict[str, tuple[str, ...]] = {}
    for question in questions:
        texts[question.code] = (*texts.get(question.code, ()), question.text)
    return texts


def _question(line: str, where: str) -> LabelledQuestion:
    columns = line.split("\t")
    if len(columns) != 3 or not _CODE.fullmatch(columns[0]) or not all(column.strip() for column in columns):
        raise ValueError(f'{where}: a line needs three columns with tabs between: code, facets or "-", text')
    facets = () if columns[1] == NO_FACET else tuple(columns[1].split())
    return LabelledQuestion(columns[0], facets, columns[2])
