"""The examples of the classifier of facets: always the same, and every facet in them alone and in pairs."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import combinations

import pytest

from knowledge.procedure import Facet
from knowledge.questions import load_questions
from knowledge.settings import PROJECT
from knowledge.text import fold
from nlu import asking
from nlu.asking import FILES, Example, digest, examples, fragments

FACETS = {facet.value for facet in Facet}
PRINTED = """
import hashlib
from nlu.asking import examples
said = [(text, sorted(facets)) for text, facets, _ in examples()]
print(hashlib.sha256(repr(said).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def known() -> list[Example]:
    return examples()


def test_the_examples_are_the_same_every_time(known: list[Example]) -> None:
    assert examples() == known


def test_the_examples_are_the_same_in_every_process() -> None:
    printed = {
        subprocess.run(
            [sys.executable, "-c", PRINTED],
            cwd=PROJECT,
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1


def test_nothing_is_labelled_with_what_is_no_facet(known: list[Example]) -> None:
    assert {facet for _, facets, _ in known for facet in facets} == FACETS


@pytest.mark.parametrize("facet", sorted(FACETS))
def test_a_facet_is_asked_for_by_itself(facet: str, known: list[Example]) -> None:
    alone = {text for text, facets, _ in known if facets == {facet}}
    assert alone >= set(fragments()[facet])


def test_any_two_facets_are_asked_for_together(known: list[Example]) -> None:
    together = {facets for _, facets, _ in known if len(facets) == 2}
    assert together == {frozenset(pair) for pair in combinations(FACETS, 2)}


def test_many_messages_ask_for_nothing(known: list[Example]) -> None:
    assert 0.1 < sum(not facets for _, facets, _ in known) / len(known) < 0.5


def test_many_messages_are_typed_without_accents(known: list[Example]) -> None:
    assert 0.2 < sum(text == fold(text) for text, *_ in known) / len(known) < 0.6


def test_the_questions_of_procedures_come_as_they_are_written(known: list[Example]) -> None:
    assert {(q.text, frozenset(q.facets)) for q in load_questions()} <= {(e.text, e.facets) for e in known}


def test_no_text_has_two_labels(known: list[Example]) -> None:
    labels: dict[str, set[frozenset[str]]] = {}
    for text, facets, _ in known:
        labels.setdefault(text, set()).add(facets)
    assert [text for text, found in labels.items() if len(found) > 1] == []


def test_no_example_is_blank_or_broken_over_lines(known: list[Example]) -> None:
    assert [text for text, *_ in known if not text.strip() or "\n" in text or "\t" in text] == []


@pytest.mark.parametrize("number", range(len(FILES)), ids=[path.name for path in FILES])
def test_the_digest_follows_each_file(number: int, tmp_path, monkeypatch) -> None:
    copies = [tmp_path / f"{n}-{path.name}" for n, path in enumerate(FILES)]
    for path, copied in zip(FILES, copies, strict=True):
        copied.write_bytes(path.read_bytes())
    before = digest()
    monkeypatch.setattr(asking, "FILES", tuple(copies))
    assert digest() == before
    copies[number].write_bytes(copies[number].read_bytes() + b"\n")
    assert digest() != before
