"""From a question to procedures: search, group, choose, decide.

The steps of `Retriever.search`, in order: a code in the message wins; else normalise → score by the indexes → fuse →
prior and province → group into families → choose the member → confidence, by which the first ten are ordered →
decision. Where that leaves doubt, the general encoder is asked as well and all but the scoring is done again: it takes
four times as long as all the rest and changes next to nothing where the others are sure (ADR 16). Every hit keeps its
parts, so a miss can be explained (`make explain Q="…"`).
"""

from __future__ import annotations

import copy
import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from knowledge.accents import AccentRestorer
from knowledge.acronyms import Acronyms
from knowledge.catalogue import Catalogue
from knowledge.encoder import Encoder
from knowledge.fitted import SyllableEncoder
from knowledge.index import Components, Index
from knowledge.lexical import Scores
from knowledge.passages import names_of
from knowledge.place_names import province_named
from knowledge.places import Gazetteer, Province
from knowledge.release import ACCENTS, FITTED, RECORDS, Release
from knowledge.text import expand_chat_spelling, fold, procedure_codes, words
from knowledge.tuning import Fusion, Tuning

_FEW = 2
_TELLING = 0.05  # a word in more passages than this share tells no member of a family apart
_ALL_BUT_SAID = 0.7  # share of a name, by rarity, that the query must have for one of its words to count
_AS_MUCH = 0.1  # shares of a name that differ by less are alike
_LOOKED_AT = 10  # families whose confidence is computed, however few are asked for: rivals decide, too
ACCENTED_FROM = 0.4  # share of accented words from which a message counts as typed with accents (records: about .8)


class Decision(StrEnum):
    ANSWER = "answer"
    ASK = "ask"
    UNKNOWN = "unknown"
    OUT_OF_SCOPE = "out_of_scope"


@dataclass(frozen=True)
class Hit:
    """A family, the member chosen from it, and why. `score` is the confidence that it is what was meant, 0..1."""

    code: str
    name: str
    family: str
    members: tuple[str, ...]
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def is_covering(self) -> bool:
        """Whether all words of the message stand in one of its names; a written question has many words of others."""
        return self.parts.get("coverage", 0.0) >= 1 and not self.parts.get("question")

    def says_as_much_as(self, best: Hit) -> bool:
        """Whether some name of it has all words of the message, too, and they are nearly as much of that name."""
        return self.parts.get("named", 0.0) >= max(best.parts.get("exactness", 0.0) - _AS_MUCH, _AS_MUCH)

    @property
    def is_exact(self) -> bool:
        """Whether the message says just the words of one of its names."""
        return self.parts.get("coverage", 0.0) >= 1 and self.parts.get("exactness", 0.0) >= 1


@dataclass(frozen=True)
class Result:
    decision: Decision
    hits: tuple[Hit, ...]
    query: str  # as searched: chat spelling written out, accents restored
    took_ms: float
    elsewhere: Hit | None = None  # what was surely meant, where only other provinces have it

    @property
    def best(self) -> Hit | None:
        return self.hits[0] if self.hits else None


@dataclass(frozen=True)
class _Known:
    family: str
    province: Province | None
    title: str
    prior: float


class Retriever:
    """Holds one release in memory. Thread-safe: a search changes nothing."""

    def __init__(
        self,
        release: Release,
        index: Index,
        catalogue: Catalogue,
        accents: AccentRestorer,
        encoder: Encoder,
        syllables: SyllableEncoder,
        tuning: Tuning,
    ) -> None:
        self.release = release
        self.catalogue = catalogue
        self._index = index
        self._accents = accents
        self._encoder = encoder
        self._syllables = syllables
        self._tuning = tuning
        self._is_restoring = True
        self._is_always_asking = False
        self._is_by_confidence = True
        gazetteer = Gazetteer.load()
        summaries = catalogue.summaries()
        most = math.log1p(max((row.filings for row in summaries), default=0)) or 1.0
        self._known = {
            row.code: _Known(
                family=row.family,
                province=province_named(row.province, gazetteer) if row.province else None,
                title=row.title,
                prior=math.log1p(row.filings) / most,
            )
            for row in summaries
        }
        self._members: dict[str, tuple[str, ...]] = {}
        for code, known in sorted(self._known.items()):
            self._members[known.family] = (*self._members.get(known.family, ()), code)
        self._prior = np.array([self._known[c].prior for c in index.codes], dtype=np.float32)
        self._provincial = np.array([self._known[c].province is not None for c in index.codes])
        self._names: dict[str, list[set[str]]] = {code: [] for code in index.codes}
        names = names_of(index.passages)
        for name in names:
            self._names[name.code].append(set(words(fold(name.text))))
        self._acronyms = Acronyms(name.text for name in names)
        self._documents = Counter(t for p in index.passages for t in set(words(fold(p.text))))

    @classmethod
    def load(cls, release: Release, *, encoder: Encoder, tuning: Tuning | None = None) -> Retriever:
        """Verifies and loads everything; takes about two seconds for the national set. Raises `ReleaseError`."""
        release.verify(encoder=encoder.identity)
        return cls(
            release,
            Index.load(release),
            Catalogue.open(release.path / RECORDS),
            AccentRestorer.load(release.path / ACCENTS),
            encoder,
            SyllableEncoder.load(release.path / FITTED),
            tuning or Tuning.load(),
        )

    @property
    def tuning(self) -> Tuning:
        return self._tuning

    def varied(
        self,
        *,
        fusion: Fusion | None = None,
        questions: bool = True,
        restoring: bool = True,
        always_asking: bool = False,
        by_confidence: bool = True,
    ) -> Retriever:
        """The same release searched otherwise, for experiments.

        Other weights, something left out, the general encoder asked about every question, or the hits in the order
        of their fused scores.
        """
        other = copy.copy(self)
        other._is_always_asking = always_asking
        other._is_by_confidence = by_confidence
        if fusion is not None:
            other._tuning = self._tuning.model_copy(update={"fusion": fusion})
        if not questions:
            other._index = self._index.without_questions()
        other._is_restoring = restoring
        return other

    def search(self, query: str, *, limit: int = 5, province: Province | None = None, off_topic: float = 0.0) -> Result:
        """The best `limit` families for a message that was freed of facet words and politeness.

        `off_topic`: how likely the message is about no procedure at all, 0 to 1, as far as its reader can tell.
        """
        started = time.perf_counter()
        named = self._by_code(query)
        elsewhere = None
        if named:
            hits, searched, decision = named[:limit], query, Decision.ANSWER
        else:
            searched = self.restore(query)
            found, elsewhere = self._by_meaning(searched, province, off_topic, max(limit, _LOOKED_AT))
            decision, hits = Decision.UNKNOWN if elsewhere else self._decide(found), found[:limit]
        return Result(decision, tuple(hits), searched, (time.perf_counter() - started) * 1000, elsewhere)

    def family_of(self, code: str) -> tuple[str, ...]:
        """All members of the family that `code` belongs to."""
        known = self._known.get(code)
        return self._members[known.family] if known else ()

    def is_named(self, code: str, asked: set[str]) -> bool:
        """Whether one name of the procedure has all these words (folded)."""
        return any(asked <= said for said in self._names.get(code, ()))

    def share_named(self, code: str, asked: set[str]) -> float:
        """How many of these words (folded), weighted by rarity, stand in the name that has most of them; 0..1."""
        return max((self._share(asked & said, asked) for said in self._names.get(code, ())), default=0.0)

    def share(self, said: set[str], asked: set[str]) -> float:
        """How much of `asked`, weighted by rarity, stands in `said` (words, folded); 0..1."""
        return self._share(asked & said, asked)

    def restore(self, text: str) -> str:
        """Initials and chat spelling written out, slips mended, and accents put back where they were left out.

        Who types accents means a bare "sang" as "sang"; most words of Vietnamese carry one.
        """
        if not self._is_restoring:
            return expand_chat_spelling(text)
        written_out = expand_chat_spelling(self._acronyms.expand(text, self._accents))
        all_words = words(text)
        accented = sum(fold(word) != word for word in all_words)
        return self._accents.restore(written_out, accents=accented <= ACCENTED_FROM * len(all_words))

    def _by_code(self, query: str) -> list[Hit]:
        return [self._hit(code, 1.0, {"code": 1.0}) for code in procedure_codes(query) if code in self._known]

    def _by_meaning(
        self, searched: str, province: Province | None, off_topic: float, most: int
    ) -> tuple[list[Hit], Hit | None]:
        """The best of this province, and what only others have where that is what was surely meant."""
        if not searched.strip():
            return [], None
        components = self._index.score(searched, self._syllables.encode([searched]))
        found = self._ranked(components, searched, province, off_topic, most)
        is_sure = self._decide(found) is Decision.ANSWER and not self._is_always_asking
        if not is_sure and self._tuning.fusion.dense:
            components = replace(components, dense=self._index.dense(self._encoder.encode_queries([searched])))
            found = self._ranked(components, searched, province, off_topic, most)
        if province is None:
            return found, None
        first = self._index.codes[int(np.argmax(self._fuse(components, None)))]
        if not all(self._is_elsewhere(code, province) for code in self.family_of(first)):
            return found, None
        anywhere = self._ranked(components, searched, None, off_topic, most)
        return found, self._surely_meant(anywhere, found)

    def _surely_meant(self, anywhere: Sequence[Hit], found: Sequence[Hit]) -> Hit | None:
        """The first of all provinces' procedures where it is sure, and this province has none that is named as well."""
        if self._decide(anywhere) is not Decision.ANSWER:
            return None
        said = anywhere[0].parts["coverage"]
        return None if found and found[0].parts["coverage"] > said - _AS_MUCH else anywhere[0]

    def _ranked(
        self, components: Components, searched: str, province: Province | None, off_topic: float, most: int
    ) -> list[Hit]:
        fused = self._fuse(components, province)
        order = [i for i in np.argsort(-fused)[: self._tuning.candidates] if np.isfinite(fused[i])]
        best_of_family: dict[str, int] = {}
        for i in order:
            best_of_family.setdefault(self._known[self._index.codes[i]].family, int(i))
        ranked = list(best_of_family.values())
        asked = set(words(fold(searched)))
        looked_at = ranked[:most]
        lead = _leads(components.fitted[looked_at])
        words_lead = _leads(components.expanded[looked_at]) / max(1e-6, components.expanded[looked_at].max(initial=0))
        hits = []
        for rank, i in enumerate(looked_at):
            rival = fused[ranked[1]] if rank == 0 and len(ranked) > 1 else fused[ranked[0]]
            parts = self._parts(i, components, asked, margin=float(fused[i] - rival))
            parts |= {
                "off_topic": off_topic,
                "named": round(self._share_of_covering(self._index.codes[i], asked), 3),
                "lead": round(float(lead[rank]), 3),
                "words_lead": round(float(words_lead[rank]), 3),
            }
            code, by_words = self._choose_member(self._index.codes[i], province, asked)
            hits.append(self._hit(code, self._confidence(parts), {**parts, "member": float(by_words)}))
        return sorted(hits, key=lambda hit: -hit.score) if self._is_by_confidence else hits

    def _fuse(self, c: Components, province: Province | None) -> Scores:
        w = self._tuning.fusion
        fused = (
            w.dense * _z(c.dense)
            + w.fitted * _z(c.fitted)
            + w.accented * _z(c.accented)
            + w.folded * _z(c.folded)
            + w.body * _z(c.body)
            + w.expanded * _z(c.expanded)
            + w.prior * self._prior
            - w.other_province * self._provincial
        )
        if province is not None:
            elsewhere = [self._is_elsewhere(code, province) for code in self._index.codes]
            fused = np.where(elsewhere, -np.inf, fused)
        return np.asarray(fused, dtype=np.float32)

    def _is_elsewhere(self, code: str, province: Province) -> bool:
        at = self._known[code].province
        return at is not None and at != province

    def _choose_member(self, code: str, province: Province | None, asked: set[str]) -> tuple[str, bool]:
        """The family's member for these words and this place, and whether the words settled it.

        The one that a word of the query tells apart; else the province's own; else the most used national one.
        """
        members = self._members[self._known[code].family]
        if len(members) == 1:
            return code, True
        local = [m for m in members if province and self._known[m].province == province]
        national = [m for m in members if self._known[m].province is None]
        usual = max(local or national or [code], key=lambda m: (self._known[m].prior, m == code))
        eligible = local or national or members
        told = self._told_apart(asked, eligible)
        return (told, True) if told else (usual, len(eligible) == 1)

    def _told_apart(self, asked: set[str], members: Sequence[str]) -> str | None:
        """The member that alone has some telling word of the query in a name that was all but said: "nhập khẩu"."""
        most = max(_FEW, _TELLING * len(self._index.passages))
        telling = {word for word in asked if self._documents[word] <= most}
        told = set()
        for word in telling:
            having = [m for m in members if any(word in said for said in self._names[m])]
            if len(having) == 1 and any(
                word in said and self._share(asked & said, said) >= _ALL_BUT_SAID for said in self._names[having[0]]
            ):
                told.add(having[0])
        return told.pop() if len(told) == 1 else None

    def _parts(self, i: int, c: Components, asked: set[str], *, margin: float) -> dict[str, float]:
        passage = self._index.passages[int(c.nearest[i])]
        said = set(words(fold(passage.text)))
        return {
            "dense": round(float(c.dense[i]), 4),
            "fitted": round(float(c.fitted[i]), 4),
            "accented": round(float(c.accented[i]), 3),
            "folded": round(float(c.folded[i]), 3),
            "body": round(float(c.body[i]), 3),
            "expanded": round(float(c.expanded[i]), 3),
            "body_share": round(float(c.body[i] / max(1e-6, c.body.max())), 3),
            "prior": round(float(self._prior[i]), 3),
            "coverage": round(self._share(asked & said, asked), 3),
            "exactness": round(self._share(asked & said, said), 3),
            "margin": round(max(-10.0, min(10.0, margin)), 3),
            "question": float(passage.is_question),
        }

    def _share_of_covering(self, code: str, asked: set[str]) -> float:
        """How much of the shortest name with all these words they are, by rarity; 0 where no name has them all."""
        covering = (said for said in self._names[code] if asked and asked <= said)
        return max((self._share(asked, said) for said in covering), default=0.0)

    def _share(self, shared: set[str], whole: set[str]) -> float:
        """How much of `whole`, weighted by rarity, is in `shared`; unknown words weigh most."""
        total = sum(self._rarity(word) for word in whole)
        return sum(self._rarity(word) for word in shared) / total if total else 0.0

    def _rarity(self, word: str) -> float:
        n = len(self._index.passages)
        return math.log(1 + n / (1 + self._documents[word]))

    def _confidence(self, parts: Mapping[str, float]) -> float:
        model = self._tuning.confidence
        logit = model.intercept + sum(weight * parts[name] for name, weight in model.weights.items())
        return round(1 / (1 + math.exp(-logit)), 4)

    def _decide(self, hits: Sequence[Hit]) -> Decision:
        """An exact name or alias is rivalled only by another one; otherwise whatever comes close is.

        Words that stand in the names of several ("thẻ căn cước") say too little, whichever is the likeliest.
        """
        t = self._tuning
        if not hits or hits[0].score < t.ask_at:
            return Decision.UNKNOWN
        best, *others = hits
        rivals = [h for h in others if h.score > best.score - t.ask_margin or h.says_as_much_as(best)]
        if best.is_exact:
            rivals = [h for h in others if h.is_exact]
        return Decision.ANSWER if (best.is_exact or best.score >= t.answer_at) and not rivals else Decision.ASK

    def _hit(self, code: str, score: float, parts: Mapping[str, float]) -> Hit:
        known = self._known[code]
        return Hit(code, known.title, known.family, self._members[known.family], score, parts)


def _leads(scores: Scores) -> Scores:
    """By how much each leads the best of the others; below zero for all but the first."""
    if len(scores) < _FEW:
        return scores
    best, second = np.sort(scores)[::-1][:2]
    return np.asarray(scores - np.where(scores == best, second, best), dtype=np.float32)


def _z(scores: Scores) -> Scores:
    return np.asarray((scores - scores.mean()) / (scores.std() + 1e-9), dtype=np.float32)
