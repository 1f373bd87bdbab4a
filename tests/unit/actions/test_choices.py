"""Which of the offered buttons a message means."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.choices import resolve
from actions.reply import Act, Button, Command
from knowledge.text import fold

TITLES = ("Khai báo nuôi ong", "Xin thả diều", "Cấp tem mật ong", "Dời tổ ong")
OFFERED = tuple(
    Button(title, Command(Act.CHOOSE, f"9.10000{i}"), f"mc:abcdefg{i}") for i, title in enumerate(TITLES, 1)
)


def chosen(text: str) -> int | None:
    """The number of the chosen button, or None."""
    choice = resolve(text, OFFERED)
    return OFFERED.index(choice.button) + 1 if choice else None


def rest(text: str) -> str:
    choice = resolve(text, OFFERED)
    assert choice
    return choice.rest


def test_a_token_chooses_its_own_button() -> None:
    assert chosen(" mc:abcdefg3 ") == 3


@pytest.mark.parametrize("text", ["mc:abcdefg9", "mc:abcdefg"])
def test_a_token_that_was_not_offered_chooses_nothing(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize("title", [*TITLES, "xin thả diều", "XIN THẢ DIỀU", "xin tha dieu", " Xin thả diều. "])
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_a_title_chooses_its_button_however_it_is_typed(title: str, form: str) -> None:
    expected = [fold(t) for t in TITLES].index(fold(title).strip(" ."))
    assert chosen(unicodedata.normalize(form, title)) == expected + 1


def test_a_number_inside_a_button_s_title_need_not_be_typed() -> None:
    numbered = (Button("1. Nuôi ong", Command(Act.CHOOSE)), Button("2. Thả diều", Command(Act.CHOOSE)))
    choice = resolve("thả diều", numbered)
    assert choice
    assert choice.button is numbered[1]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1), ("2.", 2), ("(3)", 3), ("4 ạ", 4), ("3 nhé", 3), ("số 2", 2), ("so 2", 2), ("chọn 3", 3),
        ("lấy cái 2", 2), ("em chọn 4", 4), ("cái thứ 2", 2), ("mục 1", 1), ("ý 2", 2), ("trường hợp 3", 3),
    ],
)  # fmt: skip
def test_a_number_chooses(text: str, number: int) -> None:
    assert chosen(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("cái đầu tiên", 1), ("đầu tiên", 1), ("thứ nhất", 1), ("cái thứ nhất", 1), ("cái thứ hai", 2),
        ("chọn cái thứ hai ạ", 2), ("lấy cái thứ ba", 3), ("cái thứ tư", 4), ("số hai", 2), ("hai", 2), ("ba", 3),
        ("cái cuối", 4), ("cái cuối cùng", 4), ("chọn cái sau cùng", 4),
    ],
)  # fmt: skip
@pytest.mark.parametrize("accents", [True, False], ids=["accents", "no accents"])
def test_an_ordinal_in_words_chooses(text: str, number: int, accents: bool) -> None:
    assert chosen(text if accents else fold(text)) == number


@pytest.mark.parametrize("text", ["0", "5", "số 9", "99", "cái thứ năm", "thu tam"])
def test_a_number_beyond_the_buttons_chooses_nothing(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize(
    ("text", "number", "beside"),
    [
        ("số 3, phí bao nhiêu", 3, "phí bao nhiêu"),
        ("so 3 phi bao nhieu", 3, "phi bao nhieu"),
        ("2) nộp ở đâu?", 2, "nộp ở đâu"),
        ("cái thứ hai, mất bao lâu ạ", 2, "mất bao lâu ạ"),
        ("cái thứ hai ấy ạ", 2, ""),
    ],
)
def test_what_is_said_beside_the_choice_is_kept_as_typed(text: str, number: int, beside: str) -> None:
    assert (chosen(text), rest(text)) == (number, beside)


@pytest.mark.parametrize(
    "text",
    [
        "3 ngày có kịp không", "3 ngay co kip khong", "2 người nộp chung được không", "1 bản sao có đủ không",
        "hai vợ chồng cùng khai được không", "ba tôi nộp thay được không", "ong", "phí bao nhiêu", "", "   ", "?!",
    ],
)  # fmt: skip
def test_a_number_that_counts_something_is_no_choice(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize(
    ("text", "number"), [("nuôi ong", 1), ("nuoi ong ạ", 1), ("tem mật ong", 3), ("mật ong tem", 3)]
)
def test_two_words_that_one_title_alone_has_choose_it(text: str, number: int) -> None:
    assert chosen(text) == number


@pytest.mark.parametrize("text", ["1.004194", "2.001159", "3.000123"])
def test_the_code_of_a_procedure_is_no_choice(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize("text", ["đâu vậy", "đâu phải", "đầu năm sau tôi mới nuôi ong"])
def test_where_is_not_the_first(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize(
    "text", ["cuối cùng thì hết bao nhiêu tiền", "thứ hai có làm việc không", "thu ba co mo cua ko"]
)
def test_in_the_end_and_days_of_the_week_are_no_choice(text: str) -> None:
    assert chosen(text) is None


@pytest.mark.parametrize(("text", "number"), [("hai nhé", 2), ("một đi", 1), ("em chọn số 4 nhé", 4)])
def test_a_choice_may_be_polite(text: str, number: int) -> None:
    assert chosen(text) == number


@pytest.mark.parametrize("text", ["1", "cái cuối", "đầu tiên", "nuôi ong"])
def test_nothing_offered_nothing_chosen(text: str) -> None:
    assert resolve(text, ()) is None


@given(st.text(max_size=60))
def test_no_message_breaks_the_choice(text: str) -> None:
    choice = resolve(text, OFFERED)
    assert choice is None or choice.button in OFFERED


@given(st.sampled_from(["số 1", "chọn 2", "cái cuối", "3)", "thứ hai", "đầu tiên"]), st.text(max_size=40))
def test_what_is_beside_a_choice_comes_from_the_message(start: str, more: str) -> None:
    choice = resolve(f"{start} {more}", OFFERED)
    assert choice is None or len(choice.rest) <= len(unicodedata.normalize("NFC", f"{start} {more}").lower())


def test_a_case_is_chosen_by_what_the_person_says_of_it() -> None:
    labels = ("Người bán xe", "Người mua, được tặng xe")
    cases = tuple(Button(label, Command(Act.WALK, "9.100001", case=label)) for label in labels)
    choice = resolve("em là người mua ạ", cases)
    assert choice
    assert choice.button.title == "Người mua, được tặng xe"
    assert resolve("xe còn mới", cases) is None
