"""A step as a Rasa action: loads the state, commits state and replies once, and gives a repeat what was stored."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.custom import StepAction, all_actions
from actions.desk import Desk, Outcome, Turn
from actions.reply import Act, Button, Command, Reply, Status
from actions.state import PersonState
from tests.builders import MemoryConversations, desk

Events = list[dict[str, Any]]


class Counting:
    """A step that counts how often it ran and names its procedure."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []

    def __call__(self, turn: Turn, desk: Desk) -> Outcome:
        self.turns.append(turn)
        buttons = (Button("Một", Command(Act.CHOOSE, "9.100001")),)
        return Outcome(
            (Reply(f"lần {len(self.turns)}", Status.ANSWER, buttons=buttons),),
            PersonState(procedure="9.100001", offered=buttons),
        )


async def run(
    step: Counting, conversations: MemoryConversations, message_id: str = "1", **metadata: Any
) -> tuple[list[dict[str, Any]], Events]:
    """Replies and events of one call, as Rasa gets them."""
    dispatcher = CollectingDispatcher()
    message = {
        "text": "nuôi ong",
        "intent": {"name": "ask", "confidence": 0.9},
        "entities": [],
        "metadata": {"person": "p", "message_id": message_id, **metadata},
    }
    tracker = Tracker("p", {}, message, [], False, None, {}, "action_listen")
    events = await StepAction("action_answer", step, desk(), conversations).run(dispatcher, tracker, {})
    return [m["custom"] for m in dispatcher.messages], events


async def test_state_and_replies_are_committed_under_the_message_s_id() -> None:
    conversations = MemoryConversations()
    replies, _ = await run(Counting(), conversations)
    assert conversations.states["p"].procedure == "9.100001"
    assert conversations.answers["1"].replies == replies


async def test_a_repeat_gets_the_stored_replies_and_changes_nothing() -> None:
    conversations, step = MemoryConversations(), Counting()
    first = await run(step, conversations)
    conversations.states["p"] = PersonState(procedure="9.100020")
    assert await run(step, conversations) == first
    assert len(step.turns) == 1
    assert conversations.states["p"].procedure == "9.100020"


async def test_the_mode_goes_back_to_rasa_and_rasa_listens() -> None:
    _, events = await run(Counting(), MemoryConversations())
    kinds = {event["event"]: event for event in events}
    assert (kinds["slot"]["name"], kinds["slot"]["value"]) == ("mode", "choosing")
    assert kinds["followup"]["name"] == "action_listen"


async def test_the_step_gets_the_state_and_the_chosen_command() -> None:
    conversations, step = MemoryConversations(), Counting()
    conversations.states["p"] = PersonState(province="24")
    conversations.commands["p", "mc:abcdefgh"] = Command(Act.CHOOSE, "9.100002")
    await run(step, conversations, choice="mc:abcdefgh", rest="phí")
    (turn,) = step.turns
    assert (turn.state.province, turn.command, turn.rest) == ("24", Command(Act.CHOOSE, "9.100002"), "phí")


async def test_an_old_button_says_so_and_loses_nothing() -> None:
    conversations, step = MemoryConversations(), Counting()
    conversations.states["p"] = PersonState(procedure="9.100001")
    replies, _ = await run(step, conversations, choice="mc:abcdefgh")
    assert "Nút này cũ rồi" in replies[0]["text"]
    assert step.turns == []
    assert conversations.states["p"].procedure == "9.100001"


async def test_somebody_else_s_button_is_an_old_one() -> None:
    conversations = MemoryConversations()
    conversations.commands["q", "mc:abcdefgh"] = Command(Act.FORGET_ME)
    replies, _ = await run(Counting(), conversations, choice="mc:abcdefgh")
    assert "Nút này cũ rồi" in replies[0]["text"]


async def test_hidden_numbers_are_mentioned_before_the_answer() -> None:
    replies, _ = await run(Counting(), MemoryConversations(), redacted=True)
    assert replies[0]["text"].startswith("Mình đã che số")
    assert "lần 1" in replies[0]["text"]


async def test_the_confirmed_deletion_deletes_and_says_how_much() -> None:
    conversations = MemoryConversations()
    conversations.states["p"] = PersonState(procedure="9.100001")
    conversations.commands["p", "mc:abcdefgh"] = Command(Act.FORGET_ME)
    replies, _ = await run(Counting(), conversations, choice="mc:abcdefgh")
    assert "Số mục đã xoá: 1" in replies[0]["text"]
    assert conversations.states["p"] == PersonState()


async def test_the_log_holds_no_words_of_the_person(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("DEBUG"):
        await run(Counting(), MemoryConversations())
    assert caplog.records
    assert "nuôi ong" not in caplog.text


def test_every_step_is_an_action_of_its_own_name() -> None:
    names = [action.name() for action in all_actions(desk(), MemoryConversations())]
    assert len(set(names)) == len(names)


def test_what_a_person_gets_shows_no_commands() -> None:
    button = Button("Một", Command(Act.CHOOSE, "9.100001", ("fee",)), "mc:abcdefgh")
    assert Reply("a", Status.ASK, buttons=(button,)).to_json()["buttons"] == [
        {"title": "Một", "payload": "mc:abcdefgh"}
    ]
