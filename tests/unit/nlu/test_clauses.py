"""A message in pieces: where it is cut, and what is too short to stand by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.text import words
from nlu.clauses import clauses


@pytest.mark.parametrize(
    "between", [", ", ". ", "; ", "? ", "! ", "\n", "... ", " và ", " va ", " VÀ ", " còn ", " thì "]
)
def test_a_message_is_cut_at_marks_and_at_words_that_join(between: str) -> None:
    assert clauses(f"nhà em nuôi rùa{between}nộp đơn ở đâu") == ["nhà em nuôi rùa", "nộp đơn ở đâu"]


def test_a_story_is_cut_into_all_its_pieces() -> None:
    told = "nhà cháu mới thả cá, bác hàng xóm bảo phải khai và giờ cháu ra đâu, mất mấy đồng"
    assert clauses(told) == [
        "nhà cháu mới thả cá",
        "bác hàng xóm bảo phải khai",
        "giờ cháu ra đâu",
        "mất mấy đồng",
    ]


@pytest.mark.parametrize(
    "text", ["", "  ", "nộp đơn ở đâu", "đơn", "đơn xin nuôi vàng anh", "vàng thật", "nuôi sóc con"]
)
def test_a_message_of_one_piece_has_none(text: str) -> None:
    assert clauses(text) == []


def test_a_single_word_is_no_piece() -> None:
    assert clauses("ong, nộp đơn ở đâu") == ["nộp đơn ở đâu"]
    assert clauses("phí, hạn, đơn") == []


@pytest.mark.parametrize("text", ["nộp đơn ở đâu?", "nộp đơn ở đâu ạ ...", ", nộp đơn ở đâu"])
def test_a_mark_at_either_end_cuts_nothing(text: str) -> None:
    assert clauses(text) == []


@given(st.text(alphabet=st.sampled_from("aăâbcdđeê ,.;?!\nvàthì"), max_size=80))
def test_pieces_are_stretches_of_the_message_in_order(text: str) -> None:
    cursor = 0
    for piece in clauses(text):
        assert len(words(piece)) > 1
        assert piece == piece.strip()
        cursor = text.index(piece, cursor) + len(piece)
