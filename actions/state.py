"""What the app remembers of a person between turns. Keys are pseudonyms; no words of theirs are kept
but the name of a place while it is not known which of several it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Self

from actions.reply import Act, Button
from knowledge.places import Place

_RECENT = 5


class Mode(StrEnum):
    """The one slot that Rasa's rules branch on."""

    IDLE = "idle"
    CHOOSING = "choosing"
    WALKING = "walking"


@dataclass(frozen=True)
class Walk:
    """A checklist being gone through. Marks hang on document keys; `done` keeps their order, for going back."""

    procedure: str
    case: str | None = None
    marks: Mapping[str, str] = field(default_factory=dict)  # document key → have | lack
    done: tuple[str, ...] = ()
    paused: bool = False

    def mark(self, key: str, state: str) -> Walk:
        rest = tuple(k for k in self.done if k != key)
        return replace(self, marks={**self.marks, key: state}, done=(*rest, key))

    def step_back(self) -> Walk:
        if not self.done:
            return self
        last = self.done[-1]
        return replace(self, marks={k: v for k, v in self.marks.items() if k != last}, done=self.done[:-1])


@dataclass(frozen=True)
class PersonState:
    procedure: str | None = None
    facets: tuple[str, ...] = ()  # last asked: "không phải, ý tôi là tạm trú" asks the same of another procedure
    province: str | None = None
    communes: tuple[str, ...] = ()  # those it may be; one where it is known which
    was: str = ""  # the old unit that was named: "Quận 7"
    place_name: str | None = None  # a name that fits several places, until it is known which
    is_abroad: bool = False
    topic: str | None = None  # the matter without a record that guidance was last given on
    awaiting: str | None = None  # "province" while a place was asked for
    offered: tuple[Button, ...] = ()  # the last reply's buttons
    candidates: tuple[str, ...] = ()  # what "không phải cái này" leads to next
    recent: tuple[str, ...] = ()
    misses: int = 0
    questions: int = 0  # asked in a row: "which one is meant?"
    walk: Walk | None = None
    case: str | None = None  # which of the current procedure's cases the person said theirs is

    @property
    def mode(self) -> Mode:
        if self.walk and not self.walk.paused:
            return Mode.WALKING
        return Mode.CHOOSING if self.offered else Mode.IDLE

    @property
    def open_choice(self) -> tuple[str, ...]:
        """The procedures that the last reply offered to choose among; the buttons of an answer are all about one."""
        starting = (b.command for b in self.offered if b.command.act in (Act.CHOOSE, Act.WALK) and not b.command.case)
        codes = tuple(dict.fromkeys(command.code for command in starting if command.code))
        return codes if len(codes) > 1 else ()

    @property
    def has_open_choice(self) -> bool:
        """Whether the last reply asked which procedure is meant."""
        return bool(self.open_choice)

    @property
    def is_asked(self) -> bool:
        """Whether the last reply was a question that its buttons answer, and not an answer with shortcuts below."""
        is_confirming = any(b.command.act in (Act.FORGET_ME, Act.THANK, Act.PERSON) for b in self.offered)
        has_cases = any(b.command.case or b.command.province for b in self.offered)
        return self.has_open_choice or is_confirming or has_cases or self.questions > 0

    def about(self, code: str, facets: tuple[str, ...]) -> PersonState:
        recent = (code, *(c for c in self.recent if c != code))[:_RECENT]
        case = self.case if code == self.procedure else None
        return replace(
            self,
            procedure=code,
            facets=facets,
            recent=recent,
            misses=0,
            questions=0,
            awaiting=None,
            case=case,
            topic=None,
        )

    def about_topic(self, topic: str) -> PersonState:
        """A matter that no record is about is talked of: "giấy tờ gì" is no longer about the procedure before."""
        return replace(self, procedure=None, facets=(), case=None, awaiting=None, topic=topic)

    def at(self, place: Place | None) -> PersonState:
        """With the place that was said; None says nothing."""
        if place is None:
            return self
        if not place.communes and place.province.code == self.province:
            return replace(
                self, place_name=None, is_abroad=False
            )  # "ở TP.HCM" takes nothing back from "phường Bến Thành"
        communes = tuple(commune.code for commune in place.communes)
        province = place.province.code
        return replace(self, province=province, communes=communes, was=place.was, place_name=None, is_abroad=False)

    @property
    def commune(self) -> str | None:
        return self.communes[0] if len(self.communes) == 1 else None

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        walk = data.get("walk")
        return cls(
            procedure=data.get("procedure"),
            facets=tuple(data.get("facets", ())),
            province=data.get("province"),
            communes=tuple(data.get("communes", ())),
            was=data.get("was", ""),
            place_name=data.get("place_name"),
            is_abroad=data.get("is_abroad", False),
            topic=data.get("topic"),
            awaiting=data.get("awaiting"),
            offered=tuple(Button.from_json(b) for b in data.get("offered", ())),
            candidates=tuple(data.get("candidates", ())),
            recent=tuple(data.get("recent", ())),
            misses=data.get("misses", 0),
            questions=data.get("questions", 0),
            case=data.get("case"),
            walk=Walk(**{**walk, "done": tuple(walk["done"])}) if walk else None,
        )
