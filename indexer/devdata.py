"""Question sets as JSON lines: portal questions, short phrasings, messages about no procedure. Read, never stored."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from knowledge.text import fold


@dataclass(frozen=True)
class Question:
    """`codes` are the right procedures; empty where none is known or none is meant. `kind` says which."""

    text: str
    codes: frozenset[str]
    kind: str
    grade: str = ""
    facets: frozenset[str] | None = None  # None where nobody labelled them

    def without_accents(self) -> Question:
        return replace(self, text=fold(self.text))


def read_questions(path: Path) -> list[Question]:
    """Any file of the shapes described in docs/evaluation.md. Raises ValueError naming file and line."""
    questions = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.strip():
            try:
                questions.append(_question(json.loads(line)))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(
                    f"{path}:{number}: {error!r}; a line needs `text` or `question`, and `codes`"
                ) from None
    return questions


def _question(row: Any) -> Question:
    if not isinstance(row, dict):
        raise ValueError("no JSON object")
    text = row.get("text") or row["question"]
    if "expect" in row:
        return Question(text, frozenset(), row["expect"], row.get("category", ""))
    kind = row.get("kind") or ("certain" if row.get("certain") else "uncertain")
    facets = _set(row["facets"]) if "facets" in row else None
    return Question(text, _set(row.get("codes") or []), kind, row.get("grade", ""), facets)


def _set(values: Any) -> frozenset[str]:
    if not isinstance(values, list):
        raise ValueError(f"{values!r} is no list")
    return frozenset(values)
