"""The lexicon: phrases read from YAML, and where they stand in a message."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.text import Word, expand_chat_spelling, fold
from nlu.components.spelling import written_out

# Emitted as nothing: words that would look like a facet or filler inside the name of a procedure.
KEEP = "keep"
_TONES = "\u0300\u0301\u0303\u0309\u0323"


@dataclass(frozen=True)
class Match:
    """`start` and `end` are places in the NFC text."""

    entity: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class Phrase:
    """`exact`: only with its accents typed ("mình" is filler, the "minh" of "chung minh" is not)."""

    words: tuple[str, ...]
    entity: str
    value: str
    exact: bool = False

    def matches(self, typed: tuple[str, ...]) -> bool:
        if self.exact:
            return typed == self.words
        return all(agrees(t, w) for t, w in zip(typed, self.words))


class Lexicon:
    """Finds the longest phrase at each word, left to right; matches never overlap."""

    def __init__(self, phrases: list[Phrase]) -> None:
        self._by_key: dict[tuple[str, ...], list[Phrase]] = {}
        for phrase in phrases:
            self._by_key.setdefault(_key(phrase.words), []).append(phrase)
        self._longest = max((len(p.words) for p in phrases), default=0)

    @classmethod
    def load(cls, folder: Path) -> Lexicon:
        """One file an entity, `value: [phrases]`; a phrase that ends in "!" is exact."""
        return cls([p for path in sorted(folder.glob("*.yml")) for p in _read(path)])

    def find(self, text: str) -> list[Match]:
        message = written_out(text)
        found: list[Match] = []
        at = 0
        while at < len(message):
            phrase = self._longest_at(message, at)
            if phrase is None:
                at += 1
                continue
            end = at + len(phrase.words)
            if phrase.entity != KEEP:
                found.append(Match(phrase.entity, phrase.value, message[at].start, message[end - 1].end))
            at = end
        return found

    def _longest_at(self, message: list[Word], at: int) -> Phrase | None:
        for length in range(min(self._longest, len(message) - at), 0, -1):
            if not _whole_words(message, at, at + length):
                continue
            typed = tuple(word.text for word in message[at : at + length])
            for phrase in self._by_key.get(_key(typed), ()):
                if phrase.matches(typed):
                    return phrase
        return None


def agrees(typed: str, word: str) -> bool:
    """Whether what was typed may be `word`: accents may be missing, but none may differ.

    "phi" and "phí" agree with "phí", "phỉ" does not. A tone mark counts for the word, not the letter: "hoá", "hóa".
    """
    typed_letters, typed_tone = _spelled(typed)
    letters, tone = _spelled(word)
    if typed_tone and typed_tone != tone:
        return False
    return len(typed_letters) == len(letters) and all(
        t == w or t == fold(w) for t, w in zip(typed_letters, letters)
    )


def _spelled(word: str) -> tuple[str, str]:
    """The letters of a word with their hats and horns, and its tone mark."""
    decomposed = unicodedata.normalize("NFD", word)
    tone = "".join(c for c in decomposed if c in _TONES)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES)), tone


def _key(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(fold(word) for word in words)


def _whole_words(message: list[Word], start: int, end: int) -> bool:
    """No match begins or ends inside an abbreviation ("đkkd" holds "đăng ký", but is not that phrase)."""
    cut_before = start > 0 and message[start - 1].start == message[start].start
    cut_after = end < len(message) and message[end].start == message[end - 1].start
    return not (cut_before or cut_after)


def _read(path: Path) -> Iterator[Phrase]:
    with path.open(encoding="utf-8") as file:
        values: dict[str, list[str]] = yaml.safe_load(file) or {}
    for value, phrases in values.items():
        for phrase in phrases:
            words = tuple(expand_chat_spelling(phrase).split())
            yield Phrase(words, entity=path.stem, value=value, exact=phrase.endswith("!"))
