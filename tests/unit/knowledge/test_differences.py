"""Where our record and the portal's disagree: what is found, what is not, and what explains it."""

from __future__ import annotations

import pytest

from knowledge.differences import differences, not_listed
from knowledge.procedure import (
    Case,
    Channel,
    Document,
    DocumentKind,
    Fee,
    OnlineLevel,
    Origin,
    Override,
    ProcessingTime,
    ServiceVariant,
)
from tests.unit.knowledge.samples import DAY, procedure, uuid

PAPERS = (
    "Tờ khai nuôi chim bồ câu",
    "Bản vẽ chuồng trại",
    "Giấy chứng nhận tiêm phòng đàn vật nuôi",
    "Hợp đồng thuê đất",
)


def case(*names, key="chung", **changes):
    return Case(
        key=key,
        label="Hồ sơ",
        documents=tuple(Document(key=f"p{i}", name=name, **changes) for i, name in enumerate(names)),
    )


def own(*names, **changes):
    return procedure(**({"origin": Origin.OWN, "plain_name": "Nuôi chim", "cases": (case(*names),)} | changes))


def portal(*names, **changes):
    return procedure(**({"cases": (case(*names),)} | changes))


def found(ours, theirs):
    return [d.field for d in differences(ours, theirs)]


# Facts


@pytest.mark.parametrize(
    ("field", "ours", "theirs", "shown"),
    [
        (
            "fees",
            (Fee(channel=Channel.ONLINE, amount=7000),),
            (Fee(channel=Channel.DIRECT, amount=8000),),
            ("online 7000", "direct 8000"),
        ),
        (
            "times",
            (ProcessingTime(quantity=3),),
            (ProcessingTime(quantity=5, channel=Channel.ONLINE),),
            ("3.0 working_day", "online 5.0 working_day"),
        ),
        ("online_level", OnlineLevel.FULL, OnlineLevel.NONE, ("full", "none")),
        (
            "variants",
            (ServiceVariant(id=uuid(1), name="a"),),
            (ServiceVariant(id=uuid(2), name="a"),),
            (uuid(1), uuid(2)),
        ),
        ("ministry", "Bộ Chim", "Bộ Cá", ("bo chim", "bo ca")),
    ],
)
def test_a_fact_is_shown_as_both_say_it(field, ours, theirs, shown):
    (difference,) = differences(own(**{field: ours}), portal(**{field: theirs}))
    assert (difference.field, difference.ours, difference.portal) == (field, *shown)


def test_what_the_portal_leaves_out_is_shown_as_nothing():
    (difference,) = differences(own(ministry="Bộ Chim"), portal())
    assert difference.portal == "(nothing)"


@pytest.mark.parametrize("field", ["ministry", "fees", "times", "uuid", "levels", "applicants", "variants"])
def test_what_we_leave_out_is_no_difference(field):
    theirs = {
        "ministry": "Bộ Cá", "fees": (Fee(amount=1),), "times": (ProcessingTime(quantity=1),), "uuid": uuid(1),
        "levels": ("ward",), "applicants": ("Công dân",), "variants": (ServiceVariant(id=uuid(2), name="a"),),
    }  # fmt: skip
    assert found(own(), portal(**{field: theirs[field]})) == []


# Reasons


@pytest.mark.parametrize(
    ("explains", "overrides", "reason"),
    [
        ({}, (), ""),
        ({"ministry": "đổi tên"}, (), "đổi tên"),
        ({"fees": "khác"}, (), ""),
        ({}, (Override(field="ministry", valid_from=DAY, source="NĐ 1", why="sáp nhập"),), "sáp nhập"),
    ],
)
def test_the_reason_is_the_one_given_for_that_field(explains, overrides, reason):
    ours = own(ministry="Bộ Chim", explains=explains, overrides=overrides)
    (difference,) = differences(ours, portal(ministry="Bộ Cá"))
    assert difference.explained == reason


def test_papers_and_offices_are_explained_like_facts():
    ours = own(PAPERS[0], agencies=("Công an xã",), explains={"papers": "chỉ cần tờ khai", "agencies": "đã đổi"})
    theirs = portal(*PAPERS, agencies=("Hội Nuôi chim",))
    assert {d.field: d.explained for d in differences(ours, theirs)} == {
        "papers": "chỉ cần tờ khai",
        "agencies": "đã đổi",
    }


# Papers


def test_a_very_different_number_of_papers_is_one_difference():
    (difference,) = differences(own(PAPERS[0]), portal(*PAPERS))
    assert (difference.field, difference.ours, difference.portal) == ("papers", "1 papers", "4 papers")


@pytest.mark.parametrize(("count", "expected"), [(4, []), (3, []), (2, ["papers"]), (1, ["papers"])])
def test_one_paper_more_or_less_of_four_is_none(count, expected):
    assert found(own(*PAPERS[:count]), portal(*PAPERS)) == expected


def test_papers_that_are_not_among_ours_are_named():
    ours = own(PAPERS[0], PAPERS[1], "Thẻ tàu vũ trụ", "Vé xem xiếc")
    (difference,) = differences(ours, portal(*PAPERS))
    assert (difference.field, difference.ours) == ("papers", "not among ours")
    assert difference.portal == f"{PAPERS[2]}; {PAPERS[3]}"


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("Tờ khai nuôi chim", "Tờ khai đăng ký nuôi chim bồ câu theo mẫu số 01 ban hành kèm theo Thông tư 5/2020"),
        ("TO KHAI NUOI CHIM", "Tờ khai nuôi chim"),
        ("Ảnh chuồng", "Bản sao ảnh chụp của chuồng"),
    ],
    ids=["a paragraph", "no accents", "words that tell nothing"],
)
def test_a_paper_in_plain_words_is_the_same_paper(ours, theirs):
    assert found(own(ours), portal(theirs)) == []


@pytest.mark.parametrize("field", ["what", "get", "instead", "form"])
def test_an_alternative_that_stands_beside_our_paper_counts_as_named(field):
    named = {field: "Hoặc giấy chứng nhận tiêm phòng đàn vật nuôi do thú y cấp"}
    assert found(own("Sổ sức khoẻ", **{"cases": (case("Sổ sức khoẻ", **named),)}), portal(PAPERS[2])) == []
    assert found(own("Sổ sức khoẻ"), portal(PAPERS[2])) == ["papers"]


def test_a_paper_that_the_portal_repeats_from_case_to_case_counts_once():
    theirs = portal(cases=tuple(case(PAPERS[0], key=f"c{i}") for i in range(5)))
    assert found(own(PAPERS[0]), theirs) == []


@pytest.mark.parametrize(
    "cases", [(), (case("Giấy tờ phải nộp:", kind=DocumentKind.HEADING),)], ids=["no cases", "headings only"]
)
def test_a_portal_record_without_papers_is_no_difference(cases):
    assert found(own(*PAPERS), portal(cases=cases)) == []


# Offices


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (("Công an cấp xã",), ("Công an Xã",), []),
        (("Công an phường",), ("Công an Tỉnh", "Bộ Chim"), []),
        (("Sở Tư pháp", "Công an xã"), ("Công an xã",), []),
        (("Công an cấp xã",), ("Hội Nuôi chim",), ["agencies"]),
        (("Công an cấp xã",), (), []),
        pytest.param(
            ("UBND cấp xã",), ("Ủy ban nhân dân cấp xã",), []
        ),
    ],
)  # fmt: skip
def test_one_body_in_common_is_enough(ours, theirs, expected):
    assert found(own(agencies=ours), portal(agencies=theirs)) == expected


# Not on the portal at all


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({}, ""),
        ({"doubts": "mới ban hành"}, "mới ban hành"),
        ({"explains": {"state": "vừa gộp"}, "doubts": "x"}, "vừa gộp"),
    ],
)
def test_an_own_record_that_the_portal_does_not_list_is_a_difference_of_its_own(said, reason):
    difference = not_listed(own(**said))
    assert (difference.code, difference.field, difference.portal) == ("1.900001", "state", "not listed")
    assert difference.explained == reason
