"""What each event of the Official Account's webhook means."""

from __future__ import annotations

from typing import Any

import pytest

from bot.channels.kinds import Kind
from bot.channels.zalo.events import Event, Left, PersonAnswered, Said, Withdrew, read

USER, ACCOUNT, TIME = "7001", "4567", "1700000000000"


def event(name: str, /, **fields: Any) -> Event | None:
    return read({"app_id": "360", "event_name": name, "timestamp": TIME} | fields)


def sent(kind: str, **message: Any) -> Event | None:
    people = {"sender": {"id": USER}, "recipient": {"id": ACCOUNT}}
    return event(f"user_send_{kind}", **people, message={"msg_id": "m1"} | message)


def at(latitude: Any, longitude: Any) -> Event | None:
    coordinates = {"latitude": latitude, "longitude": longitude}
    return sent("location", attachments=[{"type": "location", "payload": {"coordinates": coordinates}}])


def answered(text: str = "Dạ", name: str = "oa_send_text", **sender: Any) -> Event | None:
    return event(name, sender={"id": ACCOUNT} | sender, recipient={"id": USER}, message={"text": text})


@pytest.mark.parametrize("text", ["làm lại căn cước", "mc:abcd2345", " #bot ", "/help", ""])
def test_text_is_taken_as_it_is_and_so_is_a_pressed_button(text: str) -> None:
    assert sent("text", text=text) == Said(USER, "m1", Kind.TEXT, text)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("image", Kind.PHOTO), ("audio", Kind.VOICE), ("sticker", Kind.STICKER), ("gif", Kind.STICKER),
        ("video", Kind.VIDEO), ("file", Kind.FILE), ("business_card", Kind.CONTACT),
    ],
)  # fmt: skip
def test_what_is_not_text_is_told_by_its_kind_and_nothing_of_it_is_kept(name: str, kind: Kind) -> None:
    attachments = [{"type": name, "payload": {"url": "https://f1.photo.example/x"}}]
    assert sent(name, text="ảnh của tôi", attachments=attachments) == Said(USER, "m1", kind, "")


def test_a_link_is_the_words_beside_it() -> None:
    attachments = [{"type": "link", "payload": {"url": "https://dichvu.example/"}}]
    assert sent("link", text="cái này hả https://dichvu.example/", attachments=attachments) == Said(
        USER, "m1", Kind.TEXT, "cái này hả https://dichvu.example/"
    )
    assert sent("link", attachments=attachments) == Said(USER, "m1", Kind.OTHER)


@pytest.mark.parametrize(
    ("latitude", "longitude", "expected"),
    [
        ("10.7757812", "106.7009987", "10.776,106.701"),
        ("21.0285", "105.8542", "21.029,105.854"),
        (10.5, 106, "10.500,106.000"),
        ("-33.86882", "151.20929", "-33.869,151.209"),
    ],
)
def test_a_location_is_rounded_to_a_hundred_metres(latitude: Any, longitude: Any, expected: str) -> None:
    assert at(latitude, longitude) == Said(USER, "m1", Kind.LOCATION, expected)


@pytest.mark.parametrize(
    ("latitude", "longitude"),
    [
        ("nan", "1"),
        ("inf", "1"),
        ("91", "1"),
        ("1", "181"),
        ("", ""),
        (None, "1"),
        ("mười", "1"),
        (10**400, 1),
        ([], {}),
    ],
)
def test_a_location_that_is_nowhere_is_only_something(latitude: Any, longitude: Any) -> None:
    assert at(latitude, longitude) == Said(USER, "m1", Kind.OTHER)


@pytest.mark.parametrize("attachments", [None, [], {}, ["x"], [{"payload": None}], [{"payload": {"coordinates": 1}}]])
def test_a_location_without_coordinates_is_only_something(attachments: Any) -> None:
    assert sent("location", attachments=attachments) == Said(USER, "m1", Kind.OTHER)


def test_following_is_a_greeting_whose_id_holds_no_user() -> None:
    said = event("follow", follower={"id": USER}, source="oa_profile")
    assert said == Said(USER, f"follow:{TIME}", Kind.ACT, "greet")
    assert event("follow", follower={"id": USER}, source="oa_profile") == said  # a repeat is the same message


def test_whoever_unfollows_has_left() -> None:
    assert event("unfollow", follower={"id": USER}) == Left(USER)


@pytest.mark.parametrize(
    "info", [{"name": "Lan", "phone": "0900000000", "full_address": {"city": "Huế"}}, {"address": "12 Lê Lợi"}]
)
def test_submitted_details_are_thanked_for_and_dropped(info: dict[str, Any]) -> None:
    said = event("user_submit_info", sender={"id": USER}, recipient={"id": ACCOUNT}, info=info)
    assert said == Said(USER, f"user_submit_info:{TIME}", Kind.ACT, "thank")


@pytest.mark.parametrize("who", [{"user_id": USER, "oa_id": ACCOUNT}, {"sender": {"id": USER}}])
def test_a_withdrawal_names_the_user_in_either_place(who: dict[str, Any]) -> None:
    assert event("user_withdraw", **who) == Withdrew(USER)


def test_an_echo_of_the_accounts_own_message_is_nothing() -> None:
    assert answered() is None
    assert answered(admin_id="") is None


@pytest.mark.parametrize("name", ["oa_send_text", "oa_send_image", "oa_send_file", "oa_send_list"])
def test_a_person_who_answers_from_the_accounts_inbox_takes_over(name: str) -> None:
    assert answered(name=name, admin_id="admin-1") == PersonAnswered(USER, is_release=False)


@pytest.mark.parametrize(
    ("text", "is_release"), [("#bot", True), (" #bot\n", True), ("#bot nhé", False), ("bot", False), ("", False)]
)
def test_a_person_hands_back_with_one_word(text: str, is_release: bool) -> None:
    assert answered(text, admin_id="admin-1") == PersonAnswered(USER, is_release=is_release)


@pytest.mark.parametrize(
    "name",
    [
        "anonymous_send_text", "oa_send_anonymous_text", "user_seen_message", "user_received_message",
        "user_reacted_message", "user_click_chatnow", "user_send_hologram", "add_user_to_tag", "", "shop_has_order",
    ],
)  # fmt: skip
def test_all_else_is_nothing(name: str) -> None:
    people = {"sender": {"id": USER, "admin_id": "admin-1"}, "recipient": {"id": ACCOUNT}, "user_id": USER}
    assert event(name, **people, message={"text": "chào", "msg_id": "m1", "conversation_id": "c1"}) is None


@pytest.mark.parametrize(
    "name", ["user_send_text", "follow", "unfollow", "user_submit_info", "user_withdraw", "oa_send_text"]
)
@pytest.mark.parametrize("broken", [None, [], "x", {}, {"id": None}, {"id": ""}, {"id": True}])
def test_an_event_of_nobody_is_nothing(name: str, broken: Any) -> None:
    assert event(name, sender=broken, follower=broken, recipient=broken, message=broken) is None


def test_ids_may_be_numbers_and_are_kept_within_the_inbox() -> None:
    body = {"event_name": "user_send_text", "sender": {"id": 7001}, "message": {"text": "chào", "msg_id": 5}}
    assert read(body) == Said("7001", "5", Kind.TEXT, "chào")
    said = sent("text", text="chào", msg_id="m" * 500)
    assert isinstance(said, Said)
    assert len(said.message_id) == 128


def test_half_a_surrogate_pair_reaches_no_database() -> None:
    said = sent("text", text="chào \ud83d")
    assert said == Said(USER, "m1", Kind.TEXT, "chào ?")
