"""A trained model fits as long as nothing that goes into it has changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot import model

FILES = {
    "config.yml": "pipeline: []",
    "knowledge/text.py": "A = 1",
    "knowledge/phrases.py": "B = 1",
    "knowledge/questions.py": "C = 1",
    "knowledge/data/questions.tsv": "1.900001\t-\tnuôi ong",
    "nlu/domain.yml": "intents: []",
    "nlu/data/rules.yml": "rules: []",
    "nlu/data/nlu/ask.yml": "nlu: []",
    "nlu/components/classifier.py": "C = 1",
    "nlu/requirements.txt": "rasa==3.6.21",
    "nlu/tests/stories.yml": "stories: []",
    "nlu/README.md": "About",
    "actions/answer.py": "D = 1",
    "knowledge/procedures/ong.yml": "code: 9.100001",
}
COUNTS = [
    name
    for name in FILES
    if name.startswith(
        ("config", "nlu/d", "nlu/c", "nlu/r", "knowledge/t", "knowledge/ph", "knowledge/q", "knowledge/d")
    )
]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(model, "PROJECT", tmp_path)
    return tmp_path


def test_nothing_changed_nothing_to_train(project: Path) -> None:
    before = model.fingerprint()
    (project / "config.yml").write_text(FILES["config.yml"], encoding="utf-8")
    assert model.fingerprint() == before


@pytest.mark.parametrize("name", COUNTS)
def test_a_change_of_what_goes_into_a_model_asks_for_another(project: Path, name: str) -> None:
    before = model.fingerprint()
    (project / name).write_text(FILES[name] + "\n# changed", encoding="utf-8")
    assert model.fingerprint() != before


@pytest.mark.parametrize("name", sorted(set(FILES) - set(COUNTS)))
def test_records_actions_tests_and_prose_need_no_training(project: Path, name: str) -> None:
    before = model.fingerprint()
    (project / name).write_text(FILES[name] + "\n# changed", encoding="utf-8")
    assert model.fingerprint() == before


def test_a_new_file_of_training_data_counts(project: Path) -> None:
    before = model.fingerprint()
    (project / "nlu" / "data" / "nlu" / "more.yml").write_text("nlu: []", encoding="utf-8")
    assert model.fingerprint() != before


def test_a_renamed_file_counts(project: Path) -> None:
    before = model.fingerprint()
    (project / "nlu" / "data" / "nlu" / "ask.yml").rename(project / "nlu" / "data" / "nlu" / "asking.yml")
    assert model.fingerprint() != before


def test_a_fitting_model_is_taken_without_training(project: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    model.model_path(models).write_bytes(b"")
    assert model.ensure_model(models) == model.model_path(models)


def test_what_is_edited_during_training_does_not_lose_the_model(project: Path, tmp_path: Path) -> None:
    before = model.model_path(tmp_path / "models")
    (project / "config.yml").write_text("pipeline: [changed]", encoding="utf-8")
    assert model.model_path(tmp_path / "models") == before


def test_rasa_sends_no_telemetry_and_repeats_itself() -> None:
    assert model.environment()["RASA_TELEMETRY_ENABLED"] == "false"
    assert model.environment()["PYTHONHASHSEED"] == "0"
