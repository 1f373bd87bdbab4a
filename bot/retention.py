"""Deleting what is no longer needed: people who have been silent for long, sent answers, old buttons and tickets."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

from sqlalchemy.exc import SQLAlchemyError

from bot.outbox import Outbox
from bot.rasa import Rasa
from bot.store import Store, utc_now
from bot.tickets import Tickets

log = logging.getLogger(__name__)
_EVERY = 24 * 3600
_AGAIN = 600


async def keep_tidy(
    store: Store, outbox: Outbox, tickets: Tickets, rasa: Rasa, *, silent_days: int, message_days: int
) -> None:
    """Once at start and then daily; what fails is tried again soon."""
    while True:
        now = utc_now()
        try:
            await _forget_silent(store, rasa, now - dt.timedelta(days=silent_days))
            await asyncio.to_thread(outbox.forget_old, now - dt.timedelta(days=message_days))
            await asyncio.to_thread(store.forget_buttons, now - dt.timedelta(days=message_days))
            await asyncio.to_thread(tickets.forget_expired)
        except SQLAlchemyError:
            log.exception("what is too old could not be deleted; tried again in %d minutes", _AGAIN // 60)
            await asyncio.sleep(_AGAIN)
        else:
            await asyncio.sleep(_EVERY)


async def _forget_silent(store: Store, rasa: Rasa, before: dt.datetime) -> None:
    """The tracker first: who is gone here would not be found again there."""
    silent = await asyncio.to_thread(store.silent, before)
    for person in silent:
        await asyncio.to_thread(rasa.forget, person)
        await asyncio.to_thread(store.forget_silent, person, before)
    if silent:
        log.info("forgot %d people", len(silent))
