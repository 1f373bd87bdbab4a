"""Which act a message is."""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.nlu.featurizers.featurizer import Featurizer
from rasa.shared.nlu.constants import (
    FEATURE_TYPE_SENTENCE,
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix, hstack, spmatrix, vstack

RANKING_LENGTH = 10
WEIGHTS = "weights.npz"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class ActClassifier(IntentClassifier, GraphComponent):
    """Logistic regression over the sparse features of the pipeline, one act against all others.

    Rasa has one of its own. It weighs all acts alike, which makes every unknown word more likely a "có rồi" than a
    question, there being twenty times as many questions; it takes longer rows for surer ones, so that stories drown
    in their small words; and its solver takes five times as long to err more.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        *,
        acts: np.ndarray,
        weights: np.ndarray,
    ) -> None:
        """`acts` are n names; `weights` are n × (features + 1), the last column being the intercept."""
        self._config, self._model_storage, self._resource = config, model_storage, resource
        self._acts, self._weights = acts, weights

    @classmethod
    def required_components(cls) -> list[type]:
        return [Featurizer]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`C`: how far the weights may follow the examples; `tol`: when to stop; `random_state`: the same again."""
        return {"C": 64, "tol": 0.01, "random_state": 42}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ActClassifier:
        return cls(config, model_storage, resource, acts=np.array([]), weights=np.empty((0, 1)))

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> ActClassifier:
        with model_storage.read_from(resource) as folder, np.load(folder / WEIGHTS) as stored:
            return cls(config, model_storage, resource, acts=stored["acts"], weights=stored["weights"])

    def train(self, training_data: TrainingData) -> Resource:
        from sklearn.linear_model import LogisticRegression

        examples = [e for e in training_data.intent_examples if e.get(TEXT)]
        regression = LogisticRegression(
            solver="liblinear",
            C=self._config["C"],
            tol=self._config["tol"],
            random_state=self._config["random_state"],
        ).fit(_rows(examples), [e.get(INTENT) for e in examples])
        self._acts = regression.classes_
        self._weights = np.hstack([regression.coef_, regression.intercept_[:, None]]).astype(np.float32)
        with self._model_storage.write_to(self._resource) as folder:
            np.savez_compressed(folder / WEIGHTS, acts=self._acts.astype(str), weights=self._weights)
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            ranking = self._ranking(message)
            message.set(INTENT, ranking[0], add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        return messages

    def _ranking(self, message: Message) -> list[dict[str, Any]]:
        """The likeliest acts first. Each regression says how likely its act is; confidences are their shares."""
        scores = _rows([message]) @ self._weights[:, :-1].T + self._weights[:, -1]
        likelihoods = 1 / (1 + np.exp(-scores[0]))
        confidences = likelihoods / likelihoods.sum()
        return [
            {INTENT_NAME_KEY: str(self._acts[i]), PREDICTED_CONFIDENCE_KEY: float(confidences[i])}
            for i in np.argsort(-confidences)[:RANKING_LENGTH]
        ]


def _rows(messages: list[Message]) -> csr_matrix:
    """One row a message, each of length one: the sentence features side by side, in the order of the pipeline."""
    blocks: dict[str, list[spmatrix]] = {}
    for message in messages:
        for feature in message.features:
            if feature.attribute == TEXT and feature.type == FEATURE_TYPE_SENTENCE and feature.is_sparse():
                blocks.setdefault(feature.origin, []).append(feature.features)
    rows = hstack([vstack(block) for block in blocks.values()]).tocsr().astype(np.float64)
    lengths = np.sqrt(rows.multiply(rows).sum(axis=1)).A1
    lengths[lengths == 0] = 1
    return csr_matrix(rows.multiply(1 / lengths[:, None]))
