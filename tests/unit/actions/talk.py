"""A conversation with the steps alone: the test says which act a message is, Rasa's rules pick the step."""

from __future__ import annotations

from dataclasses import replace

from actions.abroad import read_abroad
from actions.custom import STEPS
from actions.desk import Desk, Turn, Understanding
from actions.reply import Act, Reply
from actions.state import PersonState
from knowledge.place_names import read_place
from knowledge.procedure import Procedure
from knowledge.retriever import Decision
from tests import builders
from tests.builders import FakeRetriever, action_for

KNOWN = {
    "nuôi ong": (Decision.ANSWER, ["9.100001"]),
    "thả diều": (Decision.ANSWER, ["9.100020"]),
    "tem mật ong": (Decision.ANSWER, ["9.100011", "9.100012"]),
    "ong": (Decision.ASK, ["9.100001", "9.100002", "9.100003"]),
}


class Talk:
    """`state` goes from turn to turn as the store would keep it; `replies` are those of the last turn."""

    def __init__(self, *records: Procedure, state: PersonState | None = None, desk: Desk | None = None) -> None:
        self.retriever = FakeRetriever(KNOWN, records or builders.RECORDS)
        self.desk = desk or builders.desk(self.retriever)
        self.state = state or PersonState()
        self.replies: tuple[Reply, ...] = ()

    def say(
        self,
        query: str = "",
        act: Act = Act.ASK,
        *,
        facets: tuple[str, ...] = (),
        topics: tuple[str, ...] = (),
        text: str | None = None,
        confidence: float = 0.9,
        off_topic: float = 0.0,
    ) -> Talk:
        """`query` is what is left of the message for the search; `text` the whole message, if that matters."""
        message = query if text is None else text
        place = read_place(message, self.desk.gazetteer)
        abroad = read_abroad(message, self.desk.gazetteer)
        said = Understanding(
            message, act, confidence, query, facets, topics, place=place, abroad=abroad, off_topic=off_topic
        )
        return self._turn(Turn(said, self.state))

    def press(self, title: str) -> Talk:
        """Chooses one of the buttons that the last turn offered."""
        button = next((b for b in self.state.offered if b.title == title), None)
        assert button, f"«{title}» is not among {[b.title for b in self.state.offered]}"
        said = Understanding("", button.command.act, 1.0, "")
        return self._turn(Turn(said, self.state, button.command))

    @property
    def text(self) -> str:
        return "\n".join(reply.text for reply in self.replies)

    @property
    def last(self) -> Reply:
        return self.replies[-1]

    @property
    def buttons(self) -> list[str]:
        return [button.title for button in self.last.buttons]

    def _turn(self, turn: Turn) -> Talk:
        outcome = STEPS[action_for(turn.said.act.value, self.state.mode.value)](turn, self.desk)
        self.replies = outcome.replies
        offered = next((reply.buttons for reply in reversed(outcome.replies) if reply.buttons), ())
        self.state = replace(PersonState.from_json(outcome.state.to_json()), offered=offered)
        return self
