"""Whether a danger is named: "con tôi 4 tuổi", "nghiệm thu phòng cháy" only sound like an emergency."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml

from knowledge.phrases import KEEP, Lexicon, Phrase
from knowledge.text import expand_chat_spelling


def is_named(text: str) -> bool:
    return bool(_phrases().find(text))


@cache
def _phrases() -> Lexicon:
    phrases = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return Lexicon(
        [
            Phrase(tuple(expand_chat_spelling(phrase).split()), entity, kind, phrase.endswith("!"))
            for kind, entity in (("said", "topic"), ("harmless", KEEP))
            for phrase in phrases[kind]
        ]
    )
