"""The real system, started once: Rasa, the app, a release, on free ports and in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from bot.database import migrate
from bot.model import RASA, ensure_model
from bot.settings import Settings
from bot.supervisor import Supervisor, free_port
from knowledge.settings import PROJECT, KnowledgeSettings
from tests.conftest import DATA, need


@dataclass(frozen=True)
class System:
    """A running Một Cửa. `is_national` says whether the subset of national records is in its release."""

    url: str
    settings: Settings
    supervisor: Supervisor
    is_national: bool

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=20)


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    need(RASA.exists(), "Rasa's environment (make setup)")
    is_national = (KnowledgeSettings().shared / "data").is_dir()
    var = tmp_path_factory.mktemp("system")
    settings = Settings(
        var=var, models=PROJECT / "var" / "models", port=free_port(), rasa_port=free_port(), release_poll=0.5
    )
    ensure_model(settings.models)
    build_release(settings)
    migrate(settings.app_database)
    supervisor = Supervisor(settings, say=print)
    try:
        supervisor.start()
        yield System(f"http://127.0.0.1:{settings.port}", settings, supervisor, is_national)
    finally:
        supervisor.stop()


def build_release(settings: Settings, *, subset: bool = True) -> None:
    """Our own records and, with `subset` and where they are present, the fixed subset of national ones.

    Forced: fewer records find less, and the gate is tested where it stands (tests/unit/indexer).
    """
    arguments = ["-m", "indexer", "build", "--publish", "--force"]
    if subset:
        arguments += ["--subset", str(DATA / "subset-codes.txt")]
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=PROJECT,
        env=os.environ | {"MOTCUA_VAR": str(settings.var), "MOTCUA_NATIONAL": str(subset).lower()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def client(system: System) -> Iterator[httpx.Client]:
    with system.client() as client:
        yield client


@pytest.fixture(scope="session")
def logs(system: System) -> Path:
    return system.settings.var / "logs"
