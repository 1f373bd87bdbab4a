"""What Telegram's updates come to, what is sent, and what its refusals mean; nothing is connected."""

from __future__ import annotations

import json
from typing import Any

import pytest
from telegram import Update, User
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from actions.reply import Act
from bot.channels.kinds import Kind
from bot.channels.platform import Halted, Part, Refused, SendError, TryAgain, Unreachable
from bot.channels.rendering import MORE
from bot.channels.telegram.commands import MENU, understand
from bot.channels.telegram.polling import Requests
from bot.channels.telegram.sending import as_html, as_send_error, keyboard, reason_of
from bot.channels.telegram.updates import USED, Heard, PlaceKeyboard, Presence, read

Json = dict[str, Any]
ME = User(71, "Một Cửa", is_bot=True, username="mot_cua_bot")
AN: Json = {"id": 1001, "is_bot": False, "first_name": "An"}
PRIVATE: Json = {"id": 1001, "type": "private", "first_name": "An"}
GROUP: Json = {"id": -100500, "type": "supergroup", "title": "Tổ dân phố"}
FILE: Json = {"file_id": "f", "file_unique_id": "u", "file_size": 1}
TOKEN = "71:AAtoken"


def heard(kind: str, content: Json) -> Heard:
    update = Update.de_json({"update_id": 900, kind: content}, None)
    assert update
    return read(update, ME)


def message(**content: Any) -> Json:
    return {"message_id": 5, "date": 1_760_000_000, "chat": PRIVATE, "from": AN, **content}


def said(text: str, **more: Any) -> Heard:
    return heard("message", message(text=text, **more))


def marked(text: str, mark: str, kind: str = "mention") -> Json:
    """Telegram counts in UTF-16 units."""
    units = [len(part.encode("utf-16-le")) // 2 for part in (text[: text.rindex(mark)], mark)]
    return {"text": text, "entities": [{"type": kind, "offset": units[0], "length": units[1]}]}


def taken(heard: Heard) -> tuple[Kind, str]:
    assert heard.message
    return heard.message.kind, heard.message.text


# Words


def test_words_come_with_who_said_them_and_where_the_answer_goes() -> None:
    found = said("lệ phí hộ chiếu?").message
    assert found
    assert (found.channel, found.sender, found.reply_to) == ("telegram", "1001", "1001")
    assert (found.kind, found.text, found.message_id) == (Kind.TEXT, "lệ phí hộ chiếu?", "900")


def test_an_edit_is_a_message_of_its_own() -> None:
    found = heard("edited_message", message(text="lệ phí căn cước?", edit_date=1_760_000_060)).message
    assert found
    assert (found.text, found.message_id) == ("lệ phí căn cước?", "900:1760000060")


def test_a_moving_location_is_not_a_message_at_every_step() -> None:
    place = {"latitude": 10.7764, "longitude": 106.7009}
    assert heard("edited_message", message(location=place, edit_date=1_760_000_060)) == Heard()
    assert heard("edited_message", message(photo=[FILE | {"width": 1, "height": 1}], caption="a")) == Heard()


@pytest.mark.parametrize(
    ("text", "kind", "meaning"),
    [
        ("/start", Kind.ACT, Act.GREET),
        ("/start MC-7KQM-2P45", Kind.TICKET, "MC-7KQM-2P45"),
        ("/help", Kind.ACT, Act.HELP),
        ("/HELP", Kind.ACT, Act.HELP),
        ("/help@mot_cua_bot", Kind.ACT, Act.HELP),
        ("/thutuc", Kind.ACT, Act.ASK),
        ("/thutuc đăng ký tạm trú", Kind.TEXT, "đăng ký tạm trú"),
        ("/thutuc@mot_cua_bot  đăng ký\ntạm trú ", Kind.TEXT, "đăng ký\ntạm trú"),
        ("/giayto", Kind.ACT, Act.WALK),
        ("/giayto kết hôn", Kind.TEXT, "hướng dẫn tôi chuẩn bị giấy tờ kết hôn"),
        ("/tinh", Kind.TEXT, "tôi ở tỉnh nào"),
        ("/tinh Cần Thơ", Kind.TEXT, "tôi ở Cần Thơ"),
        ("/phieu", Kind.TICKET, ""),
        ("/phieu 7KQM2P", Kind.TICKET, "7KQM2P"),
        ("/xoa", Kind.ACT, Act.FORGET_ME),
        ("/camon", Kind.TEXT, "camon"),
        ("/hochieu cần gì", Kind.TEXT, "hochieu cần gì"),
        ("/ask", Kind.TEXT, "ask"),
        ("/căn cước", Kind.TEXT, "/căn cước"),
        ("12/2026", Kind.TEXT, "12/2026"),
        ("/", Kind.TEXT, "/"),
        ("xin /help", Kind.TEXT, "xin /help"),
        ("2", Kind.TEXT, "2"),
    ],
)
def test_commands(text: str, kind: Kind, meaning: str) -> None:
    assert taken(said(text)) == (kind, meaning)


@pytest.mark.parametrize("name", [name for name, _ in MENU])
def test_every_entry_of_the_menu_is_a_command_we_know(name: str) -> None:
    assert understand(f"/{name}") != (Kind.TEXT, name)
    assert understand(f"/{name}") != understand("/start")


def test_telegram_takes_the_menu() -> None:
    assert all(name.isascii() and name.islower() and len(name) <= 32 for name, _ in MENU)
    assert all(1 <= len(description) <= 256 for _, description in MENU)


@pytest.mark.parametrize(
    ("text", "expected"), [("/tinh", PlaceKeyboard.OFFER), ("/tinh Huế", None), ("/help", None), ("tinh", None)]
)
def test_the_place_can_be_sent_with_one_touch_where_none_is_named(text: str, expected: PlaceKeyboard | None) -> None:
    assert said(text).place_keyboard == expected


# Everything else that people send


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ({"sticker": FILE | {"type": "regular", "width": 1, "height": 1, "is_animated": False, "is_video": False}},
         Kind.STICKER),
        ({"animation": FILE | {"width": 1, "height": 1, "duration": 1}, "document": FILE}, Kind.STICKER),
        ({"voice": FILE | {"duration": 3}}, Kind.VOICE),
        ({"audio": FILE | {"duration": 3}}, Kind.VOICE),
        ({"video_note": FILE | {"length": 1, "duration": 3}}, Kind.VOICE),
        ({"photo": [FILE | {"width": 1, "height": 1}], "caption": "căn cước của tôi"}, Kind.PHOTO),
        ({"video": FILE | {"width": 1, "height": 1, "duration": 3}}, Kind.VIDEO),
        ({"document": FILE | {"file_name": "don.pdf"}}, Kind.FILE),
        ({"contact": {"phone_number": "+84900000000", "first_name": "An"}}, Kind.CONTACT),
        ({"dice": {"emoji": "🎲", "value": 3}}, Kind.OTHER),
        ({"poll": {"id": "1", "question": "?", "options": [], "total_voter_count": 0, "is_closed": False,
                   "is_anonymous": True, "type": "regular", "allows_multiple_answers": False,
                   "allows_revoting": False, "members_only": False}}, Kind.OTHER),
        ({"something_of_next_year": {"a": 1}}, Kind.OTHER),
    ],
)  # fmt: skip
def test_what_is_no_text_has_its_kind_and_nothing_of_it_is_kept(content: Json, kind: Kind) -> None:
    assert taken(heard("message", message(**content))) == (kind, "")


@pytest.mark.parametrize(
    ("latitude", "longitude", "text"),
    [(10.77642, 106.70091, "10.776,106.701"), (21.0, 105.8, "21.000,105.800"), (-0.5, -104.12345, "-0.500,-104.123")],
)
def test_a_place_is_rounded_before_it_goes_further(latitude: float, longitude: float, text: str) -> None:
    found = heard("message", message(location={"latitude": latitude, "longitude": longitude}))
    assert taken(found) == (Kind.LOCATION, text)
    assert found.place_keyboard is PlaceKeyboard.REMOVE


@pytest.mark.parametrize(
    "content",
    [
        {"chat": GROUP, "new_chat_members": [AN]},
        {"chat": GROUP, "left_chat_member": AN},
        {"message_auto_delete_timer_changed": {"message_auto_delete_time": 60}},
        {"pinned_message": {"message_id": 4, "date": 0, "chat": PRIVATE}},
        {"users_shared": {"request_id": 1, "users": []}},
        {"write_access_allowed": {}},
        {"text": "a", "from": AN | {"is_bot": True}},
        {"text": "a", "sender_chat": {"id": -100900, "type": "channel", "title": "Báo"}},
    ],
)
def test_service_messages_bots_and_channels_are_not_heard(content: Json) -> None:
    assert heard("message", message(**content)) == Heard()


@pytest.mark.parametrize("kind", ["channel_post", "edited_channel_post"])
def test_channel_posts_are_not_heard(kind: str) -> None:
    assert kind not in USED
    assert heard(kind, {"message_id": 5, "date": 1, "chat": GROUP | {"type": "channel"}, "text": "a"}) == Heard()


def test_an_empty_update_is_nothing() -> None:
    assert read(Update(900), ME) == Heard()


# Presses


def pressed(data: str | None, **changes: Any) -> Heard:
    shown = message(text="Việc nào?") | {"from": ME.to_dict()}
    query = {"id": "77", "from": AN, "chat_instance": "1", "message": shown, "data": data}
    return heard("callback_query", query | changes)


def test_a_press_is_the_token_of_its_button() -> None:
    found = pressed("mc:abcd2345")
    assert taken(found) == (Kind.TEXT, "mc:abcd2345")
    assert found.message
    assert (found.message.sender, found.message.message_id, found.message.reply_to) == ("1001", "cb:77", "1001")
    assert found.press == "77"


def test_a_press_in_a_group_is_of_who_pressed() -> None:
    found = pressed("mc:abcd2345", message=message(chat=GROUP, text="a"), **{"from": AN | {"id": 1002}}).message
    assert found
    assert (found.sender, found.reply_to) == ("-100500:1002", "-100500")


def test_a_press_under_a_message_too_old_to_be_shown_counts() -> None:
    assert taken(pressed("mc:abcd2345", message={"chat": PRIVATE, "message_id": 5, "date": 0})) == (
        Kind.TEXT, "mc:abcd2345",
    )  # fmt: skip


def test_a_press_of_more_is_of_its_own_kind() -> None:
    assert taken(pressed(MORE)) == (Kind.MORE, MORE)


@pytest.mark.parametrize("data", ["", None, "mc:short", "mc:abcd2345\n", "xmc:abcd2345", "/xoa", "xoá hết"])
def test_a_press_that_is_none_of_ours_is_answered_and_no_more(data: str | None) -> None:
    assert pressed(data) == Heard(press="77")


def test_a_press_under_no_message_is_answered_and_no_more() -> None:
    assert pressed("mc:abcd2345", message=None, inline_message_id="i") == Heard(press="77")


# Groups


def in_group(**content: Any) -> Heard:
    return heard("message", message(chat=GROUP, **content))


@pytest.mark.parametrize(
    ("text", "mark", "expected"),
    [
        ("@mot_cua_bot lệ phí?", "@mot_cua_bot", "lệ phí?"),
        ("@Mot_Cua_Bot, lệ phí?", "@Mot_Cua_Bot", "lệ phí?"),
        ("🙂🇻🇳 ơi @mot_cua_bot lệ phí 🙂?", "@mot_cua_bot", "🙂🇻🇳 ơi lệ phí 🙂?"),
        ("lệ phí @mot_cua_bot", "@mot_cua_bot", "lệ phí"),
        ("@mot_cua_bot2 hay @mot_cua_bot", "@mot_cua_bot", "@mot_cua_bot2 hay"),
        ("@mot_cua_bot", "@mot_cua_bot", ""),
        ("@mot_cua_bot /tinh Huế", "@mot_cua_bot", "tôi ở Huế"),
    ],
)
def test_a_mention_makes_a_groups_message_ours_and_is_cut(text: str, mark: str, expected: str) -> None:
    found = in_group(**marked(text, mark))
    assert taken(found) == (Kind.TEXT, expected)
    assert found.message
    assert (found.message.sender, found.message.reply_to) == ("-100500:1001", "-100500")


def test_a_command_that_names_the_bot_is_ours() -> None:
    assert taken(in_group(**marked("/help@mot_cua_bot", "/help@mot_cua_bot", "bot_command"))) == (Kind.ACT, Act.HELP)


@pytest.mark.parametrize(
    "content",
    [
        {"text": "lệ phí hộ chiếu?"},
        {"text": "mot_cua_bot"},
        marked("@mot_cua_bot2 lệ phí?", "@mot_cua_bot2"),
        marked("/help", "/help", "bot_command"),
        marked("/help@another_bot", "/help@another_bot", "bot_command"),
        {"photo": [FILE | {"width": 1, "height": 1}]},
        {"location": {"latitude": 1.0, "longitude": 1.0}},
        {"text": "ừ", "reply_to_message": message(text="a", chat=GROUP)},
    ],
)
def test_the_rest_of_a_groups_talk_is_not_heard(content: Json) -> None:
    assert in_group(**content) == Heard()


def test_a_reply_to_the_bot_is_ours() -> None:
    ours = message(text="Việc nào?", chat=GROUP) | {"from": ME.to_dict()}
    assert taken(in_group(text="số 2", reply_to_message=ours)) == (Kind.TEXT, "số 2")
    place = {"latitude": 10.0, "longitude": 106.0}
    found = in_group(location=place, reply_to_message=ours)
    assert taken(found) == (Kind.LOCATION, "10.000,106.000")
    assert found.place_keyboard is None, "Telegram has that keyboard in private chats only"


def test_a_caption_can_mention_the_bot() -> None:
    caption = marked("@mot_cua_bot cái này?", "@mot_cua_bot")
    photo = {"photo": [FILE | {"width": 1, "height": 1}]}
    found = in_group(caption=caption["text"], caption_entities=caption["entities"], **photo)
    assert taken(found) == (Kind.PHOTO, "")


def test_no_place_is_asked_for_in_a_group() -> None:
    assert in_group(**marked("/tinh@mot_cua_bot", "/tinh@mot_cua_bot", "bot_command")).place_keyboard is None


# Who can be reached


def membership(status: str, chat: Json = PRIVATE) -> Heard:
    def member(status: str) -> Json:
        return {"user": ME.to_dict(), "status": status} | ({"until_date": 0} if status == "kicked" else {})

    old = member("member" if status != "member" else "kicked")
    change = {"chat": chat, "from": AN, "date": 1, "old_chat_member": old, "new_chat_member": member(status)}
    return heard("my_chat_member", change)


@pytest.mark.parametrize(("status", "is_reachable"), [("kicked", False), ("left", False), ("member", True)])
def test_blocking_and_coming_back(status: str, is_reachable: bool) -> None:
    assert membership(status) == Heard(presence=Presence("1001", is_reachable))


def test_leaving_a_group_concerns_nobody_in_particular() -> None:
    assert membership("left", GROUP) == Heard()


# What is sent


def test_text_is_html_with_nothing_in_it_taken_for_a_tag() -> None:
    assert as_html(Part('dưới <14 tuổi> & "hộ chiếu"')) == 'dưới &lt;14 tuổi&gt; &amp; "hộ chiếu"'


@pytest.mark.parametrize(
    ("titles", "shape"),
    [
        (["Có rồi", "Chưa có", "Là gì?", "Tạm dừng"], [2, 2]),
        (["Có rồi", "Chưa có", "Là gì?"], [2, 1]),
        (["Có rồi"], [1]),
        (["14 characters.", "Có rồi"], [2]),
        (["15 characters..", "Có rồi"], [1, 1]),
        ([], []),
    ],
)
def test_short_choices_go_side_by_side_and_links_below(titles: list[str], shape: list[int]) -> None:
    links = (("Nộp trực tuyến", "https://dichvucong.gov.vn/p/1"), ("Mẫu", "https://dichvucong.gov.vn/m"))
    shown = keyboard(Part("a", tuple((title, f"mc:{n:08}") for n, title in enumerate(titles)), links))
    assert shown
    rows = shown.inline_keyboard
    assert [len(row) for row in rows] == [*shape, 1, 1]
    flat = [button for row in rows for button in row]
    assert [b.callback_data for b in flat[:-2]] == [f"mc:{n:08}" for n in range(len(titles))]
    assert [b.url for b in flat[-2:]] == [address for _, address in links]


def test_no_choices_no_keyboard() -> None:
    assert keyboard(Part("a")) is None


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (RetryAfter(7), TryAgain),
        (TimedOut(), TryAgain),
        (NetworkError("Bad Gateway"), TryAgain),
        (TelegramError("Internal Server Error"), TryAgain),
        (Conflict("terminated"), TryAgain),
        (Forbidden("Forbidden: bot was blocked by the user"), Unreachable),
        (Forbidden("Forbidden: user is deactivated"), Unreachable),
        (ChatMigrated(-100501), Unreachable),
        (BadRequest("Bad Request: chat not found"), Unreachable),
        (BadRequest("Bad Request: not enough rights to send text messages to the chat"), Unreachable),
        (BadRequest("Bad Request: message is too long"), Refused),
        (BadRequest("Bad Request: BUTTON_DATA_INVALID"), Refused),
        (InvalidToken(), Halted),
    ],
)
def test_every_refusal_has_its_consequence(error: TelegramError, kind: type[SendError]) -> None:
    found = as_send_error(error, TOKEN)
    assert type(found) is kind
    assert str(found)


@pytest.mark.parametrize("with_timedelta", ["true", "false"])
def test_telegram_says_how_long_to_wait(with_timedelta: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", with_timedelta)  # the library's switch of what it returns
    found = as_send_error(RetryAfter(7), TOKEN)
    assert isinstance(found, TryAgain)
    assert found.after == 7.0


@pytest.mark.parametrize(
    "error",
    [
        NetworkError(f"httpx.ConnectError at https://api.telegram.org/bot{TOKEN}/sendMessage"),
        InvalidToken(f"The token `{TOKEN}` was rejected by the server."),
    ],
)
def test_no_reason_holds_the_token(error: TelegramError) -> None:
    assert TOKEN not in reason_of(error, TOKEN)
    assert TOKEN not in str(as_send_error(error, TOKEN))


# Telegram's answers


def test_an_update_that_cannot_be_read_becomes_an_empty_one_and_its_words_stay_out_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    good = {"update_id": 901, "message": message(text="chào")}
    broken = {"update_id": 900, "message": {"text": "số căn cước của tôi"}}
    payload = json.dumps({"ok": True, "result": [broken, good]}).encode()
    assert Requests.parse_json_payload(payload)["result"] == [{"update_id": 900}, good]
    assert "900" in caplog.text
    assert "căn cước" not in caplog.text


@pytest.mark.parametrize("result", [True, {"id": 71}, [{"command": "help", "description": "a"}], []])
def test_other_answers_stay_as_they_are(result: object) -> None:
    assert Requests.parse_json_payload(json.dumps({"ok": True, "result": result}).encode())["result"] == result


@pytest.mark.parametrize("payload", ["<html>chặn</html>", "", "[]", "chặn"])
def test_what_is_no_answer_of_telegram_is_an_error_without_its_content(
    payload: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(TelegramError) as error:
        Requests.parse_json_payload(payload.encode())
    assert "chặn" not in f"{error.value}{caplog.text}"
