"""The pictures of the evaluation: three files, whatever was measured."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from indexer.devdata import Question
from indexer.evaluate import Understood
from indexer.pictures import draw

NAMES = ["acts.png", "calibration.png", "facets.png"]
PNG = b"\x89PNG\r\n\x1a\n"


def row(
    act: str = "ask", *, score: float = 0.0, right: bool = False, wanted: Sequence[str] = (), found: Sequence[str] = ()
) -> Understood:
    question = Question("nuôi ong", frozenset({"9.100001"}), "decline", facets=frozenset(wanted))
    return Understood(question, act, "answer", right, score, frozenset(found))


DECIDED = {"ong": [row(score=0.95, right=True), row(score=0.31), row(score=1.0, right=True), row("guidance")]}
REACTED = {"decline": [row("out_of_scope"), row("ask")]}
FACETED = {
    "facets-dev": [
        row(wanted=["fee"], found=["fee"]),
        row(wanted=["fee", "time"], found=["time", "place"]),
        row(wanted=["form"]),
        row(found=["online"]),
        row(),
    ]
}


def size(file: Path) -> tuple[int, int]:
    """Width and height, from the header of a PNG file."""
    header = file.read_bytes()[:24]
    assert header.startswith(PNG)
    return int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")


def test_three_pictures_are_drawn_into_a_folder_that_need_not_exist(tmp_path: Path) -> None:
    folder = tmp_path / "docs" / "pictures"
    draw(folder, DECIDED, REACTED, FACETED)
    assert sorted(file.name for file in folder.iterdir()) == NAMES
    for name in NAMES:
        assert min(size(folder / name)) > 100, name


def test_a_second_drawing_replaces_the_first(tmp_path: Path) -> None:
    draw(tmp_path, DECIDED, REACTED, FACETED)
    before = size(tmp_path / "acts.png")
    more = [row(act) for act in ("greet", "thank", "goodbye", "person", "guidance", "walk")]
    draw(tmp_path, DECIDED, {"decline": more}, FACETED)
    after = size(tmp_path / "acts.png")
    assert after[0] > before[0]


def test_more_facets_make_a_larger_table(tmp_path: Path) -> None:
    few = {"few": [row(wanted=["fee"], found=["fee"])]}
    for name, faceted in (("few", few), ("many", FACETED)):
        draw(tmp_path / name, DECIDED, REACTED, faceted)
    assert all(f < m for f, m in zip(*(size(tmp_path / n / "facets.png") for n in ("few", "many")), strict=True))


@pytest.mark.parametrize("decided", [{"ong": [row(score=0.5, right=True)]}, {"ong": [row()]}], ids=["one", "no score"])
def test_a_single_question_is_enough(decided: dict[str, list[Understood]], tmp_path: Path) -> None:
    draw(tmp_path, decided, REACTED, FACETED)
    assert min(size(tmp_path / "calibration.png")) > 100
