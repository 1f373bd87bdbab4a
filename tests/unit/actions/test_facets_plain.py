"""Answers a person can use: conditions in plain words, whole sentences, few remarks, an overview for a phone."""

from __future__ import annotations

import datetime as dt
from functools import cache
from typing import Any

import pytest

from actions.facets import Facet, describe, eligibility, footer, office, overview, proxy, results, steps
from actions.showing import shortcuts
from actions.texts import say
from knowledge.own import load_own_records
from knowledge.places import Gazetteer
from knowledge.procedure import Override, Procedure
from tests.builders import APPLICATION, TODAY, bees, case, paper, procedure

PORTAL_LIST = ("Doanh nghiệp", "Hợp tác xã", "Tổ chức (không bao gồm doanh nghiệp, HTX)")


@cache
def own() -> dict[str, Procedure]:
    return {record.code: record for record in load_own_records()}


def papers(*documents: Any, **changes: Any) -> str:
    record = bees(cases=(case("chung", "Hồ sơ", *documents),), **changes)
    return describe(record, Facet.DOCUMENTS, case=None, today=TODAY)


# Conditions


def test_the_portal_s_list_of_applicants_is_no_condition() -> None:
    for record in (bees(applicants=PORTAL_LIST), bees(applicants=PORTAL_LIST, requirements="")):
        assert [name for name in PORTAL_LIST if name in eligibility(record)] == []
    for record in own().values():
        assert "không bao gồm doanh nghiệp" not in eligibility(record)


def test_without_a_condition_it_is_said_for_whom_it_is_and_who_files() -> None:
    whom, files = eligibility(bees(requirements="")).splitlines()
    assert whom == "Dành cho người nuôi từ năm tổ ong trở lên."
    assert files.startswith("Ai đi nộp:")


def test_that_another_may_file_is_no_yes_to_another_question() -> None:
    text = eligibility(bees(requirements="", who_may_file="Được, nếu chủ vườn ủy quyền."))
    assert "Được" not in text
    assert "Mình không thấy hồ sơ nói rõ điều này" in text


def test_only_where_nothing_answers_this_is_said() -> None:
    text = eligibility(bees(requirements="", who_may_file=""))
    assert "Mình không thấy hồ sơ nói rõ điều này" in text
    assert "không thấy" not in eligibility(bees(requirements="")) + eligibility(bees())


@pytest.mark.parametrize("words", ["Không", "Không.", "Không quy định", "Không có", "Chưa quy định"])
def test_a_none_of_the_portal_is_no_condition(words: str) -> None:
    assert "không nói rõ" in eligibility(bees(requirements=words, summary=""))


def test_the_number_of_an_article_is_no_condition() -> None:
    by_law = "Đáp ứng điểm d khoản 1 Điều 31 Luật Nghề ong."
    assert "chỉ dẫn số điều luật" in eligibility(bees(requirements=by_law, summary=""))
    assert "Điều 31" not in eligibility(bees(requirements=by_law))


def test_what_is_left_out_of_the_conditions_is_said_to_be() -> None:
    text = eligibility(bees(requirements="- Vườn rộng 50 m\n- Đủ điều kiện tại Điều 7 Luật Nghề ong"))
    assert text.startswith("Điều kiện: Vườn rộng 50 m. (còn điều kiện khác")
    assert "còn điều kiện khác" not in eligibility(bees())


def test_long_conditions_are_cut_where_a_sentence_ends() -> None:
    text = eligibility(bees(requirements="Tổ ong phải khô. " * 200))
    assert len(text) < 500
    assert "khô. (còn" in text


def test_the_word_condition_is_not_said_twice() -> None:
    assert eligibility(bees(requirements="Điều kiện nuôi mới từ 2026.")) == "Điều kiện nuôi mới từ 2026."


# Another person files


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        (
            "Chính người nuôi ong.",
            "Nhờ người nộp thay: hồ sơ chỉ ghi người nộp là chính người nuôi ong. "
            "Muốn nhờ người khác, anh/chị hỏi nơi nộp trước nhé.",
        ),
        (
            "Chủ vườn; hoặc người được ủy quyền.",
            "Nhờ người nộp thay: được, nếu có ủy quyền. Hồ sơ ghi: chủ vườn; hoặc người được ủy quyền.",
        ),
        ("Cha mẹ. Cậu mợ đi thay cũng được.", "Ai đi nộp: Cha mẹ. Cậu mợ đi thay cũng được."),
        (
            "Tờ vàng được ủy quyền cho người khác; tờ xanh phải tự xin.",
            "Ai đi nộp: Tờ vàng được ủy quyền cho người khác; tờ xanh phải tự xin.",
        ),
    ],
    ids=["names a person", "authorises", "says who", "with limits"],
)
def test_the_line_answers_whether_another_may_go(who: str, shown: str) -> None:
    assert proxy(bees(who_may_file=who)) == shown


# Papers


def test_who_is_exempt_from_a_paper_is_not_cut_off() -> None:
    what = "Chỉ cần khi nhờ người khác nộp, và phải đóng dấu. Người nộp là con, cháu thì khỏi đóng dấu."
    text = papers(APPLICATION, paper("uy-quyen", "Giấy ủy quyền", what=what))
    assert "phải đóng dấu. Người nộp là con, cháu thì khỏi đóng dấu" in text


def test_a_long_condition_says_that_there_are_exceptions() -> None:
    what = f"Chỉ cần khi nhờ người khác nộp. {'Người nộp là con, cháu, ' * 12} thì khỏi đóng dấu."
    assert "nộp. (có người được miễn" in papers(APPLICATION, paper("uy-quyen", "Giấy ủy quyền", what=what))


def test_no_condition_of_our_records_ends_in_the_middle() -> None:
    for record in own().values():
        lines = describe(record, Facet.DOCUMENTS, case=None, today=TODAY).splitlines()
        assert [line for line in lines if line.startswith("• ") and ": " in line and line.endswith("…")] == []


def test_a_paper_that_may_be_left_out_says_so_in_its_own_line() -> None:
    spared = {"instead": "Tra được trong dữ liệu thì không cần giấy này."}
    assert "• Giấy đất: có thể khỏi nộp" in papers(paper("dat", "Giấy đất", **spared))
    later = {"instead_since": TODAY + dt.timedelta(days=1)}
    assert "khỏi nộp" not in papers(paper("dat", "Giấy đất", **spared, **later))


def test_a_paper_is_no_situation_of_a_person() -> None:
    cases = (
        case("chung", "Trường hợp thông thường", APPLICATION),
        case("to", "Bản khai lý lịch tổ ong (mẫu 02)", APPLICATION),
        case("thue", "Ở vườn thuê:", APPLICATION),
    )
    text = describe(bees(cases=cases), Facet.DOCUMENTS, case=None, today=TODAY)
    assert text.startswith("Giấy tờ cần có:")
    assert "(trường hợp khác: Ở vườn thuê; chọn" in text


# Steps


def test_steps_that_the_portal_wrote_in_one_text_are_told_apart() -> None:
    raw = "Bước 1: Nộp hồ sơ TTHC\nb) Bước 2. Chờ ong bay\n- Bước 3: Nhận giấy"
    assert steps(bees(steps=({"text": raw},))).splitlines() == [
        "Các bước:",
        "1. Nộp hồ sơ thủ tục",
        "2. Chờ ong bay",
        "3. Nhận giấy",
    ]


def test_the_number_of_a_step_is_not_said_twice() -> None:
    text = steps(bees(steps=({"title": "Bước 1:", "text": "Đo vườn."}, {"title": "Bước 2: Nộp", "text": "Mang đi."})))
    assert text.splitlines()[1:] == ["1. Đo vườn.", "2. Bước 2: Nộp: Mang đi."]


# Remarks

OURS = {"valid_from": dt.date(2026, 7, 1), "why": "Cổng còn mức phí cũ."}
HERE, ELSEWHERE = (Gazetteer.load().place(code) for code in ("01", "46"))


def remarks(record: Procedure, *facets: Facet, **at: Any) -> list[str]:
    return [line.split(":")[0] for line in footer(record, facets, TODAY, 999, **at).splitlines()][:-1]


def remarkable() -> Procedure:
    notice = {"text": "Từ nay tổ ong phải sơn vàng.", "source": "Thông tư 9"}
    ours = tuple(Override(field=field, source="Thông tư 8", **OURS) for field in ("fees", "times"))
    return bees(notices=(notice, notice), certainty="medium", doubts="còn chờ.", overrides=ours)


def test_there_is_one_remark_of_each_kind() -> None:
    assert remarks(remarkable(), Facet.FEE) == ["Lưu ý", "Chưa chắc hoàn toàn", "Lệ phí theo Thông tư 8."]


def test_an_overview_has_two_remarks_at_most() -> None:
    assert remarks(remarkable(), Facet.OVERVIEW) == ["Lưu ý", "Chưa chắc hoàn toàn"]


def test_the_notice_about_what_was_asked_comes_first() -> None:
    general = {"text": "Luật Nghề ong đã đổi.", "source": "Luật Nghề ong"}
    of_fees = {"text": "Mức phí có thể khác.", "source": "Thông tư 9", "facets": ("fee",)}
    assert "Mức phí có thể khác" in footer(bees(notices=(general, of_fees)), (Facet.FEE,), TODAY, 999)


@pytest.mark.parametrize(("at", "is_told"), [(HERE, True), (ELSEWHERE, False), (None, False)])
def test_the_rule_of_a_province_is_told_to_its_people_only(at: Any, is_told: bool) -> None:
    source = "Nghị quyết 5/2026/NQ-HĐND của Hà Nội"
    record = bees(overrides=(Override(field="fees", source=source, **OURS),))
    assert (remarks(record, Facet.FEE, place=at) == [f"Lệ phí theo {source}."]) is is_told


def test_a_source_is_named_without_its_story() -> None:
    source = "Thông tư 8/2026; mức giảm đã hết hạn (xem ghi chú)"
    record = bees(overrides=(Override(field="fees", source=source, **OURS),))
    assert footer(record, (Facet.FEE,), TODAY, 999).splitlines()[0] == "Lệ phí theo Thông tư 8/2026."


# The level, and the overview


@pytest.mark.parametrize("level", ["full", "partial"])
def test_plain_words_come_before_the_term(level: str) -> None:
    text = describe(bees(online_level=level), Facet.ONLINE, case=None, today=TODAY)
    assert text.index("trên mạng") < text.index("(mức độ")
    assert text.count("mức độ") == 1


def test_a_short_list_is_one_line_of_the_overview() -> None:
    assert "Lệ phí: Nộp trên mạng: 20.000 đồng (mỗi tổ); nộp trực tiếp: 30.000 đồng (mỗi tổ)" in overview(bees(), TODAY)


def test_overviews_of_our_records_fit_a_phone() -> None:
    texts = [f"{r.title}\n\n{overview(r, TODAY)}\n\n{footer(r, (Facet.OVERVIEW,), TODAY, 999)}" for r in own().values()]
    lines = sorted(text.count("\n") + 1 for text in texts)
    assert lines[len(lines) // 2] <= 14
    assert lines[-1] <= 21


def test_an_overview_counts_what_it_leaves_out() -> None:
    many = [paper(f"g-{i}", f"Giấy số {i}") for i in range(1, 8)]
    cases = (case("nha", "Ở nhà", *many), case("thue", "Ở vườn thuê", *many))
    text = overview(bees(cases=cases), TODAY)
    assert text.count("• Giấy số") == 3
    assert "(còn 4 mục nữa" in text
    assert "Giấy tờ cho trường hợp “Ở nhà” (còn 1 trường hợp khác):" in text


def test_an_overview_of_a_bare_record_needs_no_summary() -> None:
    assert "Giấy tờ: hồ sơ trên Cổng" in overview(procedure("9.100001", "Nuôi ong"), TODAY)


def test_the_overview_has_the_papers_of_the_case_that_was_told() -> None:
    text = describe(bees(), Facet.OVERVIEW, case=bees().cases[1], today=TODAY)
    assert "Hợp đồng thuê vườn" in text


def test_an_answer_with_a_colon_is_not_told_with_two() -> None:
    text = proxy(bees(who_may_file="Được: vợ hoặc chồng đi thay."))
    assert text == "Nhờ người nộp thay: được. Vợ hoặc chồng đi thay."


@pytest.mark.parametrize("who", ["Được, vợ hoặc chồng đi thay.", "Không, chính người ký phải đến."])
def test_a_line_that_answers_is_said_as_it_is(who: str) -> None:
    text = describe(bees(who_may_file=who), Facet.PROXY, case=None, today=TODAY)
    assert text == f"Nhờ người nộp thay: {who[0].lower()}{who[1:]}"


# What is paid out


@pytest.mark.parametrize(
    ("got", "is_money"),
    [("Tiền trợ cấp hằng tháng", True), ("Trợ cấp một lần", True), ("Giấy nuôi ong", False), ("Thẻ trợ cấp", False)],
)
def test_money_does_not_expire_and_is_asked_about_by_its_amount(got: str, is_money: bool) -> None:
    record = bees(results=(got, "Giấy báo"))
    assert ("dùng được bao lâu" in results(record)) is not is_money
    titles = [b.title for b in shortcuts(record)]
    assert (say("b_money") in titles) is is_money
    assert (say("b_fee") in titles) is not is_money


def test_a_place_that_begins_with_the_first_step_goes_on_behind_it() -> None:
    said = office(bees(place="Bước 1. Nộp hồ sơ: \nNộp tại Sở Ong tỉnh.\nBước 2: chờ."))
    assert said.startswith("Nơi nộp: Nộp tại Sở Ong tỉnh")


def test_a_paper_of_authority_is_told_with_who_needs_none() -> None:
    rule = "Chỉ cần khi nhờ người khác làm thay. Ông bà, cha mẹ, con thì khỏi chứng thực."
    own = case("vuon-nha", "Trong vườn nhà", APPLICATION, paper("uy-quyen", "Giấy ủy quyền", what=rule))
    rented = case("vuon-thue", "Ở vườn thuê", paper("uy-quyen", "Giấy ủy quyền", what=rule))
    text = describe(bees(who_may_file="", cases=(own, rented)), Facet.PROXY, case=None, today=TODAY)
    assert text == f"Nhờ người nộp thay, hồ sơ ghi:\n• Giấy ủy quyền: {rule[:1].lower()}{rule[1:]}"
