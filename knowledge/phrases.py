"""The lexicon of questions: facets, topics, moves and filler, and where they stand in a message.

Rasa's extractor and the app read it alike, so a search strips the same words as the dialogue. Needs PyYAML and the
standard library only: both environments import this module.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge.text import AMBIGUOUS, CHAT_SPELLING, Word, expand_chat_spelling, fold, nfc, spans, squeeze, words

LEXICON = Path(__file__).parent.parent / "nlu" / "lexicon"
# Never emitted: words that look like a facet or filler inside the name of a procedure.
KEEP = "keep"
ASKING = {"facet", "asking", "filler", "move"}  # what is no part of a search
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
        return all(agrees(t, w) for t, w in zip(typed, self.words, strict=True))


class Lexicon:
    """Finds the longest phrase at each word, left to right: moves, then facets, then filler ("em cần | cần gì").

    These never overlap. A topic may overlap them: "nộp hồ sơ ở đâu" is both the place of a procedure and
    the address of an office, and the act tells which is meant. So may a way of asking ("asking"), which is longer and
    more varied than the words of a facet; the classifier of facets learns from it.
    """

    def __init__(self, phrases: list[Phrase]) -> None:
        self._keep, self._moves, self._facets, self._filler, self._topics, self._asking = (
            _Index([phrase for phrase in phrases if phrase.entity == entity])
            for entity in (KEEP, "move", "facet", "filler", "topic", "asking")
        )

    @classmethod
    def load(cls, folder: Path) -> Lexicon:
        """One file an entity, `value: [phrases]`; a phrase that ends in "!" is exact."""
        return cls([p for path in sorted(folder.glob("*.yml")) for p in _read(path)])

    def find(self, text: str) -> list[Match]:
        message = written_out(text)
        key = _key([word.text for word in message])
        kept = [(start, end) for start, end, _ in self._keep.walk(message, key)]
        found: list[tuple[int, int, Phrase]] = []
        for index in (self._moves, self._facets, self._filler):
            found += index.walk(message, key, kept, [(start, end) for start, end, _ in found])
        found += self._asking.walk(message, key, kept)
        found += self._topics.walk(message, key, kept)
        return [
            Match(phrase.entity, phrase.value, message[start].start, message[end - 1].end)
            for start, end, phrase in found
        ]

    def without_asking(self, text: str) -> str:
        """The message without moves, facet words and politeness: what it is about, and what is searched for."""
        composed = nfc(text)
        rest = cut(composed, ((m.start, m.end) for m in self.find(composed) if m.entity in ASKING))
        return rest if words(rest) else ""


Span = tuple[int, int]
Key = tuple[str, ...]  # words without accents


class _Index:
    """Phrases by their words without accents. Spans count words, not letters."""

    def __init__(self, phrases: list[Phrase]) -> None:
        self._by_key: dict[Key, list[Phrase]] = {}
        self._longest: dict[str, int] = {}  # by the first word of phrases, how many words the longest has
        for phrase in phrases:
            key = _key(phrase.words)
            self._by_key.setdefault(key, []).append(phrase)
            self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))

    def walk(
        self, message: list[Word], key: Key, kept: Sequence[Span] = (), taken: Sequence[Span] = ()
    ) -> Iterator[tuple[int, int, Phrase]]:
        """Phrases that cut nothing kept and touch nothing taken; `key`: the words of the message, folded."""
        start = 0
        while start < len(message):
            end, phrase = self._longest_at(message, key, start, kept, taken)
            if phrase is not None:
                yield start, end, phrase
            start = end

    def _longest_at(
        self, message: list[Word], key: Key, start: int, kept: Sequence[Span], taken: Sequence[Span]
    ) -> tuple[int, Phrase | None]:
        for end in range(min(start + self._longest.get(key[start], 0), len(message)), start, -1):
            candidates = self._by_key.get(key[start:end], ())
            if not candidates or not _whole_words(message, start, end):
                continue
            if _cuts((start, end), kept) or any(start < b and a < end for a, b in taken):
                continue
            typed = tuple(word.text for word in message[start:end])
            for phrase in candidates:
                if phrase.matches(typed):
                    return end, phrase
        return start + 1, None


def _cuts(span: Span, kept: Sequence[Span]) -> bool:
    """Whether a span takes a piece of a kept phrase; taking it with words around it is fine."""
    start, end = span
    return any(start < b and a < end and not (start <= a and b <= end and span != (a, b)) for a, b in kept)


def cut(text: str, places: Iterable[tuple[int, int]]) -> str:
    """`text` without the given places, which may overlap, its ends without punctuation."""
    kept, cursor = [], 0
    for start, end in sorted(places):
        kept.append(text[cursor:start])
        cursor = max(cursor, end)
    return squeeze(" ".join([*kept, text[cursor:]])).strip(" ,.;:?!-")


def agrees(typed: str, word: str) -> bool:
    """Whether what was typed may be `word`: accents may be missing, but none may differ.

    "phi" and "phí" agree with "phí", "phỉ" does not. A tone mark counts for the word, not the letter: "hoá", "hóa".
    """
    typed_letters, typed_tone = _spelled(typed)
    letters, tone = _spelled(word)
    if typed_tone and typed_tone != tone:
        return False
    if len(typed_letters) != len(letters):
        return False
    return all(t in (w, fold(w)) for t, w in zip(typed_letters, letters, strict=True))


def _spelled(word: str) -> tuple[str, str]:
    """The letters of a word with their hats and horns, and its tone mark."""
    decomposed = unicodedata.normalize("NFD", word)
    tone = "".join(c for c in decomposed if c in _TONES)
    return unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES)), tone


def _key(words: Sequence[str]) -> Key:
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


def written_out(text: str) -> list[Word]:
    """ "bn tien" → bao, nhiêu, tien: the first two both stand where "bn" stood.

    `expand_chat_spelling` decides what a word means and `spans` where it stands; this lays the one along the other.
    """
    meant = expand_chat_spelling(text).split()
    result: list[Word] = []
    for typed in spans(text):
        reading = next(r for r in _readings(typed.text) if meant[len(result) : len(result) + len(r)] == r)
        result += [Word(word, typed.start, typed.end) for word in reading]
    return result


def _readings(token: str) -> list[list[str]]:
    readings = AMBIGUOUS.get(token) or (CHAT_SPELLING.get(token, token),)
    return [reading.split() for reading in readings]
