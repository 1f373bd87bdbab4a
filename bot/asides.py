"""Answers to what is no question in words: stickers, voice, pictures, places on a map, tickets. None loses the place.

The choices that were open stay open: they are offered again with the answer.
"""

from __future__ import annotations

from typing import Protocol

from actions.custom import Committed
from actions.reply import Act, Button, Command, Reply, Status
from actions.state import PersonState
from actions.texts import say
from bot.channels.kinds import Kind
from bot.store import Message, Store
from bot.tickets import Tickets
from knowledge.places import Province

SHOWN_BEFORE_MORE = 4  # buttons before "Xem thêm"


class Finder(Protocol):
    def of(self, latitude: float, longitude: float) -> Province | None: ...


class Asides:
    def __init__(self, store: Store, tickets: Tickets, nearest: Finder, *, longest: int) -> None:
        self._store = store
        self._tickets = tickets
        self._nearest = nearest
        self._longest = longest

    def answer(self, message: Message) -> Committed:
        """Commits the answer of a message that Rasa need not see."""
        state = self._store.load(message.person)
        reply, state = self._reply(Kind(message.kind), message, state)
        return self._store.commit(str(message.id), message.person, state, (reply,))

    def _reply(self, kind: Kind, message: Message, state: PersonState) -> tuple[Reply, PersonState]:
        if kind is Kind.TICKET:
            return self._tickets.answer(message, state)
        if kind is Kind.LOCATION:
            return self._place(message.text or "", state), state
        if kind is Kind.MORE:
            return self._more(state), state
        text = say(f"got_{kind.value}") if kind not in _LIMITS else say(kind.value, limit=self._longest)
        return Reply(text, Status.SMALLTALK, buttons=state.offered), state

    def _place(self, coordinates: str, state: PersonState) -> Reply:
        """Asks whether it is that province: the nearest town may lie beyond a border."""
        try:
            latitude, longitude = (float(part) for part in coordinates.split(","))
        except ValueError:
            return Reply(say("got_other"), Status.SMALLTALK, buttons=state.offered)
        province = self._nearest.of(latitude, longitude)
        if province is None:
            return Reply(say("location_unknown"), Status.ASK, buttons=state.offered)
        yes = Button(say("b_location", place=province.name), Command(Act.CHOOSE, province=province.code))
        no = Button(say("b_elsewhere"), Command(Act.THANK))
        return Reply(say("location_found", place=province.name), Status.ASK, buttons=(yes, no))

    def _more(self, state: PersonState) -> Reply:
        rest = state.offered[SHOWN_BEFORE_MORE:]
        if not rest:
            return Reply(say("old_button"), Status.UNKNOWN, buttons=state.offered)
        return Reply(say("more_choices"), Status.ASK, buttons=rest)


_LIMITS = {Kind.EMPTY, Kind.TOO_LONG, Kind.TOO_FAST}
