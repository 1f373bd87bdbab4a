"""The Bot Platform over HTTP: a webhook or polling that loses nothing, and plain texts out."""

from __future__ import annotations

import dataclasses
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from bot.channels.kinds import Kind
from bot.channels.platform import Halted, Limits, Part, Refused, SendError, TryAgain, Unreachable
from bot.channels.zalo_bot import ZaloBot, read
from bot.settings import Settings
from tests.contract.conftest import Start
from tests.contract.listening import Listening, Recorder, listening
from tests.fakes.server import Answer, Refusal, Request
from tests.fakes.zalo_bot import TOKEN, FakeZaloBot, error

SECRET = "a secret of the webhook"
QUIET = Part("Chào anh/chị")
LOCKED = OperationalError("", {}, Exception("locked"))


@dataclasses.dataclass
class Running:
    fake: FakeZaloBot
    intake: Recorder
    server: Listening[ZaloBot]

    def post(self, body: bytes, secret: str | bytes | None = None) -> int:
        headers = {} if secret is None else {"X-Bot-Api-Secret-Token": secret}
        return httpx.post(self.server.url + "/webhooks/zalo-bot", content=body, headers=headers).status_code  # type: ignore[arg-type]

    def send(self, user: str, part: Part = QUIET) -> None:
        self.server.do(self.server.channel.send(user, part))

    def fails(self, expected: type[SendError], user: str = "lan", part: Part = QUIET) -> SendError:
        with pytest.raises(SendError) as problem:
            self.send(user, part)
        assert type(problem.value) is expected
        return problem.value


def settings_for(fake: FakeZaloBot, **changes: Any) -> Settings:
    return Settings(**{"zalo_bot_token": fake.token, "zalo_bot_api": fake.url} | changes)


@contextmanager
def running(
    fake: FakeZaloBot, *, has_webhook: bool = False, is_started: bool = True, **changes: Any
) -> Iterator[Running]:
    intake = Recorder()

    def make(url: str) -> ZaloBot:
        public = {"public_url": url + "/"} if has_webhook else {}
        return ZaloBot(settings_for(fake, **public | changes), intake, secret=SECRET)  # type: ignore[arg-type]

    with listening(make) as server:
        if is_started:
            server.do(server.channel.start())
        yield Running(fake, intake, server)


@pytest.fixture
def fake() -> Iterator[FakeZaloBot]:
    with FakeZaloBot(time_scale=0.001) as fake:
        yield fake


@pytest.fixture(scope="module")
def polling() -> Iterator[Running]:
    """One for all tests that use a user of their own."""
    with FakeZaloBot(time_scale=0.1) as fake, running(fake) as polling:
        yield polling


@pytest.fixture(scope="module")
def hooked() -> Iterator[Running]:
    with FakeZaloBot(time_scale=0.001) as fake, running(fake, has_webhook=True) as hooked:
        yield hooked


@pytest.fixture(params=["polling", "webhook"])
def either(request: pytest.FixtureRequest) -> Running:
    found: Running = request.getfixturevalue("polling" if request.param == "polling" else "hooked")
    return found


class TestHearing:
    def test_words_arrive(self, either: Running) -> None:
        message_id = either.fake.say("lan", "làm lại căn cước 🙂")
        (message,) = either.intake.wait_for("lan")
        assert (message.channel, message.kind, message.text) == ("zalo-bot", Kind.TEXT, "làm lại căn cước 🙂")
        assert (message.message_id, message.reply_to) == (message_id, "lan")

    @pytest.mark.parametrize(
        ("kind", "expected"),
        [("image", Kind.PHOTO), ("sticker", Kind.STICKER), ("voice", Kind.VOICE), ("unsupported", Kind.OTHER)],
    )
    def test_whatever_else_is_sent_arrives_as_what_it_is(self, either: Running, kind: str, expected: Kind) -> None:
        either.fake.send(f"user-{kind}", kind)
        (message,) = either.intake.wait_for(f"user-{kind}")
        assert (message.kind, message.text) == (expected, "")

    def test_whoever_has_written_sees_typing(self, either: Running) -> None:
        either.fake.say("mai", "chào")
        either.fake.wait_until(lambda: ("mai", "typing") in either.fake.actions)

    def test_typing_that_is_not_shown_is_no_harm(self, either: Running) -> None:
        either.fake.block("hoa")
        for text in ("một", "hai"):
            either.fake.say("hoa", text)
        assert [m.text for m in either.intake.wait_for("hoa", 2)] == ["một", "hai"]

    def test_what_could_not_be_stored_comes_again(self, either: Running) -> None:
        either.intake.faults.extend([LOCKED])
        either.fake.say("kien", "chào")
        assert [m.text for m in either.intake.wait_for("kien")] == ["chào"]


class TestPolling:
    def test_an_update_is_stored_before_the_next_is_asked_for(self, polling: Running) -> None:
        polling.intake.faults.extend([LOCKED, LOCKED])
        for number in range(3):
            polling.fake.say("thu", f"tin {number}")
        assert [m.text for m in polling.intake.wait_for("thu", 3)] == ["tin 0", "tin 1", "tin 2"]

    def test_a_message_that_nothing_can_store_does_not_hold_back_the_others(self, polling: Running) -> None:
        polling.intake.faults.append(ValueError("no such thing"))
        for text in ("không cất được", "cất được"):
            polling.fake.say("binh", text)
        assert [m.text for m in polling.intake.wait_for("binh")] == ["cất được"]

    @pytest.mark.parametrize("errors_in_200", [False, True])
    def test_an_idle_poll_is_followed_by_the_next(self, errors_in_200: bool) -> None:
        with FakeZaloBot(time_scale=0.1, errors_in_200=errors_in_200) as fake, running(fake) as polling:
            fake.wait_until(lambda: len([r for r in fake.refused if r.reason.startswith("408")]) >= 1)
            fake.say("lan", "chào")
            polling.intake.wait_for("lan")

    def test_a_server_that_does_not_wait_is_not_asked_without_end(self, fake: FakeZaloBot) -> None:
        with running(fake):  # its polls end after 0.005 s
            time.sleep(0.5)
            assert 1 <= len(fake.refused) <= 3

    def test_what_is_written_while_it_stops_is_not_lost(self) -> None:
        with FakeZaloBot(time_scale=0.1) as fake, running(fake) as polling:
            fake.say("lan", "một")
            polling.intake.wait_for("lan")  # so that the next poll is on its way
            time.sleep(0.1)
            stopping = threading.Thread(target=lambda: polling.server.do(polling.server.channel.stop()))
            stopping.start()
            time.sleep(0.05)
            fake.say("lan", "hai")
            stopping.join(5)
            time.sleep(0.5)  # a poll that was left behind would take it now
            assert len(polling.intake.of("lan")) + len(fake.pusher.waiting) == 2

    def test_a_webhook_left_behind_is_removed(self, fake: FakeZaloBot) -> None:
        fake.deliver_to("http://127.0.0.1:9/")
        with running(fake) as polling:
            fake.say("lan", "chào")
            polling.intake.wait_for("lan")

    def test_polling_goes_on_after_the_platform_was_away(self) -> None:
        with Shaky() as fake, running(fake) as polling:
            fake.is_down = True
            fake.wait_until(lambda: any(r.reason == "down" for r in fake.refused))
            fake.is_down = False
            fake.say("lan", "chào")
            polling.intake.wait_for("lan")

    def test_a_webhook_set_meanwhile_is_removed_again(self) -> None:
        with FakeZaloBot(time_scale=0.1) as fake, running(fake) as polling:
            fake.deliver_to("http://127.0.0.1:9/")
            fake.wait_until(lambda: fake.pusher.target is None)
            fake.say("lan", "chào")
            polling.intake.wait_for("lan")


class Shaky(FakeZaloBot):
    """Answers nothing but 503 while it is down."""

    def __init__(self, *, is_down: bool = False) -> None:
        super().__init__(time_scale=0.01)
        self.is_down = is_down

    def answer(self, request: Request) -> Answer:
        if self.is_down:
            raise Refusal(error(503), "down")
        return super().answer(request)


class TestWebhook:
    def test_the_platform_is_told_the_address_and_the_secret(self, hooked: Running) -> None:
        assert hooked.fake.pusher.target == hooked.server.url + "/webhooks/zalo-bot"
        assert hooked.fake.secret_token == SECRET

    def test_without_the_secret_nothing_is_taken(self, hooked: Running) -> None:
        update = b'{"ok":true,"result":{"event_name":"message.text.received","message":{"from":{"id":"forged"},'
        update += b'"chat":{"id":"forged"},"text":"x","message_id":"1"}}}'
        assert hooked.post(update) == 403
        for secret in ("", "wrong", SECRET[:-1], SECRET + "x", "bí mật".encode()):
            assert hooked.post(update, secret=secret) == 403
        assert hooked.intake.of("forged") == []
        assert hooked.post(update, secret=SECRET) == 200
        assert len(hooked.intake.of("forged")) == 1

    @pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 60_000])
    def test_what_is_no_update_is_refused(self, hooked: Running, body: bytes) -> None:
        assert hooked.post(body, secret=SECRET) == 400

    @pytest.mark.parametrize("body", [b"{}", b'{"ok":true}', b'{"ok":true,"result":{"event_name":"bot.added"}}'])
    def test_what_is_no_message_is_acknowledged(self, hooked: Running, body: bytes) -> None:
        assert hooked.post(body, secret=SECRET) == 200

    def test_a_repeat_has_the_same_id_for_the_inbox_to_know_it_by(self, hooked: Running) -> None:
        hooked.fake.repeat(hooked.fake.say("lap", "chào"))
        assert len({m.message_id for m in hooked.intake.wait_for("lap", 2)}) == 1


class TestSending:
    @pytest.fixture
    def lan(self, hooked: Running) -> Running:
        hooked.fake.say("lan", "chào")
        hooked.intake.wait_for("lan")
        return hooked

    def test_there_is_room_for_text_only(self) -> None:
        assert ZaloBot.limits == Limits(text=2000, buttons=0, title=0)

    def test_a_text_arrives(self, lan: Running) -> None:
        lan.send("lan", Part("1. Có rồi\n2. Chưa có\n\nAnh/chị trả lời bằng số nhé."))
        assert lan.fake.sent("lan")[-1].text == "1. Có rồi\n2. Chưa có\n\nAnh/chị trả lời bằng số nhé."

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            (400, Refused), (401, Halted), (403, Unreachable), (404, Halted), (408, TryAgain), (429, TryAgain),
            (500, TryAgain), (503, TryAgain),
        ],
    )  # fmt: skip
    def test_each_error_has_its_meaning_in_the_status_or_in_the_body(
        self, lan: Running, code: int, expected: type[SendError]
    ) -> None:
        body = {"ok": False, "error_code": code, "description": "no"}
        for fault in (Answer(code, body), Answer(200, body), Answer(200, body | {"error_code": str(code)})):
            lan.fake.fail_next(1, fault)
            assert str(lan.fails(expected)) == f"sendMessage: Zalo error {code}: no"

    @pytest.mark.parametrize("answer", [Answer(200, {}), Answer(200, {"ok": False}), Answer(502, {"ok": "?"})])
    def test_an_answer_that_is_none_may_go_through_later(self, lan: Running, answer: Answer) -> None:
        lan.fake.fail_next(1, answer)
        lan.fails(TryAgain)

    def test_a_rate_limit_says_when_to_come_back(self, lan: Running) -> None:
        lan.fake.fail_next(1, dataclasses.replace(error(429), headers={"Retry-After": "9"}))
        problem = lan.fails(TryAgain)
        assert isinstance(problem, TryAgain)
        assert problem.after == 9

    def test_who_has_never_written_or_has_blocked_us_is_unreachable(self, lan: Running) -> None:
        lan.fails(Unreachable, user="nobody")
        lan.fake.block("lan")
        lan.fails(Unreachable)
        lan.fake.unblock("lan")

    def test_a_text_that_is_too_long_is_a_dead_letter(self, lan: Running) -> None:
        lan.fails(Refused, part=Part("x" * 2001))


class TestStarting:
    def test_a_wrong_token_is_told_without_telling_it(self, fake: FakeZaloBot) -> None:
        with running(fake, is_started=False, zalo_bot_token="1:wrong-token") as bot:
            with pytest.raises(Halted, match="MOTCUA_ZALO_BOT_TOKEN") as problem:
                bot.server.do(bot.server.channel.start())
            assert "wrong-token" not in str(problem.value)
            assert problem.value.__cause__ is None

    def test_a_webhook_that_is_refused_is_told(self, fake: FakeZaloBot) -> None:
        with (
            running(fake, is_started=False, public_url="ftp://motcua.example") as bot,
            pytest.raises(Halted, match="MOTCUA_PUBLIC_URL"),
        ):
            bot.server.do(bot.server.channel.start())

    @pytest.mark.parametrize("has_webhook", [False, True])
    def test_without_an_answer_it_starts_and_connects_later(self, has_webhook: bool) -> None:
        with Shaky(is_down=True) as fake, running(fake, has_webhook=has_webhook) as bot:
            fake.is_down = False
            fake.say("lan", "chào")
            bot.intake.wait_for("lan")

    async def test_an_address_that_is_none_is_no_crash(self) -> None:
        settings = Settings(zalo_bot_token=TOKEN, zalo_bot_api="http://[bad")  # type: ignore[arg-type]
        bot = ZaloBot(settings, Recorder(), secret=SECRET)  # type: ignore[arg-type]
        await bot.start()
        await bot.stop()
        with pytest.raises(Halted, match="not started"):
            await bot.send("lan", QUIET)

    def test_no_words_ids_or_tokens_are_logged(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        with Shaky() as fake, running(fake) as bot:
            fake.say("id-of-tam", "bệnh của tôi")
            bot.intake.wait_for("id-of-tam")
            bot.send("id-of-tam")
            bot.intake.faults.extend([LOCKED, ValueError("x")])
            fake.say("id-of-tam", "đơn")
            fake.is_down = True
            fake.wait_until(lambda: any(r.reason == "down" for r in fake.refused))
        assert "zalo bot" in caplog.text
        assert [w for w in ("id-of-tam", "bệnh", "đơn", TOKEN, SECRET, QUIET.text) if w in caplog.text] == []


def update(name: str = "message.text.received", **changes: Any) -> dict[str, Any]:
    message = {
        "from": {"id": "7", "display_name": "Lan", "is_bot": False},
        "chat": {"id": "8", "chat_type": "PRIVATE"},
        "text": "chào",
        "message_id": "m1",
    }
    return {"event_name": name, "message": message | changes}


class TestReading:
    def test_a_message_is_answered_in_its_chat(self) -> None:
        message = read(update())
        assert message is not None
        assert (message.sender, message.reply_to, message.text) == ("7", "8", "chào")

    @pytest.mark.parametrize(
        "changes",
        [
            {"chat": {"id": "8", "chat_type": "GROUP"}},
            {"from": {"id": "7", "is_bot": True}},
            {"from": {}}, {"from": None}, {"chat": []}, {"message_id": None}, {"message_id": ""},
        ],
    )  # fmt: skip
    def test_groups_other_bots_and_nobody_are_ignored(self, changes: dict[str, Any]) -> None:
        assert read(update(**changes)) is None

    @pytest.mark.parametrize("found", [None, [], "x", {}, {"event_name": "message.text.received"}, update("bot.added")])
    def test_what_is_no_message_is_ignored(self, found: Any) -> None:
        assert read(found) is None

    def test_a_kind_not_known_yet_is_something(self) -> None:
        message = read(update("message.hologram.received"))
        assert message is not None
        assert (message.kind, message.text) == (Kind.OTHER, "")

    def test_words_that_are_none_are_for_the_intake_to_answer(self) -> None:
        message = read(update(text=None))
        assert message is not None
        assert (message.kind, message.text) == (Kind.TEXT, "")

    def test_half_a_surrogate_pair_reaches_no_database(self) -> None:
        message = read(update(text="chào \ud83d"))
        assert message is not None
        assert message.text == "chào ?"


class TestTheWholeApp:
    @pytest.fixture
    def app(self, start: Start) -> Iterator[FakeZaloBot]:
        with FakeZaloBot(time_scale=0.1) as fake:
            given = settings_for(fake).model_dump(include={"zalo_bot_token", "zalo_bot_api"})
            start(**given, gather_seconds=0)
            yield fake

    def test_a_choice_is_a_numbered_list_and_two_chooses_the_second(self, app: FakeZaloBot) -> None:
        app.say("lan", "khai báo nuôi ong")
        app.wait_for("lan", 1)
        app.say("lan", "Chuẩn bị từng giấy tờ")
        question = app.wait_for("lan", 2)[-1].text
        assert "\n2. " in question
        app.say("lan", "2")
        assert "/2" in app.wait_for("lan", 3)[-1].text  # the case with two papers
        assert [r for r in app.refused if not r.reason.startswith("408")] == []

    def test_a_voice_message_is_answered(self, app: FakeZaloBot) -> None:
        app.send("lan", "voice")
        assert app.wait_for("lan", 1)[0].text
