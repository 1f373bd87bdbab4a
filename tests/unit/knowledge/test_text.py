"""How a message is read: composed, folded, cut into words, chat spelling written out."""

from __future__ import annotations

import unicodedata

import pytest

from knowledge.text import (
    CHAT_SPELLING,
    expand_chat_spelling,
    fold,
    is_accented,
    nfc,
    procedure_codes,
    spans,
    squeeze,
    words,
)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize("text", ["Đăng ký tạm trú", "Ủy ban nhân dân", "thẻ BHYT ở Huế", "giấy chứng nhận kết hôn"])
@pytest.mark.parametrize("read", [nfc, fold, words, expand_chat_spelling, is_accented])
def test_a_decomposed_message_reads_like_a_composed_one(read, text):
    assert decomposed(text) != text
    assert read(decomposed(text)) == read(text)


@pytest.mark.parametrize("hidden", ["\u200b", "\u200d", "\ufeff", "\u202e", "\x00", "\x07", "\x7f"])
def test_invisible_characters_are_dropped(hidden):
    assert words(f"tạm{hidden} trú{hidden}") == ["tạm", "trú"]


def test_line_breaks_and_tabs_still_part_words():
    assert words("tạm\ntrú\tkt3") == ["tạm", "trú", "kt3"]


def test_an_invisible_character_inside_a_letter_does_not_leave_it_decomposed():
    assert nfc("ta\u200b\u0323m") == "tạm"


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Đăng ký", "dang ky"),
        ("ĐƯỜNG", "duong"),
        ("ỦY BAN", "uy ban"),
        ("nghị quyết", "nghi quyet"),
        ("abc 1.5", "abc 1.5"),
    ],
)
def test_folding_removes_case_and_accents(text, folded):
    assert fold(text) == folded


def test_folding_keeps_every_character_in_its_place():
    text = "Hộ khẩu ở Đắk Lắk, số 12/5?"
    folded = fold(decomposed(text))
    assert len(folded) == len(text)
    assert folded.index("?") == text.index("?")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Làm CCCD, mất bao lâu?", ["làm", "cccd", "mất", "bao", "lâu"]),
        ("thủ tục 1.004222.", ["thủ", "tục", "1.004222"]),
        ("phí 50.000 đồng", ["phí", "50.000", "đồng"]),
        ("2,5 ngày", ["2,5", "ngày"]),
        ("?!… 👍", []),
    ],
)
def test_words_are_lower_case_and_numbers_stay_whole(text, expected):
    assert words(text) == expected


def test_a_span_points_at_its_word_in_the_composed_text():
    text = decomposed("Cấp  lại HỘ chiếu!")
    composed = nfc(text)
    assert [composed[w.start : w.end] for w in spans(text)] == ["Cấp", "lại", "HỘ", "chiếu"]
    assert [w.text for w in spans(text)] == ["cấp", "lại", "hộ", "chiếu"]


@pytest.mark.parametrize(
    "text",
    [
        "Đăng ký KT3 ở P.5",
        pytest.param("İstanbul"),
        pytest.param("A'Σ"),
    ],
)
def test_words_and_spans_see_the_same_words(text):
    assert words(text) == [w.text for w in spans(text)]


@pytest.mark.parametrize(
    ("text", "accented"), [("dang ky", False), ("đang ky", True), ("tạm trú", True), ("kt3!", False), ("", False)]
)
def test_one_accent_is_enough_to_be_accented(text, accented):
    assert is_accented(text) is accented


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("xin cccd o dau z", "xin căn cước o dau vậy"),
        ("ko có hk thì sao", "không có hộ khẩu thì sao"),
        ("Đky kd", "đăng ký kd"),
        ("xin gpxd het bnhiu", "xin giấy phép xây dựng het bao nhiêu"),
        ("mua BHXH đc ko", "mua bảo hiểm xã hội được không"),
        ("đổi GPLX ntn", "đổi giấy phép lái xe như thế nào"),
    ],
)
def test_chat_spelling_is_written_out(typed, meant):
    assert expand_chat_spelling(typed) == meant


@pytest.mark.parametrize("whole", ["kết", "hkt", "vui", "jean", "hcm", "kho", "dnang", "thành"])
def test_an_abbreviation_counts_only_as_a_whole_word(whole):
    assert expand_chat_spelling(whole) == whole


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dk tam tru", "đăng ký tam tru"),
        ("dk", "đăng ký"),
        ("em dk ket hon", "em đăng ký ket hon"),
        ("nop online dk ko", "nop online được không"),
        ("nop ho dk", "nop ho được"),
        ("nộp hộ dk k ạ", "nộp hộ được không ạ"),
    ],
)
def test_dk_is_to_register_unless_it_ends_a_question(typed, meant):
    assert expand_chat_spelling(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("khong du dk tam tru", "không du điều kiện tam tru"),
        ("đủ đk chưa", "đủ điều kiện chưa"),
        ("can dk gi", "can điều kiện gì"),
        ("đk tạm trú", "đăng ký tạm trú"),
        ("lam đk", "lam đăng ký"),
    ],
)
def test_what_one_must_meet_is_a_condition(typed, meant):
    assert expand_chat_spelling(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"), [("bhxh tn", "bảo hiểm xã hội tự nguyện"), ("hội tn", "hội tn"), ("tn", "tn")]
)
def test_an_insurance_is_voluntary(typed, meant):
    assert expand_chat_spelling(typed) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("chao bn", "chao bạn"), ("bn oi", "bạn oi"), ("phi bn", "phi bao nhiêu"), ("hết bn tiền", "hết bao nhiêu tiền")],
)
def test_bn_is_you_after_a_greeting_and_how_much_elsewhere(typed, meant):
    assert expand_chat_spelling(typed) == meant


@pytest.mark.parametrize("typed", ["bn tien", "bn ngay thi xong", "bn lau"])
def test_bn_before_a_measure_is_how_much_also_as_the_first_word(typed):
    assert expand_chat_spelling(typed).startswith("bao nhiêu ")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("vk e mới sinh", "vợ e mới sinh"),
        ("c/o mẫu vk", "c o mẫu vk"),
        ("ck em đi làm xa", "chồng em đi làm xa"),
        ("da ck rồi", "da chuyển khoản rồi"),
        ("ck tiền phí", "chuyển khoản tiền phí"),
        ("thủ tục ck", "thủ tục ck"),
    ],
)
def test_vk_and_ck_are_husband_and_wife_where_nothing_says_otherwise(typed, meant):
    assert expand_chat_spelling(typed) == meant


def test_every_abbreviation_is_one_word():
    assert [key for key in CHAT_SPELLING if words(key) != [key]] == []


def test_the_reading_of_an_abbreviation_is_final():
    unstable = {k: v for k, v in CHAT_SPELLING.items() if expand_chat_spelling(v) != v}
    assert unstable == {}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("mã 1.004222 và 2.000889, rồi lại 1.004222", ["1.004222", "2.000889"]),
        ("1.004222.", ["1.004222"]),
        ("thủ tục(1.0133611)?", ["1.0133611"]),
        ("giá 1.500.000 đồng", []),
        ("gọi 0901.004222", []),
        ("11.004222", []),
        ("1.00422", []),
        ("1.0042220000", []),
    ],
)
def test_a_code_is_one_digit_a_dot_and_six_to_nine_digits(text, codes):
    assert procedure_codes(text) == codes


def test_squeezing_leaves_single_blanks():
    assert squeeze("  tạm \n\t trú ") == "tạm trú"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("dk kh can gi", "đăng ký kết hôn can gì"), ("lam dc kh", "lam được không"), ("kh biet", "không biet")],
)
def test_kh_is_a_marriage_only_where_it_is_registered(typed, meant):
    assert expand_chat_spelling(typed) == meant
