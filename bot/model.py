"""Rasa's model: trained when nothing on disk fits its data, its configuration and our components."""

from __future__ import annotations

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path

from knowledge.settings import PROJECT

RASA = PROJECT / ".venv" / "rasa" / "bin" / "rasa"
_SHARED_MODULES = (
    "knowledge/text.py",
    "knowledge/phrases.py",
    "knowledge/questions.py",
    "knowledge/data/questions.tsv",
)


class ModelError(Exception):
    """Training failed; the message says where to look."""


def fingerprint() -> str:
    """Of everything that goes into a model: pipeline, domain, data, components, and the pinned requirements."""
    files = [PROJECT / "config.yml", *(PROJECT / name for name in _SHARED_MODULES)]
    files += [p for p in sorted((PROJECT / "nlu").rglob("*")) if p.suffix in (".yml", ".py", ".txt", ".tsv")]
    digest = hashlib.sha256()
    for file in files:
        if "tests" not in file.relative_to(PROJECT).parts:
            digest.update(str(file.relative_to(PROJECT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


@cache
def model_path(models: Path) -> Path:
    """Where the fitting model is or will be. What is edited while a process runs counts at its next start."""
    return models / f"motcua-{fingerprint()}.tar.gz"


def environment() -> dict[str, str]:
    """Rasa's own environment variables: quiet, deterministic, no telemetry, and our packages importable."""
    return os.environ | {
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONPATH": str(PROJECT),
        "PYTHONHASHSEED": "0",
        "PYTHONWARNINGS": "ignore",
    }


def ensure_model(models: Path) -> Path:
    """The fitting model, trained now if it has to be (some minutes). Raises `ModelError`."""
    target = model_path(models)
    if target.exists():
        return target
    models.mkdir(parents=True, exist_ok=True)
    log = models / "training.log"
    arguments = ["train", "--config", "config.yml", "--domain", "nlu/domain.yml", "--data", "nlu/data"]
    arguments += ["--out", str(models), "--fixed-model-name", target.name.removesuffix(".tar.gz")]
    with log.open("w", encoding="utf-8") as output:
        done = subprocess.run(
            [str(RASA), *arguments],
            cwd=PROJECT,
            env=environment(),
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode or not target.exists():
        raise ModelError(f"training Rasa failed; see {log}")
    for old in models.glob("motcua-*.tar.gz"):
        if old != target:
            old.unlink()
    return target
