"""Vietnamese words as Rasa tokens."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from knowledge.text import Word, fold, nfc
from nlu.components.spelling import written_out

# Rasa's featurizer makes all numbers one; with a letter before them the short ones stay apart: "số 2", "113", "mức 4".
_NUMBER = re.compile(r"\d{1,3}")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class VietnameseTokenizer(Tokenizer):
    """A token is a word as meant ("ntn" gives "như", "thế", "nào"); its lemma is the same word without accents.

    Words that came out of one abbreviation share its place in the message.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"intent_tokenization_flag": False, "intent_split_symbol": "_"}

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        text = nfc(message.get(attribute))
        tokens = [Token(word.text, word.start, word.end, lemma=fold(word.text)) for word in written_out(text)]
        # Featurizers need at least one token: "???" and "👍" have no word.
        return tokens or [Token(text or " ", 0)]


def _token(word: Word) -> Token:
    text = f"n{word.text}" if _NUMBER.fullmatch(word.text) else word.text
    return Token(text, word.start, word.end, lemma=fold(text))
