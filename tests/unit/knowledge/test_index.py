"""The three indexes over a release, scored by procedure."""

from __future__ import annotations

import json

import numpy as np
import pytest

from knowledge.index import DenseIndex, Index, Words
from knowledge.lexical import LexicalIndex
from knowledge.passages import Passage
from knowledge.release import PASSAGES, ReleaseError
from tests.unit.knowledge.samples import HashingEncoder, build, procedure

PASSED = [
    Passage("1.900001", "nuôi chim"),
    Passage("1.900002", "nuôi cá"),
    Passage("1.900001", "giấy bồ câu"),
    Passage("1.900002", "cá nhà em đẻ", is_question=True),
    Passage("1.900003", "trồng lan"),
]
NAMES = [passage for passage in PASSED if not passage.is_question]


@pytest.fixture
def index():
    names, vectors = (HashingEncoder().encode_passages([p.text for p in some]) for some in (NAMES, PASSED))
    body = LexicalIndex.build(["chim bồ câu", "cá vàng", "hoa lan"], folded=True)
    words = Words.of_passages(PASSED, body, expanded=body)
    return Index(["1.900001", "1.900002", "1.900003"], PASSED, names, vectors, words)


def score(index, text):
    return index.score(text, HashingEncoder().encode_queries([text]))


def test_dense_scores_are_cosines_in_the_order_of_the_passages():
    vectors = np.array([[1, 0], [0, 1], [0.6, 0.8]], dtype=np.float32)
    scores = DenseIndex.of(vectors).scores(np.array([[0, 1]], dtype=np.float32))
    np.testing.assert_allclose(scores, [0, 1, 0.8], atol=1e-6)


def test_the_best_passage_of_a_procedure_counts_and_is_named(index):
    found = score(index, "giấy bồ câu")
    assert found.fitted.shape == (3,)
    assert int(np.argmax(found.fitted)) == 0
    assert found.fitted[0] == pytest.approx(1, abs=1e-3)
    assert PASSED[found.nearest[0]].text == "giấy bồ câu"


def test_the_general_encoder_reads_names_only(index):
    assert not score(index, "cá nhà em đẻ").dense.any()
    asked = index.dense(HashingEncoder().encode_queries(["cá nhà em đẻ"]))
    assert asked.shape == (3,)
    assert asked[1] < 0.9
    assert index.dense(HashingEncoder().encode_queries(["nuôi cá"]))[1] == pytest.approx(1, abs=1e-3)


def test_every_nearest_passage_is_the_procedures_own(index):
    for text in ("nuôi cá", "nuôi chim", "zzz", "lan"):
        nearest = score(index, text).nearest
        assert [PASSED[i].code for i in nearest] == index.codes


def test_each_component_reads_its_own_form(index):
    without_accents = score(index, "bo cau")
    assert without_accents.folded[0] > 0
    assert without_accents.body[0] > 0
    assert not without_accents.accented.any()


def test_files_that_do_not_fit_one_another_are_refused(tmp_path):
    release = build([procedure("1.900001", "Nuôi chim"), procedure("1.900002", "Nuôi cá")], tmp_path)
    assert Index.load(release).codes == ["1.900001", "1.900002"]
    lines = (release.path / PASSAGES).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["code"] for line in lines] == ["1.900001", "1.900002"]
    (release.path / PASSAGES).write_text(lines[0] + "\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="do not fit"):
        Index.load(release)
