"""The fake Bot API keeps Telegram's rules: driven by python-telegram-bot, and by bare HTTP where that would not err."""

from __future__ import annotations

import asyncio
import json
import ssl
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from telegram import (
    Bot,
    BotCommand,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    KeyboardButton,
    LinkPreviewOptions,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    Update,
)
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TimedOut
from telegram.ext import Application
from telegram.request import HTTPXRequest

from tests.fakes.server import Button
from tests.fakes.telegram import BAD_GATEWAY, SECRET_HEADER, TOKEN, FakeTelegram

AN, BINH, GROUP = 1001, 1002, -100_500
SECRET = "made_for-this-test"
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading them takes longer than a test
BARE: dict[str, Any] = {"trust_env": False, "verify": NO_CERTIFICATES}
CHOICES = InlineKeyboardMarkup([
    [InlineKeyboardButton("Hộ chiếu", callback_data="c1"), InlineKeyboardButton("Căn cước", callback_data="c2")],
    [InlineKeyboardButton("Nộp trực tuyến", url="https://dichvucong.gov.vn/p/1")],
])  # fmt: skip


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(time_scale=0.01) as fake:
        yield fake


@pytest.fixture
async def bot(fake: FakeTelegram) -> AsyncIterator[Bot]:
    async with bot_of(fake) as bot:
        yield bot


def bot_of(fake: FakeTelegram, token: str = TOKEN) -> Bot:
    request = HTTPXRequest(read_timeout=5, httpx_kwargs=BARE)
    return Bot(token, base_url=fake.url + "/bot", request=request)


class Webhook:
    """Answers with `statuses` in turn, the last one again and again."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses = [200]
        self.delay = 0.0
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.at_once = 0
        self.most_at_once = 0
        self.lock = threading.Lock()

    def updates(self) -> list[Update]:
        return [parsed(body) for _, body in self.heard]


def parsed(body: bytes) -> Update:
    update = Update.de_json(json.loads(body), None)
    assert update
    return update


@contextmanager
def listening() -> Iterator[Webhook]:
    webhook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            with webhook.lock:
                webhook.at_once += 1
                webhook.most_at_once = max(webhook.most_at_once, webhook.at_once)
            body = self.rfile.read(int(self.headers["Content-Length"]))
            webhook.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(webhook.delay)
            status = webhook.statuses.pop(0) if len(webhook.statuses) > 1 else webhook.statuses[0]
            with webhook.lock:
                webhook.at_once -= 1
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    webhook.url = f"http://127.0.0.1:{server.server_address[1]}/telegram"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield webhook
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    with listening() as webhook:
        yield webhook


def post(fake: FakeTelegram, method: str, **body: Any) -> dict[str, Any]:
    answer = httpx.post(f"{fake.url}/bot{TOKEN}/{method}", json=body, **BARE).json()
    assert isinstance(answer, dict)
    return answer


# Who may ask


async def test_a_wrong_token_is_unauthorized(fake: FakeTelegram) -> None:
    async with httpx.AsyncClient(**BARE) as client:
        answer = await client.post(f"{fake.url}/bot7:wrong/getMe")
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    with pytest.raises(InvalidToken):
        await bot_of(fake, "7:wrong").initialize()


def test_an_unknown_method_is_not_found(fake: FakeTelegram) -> None:
    assert post(fake, "sendGift")["error_code"] == 404


# Sending


async def test_a_message_with_buttons_and_links_is_recorded_as_people_see_it(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    sent = await bot.send_message(
        AN, "<b>Phí</b> &lt;200.000&gt; <a href='https://dichvucong.gov.vn/?a=1&amp;b=2'>nguồn</a>",
        parse_mode="HTML", reply_markup=CHOICES, link_preview_options=LinkPreviewOptions(is_disabled=True),
    )  # fmt: skip
    [message] = fake.wait_for(AN)
    assert message.text == sent.text == "Phí <200.000> nguồn"
    assert message.buttons == (Button("Hộ chiếu", "c1"), Button("Căn cước", "c2"))
    assert message.links == (
        Button("nguồn", "https://dichvucong.gov.vn/?a=1&b=2"),
        Button("Nộp trực tuyến", "https://dichvucong.gov.vn/p/1"),
    )
    assert message.id == str(sent.message_id)
    assert message.raw["link_preview_options"] == {"is_disabled": True}
    assert fake.sent() == fake.sent(AN)
    assert fake.sent(BINH) == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<b>a", "Can't find end tag"),
        ("a</b>", "Unexpected end tag"),
        ("<b><i>a</b></i>", "Unmatched end tag"),
        ("<p>a</p>", "Unsupported start tag"),
        ("a<br>b", "Unsupported start tag"),
        ("dưới < 14 tuổi", "start tag"),
        ("<span>a</span>", "tg-spoiler"),
    ],
)
async def test_html_that_telegram_does_not_know_is_refused(
    fake: FakeTelegram, bot: Bot, text: str, reason: str
) -> None:
    fake.start(AN)
    with pytest.raises(BadRequest, match=rf"(?i)can't parse entities.*{reason}"):
        await bot.send_message(AN, text, parse_mode="HTML")
    assert fake.sent() == []
    assert reason in fake.refused[0].reason


async def test_known_html_passes(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    text = (
        '<blockquote expandable><code class="language-vi">a</code> &amp; b</blockquote> AT&T <tg-spoiler>c</tg-spoiler>'
    )
    assert (await bot.send_message(AN, text, parse_mode="HTML")).text == "a & b AT&T c"


@pytest.mark.parametrize("text", ["", "  \n", "ễ" * 4097, "<b></b>", "<b>" + "ễ" * 4097 + "</b>"])
async def test_text_is_1_to_4096_characters(fake: FakeTelegram, bot: Bot, text: str) -> None:
    fake.start(AN)
    with pytest.raises(BadRequest, match=r"empty|too long"):
        await bot.send_message(AN, text, parse_mode="HTML")
    await bot.send_message(AN, "<b>" + "ễ" * 4096 + "</b>", parse_mode="HTML")  # tags do not count
    assert len(fake.sent(AN)[0].text) == 4096


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ({"text": "a", "callback_data": "ễ" * 22}, "BUTTON_DATA_INVALID"),  # 66 bytes
        ({"text": "a", "callback_data": ""}, "BUTTON_DATA_INVALID"),
        ({"text": "", "callback_data": "a"}, "text must be non-empty"),
        ({"text": "a"}, "exactly one"),
        ({"text": "a", "callback_data": "a", "url": "https://dichvucong.gov.vn"}, "exactly one"),
        ({"text": "a", "url": "ftp://dichvucong.gov.vn"}, "Wrong HTTP URL"),
        ({"text": "a", "url": "http://localhost:8000/"}, "Wrong HTTP URL"),
    ],
)
def test_a_wrong_button_is_refused(fake: FakeTelegram, button: dict[str, str], reason: str) -> None:
    fake.start(AN)
    answer = post(fake, "sendMessage", chat_id=AN, text="a", reply_markup={"inline_keyboard": [[button]]})
    assert answer["error_code"] == 400
    assert reason in answer["description"]


async def test_callback_data_of_64_bytes_passes(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    data = "ễ" * 21 + "a"
    await bot.send_message(
        AN, "a", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("a", callback_data=data)]])
    )
    assert fake.sent(AN)[0].buttons == (Button("a", data),)


async def test_a_keyboard_can_ask_for_the_place_and_go_away(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    here = ReplyKeyboardMarkup([[KeyboardButton("Gửi vị trí", request_location=True)]])
    await bot.send_message(AN, "Ở đâu?", reply_markup=here)
    await bot.send_message(AN, "Cảm ơn", reply_markup=ReplyKeyboardRemove())
    asked, thanked = fake.sent(AN)
    assert asked.raw["reply_markup"]["keyboard"] == [[{"text": "Gửi vị trí", "request_location": True}]]
    assert thanked.raw["reply_markup"] == {"remove_keyboard": True}
    with pytest.raises(BadRequest, match=r"[Rr]eply markup"):
        await bot.send_message(AN, "a", api_kwargs={"reply_markup": {"keybord": []}})


async def test_a_photo_comes_as_a_file_or_an_address(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    await bot.send_photo(AN, b"\x89PNG\r\n\x1a\n\r\n", caption="<b>Mẫu</b> đơn", parse_mode="HTML", filename="m.png")
    await bot.send_photo(AN, "https://dichvucong.gov.vn/m.png", reply_markup=CHOICES)
    uploaded, linked = fake.sent(AN)
    assert uploaded.text == "Mẫu đơn"
    assert uploaded.raw["photo"].content == b"\x89PNG\r\n\x1a\n\r\n"
    assert linked.buttons
    with pytest.raises(BadRequest, match="caption is too long"):
        await bot.send_photo(AN, "https://dichvucong.gov.vn/m.png", caption="ễ" * 1025)


async def test_only_who_has_written_can_be_written_to(fake: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"[Cc]hat not found"):
        await bot.send_message(BINH, "a")


async def test_who_blocks_the_bot_is_not_reached_until_unblocking(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    fake.block(AN)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(AN, "a")
    with pytest.raises(Forbidden):
        await bot.send_chat_action(AN, "typing")
    fake.unblock(AN)
    await bot.send_message(AN, "b")
    changes = [u.my_chat_member for u in await bot.get_updates() if u.my_chat_member]
    assert [c.new_chat_member.status for c in changes] == ["kicked", "member"]


async def test_typing_and_commands_are_checked(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    await bot.send_chat_action(AN, "typing")
    with pytest.raises(BadRequest):
        await bot.send_chat_action(AN, "dancing")
    await bot.set_my_commands([BotCommand("giup_do", "Hướng dẫn")], language_code="vi")
    with pytest.raises(BadRequest, match=r"(?i)bot_command_invalid"):
        await bot.set_my_commands([("Giúp", "Hướng dẫn")])
    with pytest.raises(BadRequest, match=r"(?i)description_invalid"):
        await bot.set_my_commands([("giup", "a" * 257)])
    assert [c.fields["action"] for c in fake.calls("sendChatAction")] == ["typing", "dancing"]
    assert fake.calls("getFile") == []


# Limits and faults


async def test_a_chat_gets_one_message_a_second_with_small_bursts(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    fake.start(BINH)
    for n in range(3):
        await bot.send_message(AN, str(n))
    with pytest.raises(RetryAfter) as refused:
        await bot.send_message(AN, "3")
    assert refused.value.retry_after == 1
    await bot.send_message(BINH, "a")  # another chat is not concerned
    await asyncio.sleep(1.05)
    await bot.send_message(AN, "3")
    assert [m.text for m in fake.sent(AN)] == ["0", "1", "2", "3"]
    assert [r.reason for r in fake.refused] == ["too many messages"]


async def test_all_chats_together_get_thirty_a_second(fake: FakeTelegram) -> None:
    for user in range(1, 91):
        fake.start(user)
    url = f"{fake.url}/bot{TOKEN}/sendMessage"
    async with httpx.AsyncClient(**BARE) as client:
        posts = [client.post(url, json={"chat_id": user, "text": "a"}) for user in range(1, 91)]
        answers = [a.json() for a in await asyncio.gather(*posts)]
    refused = [a for a in answers if not a["ok"]]
    assert 30 <= len(fake.sent()) < 90
    assert {a["error_code"] for a in refused} == {429}
    assert all(a["parameters"]["retry_after"] >= 1 for a in refused)


async def test_a_group_gets_twenty_a_minute(fake: FakeTelegram, bot: Bot) -> None:
    fake.group_say(GROUP, AN, "chào", mentions_bot=True)
    for n in range(20):
        await bot.send_message(GROUP, str(n))
    with pytest.raises(RetryAfter):
        await bot.send_message(GROUP, "20")


async def test_without_rate_limits_a_chat_takes_many() -> None:
    with FakeTelegram(rate_limits=False) as fake:
        fake.start(AN)
        async with bot_of(fake) as bot:
            for n in range(10):
                await bot.send_message(AN, str(n))
        assert len(fake.sent(AN)) == 10


async def test_faults_come_as_told(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    fake.fail_next(2, BAD_GATEWAY)
    for _ in range(2):
        with pytest.raises(NetworkError, match="Bad Gateway"):
            await bot.send_message(AN, "a")
    fake.hang_next(1, seconds=30)
    with pytest.raises(TimedOut):
        await bot.send_message(AN, "b", read_timeout=0.2)
    await bot.send_message(AN, "c")
    assert [m.text for m in fake.wait_for(AN, count=2)] == ["b", "c"]  # "b" was accepted, unheard


def test_waiting_in_vain_says_what_came(fake: FakeTelegram) -> None:
    fake.start(AN)
    post(fake, "sendMessage", chat_id=AN, text="một")
    with pytest.raises(AssertionError, match=r"1 of 2 .*\n- 'một'"):
        fake.wait_for(AN, count=2, timeout=0.1)


# Updates


async def test_everything_a_user_does_parses(fake: FakeTelegram, bot: Bot) -> None:
    first = fake.say(AN, "lệ phí hộ chiếu?")
    fake.edit(first, "lệ phí căn cước?")
    fake.start(AN, "hoso-1")
    fake.location(AN, 21.03, 105.85)
    for act in (fake.photo, fake.voice, fake.sticker, fake.document, fake.video, fake.contact):
        act(AN)
    updates = await bot.get_updates()
    ids = [u.update_id for u in updates]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    said, edited, started, placed, *others = updates
    assert said.message
    assert said.message.text == "lệ phí hộ chiếu?"
    assert said.message.message_id == int(first)
    assert edited.edited_message
    assert (edited.edited_message.text, edited.edited_message.message_id) == ("lệ phí căn cước?", int(first))
    assert started.message
    assert started.message.text == "/start hoso-1"
    assert [(e.type, e.offset, e.length) for e in started.message.entities] == [("bot_command", 0, 6)]
    assert placed.message
    assert placed.message.location
    assert placed.message.location.latitude == 21.03
    kinds = ("photo", "voice", "sticker", "document", "video", "contact")
    for update, kind in zip(others, kinds, strict=True):
        assert getattr(update.message, kind), kind


async def test_a_mention_in_a_group_counts_in_utf16(fake: FakeTelegram, bot: Bot) -> None:
    fake.group_say(GROUP, AN, "không nhắc ai")
    fake.group_say(GROUP, AN, "🙂 @mot_cua_test_bot lệ phí?", mentions_bot=True)
    fake.group_say(GROUP, AN, "phí?", mentions_bot=True)
    fake.group_say(GROUP, AN, "còn nữa?", is_reply_to_bot=True)
    plain, inside, front, reply = [u.message for u in await bot.get_updates()]
    assert plain and inside and front and reply  # noqa: PT018
    assert plain.chat.type == "supergroup"
    assert plain.entities == ()
    [mention] = inside.entities
    assert (mention.offset, inside.parse_entity(mention)) == (3, "@mot_cua_test_bot")
    assert front.text == "@mot_cua_test_bot phí?"
    assert reply.reply_to_message
    assert reply.reply_to_message.from_user == await bot.get_me()


async def test_a_press_comes_back_with_the_buttons_data(fake: FakeTelegram, bot: Bot) -> None:
    fake.start(AN)
    message = await bot.send_message(AN, "Việc nào?", reply_markup=CHOICES)
    pressed = [fake.press(AN, b) for b in ("Căn cước", "c1", fake.sent(AN)[0].buttons[0])]
    updates = await bot.get_updates(offset=-3)
    queries = [u.callback_query for u in updates if u.callback_query]
    assert [(q.id, q.data) for q in queries] == [(pressed[0], "c2"), (pressed[1], "c1"), (pressed[2], "c1")]
    assert queries[0].message
    assert queries[0].message.message_id == message.message_id
    await bot.answer_callback_query(pressed[0])
    fake.expire_queries()
    for query in (pressed[1], "12345"):
        with pytest.raises(BadRequest, match=r"[Qq]uery is too old"):
            await bot.answer_callback_query(query)
    assert fake.answered == [pressed[0]]
    with pytest.raises(AssertionError, match="was ever shown"):
        fake.press(BINH, "c1")


async def test_the_bots_messages_can_be_edited(fake: FakeTelegram, bot: Bot) -> None:
    theirs = fake.start(AN)
    message = await bot.send_message(AN, "Việc nào?", reply_markup=CHOICES)
    await bot.edit_message_reply_markup(AN, message.message_id)
    edited = await bot.edit_message_text("Đã chọn", AN, message.message_id)
    assert isinstance(edited, type(message))
    assert edited.text == "Đã chọn"
    assert [(m.text, m.buttons, m.id) for m in fake.edited] == [
        ("Việc nào?", (), str(message.message_id)), ("Đã chọn", (), str(message.message_id)),
    ]  # fmt: skip
    assert len(fake.sent(AN)) == 1
    with pytest.raises(BadRequest, match="not modified"):
        await bot.edit_message_text("Đã chọn", AN, message.message_id)
    with pytest.raises(BadRequest, match="can't be edited"):
        await bot.edit_message_text("a", AN, int(theirs))
    with pytest.raises(BadRequest, match="not found"):
        await bot.edit_message_text("a", AN, 999)


# Polling


async def test_an_offset_confirms_what_is_below_it(fake: FakeTelegram, bot: Bot) -> None:
    for text in ("một", "hai", "ba"):
        fake.say(AN, text)
    first = await bot.get_updates(limit=2)
    assert texts(first) == ["một", "hai"]
    assert texts(await bot.get_updates()) == ["một", "hai", "ba"], "nothing was confirmed"
    assert texts(await bot.get_updates(offset=first[1].update_id + 1)) == ["ba"]
    assert texts(await bot.get_updates()) == ["ba"]


def texts(updates: tuple[Update, ...]) -> list[str | None]:
    return [u.message.text for u in updates if u.message]


async def test_a_long_poll_ends_with_the_first_update(fake: FakeTelegram, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    assert not poll.done()
    fake.say(AN, "chào")
    assert texts(await asyncio.wait_for(poll, 2)) == ["chào"]


async def test_of_two_pollers_the_earlier_gets_409(fake: FakeTelegram, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    async with bot_of(fake) as other:
        assert await other.get_updates(timeout=0) == ()
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await asyncio.wait_for(poll, 2)


async def test_a_poller_that_is_gone_is_no_conflict(fake: FakeTelegram, bot: Bot) -> None:
    with pytest.raises(TimedOut):
        await bot.get_updates(timeout=10, read_timeout=-9.9)  # the library adds the two: gone after 0.1 s
    assert await bot.get_updates() == ()
    await asyncio.sleep(0.1)
    assert fake.refused == []


async def test_polling_and_a_webhook_exclude_each_other(fake: FakeTelegram, bot: Bot, webhook: Webhook) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    async with bot_of(fake) as other:
        await other.set_webhook(webhook.url)
    with pytest.raises(Conflict, match="terminated by setWebhook"):
        await asyncio.wait_for(poll, 2)
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_only_the_kinds_that_were_asked_for_come(fake: FakeTelegram, bot: Bot) -> None:
    await bot.get_updates(allowed_updates=["message"])
    fake.edit(fake.say(AN, "một"), "hai")
    fake.block(AN)
    assert [u.to_dict().keys() for u in await bot.get_updates()] == [{"update_id", "message"}]


async def test_a_repeat_has_the_same_update_id_and_comes_once(fake: FakeTelegram, bot: Bot) -> None:
    message_id = fake.say(AN, "chào")
    [first] = await bot.get_updates()
    fake.repeat(message_id)
    again = await bot.get_updates(offset=first.update_id + 1)
    assert [u.update_id for u in again] == [first.update_id]
    assert await bot.get_updates(offset=first.update_id + 1) == ()


async def test_an_application_of_the_library_polls_it(fake: FakeTelegram) -> None:
    requests = [HTTPXRequest(httpx_kwargs=BARE) for _ in range(2)]
    builder = Application.builder().token(TOKEN).base_url(fake.url + "/bot")
    application = builder.request(requests[0]).get_updates_request(requests[1]).build()
    fake.say(AN, "trước khi bật")
    async with application:
        assert application.updater
        queue = await application.updater.start_polling(timeout=5)
        fake.say(AN, "sau khi bật")
        heard = [await asyncio.wait_for(queue.get(), 5) for _ in range(2)]
        await application.updater.stop()
    assert texts(tuple(u for u in heard if isinstance(u, Update))) == ["trước khi bật", "sau khi bật"]
    assert fake.calls("deleteWebhook")


# Webhook


async def test_updates_are_pushed_in_order_with_the_secret(fake: FakeTelegram, bot: Bot, webhook: Webhook) -> None:
    fake.say(AN, "0")  # waits until there is a webhook
    await bot.set_webhook(webhook.url, secret_token=SECRET)
    for n in range(1, 10):
        fake.say(AN, str(n))
    await settled(fake)
    assert {headers[SECRET_HEADER.lower()] for headers, _ in webhook.heard} == {SECRET}
    assert texts(tuple(webhook.updates())) == [str(n) for n in range(10)]
    assert webhook.most_at_once == 1
    assert [status for _, status in fake.acknowledgements] == [200] * 10


async def settled(fake: FakeTelegram) -> None:
    await asyncio.to_thread(fake.wait_until_pushed, 5)


async def test_a_failing_update_is_retried_before_the_next_one(fake: FakeTelegram, bot: Bot, webhook: Webhook) -> None:
    webhook.statuses = [500, 403, 204]
    await bot.set_webhook(webhook.url)
    fake.say(AN, "một")
    fake.say(AN, "hai")
    await settled(fake)
    assert texts(tuple(webhook.updates())) == ["một", "một", "một", "hai"]
    assert SECRET_HEADER.lower() not in webhook.heard[0][0]
    assert [status for _, status in fake.acknowledgements] == [500, 403, 204, 204]


async def test_updates_outlive_a_webhook_that_is_down(fake: FakeTelegram, bot: Bot) -> None:
    with listening() as webhook:
        await bot.set_webhook(webhook.url)
    fake.say(AN, "một")
    await asyncio.to_thread(fake.wait_until, lambda: len(fake.acknowledgements) > 1)
    info = await bot.get_webhook_info()
    assert info.pending_update_count == 1
    assert info.last_error_message == "Connection failed"
    with listening() as webhook:
        await bot.set_webhook(webhook.url)
        await settled(fake)
        assert texts(tuple(webhook.updates())) == ["một"]


async def test_a_webhook_that_is_too_slow_hears_it_again(webhook: Webhook) -> None:
    webhook.delay = 0.3
    with FakeTelegram(time_scale=0.01, webhook_timeout=0.1) as fake:
        fake.deliver_to(webhook.url)
        fake.say(AN, "chào")
        await asyncio.to_thread(fake.wait_until, lambda: bool(fake.acknowledgements))
        webhook.delay = 0
        await settled(fake)
        assert [status for _, status in fake.acknowledgements][-1] == 200
        assert fake.acknowledgements[0][1] == 0
        assert len(webhook.heard) >= 2


async def test_more_connections_push_side_by_side(fake: FakeTelegram, bot: Bot, webhook: Webhook) -> None:
    webhook.delay = 0.1
    await bot.set_webhook(webhook.url, max_connections=4)
    for n in range(8):
        fake.say(AN, str(n))
    await settled(fake)
    assert 1 < webhook.most_at_once <= 4
    assert len({u.update_id for u in webhook.updates()}) == 8


async def test_a_repeat_is_pushed_again(fake: FakeTelegram, bot: Bot, webhook: Webhook) -> None:
    await bot.set_webhook(webhook.url)
    fake.repeat(fake.say(AN, "chào"))
    await settled(fake)
    assert webhook.heard[0][1] == webhook.heard[1][1]


async def test_pending_updates_can_be_dropped(fake: FakeTelegram, bot: Bot, webhook: Webhook) -> None:
    fake.say(AN, "cũ")
    await bot.set_webhook(webhook.url, drop_pending_updates=True)
    fake.say(AN, "mới")
    await settled(fake)
    assert texts(tuple(webhook.updates())) == ["mới"]


@pytest.mark.parametrize("secret", ["", "có dấu", "a" * 257, "a b"])
def test_a_wrong_secret_is_refused(fake: FakeTelegram, secret: str) -> None:
    assert post(fake, "setWebhook", url="https://example.vn/telegram", secret_token=secret)["error_code"] == 400
    assert post(fake, "getWebhookInfo")["result"]["url"] == ""
