"""Links of a wrong form are found offline, each kind by its own name."""

from __future__ import annotations

import pytest

from indexer.links import _wrong, every_link, wrong_forms
from knowledge.links import PORTAL, page_url
from knowledge.places import Gazetteer
from knowledge.procedure import OnlineLevel, ServiceVariant
from tests.unit.knowledge.samples import procedure, uuid

HUE, HCM = (Gazetteer.load().province(code) for code in ("46", "79"))
ONE, TWO = (ServiceVariant(id=uuid(n), name="Nuôi chim") for n in (11, 12))
SEARCH = f"{PORTAL}/tim-kiem-thu-tuc-hanh-chinh"


def record(**changes):
    return procedure(**{"uuid": uuid(1), "online_level": OnlineLevel.FULL, "variants": (ONE,), **changes})


# Form


@pytest.mark.parametrize(
    "good",
    [
        record(),
        record(uuid=None),
        record(variants=()),
        record(variants=(ONE, TWO)),
        record(variants=(ONE, TWO), link_variant=TWO.id),
        record(online_level=OnlineLevel.NONE),
        record(code="2.000000123-LD", uuid=None),
        record(is_linked=True),
    ],
    ids=["one variant", "no id", "no variant", "two", "a named one", "not online", "a long code", "a bundle"],
)
def test_the_links_that_are_built_from_a_good_record_are_well_formed(good):
    assert list(wrong_forms([good], HUE)) == []


def test_the_link_with_and_without_a_place_and_the_cited_page_are_all_looked_at():
    links = every_link(record(variants=(ONE, TWO)), HUE)
    assert len(links) == 3
    assert page_url(uuid(1)) in links
    assert sum("provinceCode=46" in link for link in links) == 1


def spoilt(**values):
    """A record as no loader would let it through."""
    return record().model_copy(update=values)


@pytest.mark.parametrize(
    ("bad", "problem"),
    [
        (spoilt(link_variant=TWO.id), "names a variant that the record does not have"),
        (spoilt(variants=(ServiceVariant(id="abc", name="x"),)), "names a variant that the record does not have"),
        (spoilt(uuid="abc"), "is no page of the portal that is known"),
    ],
)
def test_a_record_whose_ids_are_wrong_is_named_with_its_link(bad, problem):
    found = list(wrong_forms([record(code="1.900009", uuid=uuid(9)), bad], HUE))
    assert {(p.code, p.problem) for p in found} == {("1.900001", problem)}
    assert all(p.url.startswith(PORTAL) for p in found)


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (f"http://dichvucong.gov.vn/thu-tuc-hanh-chinh/{uuid(1)}", "is not on the national portal"),
        (f"https://dichvucong.gov.vn.example/thu-tuc-hanh-chinh/{uuid(1)}", "is not on the national portal"),
        (f"{PORTAL}/p/home/dvc-chi-tiet.html?ma_thu_tuc=1.900001", "is no page of the portal that is known"),
        (f"{PORTAL}/thu-tuc-hanh-chinh/{uuid(2)}", "names an id that is not the record's"),
        (f"{SEARCH}?keyword=1.900002", "searches for another code"),
        (f"{SEARCH}?formalityId={uuid(2)}", "names an id that is not the record's"),
        (SEARCH, "names an id that is not the record's"),
        (f"{SEARCH}?formalityId={uuid(1)}&formalityCaseId={uuid(12)}", "names a variant that the record does not have"),
        (f"{SEARCH}?formalityId={uuid(1)}&tab=2", "has parts the portal does not know: tab"),
        (
            f"{SEARCH}?formalityId={uuid(1)}&searchType=PROVINCE&province={HCM.portal_id}&provinceCode=79",
            "has parts the portal does not know: province, provinceCode, searchType",
        ),
        (f"{PORTAL}/thu-tuc-hanh-chinh/{uuid(1)}", ""),
        (f"{PORTAL}/thu-tuc-hanh-chinh-lien-thong/{uuid(1)}", ""),
    ],
)
def test_each_kind_of_wrong_link_is_told_apart(url, problem):
    assert _wrong(url, record(), HUE) == problem


def test_two_procedures_with_one_portal_id_are_both_named():
    found = list(wrong_forms([record(), record(code="1.900002"), record(code="1.900003", uuid=uuid(3))], HUE))
    assert [(p.code, p.problem) for p in found] == [
        (code, "another procedure has the same portal id") for code in ("1.900001", "1.900002")
    ]


def test_procedures_without_an_id_do_not_share_one():
    assert list(wrong_forms([record(uuid=None), record(code="1.900002", uuid=None)], HUE)) == []
