"""Zalo's Bot Platform as a channel, for pilots: text only, no buttons; a webhook, or polling without a public address.

A poll gives one update, and nobody gets it again: it is stored before the next poll, however long that takes, and a
stop waits for the poll that runs. What a crash can lose is the one update on its way to a poll; a webhook loses none.
Groups are left out: a checklist is nobody else's business.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from typing import Any

import httpx
from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.channels.intake import IncomingMessage, Intake
from bot.channels.kinds import Kind
from bot.channels.platform import Halted, Limits, Part, Refused, SendError, TryAgain, Unreachable
from bot.channels.zalo.answers import fields_of, number_of, reason_of
from bot.secret import is_shown
from bot.settings import Settings

log = logging.getLogger(__name__)

WEBHOOK = "/webhooks/zalo-bot"
HEADER = "X-Bot-Api-Secret-Token"
_TIMEOUT = 10.0  # seconds
_POLL = 5  # seconds that a poll waits for an update, and a stop for a poll
_SHORTEST_POLL = 0.3  # seconds; one that ends earlier without an update did not wait, and is followed by a pause
_LONGEST_PAUSE = 60.0  # seconds between attempts
_LONGEST_ID = 128  # characters, of the inbox
_IDLE = 408
_KINDS = {
    "message.text.received": Kind.TEXT,
    "message.image.received": Kind.PHOTO,
    "message.sticker.received": Kind.STICKER,
    "message.voice.received": Kind.VOICE,
    "message.unsupported.received": Kind.OTHER,
}


class Idle(SendError):
    """A poll ended without an update."""


class ZaloBot:
    name = "zalo-bot"
    trouble = ""
    limits = Limits(text=2000, buttons=0, title=0)

    def __init__(self, settings: Settings, intake: Intake, *, secret: str) -> None:
        """`secret` is the webhook's."""
        self._intake = intake
        self._public_url = settings.public_url.strip().rstrip("/")
        self._api = settings.zalo_bot_api.rstrip("/")
        self._token = settings.zalo_bot_token.get_secret_value().strip()
        self._secret = secret
        self._http: httpx.AsyncClient | None = None
        self._loop: asyncio.Task[None] | None = None
        self._is_polling = self._is_stopping = False
        self._typing: set[asyncio.Task[None]] = set()

    def routes(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)

        @routes.post(WEBHOOK)
        async def webhook(request: Request) -> Response:
            given = request.headers.get(HEADER, "")
            if not is_shown(given, self._secret):
                metrics.REFUSED.labels("zalo_bot_secret").inc()
                return Response(status_code=403)
            try:
                body = json.loads(await request.body())
            except (ValueError, RecursionError):
                body = None
            if not isinstance(body, dict):
                return Response(status_code=400)
            if message := read(body.get("result")):
                await self._take(message)
            return Response(status_code=200)

        return routes

    async def start(self) -> None:
        """Raises `Halted` where the token or the webhook's address is no good. Without an answer it goes on trying."""
        for logger in ("httpx", "httpcore"):  # their lines hold the address, and the address holds the token
            logging.getLogger(logger).setLevel(logging.WARNING)
        self._http = httpx.AsyncClient(timeout=_TIMEOUT)
        self._is_stopping = False
        try:
            await self._set_up()
        except (Halted, Refused) as problem:
            await self.stop()
            raise Halted(
                f"Zalo's Bot Platform does not accept our settings ({problem}). Check MOTCUA_ZALO_BOT_TOKEN; for a "
                "webhook, MOTCUA_PUBLIC_URL (https) and MOTCUA_ZALO_BOT_SECRET (8 to 256 characters)."
            ) from None
        except SendError as problem:
            log.warning("zalo bot: not connected yet: %s", problem)
            self._loop = asyncio.create_task(self._run(is_set_up=False))
        else:
            self._loop = asyncio.create_task(self._run(is_set_up=True))

    async def stop(self) -> None:
        self._is_stopping = True
        if self._loop and self._is_polling:
            await asyncio.wait([self._loop], timeout=_POLL + 1.0)
        tasks = [*self._typing, *([self._loop] if self._loop else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._http:
            await self._http.aclose()
        self._http = self._loop = None

    async def send(self, address: str, part: Part) -> None:
        await self._call("sendMessage", chat_id=address, text=part.text)

    async def _set_up(self) -> None:
        await self._call("getMe")
        if self._public_url:
            await self._call("setWebhook", url=self._public_url + WEBHOOK, secret_token=self._secret)
        else:
            await self._call("deleteWebhook")  # one left behind would forbid polling

    async def _run(self, *, is_set_up: bool) -> None:
        pause = 1.0
        while not self._is_stopping:
            try:
                if not is_set_up:
                    await self._set_up()
                    is_set_up = True
                if self._public_url:
                    return
                self._is_polling = True
                await self._poll()
                pause = 1.0
                continue
            except SendError as problem:
                log.warning("zalo bot: next attempt in %.0f s: %s", pause, problem)
            except Exception:  # polling must go on, whatever broke
                log.exception("zalo bot: next attempt in %.0f s", pause)
            is_set_up = self._is_polling = False
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _poll(self) -> None:
        started = time.monotonic()
        try:
            update = await self._call("getUpdates", timeout=_POLL)
        except Idle:
            update = None
        message = read(update)
        if message:
            await self._store(message)
        elif update is None and time.monotonic() - started < _SHORTEST_POLL:
            await asyncio.sleep(_SHORTEST_POLL)

    async def _store(self, message: IncomingMessage) -> None:
        """Until it is stored, or is what no attempt can store."""
        pause = 0.5
        while True:
            try:
                return await self._take(message)
            except SQLAlchemyError as problem:
                log.error("zalo bot: a message waits to be stored: %s", type(problem).__name__)
            except Exception:  # the messages behind it must not wait for ever
                log.exception("zalo bot: a message is left out")
                return None
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _take(self, message: IncomingMessage) -> None:
        await self._intake.take(message)
        task = asyncio.create_task(self._show_typing(message.reply_to or ""))
        self._typing.add(task)
        task.add_done_callback(self._typing.discard)

    async def _show_typing(self, chat: str) -> None:
        try:
            await self._call("sendChatAction", chat_id=chat, action="typing")
        except SendError:
            log.debug("zalo bot: typing was not shown")

    async def _call(self, method: str, **fields: Any) -> Any:
        """The result. Raises `SendError`."""
        if self._http is None:
            raise Halted("Zalo's Bot Platform is not started")
        waits = _POLL + _TIMEOUT if method == "getUpdates" else _TIMEOUT
        try:
            response = await self._http.post(f"{self._api}/bot{self._token}/{method}", json=fields, timeout=waits)
        except (httpx.HTTPError, httpx.InvalidURL) as problem:  # its text may hold the address
            raise TryAgain(f"no answer to {method}: {type(problem).__name__}") from None
        answer = fields_of(response)
        if answer.get("ok") is True:
            return answer.get("result")
        code = number_of(answer.get("error_code")) or response.status_code
        if method == "getUpdates" and code == _IDLE:
            raise Idle("no update")
        raise _problem(method, code, answer.get("description"), response.headers.get("Retry-After"))


def read(update: Any) -> IncomingMessage | None:
    """The message of an update; None for what is no message of one person."""
    if not isinstance(update, dict):
        return None
    name, message = str(update.get("event_name", "")), update.get("message")
    if not isinstance(message, dict) or not name.startswith("message."):
        return None
    sender, chat = _fields(message, "from"), _fields(message, "chat")
    user, address, message_id = _string(sender.get("id")), _string(chat.get("id")), _string(message.get("message_id"))
    is_private = chat.get("chat_type", "PRIVATE") == "PRIVATE" and not sender.get("is_bot")
    if not (user and address and message_id and is_private):
        return None
    kind = _KINDS.get(name, Kind.OTHER)
    text = _string(message.get("text")) if kind is Kind.TEXT else ""
    return IncomingMessage(ZaloBot.name, user, text, message_id[:_LONGEST_ID], kind=kind, reply_to=address)


def _problem(method: str, code: int, words: object, after: str | None) -> SendError:
    reason = f"{method}: {reason_of(code, words)}"
    match code:
        case 400 if "chat not found" in str(words).lower():
            return Unreachable(reason)
        case 400:
            return Refused(reason)
        case 401 | 404:  # 404: the address, which holds the token, is unknown
            return Halted(reason)
        case 403:
            return Unreachable(reason)
    seconds = number_of(after)
    return TryAgain(reason, None if seconds is None else float(seconds))


def _fields(message: dict[str, Any], name: str) -> dict[str, Any]:
    found = message.get(name)
    return found if isinstance(found, dict) else {}


def _string(value: Any) -> str:
    """Half a surrogate pair, which no database takes, becomes "?"."""
    return str(value).encode(errors="replace").decode() if isinstance(value, str | int) else ""
