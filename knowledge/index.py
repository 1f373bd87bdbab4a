"""The indexes over a release: two encoders' vectors (FAISS), names and questions (BM25), whole records (BM25).

Everything is in memory, loaded once; a search touches no disk.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from knowledge.encoder import Vectors
from knowledge.lexical import LexicalIndex, Scores
from knowledge.passages import Passage
from knowledge.release import BODY, FITTED_VECTORS, PASSAGES, VECTORS, Release, ReleaseError

Owners = npt.NDArray[np.int64]


class DenseIndex:
    """Cosines of a query with every passage, through FAISS (exact: IndexFlatIP)."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def of(cls, vectors: Vectors) -> DenseIndex:
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors))
        return cls(index)

    def vectors(self) -> Vectors:
        """Those it was made of, in their order."""
        return np.asarray(self._index.reconstruct_n(0, self._index.ntotal), dtype=np.float32)

    def scores(self, query: Vectors) -> Scores:
        """`query` has shape (1, dimensions); the answer (passages,)."""
        found, order = self._index.search(query, self._index.ntotal)
        scores = np.empty(self._index.ntotal, dtype=np.float32)
        scores[order[0]] = found[0]
        return scores


@dataclass(frozen=True)
class Components:
    """Scores of every procedure for one query, shape (procedures,), and each one's nearest passage."""

    dense: Scores
    fitted: Scores
    accented: Scores
    folded: Scores
    body: Scores
    nearest: Owners


class Index:
    """Scores by procedure: the best passage counts."""

    def __init__(
        self, codes: Sequence[str], passages: Sequence[Passage], vectors: Vectors, fitted: Vectors, body: LexicalIndex
    ) -> None:
        self.codes = list(codes)
        self.passages = list(passages)
        position = {code: i for i, code in enumerate(self.codes)}
        self._owner: Owners = np.array([position[p.code] for p in passages], dtype=np.int64)
        texts = [p.text for p in passages]
        self._dense = DenseIndex.of(vectors)
        self._fitted = DenseIndex.of(fitted)
        self._accented = LexicalIndex.build(texts, folded=False)
        self._folded = LexicalIndex.build(texts, folded=True)
        self._body = body

    def without_questions(self) -> Index:
        """The same, searched by names and aliases only; for experiments."""
        kept = [i for i, passage in enumerate(self.passages) if not passage.is_question]
        passages = [self.passages[i] for i in kept]
        return Index(self.codes, passages, self._dense.vectors()[kept], self._fitted.vectors()[kept], self._body)

    @classmethod
    def load(cls, release: Release) -> Index:
        """Raises `ReleaseError` where the files do not fit one another."""
        with (release.path / PASSAGES).open(encoding="utf-8") as lines:
            passages = [Passage(**json.loads(line)) for line in lines]
        vectors = np.load(release.path / VECTORS, allow_pickle=False)
        fitted = np.load(release.path / FITTED_VECTORS, allow_pickle=False)
        codes = sorted({p.code for p in passages})
        body = LexicalIndex.load(release.path / BODY)
        fits = len(vectors) == len(fitted) == len(passages) and body.size == len(codes)
        if not fits or vectors.shape[1] != release.manifest.dimensions:
            raise ReleaseError(f"the files of release {release.manifest.id} do not fit one another: build anew")
        return cls(codes, passages, vectors, fitted, body)

    def score(self, query: str, vector: Vectors, fitted: Vectors) -> Components:
        """`query` written out, with accents where they could be restored; `vector` and `fitted` are its vectors."""
        dense = self._dense.scores(vector)
        best = self._best(dense)
        nearest = np.zeros(len(self.codes), dtype=np.int64)
        nearest[self._owner[::-1]] = np.arange(len(self._owner))[::-1]
        is_best = dense == best[self._owner]
        nearest[self._owner[is_best]] = np.flatnonzero(is_best)
        return Components(
            dense=best,
            fitted=self._best(self._fitted.scores(fitted)),
            accented=self._best(self._accented.scores(query)),
            folded=self._best(self._folded.scores(query)),
            body=self._body.scores(query),
            nearest=nearest,
        )

    def by_words(self, query: str) -> str:
        """The code that BM25 without accents alone finds; for comparison."""
        return self.codes[int(np.argmax(self._best(self._folded.scores(query))))]

    def by_meaning(self, vector: Vectors) -> str:
        """The code that the general encoder alone finds; for comparison."""
        return self.codes[int(np.argmax(self._best(self._dense.scores(vector))))]

    def _best(self, scores: Scores) -> Scores:
        best = np.full(len(self.codes), -np.inf, dtype=np.float32)
        np.maximum.at(best, self._owner, scores)
        return best
