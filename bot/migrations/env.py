"""Alembic's entry: run with the URL that `bot.database.migrate` passes in."""

from __future__ import annotations

from alembic import context

from bot.store import connect
from bot.tables import metadata

engine = connect(context.config.attributes["url"])
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
