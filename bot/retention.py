"""Deleting what is no longer needed: people who have been silent for long, sent answers, old buttons and tickets."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

from bot.outbox import Outbox
from bot.rasa import Rasa
from bot.store import Store, utc_now
from bot.tickets import Tickets

log = logging.getLogger(__name__)
_EVERY = 24 * 3600


async def keep_tidy(
    store: Store, outbox: Outbox, tickets: Tickets, rasa: Rasa, *, silent_days: int, message_days: int
) -> None:
    """Once at start and then daily."""
    while True:
        now = utc_now()
        silent = await asyncio.to_thread(store.forget_silent, now - dt.timedelta(days=silent_days))
        for person in silent:
            await asyncio.to_thread(rasa.forget, person)
        before = now - dt.timedelta(days=message_days)
        answers = await asyncio.to_thread(outbox.forget_old, before)
        await asyncio.to_thread(store.forget_buttons, before)
        await asyncio.to_thread(tickets.forget_expired)
        if silent or answers:
            log.info("forgot %d people silent for %d days, %d old answers", len(silent), silent_days, answers)
        await asyncio.sleep(_EVERY)
