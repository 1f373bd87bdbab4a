"""The Official Account over HTTP: signed events come in, messages go out, and the pair of tokens is never lost."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from bot.channels.kinds import Kind
from bot.channels.platform import Halted, Part, Refused, SendError, TryAgain, Unreachable
from bot.channels.zalo import ZaloOA
from bot.channels.zalo.client import Client
from bot.channels.zalo.tokens import Pair, Tokens
from bot.privacy import person_key
from bot.settings import Settings
from bot.shared import Shared
from bot.store import connect
from bot.tables import PERSONAL, metadata
from tests.contract.conftest import Running, Start
from tests.contract.listening import Listening, Recorder, listening
from tests.fakes.server import Answer, Button, Sent
from tests.fakes.zalo_oa import APP_SECRET, OA_SECRET, FakeZaloOA, error

FAST = 0.001  # of the retry schedule
HOUR = 3600.0
NO_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # loading them takes long, and loopback needs none
QUIET = Part("Chào anh/chị")
T = TypeVar("T")


@pytest.fixture
def database(tmp_path: Path) -> str:
    url = f"sqlite:///{tmp_path / 'app.sqlite'}"
    engine = connect(url)
    metadata.create_all(engine)
    engine.dispose()
    return url


@pytest.fixture
def engine(database: str) -> Iterator[sa.Engine]:
    engine = connect(database)
    yield engine
    engine.dispose()


@pytest.fixture
def shared(engine: sa.Engine) -> Shared:
    return Shared(engine)


@pytest.fixture
def fake() -> Iterator[FakeZaloOA]:
    with FakeZaloOA(time_scale=FAST) as fake:
        yield fake


class Clock:
    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead


def settings_for(fake: FakeZaloOA, **changes: Any) -> Settings:
    given = {
        "zalo_app_id": fake.app_id, "zalo_app_secret": fake.secret_key, "zalo_oa_secret": fake.oa_secret_key,
        "zalo_oa_id": fake.oa_id, "zalo_refresh_token": fake.tokens.refresh, "zalo_takeover_minutes": 45,
        "zalo_api": fake.url, "zalo_oauth": fake.url,
    }  # fmt: skip
    return Settings(**given | changes)


def http_to(url: str, *, timeout: float = 5.0) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=timeout, trust_env=False, verify=NO_CERTIFICATES)


def tokens_of(
    fake: FakeZaloOA, shared: Shared, *, first: str | None = None, secret: str = APP_SECRET,
    clock: Callable[[], float] = time.time, timeout: float = 5.0,
) -> Tokens:  # fmt: skip
    """As one process has them."""
    first = fake.tokens.refresh if first is None else first
    http = http_to(fake.url, timeout=timeout)
    return Tokens(http, shared, app_id=fake.app_id, app_secret=secret, first=first, now=clock)


def tokens_over(answer: Callable[[httpx.Request], httpx.Response], shared: Shared, **more: Any) -> Tokens:
    """With an OAuth server that answers so."""
    http = httpx.AsyncClient(base_url="http://oauth.example", transport=httpx.MockTransport(answer))
    return Tokens(http, shared, app_id="360", app_secret="s", first="first", **more)


def stored(shared: Shared) -> dict[str, Any]:
    return shared.secrets_of("zalo") or {}


class TestTokens:
    async def test_the_first_pair_is_stored_before_it_is_used(self, fake: FakeZaloOA, shared: Shared) -> None:
        operators = fake.tokens.refresh
        access = await tokens_of(fake, shared).access()
        assert access == fake.tokens.access
        row = stored(shared)
        assert (row["access"], row["refresh"]) == (fake.tokens.access, fake.tokens.refresh)
        assert row["expires_at"] - row["issued_at"] == 90_000
        assert operators not in json.dumps(row)

    async def test_a_restart_goes_on_with_the_stored_pair(self, fake: FakeZaloOA, shared: Shared) -> None:
        first = fake.tokens.refresh
        access = await tokens_of(fake, shared).access()
        assert await tokens_of(fake, shared, first=first).access() == access
        assert await tokens_of(fake, shared, first="").access() == access
        assert fake.refreshes == 1

    async def test_a_pair_is_renewed_at_twenty_hours(self, fake: FakeZaloOA, shared: Shared) -> None:
        clock = Clock()
        tokens = tokens_of(fake, shared, clock=clock)
        old = await tokens.access()
        clock.ahead = 19.9 * HOUR
        assert await tokens.access() == old
        clock.ahead = 20.1 * HOUR
        new = await tokens.access()
        assert new == fake.tokens.access != old
        assert stored(shared)["access"] == new
        assert fake.refreshes == 2

    async def test_eight_that_need_a_new_pair_refresh_once(self, shared: Shared) -> None:
        with FakeZaloOA(refresh_delay=0.1) as fake:
            tokens = tokens_of(fake, shared)
            old = await tokens.access()
            new = await asyncio.gather(*(tokens.renewed(old) for _ in range(8)))
            assert set(new) == {fake.tokens.access}
            assert fake.refreshes == 2

    async def test_two_processes_refresh_once(self, database: str) -> None:
        engines = [connect(database) for _ in range(2)]
        with FakeZaloOA(refresh_delay=0.3) as fake:
            processes = [tokens_of(fake, Shared(engine)) for engine in engines]
            got = await asyncio.gather(*(process.access() for process in processes for _ in range(4)))
            assert set(got) == {fake.tokens.access}
            again = await asyncio.gather(*(process.renewed(got[0]) for process in processes for _ in range(4)))
            assert set(again) == {fake.tokens.access}
            assert fake.refreshes == 2
            assert fake.refused == []
        for engine in engines:
            engine.dispose()

    async def test_a_process_that_was_asleep_finds_the_pair_of_the_other(
        self, fake: FakeZaloOA, shared: Shared
    ) -> None:
        awake, asleep = tokens_of(fake, shared), tokens_of(fake, shared)
        old = await asleep.access()
        assert await awake.renewed(old) == await asleep.renewed(old) == fake.tokens.access
        assert fake.refreshes == 2

    async def test_the_lease_of_a_process_that_died_ends(self, fake: FakeZaloOA, shared: Shared) -> None:
        assert shared.lease("zalo-token", "died", 0.3)
        assert await tokens_of(fake, shared).access() == fake.tokens.access
        assert shared.lease("zalo-token", "next", 1)  # and ours was given back

    async def test_a_new_token_from_the_operator_counts_and_an_old_one_does_not(
        self, fake: FakeZaloOA, shared: Shared
    ) -> None:
        old = fake.tokens.refresh
        before = await tokens_of(fake, shared, first=old).access()
        form = {"grant_type": "authorization_code", "code": fake.consent(), "app_id": fake.app_id}
        async with http_to(fake.url) as http:
            answer = await http.post("/v4/oa/access_token", data=form, headers={"secret_key": APP_SECRET})
        new = answer.json()["refresh_token"]
        access = await tokens_of(fake, shared, first=new).access()
        assert access == fake.tokens.access != before
        assert await tokens_of(fake, shared, first=old).access() == access  # as in a process not restarted yet
        assert await tokens_of(fake, shared, first=new).access() == access

    async def test_a_crash_before_the_new_pair_is_stored_says_how_to_get_another(
        self, fake: FakeZaloOA, engine: sa.Engine, shared: Shared
    ) -> None:
        class Crashing(Shared):
            def keep_secrets(self, name: str, value: dict[str, Any]) -> None:
                raise MemoryError

        first = fake.tokens.refresh
        with pytest.raises(MemoryError):
            await tokens_of(fake, Crashing(engine)).access()
        assert stored(shared) == {}
        restarted = tokens_of(fake, shared, first=first)
        for _ in range(2):
            with pytest.raises(Halted, match="MOTCUA_ZALO_REFRESH_TOKEN"):
                await restarted.access()
        assert await tokens_of(fake, shared, first=fake.tokens.refresh).access() == fake.tokens.access

    async def test_a_database_that_is_busy_for_a_moment_costs_no_pair(
        self, fake: FakeZaloOA, engine: sa.Engine, shared: Shared
    ) -> None:
        class Busy(Shared):
            faults = 1

            def keep_secrets(self, name: str, value: dict[str, Any]) -> None:
                if self.faults:
                    self.faults -= 1
                    raise OperationalError("", {}, Exception("locked"))
                super().keep_secrets(name, value)

        assert await tokens_of(fake, Busy(engine)).access() == fake.tokens.access
        assert stored(shared)["access"] == fake.tokens.access

    async def test_a_pair_that_could_not_be_stored_is_stored_by_the_next_attempt(
        self, fake: FakeZaloOA, engine: sa.Engine, shared: Shared
    ) -> None:
        class Broken(Shared):
            is_broken = True

            def keep_secrets(self, name: str, value: dict[str, Any]) -> None:
                if self.is_broken:
                    raise MemoryError
                super().keep_secrets(name, value)

        broken = Broken(engine)
        tokens = tokens_of(fake, broken)
        with pytest.raises(MemoryError):
            await tokens.access()
        broken.is_broken = False
        assert await tokens.access() == fake.tokens.access == stored(shared)["access"]
        assert fake.refreshes == 1

    async def test_an_answer_that_comes_too_late_says_how_to_get_another(self, shared: Shared) -> None:
        with FakeZaloOA(refresh_delay=0.4) as fake:
            tokens = tokens_of(fake, shared, timeout=0.1)
            with pytest.raises(TryAgain, match="ReadTimeout"):
                await tokens.access()
            await asyncio.sleep(0.4)
            with pytest.raises(Halted, match="MOTCUA_ZALO_REFRESH_TOKEN"):
                await tokens.access()

    async def test_whoever_is_cancelled_does_not_cut_the_refresh_short(self, shared: Shared) -> None:
        with FakeZaloOA(refresh_delay=0.3) as fake:
            tokens = tokens_of(fake, shared)
            waiting = asyncio.create_task(tokens.access())
            await asyncio.sleep(0.1)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await tokens.finish()
            assert stored(shared)["access"] == fake.tokens.access

    @pytest.mark.parametrize(
        "answer",
        [
            httpx.Response(200, content=b""),
            httpx.Response(200, json={}),
            httpx.Response(200, json=[]),
            httpx.Response(200, json={"access_token": "a"}),
            httpx.Response(200, json={"error": "-32", "error_description": "slow down"}),
            httpx.Response(503, text="<html>"),
            httpx.Response(503, json={"error": -14014}),
        ],
    )
    async def test_an_answer_without_a_pair_is_asked_for_again(self, shared: Shared, answer: httpx.Response) -> None:
        with pytest.raises(TryAgain):
            await tokens_over(lambda _: answer, shared).access()
        assert stored(shared) == {}

    async def test_a_refresh_that_fails_leaves_the_old_pair_in_use_for_as_long_as_it_lasts(
        self, shared: Shared, caplog: pytest.LogCaptureFixture
    ) -> None:
        pair = {"access_token": "access-old", "refresh_token": "refresh-old", "expires_in": "90000"}
        answers = [httpx.Response(200, json=pair)]
        asked: list[httpx.Request] = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append(request)
            return answers.pop() if answers else httpx.Response(503)

        clock = Clock()
        tokens = tokens_over(answer, shared, now=clock)
        await tokens.access()
        clock.ahead = 21 * HOUR
        assert [await tokens.access() for _ in range(3)] == ["access-old"] * 3
        assert len(asked) == 2  # not at every message
        assert "still works" in caplog.text
        clock.ahead = 21.1 * HOUR
        assert await tokens.access() == "access-old"
        assert len(asked) == 3
        clock.ahead = 25.1 * HOUR
        with pytest.raises(TryAgain):
            await tokens.access()

    async def test_a_lifetime_that_is_not_told_is_a_day(self, shared: Shared) -> None:
        answer = httpx.Response(200, json={"access_token": "a", "refresh_token": "r"})
        await tokens_over(lambda _: answer, shared).access()
        assert stored(shared)["expires_at"] - stored(shared)["issued_at"] == 90_000

    async def test_without_any_token_the_operator_is_told_where_to_get_one(
        self, fake: FakeZaloOA, shared: Shared
    ) -> None:
        with pytest.raises(Halted, match=r"no token for Zalo yet.*MOTCUA_ZALO_REFRESH_TOKEN"):
            await tokens_of(fake, shared, first="").access()

    async def test_a_wrong_app_secret_is_named(self, fake: FakeZaloOA, shared: Shared) -> None:
        with pytest.raises(Halted, match="MOTCUA_ZALO_APP_SECRET") as problem:
            await tokens_of(fake, shared, secret="wrong").access()
        assert "-14003" in str(problem.value)

    def test_a_pair_does_not_print_its_tokens(self) -> None:
        assert "secret" not in repr(Pair("secret-a", "secret-r", 0, 0, ()))


@dataclasses.dataclass
class Sending:
    """A client with its tokens, as the channel wires them."""

    fake: FakeZaloOA
    tokens: Tokens
    client: Client

    @classmethod
    def to(cls, fake: FakeZaloOA, shared: Shared, *, timeout: float = 5.0) -> Sending:
        """lan has written."""
        fake.say("lan", "chào")
        tokens = tokens_of(fake, shared)
        return cls(fake, tokens, Client(http_to(fake.url, timeout=timeout), tokens))

    async def send(self, part: Part = QUIET, user: str = "lan") -> None:
        await self.client.send(user, part)

    async def fails(self, expected: type[T], *faults: Answer) -> T:
        for fault in faults:
            self.fake.fail_next(1, fault)
        with pytest.raises(SendError) as problem:
            await self.send()
        assert type(problem.value) is expected
        return problem.value  # type: ignore[return-value]


@pytest.fixture
def sending(fake: FakeZaloOA, shared: Shared) -> Sending:
    return Sending.to(fake, shared)


def client_over(answer: Callable[[httpx.Request], httpx.Response], tokens: Tokens) -> Client:
    return Client(httpx.AsyncClient(base_url="http://api.example", transport=httpx.MockTransport(answer)), tokens)


class TestSending:
    async def test_a_text_arrives_composed(self, sending: Sending) -> None:
        await sending.send(Part("Anh/chị cần gì ạ? https://dichvucong.gov.vn"))
        (message,) = sending.fake.sent("lan")
        assert message.text == "Anh/chị cần gì ạ? https://dichvucong.gov.vn"
        assert "attachment" not in message.raw["message"]

    async def test_buttons_come_back_and_links_open(self, sending: Sending) -> None:
        page = "https://dichvucong.gov.vn/x"
        part = Part(
            "Giấy này anh/chị có chưa?", (("Có rồi", "mc:abcd2345"), ("Chưa có", "mc:bcde3456")), (("Xem", page),)
        )
        await sending.send(part)
        (message,) = sending.fake.sent("lan")
        assert message.text == part.text
        assert message.buttons == (Button("Có rồi", "mc:abcd2345"), Button("Chưa có", "mc:bcde3456"))
        assert message.links == (Button("Xem", page),)

    async def test_what_a_button_sends_back_is_not_shown_in_the_chat(self, sending: Sending) -> None:
        await sending.send(Part("Chọn giúp mình", (("Có rồi", "mc:abcd2345"),)))
        buttons = sending.fake.sent("lan")[0].raw["message"]["attachment"]["payload"]["buttons"]
        assert [b["type"] for b in buttons] == ["oa.query.hide"]

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            (-201, Refused), (-213, Unreachable), (-217, Unreachable), (-230, Unreachable), (-232, Unreachable),
            (-211, Halted), (-218, Halted), (-224, Halted), (-32, TryAgain), (-1, TryAgain), (-999, TryAgain),
        ],
    )  # fmt: skip
    async def test_each_error_has_its_meaning_as_number_and_as_string(
        self, sending: Sending, code: int, expected: type[SendError]
    ) -> None:
        for given in (code, str(code)):
            problem = await sending.fails(expected, Answer(200, {"error": given, "message": "no"}))
            assert str(problem) == f"Zalo error {code}: no"
        await sending.send()
        assert len(sending.fake.sent("lan")) == 1

    async def test_a_user_without_leave_blocked_or_silent_is_unreachable(self, sending: Sending) -> None:
        with pytest.raises(Unreachable, match="-213"):
            await sending.send(user="hoa")
        sending.fake.block("lan")
        await sending.fails(Unreachable)
        sending.fake.unblock("lan")
        sending.fake.advance(8 * 24)
        await sending.tokens.renewed(await sending.tokens.access())
        await sending.fails(Unreachable)

    async def test_what_breaks_zalos_rules_is_a_dead_letter(self, sending: Sending) -> None:
        with pytest.raises(Refused, match="-201"):
            await sending.send(Part("x" * 2001))

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(500, {"error": 0}),
            Answer(502, {}),
            Answer(429, {"error": -201}),
            Answer(200, {}),
            Answer(200, {"error": None}),
        ],
    )
    async def test_an_answer_that_is_none_may_go_through_later(self, sending: Sending, answer: Answer) -> None:
        await sending.fails(TryAgain, answer)

    async def test_no_answer_in_time_may_go_through_later(self, fake: FakeZaloOA, shared: Shared) -> None:
        sending = Sending.to(fake, shared, timeout=0.2)
        fake.hang_next(1, 0.6)
        with pytest.raises(TryAgain, match="ReadTimeout"):
            await sending.send()

    async def test_a_server_that_is_away_may_come_back(self, fake: FakeZaloOA, shared: Shared) -> None:
        with pytest.raises(TryAgain, match="ConnectError"):
            await Client(http_to("http://127.0.0.1:9"), tokens_of(fake, shared)).send("lan", QUIET)

    @pytest.mark.parametrize(
        ("headers", "low", "high"),
        [
            ({"X-RateLimit-Reset": "7"}, 7, 7),
            ({"Retry-After": "12"}, 12, 12),
            ({"X-RateLimit-Reset": str(int(time.time()) + 86_400)}, 80_000, 86_401),
            ({"X-RateLimit-Reset": str(int(time.time() + 86_400) * 1000)}, 80_000, 86_401),
            ({"X-RateLimit-Reset": "1600000000"}, 0, 0),
            ({"X-RateLimit-Reset": "soon"}, None, None),
            ({"X-RateLimit-Remain": "0"}, None, None),
            ({}, None, None),
        ],
    )
    async def test_a_rate_limit_says_when_to_come_back(
        self, fake: FakeZaloOA, shared: Shared, headers: dict[str, str], low: float | None, high: float | None
    ) -> None:
        answer = httpx.Response(200, json={"error": -32, "message": "limit"}, headers=headers)
        with pytest.raises(TryAgain) as problem:
            await client_over(lambda _: answer, tokens_of(fake, shared)).send("lan", QUIET)
        after = problem.value.after
        assert after is None if low is None or high is None else after is not None and low <= after <= high

    async def test_the_fakes_own_rate_limit_asks_for_patience(self, shared: Shared) -> None:
        with FakeZaloOA(per_minute=2) as fake:
            sending = Sending.to(fake, shared)
            await sending.send()
            await sending.send()
            await sending.fails(TryAgain)

    async def test_no_more_than_four_thousand_go_out_in_a_minute(self, fake: FakeZaloOA, shared: Shared) -> None:
        answer = httpx.Response(200, json={"error": 0})
        client = client_over(lambda _: answer, tokens_of(fake, shared))
        started = time.monotonic()
        await asyncio.gather(*(client.send("lan", QUIET) for _ in range(100)))
        assert time.monotonic() - started > (100 - 67) / (4000 / 60)

    async def test_an_expired_token_is_renewed_and_the_message_goes_out(self, sending: Sending) -> None:
        await sending.send()
        sending.fake.expire_access()
        await sending.send(Part("lần hai"))
        assert [m.text for m in sending.fake.sent("lan")] == [QUIET.text, "lần hai"]
        assert sending.fake.refreshes == 2

    @pytest.mark.parametrize("code", [-216, "-216", -220, "-220"])
    async def test_a_refused_token_is_renewed_once(self, sending: Sending, code: int | str) -> None:
        sending.fake.fail_next(1, Answer(200, {"error": code}))
        await sending.send()
        assert sending.fake.refreshes == 2
        fault = Answer(200, {"error": code})
        await sending.fails(Halted, fault, fault)
        assert sending.fake.refreshes == 3

    async def test_eight_senders_with_an_expired_token_refresh_once(self, shared: Shared) -> None:
        with FakeZaloOA(refresh_delay=0.1) as fake:
            sending = Sending.to(fake, shared)
            await sending.tokens.access()
            fake.expire_access()
            await asyncio.gather(*(sending.send(Part(f"tin {n}")) for n in range(8)))
            assert sorted(m.text for m in fake.sent("lan")) == [f"tin {n}" for n in range(8)]
            assert fake.refreshes == 2

    async def test_a_reason_tells_no_id_token_or_address(self, sending: Sending) -> None:
        told = "user 7001234567890 token " + sending.fake.tokens.access + " https://openapi.zalo.me/v3.0/x is invalid"
        problem = await sending.fails(Refused, error(-201, told))
        assert str(problem) == "Zalo error -201: user … token … … is invalid"

    async def test_nothing_that_is_said_or_secret_is_logged(
        self, sending: Sending, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)  # as the channel's start does
        await sending.send()
        sending.fake.expire_access()
        await sending.send()
        await sending.fails(Refused, error(-201))
        secrets = [APP_SECRET, OA_SECRET, sending.fake.tokens.access, sending.fake.tokens.refresh, QUIET.text, "lan"]
        assert [s for s in secrets if s in caplog.text] == []


class TestStarting:
    async def start(self, fake: FakeZaloOA, shared: Shared, **changes: Any) -> ZaloOA:
        channel = ZaloOA(settings_for(fake, **changes), Recorder(), shared)  # type: ignore[arg-type]
        await channel.start()
        return channel

    async def test_a_started_channel_has_its_tokens_and_sends(self, fake: FakeZaloOA, shared: Shared) -> None:
        fake.say("lan", "chào")
        channel = await self.start(fake, shared, zalo_refresh_token=f" {fake.tokens.refresh}\n")
        assert stored(shared)["access"] == fake.tokens.access
        await channel.send("lan", QUIET)
        assert [m.text for m in fake.sent("lan")] == [QUIET.text]
        await channel.stop()
        with pytest.raises(Halted, match="not started"):
            await channel.send("lan", QUIET)

    @pytest.mark.parametrize("name", ["zalo_app_id", "zalo_app_secret", "zalo_oa_secret"])
    async def test_a_missing_setting_is_named(self, fake: FakeZaloOA, shared: Shared, name: str) -> None:
        with pytest.raises(Halted, match=f"MOTCUA_{name.upper()}"):
            await self.start(fake, shared, **{name: " "})

    async def test_a_token_that_is_used_up_halts_the_channel_until_there_is_another(
        self, fake: FakeZaloOA, shared: Shared
    ) -> None:
        with pytest.raises(Halted, match="MOTCUA_ZALO_REFRESH_TOKEN"):
            await self.start(fake, shared, zalo_refresh_token="used-up")
        await (await self.start(fake, shared)).stop()

    async def test_without_an_answer_from_zalo_it_starts_all_the_same(self, fake: FakeZaloOA, shared: Shared) -> None:
        channel = await self.start(fake, shared, zalo_oauth="http://127.0.0.1:9")
        with pytest.raises(TryAgain):
            await channel.send("lan", QUIET)
        await channel.stop()


@dataclasses.dataclass
class Hearing:
    """The channel's webhook over HTTP, with Zalo at the other end."""

    fake: FakeZaloOA
    intake: Recorder
    server: Listening[ZaloOA]

    def event(self, **fields: Any) -> bytes:
        return json.dumps({"app_id": self.fake.app_id, "timestamp": "1700000000000"} | fields).encode()

    def post(self, raw: bytes, *, signed: bool = True) -> int:
        return self.fake.forge(raw, self.fake.mac(raw) if signed else None)


@contextmanager
def hearing(database: str, *, changes: dict[str, Any] | None = None, **platform: Any) -> Iterator[Hearing]:
    engine: sa.Engine = connect(database)
    intake = Recorder()
    with FakeZaloOA(time_scale=FAST, **platform) as fake:
        settings = settings_for(fake, **changes or {})
        with listening(lambda url: ZaloOA(settings, intake, Shared(engine))) as server:  # type: ignore[arg-type]
            fake.deliver_to(server.url + "/webhooks/zalo")
            yield Hearing(fake, intake, server)
    engine.dispose()


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hearing]:
    """One for all tests that use a user of their own."""
    with hearing(f"sqlite:///{tmp_path_factory.mktemp('zalo') / 'none.sqlite'}") as hearing_:
        yield hearing_


class TestHearing:
    @pytest.mark.parametrize(
        ("kind", "expected"),
        [
            ("image", Kind.PHOTO), ("audio", Kind.VOICE), ("sticker", Kind.STICKER), ("gif", Kind.STICKER),
            ("video", Kind.VIDEO), ("file", Kind.FILE), ("business_card", Kind.CONTACT), ("link", Kind.OTHER),
        ],
    )  # fmt: skip
    def test_whatever_is_sent_arrives_as_what_it_is(self, heard: Hearing, kind: str, expected: Kind) -> None:
        user = f"user-{kind}"
        message_id = heard.fake.send(user, kind)
        (message,) = heard.intake.wait_for(user)
        assert (message.channel, message.kind, message.text) == ("zalo", expected, "")
        assert (message.message_id, message.reply_to) == (message_id, user)

    def test_words_a_link_and_a_place_arrive(self, heard: Hearing) -> None:
        heard.fake.say("mai", "lam lai cccd cần gì 🙂")
        heard.intake.wait_for("mai", 1)
        heard.fake.send("mai", "link", text="https://dichvucong.gov.vn")
        heard.intake.wait_for("mai", 2)
        heard.fake.location("mai", 10.7757812, 106.7009987)
        told = [(m.kind, m.text) for m in heard.intake.wait_for("mai", 3)]
        assert told == [
            (Kind.TEXT, "lam lai cccd cần gì 🙂"),
            (Kind.TEXT, "https://dichvucong.gov.vn"),
            (Kind.LOCATION, "10.776,106.701"),
        ]

    def test_a_new_follower_is_greeted_and_one_who_leaves_is_unreachable(self, heard: Hearing) -> None:
        heard.fake.follow("hung")
        (message,) = heard.intake.wait_for("hung")
        assert (message.kind, message.text, message.reply_to) == (Kind.ACT, "greet", "hung")
        assert "hung" not in message.message_id
        heard.fake.unfollow("hung")
        heard.fake.wait_until_pushed()
        assert ("reachable", "zalo", "hung", False) in heard.intake.calls

    def test_submitted_details_are_thanked_for_and_kept_nowhere(self, heard: Hearing) -> None:
        heard.fake.submit_info("thu", "Trần Thị Thu", "0912345678", {"city": "Huế"})
        (message,) = heard.intake.wait_for("thu")
        assert (message.kind, message.text) == (Kind.ACT, "thank")
        told = repr(heard.intake.messages) + repr(heard.intake.calls)
        assert "Trần Thị Thu" not in told
        assert "0912345678" not in told

    def test_a_withdrawal_forgets(self, heard: Hearing) -> None:
        heard.fake.withdraw("dung")
        heard.fake.wait_until_pushed()
        assert ("forget", "zalo", "dung") in heard.intake.calls

    def test_a_person_takes_over_and_hands_back(self, heard: Hearing) -> None:
        heard.fake.admin_reply("binh", "Chào anh, em là cán bộ đây ạ")
        heard.fake.wait_until_pushed()
        heard.fake.admin_reply("binh", "#bot")
        heard.fake.wait_until_pushed()
        calls = [call for call in heard.intake.calls if call[2] == "binh"]
        assert calls == [("hand over", "zalo", "binh", 45 * 60), ("hand over", "zalo", "binh", 0)]
        assert heard.intake.of("binh") == []

    def test_echoes_glances_and_anonymous_visitors_are_acknowledged_and_ignored(self, heard: Hearing) -> None:
        before = len(heard.intake.messages), len(heard.intake.calls)
        echo = {"sender": {"id": heard.fake.oa_id}, "recipient": {"id": "an"}}
        heard.fake.event("oa_send_text", **echo, message={"text": "Dạ", "msg_id": "e1"})
        heard.fake.see("an")
        heard.fake.say_anonymously("visitor", "chào")
        for name in ("user_received_message", "user_reacted_message", "user_click_chatnow", "user_send_hologram"):
            heard.fake.event(name, sender={"id": "an"}, recipient={"id": heard.fake.oa_id})
        heard.fake.wait_until_pushed()
        assert (len(heard.intake.messages), len(heard.intake.calls)) == before
        assert all(status == 200 for _, status in heard.fake.acknowledgements)

    def test_the_consoles_probe_is_answered(self, heard: Hearing) -> None:
        assert heard.fake.probe() == 200

    @pytest.mark.parametrize(
        "body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff", b"[" * 60_000, b"1" * 5000]
    )  # fmt: skip
    def test_what_is_no_event_is_refused(self, heard: Hearing, body: bytes) -> None:
        assert heard.fake.forge(body) == 400

    def test_an_event_without_the_right_signature_is_refused(self, heard: Hearing) -> None:
        raw = heard.event(event_name="user_withdraw", user_id="forged")
        right = heard.fake.mac(raw)
        for mac in (None, "", "0" * 64, right[:-1], heard.fake.mac(raw + b" ")):
            assert heard.fake.forge(raw, mac) == 403
        tampered = raw.replace(b"forged", b"fooled")
        assert heard.fake.forge(tampered, right) == 403
        assert not [call for call in heard.intake.calls if call[2] in ("forged", "fooled")]
        assert heard.fake.forge(raw, right) == 200

    def test_an_event_of_another_app_is_refused(self, heard: Hearing) -> None:
        assert heard.post(heard.event(event_name="user_withdraw", user_id="x", app_id="9")) == 403

    def test_an_event_of_two_hours_ago_is_a_retry_and_is_taken(self, heard: Hearing) -> None:
        two_hours_ago = int((time.time() - 2 * 3600) * 1000)
        text = {"text": "chào", "msg_id": "old"}
        raw = heard.event(event_name="user_send_text", sender={"id": "xua"}, message=text, timestamp=two_hours_ago)
        assert heard.post(raw) == 200
        assert [m.message_id for m in heard.intake.of("xua")] == ["old"]

    def test_a_repeat_has_the_same_id_for_the_inbox_to_know_it_by(self, heard: Hearing) -> None:
        for happens in (lambda: heard.fake.say("lap", "chào"), lambda: heard.fake.follow("lap")):
            message_id = happens()
            heard.fake.wait_until_pushed()
            heard.fake.repeat(message_id)
            heard.fake.wait_until_pushed()
        ids = [m.message_id for m in heard.intake.wait_for("lap", 4)]
        assert ids[0] == ids[1] != ids[2] == ids[3]

    def test_what_could_not_be_stored_is_delivered_again(self, heard: Hearing) -> None:
        heard.intake.faults.append(OperationalError("", {}, Exception("locked")))
        message_id = heard.fake.say("kien", "chào")
        assert [m.message_id for m in heard.intake.wait_for("kien")] == [message_id]
        heard.fake.wait_until_pushed()
        assert heard.fake.acknowledgements[-2][1] == 500
        assert heard.fake.acknowledgements[-1][1] == 200

    def test_events_are_acknowledged_in_time(self, heard: Hearing) -> None:
        heard.fake.wait_until_pushed()
        assert max(seconds for seconds, _ in heard.fake.acknowledgements) < 2

    def test_no_words_ids_or_signatures_are_logged(self, heard: Hearing, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        raw = heard.event(event_name="user_send_text", sender={"id": "id-of-tam"}, message={"text": "bệnh của tôi"})
        assert heard.post(raw, signed=False) == 403
        assert heard.post(raw) == 200
        assert "signature" in caplog.text
        assert [w for w in ("id-of-tam", "bệnh", heard.fake.mac(raw), OA_SECRET) if w in caplog.text] == []

    def test_events_may_be_signed_with_the_apps_secret(self, database: str) -> None:
        with hearing(database, changes={"zalo_sign_with": "app"}, oa_secret_key=APP_SECRET) as heard:
            heard.fake.say("lan", "chào")
            heard.intake.wait_for("lan")
        with hearing(database, changes={"zalo_sign_with": "app"}) as heard:
            raw = heard.event(event_name="user_withdraw", user_id="lan")
            assert heard.post(raw) == 403


@dataclasses.dataclass
class Whole:
    """The real app, with Zalo at both ends: its events are handed over by `push`."""

    fake: FakeZaloOA
    app: Running

    def push(self) -> list[int]:
        """What has happened; the statuses of the webhook's answers."""
        with self.fake.changed:
            events, self.fake.pusher.waiting = self.fake.pusher.waiting, []
        return [
            self.app.http.post("/webhooks/zalo", content=event.body, headers=self.fake.headers(event)).status_code
            for event in events
        ]

    def say(self, text: str, count: int, user: str = "lan") -> Sent:
        """The last message to the user, once there are `count`."""
        self.fake.say(user, text)
        assert self.push() == [200]
        return self.fake.wait_for(user, count)[-1]

    def rows_of(self, user: str) -> int:
        """In every table that holds what is personal."""
        person = person_key("pepper", "zalo", user)
        engine = connect(self.app.settings.app_database)
        with engine.connect() as db:
            counts = [
                db.scalar(sa.select(sa.func.count()).select_from(t).where(t.c.person == person)) for t in PERSONAL
            ]
        engine.dispose()
        return sum(count or 0 for count in counts)


@pytest.fixture
def whole(fake: FakeZaloOA, start: Start) -> Whole:
    given = settings_for(fake).model_dump(include={n for n in Settings.model_fields if n.startswith("zalo_")})
    app = start(**given, gather_seconds=0, rate_per_minute=1000)
    fake.wait_until(lambda: fake.refreshes > 0)
    return Whole(fake, app)


class TestTheWholeApp:
    def test_a_follower_is_greeted_asks_and_chooses(self, whole: Whole) -> None:
        whole.fake.follow("lan")
        assert whole.push() == [200]
        (greeting,) = whole.fake.wait_for("lan")
        assert "Một Cửa" in greeting.text
        answer = whole.say("khai báo nuôi ong phí bao nhiêu", 2)
        assert "20.000 đồng" in answer.text
        whole.fake.press("lan", answer.buttons[0])
        whole.push()
        assert whole.fake.wait_for("lan", 3)[-1].text != answer.text
        assert whole.fake.refused == []

    def test_a_repeated_event_is_answered_once(self, whole: Whole) -> None:
        message_id = whole.fake.say("lan", "xin thả diều")
        whole.push()
        whole.fake.wait_for("lan")
        whole.fake.repeat(message_id)
        assert whole.push() == [200]
        whole.say("phí bao nhiêu", 2)
        assert len(whole.fake.sent("lan")) == 2

    def test_the_assistant_is_silent_while_a_person_answers(self, whole: Whole) -> None:
        whole.say("chào", 1)
        whole.fake.admin_reply("lan", "Em là cán bộ đây ạ")
        whole.push()
        whole.fake.say("lan", "phí nuôi ong bao nhiêu")
        assert whole.push() == [200]
        whole.say("chào", 1, user="mai")  # others are answered
        assert len(whole.fake.sent("lan")) == 1
        whole.fake.admin_reply("lan", "#bot")
        whole.push()
        whole.say("chào", 2)

    def test_a_withdrawal_leaves_nothing(self, whole: Whole) -> None:
        whole.say("khai báo nuôi ong", 1)
        assert whole.rows_of("lan") > 0
        whole.fake.withdraw("lan")
        assert whole.push() == [200]
        assert whole.rows_of("lan") == 0
        assert person_key("pepper", "zalo", "lan") in whole.app.rasa.forgotten

    def test_a_photo_and_a_place_are_answered(self, whole: Whole) -> None:
        whole.fake.send("lan", "image")
        whole.push()
        whole.fake.wait_for("lan", 1)
        whole.fake.location("lan", 10.7757812, 106.7009987)
        whole.push()
        assert "Hồ Chí Minh" in whole.fake.wait_for("lan", 2)[-1].text

    def test_a_follower_who_left_and_came_back_is_greeted_again(self, whole: Whole) -> None:
        whole.fake.follow("lan")
        whole.push()
        whole.fake.wait_for("lan", 1)
        whole.fake.unfollow("lan")
        assert whole.push() == [200]
        whole.fake.follow("lan")
        whole.push()
        whole.fake.wait_for("lan", 2)
