"""Fees and times of a portal record. What it does not say stays unsaid."""

from __future__ import annotations

import datetime as dt

import pytest

from knowledge.fee_words import NO_SUM, ended_on
from knowledge.procedure import Channel, FeeKind, TimeUnit
from tests.unit.knowledge.samples import fee_line, imported, method, variant


def fees(*lines, channel="ONLINE"):
    return imported(executionMethods=[method(submissionMethod=channel, fees=list(lines))]).fees


def times(cases=(), **changes):
    return imported(executionMethods=[method(**changes)], cases=list(cases)).times


def test_no_fee_line_does_not_mean_free():
    assert fees() == ()


@pytest.mark.parametrize("nothing", [fee_line(None), fee_line(None, "  "), fee_line("", None), fee_line(-5), {}])
def test_a_line_that_says_nothing_is_no_fee_line(nothing):
    assert fees(nothing) == ()


@pytest.mark.parametrize("value", [50000, 50000.0, "50000", " 50000 "])
def test_a_number_is_an_amount(value):
    (fee,) = fees(fee_line(value, "một giấy"))
    assert (fee.amount, fee.currency, fee.text, fee.channel) == (50000, "VND", "một giấy", Channel.ONLINE)


def test_thousands_parted_by_a_dot_are_not_read_as_a_small_number():
    (fee,) = fees(fee_line("50.000", "một giấy"))
    assert fee.amount in (50000, None)


def test_a_fee_in_words_has_no_amount():
    (fee,) = fees(fee_line(None, "Theo quy định của tỉnh"))
    assert (fee.amount, fee.text) == (None, "Theo quy định của tỉnh")


@pytest.mark.parametrize("text", ["Miễn phí", "MIỄN LỆ PHÍ", "Không thu phí", "Không mất phí"])
def test_a_zero_is_free_where_the_words_say_so(text):
    assert fees(fee_line(0, text))[0].amount == 0


@pytest.mark.parametrize("text", ["Theo nghị quyết của tỉnh", "Phí thẩm định: 2% giá trị", "Có quy định riêng"])
def test_a_zero_with_other_words_is_no_amount(text):
    (fee,) = fees(fee_line(0, text))
    assert (fee.amount, fee.text) == (None, text)


@pytest.mark.parametrize(
    "text",
    [
        "Cấp mới: 30.000 đồng/giấy. Hộ nghèo được miễn lệ phí.",
        "Nộp trực tiếp 20.000đ; nộp trực tuyến thì miễn phí.",
    ],
)
def test_a_zero_is_not_free_where_the_words_name_a_price(text):
    assert fees(fee_line(0, text))[0].amount is None


def test_a_bare_zero_stays_a_zero_without_a_reason():
    (fee,) = fees(fee_line(0))
    assert (fee.amount, fee.text) == (0, "")


@pytest.mark.parametrize(
    ("kind", "expected"),
    [("FEE", FeeKind.FEE), ("SERVICE_FEE", FeeKind.SERVICE_FEE), ("PRICE_LEVEL", FeeKind.PRICE), ("NEW", FeeKind.FEE)],
)
def test_the_kind_of_fee_is_kept(kind, expected):
    assert fees(fee_line(1000, type=kind))[0].kind is expected


@pytest.mark.parametrize(("currency", "expected"), [("USD", "USD"), ("Việt Nam Đồng", "VND"), (None, "VND")])
def test_dollars_are_not_taken_for_dong(currency, expected):
    assert fees(fee_line(25, currencyName=currency))[0].currency == expected


def test_each_way_of_filing_has_its_own_fee():
    record = imported(
        executionMethods=[
            method(fees=[fee_line(7000)]),
            method(submissionMethod="DIRECT", fees=[fee_line(15000), fee_line(15000)]),
            method(submissionMethod="POSTAL"),
        ]
    )
    assert [(f.channel, f.amount) for f in record.fees] == [(Channel.ONLINE, 7000), (Channel.DIRECT, 15000)]


@pytest.mark.parametrize(
    ("text", "last_day"),
    [
        ("80.000 đồng (áp dụng đến hết ngày 31/12/2023)", dt.date(2023, 12, 31)),
        ("giảm 50% tới 30-6-2024", dt.date(2024, 6, 30)),
        ("áp dụng ĐẾN HẾT 31.12.2025", dt.date(2025, 12, 31)),
        ("mức thu đến ngày 5 tháng 9 năm 2026", dt.date(2026, 9, 5)),
        ("đến hết 30/06/2024, nay đến hết 31/12/2024", dt.date(2024, 12, 31)),
        ("đến hết ngày 31/02/2024", None),
        ("từ ngày 01/01/2024", None),
        ("Thông tư số 1/2024/TT-BTC", None),
        ("", None),
    ],
)
def test_a_price_ends_on_the_day_its_own_words_name(text, last_day):
    assert ended_on(text) == last_day
    if text:
        assert fees(fee_line(1000, text))[0].valid_until == last_day


def test_an_ended_price_no_longer_holds_on_the_day_after():
    (fee,) = fees(fee_line(80000, "áp dụng đến hết ngày 31/12/2023"))
    assert fee.holds_on(dt.date(2023, 12, 31))
    assert not fee.holds_on(dt.date(2024, 1, 1))


@pytest.mark.parametrize(
    ("text", "last_day"),
    [
        ("80.000 đồng, áp dụng trước ngày 01/01/2024", dt.date(2023, 12, 31)),
        ("30.000 đồng với giấy đã cấp trước ngày 19/10/2009", None),
    ],
)
def test_before_a_day_is_not_that_day_nor_always_about_the_price(text, last_day):
    assert ended_on(text) == last_day


@pytest.mark.parametrize(("value", "quantity"), [(3, 3), (2.5, 2.5), ("3", 3), ("03", 3), ("2,5", 2.5), (" 7 ", 7)])
def test_a_time_may_be_int_float_or_text(value, quantity):
    (time,) = times(processingTime=value)
    assert (time.quantity, time.unit, time.channel) == (quantity, TimeUnit.WORKING_DAY, Channel.ONLINE)


@pytest.mark.parametrize("unit", ["WORKING_DAY", "DAY", "HOUR", "MONTH", "YEAR"])
def test_the_unit_of_time_is_the_records(unit):
    (time,) = times(processingTime=2, processingTimeUnit=unit)
    assert time.unit is TimeUnit(unit.lower())


@pytest.mark.parametrize("value", [0, None, "", "NaN", "1e999", True, -1])
def test_a_time_that_is_no_number_above_zero_is_not_stated(value):
    assert times(processingTime=value) == ()


def test_unit_other_means_the_days_of_the_service_variant():
    (time,) = times([variant(11, days=8)], processingTime=1, processingTimeUnit="OTHER")
    assert (time.quantity, time.unit) == (8, TimeUnit.WORKING_DAY)


def test_unit_other_with_variants_that_disagree_gives_words_only():
    (time,) = times(
        [variant(11, days=8), variant(12, days=20)],
        processingTime=1,
        processingTimeUnit="OTHER",
        description="8 hoặc 20 ngày",
    )
    assert (time.quantity, time.text) == (None, "8 hoặc 20 ngày")


def test_unit_other_without_days_anywhere_never_states_its_number():
    assert times([variant(11)], processingTime=1, processingTimeUnit="OTHER") == ()


def test_a_time_written_in_words_is_kept_as_words():
    (time,) = times(processingTime="12 ngày, thêm 5 ngày ở vùng xa", processingTimeUnit="OTHER")
    assert time.quantity is None
    assert "5 ngày ở vùng xa" in time.text


# Numbers without their thousands, and rates for a time


@pytest.mark.parametrize(
    ("value", "text", "amount"),
    [
        (300, "Phí xem chuồng: 300.000 đồng/lần", 300_000),
        (45, "45.000đ/giấy", 45_000),
        (60, "nộp một lần", None),
        (60, "8.000 đồng/tờ", None),
        (60, "", None),
        (1, "Theo Luật Chim cảnh", None),
        (1, "nộp qua mạng thì được miễn phí", 0),
        (1000, "một giấy", 1000),
    ],
)
def test_a_number_below_a_thousand_is_never_a_sum(value, text, amount):
    (fee,) = fees(fee_line(value, text))
    assert fee.amount == amount
    if amount is None and value > 1:
        assert fee.text == (f"{NO_SUM}: {text}" if text else NO_SUM)


def test_dollars_that_were_entered_as_dong_are_dollars():
    (fee,) = fees(fee_line(35, "Giấy một năm: 35 USD/giấy"))
    assert (fee.amount, fee.currency) == (35, "USD")


UNTIL = "kể từ ngày 01/3/2025 đến hết ngày 30/9/2026 theo Thông tư số 7/2025/TT-BCC"


@pytest.mark.parametrize(
    "text",
    [
        f"(áp dụng mức phí 200.000 đồng/hồ sơ {UNTIL})",
        f"Áp dụng mức phí: 200.000 đồng (Hai trăm nghìn đồng) {UNTIL}",
        "- 400.000đ/tem (Thông tư số 1/2020/TT-BCC). - 200.000đ/tem (áp dụng đến hết ngày 30/9/2026 theo Thông tư 7)",
    ],
)
def test_a_rate_for_a_time_comes_before_the_usual_one(text):
    rate, usual = fees(fee_line(400_000, text))
    assert (rate.amount, rate.valid_until) == (200_000, dt.date(2026, 9, 30))
    assert (usual.amount, usual.valid_from, usual.valid_until) == (400_000, dt.date(2026, 10, 1), None)
    assert "200.000" not in rate.text + usual.text


def test_a_rate_whose_usual_sum_lacks_its_thousands_stands_alone():
    (rate,) = fees(fee_line(400, f"(áp dụng mức phí 200.000 đồng/hồ sơ {UNTIL})"))
    assert (rate.amount, rate.text) == (200_000, "mỗi hồ sơ; theo Thông tư số 7/2025/TT-BCC")


@pytest.mark.parametrize("rate", ["9.000.000", "3.000"], ids=["more than the usual", "far less"])
def test_a_rate_that_cannot_be_is_not_told(rate):
    (fee,) = fees(fee_line(40, f"{rate} đ/giấy (áp dụng đến hết ngày 30/9/2026 theo Thông tư 7)"))
    assert (fee.amount, fee.text) == (None, NO_SUM)


def test_the_remark_beside_a_rate_is_kept():
    rate, _ = fees(fee_line(400_000, f"(áp dụng mức phí 200.000 đồng/hồ sơ {UNTIL}); người mù được miễn"))
    assert rate.text.endswith("người mù được miễn")


def test_an_hour_of_the_day_is_no_duration():
    said = "Ngay trong ngày; nhận sau 15 giờ thì trả vào ngày làm việc sau."
    hours = {"processingTime": 15, "processingTimeUnit": "HOUR"}
    (time,) = times(description=f"Nộp ở đại sứ quán.\n{said}", **hours)
    assert (time.quantity, time.text) == (None, said)
    (lasting,) = times(description="Giải quyết trong 15 giờ.", **hours)
    assert (lasting.quantity, lasting.unit) == (15, TimeUnit.HOUR)
