"""Examples that train the classifier of facets: messages with the facets they ask for.

The questions written for procedures, and the messages of `grammar/messages.tsv`, come as they are. The fragments of
`lexicon/asking.yml` come alone, as follow-ups, and put beside subjects: one fragment, two, or only what asks for
nothing (`grammar/beside.yml`). Facets come as plain nouns, too, one to three of them (`grammar/nouns.yml`), and the
names of our own records (`grammar/names.txt`) ask for nothing. Random, but always the same. Standard library and PyYAML
only.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import yaml

from knowledge.questions import NO_FACET, QUESTIONS, load_questions
from knowledge.text import fold

HERE = Path(__file__).parent
FRAGMENTS = HERE / "lexicon" / "asking.yml"
BESIDE = HERE / "grammar" / "beside.yml"
FRAMES = HERE / "grammar" / "frames.yml"
SUBJECTS = HERE / "grammar" / "ask.yml"
NOUNS = HERE / "grammar" / "nouns.yml"
NAMES = HERE / "grammar" / "names.txt"  # written by nlu.generate
MESSAGES = HERE / "grammar" / "messages.tsv"
FILES = (FRAGMENTS, BESIDE, FRAMES, SUBJECTS, NOUNS, NAMES, MESSAGES, QUESTIONS, Path(__file__))

MESSAGE_WEIGHT = 3  # messages written for their facets count three times
CORRECTIONS = 15  # subjects a frame of correcting
ALONE, ONE, TWO, NONE = 1, 2, 4000, 1500  # times a fragment comes alone, with a subject; pairs; messages asking nothing
BY_NOUNS = {1: 400, 2: 700, 3: 200}  # messages with so many nouns
BARE, WHOLE = 2500, 400  # names alone, and asked about as a whole
WITHOUT_ACCENTS = 0.4
BETWEEN = (", ", " và ", " ", ", còn ", " với ", " rồi ")
SEED = 20261122

Labelled = tuple[str, frozenset[str]]


class Example(NamedTuple):
    text: str
    facets: frozenset[str]
    weight: int = 1  # as if it stood there so many times


def digest() -> str:
    """What the examples depend on."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in FILES)).hexdigest()


def fragments() -> dict[str, list[str]]:
    """Ways of asking, by facet."""
    return _load(FRAGMENTS)


def examples() -> list[Example]:
    questions = [Example(q.text, frozenset(q.facets)) for q in load_questions()]
    composed = (Example(text, facets) for text, facets in _composed(random.Random(SEED)))
    return [*questions, *_messages(), *composed]


def _messages() -> Iterator[Example]:
    for line in MESSAGES.read_text(encoding="utf-8").splitlines():
        facets, text = line.split("\t")
        yield Example(text, frozenset(facets.replace(NO_FACET, "").split()), MESSAGE_WEIGHT)


def _composed(chance: random.Random) -> Iterator[Labelled]:
    asking = [(text, facet) for facet, texts in fragments().items() for text in texts]
    beside, subjects = _load(BESIDE), _load(SUBJECTS)["subjects"]

    def typed(text: str) -> str:
        return fold(text) if chance.random() < WITHOUT_ACCENTS else text

    yield from ((text, frozenset((facet,))) for text, facet in asking * ALONE)
    yield from ((text, frozenset()) for text in (*beside, *subjects))
    for text, facet in asking * ONE:
        subject = chance.choice(subjects)
        opening = f"{chance.choice(beside)} " if chance.random() < 0.2 else ""
        order = f"{subject} {text}" if chance.random() < 0.75 else f"{text} {subject}"
        yield typed(opening + order), frozenset((facet,))
    for _ in range(TWO):
        (first, one), (second, other) = chance.sample(asking, 2)
        asked = f"{first}{chance.choice(BETWEEN)}{second}"
        subject = chance.choice(subjects)
        yield typed(chance.choice((f"{subject} {asked}", f"{subject} {asked}", asked))), frozenset((one, other))
    for frame in _load(FRAMES)["correct"]:  # "không phải, ý tôi là gia hạn tạm trú"
        for subject in chance.sample(subjects, CORRECTIONS):
            yield typed(frame.format(x=subject)), frozenset()
    for _ in range(NONE):
        pair = [chance.choice(subjects), chance.choice(beside)]
        chance.shuffle(pair)
        yield typed(" ".join(pair)), frozenset()
    yield from ((typed(text), facets) for text, facets in _by_nouns(chance, subjects))
    yield from ((typed(text), frozenset()) for text in _names(chance))


def _by_nouns(chance: random.Random, subjects: list[str]) -> Iterator[Labelled]:
    grammar = _load(NOUNS)
    for count, times in BY_NOUNS.items():
        for _ in range(times):
            facets = chance.sample(sorted(grammar["nouns"]), count)
            nouns = {key: chance.choice(grammar["nouns"][facet]) for key, facet in zip("abc", facets)}
            frame = chance.choice(grammar["frames"][count])
            yield frame.format(x=chance.choice(subjects), **nouns), frozenset(facets)


def _names(chance: random.Random) -> Iterator[str]:
    names, frames = NAMES.read_text(encoding="utf-8").splitlines(), _load(NOUNS)["whole"]
    yield from chance.sample(names, min(BARE, len(names)))
    yield from (chance.choice(frames).format(x=name) for name in chance.sample(names, min(WHOLE, len(names))))


def _load(path: Path) -> dict:
    with path.open(encoding="utf-8") as file:
        return yaml.safe_load(file)
