"""Databases to hold the store against, and the app over a small release and a fake Rasa."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.app import create_app
from bot.database import migrate
from bot.served import Served
from bot.settings import Settings
from bot.store import Store, connect
from bot.supervisor import free_port
from knowledge.release import ReleaseStore
from tests.builders import FakeEncoder, release
from tests.conftest import need
from tests.contract.fake_rasa import RASA_SECRET, FakeRasa

NewDatabase = Callable[[], str]


@pytest.fixture(scope="session")
def new_postgres() -> Iterator[NewDatabase]:
    """Gives the URL of an empty database in a PostgreSQL cluster that is thrown away afterwards."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    need(bool(folders and (folders[-1] / "initdb").exists()), "PostgreSQL (Debian: postgresql)")
    programs, port = folders[-1], free_port()
    folder = Path(tempfile.mkdtemp(prefix="motcua-postgres-"))
    as_postgres: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(folder, "postgres", "postgres")
        as_postgres = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str) -> None:
        command = [*as_postgres, str(programs / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

    run("initdb", "--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    run("pg_ctl", "--wait", "--log", str(folder / "log"), "--options", options, "start")
    server = sa.create_engine(f"postgresql+psycopg2://postgres@127.0.0.1:{port}/postgres", isolation_level="AUTOCOMMIT")
    names = iter(f"motcua_{number}" for number in range(10_000))

    def new_database() -> str:
        name = next(names)
        with server.connect() as db:
            db.execute(sa.text(f"CREATE DATABASE {name}"))
        return f"postgresql+psycopg2://postgres@127.0.0.1:{port}/{name}"

    try:
        yield new_database
    finally:
        server.dispose()
        run("pg_ctl", "--mode=immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, on each kind of server in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'app.sqlite'}"
    return str(request.getfixturevalue("new_postgres")())


@pytest.fixture
def engine(database: str) -> Iterator[sa.Engine]:
    migrate(database)
    engine = connect(database)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: sa.Engine) -> Store:
    return Store(engine)


@pytest.fixture(scope="session")
def releases(tmp_path_factory: pytest.TempPathFactory) -> ReleaseStore:
    """One published release of the records in `tests.builders`."""
    root = tmp_path_factory.mktemp("release")
    store = ReleaseStore(root / "releases")
    store.publish(release(root))
    return store


@dataclass
class Running:
    """The app with its fake Rasa, started."""

    app: FastAPI
    http: TestClient
    rasa: FakeRasa
    settings: Settings

    def chat(self, text: str, sender: str = "lan", **more: Any) -> list[dict[str, Any]]:
        response = self.http.post("/api/chat", json={"sender": sender, "text": text, **more})
        assert response.status_code == 200, response.text
        return list(response.json()["replies"])


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("database") / "app.sqlite"
    migrate(f"sqlite:///{path}")
    return path


Start = Callable[..., Running]


@contextmanager
def starting(releases: ReleaseStore, database: Path, folder: Path) -> Iterator[Start]:
    """Starts apps in `folder` and stops them at the end; keyword arguments are settings."""
    with ExitStack() as stack:

        def started(*, address: str = "127.0.0.1", **changes: Any) -> Running:
            settings = Settings(**{"var": folder, "secret": "pepper", "rasa_secret": RASA_SECRET, **changes})
            shutil.copy(database, settings.var / "app.sqlite")
            rasa = FakeRasa()
            app = create_app(settings, rasa=rasa, served=Served(releases, FakeEncoder))  # type: ignore[arg-type]
            rasa.app = app
            http = TestClient(app, client=(address, 50000), raise_server_exceptions=False, follow_redirects=False)
            return Running(app, stack.enter_context(http), rasa, settings)

        yield started


@pytest.fixture
def start(releases: ReleaseStore, empty_database: Path, tmp_path: Path) -> Iterator[Start]:
    with starting(releases, empty_database, tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def shared_app(
    releases: ReleaseStore, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """One app for all tests of a module that only read."""
    with starting(releases, empty_database, tmp_path_factory.mktemp("shared")) as start:
        yield start()


@pytest.fixture
def running(start: Start) -> Running:
    return start()


@pytest.fixture
def http(running: Running) -> TestClient:
    return running.http
