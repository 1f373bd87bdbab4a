"""The dossier of a portal record: papers, notes, headings, cases, order."""

from __future__ import annotations

import pytest

from knowledge.procedure import DocumentKind
from tests.unit.knowledge.samples import component, execution_case, imported, uuid, variant


def dossier(*cases):
    return imported(executionCases=list(cases)).cases


def names(documents):
    return [d.name for d in documents]


def test_the_papers_come_from_the_execution_cases_only():
    decoy = [component("Giấy ở sai chỗ")]
    record = imported(
        executionCases=[execution_case("Giấy tờ phải nộp:", "Tờ khai")],
        profileComponents=decoy,
        cases=[variant(11) | {"profileComponents": decoy}],
    )
    assert names(record.documents()) == ["Tờ khai"]


def test_a_record_without_execution_cases_says_nothing_about_papers():
    assert imported(executionCases=[]).cases == ()


@pytest.mark.parametrize("required", [False, True, None])
def test_whether_the_portal_calls_a_paper_required_means_nothing(required):
    (case,) = dossier(execution_case("Hồ sơ gồm:", component("Tờ khai", required=required)))
    assert names(case.papers) == ["Tờ khai"]


@pytest.mark.parametrize(
    "heading",
    ["", "* Giấy tờ phải xuất trình:", "* Giấy tờ phải nộp", "Thành phần hồ sơ:", "Hồ sơ gồm:", "- Hồ sơ bao gồm:"],
)
def test_a_heading_is_no_case(heading):
    (case,) = dossier(execution_case(heading, "Tờ khai", "Ảnh"))
    assert case.key == "chung"
    assert names(case.papers) == ["Tờ khai", "Ảnh"]


def test_papers_remember_the_heading_they_stand_under():
    (case,) = dossier(
        execution_case("* Giấy tờ phải nộp:", "Tờ khai"), execution_case("* Giấy tờ phải xuất trình:", "Căn cước")
    )
    assert {d.name: d.section for d in case.papers} == {
        "Tờ khai": "Giấy tờ phải nộp",
        "Căn cước": "Giấy tờ phải xuất trình",
    }


def test_a_heading_inside_the_list_is_no_paper():
    heading = component("Giấy tờ phải xuất trình:", original=0)
    (case,) = dossier(execution_case("Hồ sơ gồm:", "Tờ khai", heading, "Căn cước"))
    assert names(case.papers) == ["Tờ khai", "Căn cước"]
    assert case.papers[1].section == "Giấy tờ phải xuất trình"


@pytest.mark.parametrize("line", ["Số lượng hồ sơ: 01 (bộ).", "Hồ sơ nuôi chim bao gồm:", "b) Số lượng hồ sơ: 02 bộ"])
def test_a_line_about_the_dossier_is_no_paper(line):
    (case,) = dossier(execution_case("", "Tờ khai", component(line, original=1), "Báo cáo về chuồng bao gồm:"))
    assert names(case.papers) == ["Tờ khai", "Báo cáo về chuồng bao gồm:"]


def test_situations_of_the_person_are_cases():
    one, two = dossier(execution_case("Nuôi dưới 10 con", "Tờ khai A"), execution_case("Nuôi từ 10 con", "Tờ khai B"))
    assert [one.label, two.label] == ["Nuôi dưới 10 con", "Nuôi từ 10 con"]
    assert one.key != two.key
    assert names(two.papers) == ["Tờ khai B"]


def test_papers_under_a_heading_belong_to_every_case():
    cases = dossier(
        execution_case("Giấy tờ phải nộp:", "Tờ khai chung"),
        execution_case("Nuôi dưới 10 con", "Sơ đồ chuồng"),
        execution_case("Nuôi từ 10 con", "Giấy thú y"),
    )
    assert {c.label: names(c.papers) for c in cases} == {
        "Trường hợp thông thường": ["Tờ khai chung"],
        "Nuôi dưới 10 con": ["Tờ khai chung", "Sơ đồ chuồng"],
        "Nuôi từ 10 con": ["Tờ khai chung", "Giấy thú y"],
    }


@pytest.mark.parametrize(
    ("first", "second"), [("Nuôi chim", "Nuôi chim"), ("Trường hợp ở điểm d khoản 2", "Trường hợp ở điểm đ khoản 2")]
)
def test_two_cases_can_always_be_told_apart(first, second):
    one, two = dossier(execution_case(first, "Tờ khai A"), execution_case(second, "Tờ khai B"))
    assert one.key != two.key


def test_papers_that_differ_in_an_accent_only_are_two_papers():
    (case,) = dossier(execution_case("Hồ sơ gồm:", "Giấy tờ nêu ở điểm d", "Giấy tờ nêu ở điểm đ"))
    assert len(case.papers) == 2


@pytest.mark.parametrize(
    "note",
    [
        "Lưu ý: tờ khai viết bằng bút mực",
        "Ví dụ: chim bồ câu, chim sẻ",
        "Ghi chú: nộp trong giờ hành chính",
        "* Chú ý: ảnh chụp trong 6 tháng",
    ],
)
def test_a_remark_is_a_note_even_where_it_has_a_count(note):
    (case,) = dossier(execution_case("Hồ sơ gồm:", "Tờ khai", component(note, original=1)))
    assert names(case.papers) == ["Tờ khai"]
    assert len(case.notes) == 1


@pytest.mark.parametrize(
    ("name", "original", "kind"),
    [
        ("Trường hợp nuôi nhờ thì người nuôi khai", 0, DocumentKind.NOTE),
        ("Trường hợp nuôi nhờ: giấy ủy quyền", 1, DocumentKind.PAPER),
        ("Trường hợp đã có trên VNeID thì không phải nộp bản giấy", 1, DocumentKind.NOTE),
        ("Đối với hộ nghèo không phải nộp giấy này", 0, DocumentKind.NOTE),
        ("Giấy ủy quyền", 0, DocumentKind.PAPER),
    ],
)
def test_a_sentence_about_when_a_paper_is_needed_is_a_note_unless_it_has_a_count(name, original, kind):
    (case,) = dossier(execution_case("Hồ sơ gồm:", "Tờ khai", component(name, original=original)))
    assert {d.name: d.kind for d in case.documents}[name] is kind


def test_what_stands_under_a_remark_is_a_remark():
    (case,) = dossier(
        execution_case("Hồ sơ gồm:", "Tờ khai"), execution_case("* Lưu ý :", component("Viết bút mực", original=0))
    )
    assert names(case.papers) == ["Tờ khai"]
    assert names(case.notes) == ["Viết bút mực"]


@pytest.mark.parametrize(
    ("listed", "shown"),
    [
        (["Giấy thú y", "Ảnh chuồng", "Tờ khai nuôi chim"], ["Tờ khai nuôi chim", "Ảnh chuồng", "Giấy thú y"]),
        (["Ảnh chuồng", "Đơn đề nghị nuôi chim"], ["Đơn đề nghị nuôi chim", "Ảnh chuồng"]),
        (["Tờ khai nuôi chim", "Giấy thú y"], ["Tờ khai nuôi chim", "Giấy thú y"]),
        (["Giấy thú y", "Ảnh chuồng"], ["Giấy thú y", "Ảnh chuồng"]),
        (["Đơn xin nuôi", "Giấy thú y", "Phiếu tự khai"], ["Đơn xin nuôi", "Giấy thú y", "Phiếu tự khai"]),
    ],
)
def test_a_list_that_ends_with_the_form_was_written_backwards(listed, shown):
    (case,) = dossier(execution_case("Hồ sơ gồm:", *listed))
    assert names(case.papers) == shown


@pytest.mark.parametrize(
    "written",
    ["- Tờ khai", "+ Tờ khai", "* Tờ khai", "a) Tờ khai", "1. Tờ khai", "(1) Tờ khai", "1.2. Tờ khai", "  Tờ  khai\n"],
)
def test_bullets_are_not_part_of_a_name_nor_of_its_key(written):
    (plain,) = dossier(execution_case("Hồ sơ gồm:", "Tờ khai"))
    (case,) = dossier(execution_case("Hồ sơ gồm:", written))
    assert names(case.papers) == ["Tờ khai"]
    assert case.papers[0].key == plain.papers[0].key


def test_a_bullet_behind_a_bullet_is_removed_too():
    (case,) = dossier(execution_case("Hồ sơ gồm:", "- 1. Tờ khai"))
    assert names(case.papers) == ["Tờ khai"]


def test_the_key_of_a_paper_stays_when_others_come_and_go():
    (before,) = dossier(execution_case("Hồ sơ gồm:", "Tờ khai", "Ảnh"))
    (after,) = dossier(execution_case("Hồ sơ gồm:", "Giấy mới", "Ảnh"))
    assert before.papers[1].key == after.papers[1].key


def test_counts_and_forms_are_kept():
    form = {"id": uuid(5), "fileName": "mau-01.doc"}
    (case,) = dossier(
        execution_case("Hồ sơ gồm:", component("Tờ khai", original=1, copies=2, attachments=[form, {"id": None}]))
    )
    (paper,) = case.papers
    assert (paper.original, paper.copies) == (1, 2)
    assert [(f.file_id, f.name) for f in paper.forms] == [(uuid(5), "mau-01.doc")]


def test_a_paper_listed_twice_is_asked_for_once():
    (case,) = dossier(execution_case("Hồ sơ gồm:", "Ảnh", "- Ảnh"))
    assert names(case.papers) == ["Ảnh"]


@pytest.mark.parametrize(
    ("written", "papers"),
    [
        (
            "- Bản khai nuôi chim (mẫu 2); - Giấy tập huấn; - Hồ sơ chuồng.",
            ["Bản khai nuôi chim (mẫu 2)", "Giấy tập huấn", "Hồ sơ chuồng."],
        ),
        ("Tờ khai\n- Bản vẽ chuồng", ["Tờ khai", "Bản vẽ chuồng"]),
        ("Giấy mua chim; Giấy tặng chim", ["Giấy mua chim; Giấy tặng chim"]),
        ("Một trong: - Giấy mua chim; - Hợp đồng", ["Một trong: - Giấy mua chim; - Hợp đồng"]),
        ("Đơn theo Mẫu 8 - Quyết định số 9/2025/QĐ-BCC", ["Đơn theo Mẫu 8 - Quyết định số 9/2025/QĐ-BCC"]),
        ("Giấy mua chim hoặc; - Sổ chuồng", ["Giấy mua chim hoặc; - Sổ chuồng"]),
    ],
)
def test_papers_of_several_kinds_in_one_item_are_told_apart_unless_one_will_do(written, papers):
    (case,) = dossier(execution_case("Hồ sơ gồm:", written))
    assert sorted(names(case.papers)) == sorted(papers)
