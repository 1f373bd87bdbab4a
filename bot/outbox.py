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

from bot.store import Clock, Store, utc_now
from bot.tables import addresses, inbox, outbox

WAITING, SENT, DEAD, DROPPED = "waiting", "sent", "dead", "dropped"
_REASON = 200  # characters kept of a reason


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

    def __init__(self, engine: sa.Engine, store: Store, *, now: Clock = utc_now) -> None:
        self._engine = engine
        self._store = store
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
                    r.id, r.inbox_id, r.person, r.address, r.replies, r.parts_sent, r.attempts, _aware(r.created_at)
                )
                for r in db.execute(query)
            ]

    def part_sent(self, answer: int, parts: int) -> None:
        """`parts` messages of it have been taken: a later attempt goes on after them."""
        self._set(answer, parts_sent=parts)

    def sent(self, answer: Waiting) -> None:
        with self._engine.begin() as db:
            db.execute(sa.update(outbox).where(outbox.c.id == answer.id).values(state=SENT, reason=""))
        self._store.mark_sent(answer.inbox_id)

    def later(self, answer: int, at: dt.datetime, reason: str, *, counts: bool = True) -> None:
        """To be tried again; `counts` says whether this was an attempt that failed."""
        more = 1 if counts else 0
        self._set(answer, next_at=at, reason=reason[:_REASON], attempts=outbox.c.attempts + more)

    def dead(self, answer: int, reason: str) -> None:
        self._set(answer, state=DEAD, reason=reason[:_REASON], attempts=outbox.c.attempts + 1)

    def unreachable(self, person: str, reason: str) -> None:
        """Nothing gets through to this person: what waits is dead, until they write again."""
        with self._engine.begin() as db:
            db.execute(
                sa.update(addresses).where(addresses.c.person == person).values(unreachable=reason[:_REASON] or "?")
            )
            db.execute(
                sa.update(outbox)
                .where(outbox.c.person == person, outbox.c.state == WAITING)
                .values(state=DEAD, reason=reason[:_REASON])
            )

    # For the operator

    def letters(self, *, state: str = DEAD, limit: int = 100) -> list[Letter]:
        query = sa.select(outbox).where(outbox.c.state == state).order_by(outbox.c.id).limit(limit)
        with self._engine.connect() as db:
            return [
                Letter(r.id, r.channel, r.state, r.attempts, _aware(r.created_at), r.reason) for r in db.execute(query)
            ]

    def retry(self, ids: Sequence[int] | None = None) -> int:
        """Dead answers wait again, with all attempts before them; all of them where no ids are given."""
        values = {"state": WAITING, "next_at": self._now(), "attempts": 0, "reason": ""}
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
        """Deletes answers sent or dropped before then, with the messages they answered."""
        done = sa.select(outbox.c.inbox_id).where(outbox.c.state.in_((SENT, DROPPED)), outbox.c.created_at < before)
        with self._engine.begin() as db:
            turns = list(db.scalars(done))
            for start in range(0, len(turns), 500):
                some = turns[start : start + 500]
                db.execute(sa.delete(outbox).where(outbox.c.inbox_id.in_(some)))
                db.execute(sa.delete(inbox).where(inbox.c.id.in_(some) | inbox.c.turn.in_(some)))
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


def _aware(time: dt.datetime) -> dt.datetime:
    """SQLite gives times back without their zone, which is UTC."""
    return time if time.tzinfo else time.replace(tzinfo=dt.UTC)
