"""Vietnamese words as Rasa tokens."""

from __future__ import annotations

import re
from typing import Any

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message

from knowledge.phrases import written_out
from knowledge.text import Word, fold, nfc

# A number stands for itself as far as it can mean something: "số 2", "mức 4", "113". Others are all alike.
_SMALL = re.compile(r"\d{1,2}")
_NUMBER = re.compile(r"\d[\d.,]*")
_EMERGENCY_NUMBERS = {"111", "112", "113", "114", "115"}


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
        tokens = [_token(word) for word in written_out(text)]
        # Featurizers need at least one token: "???" and "👍" have no word.
        return tokens or [Token(text or " ", 0)]


def _token(word: Word) -> Token:
    text = _number(word.text) if _NUMBER.fullmatch(word.text) else word.text
    return Token(text, word.start, word.end, lemma=fold(text))


def _number(digits: str) -> str:
    """Spelled so that 113 has no piece in common with 1 and 3."""
    if digits in _EMERGENCY_NUMBERS:
        return f"emergency{digits}"
    return f"n{digits}" if _SMALL.fullmatch(digits) else "number"
