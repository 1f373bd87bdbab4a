"""Whatever is posted to a platform's webhook: no crash, nothing taken that is not signed, nothing told to the log."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import json
import logging
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from actions.texts import say
from bot.channels.telegram.sending import OFFER_PLACE
from bot.database import migrate
from bot.privacy import person_key
from bot.rasa import RasaError
from bot.store import connect
from bot.tables import PERSONAL
from knowledge.release import ReleaseStore
from tests.contract.conftest import NewDatabase, Running, starting
from tests.fakes.server import Fake
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOA

CHANNELS = ("zalo", "zalo-bot", "telegram")
PUBLIC = "https://motcua.example.vn"
SECRET = "shown-at-the-webhooks-0123456789"
WORDS = "đơn ly hôn của bà Trắc Bách"
IDS = {"zalo": 41500_98765_000, "zalo-bot": 62500_98765_000, "telegram": 88123_45670_000}  # the first person's
DAY = 24 * 3600
quickly = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@dataclass
class Webhook:
    """One platform's webhook in the running app. Events are made by the fake, and posted by the test."""

    channel: str
    header: str
    fake: Fake
    app: Running
    database: sa.Engine
    people: Iterator[str]  # ids that nobody has had yet
    events: list[bytes] = field(default_factory=list)  # one of each kind, all of one person

    def event(self, happen: Callable[[], object]) -> bytes:
        with self.fake.changed:
            happen()
            return self.fake.pusher.waiting.pop().body

    def said(self, user: str, text: str = WORDS) -> bytes:
        return self.event(lambda: self.fake.say(user, text))  # type: ignore[attr-defined]

    def signature(self, body: bytes) -> str:
        return zalo_mac(self.fake, body) if isinstance(self.fake, FakeZaloOA) else SECRET

    def post(self, body: bytes | Iterator[bytes], signature: str | bytes | None = None) -> int:
        headers: Any = {} if signature is None else {self.header: signature}
        return self.app.http.post(f"/webhooks/{self.channel}", content=body, headers=headers).status_code

    def post_signed(self, body: bytes) -> int:
        return self.post(body, self.signature(body))

    def ask(self, user: str, text: str, count: int = 1) -> str:
        """The last of `count` messages to a user, after these words."""
        assert self.post_signed(self.said(user, text)) == 200
        return self.fake.wait_for(user, count, timeout=5)[-1].text

    def rows(self, table: str, user: str | None = None) -> int:
        """Of one person, or of everybody."""
        query = f"SELECT count(*) FROM {table}" + (" WHERE person = :person" if user else "")
        person = person_key("pepper", self.channel, user or "")
        with self.database.connect() as db:
            return int(db.execute(sa.text(query), {"person": person}).scalar_one())


def zalo_mac(fake: FakeZaloOA, body: bytes) -> str:
    """Of any bytes, with the timestamp that they name."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        found = None
    named = found.get("timestamp") if isinstance(found, dict) else ""
    timestamp = str(named) if isinstance(named, str | int) and not isinstance(named, bool) else ""
    signed = fake.app_id.encode() + body + timestamp.encode(errors="replace") + fake.oa_secret_key.encode()
    return f"mac={hashlib.sha256(signed).hexdigest()}"


def events_of(webhook: Webhook, user: str) -> list[bytes]:
    """What people do, a withdrawal and a block last. Their words are `WORDS` wherever there can be any."""
    fake = webhook.fake
    if isinstance(fake, FakeZaloOA):
        things: tuple[str, ...] = ("image", "gif", "link", "audio", "video", "sticker", "business_card", "file")
        doings: list[Callable[[], object]] = [
            lambda: fake.say(user, WORDS),
            *(lambda thing=thing: fake.send(user, thing, text=WORDS) for thing in things),
            lambda: fake.location(user, 10.776, 106.701),
            lambda: fake.follow(user),
            lambda: fake.submit_info(user, WORDS, "0900000000", {"address": WORDS}),
            lambda: fake.see(user),
            lambda: fake.admin_reply(user, WORDS),
            lambda: fake.say_anonymously(user, WORDS),
            lambda: fake.withdraw(f"{user}0"),  # somebody else: what is under way for this one goes on
            lambda: fake.unfollow(user),
        ]
    elif isinstance(fake, FakeZaloBot):
        things = ("image", "sticker", "voice", "unsupported")
        doings = [
            lambda: fake.say(user, WORDS),
            *(lambda thing=thing: fake.send(user, thing, text=WORDS) for thing in things),
        ]
    else:
        assert isinstance(fake, FakeTelegram)
        person = {"id": int(user), "is_bot": False, "first_name": WORDS}
        shown = {"message_id": 1, "date": 1_700_000_000, "chat": {"id": int(user), "type": "private"}, "text": WORDS}
        press = {"id": "4", "from": person, "message": shown, "chat_instance": "1", "data": "mc:abcdefgh"}
        doings = [
            lambda: fake.say(user, WORDS),
            lambda: fake.edit(fake.say(user, "a"), WORDS),
            lambda: fake.start(user, "MC-ABCD-EFGH"),
            lambda: fake.location(user, 10.776, 106.701),
            *(lambda do=do: do(user) for do in (fake.voice, fake.sticker, fake.document, fake.video, fake.contact)),
            lambda: fake.photo(user, WORDS),
            lambda: fake.group_say(-100_500, user, WORDS, mentions_bot=True),
            lambda: fake.happen("press", {"update_id": 770_900_001, "callback_query": press}),
            lambda: fake.block(user),
            lambda: fake.unblock(user),
        ]
    return [webhook.event(do) for do in doings]


@contextmanager
def hooked(releases: ReleaseStore, empty: Path, folder: Path, **changes: Any) -> Iterator[dict[str, Webhook]]:
    """The app with all three platforms on, by webhook."""
    with ExitStack() as stack:
        zalo = stack.enter_context(FakeZaloOA(rate_limits=False, free_replies=1_000_000))
        bot = stack.enter_context(FakeZaloBot(most_users=1_000_000))
        telegram = stack.enter_context(FakeTelegram(rate_limits=False))
        given = {
            "public_url": PUBLIC, "gather_seconds": 0, "rate_per_minute": 1_000_000,
            "telegram_token": telegram.token, "telegram_api": telegram.url, "telegram_secret": SECRET,
            "zalo_bot_token": bot.token, "zalo_bot_api": bot.url, "zalo_bot_secret": SECRET,
            "zalo_app_id": zalo.app_id, "zalo_app_secret": zalo.secret_key, "zalo_oa_secret": zalo.oa_secret_key,
            "zalo_refresh_token": zalo.tokens.refresh, "zalo_api": zalo.url, "zalo_oauth": zalo.url,
        }  # fmt: skip
        app = stack.enter_context(starting(releases, empty, folder))(**given | changes)
        until(lambda: set(app.http.get("/readyz").json()["channels"].values()) == {"on"}, "the channels did not start")
        database = connect(app.settings.app_database)
        stack.callback(database.dispose)
        fakes: dict[str, tuple[str, Fake]] = {
            "zalo": ("X-ZEvent-Signature", zalo),
            "zalo-bot": ("X-Bot-Api-Secret-Token", bot),
            "telegram": ("X-Telegram-Bot-Api-Secret-Token", telegram),
        }
        webhooks = {}
        for channel, (header, fake) in fakes.items():
            fake.deliver_to(None)
            people = map(str, itertools.count(IDS[channel]))
            webhooks[channel] = webhook = Webhook(channel, header, fake, app, database, people)
            webhook.events = events_of(webhook, next(people))
        yield webhooks


def until(is_so: Callable[[], object], otherwise: str, timeout: float = 30.0) -> None:
    end = time.monotonic() + timeout
    while not is_so():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)


class Log(logging.Handler):
    """Everything that is logged, with its traces."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter("%(name)s %(message)s").format(record))


@pytest.fixture(scope="module")
def log() -> Iterator[Log]:
    log, root = Log(), logging.getLogger()
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    yield log
    root.removeHandler(log)
    root.setLevel(level)


@pytest.fixture(scope="module")
def webhooks(
    releases: ReleaseStore, empty_database: Path, tmp_path_factory: pytest.TempPathFactory, log: Log
) -> Iterator[dict[str, Webhook]]:
    with hooked(releases, empty_database, tmp_path_factory.mktemp("hooked")) as webhooks:
        yield webhooks


@pytest.fixture(params=CHANNELS)
def webhook(request: pytest.FixtureRequest, webhooks: dict[str, Webhook]) -> Webhook:
    return webhooks[request.param]


# Odd events


@dataclass(frozen=True)
class Odd:
    """What stands in a field's place, as JSON text; None: nothing. `is_beside`: the field comes a second time."""

    text: str | None
    is_beside: bool = False


Place = tuple[str | int, ...]
RETYPED = (None, "null", "true", "7", "9" * 400, '"x"', "[]", "{}")  # so many digits are no float
NASTY = (
    "-1.5", "NaN", "-Infinity", "1e999", "9" * 20, "9" * 4000, "9" * 5000, '""', r'"\u0000"', r'"7\u0000"', r'"\ud83d"',
    r'"x\udc1d"', r'"\u202e\u200b"', '"' + "đ" * 3000 + '"', '"' + "8" * 9000 + '"', "[" * 90 + "]" * 90,
    "[" * 9000 + "]" * 9000, '{"a":' * 900 + "1" + "}" * 900, "[[]]", '{"id":"7"}', '"mc:abcdefgh"', '"mc:more"',
    '"/forget_me"', '"user_send_text"', '"private"',
)  # fmt: skip
# Of these PostgreSQL does not take the first, and columns not the others.
NO_COLUMN_TAKES = (r'"7\u0000"', '"' + "8" * 9000 + '"', "9" * 4000)
ODD = st.builds(Odd, st.sampled_from(RETYPED + NASTY), st.booleans())
NAMES = st.sampled_from(
    ("app_id", "event_name", "sender", "id", "message", "text", "timestamp", "result", "from", "chat", "update_id")
)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(NAMES | st.text(max_size=5), inner, max_size=6),
    max_leaves=20,
)
_numbers = itertools.count(1)


def renewed(event: bytes) -> Any:
    """The event with ids of its own: it is not taken for a repeat."""
    number = next(_numbers)
    found = json.loads(event)
    message = found.get("result", found).get("message", {})
    message |= {name: f"m{number}" for name in ("msg_id", "message_id") if isinstance(message.get(name), str)}
    if "update_id" in found:
        found["update_id"] = 990_000_000 + number
    if "callback_query" in found:
        found["callback_query"]["id"] = str(number)
    return found


def places_in(value: Any, place: Place = ()) -> Iterator[Place]:
    for step, inner in _inside(value):
        yield (*place, step)
        yield from places_in(inner, (*place, step))


def written(value: Any, odd: Mapping[Place, Odd], place: Place = ()) -> str:
    """As JSON, with odd things in some places."""
    if not isinstance(value, dict | list):
        return json.dumps(value)
    fields: list[str] = []
    for step, inner in _inside(value):
        name = f"{json.dumps(step)}:" if isinstance(value, dict) else ""
        found = odd.get((*place, step))
        if found is None or found.is_beside:
            fields.append(name + written(inner, odd, (*place, step)))
        if found and found.text is not None:
            fields.append(name + found.text)
    inside = ",".join(fields)
    return f"{{{inside}}}" if isinstance(value, dict) else f"[{inside}]"


def _inside(value: Any) -> list[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def every_field(webhook: Webhook, texts: tuple[str | None, ...]) -> Iterator[tuple[Place, str | None, bytes]]:
    """Each field once, however many kinds of events have it, with each text in its place."""
    seen: set[Place] = set()
    for event in webhook.events:
        for place in places_in(json.loads(event)):
            if place not in seen:
                seen.add(place)
                for text in texts:
                    yield place, text, written(renewed(event), {place: Odd(text)}).encode()


def is_fair(webhook: Webhook, body: bytes, status: int) -> bool:
    """Taken or refused as unreadable; or, signed as it is, of another app."""
    if status == 403 and isinstance(webhook.fake, FakeZaloOA):
        return bool(json.loads(body).get("app_id") != webhook.fake.app_id)
    return status in (200, 400)


@settings(parent=quickly, max_examples=60)
@given(body=st.binary(max_size=300) | ANY_JSON.map(json.dumps).map(str.encode))
@example(body=b"[" * 60_000)
@example(body=b'{"update_id":1,"message":"\xff\xfe"}')
@example(body=b"\xff\xfe{\x00}\x00")
def test_no_signed_body_is_a_crash(webhook: Webhook, body: bytes) -> None:
    assert is_fair(webhook, body, webhook.post_signed(body))


def test_no_field_that_lacks_or_is_of_another_type_is_a_crash(webhook: Webhook) -> None:
    unfair = set()
    for place, text, body in every_field(webhook, RETYPED):
        status = webhook.post_signed(body)
        if not is_fair(webhook, body, status):
            unfair.add((place, text, status))
    assert not unfair


@settings(parent=quickly, max_examples=120)
@given(data=st.data())
def test_no_odd_event_is_a_crash(webhook: Webhook, data: st.DataObject) -> None:
    event = renewed(data.draw(st.sampled_from(webhook.events)))
    places = st.sampled_from(list(places_in(event)))
    body = written(event, data.draw(st.dictionaries(places, ODD, min_size=1, max_size=3))).encode()
    assert is_fair(webhook, body, webhook.post_signed(body))


def test_what_no_column_takes_is_no_crash_on_postgresql(webhook: Webhook, on_postgresql: dict[str, Webhook]) -> None:
    webhook = on_postgresql[webhook.channel]
    unfair = set()
    for place, text, body in every_field(webhook, NO_COLUMN_TAKES):
        status = webhook.post_signed(body)
        if not is_fair(webhook, body, status):
            unfair.add((place, text, status))
    assert not unfair


@pytest.fixture(scope="module")
def on_postgresql(
    releases: ReleaseStore, empty_database: Path, new_postgres: NewDatabase, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Webhook]]:
    url = new_postgres()
    migrate(url)
    folder = tmp_path_factory.mktemp("hooked")
    with hooked(releases, empty_database, folder, database_url=url) as webhooks:
        yield webhooks


def test_polling_goes_on_after_an_update_of_wrong_types(
    releases: ReleaseStore, empty_database: Path, tmp_path: Path
) -> None:
    with FakeTelegram(rate_limits=False) as telegram, starting(releases, empty_database, tmp_path) as start:
        start(telegram_token=telegram.token, telegram_api=telegram.url, gather_seconds=0)
        message = {"message_id": 1, "date": 1_700_000_000, "chat": {"id": 7, "type": "private"}}
        person = {"id": 7, "is_bot": False, "first_name": "An"}
        odd = message | {"from": person, "location": {"latitude": "x", "longitude": "y"}}
        telegram.happen("odd", {"update_id": 1, "message": odd})
        telegram.say(8, "chào")
        telegram.wait_for(8, timeout=5)


# Who may post


def wrong_signatures(webhook: Webhook, body: bytes) -> list[str | bytes | None]:
    right = webhook.signature(body)
    other = webhook.signature(webhook.said(next(webhook.people)))
    keyed = hmac.new(b"oa-secret", body, hashlib.sha256).hexdigest()
    wrong: list[str | bytes | None] = [
        None, "", " ", "mac=", "mac", "0" * 64, f"mac={'0' * 64}", f"mac={keyed}", right[:-1], right + "0", right * 400,
        right.swapcase() if right == SECRET else right.replace("mac=", "mac= 0"), "đã ký".encode(), b"\xff\xfe\xa0",
        "9" * 60_000, webhook.fake.token if isinstance(webhook.fake, FakeTelegram | FakeZaloBot) else "app-secret",
    ]  # fmt: skip
    return wrong if other == right else [*wrong, other]


def test_without_the_right_signature_nothing_is_taken(webhook: Webhook) -> None:
    assert webhook.post_signed(webhook.said(next(webhook.people))) == 200
    before = webhook.rows("inbox")
    for event in webhook.events:
        body = json.dumps(renewed(event)).encode()
        for signature in wrong_signatures(webhook, body):
            assert webhook.post(body, signature) == 403, signature
    assert webhook.rows("inbox") == before


@settings(parent=quickly, max_examples=60)
@given(body=st.binary(max_size=100) | ANY_JSON.map(json.dumps).map(str.encode), signature=st.binary(max_size=80))
@example(body=b"{}", signature=b"")
@example(body=b" { } ", signature=b"")
def test_no_unsigned_body_is_a_crash_or_taken(webhook: Webhook, body: bytes, signature: bytes) -> None:
    before = webhook.rows("inbox")
    status = webhook.post(body, signature)
    probes = {200} if webhook.channel == "zalo" and body.strip() in (b"{}", b"{ }") else {400, 403}
    assert status in probes
    assert webhook.rows("inbox") == before


def test_signatures_are_compared_in_constant_time(webhook: Webhook, monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[Any, Any]] = []
    compare = hmac.compare_digest

    def noted(a: Any, b: Any) -> bool:
        compared.append((a, b))
        return compare(a, b)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    body = webhook.said(next(webhook.people))
    right = webhook.signature(body).removeprefix("mac=").encode()
    for signature, status in (("f" * 64, 403), (webhook.signature(body), 200)):
        compared.clear()
        assert webhook.post(body, signature) == status
        (pair,) = (pair for pair in compared if right in pair)  # Rasa's secret is compared, too
        assert signature.removeprefix("mac=").encode() in pair


def test_a_body_that_is_too_large_is_refused_announced_or_not(webhook: Webhook) -> None:
    body = webhook.said(next(webhook.people), "x" * 2**20)
    before = webhook.rows("inbox")
    assert webhook.post_signed(body) == 413
    pieces = (body[start : start + 1000] for start in range(0, len(body), 1000))
    assert webhook.post(pieces, webhook.signature(body)) == 413
    assert webhook.rows("inbox") == before


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_only_post_is_allowed(webhook: Webhook, method: str) -> None:
    assert webhook.app.http.request(method, f"/webhooks/{webhook.channel}").status_code == 405


# The same again


def test_an_event_that_comes_again_and_again_is_answered_once(webhook: Webhook) -> None:
    user = next(webhook.people)
    body = webhook.said(user, "khai báo nuôi ong")
    times = 1000 if webhook.channel == "zalo" else 200  # the way is the same from the intake on
    with ThreadPoolExecutor(16) as threads:
        statuses = set(threads.map(webhook.post_signed, [body] * times))
    assert statuses == {200}
    assert "nuôi ong" in webhook.fake.wait_for(user, 1)[0].text.lower()
    webhook.ask(user, "phí bao nhiêu", 2)  # answers go out in order: had there been another, it would be here
    assert len(webhook.fake.sent(user)) == 2
    assert (webhook.rows("inbox", user), webhook.rows("outbox", user)) == (2, 2)


def aged(webhook: Webhook, event: bytes, seconds: float) -> bytes:
    """As Zalo would have sent it so long ago."""
    return json.dumps(json.loads(event) | {"timestamp": str(int((time.time() - seconds) * 1000))}).encode()


def test_an_old_message_shown_again_is_not_answered_again(webhooks: dict[str, Webhook]) -> None:
    zalo = webhooks["zalo"]
    user = next(zalo.people)
    old = aged(zalo, zalo.said(user, "chào"), DAY / 8)
    assert [zalo.post_signed(old) for _ in range(3)] == [200] * 3
    zalo.fake.wait_for(user, 1)
    zalo.ask(user, "phí nuôi ong bao nhiêu", 2)
    assert [zalo.post_signed(old) for _ in range(3)] == [200] * 3
    assert (zalo.rows("inbox", user), len(zalo.fake.sent(user))) == (2, 2)


@pytest.mark.parametrize("what", ["withdraw", "admin_reply", "say"])
def test_an_event_of_days_ago_does_nothing_any_more(webhooks: dict[str, Webhook], what: str) -> None:
    """A body once captured is signed for ever; Zalo's own attempts end within two hours."""
    zalo = webhooks["zalo"]
    user = next(zalo.people)
    more = {"withdraw": (user,), "admin_reply": (user, "a"), "say": (user, "a")}[what]
    old = aged(zalo, zalo.event(lambda: getattr(zalo.fake, what)(*more)), 3 * DAY)
    zalo.ask(user, "chào")
    assert zalo.post_signed(old) == 200
    assert zalo.rows("inbox", user) == 1, "it deleted, or was taken for new"
    zalo.ask(user, "phí nuôi ong bao nhiêu", 2)


def test_repeats_do_not_use_up_what_a_person_may_send(
    releases: ReleaseStore, empty_database: Path, tmp_path: Path
) -> None:
    with hooked(releases, empty_database, tmp_path, rate_per_minute=30) as webhooks:
        zalo = webhooks["zalo"]
        user = next(zalo.people)
        first = zalo.said(user, "chào")
        assert {zalo.post_signed(first) for _ in range(20)} == {200}
        zalo.fake.wait_for(user, 1)
        assert zalo.ask(user, "khai báo nuôi ong", 2) != say("too_fast")


def test_a_repeat_does_not_show_the_keyboard_for_the_place_again(webhooks: dict[str, Webhook]) -> None:
    telegram = webhooks["telegram"]
    user = next(telegram.people)
    body = telegram.said(user, "/tinh")
    assert [telegram.post_signed(body) for _ in range(3)] == [200] * 3
    telegram.ask(user, "chào", 3)
    assert [m.text for m in telegram.fake.sent(user)].count(OFFER_PLACE) == 1


def test_a_withdrawal_in_the_middle_of_a_turn_leaves_nothing(
    releases: ReleaseStore, empty_database: Path, tmp_path: Path
) -> None:
    asked, withdrawn = threading.Event(), threading.Event()
    done: list[str] = []
    with hooked(releases, empty_database, tmp_path) as webhooks:
        zalo = webhooks["zalo"]
        rasa = zalo.app.rasa
        send, forget = rasa.send, rasa.forget

        async def slowly(person: str, text: str, metadata: dict[str, Any]) -> list[dict[str, Any]]:
            asked.set()
            await asyncio.to_thread(withdrawn.wait, 5)
            done.append("tracked")  # Rasa's tracker has the words now
            try:
                return await send(person, text, metadata)
            except sa.exc.IntegrityError as error:  # Rasa itself gives an empty answer when an action fails
                raise RasaError("an empty answer") from error

        def forgetting(person: str) -> int:
            done.append("forgotten")
            return forget(person)

        rasa.send, rasa.forget = slowly, forgetting  # type: ignore[method-assign]
        user = next(zalo.people)
        zalo.post_signed(zalo.said(user))
        assert asked.wait(5)
        assert zalo.post_signed(zalo.event(lambda: zalo.fake.withdraw(user))) == 200  # type: ignore[attr-defined]
        withdrawn.set()
        until(lambda: len(done) == 3, "Rasa keeps what it was told before the withdrawal", timeout=5)
        assert done == ["forgotten", "tracked", "forgotten"]
        assert [table.name for table in PERSONAL if zalo.rows(table.name, user)] == []


# What is told


def test_a_database_that_fails_does_not_tell_what_was_to_be_stored(
    releases: ReleaseStore, empty_database: Path, tmp_path: Path
) -> None:
    with hooked(releases, empty_database, tmp_path) as webhooks:
        with webhooks["zalo"].database.begin() as db:
            db.execute(sa.text("ALTER TABLE inbox RENAME TO away"))
        told = ""
        for channel, webhook in webhooks.items():
            client = TestClient(webhook.app.app)  # raises, as a web server would log it
            body = webhook.said(next(webhook.people))
            headers = {webhook.header: webhook.signature(body)}
            with pytest.raises(sa.exc.OperationalError) as failure:
                client.post(f"/webhooks/{channel}", content=body, headers=headers)
            told += "".join(traceback.format_exception(failure.value))
        with webhooks["zalo"].database.begin() as db:
            db.execute(sa.text("ALTER TABLE away RENAME TO inbox"))
    assert "no such table" in told
    assert WORDS not in told


def test_an_address_that_is_none_is_not_told(webhooks: dict[str, Webhook], log: Log) -> None:
    telegram = webhooks["telegram"]
    event = json.loads(telegram.said(next(telegram.people)))
    body = written(event, {("message", "chat", "id"): Odd('"88123-no-number"')}).encode()
    telegram.post_signed(body)
    telegram.ask(next(telegram.people), "chào")
    time.sleep(0.2)
    assert [line for line in log.lines if "88123-no-number" in line] == []


def test_all_that_was_taken_is_answered_and_no_turn_failed(webhooks: dict[str, Webhook]) -> None:
    zalo = webhooks["zalo"]
    until(lambda: not zalo.rows("inbox WHERE answered_at IS NULL"), "messages stay without an answer")
    assert zalo.rows("""outbox WHERE CAST(replies AS TEXT) LIKE '%"status": "error"%'""") == 0


def test_the_log_has_no_words_ids_or_tokens(webhooks: dict[str, Webhook], log: Log) -> None:
    """Of all that was posted before, and of one event of each kind."""
    zalo, bot, telegram = (webhooks[channel].fake for channel in CHANNELS)
    assert isinstance(zalo, FakeZaloOA)
    assert isinstance(bot, FakeZaloBot)
    assert isinstance(telegram, FakeTelegram)
    for webhook in webhooks.values():
        assert {webhook.post_signed(json.dumps(renewed(event)).encode()) for event in webhook.events} == {200}
        webhook.ask(next(webhook.people), WORDS)
    people = [str(first)[:10] for first in IDS.values()]
    tokens = [telegram.token, bot.token, zalo.secret_key, zalo.oa_secret_key, zalo.tokens.access, zalo.tokens.refresh]
    told = "\n".join(log.lines)
    assert "bot.channels.platforms" in told
    assert [kept for kept in (*tokens, *people, SECRET, WORDS, "Trắc Bách", "Người dùng") if kept in told] == []
