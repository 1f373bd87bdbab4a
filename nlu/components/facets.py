"""Which sides of a procedure a message asks for: none, one or several."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.feature_extraction.text import CountVectorizer

from knowledge.phrases import LEXICON, Lexicon
from knowledge.text import expand_chat_spelling, fold, words
from nlu.asking import digest, examples, fragments
from nlu.clauses import clauses

FACETS = "facets"  # the key of the answer: [{"name", "confidence"}], surest first
VOCABULARIES, WEIGHTS = "vocabularies.json", "weights.npz"
BEGINNING, ENDING = 2, 4  # words of a text that are also counted with where they stand


def edges(text: str) -> list[str]:
    """The first words, the last ones and pairs of these, marked as such: what is asked stands at the end."""
    said = words(text)
    last = said[-ENDING:]
    return [*(f"^{word}" for word in said[:BEGINNING]), *(f"{word}$" for word in last),
            *(f"{one} {other}$" for one, other in pairwise(last))]  # fmt: skip


ANALYZERS = (
    {"analyzer": "word", "ngram_range": (1, 4), "token_pattern": r"(?u)\b\w+\b"},
    {"analyzer": "char_wb", "ngram_range": (2, 5)},
    {"analyzer": edges},
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class FacetClassifier(GraphComponent):
    """Logistic regressions, one a facet, over words, their pieces, the text's edges and the lexicon's facets.

    All without accents.

    Each clause is read by itself as well: in "em mới sinh con, chồng ở quê, giờ làm ở đâu và cần gì" what is asked is a
    few words of many. The confidence is the mean of the whole message's and that of its surest reading.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        *,
        vocabularies: list[dict[str, int]] | None = None,
        rarities: np.ndarray | None = None,
        weights: np.ndarray | None = None,
    ) -> None:
        """`weights` are facets × (features + lexicon's facets + 1), the last column being the intercept."""
        self._config, self._model_storage, self._resource = config, model_storage, resource
        self._lexicon = Lexicon.load(LEXICON)
        self._facets = sorted(fragments())
        self._counters = [
            CountVectorizer(min_df=2, vocabulary=vocabulary, **analyzer)
            for analyzer, vocabulary in zip(ANALYZERS, vocabularies or [None] * len(ANALYZERS))
        ]
        self._rarities, self._weights = rarities, weights

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C`: how far the weights may follow the examples.

        `threshold`: confidence from which a facet is asked for; `named`: from which one is that the lexicon's words
        name, where none reaches the threshold.
        """
        return {"C": 30, "threshold": 0.5, "named": 0.3, "tol": 0.01, "random_state": 42}

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """The examples are read from files of our own, which Rasa does not watch."""
        return digest()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FacetClassifier:
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FacetClassifier:
        with model_storage.read_from(resource) as folder, np.load(folder / WEIGHTS) as stored:
            vocabularies = json.loads((folder / VOCABULARIES).read_text(encoding="utf-8"))
            return cls(
                config,
                model_storage,
                resource,
                vocabularies=vocabularies,
                rarities=stored["rarities"],
                weights=stored["weights"],
            )

    def train(self, training_data: TrainingData) -> Resource:
        from joblib import Parallel, delayed
        from sklearn.linear_model import LogisticRegression

        known = examples()
        texts = [_as_read(example.text) for example in known]
        counts = [counter.fit_transform(texts) for counter in self._counters]
        present = np.concatenate([np.asarray((count > 0).sum(axis=0)).ravel() for count in counts])
        self._rarities = np.log((1 + len(known)) / (1 + present)) + 1
        rows = self._rows([example.text for example in known], counts)
        counted = [example.weight for example in known]
        settings = {name: self._config[name] for name in ("C", "tol", "random_state")}
        fitted = Parallel(n_jobs=-1)(
            delayed(LogisticRegression(solver="liblinear", **settings).fit)(
                rows, [facet in example.facets for example in known], sample_weight=counted
            )
            for facet in self._facets
        )
        self._weights = np.array([np.append(f.coef_[0], f.intercept_) for f in fitted], dtype=np.float32)
        with self._model_storage.write_to(self._resource) as folder:
            vocabularies = [{k: int(v) for k, v in c.vocabulary_.items()} for c in self._counters]
            (folder / VOCABULARIES).write_text(json.dumps(vocabularies, ensure_ascii=False), encoding="utf-8")
            np.savez_compressed(folder / WEIGHTS, rarities=self._rarities, weights=self._weights)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text = message.get(TEXT) or ""
            confidences = self.confidences(text)
            likely = [i for i in np.argsort(-confidences) if confidences[i] >= self._config["named"]]
            asked = [i for i in likely if confidences[i] >= self._config["threshold"]]
            if not asked and likely:  # "o dau" at the end of a story
                named = self._named(text)
                asked = [i for i in likely if named[i]]
            found = [{"name": self._facets[i], "confidence": float(confidences[i])} for i in asked]
            message.set(FACETS, found, add_to_output=True)
        return messages

    def confidences(self, text: str) -> np.ndarray:
        """Shape (facets,)."""
        readings = self._likelihoods([text, *clauses(text)])
        return (readings[0] + readings.max(axis=0)) / 2

    def _likelihoods(self, texts: list[str]) -> np.ndarray:
        scores = self._rows(texts, self._counts(texts)) @ self._weights[:, :-1].T + self._weights[:, -1]
        return 1 / (1 + np.exp(-scores))

    def _counts(self, texts: list[str]) -> list[csr_matrix]:
        read = [_as_read(text) for text in texts]
        return [counter.transform(read) for counter in self._counters]

    def _rows(self, texts: list[str], counts: list[csr_matrix]) -> csr_matrix:
        """Counts, damped, weighted by rarity, each kind of length one; then the lexicon's facets."""
        blocks, start = [], 0
        for count in counts:
            block = count.astype(np.float64)
            block.data = 1 + np.log(block.data)
            block = block @ diags(self._rarities[start : start + block.shape[1]])
            lengths = np.sqrt(block.multiply(block).sum(axis=1)).A1
            blocks.append(diags(1 / np.where(lengths == 0, 1, lengths)) @ block)
            start += block.shape[1]
        return hstack([*blocks, csr_matrix([self._named(text) for text in texts])]).tocsr()

    def _named(self, text: str) -> list[float]:
        named = {match.value for match in self._lexicon.find(text) if match.entity == "facet"}
        return [float(facet in named) for facet in self._facets]


def _as_read(text: str) -> str:
    return fold(expand_chat_spelling(text))
