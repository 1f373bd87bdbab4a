"""The app's tables. Changes go through migrations (`bot/migrations`); a test holds the two together."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
_time = sa.DateTime(timezone=True)
_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

inbox = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("message_id", sa.String(128), nullable=False),
    sa.Column("text", sa.Text),  # redacted before it is stored; gone once answered
    sa.Column("redacted", sa.String(64), nullable=False, server_default=""),  # what was hidden, by kind
    sa.Column("received_at", _time, nullable=False),
    sa.Column("answered_at", _time, index=True),
    sa.UniqueConstraint("channel", "person", "message_id"),
)
outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _id, primary_key=True, autoincrement=True),
    sa.Column("inbox_id", _id, sa.ForeignKey("inbox.id", ondelete="CASCADE"), nullable=False, unique=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("replies", sa.JSON, nullable=False),
    sa.Column("mode", sa.String(20), nullable=False),
    sa.Column("created_at", _time, nullable=False),
    sa.Column("sent_at", _time),
)
people = sa.Table(
    "people",
    metadata,
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Column("created_at", _time, nullable=False),
    sa.Column("seen_at", _time, nullable=False, index=True),
)
checklists = sa.Table(
    "checklists",
    metadata,
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("procedure", sa.String(32), primary_key=True),
    sa.Column("walk", sa.JSON, nullable=False),
    sa.Column("updated_at", _time, nullable=False),
)
buttons = sa.Table(
    "buttons",
    metadata,
    sa.Column("token", sa.String(16), primary_key=True),
    sa.Column("person", sa.String(64), nullable=False, index=True),
    sa.Column("command", sa.JSON, nullable=False),
    sa.Column("created_at", _time, nullable=False),
)
PERSONAL = (outbox, inbox, checklists, buttons, people)  # what deletion must empty, in this order
