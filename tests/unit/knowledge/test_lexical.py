"""BM25 over syllables and their pairs, and its file."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.lexical import LexicalIndex, terms

TEXTS = ["đăng ký tạm trú", "đăng ký thường trú", "tạm ngừng kinh doanh hộ cá thể", "cấp hộ chiếu", ""]


@pytest.fixture(params=[False, True], ids=["accented", "folded"])
def index(request):
    return LexicalIndex.build(TEXTS, folded=request.param)


def best(index, query):
    return TEXTS[int(np.argmax(index.scores(query)))]


def test_there_is_one_score_a_text(index):
    assert index.scores("hộ chiếu").shape == (len(TEXTS),)


def test_the_text_that_shares_most_wins(index):
    assert best(index, "Đăng ký TẠM TRÚ ở đâu") == "đăng ký tạm trú"
    assert best(index, "hộ chiếu") == "cấp hộ chiếu"


def test_syllables_in_a_pair_outweigh_the_same_syllables_apart(index):
    texts = ["hộ và chiếu rồi kinh", "hộ chiếu và kinh rồi"]
    scores = LexicalIndex.build(texts, folded=True).scores("hộ chiếu")
    assert scores[1] > scores[0] > 0


@pytest.mark.parametrize("query", ["", "zzz qqq", "?!", "👍"])
def test_a_query_that_shares_nothing_scores_nothing(index, query):
    assert not index.scores(query).any()


def test_only_the_folded_index_reads_a_query_without_accents():
    accented, folded = (LexicalIndex.build(TEXTS, folded=f) for f in (False, True))
    assert not accented.scores("tam tru").any()
    assert best(folded, "tam tru") == "đăng ký tạm trú"


def test_a_saved_index_scores_alike(index, tmp_path):
    path = tmp_path / "body.npz"
    index.save(path)
    loaded = LexicalIndex.load(path)
    assert loaded.size == index.size
    for query in (*TEXTS, "dang ky tam tru", "không có gì chung", "hộ hộ hộ"):
        np.testing.assert_allclose(loaded.scores(query), index.scores(query), rtol=1e-6)


def test_the_file_holds_plain_arrays_and_no_pickle(index, tmp_path):
    path = tmp_path / "body.npz"
    index.save(path)
    with np.load(path, allow_pickle=False) as stored:
        assert all(stored[name].dtype != object for name in stored.files)


def test_a_saved_index_knows_whatever_a_text_may_hold(tmp_path):
    texts = ["một\nhai\r\nba\u2028bốn\x85năm", "₫ ½ 1.004222 ﬁ"]
    index = LexicalIndex.build(texts, folded=True)
    index.save(tmp_path / "body.npz")
    loaded = LexicalIndex.load(tmp_path / "body.npz")
    for query in ("hai", "bốn năm", "1.004222"):
        assert loaded.scores(query).any()
        np.testing.assert_allclose(loaded.scores(query), index.scores(query), rtol=1e-6)


def test_what_is_asked_twice_counts_twice(index):
    np.testing.assert_allclose(index.scores("chiếu chiếu"), 2 * index.scores("chiếu"), rtol=1e-6)


def test_terms_are_syllables_and_pairs_of_neighbours():
    assert terms("Đăng ký, tạm", folded=True) == ["dang", "ky", "tam", "dang_ky", "ky_tam"]
    assert terms("Đăng", folded=False) == ["đăng"]
    assert terms("", folded=True) == []
