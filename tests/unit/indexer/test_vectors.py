"""What was encoded once with an encoder is never encoded again."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest

from indexer.vectors import VectorCache, encode_all
from knowledge.passages import Passage
from tests.unit.knowledge.samples import HashingEncoder

PASSAGES = [
    Passage(f"1.9{i:05}", text) for i, text in enumerate(["nuôi chim", "trồng dâu tằm ở đồi", "voi", "nuôi cá"])
]


class CountingEncoder:
    """Remembers every text it was given; fails at the batch named by `breaks_at`."""

    def __init__(self, breaks_at=None):
        self.batches, self._breaks_at = [], breaks_at

    def __call__(self, texts):
        if len(self.batches) == self._breaks_at:
            raise MemoryError("no room")
        self.batches.append(list(texts))
        return HashingEncoder().encode_passages(texts)


@pytest.fixture
def open_cache(tmp_path):
    caches = []

    def open_cache(identity="one"):
        caches.append(VectorCache(tmp_path / "deep" / "vectors.sqlite", identity))
        return caches[-1]

    yield open_cache
    for cache in caches:
        cache.close()


def encoded(passages, cache, encoder):
    return encode_all(passages, cache, encoder, lambda done, total: None)


def test_vectors_come_in_the_order_of_the_passages(open_cache):
    """Texts are encoded by length, which must not show."""
    vectors = encoded(PASSAGES, open_cache(), CountingEncoder())
    expected = HashingEncoder().encode_passages([p.text for p in PASSAGES])
    np.testing.assert_array_equal(vectors, expected)
    assert vectors.dtype == np.float32


def test_the_encoder_is_not_called_for_what_is_cached(open_cache):
    first, again = CountingEncoder(), CountingEncoder()
    vectors = encoded(PASSAGES, open_cache(), first)
    np.testing.assert_array_equal(encoded(PASSAGES, open_cache(), again), vectors)
    assert sorted(first.batches[0]) == sorted(p.text for p in PASSAGES)
    assert again.batches == []


def test_only_what_is_new_is_encoded(open_cache):
    encoder = CountingEncoder()
    encoded(PASSAGES[:2], open_cache(), CountingEncoder())
    encoded(PASSAGES, open_cache(), encoder)
    assert [sorted(b) for b in encoder.batches] == [["nuôi cá", "voi"]]


def test_a_vector_follows_the_text_and_not_the_code(open_cache):
    encoder = CountingEncoder()
    encoded(PASSAGES[:1], open_cache(), CountingEncoder())
    encoded([Passage("1.999999", PASSAGES[0].text)], open_cache(), encoder)
    assert encoder.batches == []


def test_encoders_never_share_vectors(open_cache):
    encoder = CountingEncoder()
    encoded(PASSAGES, open_cache("one"), CountingEncoder())
    encoded(PASSAGES, open_cache("two"), encoder)
    assert len(encoder.batches[0]) == len(PASSAGES)


def test_what_was_encoded_before_a_failure_is_kept(open_cache):
    """A killed build goes on where it stopped."""
    many = [Passage("1.900001", f"nuôi chim số {i:04}") for i in range(600)]
    with pytest.raises(MemoryError):
        encoded(many, open_cache(), CountingEncoder(breaks_at=1))
    again = CountingEncoder()
    assert encoded(many, open_cache(), again).shape == (600, HashingEncoder.dimensions)
    assert sum(map(len, again.batches)) == 600 - 256


def test_progress_counts_what_is_encoded_only(open_cache):
    encoded(PASSAGES[:1], open_cache(), CountingEncoder())
    said = []
    encode_all(PASSAGES, open_cache(), CountingEncoder(), lambda done, total: said.append((done, total)))
    assert said == [(0, 3), (3, 3)]


def test_two_builds_may_use_the_cache_at_once(open_cache):
    one, two = open_cache(), open_cache()
    vectors = HashingEncoder().encode_passages(["nuôi chim"])
    one.put(PASSAGES[:1], vectors)
    two.put(PASSAGES[:1], vectors)
    np.testing.assert_array_equal(one.get(PASSAGES[0]), two.get(PASSAGES[0]))
    assert one.get(PASSAGES[1]) is None


def test_the_cache_holds_no_text(open_cache, tmp_path):
    encoded(PASSAGES, open_cache(), CountingEncoder())
    keys = sqlite3.connect(tmp_path / "deep" / "vectors.sqlite").execute("SELECT key FROM vectors").fetchall()
    assert all(len(key) == 64 and key.isalnum() for (key,) in keys)
