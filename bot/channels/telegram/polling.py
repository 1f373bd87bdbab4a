"""Long polling that loses nothing."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from telegram import Update
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.channels.telegram.sending import as_send_error, reason_of, seconds
from bot.channels.telegram.updates import USED

log = logging.getLogger(__name__)
LONGEST_PAUSE = 60.0  # seconds
_LONG_POLL = 30  # seconds that Telegram waits for something to happen
_AFTER_CONFLICT = 10  # first pauses: the other one may be a process that is ending


class Poller:
    """Asks for updates, for ever. `store` returns when an update is safe.

    The library's own `Updater` queues updates in memory and confirms them with its next request: what a killed process
    had in the queue would be lost. Here the next offset is named only when everything below it is stored; what was
    stored and not confirmed comes again, and the inbox knows it by its id.
    """

    def __init__(self, bot: ExtBot[int], store: Callable[[Update], Awaitable[None]], *, pause: float) -> None:
        self._bot = bot
        self._store = store
        self._first_pause = self._pause = pause
        self._offset: int | None = None
        self._is_failing = False
        self._had_conflict = False

    async def run(self) -> str:
        """Ends only when Telegram does not accept the token any more, and says so."""
        while True:
            try:
                await self._poll()
            except InvalidToken as error:
                trouble = str(as_send_error(error, self._bot.token))
                log.error("telegram: %s", trouble)
                return trouble
            except RetryAfter as error:
                await asyncio.sleep(seconds(error))
            except Conflict:
                if not self._had_conflict:
                    log.warning("telegram: another process asks for this bot's updates, or it has a webhook elsewhere")
                self._had_conflict = True
                await asyncio.sleep(self._first_pause * _AFTER_CONFLICT)
            except TelegramError as error:
                await self._back_off(reason_of(error, self._bot.token))
            except Exception as error:  # whatever kept it from being stored: it is asked for again
                await self._back_off(f"an update was not stored: {type(error).__name__}")

    async def _poll(self) -> None:
        for update in await self._bot.get_updates(offset=self._offset, timeout=_LONG_POLL, allowed_updates=USED):
            await self._store(update)
            self._offset = update.update_id + 1
        if self._is_failing:
            log.info("telegram: updates come again")
        self._is_failing, self._pause = False, self._first_pause

    async def _back_off(self, reason: str) -> None:
        if not self._is_failing:
            log.warning("telegram: no updates: %s", reason)
        self._is_failing = True
        await asyncio.sleep(self._pause)
        self._pause = min(2 * self._pause, LONGEST_PAUSE)


class Requests(HTTPXRequest):
    """Reads Telegram's answers. An update that the library cannot read is an empty one, so that the others go on."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        try:
            answer = json.loads(payload.decode(errors="replace"))
        except ValueError:
            raise TelegramError("an answer that is no JSON") from None
        if not isinstance(answer, dict):
            raise TelegramError("an answer that is no object")
        if isinstance(answer.get("result"), list):
            answer["result"] = [_readable(item) for item in answer["result"]]
        return answer


def _readable(item: Any) -> Any:
    """The library would log an update that it cannot read, words and all."""
    if not isinstance(item, dict) or "update_id" not in item:
        return item
    try:
        Update.de_json(item, None)
    except Exception as error:  # it does not say which
        log.error("telegram: update %s cannot be read: %s", item["update_id"], type(error).__name__)
        return {"update_id": item["update_id"]}
    return item
