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
OPEN, WAITING, SENT, DEAD, DROPPED = "open", "waiting", "sent", "dead", "dropped"  # states of an answer
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
    sa.Column("kind", sa.String(20), nullable=False, server_default="text"),
    sa.Column("turn", _id, index=True),  # the first message of the turn it was answered in, where there were several
    sa.Column("received_at", _time, nullable=False),
    sa.Column("answered_at", _time, index=True),
    sa.UniqueConstraint("channel", "person", "message_id"),
    sqlite_autoincrement=True,  # a deleted message's id is never another's
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
    sa.Column("is_last", sa.Boolean, nullable=False, server_default=sa.false()),  # the receipt of a deletion
    sa.Column("state", sa.String(10), nullable=False, server_default=OPEN),  # OPEN: fetched by whoever asks for it
    sa.Column("parts_sent", sa.Integer, nullable=False, server_default="0"),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("next_at", _time),  # when it is sent, or tried again
    sa.Column("reason", sa.String(200), nullable=False, server_default=""),  # why it was not taken, at the last attempt
    sa.Index("ix_outbox_channel_state_next_at", "channel", "state", "next_at"),
    sqlite_autoincrement=True,
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
addresses = sa.Table(  # the one place that keeps a platform's id of a person
    "addresses",
    metadata,
    sa.Column("person", sa.String(64), primary_key=True),
    sa.Column("channel", sa.String(20), nullable=False),
    sa.Column("address", sa.String(128), nullable=False),
    sa.Column("unreachable", sa.String(200), nullable=False, server_default=""),  # why; empty: reachable
    sa.Column("human_until", _time),  # until then a person answers, and the assistant is silent
)
tickets = sa.Table(  # a checklist on its way from one channel to another; no person, and only a hash of the code
    "tickets",
    metadata,
    sa.Column("code_hash", sa.String(64), primary_key=True),
    sa.Column("walk", sa.JSON, nullable=False),
    sa.Column("expires_at", _time, nullable=False, index=True),
    sa.Column("used_by", _id),  # the message that redeemed it
)
leases = sa.Table(  # what only one process may do at a time
    "leases",
    metadata,
    sa.Column("name", sa.String(80), primary_key=True),
    sa.Column("holder", sa.String(40), nullable=False),
    sa.Column("until", _time, nullable=False),
)
secrets = sa.Table(  # token pairs that a platform renews
    "secrets",
    metadata,
    sa.Column("name", sa.String(40), primary_key=True),
    sa.Column("value", sa.JSON, nullable=False),
    sa.Column("updated_at", _time, nullable=False),
)
PERSONAL = (outbox, inbox, checklists, buttons, people, addresses)  # what deletion must empty, in this order
