"""What messaging platforms need: kinds and turns of messages, deliveries, addresses, tickets, leases, secrets."""

from __future__ import annotations

from contextlib import AbstractContextManager

import sqlalchemy as sa
from alembic import op
from alembic.operations.base import BatchOperations

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _rebuilt(table: str) -> AbstractContextManager[BatchOperations]:
    """SQLite gives the ids of deleted rows out again, unless the table was made with AUTOINCREMENT."""
    always = op.get_context().dialect.name == "sqlite"
    return op.batch_alter_table(
        table, recreate="always" if always else "auto", table_kwargs={"sqlite_autoincrement": True}
    )


def upgrade() -> None:
    with _rebuilt("inbox") as table:
        table.add_column(sa.Column("kind", sa.String(20), nullable=False, server_default="text"))
        table.add_column(sa.Column("turn", _id))
    op.create_index("ix_inbox_turn", "inbox", ["turn"])
    columns = (
        sa.Column("is_last", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("state", sa.String(10), nullable=False, server_default="open"),
        sa.Column("parts_sent", sa.Integer, nullable=False, server_default="0"),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("next_at", _time),
        sa.Column("reason", sa.String(200), nullable=False, server_default=""),
    )
    with _rebuilt("outbox") as table:
        for column in columns:
            table.add_column(column)
    op.create_index("ix_outbox_channel_state_next_at", "outbox", ["channel", "state", "next_at"])
    op.create_table(
        "addresses",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(128), nullable=False),
        sa.Column("unreachable", sa.String(200), nullable=False, server_default=""),
        sa.Column("human_until", _time),
        sa.PrimaryKeyConstraint("person", name="pk_addresses"),
    )
    op.create_table(
        "tickets",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("walk", sa.JSON, nullable=False),
        sa.Column("expires_at", _time, nullable=False),
        sa.Column("used_by", _id),
        sa.PrimaryKeyConstraint("code_hash", name="pk_tickets"),
    )
    op.create_index("ix_tickets_expires_at", "tickets", ["expires_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("holder", sa.String(40), nullable=False),
        sa.Column("until", _time, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_leases"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.JSON, nullable=False),
        sa.Column("updated_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )


def downgrade() -> None:
    for table in ("secrets", "leases", "tickets", "addresses"):
        op.drop_table(table)
    op.drop_index("ix_outbox_channel_state_next_at", "outbox")
    for name in ("is_last", "state", "parts_sent", "attempts", "next_at", "reason"):
        op.drop_column("outbox", name)
    op.drop_index("ix_inbox_turn", "inbox")
    for name in ("kind", "turn"):
        op.drop_column("inbox", name)
