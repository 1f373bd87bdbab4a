"""Replies as messages: few, within the limits, nothing lost, and numbers that mean the same everywhere."""

from __future__ import annotations

import logging
import unicodedata
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actions.choices import resolve
from actions.reply import Act, Button, ChecklistItem, ChecklistView, Command, LinkButton, Reply, Status
from actions.state import PersonState
from actions.texts import say
from bot.channels.platform import Limits, Part
from bot.channels.rendering import MORE, render
from bot.store import Store
from knowledge.text import nfc
from tests.unit.actions.talk import Talk
from tests.unit.bot.turns import accept

TELEGRAM = Limits(text=4096, buttons=100, title=64)
ZALO = Limits(text=2000, buttons=5, title=100)
PLAIN = Limits(text=2000, buttons=0, title=0)
EVERYWHERE = (TELEGRAM, ZALO, PLAIN)
NAMES = {TELEGRAM: "telegram", ZALO: "zalo oa", PLAIN: "zalo bot"}
everywhere = pytest.mark.parametrize("limits", EVERYWHERE, ids=NAMES.get)
BY_NUMBER = "Anh/chị trả lời bằng số nhé."
LONG = "Đăng ký thay đổi, cải chính, bổ sung thông tin hộ tịch, xác định lại dân tộc"


def said(text: str = "Lệ phí: 20.000 đồng.", **parts: Any) -> Reply:
    return Reply(text, Status.ANSWER, **parts)


def buttons(*titles: str) -> tuple[Button, ...]:
    return tuple(Button(title, Command(Act.CHOOSE), f"mc:{number:08}") for number, title in enumerate(titles, 1))


def link(title: str = "Nộp trực tuyến", url: str = "https://dichvucong.gov.vn/p?id=1") -> LinkButton:
    return LinkButton(title, url)


def papers(have: int, lack: int, still_open: int) -> ChecklistView:
    states = ["have"] * have + ["lack"] * lack + ["open"] * still_open
    return ChecklistView("Đăng ký tạm trú", tuple(ChecklistItem(str(i), f"Giấy {i}", s) for i, s in enumerate(states)))


def rendered(*replies: Reply, limits: Limits) -> list[Part]:
    return render(7, [reply.to_json() for reply in replies], limits)


def only(*replies: Reply, limits: Limits) -> Part:
    (part,) = rendered(*replies, limits=limits)
    return part


def titles(part: Part) -> list[str]:
    return [title for title, _ in part.buttons]


def letters(text: str) -> str:
    return "".join(text.split())


# Few messages


@everywhere
def test_the_replies_of_a_turn_are_one_message(limits: Limits) -> None:
    assert only(said("Mất 3 ngày."), said("Nộp ở xã."), limits=limits) == Part("Mất 3 ngày.\n\nNộp ở xã.")


def test_the_last_buttons_count_and_every_link_once() -> None:
    first = said("Một", buttons=buttons("Cũ"), links=(link(),))
    second = said(
        "Hai", buttons=buttons("Có rồi", "Chưa có"), links=(link("Trang của thủ tục", "https://a.vn"), link())
    )
    part = only(first, second, said("Ba"), limits=ZALO)
    assert part.buttons == (("Có rồi", "mc:00000001"), ("Chưa có", "mc:00000002"))
    assert part.links == (
        ("Nộp trực tuyến", "https://dichvucong.gov.vn/p?id=1"),
        ("Trang của thủ tục", "https://a.vn"),
    )


@everywhere
def test_no_replies_are_no_message(limits: Limits) -> None:
    assert rendered(limits=limits) == []
    assert rendered(said(" \n"), limits=limits) == []


@everywhere
@pytest.mark.parametrize("reply", [said("", buttons=buttons("Có")), said(" ", links=(link(),))], ids=["button", "link"])
def test_what_has_no_words_gets_some(reply: Reply, limits: Limits) -> None:
    part = only(reply, limits=limits)
    assert part.text.strip()
    assert part.text == "Anh/chị xem bên dưới nhé." or not limits.buttons


def test_replies_too_long_for_one_message_part_between_them() -> None:
    first, second = "Giấy tờ. " * 200, "Anh/chị có giấy này chưa ạ?\n\n" + "Ghi chú. " * 40
    parts = rendered(said(first), said(second, buttons=buttons("Có rồi"), links=(link(),)), limits=ZALO)
    assert [part.text for part in parts] == [first.strip(), second.strip()]
    assert [bool(part.buttons) for part in parts] == [bool(part.links) for part in parts] == [False, True]


def test_the_choices_stay_together_in_a_message_of_their_own_where_they_must() -> None:
    words = "Giấy tờ. " * 220
    parts = rendered(said(words, buttons=buttons("Có rồi", "Chưa có")), limits=PLAIN)
    assert [part.text for part in parts] == [words.strip(), f"1. Có rồi\n2. Chưa có\n{BY_NUMBER}"]


def test_the_log_tells_which_answers_take_several_messages(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="bot"):
        rendered(said("ngắn"), limits=ZALO)
        rendered(said("dài " * 600), limits=ZALO)
    assert [record.getMessage() for record in caplog.records] == ["answer 7 takes 2 messages"]


# Long texts


@pytest.mark.parametrize(
    ("gap", "other"),
    [("\n\n", "\n"), ("\n", ". "), (". ", " "), (" ", "-")],
    ids=["paragraph", "line", "sentence", "word"],
)
def test_a_long_text_is_split_at_the_best_place(gap: str, other: str) -> None:
    """`other` is the lesser kind of break, of which one stands nearer to the limit."""
    text = f"{'a' * 1500}{gap}{'b' * 400}{other}{'c' * 400}"
    first, second = rendered(said(text), limits=ZALO)
    assert first.text == "a" * 1500 + gap.strip(" \n")
    assert second.text == f"{'b' * 400}{other}{'c' * 400}"


def test_a_short_title_does_not_stand_alone() -> None:
    text = "Đăng ký tạm trú\n\n" + "\n".join(["Giấy tờ cần có: tờ khai theo mẫu."] * 80)
    first, _ = rendered(said(text), limits=ZALO)
    assert first.text.startswith("Đăng ký tạm trú\n\nGiấy tờ")
    assert first.text.endswith("theo mẫu.")
    assert len(first.text) > 1900


def test_a_number_stays_with_what_it_counts() -> None:
    text = "Nộp hồ sơ theo các bước sau đây ạ " * 55 + "1. " + "Điền tờ khai " * 20
    first, second = rendered(said(text), limits=ZALO)
    assert not first.text.endswith("1.")
    assert letters(first.text + second.text) == letters(text)


def test_an_address_is_never_broken() -> None:
    url = "https://dichvucong.gov.vn/p/home/dvc-tthc.html?q=" + "a.b-c/" * 30
    first, second = rendered(said("từ " * 640 + url), limits=ZALO)
    assert second.text == url
    assert first.text.endswith("từ")


def test_a_word_longer_than_a_message_is_cut_between_whole_letters() -> None:
    letter = "x\u0323"  # has no composed form
    parts = rendered(said("Xem " + "a" + letter * 2500), limits=ZALO)
    assert [len(part.text) for part in parts[1:-1]] == [1999, 2000]
    assert all(part.text[0] != "\u0323" for part in parts)
    assert "".join(part.text for part in parts) == "Xema" + letter * 2500


@pytest.mark.parametrize("character", ["👍🏽", "e\u0323\u0301\u0308"], ids=["skin", "accents"])
def test_a_cluster_is_not_torn(character: str) -> None:
    parts = rendered(said("abc" + character * 1200), limits=ZALO)
    assert len(parts) > 1
    assert all(part.text.startswith(nfc(character)) for part in parts[1:])


def test_amounts_with_fixed_blanks_stay_whole() -> None:
    text = "phí " * 498 + "20\u00a0000\u00a0000\u00a0đồng"
    assert rendered(said(text), limits=ZALO)[1].text == "20\u00a0000\u00a0000\u00a0đồng"


@everywhere
def test_everything_is_composed(limits: Limits) -> None:
    decomposed = unicodedata.normalize("NFD", "Chuẩn bị từng giấy tờ")
    reply = said(decomposed, buttons=buttons(decomposed), links=(link(decomposed),), checklist=papers(1, 0, 1))
    part = only(reply, limits=limits)
    shown = "".join([part.text, *titles(part), *(title for title, _ in part.links)])
    assert unicodedata.is_normalized("NFC", shown)
    assert "Chuẩn bị từng giấy tờ" in part.text


# The papers of a walk


@pytest.mark.parametrize(
    ("view", "line"),
    [
        (papers(2, 1, 2), "▰▰▱▱▱ Đã có 2/5 giấy tờ, 1 chưa có."),
        (papers(0, 0, 3), "▱▱▱ Đã có 0/3 giấy tờ."),
        (papers(3, 0, 0), "▰▰▰ Đã có 3/3 giấy tờ."),
        (papers(19, 0, 1), "▰▰▰▰▰▰▰▰▰▱ Đã có 19/20 giấy tờ."),
    ],
    ids=["some missing", "none yet", "all", "more than the bar holds"],
)
def test_a_checklist_is_a_line_of_progress(view: ChecklistView, line: str) -> None:
    assert only(said("Giấy 4/5: Sổ đỏ", checklist=view), limits=ZALO).text == f"Giấy 4/5: Sổ đỏ\n\n{line}"


def test_a_text_that_counts_the_papers_needs_no_line() -> None:
    text = say("walk_done", title="Đăng ký tạm trú", have=2, total=5)
    assert only(said(text, checklist=papers(2, 3, 0)), limits=ZALO).text == text


def test_a_list_without_papers_has_no_progress() -> None:
    assert only(said("Xong.", checklist=papers(0, 0, 0)), limits=ZALO).text == "Xong."


# Buttons and links


def test_without_buttons_choices_are_numbered_and_links_are_lines() -> None:
    first = said("Lệ phí: 0 đồng.", links=(link(), link("Trang của thủ tục", "https://a.vn/1")))
    second = said("Anh/chị có giấy này chưa ạ?", buttons=buttons("Có rồi", "Chưa có"))
    part = only(first, second, limits=PLAIN)
    assert part == Part(
        "Lệ phí: 0 đồng.\n\n"
        "Nộp trực tuyến: https://dichvucong.gov.vn/p?id=1\nTrang của thủ tục: https://a.vn/1\n\n"
        "Anh/chị có giấy này chưa ạ?\n\n"
        f"1. Có rồi\n2. Chưa có\n{BY_NUMBER}"
    )


def test_without_choices_nobody_is_asked_for_a_number() -> None:
    assert BY_NUMBER not in only(said(links=(link(),)), limits=PLAIN).text


def test_links_go_into_the_text_where_they_are_too_many() -> None:
    pages = tuple(link(f"Trang {number}", f"https://a.vn/{number}") for number in (1, 2))
    fits = only(said("Phí", buttons=buttons("A", "B", "C"), links=pages), limits=ZALO)
    assert (len(fits.buttons), fits.links) == (3, (("Trang 1", "https://a.vn/1"), ("Trang 2", "https://a.vn/2")))
    over = only(said("Phí", buttons=buttons("A", "B", "C", "D"), links=pages), limits=ZALO)
    assert titles(over) == ["A", "B", "C", "D"]
    assert over.links == ()
    assert over.text == "Phí\n\nTrang 1: https://a.vn/1\nTrang 2: https://a.vn/2"


def test_two_procedures_with_links_of_one_name_keep_each_its_own() -> None:
    first, second = link(url="https://a.vn/1"), link(url="https://a.vn/2")
    part = only(said("Tạm trú", links=(first,)), said("Khai sinh", links=(second,)), limits=TELEGRAM)
    assert part.links == ()
    assert part.text == ("Tạm trú\n\nNộp trực tuyến: https://a.vn/1\n\nKhai sinh\n\nNộp trực tuyến: https://a.vn/2")


def test_too_many_buttons_end_in_more() -> None:
    offered = buttons("A", "B", "C", "D", "E", "F")
    part = only(said(buttons=offered, links=(link(),)), limits=ZALO)
    assert part.buttons == (*((b.title, b.payload) for b in offered[:4]), ("Xem thêm", MORE))
    assert part.links == ()
    assert "Nộp trực tuyến: https://dichvucong.gov.vn/p?id=1" in part.text
    assert titles(only(said(buttons=offered[:5]), limits=ZALO)) == ["A", "B", "C", "D", "E"]


@pytest.mark.parametrize("limits", [TELEGRAM, ZALO], ids=NAMES.get)
def test_long_titles_stand_in_the_text_by_number(limits: Limits) -> None:
    part = only(said("Việc nào ạ?", buttons=buttons(LONG, "Không phải các việc này")), limits=limits)
    assert part.text == f"Việc nào ạ?\n\n1. {LONG}\n2. Không phải các việc này"
    assert part.buttons == (
        ("1. Đăng ký thay đổi, cải chính, bổ sung…", "mc:00000001"),
        ("2. Không phải các việc này", "mc:00000002"),
    )


def test_a_title_of_one_endless_word_is_cut() -> None:
    (title,) = titles(only(said(buttons=buttons("a" * 200)), limits=ZALO))
    assert title == "1. " + "a" * 36 + "…"


def test_titles_too_long_for_the_platform_are_listed_too() -> None:
    narrow = Limits(text=2000, buttons=5, title=12)
    part = only(said("Chọn ạ", buttons=buttons("Chuẩn bị từng giấy tờ")), limits=narrow)
    assert part == Part("Chọn ạ\n\n1. Chuẩn bị từng giấy tờ", (("1. Chuẩn bị…", "mc:00000001"),))


def test_a_link_of_a_long_title_is_shortened_at_a_word() -> None:
    part = only(said(links=(link(LONG),)), limits=TELEGRAM)
    assert part.links[0][0] == "Đăng ký thay đổi, cải chính, bổ sung thông tin hộ tịch, xác…"


@pytest.mark.parametrize("limits", [ZALO, PLAIN], ids=NAMES.get)
def test_all_numbers_stand_in_the_text_though_some_buttons_wait_behind_more(limits: Limits) -> None:
    offered = buttons(*(f"{LONG} {number}" for number in range(1, 8)))
    part = only(said("Việc nào ạ?", buttons=offered), limits=limits)
    assert all(f"\n{number}. {LONG} {number}" in part.text for number in range(1, 8))
    if limits.buttons:
        assert [title[:3] for title in titles(part)] == ["1. ", "2. ", "3. ", "4. ", "Xem"]
        assert part.buttons[-1] == (say("b_rest"), MORE)


# Real turns


def test_the_question_for_the_case_is_not_listed_twice() -> None:
    talk = Talk().say("nuôi ong", Act.WALK)
    part = only(*talk.replies, limits=PLAIN)
    assert part.text.count("1. Trong vườn nhà") == 1
    assert part.text.endswith(f"2. Ở vườn thuê\n\n{BY_NUMBER}")
    assert titles(only(*talk.replies, limits=ZALO)) == ["Trong vườn nhà", "Ở vườn thuê"]


def test_a_walk_shows_how_far_it_is_and_its_end_only_once() -> None:
    talk = Talk().say("nuôi ong", Act.WALK).press("Trong vườn nhà").press("Có rồi").press("Chưa có")
    part = only(*talk.replies, limits=PLAIN)
    assert "\n▰▱▱ Đã có 1/3 giấy tờ, 1 chưa có.\n\n1. Có rồi\n2. Chưa có\n" in part.text
    end = only(*talk.press("Có rồi").replies, limits=PLAIN)
    assert end.text.count("2/3 giấy tờ") == 1
    assert "▰" not in end.text


@everywhere
def test_a_side_question_in_a_walk_is_one_message_that_ends_in_the_papers_choices(limits: Limits) -> None:
    talk = Talk().say("nuôi ong", Act.WALK).press("Trong vườn nhà").say(facets=("fee",), act=Act.FOLLOW_UP)
    assert len(talk.replies) == 2
    part = only(*talk.replies, limits=limits)
    assert part.text.index("20.000") < part.text.index("Mình đang ở giấy 1/3")
    if limits.buttons:
        assert titles(part)[:2] == ["Có rồi", "Chưa có"]
    else:
        assert part.text.index("Mình đang ở giấy 1/3") < part.text.index("1. Có rồi\n2. Chưa có")


@everywhere
def test_a_number_in_the_text_chooses_the_button_of_that_number(limits: Limits) -> None:
    offered = buttons(f"{LONG} của trẻ em", f"{LONG} của người lớn", "Không phải các việc này")
    text = only(said("Việc nào ạ?", buttons=offered), limits=limits).text
    for line in text.splitlines():
        number, point, title = line.partition(". ")
        if point and number.isdigit():
            choice = resolve(number, offered)
            assert choice is not None
            assert choice.button.title == title
    assert f"3. {offered[2].title}" in text


def test_what_is_shown_by_number_can_be_chosen_by_number(store: Store) -> None:
    """Of two procedures the second may offer nothing: then the first one's buttons are what is shown."""
    replies = (said("Tạm trú", buttons=buttons("Phí bao nhiêu?")), said("Thả diều"))
    committed = store.commit(str(accept(store, "cả hai").id), "lan", PersonState(), replies)
    (part,) = render(7, committed.replies, PLAIN)
    assert "1. Phí bao nhiêu?" in part.text
    assert resolve("1", store.load("lan").offered)


# What holds for any replies

quick = settings(max_examples=200, deadline=None)
word = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12) | st.sampled_from(
    ["Giấy tờ.", "\n", "\n\n", "https://dichvucong.gov.vn/p?id=1", "1.", "TP.", "đồng", "x\u0323" * 30, "a" * 90]
)
words = st.lists(word, max_size=60).map(" ".join)
some_buttons = st.lists(words.map(lambda text: text[:150]).filter(lambda text: nfc(text).strip()), max_size=7).map(
    lambda t: buttons(*t)
)
some_links = st.lists(
    st.builds(
        link, st.sampled_from(["Nộp trực tuyến", "Trang", LONG]), st.sampled_from(["https://a.vn/1", "https://b.vn"])
    ),
    max_size=3,
).map(tuple)
some_papers = st.none() | st.builds(papers, *[st.integers(0, 9)] * 3)
some_replies = st.lists(
    st.builds(said, words, buttons=some_buttons, links=some_links, checklist=some_papers), min_size=1, max_size=3
)
some_limits = st.sampled_from(EVERYWHERE) | st.builds(Limits, st.integers(80, 400), st.integers(0, 6), st.just(40))


@quick
@given(some_replies, some_limits)
def test_no_message_is_empty_or_beyond_the_limits(replies: list[Reply], limits: Limits) -> None:
    parts = rendered(*replies, limits=limits)
    for part in parts:
        assert part.text.strip() == part.text
        assert 0 < len(part.text) <= limits.text
        assert len(part.buttons) + len(part.links) <= limits.buttons
        assert all(0 < len(title) <= limits.title for title, _ in (*part.buttons, *part.links))
    assert not any(part.buttons or part.links for part in parts[:-1])


@quick
@given(some_replies, some_limits)
def test_nothing_that_is_said_is_lost(replies: list[Reply], limits: Limits) -> None:
    parts = rendered(*replies, limits=limits)
    everything, at = letters("".join(part.text for part in parts)), 0
    for reply in replies:
        at = everything.index(letters(nfc(reply.text)), at) + len(letters(nfc(reply.text)))
    shown = {url for part in parts for _, url in part.links}
    assert all(url in shown or url in everything for reply in replies for url in (one.url for one in reply.links))


@quick
@given(some_replies, some_limits)
def test_words_and_addresses_stay_whole(replies: list[Reply], limits: Limits) -> None:
    kept = {word for part in rendered(*replies, limits=limits) for word in part.text.split()}
    lines = [word for reply in replies for word in nfc(reply.text).split()]
    assert {word for word in lines if len(word) <= limits.text} <= kept


@quick
@given(some_replies, some_limits)
def test_every_choice_can_be_pressed_or_named_by_its_number(replies: list[Reply], limits: Limits) -> None:
    offered = next((reply.buttons for reply in reversed(replies) if reply.buttons), ())
    parts = rendered(*replies, limits=limits)
    text = " ".join(letters(part.text) for part in parts)
    pressed = parts[-1].buttons if parts else ()
    for number, button in enumerate(offered, 1):
        by_number = letters(f"{number}. {nfc(button.title)}") in text.replace(" ", "")
        is_button = number <= len(pressed) and pressed[number - 1][1] == button.payload
        assert by_number or is_button or (pressed[-1][1] == MORE and number >= limits.buttons)


@quick
@given(words, some_limits)
def test_composed_or_not_is_all_the_same(text: str, limits: Limits) -> None:
    decomposed = replace(said(text), text=unicodedata.normalize("NFD", text))
    assert rendered(decomposed, limits=limits) == rendered(said(text), limits=limits)
