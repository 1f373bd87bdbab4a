"""The durable side of a conversation: inbox, outbox, people, checklists, buttons. SQLite or PostgreSQL.

Synchronous on purpose: callers on the event loop go through `asyncio.to_thread`. Every public method is one
transaction.
"""

from __future__ import annotations

import datetime as dt
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from actions.custom import Committed
from actions.reply import Button, Command, Reply
from actions.state import Mode, PersonState, Walk
from bot.privacy import Redacted
from bot.tables import PERSONAL, buttons, checklists, inbox, outbox, people

_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Message:
    """An accepted message. `text` is redacted, and None once it is answered."""

    id: int
    channel: str
    person: str
    message_id: str
    text: str | None
    redacted: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """A turn's replies as stored in the outbox; `id` grows, so channels replay from the last one they showed."""

    id: int
    inbox_id: int
    message_id: str
    person: str
    replies: list[dict[str, Any]]


def utc_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def driver_url(url: str) -> str:
    """`postgresql://…` means the driver we ship, whatever SQLAlchemy's default is."""
    return re.sub(r"^postgres(ql)?://", "postgresql+psycopg2://", url)


def connect(url: str) -> sa.Engine:
    """An engine with the pragmas SQLite needs for several threads."""
    url = driver_url(url)
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=10, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": 15, "check_same_thread": False})

    @sa.event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _: object) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "busy_timeout=15000"):
            connection.execute(f"PRAGMA {pragma}")

    return engine


class Store:
    """Implements `actions.custom.Conversations`, and what the worker and the channels need."""

    def __init__(self, engine: sa.Engine, *, now: Clock = utc_now) -> None:
        self._engine = engine
        self._now = now

    # Inbox

    def accept(self, channel: str, person: str, message_id: str, text: Redacted) -> tuple[Message, bool]:
        """Stores a message once. The second value is False where it had come before."""
        kinds = ",".join(text.kinds)
        row = {
            "channel": channel, "person": person, "message_id": message_id,
            "text": text.text, "redacted": kinds, "received_at": self._now(),
        }  # fmt: skip
        try:
            with self._engine.begin() as db:
                key = db.execute(sa.insert(inbox).values(**row)).inserted_primary_key
                assert key is not None
                return Message(key[0], channel, person, message_id, text.text, text.kinds), True
        except IntegrityError:
            with self._engine.connect() as db:
                found = db.execute(
                    sa.select(inbox).where(
                        inbox.c.channel == channel, inbox.c.person == person, inbox.c.message_id == message_id
                    )
                ).one()
            return _message(found), False

    def unanswered(self) -> list[Message]:
        """Accepted before a crash and not answered yet, oldest first."""
        with self._engine.connect() as db:
            rows = db.execute(sa.select(inbox).where(inbox.c.answered_at.is_(None)).order_by(inbox.c.id)).all()
        return [_message(row) for row in rows]

    # Conversations (called by the actions)

    def committed(self, message_id: str) -> Committed | None:
        with self._engine.connect() as db:
            row = db.execute(
                sa.select(outbox.c.replies, outbox.c.mode).where(outbox.c.inbox_id == int(message_id))
            ).one_or_none()
        return Committed(row.replies, Mode(row.mode)) if row else None

    def load(self, person: str) -> PersonState:
        with self._engine.connect() as db:
            row = db.execute(sa.select(people.c.state).where(people.c.person == person)).one_or_none()
        return PersonState.from_json(row.state) if row else PersonState()

    def command(self, person: str, token: str) -> Command | None:
        with self._engine.connect() as db:
            row = db.execute(
                sa.select(buttons.c.command).where(buttons.c.person == person, buttons.c.token == token)
            ).one_or_none()
        return Command.from_json(row.command) if row else None

    def commit(self, message_id: str, person: str, state: PersonState, replies: Sequence[Reply]) -> Committed:
        replies = [_with_tokens(reply) for reply in replies]
        state = replace(state, offered=replies[-1].buttons if replies else ())
        committed = Committed([reply.to_json() for reply in replies], state.mode)
        now = self._now()
        try:
            with self._engine.begin() as db:
                self._save_state(db, person, state, now)
                self._save_buttons(db, person, replies, now)
                self._answer(db, int(message_id), person, committed, now)
        except IntegrityError:
            earlier = self.committed(message_id)
            if earlier is None:
                raise
            return earlier
        return committed

    def forget(self, person: str, *, keep_inbox: bool = True) -> int:
        """Deletes everything about a person; the message being answered stays until it is. Returns rows deleted."""
        count = 0
        with self._engine.begin() as db:
            for table in PERSONAL:
                condition = table.c.person == person
                if table is inbox and keep_inbox:
                    condition &= inbox.c.answered_at.is_not(None)
                count += db.execute(sa.delete(table).where(condition)).rowcount
        return count

    def forget_silent(self, before: dt.datetime) -> list[str]:
        """Deletes people not seen since `before`; returns their keys, for the tracker's sake."""
        with self._engine.connect() as db:
            silent = db.scalars(sa.select(people.c.person).where(people.c.seen_at < before)).all()
        for person in silent:
            self.forget(person, keep_inbox=False)
        return list(silent)

    # Outbox

    def answers(self, person: str, *, after: int = 0, limit: int = 50) -> list[Answer]:
        """The newest `limit` answers after an id, oldest first."""
        query = (
            sa.select(outbox, inbox.c.message_id)
            .join(inbox, inbox.c.id == outbox.c.inbox_id)
            .where(outbox.c.person == person, outbox.c.id > after)
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )
        with self._engine.connect() as db:
            rows = db.execute(query).all()
        return [Answer(r.id, r.inbox_id, r.message_id, r.person, r.replies) for r in reversed(rows)]

    def fail(self, message: Message, reply: Reply) -> Committed:
        """Answers with the fixed sentence of a failure; the person's place stays as it was."""
        committed = Committed([reply.to_json()], Mode.IDLE)
        try:
            with self._engine.begin() as db:
                self._touch(db, message.person, self._now())
                self._answer(db, message.id, message.person, committed, self._now())
        except IntegrityError:
            return self.committed(str(message.id)) or committed
        return committed

    def mark_sent(self, inbox_id: int) -> None:
        with self._engine.begin() as db:
            db.execute(sa.update(outbox).where(outbox.c.inbox_id == inbox_id).values(sent_at=self._now()))

    def ping(self) -> None:
        with self._engine.connect() as db:
            db.execute(sa.text("SELECT 1"))

    # Parts of a transaction

    def _touch(self, db: sa.Connection, person: str, now: dt.datetime) -> None:
        """Whoever is answered is known by when they were seen, so that retention reaches them."""
        if not db.execute(sa.update(people).where(people.c.person == person).values(seen_at=now)).rowcount:
            empty = PersonState().to_json()
            db.execute(sa.insert(people).values(person=person, state=empty, created_at=now, seen_at=now))

    def _save_state(self, db: sa.Connection, person: str, state: PersonState, now: dt.datetime) -> None:
        values = {"state": state.to_json(), "seen_at": now}
        changed = db.execute(sa.update(people).where(people.c.person == person).values(**values)).rowcount
        if not changed:
            db.execute(sa.insert(people).values(person=person, created_at=now, **values))
        if state.walk:
            self._save_walk(db, person, state.walk, now)

    def _save_walk(self, db: sa.Connection, person: str, walk: Walk, now: dt.datetime) -> None:
        values = {"walk": asdict(walk), "updated_at": now}
        where = (checklists.c.person == person) & (checklists.c.procedure == walk.procedure)
        if not db.execute(sa.update(checklists).where(where).values(**values)).rowcount:
            db.execute(sa.insert(checklists).values(person=person, procedure=walk.procedure, **values))

    def _save_buttons(self, db: sa.Connection, person: str, replies: Sequence[Reply], now: dt.datetime) -> None:
        rows = [
            {"token": b.payload, "person": person, "command": asdict(b.command), "created_at": now}
            for reply in replies
            for b in reply.buttons
        ]
        if rows:
            db.execute(sa.insert(buttons), rows)

    def _answer(self, db: sa.Connection, inbox_id: int, person: str, committed: Committed, now: dt.datetime) -> None:
        channel = sa.select(inbox.c.channel).where(inbox.c.id == inbox_id).scalar_subquery()
        db.execute(
            sa.insert(outbox).values(
                inbox_id=inbox_id,
                channel=channel,
                person=person,
                replies=committed.replies,
                mode=committed.mode.value,
                created_at=now,
            )
        )
        db.execute(sa.update(inbox).where(inbox.c.id == inbox_id).values(answered_at=now, text=None))


def _with_tokens(reply: Reply) -> Reply:
    return replace(reply, buttons=tuple(_with_token(button) for button in reply.buttons))


def _with_token(button: Button) -> Button:
    return replace(button, payload="mc:" + "".join(secrets.choice(_ALPHABET) for _ in range(8)))


def _message(row: Any) -> Message:
    kinds = tuple(filter(None, row.redacted.split(",")))
    return Message(row.id, row.channel, row.person, row.message_id, row.text, kinds)
