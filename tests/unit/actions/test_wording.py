"""Texts of the portal made fit for a phone: whole sentences, no capitals, no marks of lists."""

from __future__ import annotations

import pytest

from actions.wording import distinct, heading, headline, lower_first, sentence_case, tidy, whole_sentences


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("ĐĂNG KÝ NUÔI ONG (CẤP XÃ)", "Đăng ký nuôi ong (cấp xã)"),
        ("CẤP THẺ BHYT TẠI UBND XÃ", "Cấp thẻ BHYT tại UBND xã"),
        ("RÚT BHXH CHO NGƯỜI RỜI VIỆT NAM", "Rút BHXH cho người rời Việt Nam"),
        ("Cấp thẻ BHYT", "Cấp thẻ BHYT"),
        ("", ""),
    ],
)
def test_a_title_in_capitals_is_shown_in_sentence_case(title: str, shown: str) -> None:
    assert sentence_case(title) == shown


def test_a_headline_is_one_line_of_a_phone_or_two() -> None:
    assert headline("Khai báo nuôi ong") == "Khai báo nuôi ong"
    long = headline("CẤP GIẤY XÁC NHẬN NUÔI ONG MẬT " * 8)
    assert long.startswith("Cấp giấy xác nhận nuôi ong mật")
    assert len(long) <= 92
    assert long.endswith("…")


def test_only_whole_sentences_are_kept() -> None:
    text = "Tổ ong phải khô. Người nuôi phải học; ai có bằng thì khỏi."
    assert whole_sentences(text, 100) == text
    assert whole_sentences(text, 50) == "Tổ ong phải khô."
    assert whole_sentences(text, 10) == ""


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("- Điền tờ khai\n+ Gửi hồ sơ;", "Điền tờ khai Gửi hồ sơ"),
        ("a) Nộp hồ sơ TTHC:\nb) Giải quyết TTHC", "Nộp hồ sơ thủ tục: Giải quyết thủ tục"),
        ("1. Đo vườn\n2) Đếm tổ", "Đo vườn Đếm tổ"),
        ("3 ngày làm việc", "3 ngày làm việc"),
        ("1.000 đồng một tổ", "1.000 đồng một tổ"),
    ],
)
def test_the_marks_of_a_list_are_taken_away(raw: str, shown: str) -> None:
    assert tidy(raw) == shown


def test_a_name_in_capitals_stays_in_the_middle_of_a_sentence() -> None:
    assert lower_first("Chính người nuôi") == "chính người nuôi"
    assert lower_first("UBND xã") == "UBND xã"
    assert lower_first("") == ""


LONG = "Cấp giấy xác nhận nuôi ong mật trên đất rừng của Nhà nước"


def test_a_heading_stops_where_a_clause_ends() -> None:
    assert heading(LONG, 100) == LONG
    assert heading(f"{LONG} (thực hiện tại Ủy ban nhân dân cấp xã)", 60) == LONG
    assert heading(f"{LONG} đối với người mới nuôi lần đầu tiên", 70) == f"{LONG} …"
    assert heading(f"{LONG}; trả lại giấy đã cấp", 65) == f"{LONG} …"


def test_a_bracket_is_not_cut_open() -> None:
    assert "(" not in heading(f"{LONG} (tre, nứa, thuộc vườn, của nhà", 75)


def test_titles_that_differ_at_the_end_still_differ_when_they_are_cut() -> None:
    titles = [f"{LONG} cho {who}" for who in ("hộ gia đình", "doanh nghiệp", "hợp tác xã")]
    short = distinct([*titles, "Trả lại đất"], 50)
    assert len(set(short)) == 4
    assert short[-1] == "Trả lại đất"
    assert [text.startswith("Cấp giấy") for text in short[:3]] == [True] * 3
    assert [who in text for who, text in zip(("hộ gia", "doanh", "hợp tác"), short, strict=False)] == [True] * 3


def test_titles_that_are_the_same_stay_the_same() -> None:
    assert len(set(distinct([LONG, LONG], 40))) == 1
