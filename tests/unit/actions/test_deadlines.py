"""By when one must file: the record's field, else what its steps say, word for word; never the office's own days."""

from __future__ import annotations

import pytest

from actions.deadlines import deadline
from knowledge.procedure import Step
from tests.builders import bees

QUOTED = "Hạn phải làm, trong các bước và điều kiện của hồ sơ có ghi:\n"
SILENT = "Hạn phải làm: hồ sơ trên Cổng không nói rõ."
RENEWAL = "Người nuôi ong nộp hồ sơ gia hạn ít nhất 20 ngày trước ngày giấy hết hạn"


def of_step(text: str) -> str:
    return deadline(bees(deadline="", steps=(Step(text=text),)))


def test_the_field_of_the_record_comes_first() -> None:
    both = bees(deadline="Trong 30 ngày từ khi đặt tổ.", steps=(Step(text=RENEWAL),))
    assert deadline(both) == "Hạn phải làm: Trong 30 ngày từ khi đặt tổ."


@pytest.mark.parametrize(
    "sentence",
    [
        RENEWAL,
        "Hội nuôi ong gửi văn bản đến Ủy ban nhân dân cấp xã trước ngày dự kiến mở hội ít nhất 20 ngày",
        "Chậm nhất 02 giờ trước khi dời tổ, người nuôi phải khai báo với nơi đến",
        "Khi đổi vườn, người nuôi phải thông báo thay đổi trong thời hạn 10 (mười) ngày làm việc kể từ ngày dời tổ",
    ],
)
def test_a_day_for_those_who_file_is_quoted(sentence: str) -> None:
    assert of_step(f"Bước 1: {sentence}. Nhận giấy hẹn.") == f"{QUOTED}• “{sentence}”"


@pytest.mark.parametrize(
    "sentence",
    [
        "Trong thời hạn 05 ngày làm việc kể từ ngày nhận đủ hồ sơ, cơ quan chăn nuôi gửi kết quả",
        "Hội đồng thông báo lịch họp ít nhất 03 ngày trước khi họp",
        "Người nuôi phải bổ sung hồ sơ, nộp lại trong thời hạn 10 ngày kể từ ngày nhận được thông báo",
        "Có ít nhất 02 tổ ong trước khi nộp hồ sơ",
        "Người nuôi ong nộp hồ sơ tại xã",
    ],
)
def test_the_office_s_own_days_and_other_numbers_are_not(sentence: str) -> None:
    assert of_step(f"{sentence}.").startswith(SILENT)


def test_conditions_are_read_too_and_no_more_than_two_are_quoted_each_once() -> None:
    others = [f"Người nuôi nộp đơn chậm nhất {days} ngày trước khi dời tổ" for days in (5, 6)]
    record = bees(deadline="", steps=(Step(text=f"{RENEWAL}.\n{RENEWAL}."),), requirements=". ".join(others))
    assert deadline(record) == f"{QUOTED}• “{RENEWAL}”\n• “{others[0]}”"


def test_a_sentence_that_would_fill_the_screen_is_left_out() -> None:
    assert of_step(f"{RENEWAL}, {'và các giấy tờ kèm theo ' * 15}.").startswith(SILENT)
