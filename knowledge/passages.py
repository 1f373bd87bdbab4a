"""What of a procedure is indexed: short texts that a question can resemble.

A national record gives its name; an own record also its plain name, every alias, and the questions written for it,
freed of what they ask, as a question is before it is searched. Facets (fee, time, papers) are no passages: they are
asked of nearly every procedure, so they would say nothing about which one is meant.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from knowledge.phrases import Lexicon
from knowledge.procedure import OPENING, Procedure
from knowledge.text import expand_chat_spelling, nfc, squeeze

_ASIDE = re.compile(r"\s*\((thực hiện|tại|cấp (tỉnh|xã|huyện|trung ương|bộ))[^()]*\)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Passage:
    code: str
    text: str
    is_question: bool = False  # a whole message, not a name

    @property
    def digest(self) -> str:
        """What the vector depends on; with the encoder's identity it keys the cache."""
        return hashlib.sha256(nfc(self.text).encode()).hexdigest()


def passages_of(procedure: Procedure, lexicon: Lexicon) -> Iterator[Passage]:
    """At least one passage, no two alike; abbreviations are written out, as they are in questions."""
    names = dict.fromkeys(
        expand_chat_spelling(t) for t in (clean_name(procedure.name), procedure.plain_name, *procedure.aliases) if t
    )
    yield from (Passage(procedure.code, name) for name in names)
    asked = (expand_chat_spelling(lexicon.without_asking(question)) for question in procedure.questions)
    for text in dict.fromkeys(asked):
        if text and text not in names:
            yield Passage(procedure.code, text, is_question=True)


def names_of(passages: Iterable[Passage]) -> list[Passage]:
    """Without the written questions. The general encoder reads these, and its vectors stand in their order."""
    return [passage for passage in passages if not passage.is_question]


def clean_name(name: str) -> str:
    """An official name without "Thủ tục" in front and remarks on the office that handles it."""
    return squeeze(_ASIDE.sub(" ", OPENING.sub("", name))) or name


def body_of(procedure: Procedure) -> str:
    """The words of a whole record, for the lexical index: what a long, formal question may mention. Capped."""
    parts = [
        procedure.name,
        procedure.plain_name,
        procedure.summary,
        " ".join(procedure.aliases),
        procedure.field,
        procedure.ministry,
        *procedure.results,
        *[d.name for d in procedure.documents()][:30],
        *(case.label for case in procedure.cases),
        procedure.requirements[:1500],
        *(step.text[:2000] for step in procedure.steps),
        *(basis.name for basis in procedure.legal_basis),
    ]
    return squeeze(" ".join(parts))[:6000]


def expanded_bodies(procedures: Iterable[Procedure], passages: Iterable[Passage]) -> list[str]:
    """Each record's body with all its passages behind it: document expansion, in people's words for it."""
    said: dict[str, list[str]] = defaultdict(list)
    for passage in passages:
        said[passage.code].append(passage.text)
    return [" ".join((body_of(procedure), *said[procedure.code])) for procedure in procedures]
