"""The indexes over a release: two encoders' vectors (FAISS), names and questions (BM25), whole records (BM25).

The syllable encoder reads names and questions, the general encoder names only: it is a second opinion, and its vectors
cost most of a build. Everything is in memory, loaded once; a search touches no disk.
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
        """`query` has shape (1, dimensions); the answer (vectors,).

        A search for all of them would sort them, which takes six times as long as the products.
        """
        import faiss

        scores = np.empty(self._index.ntotal, dtype=np.float32)
        asked = np.ascontiguousarray(query[0], dtype=np.float32)
        faiss.fvec_inner_products_ny(
            faiss.swig_ptr(scores), faiss.swig_ptr(asked), self._index.get_xb(), self._index.d, self._index.ntotal
        )
        return scores


@dataclass(frozen=True)
class Components:
    """Scores of every procedure for one query, shape (procedures,), and each one's nearest passage.

    `dense` is 0 until the general encoder has been asked.
    """

    fitted: Scores
    accented: Scores
    folded: Scores
    body: Scores
    nearest: Owners
    dense: Scores


class Index:
    """Scores by procedure: the best passage counts. `vectors` are of the names, `fitted` of all passages."""

    def __init__(
        self, codes: Sequence[str], passages: Sequence[Passage], vectors: Vectors, fitted: Vectors, body: LexicalIndex
    ) -> None:
        self.codes = list(codes)
        self.passages = list(passages)
        position = {code: i for i, code in enumerate(self.codes)}
        self._owner: Owners = np.array([position[p.code] for p in passages], dtype=np.int64)
        self._names = np.array([not p.is_question for p in passages])
        texts = [p.text for p in passages]
        self._dense = DenseIndex.of(vectors)
        self._fitted = DenseIndex.of(fitted)
        self._accented = LexicalIndex.build(texts, folded=False)
        self._folded = LexicalIndex.build(texts, folded=True)
        self._body = body

    def without_questions(self) -> Index:
        """The same, searched by names and aliases only; for experiments."""
        passages = [passage for passage in self.passages if not passage.is_question]
        return Index(self.codes, passages, self._dense.vectors(), self._fitted.vectors()[self._names], self._body)

    @classmethod
    def load(cls, release: Release) -> Index:
        """Raises `ReleaseError` where the files do not fit one another."""
        with (release.path / PASSAGES).open(encoding="utf-8") as lines:
            passages = [Passage(**json.loads(line)) for line in lines]
        vectors = np.load(release.path / VECTORS, allow_pickle=False)
        fitted = np.load(release.path / FITTED_VECTORS, allow_pickle=False)
        codes = sorted({p.code for p in passages})
        body = LexicalIndex.load(release.path / BODY)
        names = sum(not passage.is_question for passage in passages)
        fits = len(vectors) == names and len(fitted) == len(passages) and body.size == len(codes)
        if not fits or vectors.shape[1] != release.manifest.dimensions:
            raise ReleaseError(f"the files of release {release.manifest.id} do not fit one another: build anew")
        return cls(codes, passages, vectors, fitted, body)

    def score(self, query: str, fitted: Vectors) -> Components:
        """`query` written out, with accents where they could be restored; `fitted` is its vector."""
        likeness = self._fitted.scores(fitted)
        best = self._best(likeness, self._owner)
        nearest = np.zeros(len(self.codes), dtype=np.int64)
        is_best = np.flatnonzero(likeness == best[self._owner])[::-1]
        nearest[self._owner[is_best]] = is_best  # of several, the first
        return Components(
            fitted=best,
            accented=self._best(self._accented.scores(query), self._owner),
            folded=self._best(self._folded.scores(query), self._owner),
            body=self._body.scores(query),
            nearest=nearest,
            dense=np.zeros(len(self.codes), dtype=np.float32),
        )

    def dense(self, vector: Vectors) -> Scores:
        """What the general encoder thinks of every procedure; `vector` is that of the query."""
        return self._best(self._dense.scores(vector), self._owner[self._names])

    def by_words(self, query: str) -> str:
        """The code that BM25 without accents alone finds; for comparison."""
        return self.codes[int(np.argmax(self._best(self._folded.scores(query), self._owner)))]

    def by_meaning(self, vector: Vectors) -> str:
        """The code that the general encoder alone finds; for comparison."""
        return self.codes[int(np.argmax(self.dense(vector)))]

    def _best(self, scores: Scores, owner: Owners) -> Scores:
        best = np.full(len(self.codes), -np.inf, dtype=np.float32)
        np.maximum.at(best, owner, scores)
        return best
