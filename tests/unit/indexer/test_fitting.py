"""The training of the syllable encoder: repeatable, kept, and worth something."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from indexer.fitting import Subject, digest_of, fit, fit_or_reuse, save, subjects_of
from knowledge.fitted import TABLE, TOKENIZER, SyllableEncoder
from knowledge.passages import Passage
from knowledge.procedure import Step
from knowledge.settings import PROJECT
from knowledge.text import fold
from tests.unit.knowledge.samples import procedure

NAMES_AND_WORDS = [
    ("đăng ký nuôi chim bồ câu", "xây chuồng cho mấy con gáy"),
    ("cấp thẻ huấn luyện ngựa", "dạy tuấn mã phi nước đại"),
    ("hỗ trợ trồng dâu tằm", "kén tơ dệt lụa"),
    ("khai thác tổ yến", "nước bọt chim quý làm món bổ"),
    ("cấp giấy thú y cho mèo", "tiêm ngừa con miu"),
    ("công nhận vườn lan", "giò hoa quý treo giàn"),
    ("xác nhận tuổi rùa", "cụ quy sống mấy trăm năm"),
    ("thu hồi giấy phép nuôi cá sấu", "bò sát đầm lầy cắn người"),
    ("phê duyệt phương án đào giếng", "khoan lấy mạch ngầm"),
    ("cho phép tổ chức hội đua thuyền", "bơi chải mùa lũ"),
    ("kiểm tra độ vang của chuông", "đúc đồng treo gác"),
    ("đặt tên cho con đường làng", "ngõ xóm chưa có biển"),
]
SUBJECTS = [
    Subject(f"1.9{i:05}", f"f{i}", "Bộ Thú", (name,), (), (f"Chủ hộ nộp tờ khai {name}.",))
    for i, (name, _) in enumerate(NAMES_AND_WORDS)
]
OPENINGS = ("tui muốn", "cho hỏi", "nhà em", "giờ cần", "làm sao để", "em tính", "xin phép", "ở đây")
TAUGHT = [
    replace(subject, questions=tuple(f"{opening} {said}" for opening in OPENINGS))
    for subject, (_, said) in zip(SUBJECTS, NAMES_AND_WORDS, strict=True)
]
TRAIN_ELSEWHERE = """
import sys
from pathlib import Path
from indexer.fitting import fit, save
from tests.unit.indexer.test_fitting import SUBJECTS
save(fit(SUBJECTS), Path(sys.argv[1]))
"""


class Progress:
    """Remembers how far the training told it to be."""

    def __init__(self):
        self.said = []

    def __call__(self, done, total):
        self.said.append((done, total))


def contents(folder):
    return {f.relative_to(folder).as_posix(): f.read_bytes() for f in folder.rglob("*") if f.is_file()}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The cache after a first training, and what was told of it."""
    progress = Progress()
    folder = fit_or_reuse(SUBJECTS, tmp_path_factory.mktemp("cache"), progress)
    return folder, progress


# The digest


def test_the_same_data_have_the_same_digest():
    assert digest_of([replace(s) for s in SUBJECTS]) == digest_of(SUBJECTS)


@pytest.mark.parametrize(
    "change",
    [
        {"code": "1.999999"},
        {"family": "khác"},
        {"ministry": "Bộ Cây"},
        {"passages": ("nuôi bồ câu",)},
        {"questions": ("nuôi bồ câu làm sao",)},
        {"text": ("Nộp ở xã.",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_other_data_have_another_digest(change):
    assert digest_of([replace(SUBJECTS[0], **change), *SUBJECTS[1:]]) != digest_of(SUBJECTS)


def test_a_subject_less_is_another_digest():
    assert digest_of(SUBJECTS[1:]) != digest_of(SUBJECTS)


# The table


def test_trained_in_another_process_it_is_the_same_table(trained, tmp_path):
    """Hashes of strings differ there, and so the order of every set."""
    elsewhere = tmp_path / "elsewhere"
    subprocess.run(
        [sys.executable, "-c", TRAIN_ELSEWHERE, str(elsewhere)],
        cwd=PROJECT,
        env={"PATH": "", "PYTHONHASHSEED": "7", "PYTHONPATH": str(PROJECT)},
        check=True,
        capture_output=True,
    )
    assert contents(elsewhere) == contents(trained[0])


def test_training_tells_how_far_it_is(trained):
    _, progress = trained
    total = progress.said[-1][1]
    assert progress.said == [(step, total) for step in range(1, total + 1)]


def test_the_table_is_kept_in_half_precision(trained):
    from safetensors.numpy import load_file

    (table,) = load_file(trained[0] / TABLE).values()
    assert table.dtype == np.float16


# The cache


def test_what_was_trained_is_taken_from_the_cache(trained):
    folder, _ = trained
    before, again = contents(folder), Progress()
    assert fit_or_reuse(SUBJECTS, folder.parent, again) == folder
    assert again.said == []
    assert contents(folder) == before


def test_other_data_are_trained_beside_it(trained):
    folder, _ = trained
    again = Progress()
    other = fit_or_reuse(SUBJECTS[1:], folder.parent, again)
    assert other != folder
    assert again.said
    assert folder.is_dir()


def test_a_folder_left_half_written_is_not_taken(trained, tmp_path):
    name = trained[0].name
    left = tmp_path / f".{name}"
    left.mkdir()
    (left / TOKENIZER).write_text("{", encoding="utf-8")
    (left / "left.txt").write_text("", encoding="utf-8")
    progress = Progress()
    folder = fit_or_reuse(SUBJECTS, tmp_path, progress)
    assert progress.said
    assert [f.name for f in tmp_path.iterdir()] == [name]
    assert contents(folder) == contents(trained[0])


def test_a_training_that_fails_leaves_nothing_to_be_taken(trained, tmp_path):
    def stopped(done, total):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_or_reuse(SUBJECTS, tmp_path, stopped)
    assert not (tmp_path / trained[0].name).exists()


# What it learns


def test_after_training_a_question_finds_the_passage_it_shares_no_word_with(tmp_path):
    save(fit(TAUGHT), tmp_path / "syllables")
    encoder = SyllableEncoder.load(tmp_path / "syllables")
    asked = [f"bác ơi {said}" for _, said in NAMES_AND_WORDS]
    for texts in (asked, [fold(text) for text in asked]):
        nearest = (encoder.encode(texts) @ encoder.encode([name for name, _ in NAMES_AND_WORDS]).T).argmax(axis=1)
        assert nearest.tolist() == list(range(len(NAMES_AND_WORDS)))


# Subjects


def test_a_subject_has_its_names_its_questions_and_its_longer_sentences():
    bird = procedure(
        "1.900001", ministry="Bộ Chim", questions=("nuôi chim làm sao",), summary="Cho ai muốn nuôi bồ câu.",
        steps=(Step(text="Nộp tờ khai ở xã."), Step(text="Chờ.")),
    )  # fmt: skip
    fish = procedure("1.900002", "Nuôi cá")
    passages = [
        Passage("1.900001", "đăng ký nuôi chim"),
        Passage("1.900002", "nuôi cá"),
        Passage("1.900001", "nuôi chim", is_question=True),
    ]
    of_bird, of_fish = subjects_of([bird, fish], passages, {"1.900001": "chim", "1.900002": "cá"})
    assert of_bird == Subject(
        "1.900001", "chim", "Bộ Chim", ("đăng ký nuôi chim",), ("nuôi chim làm sao",),
        ("Cho ai muốn nuôi bồ câu.", "Nộp tờ khai ở xã."),
    )  # fmt: skip
    assert (of_fish.passages, of_fish.questions, of_fish.text) == (("nuôi cá",), (), ())
