"""Files of questions: the shapes of their lines, and lines that do not fit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from indexer.devdata import Question, read_questions


def written(folder: Path, *lines: str) -> Path:
    file = folder / "questions.jsonl"
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return file


def read_one(folder: Path, row: object) -> Question:
    (question,) = read_questions(written(folder, json.dumps(row, ensure_ascii=False)))
    return question


@pytest.mark.parametrize(
    ("row", "question"),
    [
        (
            {"text": "xin nuôi ong", "codes": ["9.100001", "9.100002"], "kind": "procedure", "grade": "plain"},
            Question("xin nuôi ong", frozenset({"9.100001", "9.100002"}), "procedure", "plain"),
        ),
        (
            {"id": 7, "question": "Nuôi ong phải khai không?", "codes": ["9.100001"], "certain": True},
            Question("Nuôi ong phải khai không?", frozenset({"9.100001"}), "certain"),
        ),
        (
            {"question": "Thả diều ban đêm?", "codes": ["9.100020"], "certain": False},
            Question("Thả diều ban đêm?", frozenset({"9.100020"}), "uncertain"),
        ),
        (
            {"text": "mở giùm bài nhạc", "expect": "decline", "category": "music"},
            Question("mở giùm bài nhạc", frozenset(), "decline", "music"),
        ),
        ({"text": "trời hôm nay sao", "codes": []}, Question("trời hôm nay sao", frozenset(), "uncertain")),
        (
            {"text": "tổ ong mấy đồng, mấy hôm", "facets": ["time", "fee"]},
            Question("tổ ong mấy đồng, mấy hôm", frozenset(), "uncertain", "", frozenset({"fee", "time"})),
        ),
    ],
    ids=["phrasing", "portal question", "uncertain", "no procedure", "no codes", "facets"],
)
def test_a_line_of_each_shape_is_read(row: dict[str, Any], question: Question, tmp_path: Path) -> None:
    assert read_one(tmp_path, row) == question


def test_asking_for_nothing_is_a_label_and_no_label_is_none(tmp_path: Path) -> None:
    assert read_one(tmp_path, {"text": "nuôi ong", "facets": []}).facets == frozenset()
    assert read_one(tmp_path, {"text": "nuôi ong"}).facets is None


def test_questions_come_in_the_order_of_the_file_without_its_blank_lines(tmp_path: Path) -> None:
    file = written(tmp_path, '{"text": "một tổ"}', "", "   ", '{"text": "hai tổ"}')
    assert [q.text for q in read_questions(file)] == ["một tổ", "hai tổ"]
    assert read_questions(written(tmp_path)) == []


def test_without_accents_only_the_text_differs() -> None:
    asked = Question("thả diều ở đê", frozenset({"9.100020"}), "procedure", "plain", frozenset({"place"}))
    typed = asked.without_accents()
    assert typed.text == "tha dieu o de"
    assert (typed.codes, typed.kind, typed.grade, typed.facets) == (asked.codes, "procedure", "plain", asked.facets)


@pytest.mark.parametrize(
    "line",
    [
        "không phải JSON",
        '{"text": "thiếu ngoặc"',
        '{"codes": ["9.100001"]}',
        '{"text": "", "codes": ["9.100001"]}',
        '{"text": "nuôi ong", "codes": 9}',
        '{"text": "nuôi ong", "facets": null}',
        '["nuôi ong"]',
        '"nuôi ong"',
    ],
)
def test_a_line_that_does_not_fit_is_named_with_its_file(line: str, tmp_path: Path) -> None:
    file = written(tmp_path, '{"text": "một tổ"}', "", line)
    with pytest.raises(ValueError, match=r"questions\.jsonl:3: ") as error:
        read_questions(file)
    assert str(file) in str(error.value)


@pytest.mark.parametrize("row", [{"text": "nuôi ong", "codes": "9.100001"}, {"text": "nuôi ong", "facets": "fee"}])
def test_a_single_name_in_place_of_a_list_does_not_fit(row: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"questions\.jsonl:1: "):
        read_one(tmp_path, row)
