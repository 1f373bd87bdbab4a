"""Mã phiếu: a short code that carries a checklist from one channel to another and back.

It holds the procedure, the case and the marks of its papers; nothing about the person. It works once, for a day, and
only a hash of it is stored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import sqlalchemy as sa

from actions.desk import Desk
from actions.reply import Act, Button, Command, LinkButton, Reply, Status
from actions.state import PersonState, Walk
from actions.texts import say
from bot.secret import new_code
from bot.store import Clock, Message, utc_now
from bot.tables import tickets
from knowledge.text import fold, squeeze, words

LASTS = dt.timedelta(hours=24)
_CODE = re.compile(r"^\s*mc[- ]?[a-z0-9]{4}[- ]?[a-z0-9]{4}\s*$", re.IGNORECASE)
_ASKS = {
    "ma phieu", "lay ma phieu", "xin ma phieu", "cho ma phieu", "tao ma phieu", "gui ma phieu", "phieu",
    "chuyen sang dien thoai", "chuyen qua dien thoai", "chuyen sang may khac", "chuyen sang zalo",
    "chuyen sang telegram",
}  # fmt: skip


def code_in(text: str) -> str | None:
    """The code that a message is, without its prefix; "" where the message asks for one; None where it is neither."""
    match = _CODE.match(text)
    if match:
        return plain(match.group())
    return "" if squeeze(" ".join(words(fold(text)))) in _ASKS else None


def plain(code: str) -> str:
    """A code without its prefix, however it is written; "" where nothing is left."""
    return re.sub(r"^mc(?=.{8}$)", "", re.sub(r"[^a-z0-9]", "", code.lower()))


@dataclass(frozen=True)
class Ticket:
    code: str
    expires_at: dt.datetime
    links: Mapping[str, str]  # where to open it, by the name of the place

    @property
    def shown(self) -> str:
        return f"MC-{self.code[:4]}-{self.code[4:]}".upper()


class Tickets:
    """`links`: addresses with {code} in them, by the name of the place they open."""

    def __init__(
        self, engine: sa.Engine, desk: Desk, *, links: Mapping[str, str] | None = None, now: Clock = utc_now
    ) -> None:
        self._engine = engine
        self._desk = desk
        self._links = links or {}
        self._now = now

    def issue(self, walk: Walk) -> Ticket:
        code = new_code()
        expires_at = self._now() + LASTS
        with self._engine.begin() as db:
            db.execute(sa.insert(tickets).values(code_hash=_hash(code), walk=asdict(walk), expires_at=expires_at))
        return Ticket(code, expires_at, {name: link.format(code=f"MC-{code}") for name, link in self._links.items()})

    def redeem(self, code: str, by: int) -> Walk | None:
        """The checklist, for the first message that asks for it, `by`; asked again by the same message, again.

        `code` as `plain` gives it.
        """
        mine = (
            (tickets.c.code_hash == _hash(code))
            & (tickets.c.expires_at > self._now())
            & (tickets.c.used_by.is_(None) | (tickets.c.used_by == by))
        )
        with self._engine.begin() as db:
            if not db.execute(sa.update(tickets).where(mine).values(used_by=by)).rowcount:
                return None
            walk: dict[str, Any] = db.execute(sa.select(tickets.c.walk).where(mine)).scalar_one()
        return Walk(**{**walk, "done": tuple(walk["done"])})

    def forget_expired(self) -> int:
        with self._engine.begin() as db:
            return db.execute(sa.delete(tickets).where(tickets.c.expires_at <= self._now())).rowcount

    def answer(self, message: Message, state: PersonState) -> tuple[Reply, PersonState]:
        """A code is redeemed; without one, one is given for the checklist under way."""
        code = plain(message.text or "")
        return self._taken(code, message.id, state) if code else (self._given(state), state)

    def _given(self, state: PersonState) -> Reply:
        procedure = self._desk.catalogue.get(state.walk.procedure) if state.walk else None
        if state.walk is None or procedure is None:
            return Reply(say("ticket_no_walk"), Status.ASK, buttons=state.offered)
        ticket = self.issue(state.walk)
        links = tuple(LinkButton(say("b_ticket", place=name), link) for name, link in ticket.links.items())
        text = say("ticket", code=ticket.shown, title=procedure.title)
        return Reply(text, Status.WALK, procedure.code, buttons=state.offered, links=links)

    def _taken(self, code: str, by: int, state: PersonState) -> tuple[Reply, PersonState]:
        walk = self.redeem(code, by)
        procedure = self._desk.catalogue.get(walk.procedure) if walk else None
        if walk is None or procedure is None:
            return Reply(say("ticket_unknown"), Status.UNKNOWN, buttons=state.offered), state
        have = sum(mark == "have" for mark in walk.marks.values())
        buttons = (Button(say("b_resume"), Command(Act.RESUME)), Button(say("b_list"), Command(Act.RESEND)))
        reply = Reply(
            say("ticket_taken", title=procedure.title, have=have), Status.WALK, procedure.code, buttons=buttons
        )
        return reply, replace(state.about(procedure.code, ()), walk=replace(walk, paused=True))


def _hash(code: str) -> str:
    return hashlib.sha256(f"ticket\x00{code}".encode()).hexdigest()
