"""The syllable encoder: what a text becomes, and vectors that agree with sentence-transformers."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from indexer.fitting import Subject, fit, save
from knowledge.fitted import SyllableEncoder, terms_of
from knowledge.text import fold

NAMES = [
    "đăng ký nuôi chim bồ câu",
    "cấp thẻ huấn luyện ngựa",
    "hỗ trợ trồng dâu tằm",
    "khai thác tổ yến",
    "cấp giấy thú y cho mèo",
    "công nhận vườn lan",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A table trained for one step: what is tested here is how it is read."""
    subjects = [Subject(f"1.90000{i}", f"f{i}", "Bộ Thú", (name,), (), ()) for i, name in enumerate(NAMES)]
    folder = tmp_path_factory.mktemp("fitted") / "syllables"
    save(fit(subjects), folder)
    return folder


@pytest.fixture(scope="module")
def encoder(folder):
    return SyllableEncoder.load(folder)


@pytest.fixture(scope="module")
def read_by_sentence_transformers(folder):
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")

    def encode(texts):
        vectors = np.asarray(model.encode([" ".join(terms_of(text)) for text in texts]), dtype=np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    return encode


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("đi tàu", ["đi", "tàu", "~di", "~tau", "di_tau"]),
        ("di tau", ["~di", "~tau", "di_tau"]),
        ("Đi TÀU!", ["đi", "tàu", "~di", "~tau", "di_tau"]),
        ("đi tau", ["đi", "~di", "~tau", "di_tau"]),
        ("tàu", ["tàu", "~tau"]),
        ("mẫu 1.900001", ["mẫu", "~mau", "~1.900001", "mau_1.900001"]),
        ("?!", []),
        ("", []),
    ],
)
def test_terms_are_accented_syllables_bare_ones_and_bare_pairs(text, terms):
    assert terms_of(text) == terms


def test_terms_do_not_depend_on_the_unicode_form():
    assert terms_of(unicodedata.normalize("NFD", "nuôi yến")) == terms_of("nuôi yến")


def test_chat_spelling_is_written_out_before_terms_are_made():
    assert terms_of("đk nuôi ngựa") == terms_of("đăng ký nuôi ngựa")


def test_vectors_are_float32_of_length_one(encoder):
    vectors = encoder.encode(NAMES)
    assert vectors.shape == (len(NAMES), encoder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def known_wholly(folder):
    """Texts all of whose terms are in the table."""
    vocabulary = SyllableEncoder.load(folder)._vocabulary
    texts = ["cấp", "ngựa", "meo", "yến", "lan"]
    assert all(term in vocabulary for text in texts for term in terms_of(text))
    return texts


def test_texts_of_known_terms_have_the_vectors_of_sentence_transformers(folder, encoder, read_by_sentence_transformers):
    texts = known_wholly(folder)
    np.testing.assert_allclose(encoder.encode(texts), read_by_sentence_transformers(texts), atol=2e-3)


def test_texts_with_unknown_terms_have_the_vectors_of_sentence_transformers(encoder, read_by_sentence_transformers):
    texts = [*NAMES, "dang ky nuoi chim", "mèo mướp lông dài"]
    np.testing.assert_allclose(encoder.encode(texts), read_by_sentence_transformers(texts), atol=2e-3)


@pytest.mark.parametrize("text", ["", "?!", "👍", "zzz qqq"])
def test_a_text_of_unknown_terms_has_a_vector_of_zeros(encoder, text):
    assert not encoder.encode([text]).any()


def test_unknown_words_do_not_move_a_text_whose_other_words_are_known(encoder):
    known, with_more = encoder.encode(["vườn lan", "vườn lan zzz qqq"])
    np.testing.assert_allclose(known, with_more, atol=1e-6)


def test_a_vector_does_not_depend_on_its_batch(encoder):
    np.testing.assert_array_equal(encoder.encode([NAMES[2]])[0], encoder.encode(["zzz", *NAMES])[3])


def test_no_texts_give_no_vectors(encoder):
    assert encoder.encode([]).shape == (0, encoder.dimensions)


@pytest.mark.parametrize("typed", [str, fold, str.upper, lambda text: unicodedata.normalize("NFD", text)])
def test_a_name_is_nearest_to_itself_however_it_is_typed(encoder, typed):
    cosines = encoder.encode([typed(name) for name in NAMES]) @ encoder.encode(NAMES).T
    assert cosines.argmax(axis=1).tolist() == list(range(len(NAMES)))
