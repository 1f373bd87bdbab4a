"""The Telegram bot: its webhook or its polling, its menu, and its way to send."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from telegram import LinkPreviewOptions, ReplyKeyboardRemove, Update, User
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, InvalidToken, TelegramError
from telegram.ext import AIORateLimiter, ExtBot

from bot import metrics
from bot.channels.intake import IncomingMessage, Intake
from bot.channels.platform import Halted, Limits, Part, TryAgain
from bot.channels.telegram.commands import MENU
from bot.channels.telegram.polling import LONGEST_PAUSE, Poller, Requests
from bot.channels.telegram.sending import (
    OFFER_PLACE,
    PLACE_BUTTONS,
    THANK_FOR_PLACE,
    as_html,
    as_send_error,
    keyboard,
    reason_of,
)
from bot.channels.telegram.updates import CHANNEL, USED, PlaceKeyboard, read
from bot.secret import is_shown
from bot.settings import Settings

log = logging.getLogger(__name__)
PATH = "/webhooks/telegram"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
_TALKATIVE = ("httpx", "httpcore", "telegram")  # their lines hold the token, or what people write
_MOST_BESIDE = 32  # signs of typing and the like at once; beyond, they are left out
_TIMEOUT = 10.0  # seconds; a message that Telegram took and did not confirm in time is sent twice


class Telegram:
    """One bot. With a public address updates come by webhook, else by polling.

    `secret` is what Telegram shows at the webhook: 1 to 256 of A-Z, a-z, 0-9, _ and -. `pause`: seconds before the
    first new attempt when Telegram is out of reach; later ones come more slowly.
    """

    name = CHANNEL
    limits = Limits(text=4096, buttons=100, title=64)

    def __init__(self, settings: Settings, intake: Intake, *, secret: str, pause: float = 1.0) -> None:
        self._token = settings.telegram_token.get_secret_value()
        self._api = settings.telegram_api.rstrip("/")
        self._webhook = settings.public_url.rstrip("/") + PATH if settings.public_url else ""
        self._intake = intake
        self._secret = secret
        self._pause = pause
        self._bot: ExtBot[int] | None = None
        self._me: User | None = None  # from when Telegram has accepted the token
        self._tasks: set[asyncio.Task[None]] = set()
        self.trouble = ""

    # Both ways

    async def start(self) -> None:
        """Raises `Halted`. Where Telegram is out of reach, it goes on trying by itself."""
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)
        logging.getLogger("telegram.ext.AIORateLimiter").setLevel(logging.CRITICAL)  # a trace for each refusal
        try:
            await self._connect()
        except TryAgain as error:
            log.warning("telegram: out of reach, tried again until it is not: %s", error)
        except Halted:
            await self.stop()
            raise
        self._keep(self._work())

    async def stop(self) -> None:
        """A webhook stays: updates wait at Telegram."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._bot:
            await self._bot.shutdown()
        self._bot = self._me = None

    async def send(self, address: str, part: Part) -> None:
        if self._bot is None or self._me is None:
            raise TryAgain("Telegram is not connected yet")
        try:
            await self._bot.send_message(
                int(address),
                as_html(part),
                parse_mode=ParseMode.HTML,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=keyboard(part),
            )
        except TelegramError as error:
            raise as_send_error(error, self._token) from None

    def routes(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)

        @routes.post(PATH)
        async def hear(request: Request) -> Response:
            if not self._is_telegram(request):
                metrics.REFUSED.labels("webhook_secret").inc()
                return Response(status_code=403)
            if self._me is None:  # Telegram asks again
                return Response(status_code=503)
            update = _update(await request.body())
            if update is None:
                log.error("telegram: a webhook call that cannot be read")
                return Response(status_code=400)
            await self._store(update)
            return JSONResponse({})

        return routes

    # Parts

    async def _connect(self) -> None:
        """Checks the token, and says where updates are to go. Raises `Halted` or `TryAgain`."""
        try:
            if self._bot is None:
                http = Requests(read_timeout=_TIMEOUT, write_timeout=_TIMEOUT, pool_timeout=_TIMEOUT)
                self._bot = ExtBot(
                    self._token,
                    base_url=f"{self._api}/bot",
                    request=http,
                    get_updates_request=http,
                    rate_limiter=AIORateLimiter(group_max_rate=0),  # a full group is refused, and holds up nobody else
                )
            await self._bot.initialize()
            if self._webhook:
                await self._bot.set_webhook(self._webhook, secret_token=self._secret, allowed_updates=USED)
            else:
                await self._bot.delete_webhook()
        except InvalidToken as error:
            raise as_send_error(error, self._token) from None
        except BadRequest as error:
            reason = reason_of(error, self._token)
            raise Halted(
                f"Telegram does not accept the webhook ({reason}): MOTCUA_PUBLIC_URL is an https address that "
                "Telegram can reach, MOTCUA_TELEGRAM_SECRET has letters of A-Z, a-z, digits, _ and - only"
            ) from None
        except TelegramError as error:
            raise TryAgain(reason_of(error, self._token)) from None
        self._me = self._bot.bot
        self._beside(self._bot.set_my_commands, MENU)

    async def _work(self) -> None:
        pause = self._pause
        while self._me is None:
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
            try:
                await self._connect()
            except TryAgain:
                continue
            except Halted as error:
                self.trouble = str(error)
                log.error("telegram: %s", error)
                return
            log.info("telegram: connected")
        if not self._webhook:
            assert self._bot
            self.trouble = await Poller(self._bot, self._store, pause=self._pause).run()

    async def _store(self, update: Update) -> None:
        """Returns when the update is safe. What may fail without harm goes on beside it."""
        assert self._bot
        assert self._me
        try:
            heard = read(update, self._me)
        except Exception as error:  # fields of other types than the library expects
            log.error("telegram: update %s cannot be read: %s", update.update_id, type(error).__name__)
            return
        if heard.press:
            self._beside(self._bot.answer_callback_query, heard.press)
        if heard.presence:
            await self._intake.reachable(CHANNEL, heard.presence.sender, heard.presence.is_reachable)
        if heard.message and await self._intake.take(heard.message):
            self._react(self._bot, heard.message, heard.place_keyboard)

    def _react(self, bot: ExtBot[int], message: IncomingMessage, place_keyboard: PlaceKeyboard | None) -> None:
        chat = int(message.reply_to or 0)
        if chat > 0:  # groups have negative ids, and few messages a minute
            self._beside(bot.send_chat_action, chat, ChatAction.TYPING)
        if place_keyboard is PlaceKeyboard.OFFER:
            self._beside(bot.send_message, chat, OFFER_PLACE, reply_markup=PLACE_BUTTONS)
        if place_keyboard is PlaceKeyboard.REMOVE:
            self._beside(bot.send_message, chat, THANK_FOR_PLACE, reply_markup=ReplyKeyboardRemove())

    def _beside(self, call: Callable[..., Awaitable[object]], *values: Any, **more: Any) -> None:
        """Best effort: a sign of typing that fails is no loss."""

        async def tried() -> None:
            with suppress(TelegramError):
                await call(*values, **more)

        if len(self._tasks) < _MOST_BESIDE:
            self._keep(tried())

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _is_telegram(self, request: Request) -> bool:
        return is_shown(request.headers.get(SECRET_HEADER, ""), self._secret)


def _update(body: bytes) -> Update | None:
    """None where the body is no update."""
    try:
        data = json.loads(body)
        return Update.de_json(data, None) if isinstance(data["update_id"], int) else None
    except Exception:  # the library does not say what it raises
        return None
