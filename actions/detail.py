"""Where in a record a few words stand: "cần giấy kết hôn không", after a residence card, is about one of its papers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from knowledge.procedure import Facet, Procedure
from knowledge.text import fold, words

Share = Callable[[set[str], set[str]], float]  # how much of the second stands in the first, by rarity
_STANDS_FROM = 0.75
_LINE = re.compile(r"[\n;]+|(?<!\d)\.(?=\s)")


def facet_of(procedure: Procedure, asked: set[str], share: Share) -> Facet | None:
    """The facet whose line has most of these words (folded); None where no line has nearly all of them."""
    found = [(share(said, asked), facet) for facet, said in _lines(procedure)]
    best = max(found, key=lambda line: line[0], default=(0.0, Facet.OVERVIEW))
    return best[1] if best[0] >= _STANDS_FROM else None


def _lines(procedure: Procedure) -> Iterator[tuple[Facet, set[str]]]:
    for document in procedure.documents():
        yield Facet.DOCUMENTS, _words(f"{document.name} {document.what}")
    texts = (
        (Facet.PROXY, procedure.who_may_file),
        (Facet.DEADLINE, procedure.deadline),
        (Facet.PENALTY, procedure.penalty),
        (Facet.ELIGIBILITY, procedure.requirements),
        (Facet.PLACE, procedure.place),
        *((Facet.STEPS, step.text) for step in procedure.steps),
        *((Facet.FEE, fee.text) for fee in procedure.fees),
    )
    for facet, text in texts:
        yield from ((facet, _words(line)) for line in _LINE.split(text) if line.strip())


def _words(text: str) -> set[str]:
    return set(words(fold(text)))
