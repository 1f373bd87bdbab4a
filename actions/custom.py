"""The rasa_sdk actions: thin instances that load a person's state, run one step, and commit state and replies.

One transaction under the message's id holds both, so a turn that Rasa repeats gives the stored replies and changes
nothing. Every word a person sees passes here.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from rasa_sdk import Action, Tracker
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import answer, placing, smalltalk, walking
from actions.desk import Desk, Outcome, Turn
from actions.finding import understand
from actions.reply import Act, Command, Reply, Status
from actions.state import Mode, PersonState
from actions.texts import say

log = logging.getLogger(__name__)
Step = Callable[[Turn, Desk], Outcome]


@dataclass(frozen=True)
class Committed:
    """What a message was answered with, in public JSON, and the mode it left the person in."""

    replies: list[dict[str, Any]]
    mode: Mode


class Conversations(Protocol):
    """Where state and replies live; the app brings a database, tests a dictionary."""

    def committed(self, message_id: str) -> Committed | None: ...

    def load(self, person: str) -> PersonState: ...

    def command(self, person: str, token: str) -> Command | None: ...

    def commit(
        self, message_id: str, person: str, state: PersonState, replies: Sequence[Reply], *, is_last: bool = False
    ) -> Committed:
        """Gives the buttons their tokens; the last ones shown become what numbers and titles choose among.

        `is_last`: the receipt of a deletion, itself deleted once the person has it.
        """
        ...

    def forget(self, person: str) -> int: ...


_STEPS: Mapping[str, Step] = {
    "action_answer": answer.answer,
    "action_choose": answer.choose,
    "action_next_candidate": answer.next_candidate,
    "action_start_walk": answer.walk,
    "action_paper_have": walking.have,
    "action_paper_lack": answer.lack_or_deny,
    "action_paper_what": walking.what_is,
    "action_step_back": walking.step_back,
    "action_start_over": walking.start_over,
    "action_pause": walking.pause,
    "action_resume": walking.resume,
    "action_resend": walking.resend,
    "action_guide": answer.guide_or_answer,
    "action_smalltalk": smalltalk.smalltalk,
    "action_emergency": answer.emergency_or_answer,
    "action_refuse": answer.refuse_or_answer,
    "action_warn_secret": smalltalk.warn_secret,
    "action_person": smalltalk.person,
    "action_forget": answer.forget_or_answer,
}


def _placed(step: Step) -> Step:
    """Where the person is, is noted before any step; a place alone is answered here, whatever act it was taken for."""

    def placed(turn: Turn, desk: Desk) -> Outcome:
        settled = placing.only_a_place(turn.said, turn.state, desk)
        return settled or step(replace(turn, state=placing.noted(turn.said, turn.state)), desk)

    return placed


STEPS: Mapping[str, Step] = {name: _placed(step) for name, step in _STEPS.items()}


class StepAction(Action):  # type: ignore[misc]  # rasa_sdk has no types
    """One dialogue step as a Rasa action. `metadata` of the message names the person, the message and the choice."""

    def __init__(self, name: str, step: Step, desk: Desk, conversations: Conversations) -> None:
        self._name = name
        self._step = step
        self._desk = desk
        self._conversations = conversations

    def name(self) -> str:
        return self._name

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        committed = await asyncio.to_thread(self._turn, tracker)
        for reply in committed.replies:
            dispatcher.utter_message(json_message=reply)
        # Listening is forced: rules that name a mode would not recognise the turn once the mode has changed in it.
        return [SlotSet("mode", committed.mode.value), FollowupAction("action_listen")]

    def _turn(self, tracker: Tracker) -> Committed:
        message = tracker.latest_message
        metadata = message.get("metadata") or {}
        person, message_id = str(metadata["person"]), str(metadata["message_id"])
        earlier = self._conversations.committed(message_id)
        if earlier:
            return earlier
        state = self._conversations.load(person)
        token = metadata.get("choice")
        command = self._conversations.command(person, token) if token else None
        if token and command is None:
            reply = Reply(say("old_button"), Status.UNKNOWN)
            return self._conversations.commit(message_id, person, state, (reply,))
        if command and command.act is Act.FORGET_ME:
            return self._forget(message_id, person)
        turn = Turn(understand(message, self._desk.gazetteer), state, command, str(metadata.get("rest") or ""))
        outcome = self._step(turn, self._desk)
        replies = _with_notice(outcome.replies, metadata)
        log.info("turn %s %s %s", message_id, self._name, [r.status.value for r in replies])
        return self._conversations.commit(message_id, person, outcome.state, replies)

    def _forget(self, message_id: str, person: str) -> Committed:
        count = self._conversations.forget(person)
        reply = Reply(say("forgotten", count=count), Status.SMALLTALK)
        return self._conversations.commit(message_id, person, PersonState(), (reply,), is_last=True)


def _with_notice(replies: Sequence[Reply], metadata: Mapping[str, Any]) -> tuple[Reply, ...]:
    """Says so where numbers were hidden before the message was read."""
    if metadata.get("redacted") and replies:
        return (replace(replies[0], text=f"{say('numbers_hidden')}\n\n{replies[0].text}"), *replies[1:])
    return tuple(replies)


def all_actions(desk: Desk, conversations: Conversations) -> list[StepAction]:
    return [StepAction(name, step, desk, conversations) for name, step in STEPS.items()]
