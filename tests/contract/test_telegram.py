"""The Telegram channel over a fake Bot API, by real HTTP: nothing is lost, and nothing is told that must not be."""

from __future__ import annotations

import asyncio
import json
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from actions.texts import say
from bot.channels.intake import IncomingMessage
from bot.channels.kinds import Kind
from bot.channels.platform import Halted, Part, Refused, SendError, TryAgain, Unreachable
from bot.channels.telegram import Telegram
from bot.channels.telegram.channel import PATH, SECRET_HEADER
from bot.channels.telegram.commands import MENU
from bot.channels.telegram.sending import OFFER_PLACE, THANK_FOR_PLACE
from bot.settings import Settings
from bot.supervisor import free_port
from tests.contract.conftest import Start
from tests.fakes.server import Answer
from tests.fakes.telegram import BAD_GATEWAY, TOKEN, FakeTelegram, error, too_many

AN, BINH, GROUP = 881_234_567, 881_234_568, -100_500
SECRET = "made_for-this-test"
HERE = "https://motcua.example.vn"


class RecordingIntake:
    """`fail` so many times before it takes a message; `is_stuck` never returns, as a process that is killed."""

    def __init__(self) -> None:
        self.taken: list[IncomingMessage] = []
        self.presences: list[tuple[str, str, bool]] = []
        self.tries = 0
        self.fail = 0
        self.is_stuck = False

    async def take(self, message: IncomingMessage) -> bool:
        self.tries += 1
        if self.is_stuck:
            await asyncio.Event().wait()
        if self.fail:
            self.fail -= 1
            raise RuntimeError("INSERT INTO inbox: số căn cước của tôi")
        self.taken.append(message)
        return True

    async def reachable(self, channel: str, sender: str, is_reachable: bool) -> None:
        self.presences.append((channel, sender, is_reachable))

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.taken]

    @property
    def kinds(self) -> list[Kind]:
        return [message.kind for message in self.taken]


@pytest.fixture
def fake() -> Iterator[FakeTelegram]:
    with FakeTelegram(time_scale=0.01, rate_limits=False) as fake:
        yield fake


@pytest.fixture
def intake() -> RecordingIntake:
    return RecordingIntake()


def channel_of(fake: FakeTelegram, intake: RecordingIntake, **changes: Any) -> Telegram:
    settings = Settings(**{"telegram_token": TOKEN, "telegram_api": fake.url, **changes})
    return Telegram(settings, intake, secret=SECRET, pause=0.02)  # type: ignore[arg-type]


@asynccontextmanager
async def running(fake: FakeTelegram, intake: RecordingIntake, **changes: Any) -> AsyncIterator[Telegram]:
    channel = channel_of(fake, intake, **changes)
    await channel.start()
    try:
        yield channel
    finally:
        await channel.stop()


@pytest.fixture
async def channel(fake: FakeTelegram, intake: RecordingIntake) -> AsyncIterator[Telegram]:
    async with running(fake, intake) as channel:
        yield channel


async def until(is_so: Callable[[], Any]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 (it happens in the threads of the fake)
            await asyncio.sleep(0.01)


# Polling


async def test_everything_people_do_reaches_the_intake_in_order(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake
) -> None:
    fake.start(AN)
    fake.start(AN, "MC-7KQM-2P45")
    fake.edit(fake.say(AN, "lệ phí hộ chiếu?"), "lệ phí căn cước?")
    fake.location(AN, 10.77642, 106.70091)
    for act in (fake.sticker, fake.voice, fake.photo, fake.video, fake.document, fake.contact):
        act(AN)
    fake.group_say(GROUP, BINH, "không nói với máy")
    fake.group_say(GROUP, BINH, "phí kết hôn?", mentions_bot=True)
    await until(lambda: len(intake.taken) == 12)
    assert [(m.kind, m.text) for m in intake.taken[:5]] == [
        (Kind.ACT, "greet"), (Kind.TICKET, "MC-7KQM-2P45"),
        (Kind.TEXT, "lệ phí hộ chiếu?"), (Kind.TEXT, "lệ phí căn cước?"),
        (Kind.LOCATION, "10.776,106.701"),
    ]  # fmt: skip
    assert intake.kinds[5:11] == [Kind.STICKER, Kind.VOICE, Kind.PHOTO, Kind.VIDEO, Kind.FILE, Kind.CONTACT]
    assert {(m.channel, m.sender, m.reply_to) for m in intake.taken[:11]} == {("telegram", str(AN), str(AN))}
    asked = intake.taken[11]
    assert (asked.text, asked.sender, asked.reply_to) == ("phí kết hôn?", f"{GROUP}:{BINH}", str(GROUP))
    assert len({m.message_id for m in intake.taken}) == 12
    assert fake.calls("getFile") == []


async def test_an_update_is_confirmed_only_when_it_is_stored(fake: FakeTelegram, intake: RecordingIntake) -> None:
    fake.say(AN, "một")
    fake.say(AN, "hai")
    intake.fail = 3
    async with running(fake, intake):
        await until(lambda: intake.tries == 2)
        assert fake.pusher.waiting, "what is not stored stays with Telegram"
        await until(lambda: len(intake.taken) == 2)
    assert intake.texts == ["một", "hai"]
    assert intake.tries == 5
    assert [c.fields.get("offset") for c in fake.calls("getUpdates")][:4] == [None] * 4


async def test_what_a_killed_process_had_in_hand_comes_to_the_next_one(
    fake: FakeTelegram, intake: RecordingIntake
) -> None:
    fake.say(AN, "một")
    fake.say(AN, "hai")
    intake.is_stuck = True
    async with running(fake, intake):
        await until(lambda: intake.tries == 1)
    intake.is_stuck = False
    async with running(fake, intake):
        await until(lambda: len(intake.taken) == 2)
    assert intake.texts == ["một", "hai"]


async def test_what_was_stored_and_not_confirmed_comes_again_under_the_same_id(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake
) -> None:
    fake.repeat(fake.say(AN, "một"))
    await until(lambda: len(intake.taken) == 2)
    assert len({m.message_id for m in intake.taken}) == 1


async def test_polling_starts_by_deleting_a_webhook_left_behind(fake: FakeTelegram, intake: RecordingIntake) -> None:
    async with httpx.AsyncClient(trust_env=False) as http:
        await http.post(f"{fake.url}/bot{TOKEN}/setWebhook", json={"url": "http://127.0.0.1:9/gone"})
    fake.say(AN, "trong lúc chuyển")
    async with running(fake, intake):
        await until(lambda: intake.taken)
    assert intake.texts == ["trong lúc chuyển"]


async def test_two_pollers_wait_for_each_other_and_say_so_once(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(fake, intake):
        await until(lambda: sum(r.reason.startswith("Conflict") for r in fake.refused) >= 3)
    fake.say(AN, "vẫn nghe")
    await until(lambda: intake.taken)
    told = [r for r in caplog.records if "another process" in r.getMessage()]
    assert len(told) <= 2, "each of the two says it once"
    assert told


async def test_it_goes_on_by_itself_when_telegram_is_back(
    intake: RecordingIntake, caplog: pytest.LogCaptureFixture
) -> None:
    fake = FakeTelegram(rate_limits=False)
    channel = channel_of(fake, intake)
    await channel.start()
    with pytest.raises(TryAgain, match="not connected"):
        await channel.send(str(AN), Part("a"))
    with fake:
        fake.say(AN, "chào")
        await until(lambda: intake.taken)
        await channel.send(str(AN), Part("a"))
    await until(lambda: "no updates" in caplog.text)
    await channel.stop()
    assert "out of reach" in caplog.text
    assert TOKEN not in caplog.text


async def test_an_update_that_cannot_be_read_does_not_hold_back_the_others(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake, caplog: pytest.LogCaptureFixture
) -> None:
    fake.happen("broken", {"update_id": 770_000_000, "message": {"text": "số căn cước của tôi"}})
    fake.say(AN, "chào")
    await until(lambda: intake.texts == ["chào"])
    await until(lambda: not fake.pusher.waiting)
    assert "770000000" in caplog.text
    assert "căn cước" not in caplog.text


# Start


async def test_the_menu_is_set_and_only_what_is_used_is_asked_for(fake: FakeTelegram, channel: Telegram) -> None:
    await until(lambda: fake.calls("setMyCommands") and fake.calls("getUpdates"))
    [menu] = fake.calls("setMyCommands")
    assert [(c["command"], c["description"]) for c in menu.fields["commands"]] == list(MENU)
    [poll] = fake.calls("getUpdates")
    assert set(poll.fields["allowed_updates"]) == {"message", "edited_message", "callback_query", "my_chat_member"}


async def test_a_wrong_token_halts_and_is_told_to_nobody(
    fake: FakeTelegram, intake: RecordingIntake, caplog: pytest.LogCaptureFixture
) -> None:
    wrong = "7100000001:AAanotherToken"
    channel = channel_of(fake, intake, telegram_token=wrong)
    with pytest.raises(Halted, match="MOTCUA_TELEGRAM_TOKEN") as halted:
        await channel.start()
    assert wrong not in "".join(traceback.format_exception(halted.value)) + caplog.text
    with pytest.raises(Halted):  # the app tries it again
        await channel.start()


async def test_a_token_that_is_revoked_later_ends_the_polling(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake, caplog: pytest.LogCaptureFixture
) -> None:
    await until(lambda: fake.calls("getUpdates"))
    with fake.changed:
        fake.token = "7100000001:AArenewed"
    fake.say(AN, "chào")  # the poll that waits is answered; the next one is refused
    await until(lambda: "does not accept the token" in caplog.text)
    with pytest.raises(Halted):
        await channel.send(str(AN), Part("a"))


async def test_an_address_that_telegram_does_not_take_halts(fake: FakeTelegram, intake: RecordingIntake) -> None:
    with pytest.raises(Halted, match="MOTCUA_PUBLIC_URL"):
        await channel_of(fake, intake, public_url="motcua.example.vn").start()


async def test_neither_tokens_nor_words_are_logged(
    fake: FakeTelegram, intake: RecordingIntake, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    intake.fail = 1
    fake.say(AN, "số căn cước của tôi")
    async with running(fake, intake) as channel:
        await until(lambda: intake.taken)
        await channel.send(str(AN), Part("câu trả lời riêng"))
        fake.fail_next(1, error(400, "Bad Request: message is too long"))
        with pytest.raises(Refused):
            await channel.send(str(AN), Part("câu trả lời riêng"))
    assert "RuntimeError" in caplog.text, "what failed is told"
    for secret in (TOKEN, "căn cước", "câu trả lời", str(AN)):
        assert secret not in caplog.text


# Webhook


@asynccontextmanager
async def listening(fake: FakeTelegram, intake: RecordingIntake) -> AsyncIterator[Telegram]:
    """The channel's webhook on a port of its own, set at the fake."""
    port = free_port()
    channel = channel_of(fake, intake, public_url=f"http://127.0.0.1:{port}/")
    app = FastAPI()
    app.include_router(channel.routes())
    server = uvicorn.Server(uvicorn.Config(app, "127.0.0.1", port, lifespan="off", log_config=None, access_log=False))
    serving = asyncio.create_task(server.serve())
    await channel.start()
    try:
        yield channel
    finally:
        server.should_exit = True
        await serving
        await channel.stop()


async def test_updates_are_pushed_and_acknowledged_when_they_are_stored(
    fake: FakeTelegram, intake: RecordingIntake
) -> None:
    fake.say(AN, "trước khi bật")
    intake.fail = 2
    async with listening(fake, intake):
        fake.say(AN, "sau khi bật")
        await asyncio.to_thread(fake.wait_until_pushed)
    assert intake.texts == ["trước khi bật", "sau khi bật"]
    assert [status for _, status in fake.acknowledgements if status][-4:] == [500, 500, 200, 200]
    assert fake.secret == SECRET
    [webhook] = fake.calls("setWebhook")
    assert webhook.fields["url"].endswith("/webhooks/telegram")
    assert "//webhooks" not in webhook.fields["url"]
    assert set(webhook.fields["allowed_updates"]) == {"message", "edited_message", "callback_query", "my_chat_member"}
    assert fake.calls("getUpdates") == []
    assert fake.calls("deleteWebhook") == [], "what comes while the app is away waits at Telegram"


@asynccontextmanager
async def knocking(channel: Telegram) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(channel.routes())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=HERE) as http:
        yield http


SAID: dict[str, Any] = {
    "update_id": 900,
    "message": {
        "message_id": 5, "date": 1, "text": "chào", "chat": {"id": AN, "type": "private"},
        "from": {"id": AN, "is_bot": False, "first_name": "An"},
    },
}  # fmt: skip


@pytest.mark.parametrize("headers", [{}, {SECRET_HEADER: ""}, {SECRET_HEADER: "wrong"}, {SECRET_HEADER: SECRET + "x"}])
async def test_without_the_secret_nobody_is_heard(
    channel: Telegram, intake: RecordingIntake, headers: dict[str, str]
) -> None:
    async with knocking(channel) as http:
        assert (await http.post(PATH, json=SAID, headers=headers)).status_code == 403
        assert (await http.post(PATH, content=b"{", headers=headers)).status_code == 403
    assert intake.taken == []


async def test_with_the_secret_an_update_is_taken_also_while_polling(
    channel: Telegram, intake: RecordingIntake
) -> None:
    async with knocking(channel) as http:
        answer = await http.post(PATH, json=SAID, headers={SECRET_HEADER: SECRET})
    assert (answer.status_code, answer.json()) == (200, {})
    assert [(m.text, m.message_id) for m in intake.taken] == [("chào", "900")]


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "5", "null", "{}", '{"update_id": "x"}', '{"update_id": 1, "message": {"text": "số"}}']
)
async def test_what_is_no_update_is_refused(
    channel: Telegram, intake: RecordingIntake, body: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with knocking(channel) as http:
        answer = await http.post(PATH, content=body.encode(), headers={SECRET_HEADER: SECRET})
    assert answer.status_code == 400
    assert intake.taken == []
    assert "số" not in caplog.text


async def test_an_update_of_no_kind_we_use_is_acknowledged(channel: Telegram, intake: RecordingIntake) -> None:
    async with knocking(channel) as http:
        answer = await http.post(PATH, json={"update_id": 1, "purchase": 1}, headers={SECRET_HEADER: SECRET})
    assert answer.status_code == 200
    assert intake.taken == []


async def test_before_telegram_was_reached_updates_are_put_off(fake: FakeTelegram, intake: RecordingIntake) -> None:
    async with knocking(channel_of(fake, intake)) as http:
        assert (await http.post(PATH, json=SAID, headers={SECRET_HEADER: SECRET})).status_code == 503


async def test_an_empty_secret_opens_nothing(fake: FakeTelegram, intake: RecordingIntake) -> None:
    channel = Telegram(Settings(telegram_token=TOKEN), intake, secret="")  # type: ignore[arg-type]
    async with knocking(channel) as http:
        for headers in ({}, {SECRET_HEADER: ""}):
            assert (await http.post(PATH, json=SAID, headers=headers)).status_code == 403


# Sending


async def test_a_part_is_sent_with_choices_and_links(fake: FakeTelegram, channel: Telegram) -> None:
    fake.say(AN, "chào")
    buttons = (("Hộ chiếu", "mc:abcd2345"), ("Căn cước", "mc:abcd2346"))
    await channel.send(str(AN), Part("Phí <200.000> & hơn", buttons, (("Nguồn", "https://dichvucong.gov.vn/p/1"),)))
    [sent] = fake.wait_for(AN)
    assert sent.text == "Phí <200.000> & hơn"
    assert [(b.title, b.value) for b in sent.buttons] == list(buttons)
    assert [(b.title, b.value) for b in sent.links] == [("Nguồn", "https://dichvucong.gov.vn/p/1")]
    assert sent.raw["link_preview_options"] == {"is_disabled": True}


async def test_the_longest_text_passes_whatever_is_escaped_in_it(fake: FakeTelegram, channel: Telegram) -> None:
    fake.say(AN, "chào")
    await channel.send(str(AN), Part("<" * channel.limits.text))
    assert len(fake.wait_for(AN)[0].text) == 4096


@pytest.mark.parametrize(
    ("fault", "kind", "after"),
    [
        (too_many(3), TryAgain, 3.0),
        (BAD_GATEWAY, TryAgain, None),
        (error(500, "Internal Server Error"), TryAgain, None),
        (Answer(503, {}), TryAgain, None),
        (error(400, "Bad Request: message is too long"), Refused, None),
        (error(403, "Forbidden: bot was blocked by the user"), Unreachable, None),
        (error(401, "Unauthorized"), Halted, None),
    ],
    ids=lambda value: value.body.get("description", value.status) if isinstance(value, Answer) else "",
)
async def test_a_refusal_has_its_consequence_and_the_next_message_goes_through(
    fake: FakeTelegram, channel: Telegram, fault: Answer, kind: type[SendError], after: float | None
) -> None:
    fake.say(AN, "chào")
    fake.fail_next(1, fault)
    with pytest.raises(kind) as refused:
        await channel.send(str(AN), Part("a"))
    assert getattr(refused.value, "after", None) == after
    assert TOKEN not in "".join(traceback.format_exception(refused.value))
    await channel.send(str(AN), Part("b"))
    assert [m.text for m in fake.sent(AN)] == ["b"]


async def test_who_never_wrote_cannot_be_reached(channel: Telegram) -> None:
    with pytest.raises(Unreachable, match=r"[Cc]hat not found"):
        await channel.send(str(BINH), Part("a"))


async def test_blocking_is_known_at_once_and_so_is_coming_back(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake
) -> None:
    fake.start(AN)
    fake.block(AN)
    fake.unblock(AN)
    fake.group_say(GROUP, BINH, "chào")
    fake.block(GROUP)
    fake.say(AN, "hết")
    await until(lambda: "hết" in intake.texts)
    assert intake.presences == [("telegram", str(AN), False), ("telegram", str(AN), True)]


# Beside the answer


async def test_a_press_is_answered_and_taken(fake: FakeTelegram, channel: Telegram, intake: RecordingIntake) -> None:
    fake.say(AN, "chào")
    await channel.send(str(AN), Part("Việc nào?", (("Hộ chiếu", "mc:abcd2345"), ("Xem thêm", "mc:more"))))
    queries = [fake.press(AN, title) for title in ("Hộ chiếu", "Xem thêm")]
    await until(lambda: len(intake.taken) == 3 and len(fake.answered) == 2)
    assert sorted(fake.answered) == sorted(queries)
    assert [(m.kind, m.text, m.message_id) for m in intake.taken[1:]] == [
        (Kind.TEXT, "mc:abcd2345", f"cb:{queries[0]}"), (Kind.MORE, "mc:more", f"cb:{queries[1]}"),
    ]  # fmt: skip


async def test_a_press_too_old_to_be_answered_is_taken_all_the_same(
    fake: FakeTelegram, intake: RecordingIntake
) -> None:
    async with running(fake, intake) as channel:
        fake.say(AN, "chào")
        await channel.send(str(AN), Part("Việc nào?", (("Hộ chiếu", "mc:abcd2345"),)))
    fake.press(AN, "Hộ chiếu")
    fake.expire_queries()
    async with running(fake, intake):
        await until(lambda: "mc:abcd2345" in intake.texts and fake.calls("answerCallbackQuery"))
    assert fake.answered == []


async def test_typing_is_shown_to_a_person_and_not_in_a_group(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake
) -> None:
    fake.group_say(GROUP, AN, "phí?", mentions_bot=True)
    fake.say(AN, "lệ phí hộ chiếu?")
    await until(lambda: fake.calls("sendChatAction"))
    assert [(c.fields["chat_id"], c.fields["action"]) for c in fake.calls("sendChatAction")] == [(str(AN), "typing")]


async def test_the_place_is_offered_as_a_button_that_goes_away_again(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake
) -> None:
    fake.say(AN, "/tinh")
    [offer] = await asyncio.to_thread(fake.wait_for, AN)
    assert offer.text == OFFER_PLACE
    [[button]] = offer.raw["reply_markup"]["keyboard"]
    assert button["request_location"] is True
    fake.location(AN, 10.77642, 106.70091)
    thanks = (await asyncio.to_thread(fake.wait_for, AN, 2))[1]
    assert (thanks.text, thanks.raw["reply_markup"]) == (THANK_FOR_PLACE, {"remove_keyboard": True})
    assert [(m.kind, m.text) for m in intake.taken] == [
        (Kind.TEXT, "tôi ở tỉnh nào"), (Kind.LOCATION, "10.776,106.701"),
    ]  # fmt: skip


async def test_what_fails_beside_the_answer_does_no_harm(
    fake: FakeTelegram, channel: Telegram, intake: RecordingIntake
) -> None:
    fake.fail_next(1, BAD_GATEWAY)
    fake.say(AN, "/tinh")
    fake.say(AN, "chào")
    await until(lambda: intake.texts == ["tôi ở tỉnh nào", "chào"])
    await until(lambda: not fake.pusher.waiting)
    assert fake.sent(AN) == []


# In the app


def test_a_conversation_in_the_app(fake: FakeTelegram, start: Start) -> None:
    start(telegram_token=TOKEN, telegram_api=fake.url, gather_seconds=0)
    said = ["/start", *(f"/{name}" for name, _ in MENU if name != "tinh"), "chào", "đăng ký tạm trú"]
    for count, text in enumerate(said, 1):
        fake.say(AN, text)
        fake.wait_for(AN, count)
    fake.sticker(AN)
    answers = [m.text for m in fake.wait_for(AN, len(said) + 1)]
    assert say("greet") in answers[0]
    assert say("help") in answers[said.index("/help")]
    assert say("forget_confirm") in answers[said.index("/xoa")]
    assert say("got_sticker") in answers[-1]
    assert not [text for text in answers if say("error") in text]
    assert {m.user for m in fake.sent()} == {str(AN)}


def test_a_button_pressed_in_the_app_is_understood(fake: FakeTelegram, start: Start) -> None:
    start(telegram_token=TOKEN, telegram_api=fake.url, gather_seconds=0)
    fake.say(AN, "/xoa")
    [asked] = fake.wait_for(AN)
    fake.press(AN, asked.buttons[-1])  # keep it
    answer = fake.wait_for(AN, 2)[1].text
    assert say("error") not in answer
    assert say("old_button") not in answer


def test_a_message_that_comes_twice_is_answered_once(fake: FakeTelegram, start: Start) -> None:
    start(telegram_token=TOKEN, telegram_api=fake.url, gather_seconds=0)
    fake.repeat(fake.say(AN, "chào"))
    fake.say(AN, "/help")
    first, second = fake.wait_for(AN, 2)
    assert say("greet") in first.text
    assert say("help") in second.text
    fake.wait_until(lambda: not fake.pusher.waiting)
    assert len(fake.sent(AN)) == 2


def test_the_longest_update_is_taken_in_the_app(fake: FakeTelegram, start: Start) -> None:
    app = start(telegram_token=TOKEN, telegram_api=fake.url, telegram_secret=SECRET, public_url="http://127.0.0.1:9")
    fake.wait_until(lambda: bool(fake.calls("setMyCommands")))
    longest = SAID["message"] | {"text": "🙂" * 4096}  # Telegram escapes what is not ASCII
    update = SAID | {"message": longest | {"reply_to_message": longest}}
    body = json.dumps(update).encode()
    assert app.http.post(PATH, content=body, headers={SECRET_HEADER: SECRET}).status_code == 200
