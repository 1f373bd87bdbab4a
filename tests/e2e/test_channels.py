"""The recorded conversations on every messaging platform, many at once; and what comes while processes are killed."""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count, groupby
from pathlib import Path
from typing import Any
from unicodedata import is_normalized

import pytest
import yaml

from bot.channels.rendering import render
from bot.model import RASA
from bot.tables import outbox
from knowledge.text import fold
from tests.conftest import need
from tests.e2e.channels import LIMITS, Resident, Town, Turn, town, wait_until
from tests.e2e.test_conversations import FILES, _problems, recorded
from tests.e2e.test_failures import wait_until_ready

Held = dict[tuple[str, Path], Future[list[str]]]
SIDE_BY_SIDE = 8  # conversations; Rasa is one process
QUESTIONS = {
    "đăng ký tạm trú cần giấy tờ gì": "1.004194",
    "làm lại căn cước bị mất phí bao nhiêu": "1.014064",
    "gia hạn tạm trú phí bao nhiêu": "1.002755",
}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    need(RASA.exists(), "Rasa's environment (make setup)")
    with town(tmp_path_factory.mktemp("town")) as here:
        yield here


@pytest.fixture(scope="module")
def held(here: Town, request: pytest.FixtureRequest) -> Iterator[Held]:
    """What is wrong with each conversation that was chosen to run; they are held at the same time."""
    chosen = [item.callspec.params for item in request.session.items if hasattr(item, "callspec")]
    talks = [(params["platform"], params["file"]) for params in chosen if {"platform", "file"} <= params.keys()]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {(platform, file): pool.submit(hold, here, platform, file) for platform, file in talks}
        pool.shutdown(cancel_futures=True)


@pytest.mark.parametrize("file", recorded())
@pytest.mark.parametrize("platform", LIMITS)
def test_conversation(platform: str, file: Path, here: Town, held: Held) -> None:
    if yaml.safe_load(file.read_text(encoding="utf-8")).get("national"):
        need(here.system.is_national, "the national records (MOTCUA_SHARED)")
    problems = held[platform, file].result()
    assert not problems, "\n".join(problems)


def hold(here: Town, platform: str, file: Path) -> list[str]:
    """What is wrong with the first answer that is not as it should be."""
    resident = Resident(here, platform, str(881_000_000 + FILES.index(file)))
    for number, expected in enumerate(yaml.safe_load(file.read_text(encoding="utf-8"))["turns"], 1):
        turn = resident.tell(expected["say"])
        if problems := [*_wrong_shown(turn, expected), *(_problems(expected, turn.replies) if turn.replies else ())]:
            return [f"turn {number} «{expected['say']}»", *problems, turn.text]
    return []


def _wrong_shown(turn: Turn, expected: dict[str, Any]) -> Iterator[str]:
    """What the person should have seen and did not."""
    shown = _flat(turn.text)
    if not is_normalized("NFC", turn.text):
        yield "a text that is not composed"
    yield from (f"does not show «{part}»" for part in expected.get("contains", ()) if _flat(part) not in shown)
    yield from ("a reply is not shown in full" for reply in turn.replies if _flat(reply["text"]) not in shown)
    opened = {link.value for message in turn.sent for link in message.links}
    urls = {link["url"] for reply in turn.replies for link in reply["links"]}
    yield from (f"does not show {url}" for url in urls if url not in opened and url not in turn.text)


def _flat(text: str) -> str:
    return re.sub(r"\s+", " ", fold(text)).strip()


def test_what_people_ask_while_rasa_is_killed_is_answered_properly(here: Town) -> None:
    telegram, rasa = here.platforms["telegram"], here.system.supervisor.rasa
    users = [str(882_000_000 + number) for number in range(6)]
    asked = dict(zip(users, 2 * list(QUESTIONS), strict=True))
    for user in users[:3]:
        telegram.say(user, asked[user])
    assert rasa.process
    os.killpg(rasa.process.pid, signal.SIGKILL)
    rasa.process.wait()
    for user in users[3:]:
        telegram.say(user, asked[user])
    rasa.start()  # as the supervisor does
    wait_until(lambda: all(telegram.sent(user) and here.is_done_with("telegram", user) for user in users), 90)
    for user, question in asked.items():
        (answer,) = here.rows(outbox, "telegram", user)
        assert [(r["status"], r["procedure"]) for r in answer.replies] == [("answer", QUESTIONS[question])]


def test_the_app_killed_ten_times_loses_nothing(here: Town) -> None:
    """Without Zalo's bots: whoever polls them has an update for good, stored or not."""
    chance, app = random.Random(10), here.system.supervisor.app
    users = (str(883_000_000 + number) for number in count())
    asked: dict[tuple[str, str], str] = {}
    with here.system.client() as client:
        for _ in range(10):
            for platform in ("telegram", "zalo", "telegram", "zalo"):
                user, question = next(users), chance.choice(list(QUESTIONS))
                here.platforms[platform].say(user, question)
                asked[platform, user] = question
            time.sleep(chance.uniform(0, 0.7))
            assert app.process
            os.killpg(app.process.pid, signal.SIGKILL)
            app.process.wait()
            app.start()
            wait_until_ready(client)
    for platform in ("telegram", "zalo"):
        here.platforms[platform].wait_until_pushed(60)
    wait_until(lambda: all(here.is_done_with(*person) for person in asked), 60)
    for (platform, user), question in asked.items():
        (answer,) = here.rows(outbox, platform, user)
        assert [(r["status"], r["procedure"]) for r in answer.replies] == [("answer", QUESTIONS[question])]
        due = [part.text.strip() for part in render(answer.id, answer.replies, LIMITS[platform])]
        sent = [message.text.strip() for message in here.platforms[platform].sent(user)]
        assert [text for text, _ in groupby(sent)] == due, "in order, and again only what a kill kept from being noted"
