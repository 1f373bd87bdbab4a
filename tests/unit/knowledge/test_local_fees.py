"""Fees that a province decided for itself: which procedures get them, and which do not."""

from __future__ import annotations

import datetime as dt

import pytest
from pydantic import ValidationError

from knowledge.local_fees import Resolution, load_resolutions, with_local_fees
from knowledge.own import load_own_records
from knowledge.places import Gazetteer
from knowledge.procedure import Channel, Fee
from tests.unit.knowledge.samples import procedure

RESOLUTION = """\
- province: "52"
  text: lệ phí {what}, theo Nghị quyết 7 của vườn
  valid_from: 2026-01-01
  source: viết cho kiểm thử
  waives:
    - {what: nuôi chim, fields: [Chăn nuôi], except: [1.900009]}
    - {what: nuôi cá, codes: [1.900002]}
"""


@pytest.fixture
def resolutions(tmp_path):
    file = tmp_path / "fees.yml"
    file.write_text(RESOLUTION, encoding="utf-8")
    return load_resolutions(file)


def pigeons(**changes):
    return procedure(**({"field": "Chăn nuôi", "levels": ("ward",), "online_level": "full"} | changes))


def added(record, resolutions):
    return with_local_fees(record, resolutions).fees[len(record.fees) :]


def test_a_waiver_becomes_a_fee_of_that_province_for_filing_online(resolutions):
    (fee,) = added(pigeons(), resolutions)
    assert (fee.channel, fee.amount, fee.province) == (Channel.ONLINE, 0, "52")
    assert fee.text == "lệ phí nuôi chim, theo Nghị quyết 7 của vườn"
    assert (fee.valid_from, fee.valid_until) == (dt.date(2026, 1, 1), None)


def test_it_holds_from_its_day_on(resolutions):
    (fee,) = added(pigeons(), resolutions)
    assert [fee.holds_on(dt.date(2025, 12, 31)), fee.holds_on(dt.date(2026, 1, 1))] == [False, True]


def test_the_fees_of_the_record_stay_and_stand_first(resolutions):
    known = Fee(amount=7000)
    assert with_local_fees(pigeons(fees=(known,)), resolutions).fees[0] == known


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "1.900009"},
        {"field": "Thú y"},
        {"levels": ("province",)},
        {"levels": ()},
        {"online_level": "none"},
    ],
    ids=["excepted", "another field", "of the province", "no level known", "not online"],
)
def test_a_field_means_what_communes_handle_online_but_for_the_exceptions(resolutions, changes):
    record = pigeons(**changes)
    assert with_local_fees(record, resolutions) is record


@pytest.mark.parametrize("level", ["partial", "full"])
@pytest.mark.parametrize("levels", [("ward",), ("province", "ward")])
def test_partly_online_and_beside_the_province_is_enough(resolutions, level, levels):
    assert len(added(pigeons(online_level=level, levels=levels), resolutions)) == 1


def test_a_code_gets_it_whatever_its_field_and_level(resolutions):
    record = procedure("1.900002", "Nuôi cá", field="Thuỷ sản", levels=("province",), online_level="full")
    assert [fee.text for fee in added(record, resolutions)] == ["lệ phí nuôi cá, theo Nghị quyết 7 của vườn"]


def test_a_record_that_states_the_province_s_own_fee_knows_better(resolutions):
    stated = pigeons(fees=(Fee(amount=5000, province="52"),))
    assert with_local_fees(stated, resolutions) is stated
    elsewhere = pigeons(fees=(Fee(amount=5000, province="96"),))
    assert [fee.province for fee in added(elsewhere, resolutions)] == ["52"]


def test_each_province_adds_its_own(resolutions):
    other = resolutions[0].model_copy(update={"province": "96"})
    assert [fee.province for fee in added(pigeons(), (*resolutions, other))] == ["52", "96"]


def test_a_code_written_wrong_is_refused():
    with pytest.raises(ValidationError, match="1900002"):
        Resolution.model_validate({"province": "52", "text": "", "valid_from": "2026-01-01", "source": "x",
                                   "waives": [{"what": "cá", "codes": ["1900002"]}]})  # fmt: skip


# The file that comes with the project


@pytest.fixture(scope="module")
def shipped():
    return load_resolutions()


@pytest.fixture(scope="module")
def own():
    return {record.code: record for record in load_own_records()}


def test_the_shipped_file_names_provinces_and_says_what_is_free(shipped):
    assert shipped
    for resolution in shipped:
        assert Gazetteer.load().province(resolution.province)
        assert "{what}" in resolution.text
        assert len(resolution.source) > 10


def test_every_code_in_it_is_an_own_record(shipped, own):
    named = {code for r in shipped for w in r.waives for code in (*w.codes, *w.but)}
    assert named
    assert named - set(own) == set()


def test_every_field_in_it_is_the_field_of_an_own_record(shipped, own):
    fields = {field for r in shipped for w in r.waives for field in w.fields}
    assert fields
    assert fields <= {record.field for record in own.values()}


def test_every_waiver_reaches_a_record(shipped, own):
    assert [w.what for r in shipped for w in r.waives if not any(map(w.holds_for, own.values()))] == []


def test_nothing_is_free_online_that_cannot_be_filed_online(shipped, own):
    waived = [p for p in own.values() if any(w.holds_for(p) for r in shipped for w in r.waives)]
    assert waived
    assert [p.code for p in waived if p.online_level == "none"] == []
