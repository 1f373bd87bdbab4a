"""The composition root: the only place that wires the parts together."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from actions.custom import all_actions
from actions.desk import Desk
from bot import problems
from bot.action_server import action_routes
from bot.api import Gone, api_routes
from bot.asides import Asides
from bot.channels.intake import Intake
from bot.channels.platforms import PLATFORMS, Platforms, configured, ticket_links
from bot.channels.web import PAGES, Listeners, web_routes
from bot.health import health_routes
from bot.limits import PEOPLE_BEHIND_AN_ADDRESS, RateLimit
from bot.outbox import Outbox
from bot.rasa import Rasa
from bot.retention import keep_tidy
from bot.secret import kept_secret
from bot.served import Served
from bot.settings import Settings
from bot.shared import Shared
from bot.store import Store, connect
from bot.tickets import Tickets
from bot.worker import Worker
from knowledge.encoder import load_query_encoder
from knowledge.families import load_embassies, load_rules
from knowledge.nearest import NearestProvince
from knowledge.phrases import LEXICON, Lexicon
from knowledge.places import Gazetteer
from knowledge.release import ReleaseStore

log = logging.getLogger(__name__)
_LONGEST_BODY = 64 * 1024
_LONGEST_EVENT = 256 * 1024  # of a messaging platform: two long messages, every letter of them escaped


def create_app(settings: Settings, *, rasa: Rasa | None = None, served: Served | None = None) -> FastAPI:
    """Builds the app; nothing is loaded, connected or read until it starts."""
    engine = connect(settings.app_database)
    is_alone = engine.dialect.name == "sqlite"  # one process; several share a PostgreSQL
    store = Store(engine)
    rasa_secret = settings.rasa_secret.get_secret_value()
    rasa = rasa or Rasa.connect(
        f"http://127.0.0.1:{settings.rasa_port}",
        rasa_secret,
        timeout=settings.turn_timeout,
        tracker=connect(settings.tracker_database),
    )
    served = served or Served(
        ReleaseStore(settings.releases), lambda: load_query_encoder(settings.encoder, cache=settings.cache)
    )
    desk = Desk(
        served.retriever,
        Lexicon.load(LEXICON),
        Gazetteer.load(),
        choices={key: rule.choice for key, rule in load_rules().items() if rule.choice},
        embassies=load_embassies(),
        stale_after_days=settings.stale_after_days,
    )
    secret = settings.secret.get_secret_value() or kept_secret(settings.var / "secret")
    shared, outbox = Shared(engine), Outbox(engine)
    tickets = Tickets(engine, desk, links=ticket_links(settings))
    listeners = Listeners()

    def on_answer(person: str) -> None:
        listeners.wake(person)
        platforms.wake()

    worker = Worker(
        store,
        rasa,
        Asides(store, tickets, NearestProvince(desk.gazetteer), longest=settings.longest_message),
        on_answer=on_answer,
        gather=dict.fromkeys(PLATFORMS, settings.gather_seconds),
        shared=None if is_alone else shared,
    )
    intake = Intake(
        store,
        worker,
        rasa,
        secret=secret,
        longest=settings.longest_message,
        limit=RateLimit(settings.rate_per_minute),
        addresses=RateLimit(settings.rate_per_minute * PEOPLE_BEHIND_AN_ADDRESS),
    )

    platforms = Platforms(configured(settings, intake, shared, secret), outbox, shared)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(served.refresh)
        if is_alone:
            await asyncio.to_thread(shared.release_everything)
        await worker.start()
        await platforms.start()
        tidying = keep_tidy(
            store, outbox, tickets, rasa, silent_days=settings.retention_days, message_days=settings.message_days
        )
        background = [asyncio.create_task(served.watch(settings.release_poll)), asyncio.create_task(tidying)]
        yield
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await platforms.stop()
        await worker.stop()
        await rasa.close()

    app = FastAPI(
        title="Một Cửa",
        version="0.1.0",
        description="Administrative procedures of Vietnam: papers, fees, places, links. Answers carry source and date.",
        lifespan=lifespan,
    )
    problems.install(app)
    _install_gone(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(GZipMiddleware, minimum_size=1024)

    def address_of(request: Request) -> str | None:
        """None for those no rate limit applies to."""
        if request.client is None or (settings.trust_loopback and _is_loopback(request.client.host)):
            return None
        return request.client.host

    app.include_router(health_routes(served, store, rasa, platforms, outbox))
    app.include_router(api_routes(intake, store, rasa, desk, longest=settings.longest_message, address_of=address_of))
    app.include_router(
        web_routes(
            intake, store, rasa, listeners, address_of=address_of, tickets=tickets, public_url=settings.public_url
        )
    )
    app.include_router(platforms.routes())
    app.include_router(action_routes(all_actions(desk, store), rasa_secret))
    app.mount("/static", StaticFiles(directory=PAGES), name="static")
    return app


def _install_gone(app: FastAPI) -> None:
    @app.exception_handler(Gone)
    async def _gone(request: Request, error: Gone) -> JSONResponse:
        return JSONResponse({"error": {"code": "retired", "message": error.message}, **error.body}, 410)


class BodyLimit:
    """Refuses bodies that are too large, announced or not. Rasa's own trackers are let through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == "/webhook":
            await self._app(scope, receive, send)
            return
        longest = _LONGEST_EVENT if scope["path"].startswith("/webhooks/") else _LONGEST_BODY
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > longest:
                raise HTTPException(413, "Nội dung gửi lên quá lớn.")
            return message

        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdigit() and int(announced) > longest:
            response = problems.problem_json(413, "too_large", "Nội dung gửi lên quá lớn.")
            await response(scope, receive, send)
            return
        await self._app(scope, counted, send)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
