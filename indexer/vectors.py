"""Vectors by digest: what was encoded once with this encoder is never encoded again."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from knowledge.encoder import Vectors
from knowledge.passages import Passage

Progress = Callable[[int, int], None]
_BATCH = 256


class VectorCache:
    """One SQLite file in the user's cache folder; keys hold the encoder's identity, so encoders never mix."""

    def __init__(self, path: Path, identity: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=60)
        self._connection.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        self._identity = identity

    def get(self, passage: Passage) -> Vectors | None:
        row = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (self._key(passage),)).fetchone()
        return np.frombuffer(row[0], dtype=np.float32) if row else None

    def put(self, passages: Sequence[Passage], vectors: Vectors) -> None:
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO vectors VALUES (?, ?)",
                [(self._key(p), v.tobytes()) for p, v in zip(passages, vectors, strict=True)],
            )

    def close(self) -> None:
        self._connection.close()

    def _key(self, passage: Passage) -> str:
        return hashlib.sha256(f"{self._identity}\n{passage.digest}".encode()).hexdigest()


def encode_all(
    passages: Sequence[Passage],
    cache: VectorCache,
    encode: Callable[[Sequence[str]], Vectors],
    progress: Progress,
) -> Vectors:
    """Shape (passages, dimensions). `encode` is called only for what the cache lacks; each batch is kept at once."""
    found: dict[int, Vectors] = {}
    missing: list[int] = []
    for i, passage in enumerate(passages):
        vector = cache.get(passage)
        if vector is None:
            missing.append(i)
        else:
            found[i] = vector
    progress(0, len(missing))
    missing.sort(key=lambda i: len(passages[i].text))  # alike lengths waste no padding
    for start in range(0, len(missing), _BATCH):
        batch = missing[start : start + _BATCH]
        vectors = encode([passages[i].text for i in batch])
        cache.put([passages[i] for i in batch], vectors)
        found |= dict(zip(batch, vectors, strict=True))
        progress(min(start + _BATCH, len(missing)), len(missing))
    return np.stack([found[i] for i in range(len(passages))]).astype(np.float32)
