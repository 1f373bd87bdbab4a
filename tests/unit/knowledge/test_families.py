"""Families: what answers the same request stands together, and nothing else does."""

from __future__ import annotations

import pytest

from knowledge.families import Families, name_key
from tests.unit.knowledge.samples import procedure


def grouped(*names, **own_families):
    procedures = [
        procedure(f"1.9000{i:02}", name, family=own_families.get(f"n{i}", "")) for i, name in enumerate(names)
    ]
    families = Families.group(procedures)
    return [families.key_of[p.code] for p in procedures], families


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cấp giấy nuôi chim (thực hiện tại cấp tỉnh)", "Cấp giấy nuôi chim (thực hiện tại cấp trung ương)"),
        ("Cấp giấy nuôi chim (CẤP XÃ)", "Cấp giấy nuôi chim"),
        ("Cấp giấy nuôi chim cấp tỉnh", "Cấp giấy nuôi chim cấp xã"),
        ("Cấp giấy nuôi chim thực hiện tại Công an cấp tỉnh", "Cấp giấy nuôi chim thực hiện tại Công an cấp xã"),
        ("Cấp giấy nuôi chim toàn trình", "Cấp giấy nuôi chim một phần hoặc trực tiếp"),
        ("Thủ tục cấp giấy nuôi chim", "Cấp giấy nuôi chim."),
        ("CẤP GIẤY NUÔI CHIM", "Cấp  giấy nuôi chim"),
        ("Thủ tục hành chính: Cấp giấy nuôi chim", "Cấp giấy nuôi chim"),
    ],
)
def test_level_channel_case_and_opening_do_not_part_a_family(one, other):
    assert name_key(one) == name_key(other)
    keys, families = grouped(one, other)
    assert keys[0] == keys[1]
    assert families.members[keys[0]] == ("1.900000", "1.900001")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cấp giấy nuôi chim", "Cấp lại giấy nuôi chim"),
        ("Cấp giấy nuôi chim", "Cấp giấy nuôi chim có yếu tố nước ngoài"),
        ("Cấp giấy nuôi chim", "Cấp giấy nuôi gà"),
        ("Cấp giấy nuôi chim", "Thu hồi giấy nuôi chim"),
        ("Cấp giấy nuôi chim cho cá nhân", "Cấp giấy nuôi chim cho doanh nghiệp"),
    ],
)
def test_another_request_or_applicant_is_another_family(one, other):
    keys, _ = grouped(one, other)
    assert keys[0] != keys[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cấp giấy nuôi chim (cấp lần đầu)", "Cấp giấy nuôi chim (cấp lại)"),
        ("Cấp giấy nuôi chim (áp dụng với cá nhân)", "Cấp giấy nuôi chim (áp dụng với người nước ngoài)"),
    ],
)
def test_a_remark_that_is_about_no_level_parts_families(one, other):
    keys, _ = grouped(one, other)
    assert keys[0] != keys[1]


def test_provinces_copies_of_one_procedure_are_one_family():
    copies = [
        procedure(f"1.90000{i}", "Hỗ trợ nuôi chim", province=p) for i, p in enumerate(["UBND A", "UBND B", None])
    ]
    assert len(Families.group(copies).members) == 1


def test_our_family_takes_in_national_records_of_the_same_name():
    keys, _ = grouped("Cấp giấy nuôi chim (cấp tỉnh)", "Cấp giấy nuôi chim (cấp xã)", n0="giay-nuoi-chim")
    assert keys == ["giay-nuoi-chim", "giay-nuoi-chim"]


def test_our_families_join_what_has_different_names():
    keys, families = grouped("Cấp căn cước", "Cấp thẻ cho người từ 14 tuổi", n0="can-cuoc", n1="can-cuoc")
    assert keys == ["can-cuoc"] * 2
    assert families.members == {"can-cuoc": ("1.900000", "1.900001")}


def test_our_families_part_what_has_the_same_name():
    keys, _ = grouped("Cấp giấy nuôi chim", "Cấp giấy nuôi chim", n0="chim-non", n1="chim-lon")
    assert keys == ["chim-non", "chim-lon"]


def test_every_code_is_in_just_one_family_and_keys_do_not_depend_on_order():
    procedures = [procedure(f"1.90000{i}", f"Nuôi chim {i % 3}") for i in range(7)]
    families, turned = Families.group(procedures), Families.group(procedures[::-1])
    assert families.key_of == turned.key_of
    assert families.members == turned.members
    assert sorted(code for codes in families.members.values() for code in codes) == [p.code for p in procedures]


def test_long_names_that_begin_alike_do_not_share_a_key():
    opening = "Cấp giấy chứng nhận đủ điều kiện nuôi "
    keys, _ = grouped(opening + "chim", opening + "gà")
    assert keys[0] != keys[1]
