"""The Official Account as a channel: its webhook, its start and stop, and sending."""

from __future__ import annotations

import json
import logging
import time

import httpx
from fastapi import APIRouter, Request, Response

from bot import metrics
from bot.channels.intake import IncomingMessage, Intake
from bot.channels.platform import Halted, Limits, Part, TryAgain
from bot.channels.zalo import events
from bot.channels.zalo.client import Client
from bot.channels.zalo.signature import HEADER, is_signed
from bot.channels.zalo.tokens import Secrets, Tokens
from bot.settings import Settings

log = logging.getLogger(__name__)

WEBHOOK = "/webhooks/zalo"
_TIMEOUT = 10.0  # seconds
_MOST_DIGITS = 20
_OLDEST = 6 * 3600.0  # seconds since an event happened


class ZaloOA:
    name = "zalo"
    limits = Limits(text=2000, buttons=5, title=100)
    trouble = ""

    def __init__(self, settings: Settings, intake: Intake, shared: Secrets) -> None:
        self._settings = settings
        self._intake = intake
        self._shared = shared
        self._app_id = settings.zalo_app_id.strip()
        self._app_secret = settings.zalo_app_secret.get_secret_value().strip()
        oa_secret = settings.zalo_oa_secret.get_secret_value().strip()
        self._signing_secret = self._app_secret if settings.zalo_sign_with == "app" else oa_secret
        self._http: tuple[httpx.AsyncClient, ...] = ()
        self._tokens: Tokens | None = None
        self._client: Client | None = None

    def routes(self) -> APIRouter:
        routes = APIRouter(include_in_schema=False)

        @routes.post(WEBHOOK)
        async def webhook(request: Request) -> Response:
            return Response(status_code=await self._hear(request.headers.get(HEADER), await request.body()))

        return routes

    async def start(self) -> None:
        """Raises `Halted` where no token can be had, or where no event could be told from a forged one."""
        needed = {
            "MOTCUA_ZALO_APP_ID": self._app_id,
            "MOTCUA_ZALO_APP_SECRET": self._app_secret,
            "MOTCUA_ZALO_OA_SECRET": self._signing_secret,
        }
        missing = [name for name, value in needed.items() if not value]
        if missing:
            raise Halted(f"Zalo needs {', '.join(missing)}: see the app's page on developers.zalo.me.")
        oauth = httpx.AsyncClient(base_url=self._settings.zalo_oauth, timeout=_TIMEOUT)
        api = httpx.AsyncClient(base_url=self._settings.zalo_api, timeout=_TIMEOUT)
        self._http = (oauth, api)
        first = self._settings.zalo_refresh_token.get_secret_value().strip()
        self._tokens = Tokens(oauth, self._shared, app_id=self._app_id, app_secret=self._app_secret, first=first)
        self._client = Client(api, self._tokens)
        for logger in ("httpx", "httpcore"):  # tokens are in headers, which httpcore tells at DEBUG
            logging.getLogger(logger).setLevel(logging.WARNING)
        try:
            await self._tokens.access()
        except TryAgain as problem:
            log.warning("zalo: no token yet: %s", problem)
        except Exception:
            await self.stop()
            raise

    async def stop(self) -> None:
        if self._tokens:
            await self._tokens.finish()
        for client in self._http:
            await client.aclose()
        self._http, self._client, self._tokens = (), None, None

    async def send(self, address: str, part: Part) -> None:
        if self._client is None:
            raise Halted("Zalo is not started")
        await self._client.send(address, part)

    async def _hear(self, signature: str | None, raw: bytes) -> int:
        """Takes one event; the status to answer with. What could not be stored is an exception: Zalo tries again."""
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            return 400
        if body == {}:  # the console, when the webhook's address is saved
            return 200
        if not isinstance(body, dict):
            return 400
        timestamp = events.timestamp_of(body)
        if not is_signed(signature, raw, timestamp, app_id=self._app_id, secret=self._signing_secret):
            metrics.REFUSED.labels("zalo_signature").inc()
            log.warning("zalo: an event without our signature (MOTCUA_ZALO_OA_SECRET, MOTCUA_ZALO_SIGN_WITH)")
            return 403
        if events.app_of(body) not in ("", self._app_id):
            metrics.REFUSED.labels("zalo_app").inc()
            return 403
        event = events.read(body)
        if event and not _is_old(timestamp):
            await self._handle(event)
        return 200

    async def _handle(self, event: events.Event) -> None:
        match event:
            case events.Said(user, message_id, kind, text):
                message = IncomingMessage(self.name, user, text, message_id, kind=kind, reply_to=user)
                await self._intake.take(message)
            case events.Left(user):
                await self._intake.reachable(self.name, user, False)
            case events.Withdrew(user):
                await self._intake.forget(self.name, user)
            case events.PersonAnswered(user, is_release):
                seconds = 0 if is_release else self._settings.zalo_takeover_minutes * 60
                await self._intake.hand_over(self.name, user, seconds)


def _is_old(timestamp: str) -> bool:
    """A signed body can be sent again for ever; Zalo itself gives up within two hours."""
    return timestamp.isdecimal() and len(timestamp) < _MOST_DIGITS and time.time() - int(timestamp) / 1000 > _OLDEST
