"""From an understood message to procedures: the one code path behind the dialogue and `/api/understand`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from actions.desk import Desk, Understanding
from actions.reply import Act
from knowledge.phrases import ASKING, cut
from knowledge.place_names import read_place
from knowledge.places import Gazetteer, Province
from knowledge.retriever import Decision, Hit, Result, Retriever
from knowledge.text import fold, nfc, squeeze, words

# Acts that may name a procedure; the others never search.
SEARCHING = {
    Act.ASK,
    Act.CORRECT,
    Act.WALK,
    Act.OUT_OF_SCOPE,
    Act.FOLLOW_UP,
    Act.GUIDANCE,
    Act.WHAT_IS,
    Act.DENY,
    Act.LACK,
}
# Unaccented "con" is a child as often as it is "còn", so it parts nothing.
_SENTENCE = re.compile(r"[.;?!\n]+|,\s|\s+(?:và|va|với lại|voi lai|còn|rồi|roi|xong)\s+", re.IGNORECASE)
_AND = re.compile(r"\s+(?:và|va|với lại|voi lai)\s+", re.IGNORECASE)
_MOST_SEGMENTS = 4
# Relatives alone name no procedure, nor does what is left of "với hết bao nhiêu tiền", "trễ hạn thì phạt sao" or
# "thế còn phí" once the facet is taken out (a lone letter is an address).
_TELLS_NOTHING = {
    "ong", "ba", "cha", "bo", "me", "ma", "vo", "chong", "con", "em", "anh", "chi", "chau",
    "giay", "to", "ho", "so", "thu", "tuc", "han", "tre", "qua", "cham", "lo",
    "voi", "va", "thi", "the", "roi", "cai", "nay", "do", "vay",
    "la", "cho", "ve", "luon", "nua",
}  # fmt: skip
PRIVATE = "private"  # the topic of messages about somebody else's service
SURE_PART = 0.7  # confidence from which a part of a longer message stands for the whole


@dataclass(frozen=True)
class Finding:
    """What a message is about; no hits where it is answered without a procedure."""

    decision: Decision
    hits: tuple[Hit, ...] = ()
    query: str = ""

    @property
    def best(self) -> Hit | None:
        return self.hits[0] if self.hits else None


@dataclass(frozen=True)
class Segment:
    query: str
    facets: tuple[str, ...]


def understand(parse: Mapping[str, Any], gazetteer: Gazetteer) -> Understanding:
    """Rasa's parse of a message (`latest_message` of a tracker, or the parse endpoint's answer)."""
    text = nfc(str(parse.get("text") or ""))
    if text.startswith("/"):  # a button: the app sends the act alone, so there are no words to search for
        text = ""
    entities = [e for e in parse.get("entities") or () if isinstance(e, dict)]
    intent = parse.get("intent") or {}
    place = read_place(text, gazetteer)
    name = str(intent.get("name") or "")
    return Understanding(
        text=text,
        act=Act(name) if name in set(Act) else Act.ASK,
        confidence=float(intent.get("confidence") or 0.0),
        off_topic=_likelihood(parse, Act.OUT_OF_SCOPE),
        query=_without(text, entities, place.spans if place.sure else ()),
        facets=_facets(parse, entities),
        topics=_values(entities, "topic"),
        moves=_values(entities, "move"),
        place=place,
    )


def find(said: Understanding, retriever: Retriever, province: Province | None = None) -> Finding:
    """Retrieval decides, told how likely the message is off topic: answer, ask which, unknown, or out of scope."""
    if said.act is Act.FORBIDDEN:
        return Finding(Decision.OUT_OF_SCOPE)
    if said.act not in SEARCHING or (said.act is Act.GUIDANCE and set(said.topics) - {PRIVATE}):
        return Finding(Decision.ANSWER)  # answered without a procedure
    if not said.query:
        return Finding(Decision.OUT_OF_SCOPE if said.act is Act.OUT_OF_SCOPE else Decision.UNKNOWN)
    result = retriever.search(said.query, province=province, off_topic=said.off_topic)
    if result.decision is not Decision.ANSWER:
        result = _request_in(said, result, retriever, province)
    decision = result.decision
    if decision is Decision.UNKNOWN and said.act is Act.OUT_OF_SCOPE:
        decision = Decision.OUT_OF_SCOPE
    return Finding(decision, result.hits, result.query)


def _request_in(said: Understanding, whole: Result, retriever: Retriever, province: Province | None) -> Result:
    """The request within a story: the part that is surely found where the whole is not."""
    parts = [retriever.search(s, province=province, off_topic=said.off_topic) for s in _sentences(said.query)]
    sure = [
        r for r in parts if r.decision is Decision.ANSWER and r.best and (r.best.is_exact or r.best.score >= SURE_PART)
    ]
    return max(sure, key=lambda r: r.best.score if r.best else 0.0) if sure else whole


def segments(said: Understanding, desk: Desk) -> list[Segment]:
    """The parts of a message that each ask about something of their own, with their facets; one where it is one.

    What happened ("ly hôn rồi", "chủ nhà đồng ý rồi") is no part: each asks for a facet, or "và" joins bare names.
    """
    parts = _segments(_pieces(said.text), desk)
    if len(parts) > 1 and all(part.facets for part in parts):
        return parts
    named = [part for part in parts if not part.facets]
    return named if len(parts) == len(named) > 1 and _AND.search(said.text) else parts[:1]


def _segments(pieces: Iterable[str], desk: Desk) -> list[Segment]:
    found = []
    for piece in pieces:
        matches, place = desk.lexicon.find(piece), read_place(piece, desk.gazetteer)
        entities = [{"entity": m.entity, "value": m.value, "start": m.start, "end": m.end} for m in matches]
        query = _without(piece, entities, place.spans if place.sure else ())
        if query:
            found.append(Segment(query, _values(entities, "facet")))
    return found[:_MOST_SEGMENTS]


def _pieces(text: str) -> list[str]:
    return [piece for piece in (squeeze(p) for p in _SENTENCE.split(text)) if piece]


def _sentences(query: str) -> list[str]:
    """The parts of a longer query that say enough to be searched for; none where it is all one part."""
    pieces = _pieces(query)
    return [p for p in pieces if len(words(p)) > 2][:_MOST_SEGMENTS] if len(pieces) > 1 else []


def _without(text: str, entities: Iterable[Mapping[str, Any]], places: Iterable[tuple[int, int]] = ()) -> str:
    """The text without what only asks, and without the place: what the message is about."""
    asking = ((int(e["start"]), int(e["end"])) for e in entities if e.get("entity") in ASKING)
    rest = cut(text, [*asking, *places])
    tells = any(len(word) > 1 and fold(word) not in _TELLS_NOTHING for word in words(rest))
    tells = tells or "so do" in fold(rest)  # "sổ đỏ"
    return rest if tells else ""


def _likelihood(parse: Mapping[str, Any], act: Act) -> float:
    ranking = parse.get("intent_ranking") or ()
    return next((float(i["confidence"]) for i in ranking if i.get("name") == act.value), 0.0)


def _facets(parse: Mapping[str, Any], entities: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What the classifier is sure of; words of the lexicon where there was no classifier."""
    classified = parse.get("facets")
    return tuple(str(f["name"]) for f in classified) if classified is not None else _values(entities, "facet")


def _values(entities: Iterable[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(e["value"]) for e in entities if e.get("entity") == name))
