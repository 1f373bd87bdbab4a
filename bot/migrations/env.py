"""Alembic's entry: run with the URL that `bot.database.migrate` passes in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

from bot.store import driver_url
from bot.tables import metadata

# No foreign keys on SQLite: a table that is rebuilt would take the rows that hang on it along.
engine = sa.create_engine(driver_url(context.config.attributes["url"]), hide_parameters=True)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
