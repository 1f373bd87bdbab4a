"""Deep links into the national portal. A link is only ever built from ids that stand in the record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from knowledge.places import Province
from knowledge.procedure import OnlineLevel, Procedure

PORTAL = "https://dichvucong.gov.vn"
_SEARCH = f"{PORTAL}/tim-kiem-thu-tuc-hanh-chinh"
TRACK = f"{PORTAL}/tra-cuu-ho-so"
PAY = f"{PORTAL}/thanh-toan-truc-tuyen"
QUESTIONS = f"{PORTAL}/cau-hoi-thuong-gap"


class LinkKind(StrEnum):
    SERVICE = "service"  # the online service, preselected
    PAGE = "page"  # the procedure's page: no online service
    LOOKUP = "lookup"  # search by code: no id known


@dataclass(frozen=True)
class Link:
    title: str
    url: str
    kind: LinkKind


def deep_link(procedure: Procedure, province: Province | None = None) -> Link:
    """The best link the record's own ids allow, in the order service, page, look-up.

    The variant's id is added only where there is exactly one variant, or our record names it: variants mostly bear the
    same name, and a guess would open the wrong form. With a known province the portal preselects the place instead.
    """
    if procedure.uuid is None:
        return Link(
            "Tra cứu trên Cổng Dịch vụ công", f"{_SEARCH}?{urlencode({'keyword': procedure.code})}", LinkKind.LOOKUP
        )
    if procedure.is_linked:
        return Link("Mở trang liên thông", source_url(procedure), LinkKind.PAGE)
    if procedure.online_level is OnlineLevel.NONE:
        return Link("Xem trên Cổng Dịch vụ công", page_url(procedure.uuid), LinkKind.PAGE)
    query = {"formalityId": procedure.uuid}
    variant = procedure.link_variant or (procedure.variants[0].id if len(procedure.variants) == 1 else None)
    if variant:
        query["formalityCaseId"] = variant
    elif province:
        query |= {"searchType": "PROVINCE", "province": province.portal_id, "provinceCode": province.code}
    return Link("Nộp trực tuyến", f"{_SEARCH}?{urlencode(query)}", LinkKind.SERVICE)


def page_url(uuid: str) -> str:
    """The procedure's own page, which is also the source that answers cite."""
    return f"{PORTAL}/thu-tuc-hanh-chinh/{uuid}"


def source_url(procedure: Procedure) -> str:
    if procedure.uuid and procedure.is_linked:
        return f"{PORTAL}/thu-tuc-hanh-chinh-lien-thong/{procedure.uuid}"
    if procedure.uuid:
        return page_url(procedure.uuid)
    return f"{_SEARCH}?{urlencode({'keyword': procedure.code})}"
