"""Fees and times as a person reads them: for their place, and only while they hold."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from actions.amounts import fees, times
from knowledge.fee_words import NO_SUM
from knowledge.places import Gazetteer, Place
from tests.builders import TODAY, bees

HCM, HUE = (Gazetteer.load().place(code) for code in ("79", "46"))
EVERYWHERE = {"amount": 30_000, "text": "mỗi tổ"}
LOCAL = {"channel": "online", "amount": 0, "text": "nghị quyết của vườn", "province": "79"}
YESTERDAY, TOMORROW = TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=1)


def said(*rows: dict[str, Any], at: Place | None = None) -> str:
    return fees(bees(fees=rows), TODAY, at)


# Fees of one province


def test_a_province_s_own_fee_comes_first_with_an_explanation_for_who_lives_there() -> None:
    lines = said(EVERYWHERE | {"channel": "direct"}, LOCAL, at=HCM).splitlines()
    assert lines[1] == "• Nộp trên mạng: Miễn phí (nghị quyết của vườn)"
    assert lines[2] == "• Nộp trực tiếp: 30.000 đồng (mỗi tổ)"
    assert lines[3] == "(Mức 0 đồng hoặc giảm ở trên là quy định riêng của Thành phố Hồ Chí Minh.)"


def test_what_is_free_online_only_is_not_said_to_be_free_everywhere() -> None:
    assert "• Miễn phí" not in said(EVERYWHERE, LOCAL, at=HCM)


@pytest.mark.parametrize("at", [None, HUE], ids=["nobody knows where", "elsewhere"])
def test_it_is_told_to_nobody_else(at: Place | None) -> None:
    text = said(EVERYWHERE, LOCAL, at=at)
    assert "30.000 đồng" in text
    assert "Miễn phí" not in text
    assert "quy định riêng" not in text


@pytest.mark.parametrize("at", [None, HUE], ids=["nobody knows where", "elsewhere"])
def test_where_only_another_province_states_a_fee_nothing_is_said_to_be_free(at: Place | None) -> None:
    assert "không nói rõ" in said(LOCAL, at=at)


@pytest.mark.parametrize("ends", [{"valid_until": YESTERDAY}, {"valid_from": TOMORROW}], ids=["ended", "not begun"])
def test_a_local_fee_out_of_its_time_is_not_told_even_there(ends: dict[str, dt.date]) -> None:
    text = said(EVERYWHERE, LOCAL | ends, at=HCM)
    assert text.splitlines() == ["Lệ phí:", "• 30.000 đồng (mỗi tổ)"]


def test_without_a_fee_of_the_place_there_is_no_explanation() -> None:
    assert said(EVERYWHERE, at=HCM).splitlines() == ["Lệ phí:", "• 30.000 đồng (mỗi tổ)"]


# Prices that have ended


def test_a_price_that_has_ended_is_not_named_but_its_end_is() -> None:
    text = said({"amount": 10_000, "valid_until": "2025-06-30"}, {"amount": 12_000, "valid_until": "2025-12-31"})
    assert "đã hết hạn ngày 31/12/2025" in text
    assert not any(price in text for price in ("10.000", "12.000"))


def test_the_last_day_of_a_price_still_counts() -> None:
    assert "10.000 đồng, đến hết 01/09/2026" in said({"amount": 10_000, "valid_until": TODAY})
    assert "hết hạn" in said({"amount": 10_000, "valid_until": YESTERDAY})


def test_an_end_that_the_record_s_own_words_give_is_not_said_twice() -> None:
    text = said({"amount": 10_000, "text": "đến hết năm 2026", "valid_until": "2026-12-31"})
    assert text.count("2026") == 1


@pytest.mark.parametrize("at", [None, HUE], ids=["nobody knows where", "elsewhere"])
def test_the_ended_price_of_another_province_is_no_concern_of_theirs(at: Place | None) -> None:
    assert "hết hạn" not in said(LOCAL | {"valid_until": YESTERDAY}, at=at)


# What zero means


def test_a_bare_zero_is_never_called_free() -> None:
    text = said({"amount": 0})
    assert "Miễn phí" not in text
    assert text == "Lệ phí nộp hồ sơ: Cổng ghi 0 đồng."


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"amount": 0, "text": "theo Luật Nghề ong"}, "• Miễn phí (theo Luật Nghề ong)"),
        ({"text": "Do tỉnh quyết định."}, "• Do tỉnh quyết định."),
        ({"amount": 1_234_500}, "• 1.234.500 đồng"),
        ({"amount": 25, "currency": "USD"}, "• 25 USD"),
    ],
)
def test_a_fee_is_told_as_the_record_means_it(row: dict[str, Any], line: str) -> None:
    assert said(row) == f"Lệ phí:\n{line}"


# Times


def time_of(*rows: dict[str, Any], **changes: Any) -> str:
    return times(bees(times=rows, **changes), TODAY)


def test_one_time_for_all_ways_is_one_line() -> None:
    assert time_of({"channel": "online", "quantity": 3}, {"channel": "direct", "quantity": 3}) == (
        "Thời gian: 3 ngày làm việc"
    )


def test_what_the_remark_says_is_told_from_our_own_words_only() -> None:
    row = {"quantity": 1.5, "unit": "day", "text": "mùa hoa lâu hơn"}
    assert time_of(row) == "Thời gian: 1,5 ngày (mùa hoa lâu hơn)"
    assert time_of(row, plain_name="") == "Thời gian: 1,5 ngày"


def test_of_times_only_those_of_today_are_told() -> None:
    rows = [{"quantity": 9, "valid_until": YESTERDAY}, {"quantity": 5}, {"quantity": 2, "valid_from": TOMORROW}]
    assert time_of(*rows) == "Thời gian: 5 ngày làm việc"


def test_words_without_a_number_are_not_said_to_be_a_time() -> None:
    assert "không nói rõ" in time_of({"text": "tuỳ mùa"})


def test_of_many_fees_the_amounts_come_first_and_the_rest_is_counted() -> None:
    rows = [{"text": "mức khác theo mùa"}, *({"amount": 1_000 * i, "text": f"loại {i}"} for i in range(1, 5))]
    lines = fees(bees(fees=rows), TODAY, most=2).splitlines()
    assert lines[1:3] == ["• 1.000 đồng (loại 1)", "• 2.000 đồng (loại 2)"]
    assert lines[3].startswith("(còn 3 mức khác")
    assert "còn" not in fees(bees(fees=rows[:3]), TODAY, most=2)


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ({"text": "Chưa quy định."}, "Lệ phí: Cổng chỉ ghi “Chưa quy định”; anh/chị hỏi lại nơi nộp cho chắc."),
        ({"amount": 4_000_000, "text": "(1)"}, "Lệ phí:\n• 4.000.000 đồng"),
        ({"amount": 0, "text": "1"}, "Lệ phí nộp hồ sơ: Cổng ghi 0 đồng."),
        ({"text": "có thu theo mùa hoa"}, "Lệ phí:\n• Có thu theo mùa hoa"),
    ],
    ids=["says nothing", "a footnote", "zero with a footnote", "small letter"],
)
def test_what_the_portal_leaves_over_is_told_in_plain_words(row: dict[str, Any], line: str) -> None:
    assert said(row) == line


@pytest.mark.parametrize("rows", [[{"amount": 0}], [{"amount": 5_000}], []], ids=["zero", "an amount", "nothing"])
def test_the_fee_of_a_tax_filing_is_said_not_to_be_the_tax(rows: list[dict[str, Any]]) -> None:
    told = fees(bees(fees=rows, field="Thuế"), TODAY)
    assert told.count("không phải tiền thuế") == 1
    assert "không phải tiền thuế" not in fees(bees(fees=rows, field="Cho thuê vườn"), TODAY)


def test_a_remark_that_all_times_share_is_said_once() -> None:
    rows = [{"channel": c, "quantity": n, "text": "lâu hơn khi mưa"} for c, n in (("online", 18), ("postal", 4))]
    assert time_of(*rows).splitlines()[1:] == [
        "• Nộp trên mạng: 18 ngày làm việc",
        "• Qua bưu điện: 4 ngày làm việc",
        "(lâu hơn khi mưa)",
    ]


def test_cells_of_the_portal_that_ran_together_are_no_remark() -> None:
    rows = [
        {"channel": "online", "quantity": 1, "text": "Không trả kết quả Bằng phương thức điện tử"},
        {"channel": "direct", "quantity": 1, "text": "Không trả kết quả Nộp tại xã"},
    ]
    assert time_of(*rows) == "Thời gian: 1 ngày làm việc"


def test_a_remark_is_not_cut_in_the_middle() -> None:
    text = "trừ mùa mưa. " + "Ai ở xa thì lâu hơn " * 12
    assert time_of({"quantity": 3, "text": text}) == "Thời gian: 3 ngày làm việc (trừ mùa mưa)"


# Sums and what stands beside them


@pytest.mark.parametrize("words", ["Thông tư số 9/2024/TT-BOM", "Theo nghị quyết của tỉnh", "(Nghị định 3/2025/NĐ-CP)"])
def test_the_number_of_a_law_is_no_sum(words: str) -> None:
    first, line, last = said({"text": words}).splitlines()
    assert (first, line.startswith("• Cổng không ghi số tiền (")) == ("Lệ phí:", True)
    assert "hỏi nơi nộp" in last


@pytest.mark.parametrize("words", ["Theo nghị quyết 5/2024/NQ-HĐND: 2% giá trị", "Theo Luật Ong thì không thu"])
def test_words_that_say_more_than_a_law_are_told(words: str) -> None:
    assert said({"text": words}) == f"Lệ phí:\n• {words}"


def test_a_number_of_the_portal_that_is_no_sum_is_not_told_as_one() -> None:
    text = said({"channel": "online", "text": NO_SUM}, {"channel": "direct", "text": f"{NO_SUM}: Phí xem tổ."})
    assert text.splitlines()[1:] == [
        "• Nộp trên mạng: Cổng không ghi rõ số tiền",
        "• Nộp trực tiếp: Cổng không ghi rõ số tiền (phí xem tổ)",
        "Anh/chị hỏi nơi nộp để biết số tiền nhé.",
    ]
    assert "hỏi nơi nộp" not in said({"text": NO_SUM}, {"amount": 7_000})


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ("40.000 đồng/tổ.", "• 40.000 đồng/tổ"),
        ("40.000đ/tổ (Thông tư 9)", "• 40.000 đồng/tổ (Thông tư 9)"),
        ("Phí xem tổ: 40.000 đồng/lần", "• 40.000 đồng/lần (Phí xem tổ)"),
        ("(một tổ).", "• 40.000 đồng (một tổ)"),
        ("40.000 đồng một tổ, 9.000 đồng một bầy", "• 40.000 đồng (40.000 đồng một tổ, 9.000 đồng một bầy)"),
    ],
)
def test_a_sum_is_told_once_and_in_one_bracket(words: str, line: str) -> None:
    assert said({"amount": 40_000, "text": words}) == f"Lệ phí:\n{line}"


def test_a_rate_with_an_end_comes_before_the_usual_one() -> None:
    lines = said({"amount": 9_000, "text": "mỗi bầy"}, {"amount": 4_000, "valid_until": TOMORROW}).splitlines()
    assert lines[1].startswith("• 4.000 đồng, đến hết")


def test_a_law_of_a_year_is_not_the_end_of_a_rate() -> None:
    row = {"amount": 4_000, "text": "theo Thông tư 9/2025/TT-BOM", "valid_until": TOMORROW}
    assert said(row).endswith("(theo Thông tư 9/2025/TT-BOM), đến hết 02/09/2026")


def test_words_about_the_tax_are_not_contradicted() -> None:
    told = fees(bees(fees=[{"text": "Thuế vườn 2% mỗi năm"}], field="Thuế"), TODAY)
    assert "không phải tiền thuế" not in told
