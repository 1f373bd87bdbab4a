"""The web chat: a cookie names the browser, POST answers 202, replies come as server-sent events with replay."""

from __future__ import annotations

import asyncio
import io
import json
import re
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Annotated, Any

import segno
from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from sse_starlette import EventSourceResponse, ServerSentEvent

from actions.texts import say
from bot import metrics
from bot.channels.intake import IncomingMessage, Intake
from bot.limits import PEOPLE_BEHIND_AN_ADDRESS, RateLimit
from bot.problems import Problem
from bot.rasa import Rasa
from bot.store import Answer, Store
from bot.tickets import Tickets

PAGES = Path(__file__).parent.parent / "web"
COOKIE = "motcua"
_YEAR = 365 * 24 * 3600
_LONGEST_COOKIE = 64
_TICKETS_A_MINUTE = 6  # one browser; a clerk hands them out one by one, a script does not
_EVENT_ID = re.compile(r"^[0-9]{1,18}$")
_SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class WebMessage(BaseModel):
    text: str = Field(max_length=60_000)
    id: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")


class Listeners:
    """Who waits for whose answers: one wake-up event for each open stream."""

    def __init__(self) -> None:
        self._events: dict[str, set[asyncio.Event]] = {}

    def wake(self, person: str) -> None:
        for event in self._events.get(person, ()):
            event.set()

    def add(self, person: str) -> asyncio.Event:
        event = asyncio.Event()
        self._events.setdefault(person, set()).add(event)
        return event

    def remove(self, person: str, event: asyncio.Event) -> None:
        listening = self._events.get(person, set())
        listening.discard(event)
        if not listening:
            self._events.pop(person, None)


def web_routes(
    intake: Intake,
    store: Store,
    rasa: Rasa,
    listeners: Listeners,
    *,
    address_of: Callable[[Request], str | None],
    tickets: Tickets,
    public_url: str,
) -> APIRouter:
    """`public_url`: where a phone finds this page; the address a request came to, where it is empty."""
    routes = APIRouter(include_in_schema=False)
    limit = RateLimit(_TICKETS_A_MINUTE)
    addresses = RateLimit(_TICKETS_A_MINUTE * PEOPLE_BEHIND_AN_ADDRESS)

    def person_of(request: Request) -> str | None:
        cookie = request.cookies.get(COOKIE)
        return intake.person("web", cookie) if cookie else None

    @routes.get("/")
    async def page(request: Request) -> Response:
        response = FileResponse(PAGES / "index.html", headers=_SECURITY)
        _ensure_cookie(request, response)
        return response

    @routes.post("/api/web/messages", status_code=202)
    async def send(message: WebMessage, request: Request, response: Response) -> dict[str, str]:
        browser = _ensure_cookie(request, response)
        await intake.accept(IncomingMessage("web", browser, message.text, message.id, address_of(request)))
        listeners.wake(intake.person("web", browser))
        return {"id": message.id}

    @routes.get("/api/web/events")
    async def events(request: Request, after: Annotated[int, Query(ge=0, lt=2**63)] = 0) -> Response:
        person = person_of(request)
        if person is None:
            return Response(status_code=204)
        seen = request.headers.get("last-event-id", "")
        start = max(after, int(seen) if _EVENT_ID.match(seen) else 0)
        return EventSourceResponse(_stream(person, start, store, listeners), ping=15)

    @routes.get("/api/web/history")
    async def history(request: Request) -> dict[str, Any]:
        person = person_of(request)
        answers = await asyncio.to_thread(store.answers, person) if person else []
        turns = [{"id": a.message_id, "text": None, "replies": a.replies, "event_id": a.id} for a in answers]
        return {"turns": turns}

    @routes.post("/api/web/ticket", status_code=201)
    async def ticket(request: Request) -> dict[str, Any]:
        person, address = person_of(request), address_of(request)
        if address and not (addresses.allows(address) and (person is None or limit.allows(person))):
            metrics.REFUSED.labels("too_fast").inc()
            raise Problem(429, "too_fast", say("too_fast"))
        walk = (await asyncio.to_thread(store.load, person)).walk if person else None
        if walk is None:
            raise Problem(409, "no_walk", say("ticket_no_walk"))
        given = await asyncio.to_thread(tickets.issue, walk)
        here = (public_url or str(request.base_url)).rstrip("/")
        return {
            "code": given.shown,
            "procedure": walk.procedure,
            "expires_at": given.expires_at.isoformat(),
            "links": dict(given.links),
            "qr": _qr(f"{here}/?phieu={given.shown}", title=f"QR {given.shown}"),
        }

    @routes.delete("/api/web/me")
    async def forget(request: Request, response: Response) -> dict[str, str]:
        person = person_of(request)
        count = 0
        if person:
            count = await asyncio.to_thread(store.forget, person, keep_inbox=False)
            await asyncio.to_thread(rasa.forget, person)
        _new_cookie(request, response)  # whatever comes next is somebody new
        return {"message": say("forgotten", count=count)}

    return routes


def _ensure_cookie(request: Request, response: Response) -> str:
    browser = request.cookies.get(COOKIE)
    return browser if browser and len(browser) <= _LONGEST_COOKIE else _new_cookie(request, response)


def _new_cookie(request: Request, response: Response) -> str:
    """The browser's secret name: made by the server, readable by no script."""
    browser = secrets.token_urlsafe(24)
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, browser, max_age=_YEAR, httponly=True, samesite="lax", secure=secure)
    return browser


def _qr(link: str, *, title: str) -> str:
    """An SVG of paths alone, black on white whatever the page's colours are, as large as its frame."""
    svg = io.BytesIO()
    code = segno.make_qr(link, error="m")
    code.save(
        svg, kind="svg", dark="#000", light="#fff", title=title,
        omitsize=True, svgclass=None, lineclass=None, xmldecl=False, nl=False,
    )  # fmt: skip
    return svg.getvalue().decode()


async def _stream(person: str, after: int, store: Store, listeners: Listeners) -> AsyncIterator[ServerSentEvent]:
    """Everything after an id, then whatever comes; ids are the outbox's, so a reconnect misses nothing."""
    wake = listeners.add(person)
    try:
        while True:
            wake.clear()
            for answer in await asyncio.to_thread(store.answers, person, after=after):
                after = answer.id
                yield _event(answer)
                await asyncio.to_thread(store.mark_sent, answer.inbox_id)
            await wake.wait()
    finally:
        listeners.remove(person, wake)


def _event(answer: Answer) -> ServerSentEvent:
    data = {"id": answer.id, "in_reply_to": answer.message_id, "replies": answer.replies}
    return ServerSentEvent(json.dumps(data, ensure_ascii=False), event="reply", id=str(answer.id))
