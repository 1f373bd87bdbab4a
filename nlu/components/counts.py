"""Counts of words and of pieces of words, all without their accents."""

from __future__ import annotations

import json
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from sklearn.feature_extraction.text import CountVectorizer

VOCABULARY = "vocabulary.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class CountsFeaturizer(SparseFeaturizer, GraphComponent):
    """What Rasa's CountVectorsFeaturizer does with lemmas, for whole messages only.

    Rasa's also counts for every token by itself, which nothing here reads and which takes half of the training.
    Accents are left out: features with them, and copies of the examples without, were measured to add nothing to
    accented messages and to cost accent-free ones two points.
    """

    def __init__(
        self,
        name: str,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        vocabulary: dict[str, int] | None = None,
    ) -> None:
        """`vocabulary`: from feature to column; None until trained."""
        super().__init__(name, config)
        self._model_storage, self._resource = model_storage, resource
        self._counter = CountVectorizer(
            analyzer=config["analyzer"],
            ngram_range=(config["min_ngram"], config["max_ngram"]),
            token_pattern=r"(?u)\b\w+\b",
            vocabulary=vocabulary,
        )

    @classmethod
    def required_components(cls) -> list[type]:
        return [Tokenizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`analyzer`: word or char_wb (pieces within words)."""
        return {**SparseFeaturizer.get_default_config(), "analyzer": "word", "min_ngram": 1, "max_ngram": 1}

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """scikit-learn checks it."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> CountsFeaturizer:
        return cls(execution_context.node_name, config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> CountsFeaturizer:
        with model_storage.read_from(resource) as folder:
            vocabulary = json.loads((folder / VOCABULARY).read_text(encoding="utf-8"))
        return cls(execution_context.node_name, config, model_storage, resource, vocabulary)

    def train(self, training_data: TrainingData) -> Resource:
        self._counter.fit([_words(example) for example in _with_text(training_data)])
        vocabulary = {feature: int(column) for feature, column in self._counter.vocabulary_.items()}
        with self._model_storage.write_to(self._resource) as folder:
            (folder / VOCABULARY).write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        if messages:
            counts = self._counter.transform([_words(message) for message in messages])
            for row, message in enumerate(messages):
                self.add_features_to_message(None, counts[row].tocoo(), TEXT, message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process(_with_text(training_data))
        return training_data


def _words(message: Message) -> str:
    return " ".join(token.lemma for token in message.get(TOKENS_NAMES[TEXT]))


def _with_text(training_data: TrainingData) -> list[Message]:
    return [example for example in training_data.training_examples if example.get(TEXT)]
