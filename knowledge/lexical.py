"""BM25 over syllables and their pairs, with accents or folded.

Vietnamese writes a blank between syllables, not words: pairs of neighbours ("tạm_trú") stand in for words, and need no
segmenter. A folded index is what finds "dang ky tam tru".
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.text import fold, words

Scores = npt.NDArray[np.float32]
Keys = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int32]
_K1, _B = 1.2, 0.75


class LexicalIndex:
    """Scores every text against a query; shape (size,), 0 where nothing is shared.

    A term is known by its hash alone, among all in order: half a million terms as texts take ten times the memory.
    """

    def __init__(self, model: Any, keys: Keys, places: Places, size: int, *, folded: bool) -> None:
        """`places`: where in `model` the terms of `keys`, which are sorted, have their scores."""
        self._model = model
        self._keys = keys
        self._places = places
        self.size = size
        self._folded = folded

    @classmethod
    def build(cls, texts: Sequence[str], *, folded: bool) -> LexicalIndex:
        model = _model()
        model.index([terms(text, folded=folded) for text in texts], show_progress=False)
        vocabulary = model.vocab_dict
        keys = np.fromiter(map(_key, vocabulary), np.uint64, len(vocabulary))
        places = np.fromiter(vocabulary.values(), np.int32, len(vocabulary))
        order = np.argsort(keys)
        return cls(_model(model.scores), keys[order], places[order], len(texts), folded=folded)

    def save(self, path: Path) -> None:
        """Only plain arrays: no pickle."""
        scores = self._model.scores
        np.savez_compressed(
            path,
            keys=self._keys,
            places=self._places,
            data=scores["data"],
            indices=scores["indices"],
            indptr=scores["indptr"],
            size=np.array([self.size, int(self._folded)]),
        )

    @classmethod
    def load(cls, path: Path) -> LexicalIndex:
        with np.load(path, allow_pickle=False) as stored:
            size, folded = map(int, stored["size"])
            scores = {name: stored[name] for name in ("data", "indices", "indptr")} | {"num_docs": size}
            return cls(_model(scores), stored["keys"], stored["places"], size, folded=bool(folded))

    def scores(self, query: str) -> Scores:
        known = self._known(terms(query, folded=self._folded))
        if not len(known):
            return np.zeros(self.size, dtype=np.float32)
        return np.asarray(self._model.get_scores_from_ids(known), dtype=np.float32)

    def _known(self, asked: Sequence[str]) -> Places:
        """Where the terms that occur have their scores, one that is asked twice twice."""
        keys = np.fromiter(map(_key, asked), np.uint64, len(asked))
        nearest = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
        return np.asarray(self._places[nearest[self._keys[nearest] == keys]], dtype=np.int32)


def _model(scores: Mapping[str, Any] | None = None) -> Any:
    import bm25s

    model = bm25s.BM25(k1=_K1, b=_B)
    model.nonoccurrence_array = None  # only the variants BM25L and BM25+ have one
    if scores is not None:
        model.scores = scores
    return model


def _key(term: str) -> int:
    """64 bits, alike in every process: that two of half a million terms share them is unheard of."""
    return int.from_bytes(hashlib.blake2b(term.encode(), digest_size=8).digest(), "little")


def terms(text: str, *, folded: bool) -> list[str]:
    syllables = words(fold(text) if folded else text)
    return syllables + [f"{a}_{b}" for a, b in pairwise(syllables)]
