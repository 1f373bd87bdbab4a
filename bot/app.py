"""The composition root: the only place that wires the parts together."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from actions.custom import all_actions
from actions.desk import Desk
from bot import problems
from bot.action_server import action_routes
from bot.api import Gone, api_routes
from bot.channels.intake import Intake
from bot.channels.web import PAGES, Listeners, web_routes
from bot.health import health_routes
from bot.limits import RateLimit
from bot.rasa import Rasa
from bot.retention import forget_silent_people
from bot.secret import kept_secret
from bot.served import Served
from bot.settings import Settings
from bot.store import Store, connect
from bot.worker import Worker
from knowledge.encoder import load_query_encoder
from knowledge.phrases import LEXICON, Lexicon
from knowledge.places import Provinces
from knowledge.release import ReleaseStore

log = logging.getLogger(__name__)
_LONGEST_BODY = 64 * 1024


def create_app(settings: Settings, *, rasa: Rasa | None = None, served: Served | None = None) -> FastAPI:
    """Builds the app; nothing is loaded, connected or read until it starts."""
    store = Store(connect(settings.app_database))
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
    desk = Desk(served.retriever, Lexicon.load(LEXICON), Provinces.load(), stale_after_days=settings.stale_after_days)
    listeners = Listeners()
    worker = Worker(store, rasa, on_answer=listeners.wake)
    intake = Intake(
        store,
        worker,
        secret=settings.secret.get_secret_value() or kept_secret(settings.var / "secret"),
        longest=settings.longest_message,
        limit=RateLimit(settings.rate_per_minute),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        await asyncio.to_thread(served.refresh)
        await worker.start()
        background = [
            asyncio.create_task(served.watch(settings.release_poll)),
            asyncio.create_task(forget_silent_people(store, rasa, settings.retention_days)),
        ]
        yield
        for task in background:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await worker.stop()
        await rasa.close()

    app = FastAPI(
        title="Một Cửa",
        version="0.1.0",
        description="Administrative procedures of Vietnam: papers, fees, places, online services. Answers carry source and date.",
        lifespan=lifespan,
    )
    problems.install(app)
    _install_gone(app)
    _limit_bodies(app)

    def is_limited(request: Request) -> bool:
        return not (settings.trust_loopback and _is_loopback(request))

    app.include_router(health_routes(served, store, rasa))
    app.include_router(
        api_routes(intake, store, rasa, desk, longest=settings.longest_message, is_limited=is_limited)
    )
    app.include_router(web_routes(intake, store, rasa, listeners))
    app.include_router(action_routes(all_actions(desk, store), rasa_secret))
    app.mount("/static", StaticFiles(directory=PAGES), name="static")
    return app


def _install_gone(app: FastAPI) -> None:
    @app.exception_handler(Gone)
    async def _gone(request: Request, error: Gone) -> JSONResponse:
        return JSONResponse({"error": {"code": "retired", "message": error.message}, **error.body}, 410)


def _limit_bodies(app: FastAPI) -> None:
    @app.middleware("http")
    async def _limit(request: Request, call_next):  # type: ignore[no-untyped-def]
        length = request.headers.get("content-length", "0")
        is_action = request.url.path == "/webhook"  # Rasa's trackers are large
        if not is_action and length.isdigit() and int(length) > _LONGEST_BODY:
            return problems.problem_json(413, "too_large", "Nội dung gửi lên quá lớn.")
        return await call_next(request)


def _is_loopback(request: Request) -> bool:
    if request.client is None:
        return False
    with suppress(ValueError):
        return ipaddress.ip_address(request.client.host).is_loopback
    return False
