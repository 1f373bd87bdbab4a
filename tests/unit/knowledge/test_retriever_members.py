"""Which member of a family is answered with: the words settle it, else the place, else use; and the hit says which."""

from __future__ import annotations

import pytest

from knowledge.places import Gazetteer
from knowledge.retriever import Decision, Retriever
from tests.unit.knowledge.conftest import TUNING
from tests.unit.knowledge.samples import HashingEncoder, build, procedure

GIA_LAI, HUE = (Gazetteer.load().province(code) for code in ("52", "46"))
RECORDS = [
    procedure("1.900101", "Đăng ký xe ngựa", family="xe-ngua", aliases=("xe ngựa kéo hàng", "xe thồ kéo hàng")),
    procedure("1.900102", "Đăng ký xe ngựa", family="xe-ngua", aliases=("khai báo mạng internet",)),
    procedure("1.900103", "Đăng ký xe ngựa", family="xe-ngua", province="UBND tỉnh Gia Lai"),
    procedure("1.900104", "Hỗ trợ trồng dâu", province="UBND tỉnh Gia Lai"),
    procedure("1.900105", "Hỗ trợ trồng dâu", province="UBND tỉnh Cà Mau"),
    procedure("1.900106", "Xác nhận tuổi rùa"),
]
FILINGS = {"1.900101": 900, "1.900102": 10, "1.900103": 5, "1.900105": 50}


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    built = build(RECORDS, tmp_path_factory.mktemp("members"), filings=FILINGS)
    return Retriever.load(built, encoder=HashingEncoder(), tuning=TUNING)


def best(retriever, question, province=None):
    hit = retriever.search(question, province=province).best
    return hit.code, hit.parts.get("member")


def test_words_that_fit_one_member_clearly_settle_it_whatever_is_used_most(retriever):
    assert best(retriever, "khai báo mạng internet") == ("1.900102", 1.0)
    assert best(retriever, "xe thồ kéo hàng") == ("1.900101", 1.0)


def test_else_the_most_used_is_taken_and_it_is_not_said_to_be_settled(retriever):
    assert best(retriever, "đăng ký xe ngựa") == ("1.900101", 0.0)


def test_else_who_lives_where_a_province_has_its_own_gets_that(retriever):
    assert best(retriever, "đăng ký xe ngựa", GIA_LAI) == ("1.900103", 1.0)


def test_elsewhere_the_province_s_own_is_never_the_one(retriever):
    code, settled = best(retriever, "đăng ký xe ngựa", HUE)
    assert (code, settled) == ("1.900101", 0.0)


def test_a_family_of_one_is_settled(retriever):
    assert best(retriever, "xác nhận tuổi rùa") == ("1.900106", 1.0)


def test_where_every_member_belongs_to_a_province_one_is_named_but_not_settled(retriever):
    code, settled = best(retriever, "hỗ trợ trồng dâu")
    assert (code in ("1.900104", "1.900105"), settled) == (True, 0.0)
    assert best(retriever, "hỗ trợ trồng dâu", GIA_LAI) == ("1.900104", 1.0)


def test_a_code_needs_no_settling(retriever):
    hit = retriever.search("1.900102").best
    assert (hit.code, dict(hit.parts)) == ("1.900102", {"code": 1.0})
    assert hit.members == ("1.900101", "1.900102", "1.900103")


def test_what_only_other_provinces_have_is_said_to_be_theirs_and_nothing_else_is_offered_for_it(retriever):
    found = retriever.search("hỗ trợ trồng dâu", province=HUE)
    assert found.elsewhere is not None
    assert set(found.elsewhere.members) == {"1.900104", "1.900105"}
    assert found.decision is Decision.UNKNOWN


@pytest.mark.parametrize(
    ("question", "province"),
    [("hỗ trợ trồng dâu", GIA_LAI), ("đăng ký xe ngựa", HUE), ("hỗ trợ trồng dâu", None), ("xác nhận tuổi rùa", HUE)],
)
def test_nothing_is_elsewhere_that_this_province_has_or_all_have(retriever, question, province):
    assert retriever.search(question, province=province).elsewhere is None
