"""The JSON API: chat, understanding, search, and the catalogue of procedures with their checklists and links."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from actions.desk import Desk, Understanding
from actions.finding import Finding, find, understand
from actions.reply import Reply, Status
from actions.showing import links_of
from actions.texts import say
from bot import metrics
from bot.channels.intake import IncomingMessage, Intake
from bot.places import PlacesResponse, places_for
from bot.privacy import redact
from bot.problems import Problem
from bot.rasa import Rasa, plain_text
from bot.store import Store
from knowledge.catalogue import Filter
from knowledge.links import deep_link, source_url
from knowledge.phrases import cut
from knowledge.place_names import province_named, read_place
from knowledge.places import Province
from knowledge.procedure import CODE, DocumentKind, OnlineLevel, Procedure
from knowledge.retriever import Hit
from knowledge.text import nfc

MOST_CHARACTERS = 60_000  # beyond any setting; pydantic then also refuses text that is no Unicode
_ANSWER_WITHIN = 9.5  # seconds: the worker's own limit is shorter, this is the last resort


class ChatRequest(BaseModel):
    model_config = {"json_schema_extra": {"examples": [{"sender": "quay-3", "text": "lam lai cccd bi mat can gi"}]}}

    sender: str = Field(min_length=1, max_length=128)
    text: str = Field(max_length=MOST_CHARACTERS)
    message_id: str | None = Field(
        default=None,
        max_length=128,
        pattern=r"^[^\x00-\x1f]+$",
        description="Sent again with the same id, it is answered once.",
    )


class ButtonOut(BaseModel):
    title: str
    payload: str


class LinkOut(BaseModel):
    title: str
    url: str


class ItemOut(BaseModel):
    key: str
    title: str
    state: Literal["have", "lack", "open"]


class ChecklistOut(BaseModel):
    title: str
    done: int
    missing: int
    total: int
    items: list[ItemOut]


class ReplyOut(BaseModel):
    text: str
    status: Literal[
        "answer", "ask", "unknown", "out_of_scope", "guidance", "smalltalk", "emergency", "refuse", "walk", "error"
    ]
    procedure: str | None
    facets: list[str]
    buttons: list[ButtonOut]
    links: list[LinkOut]
    checklist: ChecklistOut | None


class ChatResponse(BaseModel):
    replies: list[ReplyOut]


class HitOut(BaseModel):
    code: str
    name: str
    family: str
    members: list[str]
    score: float
    parts: dict[str, float]


class SearchResponse(BaseModel):
    decision: Literal["answer", "ask", "unknown", "out_of_scope"]
    hits: list[HitOut]
    took_ms: float


class UnderstandRequest(BaseModel):
    model_config = {"json_schema_extra": {"examples": [{"text": "phí đổi bằng lái xe bao nhiêu"}]}}

    text: str = Field(max_length=MOST_CHARACTERS)


class UnderstandResponse(BaseModel):
    act: str
    facets: list[str]
    off_topic: float = Field(description="How likely the message is about no procedure, 0 to 1.")
    query: str
    decision: Literal["answer", "ask", "unknown", "out_of_scope"]
    hits: list[HitOut]


def api_routes(
    intake: Intake, store: Store, rasa: Rasa, desk: Desk, *, longest: int, address_of: Callable[[Request], str | None]
) -> APIRouter:
    routes = APIRouter(prefix="/api")

    def checked(text: str) -> str:
        if not text.strip():
            raise Problem(422, "empty", say("empty"))
        if len(text) > longest:
            raise Problem(413, "too_long", say("too_long", limit=longest))
        return text

    def province_of(name: str | None) -> Province | None:
        if not name:
            return None
        province = desk.gazetteer.province(name) or province_named(name, desk.gazetteer)
        if province is None:
            raise Problem(422, "no_such_province", f"Không có tỉnh, thành phố nào tên “{name}”.")
        return province

    def procedure_of(code: str) -> Procedure:
        """The record; a code that left the portal answers 410 with what took its place."""
        procedure = desk.catalogue.get(code)
        if procedure:
            return procedure
        gone = desk.catalogue.retired(code)
        if gone is None:
            raise Problem(404, "no_such_procedure", f"Không có thủ tục nào mang mã {code}.")
        raise Gone(code, gone.name, gone.replacement, sure=gone.sure, why=gone.why)

    @routes.post("/chat", response_model=ChatResponse, summary="Say something, get the replies")
    async def chat(body: ChatRequest, request: Request) -> dict[str, Any]:
        message = IncomingMessage(
            "api", body.sender, body.text, body.message_id or secrets.token_hex(12), address=address_of(request)
        )
        stored, answered = await intake.accept(message)
        try:
            replies = await asyncio.wait_for(asyncio.shield(answered), _ANSWER_WITHIN)
        except TimeoutError:  # others are before it; it will be answered, but the caller should not wait for that
            return {"replies": [Reply(say("error"), Status.ERROR).to_json()]}
        await asyncio.to_thread(store.mark_sent, stored.id)
        return {"replies": replies}

    @routes.post("/understand", response_model=UnderstandResponse, summary="What a message is taken to mean")
    async def understanding(body: UnderstandRequest) -> dict[str, Any]:
        text = redact(checked(body.text)).text
        parse = await rasa.parse(plain_text(text))

        def read() -> tuple[Understanding, Finding]:
            said = understand(parse, desk.gazetteer)
            where = said.place.sure.province if said.place.sure else None
            return said, find(said, desk.retriever(), where)

        said, finding = await asyncio.to_thread(read)
        return {
            "act": said.act.value,
            "facets": list(said.facets),
            "off_topic": round(said.off_topic, 4),
            "query": said.query,
            "decision": finding.decision.value,
            "hits": [_hit(hit) for hit in finding.hits],
        }

    @routes.get("/search", response_model=SearchResponse, summary="Procedures for a question")
    async def search(
        q: Annotated[str, Query(min_length=1, max_length=1000)],
        limit: Annotated[int, Query(ge=1, le=20)] = 5,
        province: Annotated[str | None, Query(max_length=60)] = None,
    ) -> dict[str, Any]:
        where = province_of(province)
        named = await asyncio.to_thread(read_place, q, desk.gazetteer)
        if named.sure and not named.only:  # "đăng ký tạm trú ở quận 7"
            q = cut(nfc(q), named.spans) or q
            where = where or named.sure.province
        query = desk.lexicon.without_asking(q) or q
        with metrics.SEARCH_SECONDS.time():
            result = await asyncio.to_thread(desk.retriever().search, query, limit=limit, province=where)
        hits = [_hit(hit) for hit in result.hits]
        return {"decision": result.decision.value, "hits": hits, "took_ms": round(result.took_ms, 2)}

    @routes.get("/places", response_model=PlacesResponse, summary="Today's places for a name, old or new")
    async def places(q: Annotated[str, Query(min_length=1, max_length=200)]) -> PlacesResponse:
        return places_for(q, desk.gazetteer)

    @routes.get("/procedures", summary="The list of services, narrowed and paged")
    async def procedures(
        text: Annotated[str | None, Query(max_length=200)] = None,
        ministry: Annotated[str | None, Query(max_length=200)] = None,
        province: Annotated[str | None, Query(max_length=60)] = None,
        field: Annotated[str | None, Query(max_length=200)] = None,
        applicant: Annotated[str | None, Query(max_length=200)] = None,
        level: OnlineLevel | None = None,
        page: Annotated[int, Query(ge=1, le=10_000)] = 1,
        per_page: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> dict[str, Any]:
        where = province_of(province)
        wanted = Filter(text, ministry, where.short_name if where else None, field, applicant, level)
        total, rows = await asyncio.to_thread(desk.catalogue.page, wanted, limit=per_page, offset=(page - 1) * per_page)
        items = [
            {
                "code": r.code, "name": r.name, "title": r.title, "field": r.field, "ministry": r.ministry,
                "province": r.province, "level": r.level.value,
            }
            for r in rows
        ]  # fmt: skip
        return {"total": total, "page": page, "per_page": per_page, "items": items}

    @routes.get("/procedures/{code}", summary="One record, whole")
    async def procedure(code: str) -> dict[str, Any]:
        found = procedure_of(_code(code))
        record = found.model_dump(mode="json")
        family = list(desk.retriever().family_of(found.code))
        return record | {"title": found.title, "members": family, "url": source_url(found)}

    @routes.get("/procedures/{code}/checklist", summary="Its cases and their papers")
    async def checklist(code: str) -> dict[str, Any]:
        found = procedure_of(_code(code))
        return {
            "code": found.code,
            "title": found.title,
            "question": found.case_question or None,
            "cases": [
                {
                    "key": case.key,
                    "label": case.label,
                    "note": case.note or None,
                    "papers": [p.model_dump(mode="json", exclude={"kind"}) for p in case.papers],
                    "notes": [d.name for d in case.documents if d.kind is DocumentKind.NOTE],
                }
                for case in found.cases
            ],
            "checked_on": found.checked_on.isoformat(),
            "source": found.source,
        }

    @routes.get("/procedures/{code}/link", summary="The deep link to its online service or page")
    async def link(code: str, province: Annotated[str | None, Query(max_length=60)] = None) -> dict[str, Any]:
        found = procedure_of(_code(code))
        where = province_of(province)
        best = deep_link(found, where)
        links = [{"title": item.title, "url": item.url} for item in links_of(found, where)]
        return {
            "code": found.code,
            "level": found.online_level.value,
            "kind": best.kind.value,
            "url": best.url,
            "links": links,
        }

    return routes


class Gone(Problem):
    """410: the code left the portal."""

    def __init__(self, code: str, name: str, replacement: str | None, *, sure: bool, why: str) -> None:
        super().__init__(410, "retired", f"Mã {code} ({name}) không còn trên Cổng Dịch vụ công quốc gia.")
        self.body = {
            "code": code,
            "name": name,
            "replacement": replacement if sure else None,
            "maybe": None if sure else replacement,
            "why": why,
        }


def _code(code: str) -> str:
    if not CODE.match(code):
        raise Problem(422, "bad_code", "Mã thủ tục có dạng 1.004222.")
    return code


def _hit(hit: Hit) -> dict[str, Any]:
    return {
        "code": hit.code, "name": hit.name, "family": hit.family,
        "members": list(hit.members), "score": hit.score, "parts": dict(hit.parts),
    }  # fmt: skip
