"""kill -9 at any moment, two hundred times: nothing is lost, and nothing is said twice that could be told apart."""

from __future__ import annotations

import asyncio
import json
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import groupby, product
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
import sqlalchemy as sa

from bot.channels.platform import Limits, Part
from bot.channels.rendering import render
from bot.channels.telegram import Telegram
from bot.channels.zalo import ZaloOA
from bot.database import migrate
from bot.privacy import person_key, redact
from bot.store import Store, connect
from bot.supervisor import free_port
from bot.tables import inbox, outbox
from knowledge.release import ReleaseStore
from knowledge.settings import PROJECT
from tests.builders import RECORDS, bees, release
from tests.contract.conftest import Running, Start
from tests.contract.fake_rasa import RASA_SECRET
from tests.contract.killable import HEARD
from tests.fakes.server import Sent
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_oa import FakeZaloOA

SEEDS = (7, 8)  # of two apps that are killed side by side
LIVES = 101  # of each, and each ends by a kill
ANSWERS = 3  # times as long as an answer takes a life may last
PEOPLE = 5  # on each platform
LAN = 881_234_567
SECRET = "pepper"
LIMITS: dict[str, Limits] = {"telegram": Telegram.limits, "zalo": ZaloOA.limits}
STEP = "Điền tờ khai nuôi ong, ký tên, rồi mang lên xã nộp cùng giấy tờ tùy thân của chủ vườn. " * 5
QUESTIONS = (
    "các bước khai báo nuôi ong", "khai báo nuôi ong làm mấy bước", "lệ phí nuôi ong", "nuôi ong cần giấy tờ gì",
    "thả diều nộp ở đâu", "bao lâu có giấy tập huấn nuôi ong", "dời tổ ong mất mấy ngày", "tem mật ong",
)  # fmt: skip
WORD = re.compile(r"\b[bgwxz]{6}\b")  # one more in every message, and none in two
MOST_UNANSWERED = 6  # messages; then people wait, however slow the machine is
HALF_DONE = {
    "unanswered": "SELECT count(*) FROM inbox WHERE answered_at IS NULL",
    "unsent": "SELECT count(*) FROM outbox WHERE state = 'waiting' AND parts_sent = 0",
    "half sent": "SELECT count(*) FROM outbox WHERE state = 'waiting' AND parts_sent > 0",
}
NEXT_PARTS = "SELECT id, parts_sent FROM outbox WHERE state = 'waiting'"


class PersistentZalo(FakeZaloOA):
    """Zalo gives up after six attempts in hours; here the app dies more often than that in a minute."""

    def next_try(self, tries: int) -> float:
        return 0.2


class Victim:
    """One app with a database of its own, killed `LIVES` times while people on two platforms talk with it."""

    def __init__(self, folder: Path, seed: int, telegram: FakeTelegram, zalo: PersistentZalo) -> None:
        self.folder = folder
        self.telegram = telegram
        self.zalo = zalo
        self.port = free_port()
        self.url = f"sqlite:///{folder / 'app.sqlite'}"
        self.said: dict[tuple[str, str], dict[str, str]] = {}  # by platform and user: message id → its word
        self.kills = 0
        self.found: Counter[str] = Counter()  # how many kills found what half done
        self.undecided: Counter[tuple[int, int]] = Counter()  # how many found a part, by answer and number, not noted
        self._unanswered = 0  # at the last kill
        self._pace = 0.0  # seconds that the first answer of a life takes on this machine
        self._chance = random.Random(seed)
        self._words = ("".join(letters) for letters in product("bgwxz", repeat=6))

    def run(self) -> None:
        with (self.folder / "app.log").open("ab") as log, self._program(log) as program:
            try:
                pid = self._begin(program)
                self._wait_until_connected()
                self._pace = self._wait_until_answered()
                for _ in range(LIVES):
                    self._talk_a_while()
                    self._kill(pid, program)
                    for _ in range(self._chance.randrange(3)):
                        self._say_something()
                    pid = self._begin(program)
                self._wait_until_all_is_done()
            finally:
                os.killpg(program.pid, signal.SIGKILL)

    # A life

    def _program(self, log: IO[bytes]) -> subprocess.Popen[str]:
        env = {
            "VAR": self.folder, "DATABASE_URL": self.url, "SECRET": SECRET, "RASA_SECRET": RASA_SECRET,
            "PORT": self.port, "GATHER_SECONDS": 0.05, "RATE_PER_MINUTE": 1_000_000,
            "TELEGRAM_TOKEN": self.telegram.token, "TELEGRAM_API": self.telegram.url,
            "ZALO_APP_ID": self.zalo.app_id, "ZALO_APP_SECRET": self.zalo.secret_key,
            "ZALO_OA_SECRET": self.zalo.oa_secret_key, "ZALO_REFRESH_TOKEN": self.zalo.tokens.refresh,
            "ZALO_API": self.zalo.url, "ZALO_OAUTH": self.zalo.url,
        }  # fmt: skip
        return subprocess.Popen(
            [sys.executable, "-m", "tests.contract.killable"],
            cwd=PROJECT, env=os.environ | {f"MOTCUA_{name}": str(value) for name, value in env.items()},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
        )  # fmt: skip

    def _begin(self, program: subprocess.Popen[str]) -> int:
        assert program.stdin
        assert program.stdout
        print(self._chance.randrange(2**32), file=program.stdin, flush=True)
        return int(program.stdout.readline())

    def _talk_a_while(self) -> None:
        """Some are killed while they start, the others while people write."""
        if self._chance.random() < 0.15:
            time.sleep(self._chance.uniform(0, ANSWERS * self._pace))
            return
        self._wait_until_listening()
        end = time.monotonic() + self._chance.uniform(0, ANSWERS * self._pace)
        while (left := end - time.monotonic()) > 0:
            self._say_something()
            time.sleep(min(left, self._chance.uniform(0, 0.3)))

    def _say_something(self) -> None:
        if self._unanswered >= MOST_UNANSWERED:
            return
        word, question = next(self._words), self._chance.choice(QUESTIONS)
        user = str(881_000_000 + self._chance.randrange(PEOPLE))
        platform = self._chance.choice(["telegram", "zalo"])
        say = self.telegram.say if platform == "telegram" else self.zalo.say
        message_id = say(user, f"{question} {word}")
        self.said.setdefault((platform, user), {})[message_id] = word

    def _kill(self, pid: int, program: subprocess.Popen[str]) -> None:
        assert program.stdout
        self.kills += 1
        os.kill(pid, signal.SIGKILL)
        assert program.stdout.readline() == "ended\n"
        half_done = self._half_done()
        self.undecided.update(self._left(NEXT_PARTS)[0])
        self._unanswered = half_done["unanswered"]
        self.found.update(half_done.keys() or ["nothing"])

    def _half_done(self) -> Counter[str]:
        """How much of what there is."""
        counts = (rows[0][0] for rows in self._left(*HALF_DONE.values()))
        return +Counter(dict(zip(HALF_DONE, counts, strict=True)))

    def _left(self, *queries: str) -> list[list[tuple[int, ...]]]:
        """The rows of each, read from a copy: it is for the app to recover what a kill left."""
        for name in ("app.sqlite", "app.sqlite-wal"):
            (self.folder / f"copy-of-{name}").unlink(missing_ok=True)
            if (self.folder / name).exists():
                shutil.copy(self.folder / name, self.folder / f"copy-of-{name}")
        with closing(sqlite3.connect(self.folder / "copy-of-app.sqlite")) as db:
            return [db.execute(query).fetchall() for query in queries]

    # Waiting

    def _wait_until_listening(self) -> None:
        end = time.monotonic() + 30
        while time.monotonic() < end:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.01)
        raise AssertionError(f"the app did not start: {self._log()}")

    def _wait_until_connected(self) -> None:
        """Zalo's first pair of tokens is stored: a kill between getting and storing it needs an operator."""
        self._wait_until_listening()
        end = time.monotonic() + 30
        while time.monotonic() < end:
            channels = httpx.get(f"http://127.0.0.1:{self.port}/readyz").json()["channels"]
            if channels["telegram"] == channels["zalo"] == "on":
                return
            time.sleep(0.05)
        raise AssertionError(f"the platforms are not on: {self._log()}")

    def _wait_until_answered(self) -> float:
        """Seconds."""
        start = time.monotonic()
        self._say_something()
        while not self._left("SELECT id FROM outbox WHERE state = 'sent'")[0]:
            assert time.monotonic() < start + 30, f"nothing is answered: {self._log()}"
            time.sleep(0.02)
        return time.monotonic() - start

    def _wait_until_all_is_done(self) -> None:
        self.telegram.wait_until_pushed(60)
        self.zalo.wait_until_pushed(60)
        end = time.monotonic() + 60
        while half_done := self._half_done():
            assert time.monotonic() < end, f"still {half_done}: {self._log()}"
            time.sleep(0.2)

    def _log(self) -> str:
        return (self.folder / "app.log").read_text(encoding="utf-8")[-3000:]

    # What became of it

    def rows(self, table: sa.Table, platform: str, user: str) -> list[Any]:
        """A person's rows, oldest first."""
        engine = connect(self.url)
        with engine.connect() as db:
            mine = table.c.person == person_key(SECRET, platform, user)
            rows = db.execute(sa.select(table).where(mine).order_by(table.c.id)).all()
        engine.dispose()
        return list(rows)

    def sent(self, platform: str, user: str) -> list[Sent]:
        return (self.telegram if platform == "telegram" else self.zalo).sent(user)

    def heard(self) -> dict[int, list[str]]:
        """The words that Rasa heard last in each turn."""
        lines = (self.folder / HEARD).read_text(encoding="utf-8").splitlines()
        return {turn: WORD.findall(f"{text} {rest}") for turn, text, rest in map(json.loads, lines)}


@pytest.fixture(scope="module")
def victims(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Victim]]:
    """Killed, restarted for the last time, and done with everything."""
    root = tmp_path_factory.mktemp("killed")
    steps = tuple({"channel": channel, "text": STEP} for channel in ("online", "direct") for _ in range(6))
    ReleaseStore(root / "releases").publish(release(root, [bees(steps=steps), *RECORDS[1:]]))
    with ExitStack() as stack:
        victims = []
        for seed in SEEDS:
            folder = root / str(seed)
            shutil.copytree(root / "releases", folder / "releases")
            telegram = stack.enter_context(FakeTelegram(rate_limits=False))  # one message a second would take hours
            zalo = stack.enter_context(PersistentZalo(paid_quota=1_000_000))  # long answers to short questions
            victim = Victim(folder, seed, telegram, zalo)
            migrate(victim.url)
            zalo.deliver_to(f"http://127.0.0.1:{victim.port}/webhooks/zalo")
            slowness = random.Random(seed)
            for _ in range(10_000):
                telegram.hang_next(1, slowness.uniform(0, 0.02))
                zalo.hang_next(1, slowness.uniform(0, 0.02))
            victims.append(victim)
        with ThreadPoolExecutor() as pool:
            list(pool.map(Victim.run, victims))
        yield victims


@pytest.fixture(scope="module")
def talks(victims: list[Victim]) -> list[tuple[Victim, str, str]]:
    return [(victim, platform, user) for victim in victims for platform, user in victim.said]


def test_the_kills_come_at_every_stage(victims: list[Victim]) -> None:
    found = sum((victim.found for victim in victims), Counter())
    kills = sum(victim.kills for victim in victims)
    print(f"\n{kills} kills found {dict(found)}")
    assert kills >= 200
    assert min(found[what] for what in HALF_DONE) >= 10, found
    assert found["nothing"] < kills / 2, found


def test_every_message_is_taken_in_once_and_answered(talks: list[tuple[Victim, str, str]]) -> None:
    for victim, platform, user in talks:
        rows = victim.rows(inbox, platform, user)
        assert len(rows) == len(victim.said[platform, user])
        assert all(row.answered_at for row in rows)
        if platform == "zalo":
            assert {row.message_id for row in rows} == victim.said[platform, user].keys()


def test_every_turn_has_one_answer_and_it_is_sent(talks: list[tuple[Victim, str, str]]) -> None:
    for victim, platform, user in talks:
        answers = victim.rows(outbox, platform, user)
        turns = {row.turn or row.id for row in victim.rows(inbox, platform, user)}
        assert sorted(answer.inbox_id for answer in answers) == sorted(turns)
        assert {answer.state for answer in answers} == {"sent"}
        assert "error" not in {reply["status"] for answer in answers for reply in answer.replies}


def test_no_word_is_left_out_of_its_turn_and_none_is_heard_in_another(talks: list[tuple[Victim, str, str]]) -> None:
    heard = {victim: victim.heard() for victim in {talk[0] for talk in talks}}
    for victim, platform, user in talks:
        said = victim.said[platform, user]
        rows = victim.rows(inbox, platform, user)  # of Telegram in the order they were said; Zalo's ids are ours
        words = said.values() if platform == "telegram" else (said[row.message_id] for row in rows)
        spoken = [(row.turn or row.id, word) for row, word in zip(rows, words, strict=True)]
        for turn, of_turn in groupby(sorted(spoken, key=lambda s: s[0]), key=lambda s: s[0]):
            assert heard[victim][turn] == [word for _, word in of_turn]


def test_people_get_every_part_in_order_and_again_only_where_a_kill_hid_that_they_had_it(
    talks: list[tuple[Victim, str, str]],
) -> None:
    doubles = 0
    for victim, platform, user in talks:
        due = [
            Due(part, victim.undecided[answer.id, number])
            for answer in victim.rows(outbox, platform, user)
            for number, part in enumerate(render(answer.id, answer.replies, LIMITS[platform]))
        ]
        runs_due = [list(run) for _, run in groupby(due, key=lambda d: _said(d.part))]
        runs_sent = [list(run) for _, run in groupby(victim.sent(platform, user), key=_shown)]
        assert [_said(run[0].part) for run in runs_due] == [_shown(run[0]) for run in runs_sent]
        for wanted, got in zip(runs_due, runs_sent, strict=True):
            again = len(got) - len(wanted)
            assert 0 <= again <= sum(part.killed for part in wanted)
            doubles += again
    kills = sum(victim.kills for victim in {talk[0] for talk in talks})
    print(f"\n{kills} kills made {doubles} doubles")
    assert doubles <= kills


@dataclass(frozen=True)
class Due:
    """A part that a person is to get. `killed`: how many kills found it the next to send, so it may have been taken."""

    part: Part
    killed: int


def _said(part: Part) -> tuple[str, tuple[str, ...]]:
    """What tells parts apart: every button has a token of its own."""
    return part.text.strip(), tuple(payload for _, payload in part.buttons)


def _shown(sent: Sent) -> tuple[str, tuple[str, ...]]:
    return sent.text.strip(), tuple(button.value for button in sent.buttons)


# Where the next thing comes before the last one is over, as it may for a process that is slow or killed

PATIENT = 3.0  # seconds


@pytest.fixture
def telegram() -> Iterator[FakeTelegram]:
    with FakeTelegram(rate_limits=False) as fake:
        yield fake


@pytest.fixture
def deleting(start: Start, telegram: FakeTelegram) -> Running:
    """Somebody has been asked whether everything about them is to be deleted."""
    running = start(telegram_token=telegram.token, telegram_api=telegram.url, gather_seconds=0.2)
    telegram.say(LAN, "lệ phí nuôi ong")
    telegram.wait_for(LAN, 1)
    telegram.say(LAN, "xoá dữ liệu của tôi")
    telegram.wait_for(LAN, 2)
    return running


def test_the_id_of_a_deleted_message_is_not_given_again(running: Running) -> None:
    store = Store(connect(running.settings.app_database))
    first, _ = store.accept("api", "hoa", "m-1", redact("khai báo nuôi ong"))
    store.forget("hoa", keep_inbox=False)
    second, _ = store.accept("api", "nam", "m-2", redact("lệ phí nuôi ong"))
    assert second.id > first.id


def test_a_receipt_that_is_delivered_at_once_ends_the_turn(deleting: Running, telegram: FakeTelegram) -> None:
    """And Rasa's tracker is emptied, which comes last."""
    send = deleting.rasa.send

    async def slow(person: str, text: str, metadata: dict[str, Any]) -> list[dict[str, Any]]:
        replies = await send(person, text, metadata)
        await asyncio.sleep(1.5)  # longer than the delivery sleeps
        return replies

    deleting.rasa.send = slow  # type: ignore[method-assign]
    telegram.press(LAN, "Xoá hết")
    telegram.wait_for(LAN, 3)
    telegram.wait_until(lambda: bool(deleting.rasa.forgotten), PATIENT, "the tracker is not emptied")
    assert len(deleting.rasa.heard) == 3


def test_what_is_written_right_after_a_deletion_is_answered(deleting: Running, telegram: FakeTelegram) -> None:
    telegram.press(LAN, "Xoá hết")
    telegram.say(LAN, "dời tổ ong mất mấy ngày")
    *_, receipt, answer = telegram.wait_for(LAN, 4, PATIENT)
    assert "đã xoá" in receipt.text
    assert "dời tổ ong" in answer.text
