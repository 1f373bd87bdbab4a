"""One block of an answer for each facet: what the record says, and honestly, where it says nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from actions.facets import Facet, describe, online
from actions.labels import LABELS
from knowledge.procedure import Procedure
from tests.builders import APPLICATION, SILENT, TODAY, bees, case, paper, procedure


def block(record: Procedure, facet: Facet, *, case_key: str | None = None, today: dt.date = TODAY) -> str:
    return describe(record, facet, case=record.case(case_key), today=today)


SAID = {
    Facet.DOCUMENTS: ["Tờ khai nuôi ong (1 bản chính)", "Sơ đồ khu vườn (2 bản sao)", "Giấy tập huấn nuôi ong"],
    Facet.FEE: ["Nộp trên mạng: 20.000 đồng (mỗi tổ)", "Nộp trực tiếp: 30.000 đồng (mỗi tổ)"],
    Facet.TIME: ["Nộp trên mạng: 2,5 ngày làm việc", "Nộp trực tiếp: 4 ngày làm việc"],
    Facet.PLACE: ["Ủy ban nhân dân xã nơi đặt tổ ong"],
    Facet.STEPS: ["1. Điền tờ khai.", "2. Gửi hồ sơ."],
    Facet.ONLINE: ["mức độ 4", "toàn trình"],
    Facet.FORM: ["Tờ khai nuôi ong"],
    Facet.ELIGIBILITY: ["Tổ ong cách nhà ở 50 m"],
    Facet.PROXY: ["Người trong nhà nộp thay được"],
    Facet.DEADLINE: ["Trong 30 ngày"],
    Facet.PENALTY: ["Trễ hạn bị nhắc nhở"],
    Facet.RESULT: ["Giấy xác nhận nuôi ong"],
    Facet.LEGAL_BASIS: ["12/2020/QH14: Luật Nghề ong"],
    Facet.OVERVIEW: ["từ năm tổ ong", "Tờ khai nuôi ong", "20.000 đồng", "2,5 ngày", "nơi đặt tổ ong", "mức độ 4"],
}


def test_every_facet_has_an_expectation_here() -> None:
    assert set(SAID) == set(Facet) == set(LABELS)


@pytest.mark.parametrize("facet", Facet)
def test_a_full_record_is_told(facet: Facet) -> None:
    text = block(bees(), facet)
    assert [part for part in SAID[facet] if part not in text] == []


@pytest.mark.parametrize("facet", [f for f in Facet if f not in (Facet.OVERVIEW, Facet.ONLINE)])
def test_what_the_record_does_not_say_is_said_to_be_unknown(facet: Facet) -> None:
    text = block(SILENT, facet)
    assert "không nói rõ" in text or "không liệt kê" in text or "không ghi" in text
    assert "18001096" in text or "nơi nộp" in text or "trên trang" in text


def test_an_overview_of_an_empty_record_invents_nothing() -> None:
    text = block(SILENT, Facet.OVERVIEW)
    assert "Miễn phí" not in text
    assert not any(character.isdigit() for character in text.replace("18001096", ""))


@pytest.mark.parametrize(
    ("level", "said"), [("full", "mức độ 4"), ("partial", "mức độ 3"), ("none", "Chưa làm trên mạng được")]
)
def test_the_online_level_is_said_with_its_number(level: str, said: str) -> None:
    text = block(bees(online_level=level), Facet.ONLINE)
    assert said in text
    assert (level == "full") == ("toàn trình" in text)
    assert (level == "partial") == ("một phần" in text)


# Papers


def test_the_papers_are_those_of_the_person_s_case() -> None:
    text = block(bees(), Facet.DOCUMENTS, case_key="vuon-thue")
    assert "Ở vườn thuê" in text
    assert "Hợp đồng thuê vườn" in text
    assert "Sơ đồ khu vườn" not in text


def test_with_several_cases_the_one_that_is_shown_is_named() -> None:
    assert "“Trong vườn nhà”" in block(bees(), Facet.DOCUMENTS)


def test_a_note_is_told_beside_the_papers_and_not_as_one() -> None:
    note = paper("luu-y", "Lưu ý: tổ gỗ phải khô", kind="note")
    only = case("chung", "Hồ sơ", APPLICATION, note, note="Mỗi tổ một tờ.")
    text = block(procedure("9.100001", "Nuôi ong", cases=(only,)), Facet.DOCUMENTS)
    assert "• Lưu ý" not in text
    assert "Mỗi tổ một tờ." in text


def test_a_long_list_of_papers_is_counted_up() -> None:
    papers = [paper(f"g-{i}", f"Giấy số {i}") for i in range(1, 13)]
    text = block(procedure("9.100001", "Nuôi ong", cases=(case("chung", "Hồ sơ", *papers),)), Facet.DOCUMENTS)
    shown = text.count("• ")
    assert 0 < shown < 12
    assert f"còn {12 - shown} mục nữa" in text


# Fees


def fee(**line: object) -> str:
    return block(bees(fees=(line,)), Facet.FEE)


def test_a_bare_zero_is_never_called_free() -> None:
    text = fee(channel="online", amount=0)
    assert "Cổng ghi 0 đồng" in text
    assert "Miễn phí" not in text


def test_a_zero_with_its_reason_is_free_for_that_reason() -> None:
    assert "Miễn phí (hộ nghèo)" in fee(channel="online", amount=0, text="hộ nghèo")


def test_words_without_an_amount_are_told_as_they_are() -> None:
    assert "Mỗi tỉnh một mức" in fee(text="Mỗi tỉnh một mức")


def test_another_currency_is_not_called_dong() -> None:
    text = fee(amount=25, currency="USD", text="một lần")
    assert "25 USD" in text
    assert "đồng" not in text


def test_a_price_that_has_ended_is_not_stated() -> None:
    text = fee(amount=10_000, text="áp dụng đến hết ngày 31/12/2025", valid_until=dt.date(2025, 12, 31))
    assert "10.000" not in text
    assert "31/12/2025" in text


def test_the_last_day_of_a_price_still_counts() -> None:
    last = dt.date(2026, 12, 31)
    record = bees(fees=({"amount": 10_000, "text": "ưu đãi", "valid_until": last},))
    assert "10.000 đồng" in block(record, Facet.FEE, today=last)
    assert "đến hết 31/12/2026" in block(record, Facet.FEE, today=last)
    assert "10.000" not in block(record, Facet.FEE, today=last + dt.timedelta(days=1))


def test_an_ended_price_does_not_hide_the_one_in_force() -> None:
    record = bees(
        fees=({"amount": 10_000, "valid_until": "2025-12-31"}, {"amount": 25_000, "valid_from": "2026-01-01"})
    )
    assert "25.000 đồng" in block(record, Facet.FEE)
    assert "10.000" not in block(record, Facet.FEE)


def test_channels_that_agree_are_told_once() -> None:
    same = tuple({"channel": c, "amount": 15_000, "text": "mỗi tổ"} for c in ("online", "direct", "postal"))
    text = block(bees(fees=same), Facet.FEE)
    assert text.count("15.000") == 1
    assert "Nộp trên mạng" not in text


def test_a_fee_of_one_channel_is_not_told_for_all() -> None:
    record = bees(fees=({"channel": "direct", "amount": 30_000}, {"channel": "online", "amount": 0}))
    assert "Nộp trực tiếp: 30.000 đồng" in block(record, Facet.FEE)


# Times, places and long texts


def test_a_time_that_has_ended_is_not_stated() -> None:
    record = bees(times=({"quantity": 9, "unit": "day", "valid_until": "2025-01-01"},))
    assert "không nói rõ" in block(record, Facet.TIME)


@pytest.mark.parametrize(
    ("unit", "said"), [("hour", "4 giờ"), ("day", "4 ngày"), ("month", "4 tháng"), ("year", "4 năm")]
)
def test_a_time_is_told_in_its_unit(unit: str, said: str) -> None:
    assert block(bees(times=({"quantity": 4, "unit": unit},)), Facet.TIME) == f"Thời gian: {said}"


@pytest.mark.parametrize("office", ["Ủy ban nhân dân huyện", "Phòng Ong mật cấp huyện", "UBND HUYỆN Vườn Ong"])
def test_a_district_is_not_passed_on(office: str) -> None:
    record = bees(place=office, agencies=(office, "Ủy ban nhân dân cấp xã"))
    text = block(record, Facet.PLACE)
    assert "huyện" not in text.lower()
    assert "Ủy ban nhân dân cấp xã" in text


def test_an_urban_district_is_not_passed_on() -> None:
    text = block(bees(place="Ủy ban nhân dân quận Vườn Ong", agencies=("Ủy ban nhân dân cấp xã",)), Facet.PLACE)
    assert "quận" not in text


def test_a_record_that_knows_districts_only_does_not_say_where() -> None:
    text = block(bees(place="Ủy ban nhân dân huyện", agencies=("Ủy ban nhân dân cấp huyện",)), Facet.PLACE)
    assert "không nói rõ" in text


@pytest.mark.parametrize("facet", [Facet.PLACE, Facet.STEPS])
def test_a_long_text_is_cut_where_a_sentence_ends(facet: Facet) -> None:
    long = "Tổ ong phải khô. " * 200
    text = block(bees(requirements=long, place=long, steps=({"text": long},)), facet)
    assert len(text) < 700
    assert text.endswith("khô. …")


# How many of a paper


@pytest.mark.parametrize(
    ("name", "counts", "said"),
    [
        ("Ảnh tổ ong 4x6", {"original": 1}, "• Ảnh tổ ong 4x6"),
        ("Ảnh tổ ong 4x6", {"original": 2}, "• Ảnh tổ ong 4x6 (2 tấm)"),
        ("02 ảnh tổ ong", {"original": 2}, "• 02 ảnh tổ ong"),
        ("Bản sao sổ nuôi ong", {"original": 1}, "• Bản sao sổ nuôi ong (1 bản)"),
        ("Bản chính sổ nuôi ong", {"original": 1}, "• Bản chính sổ nuôi ong (1 bản)"),
        ("Sổ nuôi ong", {"original": 1, "copies": 1}, "• Sổ nuôi ong (1 bản chính, 1 bản sao)"),
    ],
)
def test_a_photo_or_a_copy_is_no_original(name: str, counts: dict[str, int], said: str) -> None:
    record = procedure("9.100001", "Nuôi ong", cases=(case("chung", "Hồ sơ", paper("g", name, **counts)),))
    assert said in block(record, Facet.DOCUMENTS).splitlines()


# Who stands at the counter


@pytest.mark.parametrize(
    ("agency", "office"),
    [
        ("Chủ tịch Ủy ban nhân dân cấp xã", "Ủy ban nhân dân cấp xã"),
        ("Giám đốc Sở Vườn tược", "Sở Vườn tược"),
        ("Bộ trưởng Bộ Ong mật", "Bộ Ong mật"),
        ("Bộ trưởng", "Bộ Ong mật"),
    ],
)
def test_a_head_of_an_office_is_told_as_the_office(agency: str, office: str) -> None:
    assert block(bees(place="", agencies=(agency,)), Facet.PLACE) == f"Nơi nộp: {office}"


def test_a_place_without_information_is_no_place() -> None:
    assert block(bees(place="Không có thông tin"), Facet.PLACE) == "Nơi nộp: Ủy ban nhân dân cấp xã"


# Penalty, deadline, and how long a paper is good for


def test_a_penalty_is_told_with_the_deadline_once() -> None:
    text = block(bees(), Facet.PENALTY)
    assert text == "Hạn phải làm: Trong 30 ngày từ khi đặt tổ.\nNếu làm trễ: Trễ hạn bị nhắc nhở."
    both = (Facet.PENALTY, Facet.DEADLINE)
    assert "Hạn phải làm" not in describe(bees(), Facet.PENALTY, case=None, today=TODAY, asked=both)


def test_only_lateness_is_headed_as_such() -> None:
    text = block(bees(penalty="Không sơn tổ thì bị nhắc nhở.", deadline=""), Facet.PENALTY)
    assert text == "Xử phạt: Không sơn tổ thì bị nhắc nhở."
    assert block(bees(penalty="", deadline=""), Facet.PENALTY).startswith("Xử phạt: hồ sơ trên Cổng không nói rõ")


def test_how_long_a_paper_is_good_for_is_told_or_said_to_be_unwritten() -> None:
    assert block(bees(), Facet.RESULT).endswith("Giấy dùng được bao lâu: hồ sơ không ghi.")
    lasts = bees(summary="Dành cho người nuôi ong. Giấy có giá trị 2 năm.")
    assert block(lasts, Facet.RESULT).endswith("\nGiấy có giá trị 2 năm.")
    assert "bao lâu" not in block(bees(results=("Tiền hỗ trợ nuôi ong",)), Facet.RESULT)


def test_the_fee_of_a_benefit_is_said_not_to_be_what_one_gets() -> None:
    benefit = bees(plain_name="Hưởng trợ cấp mất tổ ong", fees=({"amount": 0},))
    assert block(benefit, Facet.FEE).splitlines() == [
        "Lệ phí nộp hồ sơ: Cổng ghi 0 đồng.",
        "Đây là tiền phải nộp, không phải số tiền được nhận.",
    ]
    assert "được nhận" not in block(bees(), Facet.FEE)


def test_what_the_post_takes_needs_no_way_there():
    """A record without an online service that takes letters must not send people to the office."""
    posted = procedure("9.100081", "Gửi tem ong", times=({"channel": "postal", "quantity": 3},))
    told = procedure("9.100082", "Gửi tem ong", times=({"channel": "direct", "text": "Gửi qua hệ thống bưu chính."},))
    desk_only = procedure("9.100083", "Gửi tem ong", times=({"channel": "direct", "quantity": 3},))
    for record, is_posted in ((posted, True), (told, True), (desk_only, False)):
        assert ("bưu điện" in online(record)) is is_posted
