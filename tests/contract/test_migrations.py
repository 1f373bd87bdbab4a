"""The migrations make exactly the tables that the code uses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from bot.database import migrate
from bot.store import Store, connect
from bot.tables import metadata
from knowledge.settings import PROJECT


@pytest.fixture
def config(database: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "bot" / "migrations"))
    config.attributes["url"] = database
    return config


def tables(url: str) -> set[str]:
    engine = sa.create_engine(url)
    try:
        return set(sa.inspect(engine).get_table_names()) - {"alembic_version"}
    finally:
        engine.dispose()


def test_the_migrated_schema_is_that_of_the_tables(engine: sa.Engine) -> None:
    with engine.connect() as db:
        says_defaults = engine.dialect.name != "sqlite"  # which gives '' back in quotes
        context = MigrationContext.configure(db, opts={"compare_type": True, "compare_server_default": says_defaults})
        assert compare_metadata(context, metadata) == []


def test_a_table_that_is_missing_would_be_noticed(engine: sa.Engine) -> None:
    more = sa.MetaData()
    for table in metadata.sorted_tables:
        table.to_metadata(more)
    sa.Table("letters", more, sa.Column("id", sa.Integer, primary_key=True))
    with engine.connect() as db:
        assert compare_metadata(MigrationContext.configure(db), more)


def test_migrating_again_changes_nothing(database: str) -> None:
    migrate(database)
    before = tables(database)
    migrate(database)
    assert tables(database) == before == {table.name for table in metadata.sorted_tables}


def test_all_the_way_back_leaves_nothing(config: Config, database: str) -> None:
    command.upgrade(config, "head")
    command.downgrade(config, "base")
    assert tables(database) == set()


def test_there_is_one_newest_migration(config: Config) -> None:
    from alembic.script import ScriptDirectory

    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_the_store_finds_its_database(engine: sa.Engine) -> None:
    Store(engine).ping()


def test_the_usual_postgresql_url_works(new_postgres: Callable[[], str]) -> None:
    url = new_postgres().replace("postgresql+psycopg2://", "postgresql://")
    migrate(url)
    Store(connect(url)).ping()
