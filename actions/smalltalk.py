"""Greetings, safety, and everything with one fixed answer. None of it loses the person's place."""

from __future__ import annotations

from dataclasses import replace

from actions import guide, placing
from actions.desk import Desk, Outcome, Turn
from actions.reply import Act, Button, Command, Reply, Status
from actions.state import Mode, PersonState
from actions.texts import say
from actions.walking import still_walking

_SAYINGS = {Act.GREET, Act.THANK, Act.GOODBYE, Act.WHO_ARE_YOU, Act.HELP}


def smalltalk(turn: Turn, desk: Desk) -> Outcome:
    act = turn.said.act
    place = placing.only_a_place(turn.said, turn.state, desk) if act in (Act.GREET, Act.WHO_ARE_YOU) else None
    if place:  # "em ở Thủ Dầu Một" is no greeting for the name in it
        return place
    text = say(act.value) if act in _SAYINGS else say("okay")
    current = desk.catalogue.get(turn.state.procedure) if turn.state.procedure else None
    if current and act in (Act.GREET, Act.WHO_ARE_YOU, Act.HELP):
        text = f"{text}\n{say('still_about', title=current.title)}"
    outcome = _fixed(text, Status.SMALLTALK, replace(turn.state, misses=0, questions=0))
    if turn.state.mode is Mode.WALKING and act is not Act.GOODBYE:
        reminder, state = still_walking(outcome.state, desk)
        return Outcome((*outcome.replies, reminder), state)
    return outcome


def emergency(turn: Turn, desk: Desk) -> Outcome:
    """113 before anything else; `answer.emergency_or_answer` sends here what is none."""
    return _fixed(say("emergency"), Status.EMERGENCY, replace(turn.state, misses=0))


def refuse(turn: Turn, desk: Desk) -> Outcome:
    """Declines; who was asked for a bribe is told where to report it."""
    if guide.sure_topic(turn.said) == "bribe_asked":
        return guide.about("bribe_asked", turn.state)
    return _fixed(say("refuse"), Status.REFUSE, turn.state)


def warn_secret(turn: Turn, desk: Desk) -> Outcome:
    return _fixed(say("secret"), Status.REFUSE, turn.state)


def person(turn: Turn, desk: Desk) -> Outcome:
    return _fixed(say("person"), Status.GUIDANCE, replace(turn.state, misses=0))


def confirm_forgetting(turn: Turn, desk: Desk) -> Outcome:
    """Asked in words: deleting is confirmed by a button first, since it cannot be undone."""
    buttons = (Button(say("b_forget"), Command(Act.FORGET_ME)), Button(say("b_keep"), Command(Act.THANK)))
    reply = Reply(say("forget_confirm"), Status.ASK, buttons=buttons)
    return Outcome((reply,), replace(turn.state, offered=buttons))


def _fixed(text: str, status: Status, state: PersonState) -> Outcome:
    return Outcome((Reply(text, status),), state)
