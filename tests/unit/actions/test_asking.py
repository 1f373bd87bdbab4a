"""The question that tells candidates apart."""

from __future__ import annotations

import pytest

from actions.asking import load_aspects, question_for
from actions.texts import say
from tests.unit.knowledge.samples import procedure


def candidates(*titles):
    return [procedure(f"9.20000{i}", title, plain_name=title) for i, title in enumerate(titles)]


@pytest.mark.parametrize(
    ("titles", "question"),
    [
        (("Cấp thẻ nuôi ong", "Cấp lại thẻ nuôi ong bị mất"), "Anh/chị cần làm lần đầu hay làm lại (mất, hỏng) ạ?"),
        (("Gia hạn thẻ ong", "Cấp đổi thẻ ong", "Cấp thẻ ong"), "Anh/chị cần gia hạn, đổi hay làm lần đầu ạ?"),
        (("Thẻ ong cho trẻ em", "Thẻ ong cho công ty"), "Anh/chị làm cho ai ạ: trẻ em hay công ty?"),
        (
            ("Thẻ ong ở công an xã", "Thẻ ong ở công an tỉnh"),
            "Anh/chị muốn làm ở đâu ạ: ở xã, phường hay ở tỉnh, thành phố?",
        ),
    ],
)
def test_what_parts_the_candidates_is_asked(titles, question):
    assert question_for(candidates(*titles)) == question


def test_the_that_makes_most_groups_is_taken():
    titles = ("Cấp thẻ ong cho trẻ em", "Cấp thẻ ong cho công ty", "Cấp thẻ ong cho người nước ngoài")
    assert question_for(candidates(*titles)).startswith("Anh/chị làm cho ai")


@pytest.mark.parametrize("titles", [("Thẻ ong", "Thẻ dế"), ("Cấp thẻ ong", "Thẻ dế"), ("Cấp thẻ ong", "Cấp thẻ dế")])
def test_where_nothing_parts_them_all_the_plain_question_is_asked(titles):
    assert question_for(candidates(*titles)) == say("which")


def test_words_count_whole():
    (action, *_) = load_aspects()
    assert action.of("Sao đổimới") is None
    assert action.of("Đổi giấy tờ ong") == "đổi"


def test_what_was_said_already_is_not_asked():
    offered = candidates("Cấp thẻ nuôi ong", "Cấp lại thẻ nuôi ong bị mất")
    assert question_for(offered, "thẻ nuôi ong bị mất") == say("which")


def test_no_more_than_three_things_are_told_apart_in_one_question():
    titles = ("Gia hạn thẻ ong", "Cấp đổi thẻ ong", "Cấp thẻ ong", "Thu hồi thẻ ong")
    assert question_for(candidates(*titles)) == say("which")
