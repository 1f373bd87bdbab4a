"""BM25 over syllables and their pairs, once with accents and once folded.

Vietnamese writes a blank between syllables, not words: pairs of neighbours ("tạm_trú") stand in for words, and need no
segmenter. The folded index is what finds "dang ky tam tru".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.text import fold, words

Scores = npt.NDArray[np.float32]


class LexicalIndex:
    """Scores every text against a query; shape (number of texts,), 0 where nothing is shared."""

    def __init__(self, model: Any, size: int, *, folded: bool) -> None:
        self._model = model
        self._size = size
        self._folded = folded

    @classmethod
    def build(cls, texts: Sequence[str], *, folded: bool) -> LexicalIndex:
        import bm25s

        model = bm25s.BM25(k1=1.2, b=0.75)
        model.index([_terms(text, folded=folded) for text in texts], show_progress=False)
        return cls(model, len(texts), folded=folded)

    def scores(self, query: str) -> Scores:
        known = [term for term in _terms(query, folded=self._folded) if term in self._model.vocab_dict]
        if not known:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._model.get_scores(known), dtype=np.float32)


def _terms(text: str, *, folded: bool) -> list[str]:
    syllables = words(fold(text) if folded else text)
    return syllables + [f"{a}_{b}" for a, b in zip(syllables, syllables[1:], strict=False)]
