"""What every part of retrieval is worth: each left out, each alone, on the dev files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from indexer.devdata import Question
from indexer.evaluate import NO_ACCENTS, TYPINGS, recall
from knowledge.phrases import Lexicon
from knowledge.retriever import Retriever
from knowledge.tuning import Fusion

Slices = Mapping[str, Sequence[Question]]
PARTS = ("dense", "fitted", "accented", "folded", "body", "expanded", "prior")
_ALONE = {
    "only BM25 over names": {"accented": 1.0},
    "only BM25 over whole records": {"body": 1.0},
    "only e5": {"dense": 1.0},
    "only the syllable encoder": {"fitted": 1.0},
    "plain hybrid: e5 and BM25 over names": {"dense": 1.0, "accented": 1.0},
}


def dev_slices(slices: Slices, *, every_typing: bool = True) -> dict[str, list[Question]]:
    """The formal and the short questions, as typed, without accents, with a slip; titles say nothing here.

    Without `every_typing` only the short ones are typed otherwise, without accents: a third of the time.
    """
    short = [q for name, asked in slices.items() if name.startswith("colloquial") for q in asked]
    formal = [q for name, asked in slices.items() if name.startswith("formal") for q in asked]
    return {
        f"{name}{suffix}": [typing(q) for q in asked]
        for name, asked in (("formal", formal), ("short", short))
        for suffix, typing in TYPINGS.items()
        if every_typing or not suffix or (name, suffix) == ("short", NO_ACCENTS)
    }


def variants(served: Retriever) -> Iterator[tuple[str, Retriever]]:
    """Name and retriever; the first is what is served.

    Parts are left out, and stand alone, in the order of the scores: the confidence that orders the hits which are
    served looks at every part, whatever its weight is in the score.
    """
    yield "all parts", served
    yield "e5 asked about every question", served.varied(always_asking=True)
    yield "without the questions written for procedures", served.varied(questions=False)
    yield "accents not restored, slips not mended", served.varied(restoring=False)
    yield "in the order of the scores", served.varied(by_confidence=False)
    for part in PARTS:
        without = served.tuning.fusion.model_copy(update={part: 0.0})
        yield f"the same, without {part}", served.varied(fusion=without, by_confidence=False)
    nothing = Fusion(**dict.fromkeys(Fusion.model_fields, 0.0))
    for name, weights in _ALONE.items():
        alone = nothing.model_copy(update=weights)
        yield f"the same, {name}", served.varied(fusion=alone, always_asking=True, by_confidence=False)


def head(slices: Slices) -> tuple[str, ...]:
    return ("variant", *(f"{name} ({len(asked)})" for name, asked in slices.items()))


def row(name: str, retriever: Retriever, slices: Slices, lexicon: Lexicon) -> list[str]:
    """Family recall at 1 and at 5 for each slice."""
    cells = []
    for asked in slices.values():
        ranks = recall(name, asked, retriever, lexicon).families
        first, five = (sum(0 < rank <= k for rank in ranks) / max(1, len(ranks)) for k in (1, 5))
        cells.append(f"{first:.3f} / {five:.3f}")
    return [name, *cells]
