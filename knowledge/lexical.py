"""BM25 over syllables and their pairs, with accents or folded.

Vietnamese writes a blank between syllables, not words: pairs of neighbours ("tạm_trú") stand in for words, and need no
segmenter. A folded index is what finds "dang ky tam tru".
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.text import fold, words

Scores = npt.NDArray[np.float32]
_K1, _B = 1.2, 0.75


class LexicalIndex:
    """Scores every text against a query; shape (size,), 0 where nothing is shared."""

    def __init__(self, model: Any, size: int, *, folded: bool) -> None:
        self._model = model
        self.size = size
        self._folded = folded

    @classmethod
    def build(cls, texts: Sequence[str], *, folded: bool) -> LexicalIndex:
        import bm25s

        model = bm25s.BM25(k1=_K1, b=_B)
        model.index([terms(text, folded=folded) for text in texts], show_progress=False)
        return cls(model, len(texts), folded=folded)

    def save(self, path: Path) -> None:
        """Only plain arrays: no pickle. The vocabulary is kept as one text, in the order of its ids."""
        vocabulary = sorted(self._model.vocab_dict, key=self._model.vocab_dict.__getitem__)
        ids = np.array([self._model.vocab_dict[term] for term in vocabulary], dtype=np.int64)
        matrix = self._model.scores
        np.savez_compressed(
            path,
            vocabulary=np.frombuffer("\n".join(vocabulary).encode(), dtype=np.uint8),
            ids=ids,
            data=matrix["data"],
            indices=matrix["indices"],
            indptr=matrix["indptr"],
            size=np.array([self.size, int(self._folded)]),
        )

    @classmethod
    def load(cls, path: Path) -> LexicalIndex:
        import bm25s

        with np.load(path, allow_pickle=False) as stored:
            vocabulary = stored["vocabulary"].tobytes().decode().split("\n")
            size, folded = map(int, stored["size"])
            model = bm25s.BM25(k1=_K1, b=_B)
            model.vocab_dict = dict(zip(vocabulary, stored["ids"].tolist(), strict=True))
            model.unique_token_ids_set = set(model.vocab_dict.values())
            model.nonoccurrence_array = None  # only the variants BM25L and BM25+ have one
            model.scores = {
                "data": stored["data"],
                "indices": stored["indices"],
                "indptr": stored["indptr"],
                "num_docs": size,
            }
        return cls(model, size, folded=bool(folded))

    def scores(self, query: str) -> Scores:
        known = [term for term in terms(query, folded=self._folded) if term in self._model.vocab_dict]
        if not known:
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._model.get_scores(known), dtype=np.float32)


def terms(text: str, *, folded: bool) -> list[str]:
    syllables = words(fold(text) if folded else text)
    return syllables + [f"{a}_{b}" for a, b in pairwise(syllables)]
