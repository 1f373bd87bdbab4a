"""What every step needs: the records, the clock, the settings. Passed in, so tests bring their own."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from actions.abroad import Abroad
from actions.reply import Act, Command, Reply
from actions.state import PersonState
from knowledge.catalogue import Catalogue
from knowledge.families import Choice
from knowledge.phrases import Lexicon
from knowledge.place_names import Reading
from knowledge.places import Gazetteer, Place
from knowledge.procedure import VIETNAM
from knowledge.retriever import Retriever


@dataclass(frozen=True)
class Desk:
    """`retriever()` gives the one of the release served now; take it once a turn."""

    retriever: Callable[[], Retriever]
    lexicon: Lexicon
    gazetteer: Gazetteer
    choices: Mapping[str, Choice] = field(default_factory=dict)  # family → the question that settles its member
    embassies: Mapping[str, str] = field(default_factory=dict)  # code at home → code of the same request abroad
    now: Callable[[], dt.datetime] = lambda: dt.datetime.now(VIETNAM)
    stale_after_days: int = 180

    def place_of(self, state: PersonState) -> Place | None:
        return self.gazetteer.place(state.province, state.communes, state.was)

    @property
    def today(self) -> dt.date:
        return self.now().date()

    @property
    def catalogue(self) -> Catalogue:
        return self.retriever().catalogue


@dataclass(frozen=True)
class Understanding:
    """What Rasa made of a message. `query` is the message without facet words, politeness and the place."""

    text: str
    act: Act
    confidence: float
    query: str
    facets: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    moves: tuple[str, ...] = ()  # said in so many words: "walk", "correct"
    place: Reading = field(default_factory=Reading)
    abroad: Abroad = field(default_factory=Abroad)
    off_topic: float = 0.0  # how likely the message is about no procedure


@dataclass(frozen=True)
class Turn:
    """One message on its way: understood, and what the app knows about it."""

    said: Understanding
    state: PersonState
    command: Command | None = None  # the chosen button's
    rest: str = ""  # what was said beside a choice


@dataclass(frozen=True)
class Outcome:
    replies: tuple[Reply, ...]
    state: PersonState

    def after(self, note: str) -> Outcome:
        """The same with something said first."""
        if not note:
            return self
        first = replace(self.replies[0], text=f"{note}\n\n{self.replies[0].text}")
        return replace(self, replies=(first, *self.replies[1:]))
