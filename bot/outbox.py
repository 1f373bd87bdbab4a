"""Answers on their way to a messaging platform: waiting, sent, or dead with a reason. Nothing is lost in between.

A row is one turn's answer. `state` goes from "waiting" to "sent", "dead" (the platform will not take it; kept until an
operator retries or drops it) or "dropped"; answers that are fetched (web, API) stay "open".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from bot.store import Clock, forget_receipts, utc_now
from bot.tables import DEAD, DROPPED, OPEN, SENT, WAITING, addresses, inbox, outbox

_REASON = 200  # characters kept of a reason
_RETRIED = "sent again by an operator"
_AT_ONCE = 500  # rows deleted in one statement


@dataclass(frozen=True)
class Waiting:
    """An answer to send. `parts_sent` of its messages have been taken already."""

    id: int
    inbox_id: int
    person: str
    address: str
    replies: list[dict[str, Any]]
    parts_sent: int
    attempts: int
    created_at: dt.datetime
    is_retried: bool = False  # by an operator, who knows how old it is


@dataclass(frozen=True)
class Letter:
    """An answer as an operator sees it: no words, no address."""

    id: int
    channel: str
    state: str
    attempts: int
    created_at: dt.datetime
    reason: str


class Outbox:
    """Synchronous, each method one transaction, like `Store`."""

    def __init__(self, engine: sa.Engine, *, now: Clock = utc_now) -> None:
        self._engine = engine
        self._now = now

    def due(self, channel: str, *, limit: int = 200) -> list[Waiting]:
        """The oldest waiting answer of each person, where its time has come: nobody's answers overtake one another."""
        earlier = outbox.alias()
        is_first = ~sa.exists().where(
            earlier.c.person == outbox.c.person, earlier.c.state == WAITING, earlier.c.id < outbox.c.id
        )
        query = (
            sa.select(outbox, addresses.c.address)
            .join(addresses, addresses.c.person == outbox.c.person)
            .where(outbox.c.channel == channel, outbox.c.state == WAITING, outbox.c.next_at <= self._now(), is_first)
            .order_by(outbox.c.id)
            .limit(limit)
        )
        with self._engine.connect() as db:
            return [
                Waiting(
                    r.id,
                    r.inbox_id,
                    r.person,
                    r.address,
                    r.replies,
                    r.parts_sent,
                    r.attempts,
                    _aware(r.created_at),
                    r.reason == _RETRIED,
                )
                for r in db.execute(query)
            ]

    def part_sent(self, answer: int, parts: int) -> None:
        """`parts` messages of it have been taken: a later attempt goes on after them."""
        self._set(answer, parts_sent=parts)

    def is_waiting(self, answer: int) -> bool:
        """Whether it is still to be sent: a person may have taken over, or its person been forgotten."""
        with self._engine.connect() as db:
            return db.scalar(sa.select(outbox.c.state).where(outbox.c.id == answer)) == WAITING

    def sent(self, answer: int) -> None:
        """All of it was taken."""
        with self._engine.begin() as db:
            db.execute(_waiting(answer).values(state=SENT, reason="", sent_at=self._now()))
            forget_receipts(db, outbox.c.id == answer)

    def later(self, answer: int, at: dt.datetime, reason: str, *, counts: bool = True) -> None:
        """To be tried again; `counts` says whether this was an attempt that failed."""
        more = 1 if counts else 0
        self._set(answer, next_at=at, reason=reason[:_REASON], attempts=outbox.c.attempts + more)

    def dead(self, answer: int, reason: str) -> None:
        values = {"state": DEAD, "reason": reason[:_REASON], "attempts": outbox.c.attempts + 1}
        with self._engine.begin() as db:
            db.execute(_waiting(answer).values(**values))
            forget_receipts(db, outbox.c.id == answer)

    def unreachable(self, person: str, reason: str) -> None:
        """Nothing gets through to this person: what waits is dead, until they write again."""
        theirs = (outbox.c.person == person) & (outbox.c.state == WAITING)
        why = reason[:_REASON] or "?"
        with self._engine.begin() as db:
            db.execute(sa.update(addresses).where(addresses.c.person == person).values(unreachable=why))
            receipts = (outbox.c.person == person) & (outbox.c.state == DEAD)
            db.execute(sa.update(outbox).where(theirs).values(state=DEAD, reason=why))
            forget_receipts(db, receipts)

    # For the operator

    def letters(self, *, state: str = DEAD, limit: int = 100) -> list[Letter]:
        query = sa.select(outbox).where(outbox.c.state == state).order_by(outbox.c.id).limit(limit)
        with self._engine.connect() as db:
            return [
                Letter(r.id, r.channel, r.state, r.attempts, _aware(r.created_at), r.reason) for r in db.execute(query)
            ]

    def retry(self, ids: Sequence[int] | None = None) -> int:
        """Dead answers wait again, with all attempts before them; all of them where no ids are given."""
        values = {"state": WAITING, "next_at": self._now(), "attempts": 0, "reason": _RETRIED}
        return self._of_the_dead(ids, values)

    def drop(self, ids: Sequence[int] | None = None) -> int:
        return self._of_the_dead(ids, {"state": DROPPED})

    def counts(self) -> dict[tuple[str, str], int]:
        """How many answers by channel and state, those that are fetched left out."""
        query = (
            sa.select(outbox.c.channel, outbox.c.state, sa.func.count())
            .where(outbox.c.state.in_((WAITING, DEAD)))
            .group_by(outbox.c.channel, outbox.c.state)
        )
        with self._engine.connect() as db:
            return {(channel, state): count for channel, state, count in db.execute(query)}

    def forget_old(self, before: dt.datetime) -> int:
        """Deletes what was answered before then: sent, fetched or dropped answers with their messages, and messages
        that a person answered instead. The number of answers."""
        is_done = outbox.c.state.in_((SENT, DROPPED)) | ((outbox.c.state == OPEN) & outbox.c.sent_at.is_not(None))
        done = sa.select(outbox.c.inbox_id).where(is_done, outbox.c.created_at < before)
        answered = sa.exists().where(outbox.c.inbox_id == sa.func.coalesce(inbox.c.turn, inbox.c.id))
        with self._engine.begin() as db:
            turns = list(db.scalars(done))
            for start in range(0, len(turns), _AT_ONCE):
                some = turns[start : start + _AT_ONCE]
                db.execute(sa.delete(outbox).where(outbox.c.inbox_id.in_(some)))
                db.execute(sa.delete(inbox).where(inbox.c.id.in_(some) | inbox.c.turn.in_(some)))
            db.execute(sa.delete(inbox).where(inbox.c.answered_at < before, ~answered))
        return len(turns)

    def _of_the_dead(self, ids: Sequence[int] | None, values: dict[str, Any]) -> int:
        chosen = outbox.c.state == DEAD
        if ids is not None:
            chosen &= outbox.c.id.in_(ids)
        with self._engine.begin() as db:
            return db.execute(sa.update(outbox).where(chosen).values(**values)).rowcount

    def _set(self, answer: int, **values: Any) -> None:
        with self._engine.begin() as db:
            db.execute(sa.update(outbox).where(outbox.c.id == answer).values(**values))


def _waiting(answer: int) -> sa.Update:
    return sa.update(outbox).where(outbox.c.id == answer, outbox.c.state == WAITING)


def _aware(time: dt.datetime) -> dt.datetime:
    """SQLite gives times back without their zone, which is UTC."""
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
