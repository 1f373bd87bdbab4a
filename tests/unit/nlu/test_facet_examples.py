"""What the classifier of facets learns from, as shipped: labels, repeats, and nothing that it is measured on."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from indexer.devdata import read_questions
from knowledge.procedure import Facet
from knowledge.questions import load_questions
from knowledge.text import fold, nfc, squeeze, words
from nlu.asking import BESIDE, MESSAGES, SUBJECTS, examples, fragments
from tests.conftest import DATA

FACETS = {facet.value for facet in Facet}
NO_FACET = "-"


def spoken(text: str) -> str:
    """The words alone: case, accents and marks aside."""
    return " ".join(words(fold(text)))


def read(path) -> object:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def messages() -> list[list[str]]:
    return [line.split("\t") for line in MESSAGES.read_text(encoding="utf-8").splitlines()]


FRAGMENTS = [(facet, text) for facet, texts in fragments().items() for text in texts]
NOT_ASKING = [*read(BESIDE), *read(SUBJECTS)["subjects"]]


def test_there_are_fragments_for_every_facet_and_for_nothing_else() -> None:
    assert set(fragments()) == FACETS
    assert all(fragments().values())


def test_no_fragment_stands_under_two_facets() -> None:
    facets: dict[str, set[str]] = {}
    for facet, text in FRAGMENTS:
        facets.setdefault(spoken(text), set()).add(facet)
    assert {text: found for text, found in facets.items() if len(found) > 1} == {}


def test_no_fragment_is_written_twice() -> None:
    assert [text for (_, text), n in Counter(FRAGMENTS).items() if n > 1] == []


def test_what_asks_for_nothing_is_no_fragment() -> None:
    assert {spoken(text) for text in NOT_ASKING} & {spoken(text) for _, text in FRAGMENTS} == set()


@pytest.mark.parametrize("texts", [[t for _, t in FRAGMENTS], NOT_ASKING], ids=["fragments", "beside and subjects"])
def test_texts_are_composed_and_tidy(texts: list[str]) -> None:
    assert [text for text in texts if text != squeeze(nfc(text)) or not words(text)] == []


def test_a_message_is_a_label_and_a_text() -> None:
    odd = [row for row in messages() if len(row) != 2 or not all(cell.strip() for cell in row)]
    assert odd == []


def test_messages_are_labelled_only_with_facets() -> None:
    labels = {label: label.split() for label, _ in messages()}
    assert [label for label, names in labels.items() if label != NO_FACET and not set(names) <= FACETS] == []
    assert [label for label, names in labels.items() if len(set(names)) < len(names)] == []


def test_every_facet_is_asked_for_alone_and_beside_another_and_some_messages_ask_for_nothing() -> None:
    labels = [label.split() for label, _ in messages()]
    assert {names[0] for names in labels if len(names) == 1} == FACETS | {NO_FACET}
    assert {name for names in labels if len(names) > 1 for name in names} == FACETS


def test_no_message_is_written_twice() -> None:
    assert [text for text, n in Counter(spoken(text) for _, text in messages()).items() if n > 1] == []


def test_questions_of_procedures_are_labelled_only_with_facets() -> None:
    assert {facet for question in load_questions() for facet in question.facets} <= FACETS


@pytest.mark.parametrize("name", ["facets-heldout", "messages-heldout"])
def test_no_held_out_message_is_an_example(name: str) -> None:
    trained = {spoken(text) for text, *_ in examples()}
    assert [q.text for q in read_questions(DATA / f"{name}.jsonl") if spoken(q.text) in trained] == []


@pytest.mark.parametrize("name", ["facets-dev", "facets-heldout", "messages-heldout"])
def test_what_is_measured_is_labelled_only_with_facets(name: str) -> None:
    asked = read_questions(DATA / f"{name}.jsonl")
    assert {facet for question in asked for facet in question.facets or ()} == FACETS
