"""Deep links: each rule of docs/records.md, and no id that is not in the record or the place."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowledge.links import PORTAL, LinkKind, deep_link, page_url, source_url
from knowledge.places import Gazetteer
from knowledge.procedure import OnlineLevel, ServiceVariant
from tests.unit.knowledge.samples import procedure, uuid

HUE = Gazetteer.load().province("46")
ONE, TWO = (ServiceVariant(id=uuid(n), name="Nuôi chim") for n in (11, 12))
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


def record(**changes):
    return procedure(**{"uuid": uuid(1), "online_level": OnlineLevel.FULL, "variants": (ONE,), **changes})


def query(link):
    return {name: values[0] for name, values in parse_qs(urlsplit(link.url).query).items()}


@pytest.mark.parametrize("level", [OnlineLevel.FULL, OnlineLevel.PARTIAL])
def test_a_single_variant_is_preselected(level):
    link = deep_link(record(online_level=level))
    assert link.kind is LinkKind.SERVICE
    assert link.url.startswith(f"{PORTAL}/tim-kiem-thu-tuc-hanh-chinh?")
    assert query(link) == {"formalityId": uuid(1), "formalityCaseId": ONE.id}


@pytest.mark.parametrize("variants", [(), (ONE, TWO)])
def test_without_a_single_variant_only_the_procedure_is_preselected(variants):
    assert query(deep_link(record(variants=variants))) == {"formalityId": uuid(1)}


def test_a_variant_that_our_record_names_is_preselected_among_several():
    link = deep_link(record(variants=(ONE, TWO), link_variant=TWO.id))
    assert query(link) == {"formalityId": uuid(1), "formalityCaseId": TWO.id}


def test_a_known_place_is_preselected_where_no_variant_is():
    link = deep_link(record(variants=(ONE, TWO)), HUE)
    assert link.kind is LinkKind.SERVICE
    assert query(link) == {
        "formalityId": uuid(1),
        "searchType": "PROVINCE",
        "province": HUE.portal_id,
        "provinceCode": "46",
    }


@pytest.mark.parametrize("province", [None, HUE])
def test_without_an_online_service_the_procedures_page_is_shown(province):
    link = deep_link(record(online_level=OnlineLevel.NONE), province)
    assert (link.kind, link.url) == (LinkKind.PAGE, f"{PORTAL}/thu-tuc-hanh-chinh/{uuid(1)}")
    assert link.url == page_url(uuid(1))


@pytest.mark.parametrize("level", list(OnlineLevel))
def test_without_an_id_the_portal_is_searched_by_code(level):
    link = deep_link(record(uuid=None, online_level=level), HUE)
    assert link.kind is LinkKind.LOOKUP
    assert link.url == f"{PORTAL}/tim-kiem-thu-tuc-hanh-chinh?keyword=1.900001"


def test_only_a_link_to_the_online_service_speaks_of_filing():
    titles = {deep_link(record(**c)).kind: deep_link(record(**c)).title for c in (
        {}, {"online_level": OnlineLevel.NONE}, {"uuid": None})}  # fmt: skip
    assert len(titles) == 3
    assert [kind for kind, title in titles.items() if "Nộp" in title] == [LinkKind.SERVICE]


def test_the_source_of_an_answer_is_its_page_or_the_search_by_code():
    assert source_url(record()) == page_url(uuid(1))
    assert source_url(record(uuid=None)).endswith("keyword=1.900001")


@settings(max_examples=100, deadline=None)
@given(
    has_uuid=st.booleans(),
    level=st.sampled_from(list(OnlineLevel)),
    variants=st.lists(st.integers(10, 15), max_size=4, unique=True),
    named=st.booleans(),
    province=st.none() | st.sampled_from(Gazetteer.load().provinces),
)
def test_no_link_holds_an_id_that_is_not_in_the_record_or_the_place(has_uuid, level, variants, named, province):
    shown = procedure(
        uuid=uuid(1) if has_uuid else None,
        online_level=level,
        variants=tuple(ServiceVariant(id=uuid(n), name="Nuôi chim") for n in variants),
        link_variant=uuid(variants[-1]) if named and variants else None,
    )
    known = {shown.uuid, *(v.id for v in shown.variants)} | ({province.portal_id} if province else set())
    link = deep_link(shown, province)
    assert set(ID.findall(link.url)) <= known
    assert "None" not in link.url
    assert link.url.startswith("https://dichvucong.gov.vn/")
    assert "/p/home" not in link.url
