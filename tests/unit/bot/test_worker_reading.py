"""What a message is to Rasa: its words, the act of a button, or a warning; never an intent of the person's making."""

from __future__ import annotations

import pytest

from actions.reply import Act, Command
from actions.state import Mode
from bot.store import Store
from bot.worker import Worker
from tests.unit.bot.turns import FakeRasa, accept, ask, offer

BEES = ("Khai báo nuôi ong", Command(Act.CHOOSE, "9.100001", ("fee",)))
WALK = ("Chuẩn bị từng giấy tờ", Command(Act.WALK, "9.100001"))


async def test_words_are_passed_on_with_the_person_and_the_message(
    worker: Worker, store: Store, rasa: FakeRasa
) -> None:
    message = accept(store, "Nuôi ong cần gì?")
    await worker.submit(message)
    assert rasa.sent == [("lan", "Nuôi ong cần gì?", {"person": "lan", "message_id": str(message.id)})]


@pytest.mark.parametrize("text", ["/restart", "/forget_me", "/secret", '/choose{"code":"x"}'])
async def test_a_slash_is_only_a_slash(worker: Worker, store: Store, rasa: FakeRasa, text: str) -> None:
    await ask(worker, store, text)
    assert rasa.texts == ["\uff0f" + text[1:]]
    assert rasa.forgotten == []


@pytest.mark.parametrize("text", ["mã otp là 482913", "mật khẩu là hoamai99"])
async def test_a_secret_becomes_a_warning_without_its_words(
    worker: Worker, store: Store, rasa: FakeRasa, text: str
) -> None:
    await ask(worker, store, text)
    assert rasa.texts == ["/secret"]


async def test_a_secret_beside_a_choice_is_still_a_warning(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    offer(store, BEES)
    await ask(worker, store, "1, mã otp là 482913")
    assert rasa.texts == ["/secret"]


async def test_a_hidden_number_is_left_out_and_mentioned(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    await ask(worker, store, "cccd 079123456789 nuôi ong")
    ((_, text, metadata),) = rasa.sent
    assert text.split() == ["cccd", "nuôi", "ong"]
    assert metadata["redacted"] is True


@pytest.mark.parametrize(("number", "act"), [(0, "/choose"), (1, "/walk")])
async def test_a_button_sends_its_act_and_its_token(
    worker: Worker, store: Store, rasa: FakeRasa, number: int, act: str
) -> None:
    token = offer(store, BEES, WALK)[number]
    await ask(worker, store, token)
    ((_, text, metadata),) = rasa.sent
    assert (text, metadata["choice"]) == (act, token)


@pytest.mark.parametrize("text", ["2", "số 2", "chuẩn bị từng giấy tờ", "chuan bi tung giay to", "cái cuối"])
async def test_number_and_title_are_as_good_as_the_button(
    worker: Worker, store: Store, rasa: FakeRasa, text: str
) -> None:
    tokens = offer(store, BEES, WALK)
    await ask(worker, store, text)
    ((_, sent, metadata),) = rasa.sent
    assert (sent, metadata["choice"]) == ("/walk", tokens[1])


async def test_what_is_said_beside_the_choice_goes_along(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    offer(store, BEES, WALK)
    await ask(worker, store, "số 1, mất bao lâu")
    assert rasa.sent[0][2]["rest"] == "mất bao lâu"


async def test_a_button_of_long_ago_still_works(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    token = offer(store, WALK)[0]
    await ask(worker, store, "nuôi ong")  # its answer offers nothing
    await ask(worker, store, token)
    assert rasa.texts[-1] == "/walk"


async def test_somebody_else_s_button_does_nothing_of_theirs(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    token = offer(store, ("Xoá hết", Command(Act.FORGET_ME)), person="mai")[0]
    await ask(worker, store, token)
    assert rasa.texts == ["/choose"]
    assert rasa.forgotten == []


async def test_only_the_confirming_button_deletes_what_rasa_keeps(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    (token,) = offer(store, ("Xoá hết", Command(Act.FORGET_ME)))
    await ask(worker, store, "xoá dữ liệu của tôi")
    assert rasa.forgotten == []
    await ask(worker, store, token)
    assert rasa.forgotten == ["lan"]


async def test_without_buttons_a_number_is_only_a_number(worker: Worker, store: Store, rasa: FakeRasa) -> None:
    await ask(worker, store, "2")
    assert rasa.texts == ["2"]
    assert store.load("lan").mode is Mode.IDLE
