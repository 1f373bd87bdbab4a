"""What a person gets: the same on every channel. Channels render it within their limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self


class Status(StrEnum):
    ANSWER = "answer"
    ASK = "ask"
    UNKNOWN = "unknown"
    OUT_OF_SCOPE = "out_of_scope"
    GUIDANCE = "guidance"
    SMALLTALK = "smalltalk"
    EMERGENCY = "emergency"
    REFUSE = "refuse"
    WALK = "walk"
    ERROR = "error"


class Act(StrEnum):
    """Dialogue acts: the intents of `nlu/domain.yml`, which a test holds to this list."""

    ASK = "ask"
    FOLLOW_UP = "follow_up"
    CHOOSE = "choose"
    CORRECT = "correct"
    AFFIRM = "affirm"
    DENY = "deny"
    WALK = "walk"
    HAVE = "have"
    LACK = "lack"
    WHAT_IS = "what_is"
    GO_BACK = "go_back"
    START_OVER = "start_over"
    PAUSE = "pause"
    RESUME = "resume"
    RESEND = "resend"
    GUIDANCE = "guidance"
    GREET = "greet"
    THANK = "thank"
    GOODBYE = "goodbye"
    WHO_ARE_YOU = "who_are_you"
    HELP = "help"
    PERSON = "person"
    EMERGENCY = "emergency"
    FORBIDDEN = "forbidden"
    SECRET = "secret"
    FORGET_ME = "forget_me"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Command:
    """What a button does when it is chosen: an act with its particulars."""

    act: Act
    code: str | None = None
    facets: tuple[str, ...] = ()
    case: str | None = None
    province: str | None = None
    communes: tuple[str, ...] = ()
    was: str = ""
    topic: str | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        lists = {name: tuple(data.get(name, ())) for name in ("facets", "communes")}
        return cls(**{**data, **lists, "act": Act(data["act"])})


@dataclass(frozen=True)
class Button:
    """`payload` is a short opaque token that the app gives when it stores the reply; empty until then."""

    title: str
    command: Command
    payload: str = ""

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        return cls(data["title"], Command.from_json(data["command"]), data["payload"])


@dataclass(frozen=True)
class LinkButton:
    title: str
    url: str


@dataclass(frozen=True)
class ChecklistItem:
    key: str
    title: str
    state: str  # have | lack | open


@dataclass(frozen=True)
class ChecklistView:
    """A checklist as shown: counts and every paper with its mark."""

    title: str
    items: tuple[ChecklistItem, ...]

    def count(self, state: str) -> int:
        return sum(item.state == state for item in self.items)


@dataclass(frozen=True)
class Reply:
    text: str
    status: Status
    procedure: str | None = None
    facets: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    links: tuple[LinkButton, ...] = ()
    checklist: ChecklistView | None = field(default=None)

    def to_json(self) -> dict[str, Any]:
        """The public shape, as `POST /api/chat` documents it: commands stay inside."""
        checklist = self.checklist
        return {
            "text": self.text,
            "status": self.status.value,
            "procedure": self.procedure,
            "facets": list(self.facets),
            "buttons": [{"title": b.title, "payload": b.payload} for b in self.buttons],
            "links": [asdict(link) for link in self.links],
            "checklist": checklist
            and {
                "title": checklist.title,
                "done": checklist.count("have"),
                "missing": checklist.count("lack"),
                "total": len(checklist.items),
                "items": [asdict(item) for item in checklist.items],
            },
        }
