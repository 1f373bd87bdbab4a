"""`make load`: many people write through the fakes' signed webhooks, at a fixed rate, and nobody may be forgotten.

Open loop: a late answer does not slow the sending. At the end the database, the fakes and what was said must agree:
every message stored and answered, one answer a turn, each taken by its platform once and in order. Then bare Rasa
(see `bot.bench`) is asked the same messages as fast as it can answer, on the same machine in the same run.
"""

from __future__ import annotations

import asyncio
import math
import os
import random
import secrets
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from itertools import cycle
from pathlib import Path
from typing import Annotated, Any, Literal

import httpx
import sqlalchemy as sa
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.bench import MESSAGES, Load, _bare_rasa, _wait_for
from bot.channels.kinds import Kind
from bot.channels.platforms import PLATFORMS
from bot.channels.rendering import render
from bot.channels.telegram import Telegram
from bot.channels.zalo.channel import WEBHOOK as ZALO_WEBHOOK
from bot.channels.zalo.channel import ZaloOA
from bot.privacy import person_key
from bot.rasa import SECRET_HEADER
from bot.settings import Settings
from bot.store import connect
from bot.supervisor import Supervisor, free_port, prepare
from bot.tables import SENT, WAITING, inbox, outbox
from knowledge.settings import PROJECT
from knowledge.tables import markdown, write_tables
from tests.fakes.server import Event, Fake
from tests.fakes.telegram import FakeTelegram
from tests.fakes.zalo_oa import FakeZaloOA

_AT_ONCE = 8  # events on their way, as many as a fake has threads: one slow acknowledgement must not hold the rest back
_PATIENCE = 90.0  # seconds without any progress until what is missing counts as lost; Zalo pushes again after 30
_AFTERWARDS = 3.0  # seconds in which a second copy of an answer would come
_LATE = 1.0  # seconds; a sender that falls behind more than that is no open loop
_RASA_SIDE_BY_SIDE = 32
_SHARES = (0.5, 0.95, 0.99, 1.0)


class Do(Enum):
    """What people do beside writing words."""

    PRESS = "press"  # a button of the latest message that has any; without one they write "1"
    STICKER = "sticker"


Step = str | Do
Utterance = tuple[tuple[float, Step], ...]  # (seconds after the one before, what is said)
_LONGEST = 3.0  # seconds of an utterance
_OTHERS: tuple[Utterance, ...] = (
    ((0.0, "em muốn"), (0.8, "làm giấy khai sinh cho bé"), (0.7, "cần gì ạ")),
    ((0.0, Do.PRESS),),
    ((0.0, "sổ đỏ bị mất thì xin cấp lại ở đâu"), (2.5, "alo ad ơi")),
    ((0.0, "1"),),
    ((0.0, "đổi giấy phép lái xe"), (1.2, Do.PRESS), (0.6, "ở Cần Thơ ạ")),
    ((0.0, Do.STICKER),),
    ((0.0, "hướng dẫn tôi chuẩn bị giấy tờ"),),
    ((0.0, Do.PRESS), (1.8, "lệ phí thế nào ạ")),
)
_QUESTIONS: tuple[Utterance, ...] = tuple(((0.0, text),) for text in MESSAGES)
# Everybody goes round these, from a place of their own.
TALK = [utterance for pair in zip(_QUESTIONS, _OTHERS, strict=True) for utterance in pair]
_WORDS = [step for utterance in TALK for _, step in utterance if isinstance(step, str)]


# The platforms


@dataclass(frozen=True)
class Said:
    """What a person said, as it stands in the inbox under `key`."""

    user: str
    key: str
    at: float  # time.monotonic(), before any waiting for others at the platform


class Noting(Fake):
    """A fake that notes what was said."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.said: list[Said] = []
        self.unordered: set[str] = set()  # keys pushed again, or while the person's message before was on its way
        self._by_event: dict[str, Said] = {}

    def read(self, body: dict[str, Any]) -> tuple[str, str]:
        """Who said it, and its key in the inbox."""
        raise NotImplementedError

    def happen(self, event_id: str, body: dict[str, Any], *, after: float = 0.0) -> None:
        with self.changed:
            said = Said(*self.read(body), time.monotonic())
            self.said.append(said)
            self._by_event[event_id] = said
            super().happen(event_id, body, after=after)

    def headers(self, event: Event) -> dict[str, str]:
        said = self._by_event[event.id]
        others = (self._by_event[e.id].user for e in self.pusher.waiting if e.is_in_flight and e is not event)
        if event.tries or said.user in others:
            self.unordered.add(said.key)
        return super().headers(event)  # type: ignore[safe-super]  # the platform's comes next

    def push_side_by_side(self) -> None:
        with self.changed:
            self.pusher.parallel = _AT_ONCE
            self.pusher.in_order = False


class ZaloUnderLoad(Noting, FakeZaloOA):
    channel, limits = ZaloOA.name, ZaloOA.limits

    def environment(self) -> dict[str, str]:
        return {
            "MOTCUA_ZALO_APP_ID": self.app_id,
            "MOTCUA_ZALO_APP_SECRET": self.secret_key,
            "MOTCUA_ZALO_OA_ID": self.oa_id,
            "MOTCUA_ZALO_OA_SECRET": self.oa_secret_key,
            "MOTCUA_ZALO_SIGN_WITH": "oa",
            "MOTCUA_ZALO_REFRESH_TOKEN": self.tokens.refresh,
            "MOTCUA_ZALO_API": self.url,
            "MOTCUA_ZALO_OAUTH": self.url,
        }

    def read(self, body: dict[str, Any]) -> tuple[str, str]:
        return body["sender"]["id"], body["message"]["msg_id"]

    def sticker(self, user: str) -> str:
        return self.send(user, "sticker")


class TelegramUnderLoad(Noting, FakeTelegram):
    channel, limits = Telegram.name, Telegram.limits

    def environment(self) -> dict[str, str]:
        return {"MOTCUA_TELEGRAM_TOKEN": self.token, "MOTCUA_TELEGRAM_API": self.url}

    def read(self, body: dict[str, Any]) -> tuple[str, str]:
        query = body.get("callback_query")
        if query:
            return str(query["from"]["id"]), f"cb:{query['id']}"
        return str(body["message"]["from"]["id"]), str(body["update_id"])


UnderLoad = ZaloUnderLoad | TelegramUnderLoad


@dataclass(frozen=True)
class Person:
    fake: UnderLoad
    user: str

    def does(self, step: Step) -> None:
        match step:
            case Do.STICKER:
                self.fake.sticker(self.user)
            case Do.PRESS:
                shown = [message.buttons for message in self.fake.sent(self.user) if message.buttons]
                if shown:
                    self.fake.press(self.user, shown[-1][0])
                else:
                    self.fake.say(self.user, "1")
            case str():
                self.fake.say(self.user, step)


# The sending


@dataclass(frozen=True)
class Moment:
    at: float  # seconds from the start
    person: Person
    step: Step


def plan(people: Sequence[Person], rate: float, seconds: float, chance: random.Random) -> list[Moment]:
    """`rate` messages a second on average, at random moments, from everybody as often."""
    first = [chance.randrange(len(TALK)) for _ in people]
    chosen: list[tuple[Person, Utterance]] = []
    count = 0
    while count < rate * seconds:
        round_, number = divmod(len(chosen), len(people))
        utterance = TALK[(first[number] + round_) % len(TALK)]
        chosen.append((people[number], utterance))
        count += len(utterance)
    starts = sorted(chance.uniform(0.0, max(1.0, seconds - _LONGEST)) for _ in chosen)
    moments = []
    for at, (person, utterance) in zip(starts, chosen, strict=True):
        for pause, step in utterance:
            at += pause
            moments.append(Moment(at, person, step))
    return sorted(moments, key=lambda moment: moment.at)


def send(moments: Sequence[Moment], tell: Callable[[], None]) -> float:
    """Seconds that the sending was late at worst."""
    began, latest = time.monotonic(), 0.0
    for moment in moments:
        wait = began + moment.at - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        latest = max(latest, -wait)
        moment.person.does(moment.step)
        tell()
    return latest


def settle(engine: sa.Engine, fakes: Sequence[UnderLoad], tell: Callable[[], None]) -> None:
    """Waits until nothing is on its way, or nothing moves any more."""
    before, since = -1, time.monotonic()
    while is_open := _open(engine) + sum(len(fake.pusher.waiting) for fake in fakes):
        if is_open != before:
            before, since = is_open, time.monotonic()
        if time.monotonic() - since > _PATIENCE:
            return
        tell()
        time.sleep(0.5)
    time.sleep(_AFTERWARDS)
    tell()


def _open(engine: sa.Engine) -> int:
    """Messages without an answer, and answers that wait."""
    messages = sa.select(sa.func.count()).where(inbox.c.answered_at.is_(None))
    answers = sa.select(sa.func.count()).where(outbox.c.state == WAITING)
    with engine.connect() as db:
        return (db.scalar(messages) or 0) + (db.scalar(answers) or 0)


# The reckoning


@dataclass
class Account:
    """What became of everything said on one platform. `waits`: seconds from a turn's last message to its answer."""

    channel: str
    answers: int = 0
    waits: list[float] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)  # what is wrong, and how often


class Reckoning:
    """Holds the database against what was said and what the platform took."""

    def __init__(self, engine: sa.Engine, fake: UnderLoad, secret: str) -> None:
        self._fake = fake
        with engine.connect() as db:
            self._messages = _rows(db, inbox, fake.channel)
            self._answers = _rows(db, outbox, fake.channel)
        users = {person_key(secret, fake.channel, said.user): said.user for said in fake.said}
        self._user = defaultdict(str, users)  # by person; a stranger is nobody
        self._account = Account(fake.channel, len(self._answers))
        self._faults = self._account.faults

    def account(self) -> Account:
        self._compare_with_said()
        self._check_order_of_inbox()
        self._check_answers()
        self._compare_with_sent()
        self._faults["events that were never acknowledged"] = len(self._fake.undelivered) + len(
            self._fake.pusher.waiting
        )
        for refused in self._fake.refused:
            self._faults[f"requests that the platform refused: {refused.reason}"] += 1
        self._account.faults = +self._faults
        return self._account

    def _compare_with_said(self) -> None:
        said = {(said.user, said.key) for said in self._fake.said}
        stored = {self._key(row) for row in self._messages}
        self._faults["messages that are not in the inbox"] = len(said - stored)
        self._faults["messages in the inbox that nobody sent"] = len(stored - said)
        self._faults["messages refused as too fast"] = sum(row.kind == Kind.TOO_FAST for row in self._messages)
        self._faults["messages without an answer"] = sum(row.answered_at is None for row in self._messages)

    def _check_order_of_inbox(self) -> None:
        """What the platform pushed at the same time, or again, has no order."""
        ids = {self._key(row): row.id for row in self._messages}
        last: dict[str, int] = {}
        for said in self._fake.said:
            number = ids.get((said.user, said.key))
            if number is None or said.key in self._fake.unordered:
                last.pop(said.user, None)
                continue
            if number < last.get(said.user, 0):
                self._faults["messages stored out of order"] += 1
            last[said.user] = number

    def _check_answers(self) -> None:
        turns = {row.turn or row.id for row in self._messages}
        answered = Counter(row.inbox_id for row in self._answers)
        self._faults["turns without an answer"] = len(turns - answered.keys())
        self._faults["answers to no turn"] = len(answered.keys() - turns)
        self._faults["turns answered twice"] = sum(count > 1 for count in answered.values())
        last: dict[str, int] = {}
        for row in self._answers:
            if row.state != SENT:
                self._faults[f"answers that are {row.state}, not sent"] += 1
            if any(reply["status"] == "error" for reply in row.replies):
                self._faults["apologies instead of answers"] += 1
            if row.inbox_id < last.get(row.person, 0):
                self._faults["turns answered out of order"] += 1
            last[row.person] = row.inbox_id

    def _compare_with_sent(self) -> None:
        """Each part of each answer once, in order; the tokens of buttons tell apart what reads the same."""
        turns: dict[str, list[int]] = defaultdict(list)  # a person's, one for each message that they should get
        wanted: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        for row in self._answers:
            for part in render(row.id, row.replies, self._fake.limits):
                turns[self._user[row.person]].append(row.inbox_id)
                wanted[self._user[row.person]].append((part.text, *(token for _, token in part.buttons)))
        ends = self._ends()
        for user in wanted.keys() | {message.user for message in self._fake.sent()}:
            sent = self._fake.sent(user)
            got = [(message.text, *(button.value for button in message.buttons)) for message in sent]
            if got == wanted[user]:
                came = {turn: message.at for turn, message in zip(turns[user], sent, strict=True)}  # the last one's
                self._account.waits += [at - ends[turn] for turn, at in came.items()]
                continue
            lost, doubled = Counter(wanted[user]) - Counter(got), Counter(got) - Counter(wanted[user])
            self._faults["messages to people that the platform never got"] += lost.total()
            self._faults["messages to people that the platform got once too often"] += doubled.total()
            self._faults["people whose answers came out of order"] += not lost and not doubled

    def _ends(self) -> dict[int, float]:
        """When the last message of each turn was said."""
        at = {(said.user, said.key): said.at for said in self._fake.said}
        ends: dict[int, float] = defaultdict(float)
        for row in self._messages:
            ends[row.turn or row.id] = max(ends[row.turn or row.id], at.get(self._key(row), 0.0))
        return ends

    def _key(self, row: sa.Row[Any]) -> tuple[str, str]:
        return self._user[row.person], row.message_id


def _rows(db: sa.Connection, table: sa.Table, channel: str) -> Sequence[sa.Row[Any]]:
    return db.execute(sa.select(table).where(table.c.channel == channel).order_by(table.c.id)).all()


# Bare Rasa


def bare_rasa(seconds: float) -> Load:
    """The same words to Rasa alone, with an action of one line: conversations that each wait for an answer."""
    with tempfile.TemporaryDirectory(prefix="motcua-load-") as folder:
        secret = secrets.token_hex(16)
        bare, stub, url = _bare_rasa(Path(folder), secret)
        try:
            stub.start()
            bare.start()
            _wait_for(f"{url}/webhooks/motcua/")
            asyncio.run(_ask_for(seconds / 10, url, secret))  # the first messages are slow
            return asyncio.run(_ask_for(seconds, url, secret))
        finally:
            for child in (bare, stub):
                child.stop()


async def _ask_for(seconds: float, url: str, secret: str) -> Load:
    load, started = Load([]), time.perf_counter()

    async def converse(client: httpx.AsyncClient, start: int) -> None:
        sender = f"load-{secrets.token_hex(6)}"
        for words in cycle(_WORDS[start:] + _WORDS[:start]):
            began = time.perf_counter()
            if began - started > seconds:
                return
            answer = await client.post("/webhooks/motcua/webhook", json={"sender": sender, "message": words})
            answer.raise_for_status()
            load.seconds.append(time.perf_counter() - began)

    limits = httpx.Limits(max_connections=_RASA_SIDE_BY_SIDE)
    headers = {SECRET_HEADER: secret}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30, limits=limits) as client:
        await asyncio.gather(*(converse(client, n % len(_WORDS)) for n in range(_RASA_SIDE_BY_SIDE)))
    load.wall = time.perf_counter() - started
    return load


# The whole


@contextmanager
def system(settings: Settings, fakes: Sequence[UnderLoad]) -> Iterator[None]:
    """App and Rasa, with these platforms on and no other, whatever the environment says."""
    url = f"http://127.0.0.1:{settings.port}"
    supervisor = Supervisor(settings, say=print)
    supervisor.app.env |= dict.fromkeys(PLATFORMS.values(), "")
    supervisor.app.env |= {"MOTCUA_HOST": settings.host, "MOTCUA_PUBLIC_URL": url}
    supervisor.app.env |= {"MOTCUA_SECRET": settings.secret.get_secret_value()}
    for fake in fakes:
        supervisor.app.env |= fake.environment()
    try:
        supervisor.start()
        _wait_until_on(url, [fake.channel for fake in fakes])
        for fake in fakes:
            if isinstance(fake, ZaloUnderLoad):
                fake.deliver_to(url + ZALO_WEBHOOK)  # Telegram is told by the app itself
            fake.push_side_by_side()
        yield
    finally:
        supervisor.stop()


def _wait_until_on(url: str, channels: Sequence[str]) -> None:
    status: dict[str, str] = {}
    for _ in range(100):
        status = httpx.get(f"{url}/readyz", timeout=5).json()["channels"]
        if all(status[channel] == "on" for channel in channels):
            return
        time.sleep(0.2)
    raise RuntimeError(f"the platforms are not on: {status}")


def scratch_settings(folder: Path) -> Settings:
    return Settings(
        host="127.0.0.1",
        port=free_port(),
        rasa_port=free_port(),
        secret=secrets.token_hex(16),
        database_url=f"sqlite:///{folder / 'app.sqlite'}",
        tracker_url=f"sqlite:///{folder / 'tracker.sqlite'}",
        redis_url="",
    )


def measure(settings: Settings, fakes: Sequence[UnderLoad], moments: Sequence[Moment]) -> list[Account]:
    """Starts everything, sends, waits for the last answer; one account a platform."""
    engine = connect(settings.app_database)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with system(settings, fakes), Progress(*columns) as progress:
        said, taken = (progress.add_task(what, total=len(moments)) for what in ("said", "acknowledged"))
        answered = progress.add_task("messages sent to people", total=None)

        def tell() -> None:
            progress.update(said, completed=sum(len(fake.said) for fake in fakes))
            progress.update(taken, completed=sum(len(fake.acknowledgements) for fake in fakes))
            progress.update(answered, completed=sum(len(fake.sent()) for fake in fakes))

        late = send(moments, tell)
        settle(engine, fakes, tell)
    accounts = [Reckoning(engine, fake, settings.secret.get_secret_value()).account() for fake in fakes]
    engine.dispose()
    print(f"The sending was {late * 1000:.0f} ms late at worst.")
    if late > _LATE:
        accounts[0].faults["moment at which the sending fell behind: this machine cannot make such a load"] = 1
    return accounts


def table(fakes: Sequence[UnderLoad], accounts: Sequence[Account], pause: float, rasa: Load) -> str:
    shares = "p50 / p95 / p99 / max"
    head = ["path", "messages", "messages/s", "turns", f"acknowledged ms: {shares}", "pushed again"]
    head += [f"answered s: {shares}", "pause s"]
    rows = []
    for fake, account in zip(fakes, accounts, strict=True):
        span = max(fake.said[-1].at - fake.said[0].at, 1.0)
        taken = [1000 * seconds for seconds, status in fake.acknowledgements if fake.acknowledges(status)]
        again = len(fake.acknowledgements) - len(taken)
        row = [fake.channel, str(len(fake.said)), f"{len(fake.said) / span:.1f}", str(account.answers)]
        rows.append([*row, _spread(taken, digits=0), str(again), _spread(account.waits), f"{pause:.1f}"])
    count = len(rasa.seconds)
    name = f"bare Rasa, {_RASA_SIDE_BY_SIDE} conversations"
    rows.append([name, str(count), f"{count / rasa.wall:.1f}", str(count), "–", "–", _spread(rasa.seconds), "–"])
    return markdown(head, rows)


def _spread(values: Sequence[float], digits: int = 2) -> str:
    """p50, p95, p99 and the most."""
    ordered = sorted(values)
    found = [ordered[max(0, math.ceil(share * len(ordered)) - 1)] for share in _SHARES if ordered]
    return " / ".join(f"{value:.{digits}f}" for value in found) or "–"


def main(
    rate: Annotated[float, typer.Option(min=0.1, help="Messages a second, over all.")] = 20.0,
    people: Annotated[int, typer.Option(min=2, help="How many write.")] = 500,
    seconds: Annotated[float, typer.Option(min=5, help="How long they do.")] = 180.0,
    channel: Annotated[Literal["zalo", "telegram", "both"], typer.Option(help="Where.")] = "both",
    rasa_seconds: Annotated[float, typer.Option(min=1, help="How long bare Rasa is asked.")] = 30.0,
    write: Annotated[bool, typer.Option("--write", help="Write the table of docs/performance.md.")] = False,
) -> None:
    """Load on the whole system, and a reckoning. Exit code 1 where anything was lost, doubled or out of order."""
    with tempfile.TemporaryDirectory(prefix="motcua-load-") as folder, ExitStack() as stack:
        settings = scratch_settings(Path(folder))
        if rate * 60 / people > settings.rate_per_minute:
            raise typer.BadParameter("more messages a person than MOTCUA_RATE_PER_MINUTE: more people, or a lower rate")
        prepare(settings, say=print)
        fakes: list[UnderLoad] = [ZaloUnderLoad()] if channel != "telegram" else []
        fakes += [TelegramUnderLoad()] if channel != "zalo" else []
        for fake in fakes:
            stack.enter_context(fake)
        everybody = [Person(fakes[n % len(fakes)], str(4_000_000_000 + n)) for n in range(people)]
        moments = plan(everybody, rate, seconds, random.Random(1))
        print(f"{len(moments)} messages from {people} people in {seconds:.0f} s; {os.cpu_count()} cores")
        accounts = measure(settings, fakes, moments)
        measured = table(fakes, accounts, settings.gather_seconds, bare_rasa(rasa_seconds))
    print(f"\n{measured}\n")
    faults = [f"{account.channel}: {n} {what}" for account in accounts for what, n in account.faults.items()]
    if faults:
        print("\n".join(faults))
        raise typer.Exit(1)
    print("Every message was stored and answered, every answer taken once and in order.")
    if write:
        write_tables(PROJECT / "docs" / "performance.md", {"load": measured})


if __name__ == "__main__":
    typer.run(main)
