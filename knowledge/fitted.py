"""The syllable encoder: a static embedding fitted to the records, which reads a message with or without accents.

A text becomes terms: each syllable with its accents, without them, and each pair of neighbours without them. A table
gives every term a vector; a text's vector is their normalised mean. `indexer.fitting` trains the table and saves it
as a sentence-transformers model (`StaticEmbedding`). Here it is read with numpy: a query takes microseconds, and no
torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

from knowledge.encoder import Vectors
from knowledge.text import expand_chat_spelling, fold, words

TABLE, TOKENIZER = "model.safetensors", "tokenizer.json"
UNKNOWN = "[UNK]"


def terms_of(text: str) -> list[str]:
    """ "đi tàu" gives "đi", "tàu", "~di", "~tau", "di_tau"; abbreviations and chat spelling are written out first."""
    syllables = words(expand_chat_spelling(text))
    folded = [_folded(syllable) for syllable in syllables]
    accented = [s for s, f in zip(syllables, folded, strict=True) if s != f]
    return [*accented, *(f"~{f}" for f in folded), *(f"{a}_{b}" for a, b in pairwise(folded))]


_folded = lru_cache(maxsize=65_536)(fold)  # training reads the same syllables a million times


class SyllableEncoder:
    """Gives arrays of shape (texts, dimensions), float32, of length one; zeros where no term is known."""

    def __init__(self, vocabulary: Mapping[str, int], table: Vectors) -> None:
        self._vocabulary = vocabulary
        self._table = table
        self.dimensions = table.shape[1]

    @classmethod
    def load(cls, folder: Path) -> SyllableEncoder:
        """`folder` as `indexer.fitting` saved it."""
        tokenizer = json.loads((folder / TOKENIZER).read_text(encoding="utf-8"))
        (table,) = load_file(folder / TABLE).values()
        return cls(tokenizer["model"]["vocab"], table.astype(np.float32))

    def encode(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for i, text in enumerate(texts):
            known = [self._vocabulary[term] for term in terms_of(text) if term in self._vocabulary]
            if known:
                vectors[i] = self._table[known].mean(axis=0)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)
