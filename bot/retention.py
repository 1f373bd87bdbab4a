"""Deleting people who have been silent for long."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging

from bot.rasa import Rasa
from bot.store import Store, utc_now

log = logging.getLogger(__name__)
_EVERY = 24 * 3600


async def forget_silent_people(store: Store, rasa: Rasa, days: int) -> None:
    """Once at start and then daily."""
    while True:
        silent = await asyncio.to_thread(store.forget_silent, utc_now() - dt.timedelta(days=days))
        for person in silent:
            await asyncio.to_thread(rasa.forget, person)
        if silent:
            log.info("forgot %d people silent for %d days", len(silent), days)
        await asyncio.sleep(_EVERY)
