"""How a message is built, whatever it is about: the difference between "còn phí?" and "phí trước bạ xe cũ"."""

from __future__ import annotations

from typing import Any

import scipy.sparse
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.featurizers.sparse_featurizer.sparse_featurizer import SparseFeaturizer
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from knowledge.phrases import LEXICON, Lexicon
from knowledge.text import nfc, spans

CUT = ("facet", "asking", "filler")
ENTITIES = ("facet", "filler", "topic")
# A count falls into the last step that it reaches: 0, 1, 2 ... words, then 6 to 8, 9 to 15 and so on.
STEPS = (0, 1, 2, 3, 4, 5, 6, 9, 16, 31)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class ShapeFeaturizer(SparseFeaturizer, GraphComponent):
    """How many words a message has, how many are left without facets and filler, and which kinds of phrase it holds.

    Only kinds, not values: a phrase or a topic can be added to the lexicon without training anew.
    """

    def __init__(self, name: str, config: dict[str, Any], lexicon: Lexicon) -> None:
        super().__init__(name, config)
        self._lexicon = lexicon

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShapeFeaturizer:
        return cls(execution_context.node_name, {**cls.get_default_config(), **config}, Lexicon.load(LEXICON))

    @classmethod
    def validate_config(cls, config: dict[str, Any]) -> None:
        """Nothing to configure."""

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            self._featurize(message)
        return messages

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        self.process([example for example in training_data.training_examples if example.get(TEXT)])
        return training_data

    def _featurize(self, message: Message) -> None:
        row = scipy.sparse.coo_matrix([shape(message.get(TEXT) or "", self._lexicon)])
        self.add_features_to_message(sequence=None, sentence=row, attribute=TEXT, message=message)


def shape(text: str, lexicon: Lexicon) -> list[int]:
    """Zeros and ones, `2 × len(STEPS) + len(ENTITIES)` of them."""
    found = lexicon.find(text)
    words = list(spans(nfc(text)))
    cut = [(match.start, match.end) for match in found if match.entity in CUT]
    left = [word for word in words if not any(start <= word.start < end for start, end in cut)]
    present = {match.entity for match in found}
    return [*_step(len(words)), *_step(len(left)), *(int(entity in present) for entity in ENTITIES)]


def _step(count: int) -> list[int]:
    reached = max(index for index, step in enumerate(STEPS) if step <= count)
    return [int(index == reached) for index in range(len(STEPS))]
