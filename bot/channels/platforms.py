"""The messaging platforms that credentials are set for: started and stopped together, one failing alone."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
from collections.abc import Sequence
from contextlib import suppress

from fastapi import APIRouter

from bot.channels.intake import Intake
from bot.channels.platform import Channel, Halted
from bot.channels.telegram import Telegram
from bot.channels.zalo.channel import ZaloOA
from bot.channels.zalo_bot import ZaloBot
from bot.delivery import Delivery
from bot.outbox import Outbox
from bot.settings import Settings
from bot.shared import Shared

log = logging.getLogger(__name__)
# The platforms, and what switches each on.
PLATFORMS = {"telegram": "MOTCUA_TELEGRAM_TOKEN", "zalo": "MOTCUA_ZALO_APP_ID", "zalo-bot": "MOTCUA_ZALO_BOT_TOKEN"}
_TRY_AGAIN = 60.0  # seconds until a platform that could not start is tried again


def configured(settings: Settings, intake: Intake, shared: Shared, secret: str) -> list[Channel]:
    """The channels with credentials; nothing is connected yet."""
    channels: list[Channel] = []
    if settings.telegram_token.get_secret_value():
        own = settings.telegram_secret.get_secret_value()
        channels.append(Telegram(settings, intake, secret=own or _derived(secret, "telegram-webhook")))
    if settings.zalo_app_id:
        channels.append(ZaloOA(settings, intake, shared))
    if settings.zalo_bot_token.get_secret_value():
        own = settings.zalo_bot_secret.get_secret_value()
        channels.append(ZaloBot(settings, intake, secret=own or _derived(secret, "zalo-bot-webhook")))
    return channels


def ticket_links(settings: Settings) -> dict[str, str]:
    """Where a ticket can be opened, by the name of the place; {code} stands for it. In Zalo it must be typed."""
    links = {"Zalo": f"https://zalo.me/{settings.zalo_oa_id}"} if settings.zalo_oa_id else {}
    if settings.public_url:
        links["trang web"] = f"{settings.public_url.rstrip('/')}/?phieu={{code}}"
    return links


class Platforms:
    def __init__(self, channels: Sequence[Channel], outbox: Outbox, shared: Shared) -> None:
        self._channels = list(channels)
        self._deliveries = {c.name: Delivery(c, outbox, shared) for c in channels}
        self._tasks: list[asyncio.Task[None]] = []
        self._status = {name: f"off: {variable} is not set" for name, variable in PLATFORMS.items()}
        self._status |= {c.name: "starting" for c in channels}

    @property
    def status(self) -> dict[str, str]:
        """Of each platform: on, starting, off and why, halted and why."""
        return self._status | {c.name: f"halted: {c.trouble}" for c in self._channels if c.trouble}

    def routes(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)
        for channel in self._channels:
            routes.include_router(channel.routes())
        return routes

    def wake(self) -> None:
        for delivery in self._deliveries.values():
            delivery.wake()

    async def start(self) -> None:
        for name, status in self._status.items():
            if status != "starting":
                log.info("%s is %s", name, status)
        self._tasks = [asyncio.create_task(self._run(channel)) for channel in self._channels]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await asyncio.gather(*(channel.stop() for channel in self._channels), return_exceptions=True)

    async def _run(self, channel: Channel) -> None:
        """Starts it, however long that takes, then delivers for it."""
        while True:
            try:
                await channel.start()
                break
            except Halted as error:
                self._status[channel.name] = f"halted: {error}"
                log.error("%s does not run: %s", channel.name, error)
            except Exception:  # one platform's bad day is no other's
                self._status[channel.name] = "halted: it could not be started, see the log"
                log.exception("%s does not run", channel.name)
            await asyncio.sleep(_TRY_AGAIN)
        self._status[channel.name] = "on"
        log.info("%s is on", channel.name)
        await self._deliveries[channel.name].run()


def _derived(secret: str, purpose: str) -> str:
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()
