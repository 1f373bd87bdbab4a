"""Inbox, outbox, people, checklists, buttons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_time = sa.DateTime(timezone=True)
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(128), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("redacted", sa.String(64), server_default="", nullable=False),
        sa.Column("received_at", _time, nullable=False),
        sa.Column("answered_at", _time),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("channel", "person", "message_id", name="uq_inbox_channel_person_message_id"),
    )
    op.create_index("ix_inbox_person", "inbox", ["person"])
    op.create_index("ix_inbox_answered_at", "inbox", ["answered_at"])
    op.create_table(
        "outbox",
        sa.Column("id", _id, autoincrement=True, nullable=False),
        sa.Column("inbox_id", _id, nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("replies", sa.JSON(), nullable=False),
        sa.Column("mode", sa.String(20), nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("sent_at", _time),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name="fk_outbox_inbox_id_inbox", ondelete="CASCADE"),
        sa.UniqueConstraint("inbox_id", name="uq_outbox_inbox_id"),
    )
    op.create_index("ix_outbox_person", "outbox", ["person"])
    op.create_table(
        "people",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("state", sa.JSON(), nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.Column("seen_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_people"),
    )
    op.create_index("ix_people_seen_at", "people", ["seen_at"])
    op.create_table(
        "checklists",
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("procedure", sa.String(32), nullable=False),
        sa.Column("walk", sa.JSON(), nullable=False),
        sa.Column("updated_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("person", "procedure", name="pk_checklists"),
    )
    op.create_table(
        "buttons",
        sa.Column("token", sa.String(16), nullable=False),
        sa.Column("person", sa.String(64), nullable=False),
        sa.Column("command", sa.JSON(), nullable=False),
        sa.Column("created_at", _time, nullable=False),
        sa.PrimaryKeyConstraint("token", name="pk_buttons"),
    )
    op.create_index("ix_buttons_person", "buttons", ["person"])


def downgrade() -> None:
    for table in ("buttons", "checklists", "people", "outbox", "inbox"):
        op.drop_table(table)
