"""The channel through which the app talks to Rasa, on the loopback interface.

Rasa's own REST channel asks for no secret and answers 200 and an empty list when a turn failed; this one does neither.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import os
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, Optional

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

log = logging.getLogger(__name__)

SECRET_VARIABLE = "MOTCUA_RASA_SECRET"
SECRET_HEADER = "X-Motcua-Secret"
# Rasa waits 300 s for an action and has no setting for it. A turn is one action, so its limit is set here; a turn that
# is cut off leaves no trace in the tracker, and the app can send the message again.
TURN_TIMEOUT = 8.0

Handler = Callable[[Request], Awaitable[HTTPResponse]]


class MotCuaChannel(RestInput):
    """`POST webhook` {sender, message, metadata} → replies; `POST parse` {text} → what Rasa makes of a text."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    @classmethod
    def name(cls) -> str:
        return "motcua"

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> MotCuaChannel:
        secret = os.environ.get(SECRET_VARIABLE)
        if not secret:
            raise RasaException(f"{SECRET_VARIABLE} is not set: the channel does not start without a secret.")
        return cls(secret)

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        channel = Blueprint("motcua_channel")

        @channel.get("/")
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @channel.post("/webhook")
        @self._needs_secret
        async def webhook(request: Request) -> HTTPResponse:
            replies = CollectingOutputChannel()
            message = UserMessage(
                self._extract_message(request),
                replies,
                await self._extract_sender(request),
                input_channel=self.name(),
                metadata=self.get_metadata(request),
            )
            await _run_turn(on_new_message, message)
            if not replies.messages:
                return response.json({"error": "no_reply"}, status=502)
            return response.json(replies.messages)

        @channel.post("/parse")
        @self._needs_secret
        async def parse(request: Request) -> HTTPResponse:
            return response.json(await request.app.ctx.agent.parse_message(request.json["text"]))

        return channel

    def _needs_secret(self, handler: Handler) -> Handler:
        @wraps(handler)
        async def guarded(request: Request) -> HTTPResponse:
            given = request.headers.get(SECRET_HEADER, "")
            if not hmac.compare_digest(given.encode(), self._secret.encode()):
                return response.json({"error": "forbidden"}, status=403)
            return await handler(request)

        return guarded


async def _run_turn(on_new_message: Callable[[UserMessage], Awaitable[Any]], message: UserMessage) -> None:
    try:
        await asyncio.wait_for(on_new_message(message), TURN_TIMEOUT)
    except asyncio.TimeoutError:  # noqa: UP041 - another class until Python 3.11
        log.error("turn timed out after %s s", TURN_TIMEOUT)
    except Exception:  # Whatever broke inside Rasa, the app learns it as 502. The message itself is never logged.
        log.exception("turn failed")
