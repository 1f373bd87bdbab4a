"""A store of its own for every test, on SQLite, and a worker over it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.store import Store, connect
from bot.tables import metadata
from bot.worker import Worker
from tests.unit.bot.turns import FakeRasa, worker_over


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    engine = connect(f"sqlite:///{tmp_path / 'app.sqlite'}")
    metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def store(engine: sa.Engine) -> Store:
    return Store(engine)


@pytest.fixture
def rasa(store: Store) -> FakeRasa:
    return FakeRasa(store)


@pytest.fixture
async def worker(store: Store, rasa: FakeRasa) -> AsyncIterator[Worker]:
    worker = worker_over(store, rasa)
    yield worker
    await worker.stop()
