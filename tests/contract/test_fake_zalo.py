"""Both fakes of Zalo keep Zalo's rules, as a client and a webhook see them over HTTP."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from tests.fakes import zalo_bot, zalo_oa
from tests.fakes.server import Answer, Button
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FILES, IMAGES, MESSAGES, QUOTA, TOKENS, FakeZaloOA, Tokens

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
FAST = 0.00001  # of the retry schedule


class Webhook:
    """Keeps what is posted to it. Answers `statuses` first, then 200; `delay` seconds late."""

    def __init__(self) -> None:
        self.got: list[tuple[bytes, dict[str, str]]] = []
        self.statuses: list[int] = []
        self.delay = 0.0
        self.changed = threading.Condition()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with hook.changed:
                    hook.got.append((body, {name.lower(): value for name, value in self.headers.items()}))
                    status = hook.statuses.pop(0) if hook.statuses else 200
                    hook.changed.notify_all()
                time.sleep(hook.delay)
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook"

    def wait_for(self, count: int) -> list[tuple[bytes, dict[str, str]]]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.got) >= count, 5), f"{len(self.got)} of {count} events"
            return list(self.got)

    def events(self, count: int) -> list[dict[str, Any]]:
        return [json.loads(body) for body, _ in self.wait_for(count)]


@pytest.fixture
def hook() -> Iterator[Webhook]:
    hook = Webhook()
    threading.Thread(target=hook.server.serve_forever, args=(0.02,), daemon=True).start()
    yield hook
    hook.server.shutdown()
    hook.server.server_close()


class Api:
    """What the assistant would do, by hand."""

    def __init__(self, fake: FakeZaloOA) -> None:
        self.fake = fake
        self.http = httpx.Client(base_url=fake.url, timeout=5, trust_env=False, verify=False)  # noqa: S501

    def post(self, path: str, token: str = "", **request: Any) -> dict[str, Any]:
        response = self.http.post(path, headers={"access_token": token or self.fake.tokens.access}, **request)
        assert response.status_code == 200
        return dict(response.json())

    def message(self, message: dict[str, Any], user: Any = "lan") -> int:
        return int(self.post(MESSAGES, json={"recipient": {"user_id": user}, "message": message})["error"])

    def say(self, text: str = "chào", user: str = "lan") -> int:
        return self.message({"text": text}, user)

    def buttons(self, *buttons: dict[str, Any], text: str = "chọn") -> int:
        payload = {"buttons": list(buttons)}
        return self.message({"text": text, "attachment": {"type": "template", "payload": payload}})

    def grant(self, *, secret: str = zalo_oa.APP_SECRET, **fields: str) -> dict[str, Any]:
        form = {"app_id": self.fake.app_id} | fields
        response = self.http.post(TOKENS, data=form, headers={"secret_key": secret})
        assert response.status_code == 200
        return dict(response.json())

    def refresh(self, token: str) -> dict[str, Any]:
        return self.grant(grant_type="refresh_token", refresh_token=token)


@contextmanager
def oa(**settings: Any) -> Iterator[tuple[FakeZaloOA, Api]]:
    with FakeZaloOA(**settings) as fake:
        yield fake, Api(fake)


@pytest.fixture(scope="module")
def generous() -> Iterator[tuple[FakeZaloOA, Api]]:
    """One for all tests that only send to lan, who has written."""
    with oa(free_replies=1000) as (fake, api):
        fake.say("lan", "chào")
        yield fake, api


QUERY = {"title": "Lệ phí", "type": "oa.query.show", "payload": "#p1"}
LINK = {"title": "Nộp", "type": "oa.open.url", "payload": {"url": "https://dichvu.example/1"}}
PHONE = {"title": "Gọi", "type": "oa.open.phone", "payload": {"phone_code": "84243123456"}}


# Official Account: events


def test_an_event_is_signed_over_its_bytes_and_has_zalos_shape(hook: Webhook) -> None:
    with oa() as (fake, _):
        fake.deliver_to(hook.url)
        message_id = fake.say("lan", "Làm căn cước ở đâu?")
        ((body, headers),) = hook.wait_for(1)
        event = json.loads(body)
        fake.wait_until_pushed()
        ((seconds, status),) = fake.acknowledgements

    signed = fake.app_id.encode() + body + event["timestamp"].encode() + b"oa-secret"
    assert headers["x-zevent-signature"] == f"mac={hashlib.sha256(signed).hexdigest()}"
    assert "num_retry" not in headers
    assert event["event_name"] == "user_send_text"
    assert (event["sender"], event["recipient"]) == ({"id": "lan"}, {"id": fake.oa_id})
    assert event["message"] == {"text": "Làm căn cước ở đâu?", "msg_id": message_id}
    assert "Làm căn cước".encode() in body
    assert (seconds < 1, status) == (True, 200)


def test_a_repeat_is_the_same_bytes_again(hook: Webhook) -> None:
    with oa() as (fake, _):
        fake.deliver_to(hook.url)
        fake.repeat(fake.say("lan", "chào"))
        first, second = hook.wait_for(2)
    assert first[0] == second[0]


def test_a_refused_event_comes_again_with_its_count(hook: Webhook) -> None:
    hook.statuses = [500, 503]
    with oa(time_scale=FAST) as (fake, _):
        fake.deliver_to(hook.url)
        fake.say("lan", "chào")
        bodies, headers = zip(*hook.wait_for(3), strict=True)
        fake.wait_until_pushed()
    assert [h.get("num_retry") for h in headers] == [None, "1", "2"]
    assert len(set(bodies)) == 1
    assert [status for _, status in fake.acknowledgements] == [500, 503, 200]


def test_a_failing_event_does_not_hold_back_the_next(hook: Webhook) -> None:
    hook.statuses = [500]
    with oa(time_scale=0.005) as (fake, _):
        fake.deliver_to(hook.url)
        fake.say("lan", "một")
        fake.say("lan", "hai")
        texts = [e["message"]["text"] for e in hook.events(3)]
    assert texts == ["một", "hai", "một"]


def test_after_the_last_retry_the_app_is_unsubscribed_until_it_subscribes_again(hook: Webhook) -> None:
    hook.statuses = [500] * 6
    with oa(time_scale=FAST) as (fake, _):
        fake.deliver_to(hook.url)
        fake.say("lan", "một")
        fake.wait_until(lambda: fake.unsubscribed)
        fake.say("lan", "hai")
        time.sleep(0.05)
        assert len(hook.got) == 6
        fake.deliver_to(hook.url)
        fake.say("lan", "ba")
        texts = [e["message"]["text"] for e in hook.events(7)]
    assert texts == ["một"] * 6 + ["ba"]
    assert [json.loads(e.body)["message"]["text"] for e in fake.undelivered] == ["một", "hai"]


def test_an_answer_after_two_seconds_is_none(hook: Webhook) -> None:
    hook.delay = 2.3
    with oa(time_scale=FAST) as (fake, _):
        fake.deliver_to(hook.url)
        fake.say("lan", "chào")
        hook.wait_for(1)
        hook.delay = 0
        (_, again) = hook.wait_for(2)
        fake.wait_until_pushed()
    assert again[1]["num_retry"] == "1"
    assert [status for _, status in fake.acknowledgements] == [0, 200]


def test_neighbouring_events_may_come_in_the_other_order(hook: Webhook) -> None:
    with oa(out_of_order=True) as (fake, _):
        fake.deliver_to(hook.url)
        for text in ("một", "hai", "ba", "bốn"):
            fake.say("lan", text)
        texts = [e["message"]["text"] for e in hook.events(4)]
    assert texts == ["hai", "bốn", "một", "ba"]


def test_the_console_probes_unsigned_and_a_forger_signs_wrongly(hook: Webhook) -> None:
    hook.statuses = [200, 403, 401]
    with oa() as (fake, _):
        fake.deliver_to(hook.url)
        assert fake.probe() == 200
        assert fake.forge({"event_name": "follow", "timestamp": "1"}, "00ff") == 403
        assert fake.forge(b"{}") == 401
    (probe, wrong, absent) = hook.wait_for(3)
    assert (probe[0], "x-zevent-signature" in probe[1]) == (b"{}", False)
    assert wrong[1]["x-zevent-signature"] == "mac=00ff"
    assert "x-zevent-signature" not in absent[1]


KINDS = ("image", "gif", "link", "audio", "video", "sticker", "location", "business_card", "file")


def test_everything_else_a_user_can_do_has_its_event(hook: Webhook) -> None:
    with oa() as (fake, _):
        fake.deliver_to(hook.url)
        for kind in KINDS:
            fake.send("lan", kind)
        fake.location("lan", 21.03, 105.85)
        fake.follow("lan")
        fake.unfollow("lan")
        fake.submit_info("lan", "Lan", "84900000000", {"city": "Hà Nội"})
        fake.submit_info("lan", "Lan", "84900000000", "1 Tràng Tiền")
        fake.withdraw("lan")
        fake.say_anonymously("khach", "chào", "c-7")
        fake.event("user_reacted_message", sender={"id": "lan"}, message={"msg_id": "m1", "react_icon": "/-heart"})
        events = hook.events(len(KINDS) + 8)

    sent, (at, follow, unfollow, info, old, withdrawal, anonymous, reaction) = (
        events[: len(KINDS)],
        events[len(KINDS) :],
    )
    assert [e["event_name"] for e in sent] == [f"user_send_{kind}" for kind in KINDS]
    assert all(e["message"]["attachments"][0]["payload"] and e["message"]["msg_id"] for e in sent)
    coordinates = at["message"]["attachments"][0]["payload"]["coordinates"]
    assert coordinates == {"latitude": "21.03", "longitude": "105.85"}
    assert (follow["event_name"], follow["follower"]) == ("follow", {"id": "lan"})
    assert (unfollow["event_name"], unfollow["follower"]) == ("unfollow", {"id": "lan"})
    assert info["info"] == {"name": "Lan", "phone": "84900000000", "full_address": {"city": "Hà Nội"}}
    assert old["info"]["address"] == "1 Tràng Tiền"
    assert (withdrawal["event_name"], withdrawal["user_id"]) == ("user_withdraw", "lan")
    assert anonymous["message"]["conversation_id"] == "c-7"
    assert reaction["message"]["react_icon"] == "/-heart"


def test_a_colleagues_answer_has_an_admin_id_and_the_assistants_echo_has_none(hook: Webhook) -> None:
    with oa(echoes=True) as (fake, api):
        fake.say("lan", "chào")
        assert api.say("xin chào") == 0
        fake.admin_reply("lan", "tôi đây")
        fake.see("lan")
        fake.deliver_to(hook.url)
        _, echo, reply, seen = hook.events(4)
    assert (echo["event_name"], echo["sender"]) == ("oa_send_text", {"id": fake.oa_id})
    assert (reply["event_name"], reply["sender"]["admin_id"]) == ("oa_send_text", "admin-1")
    assert seen["message"]["msg_ids"] == [fake.sent("lan")[0].id] == [echo["message"]["msg_id"]]


# Official Account: tokens


def test_a_refresh_token_is_good_once_and_ends_both_old_tokens() -> None:
    with oa() as (fake, api):
        fake.say("lan", "chào")
        old = fake.tokens
        new = api.refresh(old.refresh)
        assert fake.tokens == Tokens(new["access_token"], new["refresh_token"])
        assert new["expires_in"] == "90000"
        again = api.refresh(old.refresh)
        assert again["error"] == -14014
        assert "access_token" not in again
        assert api.post(QUOTA, old.access, json={"user_id": "lan"})["error"] == -216
        assert api.say() == 0
        assert fake.refreshes == 1
        assert [r.reason[:6] for r in fake.refused] == ["-14014", "-216: "]


def test_tokens_end_by_the_clock() -> None:
    with oa(access_lifetime=3600) as (fake, api):
        fake.say("lan", "chào")
        fake.advance(1.1)
        assert api.say() == -220
        assert api.refresh(fake.tokens.refresh)["expires_in"] == "3600"
        assert api.say() == 0
        fake.expire_access()
        assert api.say() == -220
        fake.advance(91 * 24)
        assert api.refresh(fake.tokens.refresh)["error"] == -14014


def test_a_consent_is_exchanged_once_with_its_verifier() -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    with oa() as (fake, api):
        ask = {"grant_type": "authorization_code", "code_verifier": verifier}
        code = fake.consent(challenge)
        assert api.grant(code=code, **ask)["access_token"] == fake.tokens.access
        assert api.grant(code=code, **ask)["error"] < 0
        assert api.grant(code=fake.consent("another"), **ask)["error"] < 0
        assert api.grant(code=fake.consent(), secret="wrong", **ask)["error"] < 0
        form = {"grant_type": "refresh_token", "refresh_token": fake.tokens.refresh, "app_id": fake.app_id}
        in_json = api.http.post(TOKENS, json=form, headers={"secret_key": "app-secret"})
        assert in_json.json()["error"] < 0
        assert fake.refreshes == 0


def test_of_two_refreshes_at_once_one_wins() -> None:
    with oa(refresh_delay=0.1) as (fake, api), ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(api.refresh, [fake.tokens.refresh] * 2))
    assert sorted("access_token" in a for a in answers) == [False, True]


# Official Account: sending


def test_an_accepted_message_is_recorded_with_its_buttons_and_a_press_comes_back_as_text(hook: Webhook) -> None:
    with oa() as (fake, api):
        fake.deliver_to(hook.url)
        fake.say("lan", "chào")
        assert api.buttons(QUERY, LINK, PHONE) == 0
        (message,) = fake.wait_for("lan")
        assert (message.user, message.text) == ("lan", "chọn")
        assert message.buttons == (Button("Lệ phí", "#p1"),)
        assert message.links == (Button("Nộp", "https://dichvu.example/1"), Button("Gọi", "tel:84243123456"))
        fake.press("lan", "Lệ phí")
        fake.press("lan", message.buttons[0])
        pressed = hook.events(3)[1:]
        with pytest.raises(AssertionError, match="no button"):
            fake.press("lan", "Nộp")
        assert fake.sent("minh") == []
    assert [(e["event_name"], e["message"]["text"]) for e in pressed] == [("user_send_text", "#p1")] * 2


def test_a_text_has_1_to_2000_characters_in_nfc(generous: tuple[FakeZaloOA, Api]) -> None:
    _, api = generous
    nfd = "ca\u0306n cu\u031bo\u031b\u0301c"
    bad: list[Any] = ["", "  ", "x" * 2001, nfd, 7, None]
    assert [api.message({"text": text}) for text in bad] == [-201] * len(bad)
    assert api.say("ế" * 2000) == 0


def test_buttons_have_limits_types_and_shapes(generous: tuple[FakeZaloOA, Api]) -> None:
    bad: list[list[dict[str, Any]]] = [
        [],
        [QUERY] * 6,
        [QUERY | {"title": ""}],
        [QUERY | {"title": "x" * 101}],
        [QUERY | {"payload": "x" * 1001}],
        [QUERY | {"payload": {"text": "#p1"}}],
        [QUERY | {"type": "oa.query"}],
        [LINK | {"payload": "https://dichvu.example/1"}],
        [LINK | {"payload": {"url": "zalo://dichvu"}}],
        [PHONE | {"payload": {"phone_code": "+84 243"}}],
    ]
    fake, api = generous
    refused = len(fake.refused)
    assert [api.buttons(*buttons) for buttons in bad] == [-201] * len(bad)
    assert len(fake.refused) == refused + len(bad)
    assert api.buttons(QUERY, text="") == -201
    assert api.buttons(*[QUERY | {"title": "x" * 100, "payload": "x" * 1000, "type": "oa.query.hide"}] * 5) == 0
    assert api.buttons(LINK | {"payload": {"url": "http://127.0.0.1/1"}}) == 0


def test_pictures_files_and_the_question_for_contact_data(generous: tuple[FakeZaloOA, Api]) -> None:
    _, api = generous
    image = api.post(IMAGES, files={"file": ("a.png", PNG)})["data"]["attachment_id"]
    token = api.post(FILES, files={"file": ("đơn.pdf", b"%PDF")})["data"]["token"]
    wrong = [
        (IMAGES, ("a.gif", b"GIF89a")), (IMAGES, ("a.png", PNG + b"\0" * 1024 * 1024)), (FILES, ("a.exe", b"MZ")),
        (FILES, ("a.pdf", b"\0" * (5 * 1024 * 1024 + 1))),
    ]  # fmt: skip
    assert [api.post(path, files={"file": file})["error"] for path, file in wrong] == [-201] * 4

    def template(kind: str, *elements: dict[str, Any]) -> int:
        payload = {"template_type": kind, "elements": list(elements)}
        return api.message({"attachment": {"type": "template", "payload": payload}})

    ask = {"title": "Liên hệ", "subtitle": "Để gọi lại", "image_url": "https://dichvu.example/a.png"}
    known = {"media_type": "image", "attachment_id": image}
    assert template("media", known) == 0
    assert template("media", {"media_type": "image", "url": "https://dichvu.example/a.png"}) == 0
    assert template("media", known | {"attachment_id": "unknown"}) == -201
    assert template("media", known, known) == -201
    assert template("request_user_info", ask) == 0
    assert template("request_user_info", ask | {"title": "x" * 101}) == -201
    assert template("list", ask) == -201
    assert api.message({"attachment": {"type": "file", "payload": {"token": token}}}) == 0
    assert api.message({"attachment": {"type": "file", "payload": {"token": "unknown"}}}) == -201
    assert api.message({}) == -201


def test_only_who_follows_or_has_written_can_be_reached() -> None:
    with oa() as (fake, api):
        assert api.say() == -213
        fake.follow("lan")
        assert api.say() == 0
        fake.unfollow("lan")
        assert api.say() == -213
        fake.say("lan", "chào")
        assert api.say() == 0
        fake.block("lan")
        assert api.say() == -217
        fake.unblock("lan")
        assert api.message({"text": "chào"}, user=7) == -201
        fake.say_anonymously("khach", "chào")
        assert api.say(user="khach") == -213


def test_eight_replies_are_free_within_48_hours_then_quota_counts_and_after_7_days_nothing_goes() -> None:
    def left() -> tuple[int, int]:
        reply = api.post(QUOTA, json={"user_id": "lan"})["data"]["cs_reply"]
        return reply["remain"], reply["total"]

    with oa(paid_quota=2, access_lifetime=30 * 24 * 3600) as (fake, api):
        fake.say("lan", "chào")
        assert [api.say() for _ in range(8)] == [0] * 8
        assert left() == (0, 8)
        assert api.say() == 0
        assert fake.paid_quota == 1
        fake.say("lan", "nữa")
        assert left() == (8, 8)
        fake.advance(49)
        assert left() == (0, 8)
        assert api.say() == 0
        assert api.say() == -211
        fake.advance(6 * 24)
        assert api.say() == -230
        fake.say("lan", "lại")
        assert api.say() == 0


def test_tokens_and_the_rate_are_checked_with_what_is_left_in_the_headers() -> None:
    with oa(per_minute=2) as (fake, api):
        fake.say("lan", "chào")
        assert api.post(MESSAGES, "wrong", json={})["error"] == -216
        body = {"recipient": {"user_id": "lan"}, "message": {"text": "chào"}}
        responses = [api.http.post(MESSAGES, json=body, headers={"access_token": fake.tokens.access}) for _ in range(3)]
        assert [r.json()["error"] for r in responses] == [0, 0, -32]
        assert [r.headers["X-RateLimit-Remain"] for r in responses] == ["1", "0", "0"]
        assert responses[0].headers["X-RateLimit-Limit"] == "2"
        fake.advance(1 / 60)
        assert api.say() == 0
        assert api.post("/v3.0/oa/message/promotion", json={})["error"] == 404
    with oa(per_minute=1, rate_limits=False) as (fake, api):
        fake.say("lan", "chào")
        assert [api.say() for _ in range(3)] == [0, 0, 0]


def test_sends_fail_or_hang_when_told_to() -> None:
    with oa() as (fake, api):
        fake.say("lan", "chào")
        fake.fail_next(1, zalo_oa.error(-32))
        fake.fail_next(1, Answer(502, {}))
        assert api.say() == -32
        body = {"recipient": {"user_id": "lan"}, "message": {"text": "chào"}}
        headers = {"access_token": fake.tokens.access}
        assert api.http.post(MESSAGES, json=body, headers=headers).status_code == 502
        fake.hang_next(1, 0.3)
        with pytest.raises(httpx.ReadTimeout):
            api.http.post(MESSAGES, json=body, headers=headers, timeout=0.1)
        assert len(fake.wait_for("lan")) == 1
        with pytest.raises(AssertionError, match="1 of 2 messages to lan"):
            fake.wait_for("lan", 2, timeout=0.05)


# Bot Platform


@contextmanager
def bot(**settings: Any) -> Iterator[tuple[FakeZaloBot, httpx.Client]]:
    with FakeZaloBot(**settings) as fake:
        url = f"{fake.url}/bot{fake.token}/"
        with httpx.Client(base_url=url, timeout=5, trust_env=False, verify=False) as http:  # noqa: S501
            yield fake, http


def code(http: httpx.Client, method: str, **fields: Any) -> int:
    """0, or the error code, which is the status too."""
    response = http.post(method, json=fields)
    body = response.json()
    assert body["ok"] is (response.status_code == 200)
    return 0 if body["ok"] else int(body["error_code"])


def test_a_poll_takes_one_update_and_an_idle_one_ends_in_408() -> None:
    with bot(time_scale=0.001) as (fake, http):
        fake.say("lan", "một")
        fake.send("lan", "image", caption="giấy")
        fake.send("lan", "sticker")
        first, second, third = (http.post("getUpdates", json={"timeout": 30}).json()["result"] for _ in range(3))
        assert code(http, "getUpdates", timeout="30") == 408
    assert (first["event_name"], first["message"]["text"]) == ("message.text.received", "một")
    assert first["message"]["chat"] == {"id": "lan", "chat_type": "PRIVATE"}
    assert (second["event_name"], second["message"]["caption"]) == ("message.image.received", "giấy")
    assert third["event_name"] == "message.sticker.received"


def test_a_waiting_poll_is_woken_by_a_message() -> None:
    with bot() as (fake, http), ThreadPoolExecutor(1) as pool:
        poll = pool.submit(http.post, "getUpdates", json={"timeout": 5})
        time.sleep(0.05)
        fake.say("lan", "chào")
        assert poll.result(2).json()["result"]["message"]["text"] == "chào"


def test_a_webhook_has_the_secret_and_ends_polling(hook: Webhook) -> None:
    hook.statuses = [500]
    with bot(time_scale=FAST) as (fake, http):
        assert code(http, "setWebhook", url=hook.url, secret_token="x" * 7) == 400
        assert code(http, "setWebhook", url=hook.url, secret_token="x" * 257) == 400
        assert code(http, "setWebhook", url="ftp://a", secret_token="x" * 8) == 400
        assert code(http, "setWebhook", url=hook.url, secret_token="x" * 8) == 0
        fake.repeat(fake.say("lan", "chào"))
        events = hook.wait_for(3)
        fake.wait_until_pushed()
        assert code(http, "getUpdates", timeout=1) == 400
        assert code(http, "deleteWebhook") == 0
        assert code(http, "getUpdates", timeout=1) == 408
    assert {headers["x-bot-api-secret-token"] for _, headers in events} == {"x" * 8}
    body = json.loads(events[0][0])
    assert body["ok"] is True
    assert (body["result"]["event_name"], body["result"]["message"]["text"]) == ("message.text.received", "chào")


def test_a_bot_sends_short_texts_to_those_who_have_written() -> None:
    with bot() as (fake, http):
        fake.say("lan", "chào")
        assert code(http, "sendMessage", chat_id="lan", text="x" * 2000) == 0
        assert code(http, "sendMessage", chat_id="lan", text="x" * 2001) == 400
        assert code(http, "sendMessage", chat_id="lan", text="") == 400
        assert code(http, "sendMessage", chat_id="minh", text="chào") == 400
        assert code(http, "sendPhoto", chat_id="lan", photo="https://dichvu.example/a.png", caption="ảnh") == 0
        assert code(http, "sendPhoto", chat_id="lan", photo="a.png") == 400
        assert code(http, "sendChatAction", chat_id="lan", action="typing") == 0
        fake.block("lan")
        assert code(http, "sendMessage", chat_id="lan", text="chào") == 403
        fake.unblock("lan")
        fake.fail_next(1, zalo_bot.error(429))
        assert code(http, "sendMessage", chat_id="lan", text="chào") == 429
        assert [m.text[:3] for m in fake.wait_for("lan", 2)] == ["xxx", "ảnh"]
        assert fake.actions == [("lan", "typing")]


def test_a_bot_needs_its_token_and_has_fifty_users() -> None:
    with bot() as (fake, http):
        assert http.post("getMe").json()["result"]["id"] == "12345"
        assert code(http, "getEverything") == 404
        assert httpx.post(f"{fake.url}/botwrong/getMe", trust_env=False, verify=False).status_code == 401  # noqa: S501
        for user in range(51):
            fake.say(str(user), "chào")
        assert len(fake.undelivered) == 1
        assert code(http, "sendMessage", chat_id="49", text="chào") == 0
        assert code(http, "sendMessage", chat_id="50", text="chào") == 400


def test_errors_can_be_told_in_the_body_only() -> None:
    with bot(errors_in_200=True, time_scale=0.001) as (_, http):
        response = http.post("getUpdates", json={"timeout": 1})
    assert (response.status_code, response.json()["error_code"]) == (200, 408)
