"""Accents put back where they were left out, never changed where they were typed."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.accents import AccentRestorer
from knowledge.text import fold, words

CORPUS = [
    "đăng ký tạm trú",
    "đăng ký tạm trú cho con",
    "tạm ngừng kinh doanh",
    "bảng giá đất",
    "bằng lái xe",
    "đổi bằng lái xe",
    "đánh giá lại",
    "gia hạn hộ chiếu",
    "gia hạn thẻ",
]


@pytest.fixture(scope="module")
def accents():
    return AccentRestorer.count(CORPUS, at_least=1)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dang ky tam tru", "đăng ký tạm trú"),
        ("DANG KY tam tru!", "đăng ký tạm trú"),
        ("doi bang lai xe", "đổi bằng lái xe"),
        ("bang gia dat", "bảng giá đất"),
        ("gia han ho chieu", "gia hạn hộ chiếu"),
        ("danh gia lai", "đánh giá lại"),
    ],
)
def test_the_neighbours_decide_which_accent_is_meant(accents, typed, meant):
    assert accents.restore(typed) == meant


def test_what_was_typed_with_accents_is_kept(accents):
    assert accents.restore("bảng lai xe") == "bảng lái xe"


def test_words_never_seen_stay_as_they_are(accents):
    assert accents.restore("zalo 2026 dang ky xyz") == "zalo 2026 đăng ký xyz"


@pytest.mark.parametrize("text", ["", "  ", "?!", "👍"])
def test_nothing_to_read_gives_nothing(accents, text):
    assert accents.restore(text) == ""


def test_without_any_corpus_text_is_only_lowered():
    assert AccentRestorer.count([]).restore("Dang Ky") == "dang ky"


def test_a_pair_seen_too_seldom_does_not_count():
    texts = ["bảng lái"] + ["bằng giá"] * 5
    assert AccentRestorer.count(texts, at_least=1).restore("bang lai") == "bảng lái"
    assert AccentRestorer.count(texts, at_least=2).restore("bang lai") == "bằng lái"


def test_a_saved_restorer_restores_alike(accents, tmp_path):
    accents.save(tmp_path / "accents.json")
    loaded = AccentRestorer.load(tmp_path / "accents.json")
    for text in (*map(fold, CORPUS), "dang ky xyz", "bảng lai xe"):
        assert loaded.restore(text) == accents.restore(text)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from([w for c in CORPUS for w in fold(c).split()])).map(" ".join))
def test_restoring_only_ever_adds_accents(accents, text):
    """Word by word the letters stay: nothing is dropped, added or replaced."""
    restored = accents.restore(text).split()
    assert list(map(fold, restored)) == [fold(w) for w in words(text)]
