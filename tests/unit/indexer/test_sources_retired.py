"""Codes that were checked by hand and found to have no successor."""

from __future__ import annotations

import pytest

from indexer import sources
from indexer.sources import find_retired
from tests.unit.knowledge.samples import procedure

ROWS = """\
- {code: 1.800010, name: Cấp phép nuôi rồng, replacement: none, sure: true, why: không ai nuôi rồng nữa}
- {code: 1.800020, name: Nuôi phượng, replacement: 1.900001, sure: true, why: gộp vào nuôi chim}
- {code: 1.800030, name: Nuôi lân, replacement: 1.900001, sure: false, why: có thể là nuôi chim}
"""
CHIM = procedure("1.900001", "Đăng ký nuôi chim")


@pytest.fixture(autouse=True)
def by_hand(tmp_path, monkeypatch):
    file = tmp_path / "retired.yml"
    file.write_text(ROWS, encoding="utf-8")
    monkeypatch.setattr(sources, "RETIRED_FILE", file)


def found(listed=None, live=(CHIM,)):
    return {r.code: r for r in find_retired(live, listed or {})}


def test_none_means_that_nothing_took_its_place():
    rong = found()["1.800010"]
    assert (rong.replacement, rong.name, rong.why) == (None, "Cấp phép nuôi rồng", "không ai nuôi rồng nữa")


def test_none_by_hand_is_not_filled_by_a_live_procedure_of_that_name():
    assert found({"1.800010": "Đăng ký nuôi chim"})["1.800010"].replacement is None


@pytest.mark.parametrize(("code", "sure"), [("1.800020", True), ("1.800030", False)])
def test_how_sure_a_replacement_is_stands_in_the_file(code, sure):
    assert (found()[code].replacement, found()[code].sure) == ("1.900001", sure)


def test_a_code_that_lives_again_is_not_retired():
    assert set(found(live=(CHIM, procedure("1.800010", "Cấp phép nuôi rồng")))) == {"1.800020", "1.800030"}


def test_they_come_in_the_order_of_their_codes():
    assert list(found({"1.800015": "Nuôi ma"})) == ["1.800010", "1.800015", "1.800020", "1.800030"]
