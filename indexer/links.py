"""Are the links right? Their form is checked offline for every procedure; whether they answer, only when asked."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import httpx

from knowledge.links import PORTAL, deep_link, source_url
from knowledge.places import Province
from knowledge.procedure import UUID, Procedure

AGENT = "motcua-link-check (+https://dichvucong.gov.vn users' assistant)"
_PAGE = re.compile(r"^/thu-tuc-hanh-chinh(-lien-thong)?/(?P<id>[0-9a-f-]{36})$")
_SEARCH = "/tim-kiem-thu-tuc-hanh-chinh"
_OTHER_METHOD = {405, 501}  # "no HEAD here": ask with GET


@dataclass(frozen=True)
class LinkProblem:
    code: str
    url: str
    problem: str


def every_link(procedure: Procedure, province: Province) -> set[str]:
    """All links a person can be given for a procedure: with and without a known province, and the cited page."""
    return {deep_link(procedure).url, deep_link(procedure, province).url, source_url(procedure)}


def wrong_forms(procedures: Iterable[Procedure], province: Province) -> Iterator[LinkProblem]:
    """Links whose form the portal would not understand, or whose ids are not those of the record."""
    known = list(procedures)
    for procedure in known:
        for url in sorted(every_link(procedure, province)):
            problem = _wrong(url, procedure, province)
            if problem:
                yield LinkProblem(procedure.code, url, problem)
    shared = Counter(p.uuid for p in known if p.uuid)
    for procedure in known:
        if procedure.uuid and shared[procedure.uuid] > 1:
            yield LinkProblem(procedure.code, source_url(procedure), "another procedure has the same portal id")


def _wrong(url: str, procedure: Procedure, province: Province) -> str:
    parts = urlsplit(url)
    if f"{parts.scheme}://{parts.netloc}" != PORTAL:
        return "is not on the national portal"
    page = _PAGE.match(parts.path)
    if page:
        return "" if page["id"] == procedure.uuid else "names an id that is not the record's"
    if parts.path != _SEARCH:
        return "is no page of the portal that is known"
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    if set(query) == {"keyword"}:
        return "" if query["keyword"] == procedure.code else "searches for another code"
    if query.pop("formalityId", None) != procedure.uuid:
        return "names an id that is not the record's"
    case = query.pop("formalityCaseId", None)
    if case and (not UUID.match(case) or case not in {v.id for v in procedure.variants}):
        return "names a variant that the record does not have"
    place = {"searchType": "PROVINCE", "province": province.portal_id, "provinceCode": province.code}
    return "" if query in ({}, place) else f"has parts the portal does not know: {', '.join(sorted(query))}"


@dataclass(frozen=True)
class Answered:
    url: str
    status: int | None  # None: no answer at all
    note: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and self.status < 400


def ask_each(
    urls: Iterable[str],
    *,
    pause: float = 1.0,
    timeout: float = 20.0,
    client: httpx.Client | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Answered]:
    """Requests every address once, one after another with a pause; HEAD, and GET where HEAD is refused."""
    asking = client or httpx.Client(timeout=timeout, follow_redirects=True, headers={"User-Agent": AGENT})
    with asking:
        for number, url in enumerate(urls):
            if number:
                sleep(pause)
            yield _ask(asking, url)


def _ask(client: httpx.Client, url: str) -> Answered:
    try:
        answer = client.head(url)
        if answer.status_code in _OTHER_METHOD:
            answer = client.get(url)
    except httpx.HTTPError as error:
        return Answered(url, None, type(error).__name__)
    moved = str(answer.url) if str(answer.url) != url else ""
    return Answered(url, answer.status_code, f"moved to {moved}" if moved else "")
