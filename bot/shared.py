"""What several processes share beside conversations: who does what only one may do, and the secrets platforms renew."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from bot.store import Clock, put, utc_now
from bot.tables import leases, secrets


class Shared:
    """Synchronous, each method one transaction, like `Store`."""

    def __init__(self, engine: sa.Engine, *, now: Clock = utc_now) -> None:
        self._engine = engine
        self._now = now

    def lease(self, name: str, holder: str, seconds: float) -> bool:
        """Whether `holder` may do it for so long; asked again by the same holder it is prolonged."""
        now = self._now()
        values = {"holder": holder, "until": now + dt.timedelta(seconds=seconds)}
        free = (leases.c.until < now) | (leases.c.holder == holder)
        with self._engine.begin() as db:
            return put(db, leases, {"name": name}, values, only=free)

    def release(self, name: str, holder: str) -> None:
        with self._engine.begin() as db:
            db.execute(sa.delete(leases).where(leases.c.name == name, leases.c.holder == holder))

    def release_everything(self) -> None:
        """For the start of a process that is the only one: whoever held a lease has ended."""
        with self._engine.begin() as db:
            db.execute(sa.delete(leases))

    def secrets_of(self, name: str) -> dict[str, Any] | None:
        with self._engine.connect() as db:
            return db.scalar(sa.select(secrets.c.value).where(secrets.c.name == name))

    def keep_secrets(self, name: str, value: dict[str, Any]) -> None:
        with self._engine.begin() as db:
            put(db, secrets, {"name": name}, {"value": value, "updated_at": self._now()})
