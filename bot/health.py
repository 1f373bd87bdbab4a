"""Liveness, readiness and metrics."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.platforms import Platforms
from bot.metrics import LETTERS
from bot.outbox import Outbox
from bot.rasa import Rasa
from bot.served import Served
from bot.store import Store


def health_routes(served: Served, store: Store, rasa: Rasa, platforms: Platforms, outbox: Outbox) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/healthz", summary="The process is alive")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @routes.get("/readyz", summary="Everything a turn needs is there")
    async def readyz() -> JSONResponse:
        release = served.release
        parts = {"release": release is not None, "rasa": await rasa.is_ready(), "database": await _reaches(store)}
        body = {
            "status": "ready" if all(parts.values()) else "not ready",
            "release": release.manifest.id if release else None,
            "records": release.manifest.counts.model_dump() if release else None,
            "encoder": release.manifest.encoder if release else None,
            "rasa": "ready" if parts["rasa"] else "unreachable",
            "database": "ready" if parts["database"] else "unreachable",
            "channels": platforms.status,
        }
        return JSONResponse(body, 200 if all(parts.values()) else 503)

    @routes.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        LETTERS.clear()
        for (channel, state), count in (await asyncio.to_thread(outbox.counts)).items():
            LETTERS.labels(channel, state).set(count)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return routes


async def _reaches(store: Store) -> bool:
    try:
        await asyncio.to_thread(store.ping)
    except SQLAlchemyError:
        return False
    return True
