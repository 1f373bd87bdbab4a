"""The case of a procedure from what a message says: one told, or none."""

from __future__ import annotations

import time

import pytest

from actions.cases import Option, case_told, told_by
from knowledge.own import load_own_records
from knowledge.procedure import Case, Document, Procedure
from knowledge.text import fold
from tests.builders import procedure

RECORDS = {record.code: record for record in load_own_records()}
SEVERAL = [record for record in RECORDS.values() if len(record.cases) > 1]

PASSPORT, RESIDENCE, LAND, LICENCE = "1.001456", "1.004222", "1.013831", "3.000351"
MATERNITY, SINGLE, CHILD_CARD, CARD = "2.000693", "1.004873", "1.012549", "1.014063"
CAR, TAX, ONE_OFF, EXEMPTION = "1.013076", "1.007674", "1.001613", "1.003144"


def told(code: str, text: str) -> str | None:
    case = case_told(RECORDS[code], text)
    return case.key if case else None


@pytest.mark.parametrize(
    ("code", "text", "key"),
    [
        # ages
        (PASSPORT, "làm hộ chiếu cho cháu gái 9 tuổi", "tre-duoi-14"),
        (PASSPORT, "lam passport cho be 3t", "tre-duoi-14"),
        (PASSPORT, "con em mười hai tuổi muốn xin hộ chiếu", "tre-duoi-14"),
        (PASSPORT, "xin hộ chiếu cho em bé 8 tháng tuổi", "tre-duoi-14"),
        (PASSPORT, "nhóc nhà mình đi Thái chơi, cần hộ chiếu", "tre-duoi-14"),
        (PASSPORT, "bé sơ sinh có làm hộ chiếu được không", "tre-duoi-14"),
        (PASSPORT, "tôi 45 tuổi làm hộ chiếu lần đầu", "lan-dau"),
        (PASSPORT, "tôi 45 tuổi làm hộ chiếu", None),
        (PASSPORT, "bé 15 tuổi làm hộ chiếu", None),
        (PASSPORT, "bà nội tám mươi hai tuổi cần hộ chiếu", None),
        (PASSPORT, "hộ chiếu của em còn 4 tháng nữa hết hạn", "da-co-ho-chieu"),
        (PASSPORT, "làm cho bé 6 tuổi và anh nó 16 tuổi", None),
        (CHILD_CARD, "căn cước cho bé 4 tuổi", "duoi-6-tuoi"),
        (CHILD_CARD, "bé gần 6 tuổi làm căn cước", "duoi-6-tuoi"),
        (CHILD_CARD, "cháu nội 6 tuổi", "tu-6-den-duoi-14-tuoi"),
        (CHILD_CARD, "con trai mười một tuổi làm thẻ", "tu-6-den-duoi-14-tuoi"),
        (CHILD_CARD, "làm căn cước cho trẻ dưới 14 tuổi", None),
        (CHILD_CARD, "hai đứa 5 tuổi với 9 tuổi", None),
        (CARD, "mẹ em 66 tuổi đổi căn cước", "tu-14-tuoi"),
        (CARD, "doi the cho con 12 tuoi", "duoi-14-tuoi"),
        (CARD, "năm nay vừa tròn 25 tuổi", "tu-14-tuoi"),
        ("1.014064", "bé nhà em 10 tuổi làm rớt thẻ", "duoi-14-tuoi"),
        ("1.010048", "xin cho thằng con 7 tuổi", "tre-duoi-14"),
        ("3.000228", "con 9 tuổi làm định danh mức hai", "cho-nguoi-duoi-14-tuoi"),
        ("1.001656", "bé 2 tuổi chưa có thẻ mà phải trả tiền viện", "tre-duoi-6-tuoi"),
        ("1.001656", "bé 2 tuổi nằm viện tự trả tiền", None),
        (MATERNITY, "sinh được 3 tháng tuổi rồi mới nộp", None),
        ("3.000095", "quán ăn lên 30 kW", "gia-dinh-va-duoi-40kw"),
        ("3.000095", "đang 30 kW muốn lên 55 kW", None),
        # lost, worn out, run out
        (PASSPORT, "đi tàu bị trộm mất hộ chiếu", "bi-mat"),
        (PASSPORT, "lam mat ho chieu roi", "bi-mat"),
        (PASSPORT, "làm hộ chiếu mất bao lâu", None),
        (PASSPORT, "em không mất hộ chiếu, chỉ muốn hỏi", None),
        (PASSPORT, "bé 5 tuổi bị mất hộ chiếu", None),
        ("1.001653", "giấy khuyết tật bị rách hết chữ", "hong"),
        ("1.001653", "giấy khuyết tật thất lạc khi dọn nhà", "mat"),
        ("1.013228", "giấy phép xây nhà rách nát", "bi-rach"),
        ("1.013228", "xin lại giấy phép xây nhà mất mấy ngày", None),
        ("1.012786", "lạc mất trang bổ sung của sổ", "mat-trang-bo-sung"),
        ("3.000228", "thẻ căn cước hết hạn thì làm sao", "chua-co-the"),
        # bought, given, left behind
        (LAND, "mua đất của ông hàng xóm, giờ làm giấy", "mua-ban"),
        (LAND, "vừa nhận chuyển nhượng một lô đất", "mua-ban"),
        (LAND, "ông nội mất có để lại căn nhà cho em", "thua-ke"),
        (LAND, "em được thừa kế miếng đất", "thua-ke"),
        (LAND, "ông ngoại cho cháu miếng đất ruộng", "tang-cho"),
        (LAND, "ba má chia đất cho mấy chị em", "tang-cho"),
        (LAND, "anh trai tặng em căn hộ", "tang-cho"),
        (LAND, "hiến đất mở đường", "hien-dat"),
        (LAND, "được cho chứ không phải mua", "tang-cho"),
        (LAND, "nhà này tặng cho chứ không phải mua", "tang-cho"),
        (LAND, "mua hay tặng thì lợi hơn", None),
        (LAND, "cho em hỏi phí sang tên", None),
        (LAND, "cho thuê đất có phải sang tên không", None),
        (TAX, "dì để lại căn nhà, em phải khai thuế", "thua-ke-tang-cho"),
        (TAX, "bán miếng đất ở quê", "mua-ban"),
        (TAX, "không bán, chỉ hỏi thôi", None),
        (CAR, "mua lại chiếc Dream của người bạn", "nguoi-mua"),
        (CAR, "bán xe cho người ở Huế rồi", "nguoi-ban"),
        (CAR, "mua bán xe cũ", None),
        # kin and home
        (RESIDENCE, "nhập hộ khẩu về nhà chồng", "nha-nguoi-than"),
        (RESIDENCE, "vào hộ khẩu nhà cha mẹ vợ", "nha-nguoi-than"),
        (RESIDENCE, "nhap khau vo nha ong ba", "nha-nguoi-than"),
        (RESIDENCE, "nhập khẩu ở nhà thuê", "nha-thue-muon"),
        (RESIDENCE, "đăng ký thường trú cho vợ", None),
        (RESIDENCE, "lên công an đăng ký thường trú", None),
        (MATERNITY, "bà xã mới sinh, mình xin nghỉ", "chong-co-vo-sinh"),
        (MATERNITY, "vợ đẻ thì được lãnh gì", "chong-co-vo-sinh"),
        (MATERNITY, "em sinh con, chồng em cũng đi làm", None),
        (MATERNITY, "bị sảy thai tuần thứ 9", "kham-thai-say-thai"),
        (MATERNITY, "lấy giấy khai sinh cho con", None),
        (SINGLE, "em ly dị năm ngoái", "da-ly-hon-goa"),
        (SINGLE, "chồng em mất hai năm rồi", "da-ly-hon-goa"),
        (SINGLE, "chưa từng kết hôn lần nào", "chua-ket-hon"),
        (SINGLE, "cần giấy để kết hôn", None),
        (SINGLE, "em chưa ly hôn", None),
        (SINGLE, "đã ly hôn chưa ạ?", None),
        ("1.010038", "hai vợ chồng ly hôn rồi, giờ tách khẩu", "sau-ly-hon"),
        # foreigners
        (LICENCE, "ông xã là người Pháp muốn đổi bằng", "nguoi-nuoc-ngoai"),
        (LICENCE, "sếp Nhật Bản muốn lái xe ở đây", "nguoi-nuoc-ngoai"),
        (LICENCE, "bang lai cua chong nguoi uc", "nguoi-nuoc-ngoai"),
        (LICENCE, "em lấy chồng người Đài Loan, em đổi bằng của em", None),
        (LICENCE, "đổi bằng lái nước ngoài", None),
        (LICENCE, "tôi là người Việt Nam có bằng lái Úc", "nguoi-viet-nam"),
        (LICENCE, "nguoi lao dong can doi bang lai", None),
        (LICENCE, "ông rể Tây cần đổi bằng", "nguoi-nuoc-ngoai"),
        ("3.000353", "tôi là công dân Việt Nam", "nguoi-viet-nam"),
        ("3.000348", "Việt kiều mất bằng lái", "nguoi-nuoc-ngoai"),
        (EXEMPTION, "vợ người Canada xin miễn thị thực", "vo-chong-con"),
        (EXEMPTION, "ba em là Việt kiều về thăm quê", "kieu-bao"),
        (ONE_OFF, "bộ đội xuất ngũ", "bo-doi-xuat-ngu"),
        (ONE_OFF, "em nghỉ việc rồi, rút một lần", "nghi-viec"),
        (ONE_OFF, "chưa nghỉ việc có rút được không", None),
        # who died, and what was only lost
        (LAND, "ba em mới mất, sổ đỏ đứng tên ba", "thua-ke"),
        (LAND, "ba mất rồi giờ sang tên em", "thua-ke"),
        (LAND, "me mat de lai 2 sao dat", "thua-ke"),
        (LAND, "mẹ em mất sổ đỏ", None),
        (LAND, "ba em mat can cuoc", None),
        (LAND, "làm cho ba mất bao lâu", None),
        # who gives
        (LAND, "ba e thì muốn sang tên sổ đỏ cho e", "tang-cho"),
        (LAND, "sổ đứng tên chồng giờ sang tên vợ", "tang-cho"),
        (LAND, "bán đất cho em trai", "mua-ban"),
        # yes and no
        ("1.000656", "ở nhà mất nên không có giấy báo tử", "mat-da-lau"),
        ("1.000656", "có cần giấy báo tử không", None),
        ("1.001193", "bé đẻ rơi không có giấy chứng sinh", "khong-co-giay-chung-sinh"),
        ("1.005090", "cho cháu vào lớp 10", "lop-10"),
        # accents tell "dược" from "được", "bạn" from "bán", "đẻ" from "để"
        (TAX, "bạn em hỏi thuế đất", None),
        (MATERNITY, "vợ em để giấy ở nhà", None),
        ("1.000656", "mặt bằng đã có", None),
    ],
)
def test_the_case_is_the_one_that_was_told(code: str, text: str, key: str | None) -> None:
    assert told(code, text) == key


@pytest.mark.parametrize("record", SEVERAL, ids=lambda record: record.code)
def test_a_label_never_tells_another_case(record: Procedure) -> None:
    for case in record.cases:
        for text in (case.label, fold(case.label), f"em {case.label.lower()} ạ"):
            assert case_told(record, text) in (case, None), text


@pytest.mark.parametrize("record", SEVERAL, ids=lambda record: record.code)
def test_the_name_of_a_procedure_tells_no_case(record: Procedure) -> None:
    assert case_told(record, record.title) is None


def test_words_of_the_record_tell_its_case() -> None:
    record = _record(("Đi bộ", ("cuốc bộ", "lội bộ")), ("Đi thuyền", ("chèo ghe",)))
    assert _label(record, "em chèo ghe tới") == "Đi thuyền"
    assert _label(record, "em loi bo ra cho") == "Đi bộ"
    assert _label(record, "em không chèo ghe") is None
    assert _label(record, "cuốc bộ hay chèo ghe cũng được") is None


def test_what_is_part_of_a_longer_phrase_does_not_count_beside_it() -> None:
    record = _record(("Nuôi cá", ("nuôi cá",)), ("Nuôi cá cảnh", ("nuôi cá cảnh",)))
    assert _label(record, "nhà em nuôi cá cảnh") == "Nuôi cá cảnh"
    assert _label(record, "nhà em nuôi cá") == "Nuôi cá"


def test_accents_that_differ_are_another_word() -> None:
    options = (Option("A", ("hành nghề dược",)), Option("B", ("bán thuốc",)))
    assert told_by("em đang hành nghề dược", options) == 0
    assert told_by("em đang hành nghề được", options) is None
    assert told_by("em dang hanh nghe duoc", options) == 0


def test_one_case_alone_needs_no_telling() -> None:
    assert case_told(_record(("Đi bộ", ("đi bộ",))), "em đi bộ") is None


def test_it_takes_no_time() -> None:
    texts = [
        f"làm hộ chiếu cho bé {age} tuổi nhà em ở phường Tân Phú, cần giấy tờ gì và nộp ở đâu" for age in range(200)
    ]
    case_told(RECORDS[PASSPORT], texts[0])
    start = time.perf_counter()
    for text in texts:
        case_told(RECORDS[PASSPORT], text)
    assert (time.perf_counter() - start) / len(texts) < 0.005


def _record(*cases: tuple[str, tuple[str, ...]]) -> Procedure:
    paper = Document(key="don", name="Đơn")
    return procedure(
        "9.100071",
        "Lên núi",
        cases=tuple(
            Case(key=f"c{i}", label=label, words=words, documents=(paper,)) for i, (label, words) in enumerate(cases)
        ),
    )


def _label(record: Procedure, text: str) -> str | None:
    case = case_told(record, text)
    return case.label if case else None
