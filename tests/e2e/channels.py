"""The real system with its three messaging platforms, each of them a fake on loopback, and people who write on them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa

from actions import choices
from actions.reply import Act, Button, Command
from bot.channels.platform import Limits
from bot.channels.rendering import MORE
from bot.channels.telegram import Telegram
from bot.channels.zalo import ZaloOA
from bot.channels.zalo_bot import ZaloBot
from bot.database import migrate
from bot.model import ensure_model
from bot.privacy import person_key
from bot.settings import Settings
from bot.store import connect, utc_now
from bot.supervisor import Supervisor, free_port
from bot.tables import inbox, outbox
from knowledge.settings import PROJECT, KnowledgeSettings
from tests.contract.test_killed import PersistentZalo
from tests.e2e.conftest import System, build_release
from tests.fakes.server import Sent
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_bot import FakeZaloBot
from tests.fakes.zalo_oa import FakeZaloOA

LIMITS: dict[str, Limits] = {"telegram": Telegram.limits, "zalo": ZaloOA.limits, "zalo-bot": ZaloBot.limits}
SECRET = "pepper"


@dataclass(frozen=True)
class Town:
    """The system and the platforms that it is connected to."""

    system: System
    platforms: dict[str, FakeTelegram | FakeZaloOA | FakeZaloBot]
    engine: sa.Engine

    def rows(self, table: sa.Table, platform: str, user: str) -> list[Any]:
        """A person's rows, oldest first."""
        mine = table.c.person == person_key(SECRET, platform, user)
        with self.engine.connect() as db:
            return list(db.execute(sa.select(table).where(mine).order_by(table.c.id)))

    def is_done_with(self, platform: str, user: str) -> bool:
        """Whether everything that came in is answered, and every answer sent."""
        answered = all(row.answered_at for row in self.rows(inbox, platform, user))
        return answered and all(row.state == "sent" for row in self.rows(outbox, platform, user))


@contextmanager
def town(var: Path) -> Iterator[Town]:
    with ExitStack() as stack:
        telegram = stack.enter_context(FakeTelegram(rate_limits=False))  # a message a second would take an hour
        zalo = stack.enter_context(PersistentZalo())
        zalo_bot = stack.enter_context(FakeZaloBot(most_users=10_000))  # everybody writes at once
        settings = Settings(
            var=var, models=PROJECT / "var" / "models", port=free_port(), rasa_port=free_port(),
            secret=SECRET, gather_seconds=0.05, rate_per_minute=1_000_000,
            telegram_token=telegram.token, telegram_api=telegram.url,
            zalo_app_id=zalo.app_id, zalo_app_secret=zalo.secret_key, zalo_oa_secret=zalo.oa_secret_key,
            zalo_refresh_token=zalo.tokens.refresh, zalo_api=zalo.url, zalo_oauth=zalo.url,
            zalo_bot_token=zalo_bot.token, zalo_bot_api=zalo_bot.url,
        )  # fmt: skip
        ensure_model(settings.models)
        build_release(settings)
        migrate(settings.app_database)
        supervisor = Supervisor(settings, say=print)
        stack.callback(supervisor.stop)
        supervisor.start()
        url = f"http://127.0.0.1:{settings.port}"
        zalo.deliver_to(f"{url}/webhooks/zalo")
        engine = connect(settings.app_database)
        stack.callback(engine.dispose)
        system = System(url, settings, supervisor, is_national=(KnowledgeSettings().shared / "data").is_dir())
        wait_until(lambda: _are_on(url), 60)
        yield Town(system, {"telegram": telegram, "zalo": zalo, "zalo-bot": zalo_bot}, engine)


def _are_on(url: str) -> bool:
    return set(httpx.get(f"{url}/readyz").json()["channels"].values()) == {"on"}


def wait_until(is_so: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"it did not come within {seconds:.0f} s"
        time.sleep(0.05)


@dataclass(frozen=True)
class Turn:
    """What a person got: the messages on the platform, and the replies they were made of.

    There are no replies after a deletion, of which not even the receipt is kept.
    """

    sent: list[Sent]
    replies: list[dict[str, Any]]

    @property
    def text(self) -> str:
        return "\n".join(message.text for message in self.sent)


class Resident:
    """Somebody with a telephone and one platform, who waits for the answer before writing on."""

    def __init__(self, town: Town, platform: str, user: str) -> None:
        self._town = town
        self._platform = platform
        self._user = user
        self._fake = town.platforms[platform]
        self._offered: list[dict[str, str]] = []

    def tell(self, text: str) -> Turn:
        """A choice is pressed, or made by its number where nothing can be pressed; all else is typed."""
        buttons = [Button(b["title"], Command(Act.CHOOSE), b["payload"]) for b in self._offered]
        choice = choices.resolve(text, buttons)
        if choice is None or choice.rest:
            return self._do(lambda: self._fake.say(self._user, text))
        if isinstance(self._fake, FakeZaloBot):
            number = buttons.index(choice.button) + 1
            return self._do(lambda: self._fake.say(self._user, str(number)))
        return self._press(self._fake, choice.button)

    def _press(self, fake: FakeTelegram | FakeZaloOA, button: Button) -> Turn:
        shown = {b.value for b in fake.sent(self._user)[-1].buttons}
        payload = button.payload
        if payload not in shown:  # behind "Xem thêm", and offered anew
            more = self._do(lambda: fake.press(self._user, MORE))
            payload = next(b["payload"] for b in more.replies[-1]["buttons"] if b["title"] == button.title)
        return self._do(lambda: fake.press(self._user, payload))

    def _do(self, act: Callable[[], object]) -> Turn:
        before, since = len(self._fake.sent(self._user)), utc_now()
        act()
        wait_until(lambda: len(self._fake.sent(self._user)) > before and self._is_answered(), 60)
        rows = self._town.rows(outbox, self._platform, self._user)
        replies = [reply for row in rows if row.created_at > since.replace(tzinfo=None) for reply in row.replies]
        self._offered = next((reply["buttons"] for reply in reversed(replies) if reply["buttons"]), [])
        return Turn(self._fake.sent(self._user)[before:], replies)

    def _is_answered(self) -> bool:
        return self._town.is_done_with(self._platform, self._user)
