"""From an understood message to procedures: the one code path behind the dialogue and `/api/understand`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from actions import danger
from actions.abroad import Abroad, read_abroad
from actions.desk import Desk, Understanding
from actions.reply import Act
from knowledge.phrases import ASKING, cut
from knowledge.place_names import Reading, read_place
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
    "la", "cho", "ve", "luon", "nua", "dang", "song", "o",
}  # fmt: skip
# "A chứ không phải B" is about A; whose address it is, is no request: "em thường trú Cần Thơ", "mà hộ khẩu ở Huế".
_DENIED = re.compile(
    r"\s(?:chứ|chu|chớ)\s+(?:không|khong|ko|k|kg|hông|hong|hok)\s+(?:phải|phai)\s.*$", re.IGNORECASE | re.DOTALL
)
# "Không phải sang tên xe, đất mà": what stands before the comma is not meant.
_NOT_THIS = re.compile(
    r"^\W*(?:(?:dạ|da|ủa|ua|à|a|ơ|o|ý|y)\s+)?(?:không|khong|ko|k|kg|hông|hong|hok)\s+(?:phải|phai)\s+[^,.;]{1,60}[,.;]\s*(?=\w)",
    re.IGNORECASE,
)
SURELY_FORBIDDEN = 0.55  # 14 of the 15 forbidden messages of the dev files are surer; none of the lawful ones was met
_BRIBE = re.compile(r"\b(?:tien|phong bi|qua cap|bieu|dua bao nhieu|bo khuc|lot tay)\b|\b\d+ ?(?:tr|trieu|cu|lit)\b")
# "Mà thôi, em muốn giải thể luôn", "thôi chỉ làm giám hộ"; not "thôi việc".
_TURNING = re.compile(
    r"^\W*(?:(?:à|a|ờ|o|mà|ma)\s+)?(?:thôi|thoi)(?:\s*[,.]\s*(?=\w)|\s+(?=(?:chỉ|chi|thì|thi|để|de|vậy|vay)\s))",
    re.IGNORECASE,
)
_LEFT_OVER = re.compile(r"\s+(?:thì|thi)$", re.IGNORECASE)  # of "đổi bằng lái thì cần giấy gì"; without accents an exam
_ON_A_CHANNEL = re.compile(
    r"\s(?:trên|tren|qua|bằng|bang)\s+(?:app\s+|ứng dụng\s+|ung dung\s+|trang\s+)?"
    r"(?:vneid|(?:cổng\s+|cong\s+)?(?:dịch vụ công|dich vu cong|dvc)(?:\s+(?:quốc gia|quoc gia))?)(?!\w)",
    re.IGNORECASE,
)
_LIVES = re.compile(
    r"(?:^|[,.;]\s*|\b(?:em|e|toi|tui|minh|mk|chau|con|chong|vo|bo|ba|me|anh|chi|nha|ma|co|thi|va)\s+)"
    r"(?:dang |van |con )?"
    r"((?:ho khau|hk|hktt|thuong tru|tam tru|que(?: quan)?|goc)(?: (?:thuong tru|goc|o|tai|ben|ngoai))*)\s*$"
)
EMERGENCY = "emergency"  # the topic of a danger
PRIVATE = "private"  # the topic of messages about somebody else's service
_TO_DO = re.compile(r"\b(?:muon|lam|xin|dang ky|khai|nop|cap|doi|mo|chuyen|sang ten|tach|gia han)\b")
SURE_PART = 0.7  # confidence from which a part of a longer message stands for the whole


@dataclass(frozen=True)
class Finding:
    """What a message is about; no hits where it is answered without a procedure."""

    decision: Decision
    hits: tuple[Hit, ...] = ()
    query: str = ""
    elsewhere: Hit | None = None  # what was surely meant, where only other provinces have it

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
    place, abroad = read_place(text, gazetteer), read_abroad(text, gazetteer)
    confidence = float(intent.get("confidence") or 0.0)
    return Understanding(
        text=text,
        act=_act(str(intent.get("name") or ""), confidence, text),
        confidence=confidence,
        off_topic=_likelihood(parse, Act.OUT_OF_SCOPE),
        query=_wanted(text, entities, _addresses(text, place), abroad),
        facets=_facets(parse, entities),
        topics=_topics(entities, text),
        moves=_values(entities, "move"),
        place=place,
        abroad=abroad,
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
    if result.decision is not Decision.ANSWER and not result.elsewhere:
        result = _request_in(said, result, retriever, province)
    decision = result.decision
    if decision is Decision.UNKNOWN and said.act is Act.OUT_OF_SCOPE:
        decision = Decision.OUT_OF_SCOPE
    return Finding(decision, result.hits, result.query, result.elsewhere)


def _request_in(said: Understanding, whole: Result, retriever: Retriever, province: Province | None) -> Result:
    """The request within a story: the part that is surely found where the whole is not; rather one that says to do."""
    parts = [retriever.search(s, province=province, off_topic=said.off_topic) for s in _sentences(said.query)]
    sure = [
        r for r in parts if r.decision is Decision.ANSWER and r.best and (r.best.is_exact or r.best.score >= SURE_PART)
    ]
    return max(
        sure, key=lambda r: (_TO_DO.search(fold(r.query)) is not None, r.best.score if r.best else 0.0), default=whole
    )


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
    rest = _LEFT_OVER.sub("", cut(text, [*asking, *places]))
    tells = any(len(word) > 1 and fold(word) not in _TELLS_NOTHING for word in words(rest))
    tells = tells or "so do" in fold(rest)  # "sổ đỏ"
    return rest if tells else ""


def _without_aside(text: str) -> str:
    """ "Làm lại trên VNeID chứ không phải đổi" → "Làm lại": not what is denied, nor the way of filing alone."""
    said = text
    for aside in (_TURNING, _NOT_THIS, _DENIED, _ON_A_CHANNEL):  # blanked, so that everything keeps its place
        said = aside.sub(lambda match: " " * len(match[0]), said)
    return said if said.strip() else text


def _wanted(
    text: str, entities: Sequence[Mapping[str, Any]], addresses: Sequence[tuple[int, int]], abroad: Abroad
) -> str:
    """What the message is about; not in which country somebody lives, unless that is all it says."""
    found = re.search(r"\W+".join(abroad.lives.split()), fold(text)) if abroad.lives else None
    lives = [found.span()] if found else []
    said = _without_aside(text)
    return _without(said, entities, [*addresses, *lives]) or _without(said, entities, addresses)


def _addresses(text: str, place: Reading) -> list[tuple[int, int]]:
    """The places with the words before them that say whose address they are.

    Of several places none is sure; they are left out all the same where one is said to be an address.
    """
    folded = fold(text)
    spans = (*place.spans, *place.origins)
    lived = [(_LIVES.search(folded[:start]), start, end) for start, end in spans]
    if not place.sure and (place.is_bare or not any(match for match, *_ in lived)):
        return []
    return [(match.start(1) if match else start, end) for match, start, end in lived]


def _act(name: str, confidence: float, text: str) -> Act:
    """What Rasa took the message for. Nobody is called unlawful on half a guess, unless money is in it."""
    act = Act(name) if name in set(Act) else Act.ASK
    is_guess = act is Act.FORBIDDEN and confidence < SURELY_FORBIDDEN and not _BRIBE.search(fold(text))
    return Act.ASK if is_guess else act


def _likelihood(parse: Mapping[str, Any], act: Act) -> float:
    ranking = parse.get("intent_ranking") or ()
    return next((float(i["confidence"]) for i in ranking if i.get("name") == act.value), 0.0)


def _facets(parse: Mapping[str, Any], entities: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """What the classifier is sure of; words of the lexicon where there was no classifier."""
    classified = parse.get("facets")
    return tuple(str(f["name"]) for f in classified) if classified is not None else _values(entities, "facet")


def _topics(entities: Iterable[Mapping[str, Any]], text: str) -> tuple[str, ...]:
    """No emergency where no danger is named: "phòng cháy nhà xưởng" holds "cháy nhà"."""
    topics = _values(entities, "topic")
    if EMERGENCY not in topics or danger.is_named(text):
        return topics
    return tuple(topic for topic in topics if topic != EMERGENCY)


def _values(entities: Iterable[Mapping[str, Any]], name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(e["value"]) for e in entities if e.get("entity") == name))
