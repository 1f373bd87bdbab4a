"""The durable side of a conversation: inbox, outbox, people, checklists, buttons. SQLite or PostgreSQL.

Synchronous on purpose: callers on the event loop go through `asyncio.to_thread`. Every public method is one
transaction.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from actions.custom import Committed
from actions.reply import Act, Button, Command, Reply
from actions.state import Mode, PersonState, Walk
from bot.privacy import Redacted
from bot.secret import new_code
from bot.tables import DROPPED, OPEN, PERSONAL, WAITING, addresses, buttons, checklists, inbox, outbox, people

_HANDED_OVER = "a person answers"
Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Message:
    """An accepted message. `text` is redacted, and None once it is answered."""

    id: int
    channel: str
    person: str
    message_id: str
    text: str | None
    redacted: tuple[str, ...] = ()
    kind: str = "text"
    turn: int | None = None  # the first message of its turn, where that was settled before a crash


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
    """An engine with the pragmas SQLite needs for several threads; its errors do not quote what was stored."""
    url = driver_url(url)
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=10, pool_pre_ping=True, hide_parameters=True)
    engine = sa.create_engine(url, connect_args={"timeout": 15, "check_same_thread": False}, hide_parameters=True)

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

    def accept(
        self, channel: str, person: str, message_id: str, text: Redacted, *, kind: str = "text", address: str = ""
    ) -> tuple[Message, bool]:
        """Stores a message once, and where its answer goes. The second value is False where it had come before."""
        kinds = ",".join(text.kinds)
        row = {
            "channel": channel, "person": person, "message_id": message_id,
            "text": text.text, "redacted": kinds, "kind": kind, "received_at": self._now(),
        }  # fmt: skip
        try:
            with self._engine.begin() as db:
                key = db.execute(sa.insert(inbox).values(**row)).inserted_primary_key
                assert key is not None
                if address:
                    self._save_address(db, person, channel, address)
                return Message(key[0], channel, person, message_id, text.text, text.kinds, kind), True
        except IntegrityError:
            with self._engine.connect() as db:
                found = db.execute(sa.select(inbox).where(_same(channel, person, message_id))).one()
            return _message(found), False

    def unanswered(self, person: str | None = None) -> list[Message]:
        """Accepted and not answered yet, oldest first: one person's, or everybody's."""
        query = sa.select(inbox).where(inbox.c.answered_at.is_(None)).order_by(inbox.c.id)
        if person is not None:
            query = query.where(inbox.c.person == person)
        with self._engine.connect() as db:
            return [_message(row) for row in db.execute(query)]

    def join(self, messages: Sequence[Message]) -> None:
        """Settles that these are answered together, under the first one's id, whatever happens from here on."""
        ids = [message.id for message in messages]
        with self._engine.begin() as db:
            db.execute(sa.update(inbox).where(inbox.c.id.in_(ids)).values(turn=ids[0]))

    def dismiss(self, turn: int) -> None:
        """Answered by nobody: a person has taken the conversation over. The words are gone all the same."""
        now = self._now()
        with self._engine.begin() as db:
            person = db.scalar(sa.select(inbox.c.person).where(inbox.c.id == turn))
            if person:
                self._touch(db, person, now)
            self._mark_answered(db, turn, now)

    # Addresses

    def is_with_a_person(self, person: str) -> bool:
        """Whether a person answers now, from the platform's own inbox."""
        query = sa.select(addresses.c.person).where(addresses.c.person == person, addresses.c.human_until > self._now())
        with self._engine.connect() as db:
            return db.execute(query).one_or_none() is not None

    def hand_over(self, person: str, seconds: float, *, channel: str = "", address: str = "") -> None:
        """A person answers for so long; what waits to be sent is dropped. 0 gives the conversation back.

        `channel` and `address`: of somebody who has not written yet.
        """
        until = self._now() + dt.timedelta(seconds=seconds) if seconds else None
        waiting = (outbox.c.person == person) & (outbox.c.state == WAITING) & ~outbox.c.is_last
        with self._engine.begin() as db:
            if address:
                put(db, addresses, {"person": person}, {"human_until": until}, channel=channel, address=address)
                self._touch(db, person, self._now())
            else:
                db.execute(sa.update(addresses).where(addresses.c.person == person).values(human_until=until))
            if seconds:
                db.execute(sa.update(outbox).where(waiting).values(state=DROPPED, reason=_HANDED_OVER))

    def mark_reachable(self, person: str, why_not: str = "") -> None:
        with self._engine.begin() as db:
            db.execute(sa.update(addresses).where(addresses.c.person == person).values(unreachable=why_not))

    # Conversations (called by the actions)

    def has(self, message: int) -> bool:
        """Whether it is still there: its person may have been forgotten meanwhile."""
        with self._engine.connect() as db:
            return db.scalar(sa.select(inbox.c.id).where(inbox.c.id == message)) is not None

    def knows(self, channel: str, person: str, message_id: str) -> bool:
        """Whether this message came before."""
        with self._engine.connect() as db:
            return db.scalar(sa.select(inbox.c.id).where(_same(channel, person, message_id))) is not None

    def is_receipt(self, message: int) -> bool:
        """Whether it was answered with the receipt of a deletion."""
        with self._engine.connect() as db:
            return bool(db.scalar(sa.select(outbox.c.is_last).where(outbox.c.inbox_id == message)))

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

    def commit(
        self, message_id: str, person: str, state: PersonState, replies: Sequence[Reply], *, is_last: bool = False
    ) -> Committed:
        replies = [_with_tokens(reply) for reply in replies]
        state = replace(state, offered=next((r.buttons for r in reversed(replies) if r.buttons), ()))
        committed = Committed([reply.to_json() for reply in replies], state.mode)
        now = self._now()
        try:
            with self._engine.begin() as db:
                self._save_state(db, person, state, now)
                self._save_buttons(db, person, replies, now)
                self._answer(db, int(message_id), person, committed, now, is_last=is_last, is_due=_is_due(replies))
        except IntegrityError:
            earlier = self.committed(message_id)
            if earlier is None:
                raise
            return earlier
        return committed

    def forget(self, person: str, *, keep_inbox: bool = True) -> int:
        """Deletes everything about a person; the message being answered and where its answer goes stay until it is.

        Returns rows deleted.
        """
        with self._engine.begin() as db:
            return self._forget(db, person, keep_inbox=keep_inbox)

    def _forget(self, db: sa.Connection, person: str, *, keep_inbox: bool) -> int:
        count = 0
        for table in PERSONAL:
            if table is addresses and keep_inbox:
                continue
            condition = table.c.person == person
            if table is inbox and keep_inbox:
                condition &= inbox.c.answered_at.is_not(None)
            count += db.execute(sa.delete(table).where(condition)).rowcount
        return count

    def forget_silent(self, person: str, before: dt.datetime) -> None:
        """Deletes everything about somebody who is silent since then, unless they have just written again."""
        with self._engine.begin() as db:
            if db.scalar(_silent(before).where(people.c.person == person)):
                self._forget(db, person, keep_inbox=False)

    def silent(self, before: dt.datetime) -> list[str]:
        """People not seen since, whose last message is answered."""
        with self._engine.connect() as db:
            return list(db.scalars(_silent(before)))

    def forget_buttons(self, before: dt.datetime) -> int:
        """Deletes buttons shown before then; pressed after all, they say that they are too old."""
        with self._engine.begin() as db:
            return db.execute(sa.delete(buttons).where(buttons.c.created_at < before)).rowcount

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
        """The person has it. After the receipt of a deletion nothing is kept, the receipt neither."""
        this = outbox.c.inbox_id == inbox_id
        with self._engine.begin() as db:
            db.execute(sa.update(outbox).where(this).values(sent_at=self._now()))
            forget_receipts(db, this)

    def ping(self) -> None:
        with self._engine.connect() as db:
            db.execute(sa.text("SELECT 1"))

    # Parts of a transaction

    def _touch(self, db: sa.Connection, person: str, now: dt.datetime) -> None:
        """Whoever is answered is known by when they were seen, so that retention reaches them."""
        put(db, people, {"person": person}, {"seen_at": now}, state=PersonState().to_json(), created_at=now)

    def _save_state(self, db: sa.Connection, person: str, state: PersonState, now: dt.datetime) -> None:
        put(db, people, {"person": person}, {"state": state.to_json(), "seen_at": now}, created_at=now)
        if state.walk:
            self._save_walk(db, person, state.walk, now)

    def _save_walk(self, db: sa.Connection, person: str, walk: Walk, now: dt.datetime) -> None:
        key = {"person": person, "procedure": walk.procedure}
        put(db, checklists, key, {"walk": asdict(walk), "updated_at": now})

    def _save_buttons(self, db: sa.Connection, person: str, replies: Sequence[Reply], now: dt.datetime) -> None:
        rows = [
            {"token": b.payload, "person": person, "command": asdict(b.command), "created_at": now}
            for reply in replies
            for b in reply.buttons
        ]
        if rows:
            db.execute(sa.insert(buttons), rows)

    def _answer(
        self,
        db: sa.Connection,
        inbox_id: int,
        person: str,
        committed: Committed,
        now: dt.datetime,
        *,
        is_last: bool = False,
        is_due: bool = False,
    ) -> None:
        channel = sa.select(inbox.c.channel).where(inbox.c.id == inbox_id).scalar_subquery()
        address = db.execute(
            sa.select((addresses.c.human_until > now).label("is_with_a_person")).where(addresses.c.person == person)
        ).one_or_none()
        is_silent = bool(address and address.is_with_a_person and not (is_last or is_due))
        db.execute(
            sa.insert(outbox).values(
                inbox_id=inbox_id,
                channel=channel,
                person=person,
                replies=committed.replies,
                mode=committed.mode.value,
                created_at=now,
                is_last=is_last,
                state=DROPPED if is_silent else WAITING if address else OPEN,
                reason=_HANDED_OVER if is_silent else "",
                next_at=now,
            )
        )
        self._mark_answered(db, inbox_id, now)

    def _mark_answered(self, db: sa.Connection, turn: int, now: dt.datetime) -> None:
        of_turn = (inbox.c.id == turn) | (inbox.c.turn == turn)
        db.execute(sa.update(inbox).where(of_turn).values(answered_at=now, text=None))

    def _save_address(self, db: sa.Connection, person: str, channel: str, address: str) -> None:
        """Whoever writes can be reached."""
        put(db, addresses, {"person": person}, {"channel": channel, "address": address, "unreachable": ""})


def _same(channel: str, person: str, message_id: str) -> sa.ColumnElement[bool]:
    return (inbox.c.channel == channel) & (inbox.c.person == person) & (inbox.c.message_id == message_id)


def _silent(before: dt.datetime) -> sa.Select[tuple[str]]:
    is_waiting = sa.exists().where(inbox.c.person == people.c.person, inbox.c.answered_at.is_(None))
    return sa.select(people.c.person).where(people.c.seen_at < before, ~is_waiting)


def forget_receipts(db: sa.Connection, which: sa.ColumnElement[bool]) -> None:
    """Deletes receipts that are done with, and what they left for their own sake; what came after them stays."""
    done = db.execute(sa.select(outbox.c.id, outbox.c.inbox_id, outbox.c.person).where(which, outbox.c.is_last)).all()
    for receipt in done:
        is_theirs = inbox.c.person == receipt.person
        db.execute(sa.delete(outbox).where(outbox.c.person == receipt.person, outbox.c.id <= receipt.id))
        before = (inbox.c.id <= receipt.inbox_id) | (inbox.c.turn == receipt.inbox_id)
        db.execute(sa.delete(inbox).where(is_theirs, before, inbox.c.answered_at.is_not(None)))
        if db.scalar(sa.select(sa.func.count()).where(is_theirs)) == 0:
            for table in (checklists, buttons, people, addresses):
                db.execute(sa.delete(table).where(table.c.person == receipt.person))


def put(
    db: sa.Connection,
    table: sa.Table,
    key: dict[str, Any],
    values: dict[str, Any],
    *,
    only: sa.ColumnElement[bool] | None = None,
    **at_first: Any,
) -> bool:
    """Writes a row, new or not, in one step: two that do it at once do not collide.

    `only`: which rows may be overwritten. `at_first`: columns of a new row that are kept later. Whether it was written.
    """
    insert: Any = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}[db.dialect.name]
    row = insert(table).values(**key, **values, **at_first)
    return bool(db.execute(row.on_conflict_do_update(index_elements=list(key), set_=values, where=only)).rowcount)


def _is_due(replies: Sequence[Reply]) -> bool:
    """Whether it is said even where a person answers: how to be forgotten."""
    return any(b.command.act is Act.FORGET_ME for reply in replies for b in reply.buttons)


def _with_tokens(reply: Reply) -> Reply:
    return replace(reply, buttons=tuple(_with_token(button) for button in reply.buttons))


def _with_token(button: Button) -> Button:
    return replace(button, payload=f"mc:{new_code()}")


def _message(row: Any) -> Message:
    kinds = tuple(filter(None, row.redacted.split(",")))
    return Message(row.id, row.channel, row.person, row.message_id, row.text, kinds, row.kind, row.turn)
