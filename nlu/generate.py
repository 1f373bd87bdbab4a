"""Writes the part of the training data that follows from the part written by hand.

    python -m nlu.generate           writes nlu/data/nlu/generated.yml and nlu/grammar/names.txt
    python -m nlu.generate --check   fails if these files are not what would be written

Two things are generated. Subjects put into frames ("lên thổ cư" into "cho em hỏi {x} mất bao lâu"): the same frames
serve questions about procedures, about offices and about neither, so that the classifier learns to go by the subject.
And ways of asking for a facet as follow-up questions, beside some of the questions written for procedures and the names
that our own records go by: "nghỉ bán" alone is no pause. Half of the sentences lose their accents, as in real messages;
the classifier reads none, but the lexicon does. Examples written by hand need no copy without accents.

The names stand in a file of their own as well, for the classifier of facets: a name asks for none.

The files are checked in, because `rasa train` and `rasa data validate` read files and run no code of ours.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

from knowledge.questions import load_questions, texts_by_code
from knowledge.text import expand_chat_spelling, fold
from nlu.asking import NAMES, fragments

HERE = Path(__file__).parent
EXAMPLES = HERE / "data" / "nlu"
GENERATED = EXAMPLES / "generated.yml"
GRAMMAR = HERE / "grammar"
FACETS = HERE / "lexicon" / "facet.yml"
RECORDS = HERE.parent / "knowledge" / "procedures"

# More frames a subject lengthen the training and change nothing measurable.
FRAMES_A_SUBJECT = {"ask": 3, "guidance": 5, "out_of_scope": 3, "emergency": 4, "forbidden": 3}
CORRECTIONS_A_FRAME = 5
QUESTIONS_APART = 3  # of a procedure's questions every third: all of them would outweigh the other acts
FORMAL = ("ask", "out_of_scope")
SEED = 20260901

Examples = dict[str, list[str]]


def main() -> None:
    texts = {GENERATED: render(generate(by_hand())), NAMES: "".join(f"{name}\n" for name in sorted(set(_names())))}
    for path, text in texts.items():
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.exit(f"{path} is out of date: run python -m nlu.generate")


def by_hand() -> Examples:
    """The examples of every file but the generated one, an act to a list."""
    examples: Examples = {}
    for path in sorted(EXAMPLES.glob("*.yml")):
        if path == GENERATED:
            continue
        for block in _load(path)["nlu"]:
            lines = block["examples"].splitlines()
            examples.setdefault(block["intent"], []).extend(line.removeprefix("- ") for line in lines)
    return examples


def generate(written: Examples) -> Examples:
    """Only what is new; a text that two acts would share is given to one, and the written ones come first."""
    owners = {_as_read(text): act for act, texts in written.items() for text in texts}
    generated: Examples = {act: [] for act in written}
    for act, texts in _framed().items():
        for text in texts:
            reading = _as_read(text)
            if reading not in owners:
                owners[reading] = act
                generated[act].append(text)
    return {act: texts for act, texts in generated.items() if texts}


def _framed() -> Examples:
    """Subjects in a few frames, the rest in one; drawn at random but always the same, half without accents."""
    chosen = random.Random(SEED)
    frames = _load(GRAMMAR / "frames.yml")
    result: Examples = {}
    for act, count in FRAMES_A_SUBJECT.items():
        grammar = _load(GRAMMAR / f"{act}.yml")
        pool = frames["any"] + (frames["formal"] if act in FORMAL else [])
        texts = [f.format(x=subject) for subject in grammar["subjects"] for f in chosen.sample(pool, count)]
        texts += [chosen.choice(pool).format(x=subject) for subject in (*grammar.get("once", []), *_pairs(grammar))]
        result[act] = texts
    subjects = _load(GRAMMAR / "ask.yml")["subjects"]
    result["correct"] = [
        frame.format(x=subject)
        for frame in frames["correct"]
        for subject in chosen.sample(subjects, CORRECTIONS_A_FRAME)
    ]
    result["follow_up"] = [chosen.choice(frames["follow_up"]).format(x=phrase) for phrase in _facet_phrases()][::2]
    typed = {act: [fold(text) if chosen.random() < 0.5 else text for text in texts] for act, texts in result.items()}
    for texts in texts_by_code(load_questions()).values():  # these are as people type already
        typed["ask"] += texts[::QUESTIONS_APART]
    typed["ask"] += _names()
    typed["follow_up"] += [text for facet, texts in fragments().items() if facet != "overview" for text in texts][::2]
    return typed


@cache
def _names() -> tuple[str, ...]:
    """What our own records are called in plain words; read as they lie there, since nlu may not import their reader."""
    records = (_load(path) for path in sorted(RECORDS.rglob("*.yml")))
    return tuple(name for record in records for name in (record["plain_name"], *record.get("aliases", ())))


def _facet_phrases() -> Iterator[str]:
    """Ways of asking for a facet; alone in a message they follow up what was said before."""
    for value, phrases in _load(FACETS).items():
        if value != "overview":  # "là gì" alone is the act what_is
            yield from phrases


def _pairs(grammar: dict) -> Iterator[str]:
    for first, then in grammar.get("pairs", []):
        yield from (f"{a} {b}" for a in first for b in then)


def _as_read(text: str) -> str:
    """What the classifier sees of a text: two examples that read the same are one."""
    return fold(expand_chat_spelling(text)) or text


def render(examples: Examples) -> str:
    return "\n".join(_lines(examples)) + "\n"


def _lines(examples: Examples) -> Iterator[str]:
    yield "# Written by `python -m nlu.generate`; edit the other files here and nlu/grammar instead."
    yield 'version: "3.1"'
    yield "nlu:"
    for act, texts in examples.items():
        yield f"  - intent: {act}"
        yield "    examples: |"
        yield from (f"      - {text}" for text in texts)


def _load(path: Path) -> dict:
    with path.open(encoding="utf-8") as file:
        return yaml.safe_load(file)


if __name__ == "__main__":
    main()
