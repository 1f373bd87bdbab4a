"""Trains the syllable encoder on the records that a release is made of.

A training pair is a question and a passage of the same procedure. Questions are made from what is there: names and
aliases with words dropped, put into frames of asking, half of them without accents; pieces of the record's own text
(inverse cloze); and the questions written for what is much used. All other passages of a batch are wrong answers,
but those of the same family. Batches hold neighbours of one ministry, so that cấp mới, đổi and cấp lại stand against
each other.

The same records, settings and torch give the same table (seed; digest of the data). docs/model-card.md has figures and
limits.
"""

from __future__ import annotations

import hashlib
import math
import random
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from sys import intern
from typing import Any

import yaml

from knowledge.fitted import UNKNOWN, terms_of
from knowledge.passages import Passage, names_of
from knowledge.procedure import Procedure
from knowledge.text import expand_chat_spelling, fold, words

FRAMES = Path(__file__).parent.parent / "nlu" / "grammar" / "frames.yml"
VERSION = 2  # raised when the training changes: tables of before are not taken from the cache
DIMENSIONS = 256
BATCH = 512
STEPS_A_TEXT = 0.08  # names and questions; own records alone take some 370 steps
MOST_STEPS = 1000  # the national set
LEARNING_RATE = 0.01
SCALE = 20.0  # cosines are spread by this before the softmax
FROM_TEXT = 0.35  # share of questions made from a record's text
NEIGHBOURS = 0.5  # share of a batch drawn from one ministry's records
WITHOUT_ACCENTS = 0.4
SEED = 20261122

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Subject:
    """One procedure as training material."""

    code: str
    family: str
    ministry: str
    passages: tuple[str, ...]  # names, aliases
    questions: tuple[str, ...]
    text: tuple[str, ...]  # sentences of the record


def subjects_of(
    procedures: Sequence[Procedure], passages: Sequence[Passage], family_of: Mapping[str, str]
) -> list[Subject]:
    by_code: dict[str, list[Passage]] = defaultdict(list)
    for passage in passages:
        by_code[passage.code].append(passage)
    return [
        Subject(
            p.code,
            family_of[p.code],
            p.ministry,
            tuple(name.text for name in names_of(by_code[p.code])),
            p.questions,
            tuple(_text_of(p)),
        )
        for p in procedures
    ]


def _text_of(p: Procedure) -> Iterator[str]:
    pieces = [p.summary, p.requirements, *(s.text for s in p.steps), *(d.name for d in p.documents())]
    yield from (piece for piece in (*pieces, *(c.label for c in p.cases)) if len(piece) > 15)


def digest_of(subjects: Sequence[Subject]) -> str:
    digest = hashlib.sha256(f"{VERSION} {DIMENSIONS} {SEED} {FRAMES.read_text(encoding='utf-8')}".encode())
    for subject in subjects:
        digest.update(repr(subject).encode())
    return digest.hexdigest()[:16]


def fit_or_reuse(subjects: Sequence[Subject], cache: Path, progress: Progress) -> Path:
    """The folder of the trained encoder; trained only where the cache has none for these very data."""
    folder = cache / f"syllables-{digest_of(subjects)}"
    if not folder.is_dir():
        unfinished = cache / f".{folder.name}"
        shutil.rmtree(unfinished, ignore_errors=True)
        save(fit(subjects, progress), unfinished)
        unfinished.rename(folder)
    return folder


def fit(subjects: Sequence[Subject], progress: Progress = lambda done, total: None) -> Any:
    """A sentence-transformers model. Imports torch, which takes seconds."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import WhitespaceSplit

    maker = QuestionMaker(subjects, random.Random(SEED))
    vocabulary, weights = _vocabulary(subjects)
    torch.manual_seed(SEED)
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = WhitespaceSplit()
    table = torch.randn(len(vocabulary), DIMENSIONS) * torch.tensor(weights)[:, None] * 0.3 / math.sqrt(DIMENSIONS)
    module = StaticEmbedding(tokenizer, embedding_weights=table.numpy())
    families = {name: i for i, name in enumerate(sorted({s.family for s in subjects}))}
    optimizer = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
    steps = max(1, min(MOST_STEPS, int(STEPS_A_TEXT * sum(len(s.passages) + len(s.questions) for s in subjects))))
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = LEARNING_RATE * (1 - 0.9 * step / steps)
        drawn = maker.batch()
        pairs = [maker.pair(subject) for subject in drawn]
        asked, meant = (_encode(module, [pair[side] for pair in pairs]) for side in (0, 1))
        family = torch.tensor([families[subject.family] for subject in drawn])
        alike = (family[:, None] == family[None, :]) & ~torch.eye(len(pairs), dtype=torch.bool)
        scores = (asked @ meant.T * SCALE).masked_fill(alike, -1e9)
        loss = torch.nn.functional.cross_entropy(scores, torch.arange(len(pairs)))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            module.embedding.weight[0] = 0  # a word nobody knows says nothing, in training as in a query
        progress(step + 1, steps)
    return SentenceTransformer(modules=[module], device="cpu")


def save(model: Any, folder: Path) -> None:
    """As a sentence-transformers model, in half precision: the table is all there is."""
    model.half()
    model.save(str(folder), create_model_card=False)


def _encode(module: Any, texts: Sequence[str]) -> Any:
    import torch

    features = module.preprocess([_terms(text) for text in texts])
    return torch.nn.functional.normalize(module(features)["sentence_embedding"], dim=1)


@lru_cache(maxsize=131_072)  # names and written questions come again and again
def _terms(text: str) -> str:
    return " ".join(terms_of(text))


@lru_cache(maxsize=65_536)
def _words(text: str) -> list[str]:
    """For taking a stretch of; a page of text has hundreds of words and few different ones, so each is kept once."""
    return [intern(word) for word in words(text)]


def _vocabulary(subjects: Sequence[Subject]) -> tuple[dict[str, int], list[float]]:
    """Terms of passages and questions, and syllables that texts have at least three times; each with its rarity."""
    said: Counter[str] = Counter()
    written: Counter[str] = Counter()
    for subject in subjects:
        for text in (*subject.passages, *subject.questions):
            said.update(set(terms_of(text)))
        for text in subject.text:
            written.update({term for term in terms_of(text) if "_" not in term})
    total = sum(len(s.passages) for s in subjects)
    kept = [t for t, n in sorted(said.items()) if n > 1 or "_" not in t]
    kept += [t for t, n in sorted(written.items()) if n > 2 and t not in said]
    vocabulary = {UNKNOWN: 0} | {term: i for i, term in enumerate(kept, 1)}
    rarity = [math.log(1 + total / (1 + (said[term] or written[term]))) for term in kept]
    return vocabulary, [0.0, *rarity]


class QuestionMaker:
    """Batches of subjects, and for each a question and the passage that answers it; random, but always the same."""

    def __init__(self, subjects: Sequence[Subject], chance: random.Random) -> None:
        frames = yaml.safe_load(FRAMES.read_text(encoding="utf-8"))
        self._frames = [*frames["any"], *frames["formal"]]
        self._subjects = [s for s in subjects if s.passages]
        self._written = [s for s in self._subjects if s.questions or len(s.passages) > 1]
        self._neighbours: Mapping[str, list[Subject]] = defaultdict(list)
        for subject in self._subjects:
            self._neighbours[subject.ministry].append(subject)
        self._chance = chance

    def batch(self) -> list[Subject]:
        """`BATCH` subjects: neighbours of one, own records more often than their number, and any."""
        around = self._neighbours[self._chance.choice(self._subjects).ministry]
        drawn = [self._chance.choice(around) for _ in range(int(BATCH * NEIGHBOURS))]
        while len(drawn) < BATCH:
            drawn.append(self._chance.choice(self._written or self._subjects if len(drawn) % 3 else self._subjects))
        return drawn

    def pair(self, subject: Subject) -> tuple[str, str]:
        passage = self._chance.choice(subject.passages)
        if subject.questions and self._chance.random() < 0.5:
            return self._typed(self._chance.choice(subject.questions)), passage
        if subject.text and self._chance.random() < FROM_TEXT:
            return self._typed(self._from_text(subject)), passage
        others = [p for p in subject.passages if p != passage]
        source = self._chance.choice(others) if others and self._chance.random() < 0.7 else passage
        return self._typed(self._chance.choice(self._frames).format(x=self._shortened(source))), passage

    def _from_text(self, subject: Subject) -> str:
        """A stretch of the record, mostly with a stretch of its name, as long questions have."""
        stretch = self._stretch(_words(self._chance.choice(subject.text)), 6, 25)
        if self._chance.random() < 0.7:
            stretch += self._stretch(_words(self._chance.choice(subject.passages)), 3, 8)
        return " ".join(stretch)

    def _shortened(self, text: str) -> str:
        all_words = words(expand_chat_spelling(text))
        if len(all_words) > 12 and self._chance.random() < 0.7:
            all_words = self._stretch(all_words, 5, 12)
        dropped = self._chance.choice((0.0, 0.1, 0.2, 0.35))
        return " ".join([w for w in all_words if self._chance.random() >= dropped] or all_words)

    def _stretch(self, all_words: list[str], least: int, most: int) -> list[str]:
        length = self._chance.randint(least, most)
        start = self._chance.randrange(max(1, len(all_words) - length + 1))
        return all_words[start : start + length]

    def _typed(self, text: str) -> str:
        return fold(text) if self._chance.random() < WITHOUT_ACCENTS else text
