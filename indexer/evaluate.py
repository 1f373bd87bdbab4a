"""How well the right procedure is found, by slice; and, with a running app, what is decided and understood.

python -m indexer evaluate                     retrieval
python -m indexer evaluate --url http://…      also decisions, acts and facets, through /api/understand
python -m indexer evaluate --questions FILE    any JSON-lines file of the same shape
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from indexer.devdata import Question, read_questions
from knowledge.phrases import Lexicon
from knowledge.procedure import Origin
from knowledge.retriever import Retriever

DEPTH = 10
_TITLES = 500
_SEED = 20261122


@dataclass(frozen=True)
class Recall:
    """Ranks of the right answer, 1-based; 0 where it was not among the first ten."""

    name: str
    members: list[int]
    families: list[int]

    def row(self) -> list[str]:
        n = len(self.members)
        cells = [self.name, str(n)]
        cells += [_share(sum(0 < r <= k for r in self.members), n) for k in (1, 5, 10)]
        cells.append(f"{sum(1 / r for r in self.members if r) / n:.3f}" if n else "–")
        cells += [_share(sum(0 < r <= k for r in self.families), n) for k in (1, 5)]
        return cells


RECALL_HEAD = ("slice", "n", "R@1", "R@5", "R@10", "MRR", "family R@1", "family R@5")


def slices(data: Path, titles: Iterable[tuple[str, str]]) -> dict[str, list[Question]]:
    """The dev slices; templated rows stand apart, since they come in families of siblings."""
    formal = [q for q in read_questions(data / "faq-dev.jsonl") if q.kind == "certain"]
    short = [q for q in read_questions(data / "phrasings-dev.jsonl") if q.codes]
    every = sorted(titles)
    sampled = random.Random(_SEED).sample(every, k=min(_TITLES, len(every)))
    return {
        "formal (faq-dev, certain)": formal,
        "colloquial (phrasings-dev, not templated)": [q for q in short if q.grade != "templated"],
        "colloquial, templated": [q for q in short if q.grade == "templated"],
        "verbatim title (sample of 500)": [Question(t, frozenset({c}), "title") for c, t in sampled],
    }


def held_out_slices(path: Path, retriever: Retriever) -> dict[str, list[Question]]:
    """Messages that nothing was tuned on, apart by what we wrote about the procedure that they mean."""
    asked = [q for q in read_questions(path) if q.codes]
    described, asked_about = set(), set()
    for code in {code for question in asked for code in question.codes}:
        procedure = retriever.catalogue.get(code)
        if procedure and procedure.origin is not Origin.NATIONAL:
            described.add(code)
        elif procedure and procedure.questions:
            asked_about.add(code)
    with_questions = [q for q in asked if not q.codes & described and q.codes & asked_about]
    return {
        "held out, own records": [q for q in asked if q.codes & described],
        "held out, national with questions": with_questions,
        "held out, national only": [q for q in asked if not q.codes & (described | asked_about)],
    }


def with_slip(question: Question) -> Question:
    """One letter more, less, other or swapped, in one word of four letters or more; the same slip every time."""
    chance = random.Random(question.text)
    tokens = question.text.split()
    long = [i for i, token in enumerate(tokens) if len(token) > 3 and token.isalpha()]
    if not long:
        return question
    at = chance.choice(long)
    word, k = tokens[at], chance.randrange(1, len(tokens[at]) - 1)
    slips = [
        word[:k] + word[k + 1 :],
        word[:k] + word[k] + word[k:],
        word[:k] + word[k + 1] + word[k] + word[k + 2 :],
        word[:k] + chance.choice("abcdeghiklmnopqrstuvxy") + word[k + 1 :],
    ]
    tokens[at] = chance.choice([slip for slip in slips if slip != word])
    return replace(question, text=" ".join(tokens))


# How the same question may be typed; the suffix names the row.
NO_ACCENTS = ", no accents"
TYPINGS: dict[str, Callable[[Question], Question]] = {
    "": lambda q: q,
    NO_ACCENTS: Question.without_accents,
    ", one slip": with_slip,
}


def recall(name: str, questions: Sequence[Question], retriever: Retriever, lexicon: Lexicon) -> Recall:
    members, families = [], []
    for question in questions:
        query = lexicon.without_asking(question.text) or question.text
        hits = retriever.search(query, limit=DEPTH).hits
        members.append(_rank(hits, lambda h, q=question: h.code in q.codes))  # type: ignore[misc]
        families.append(_rank(hits, lambda h, q=question: bool(q.codes & set(h.members))))  # type: ignore[misc]
    return Recall(name, members, families)


def _rank(hits: Sequence[Any], is_right: Callable[[Any], bool]) -> int:
    return next((rank for rank, hit in enumerate(hits, 1) if is_right(hit)), 0)


# Decisions, through a running app


@dataclass(frozen=True)
class Understood:
    question: Question
    act: str
    decision: str
    is_right: bool
    score: float = 0.0  # confidence of the best hit, 0 where there is none
    facets: frozenset[str] = frozenset()


def ask(text: str, url: str) -> dict[str, Any]:
    """What a running app makes of a message."""
    answer = httpx.post(f"{url}/api/understand", json={"text": text}, timeout=20)
    answer.raise_for_status()
    body: dict[str, Any] = answer.json()
    return body


def understand_all(questions: Sequence[Question], url: str) -> list[Understood]:
    understood = []
    for question in questions:
        body = ask(question.text, url)
        hits = body["hits"][:1]
        right = bool(hits) and bool(question.codes & {hits[0]["code"], *hits[0]["members"]})
        score = hits[0]["score"] if hits else 0.0
        facets = frozenset(body["facets"])
        understood.append(Understood(question, body["act"], body["decision"], right, score, facets))
    return understood


def decision_row(name: str, rows: Sequence[Understood]) -> list[str]:
    """For questions with an answer: how often it answers at once and is right then; asks; gives up."""
    n = len(rows)
    answered = [r for r in rows if r.decision == "answer" and r.act not in ("guidance",)]
    right = sum(r.is_right for r in answered)
    others = [sum(r.decision == d for r in rows) for d in ("ask", "unknown", "out_of_scope")]
    return [name, str(n), _share(len(answered), n), _share(right, len(answered)), *(_share(o, n) for o in others)]


DECISION_HEAD = ("slice", "n", "answers at once", "right when it does", "asks which", "says unknown", "out of scope")
EXPECTED_ACTS = {
    "decline": {"out_of_scope"},
    "smalltalk": {"greet", "thank", "goodbye", "who_are_you", "help", "affirm", "person"},
    "refuse": {"forbidden", "secret", "out_of_scope"},
    "guidance": {"guidance"},
    "office": {"guidance"},
    "emergency": {"emergency"},
}


def reaction_row(name: str, rows: Sequence[Understood]) -> list[str]:
    """For messages of one kind about no procedure: the act, or a decision that answers with none, is as expected."""
    expected = EXPECTED_ACTS[rows[0].question.kind]
    as_expected = [r.act in expected for r in rows]
    harmless = [r.act in expected or r.decision in ("unknown", "out_of_scope") for r in rows]
    wrong = sum(r.decision == "answer" and r.act in ("ask", "correct", "walk", "out_of_scope") for r in rows)
    return [
        name,
        str(len(rows)),
        _share(sum(as_expected), len(rows)),
        _share(sum(harmless), len(rows)),
        _share(wrong, len(rows)),
    ]


REACTION_HEAD = ("expected", "n", "act as expected", "no procedure offered", "a procedure answered")


FACET_HEAD = ("messages", "n", "exact set", "precision", "recall")


def labelled_with_facets(folder: Path) -> dict[str, list[Question]]:
    """Messages labelled by hand, {"text", "facets": […]} a line; those about no procedure ask for no facet of one."""
    files = {path.stem: read_questions(path) for path in sorted(folder.glob("*.jsonl"))}
    return {
        name: [q for q in asked if q.facets is not None and q.kind not in EXPECTED_ACTS]
        for name, asked in files.items()
    }


def facet_row(name: str, rows: Sequence[Understood]) -> list[str]:
    """Exact sets, and single facets."""
    wanted = [row.question.facets or frozenset() for row in rows]
    exact = sum(row.facets == facets for row, facets in zip(rows, wanted, strict=True))
    hit = sum(len(row.facets & facets) for row, facets in zip(rows, wanted, strict=True))
    precision = hit / max(1, sum(len(row.facets) for row in rows))
    found = hit / max(1, sum(map(len, wanted)))
    return [name, str(len(rows)), _share(exact, len(rows)), f"{precision:.3f}", f"{found:.3f}"]


def _share(part: int, whole: int) -> str:
    """A proportion with its 95 % Wilson interval."""
    if not whole:
        return "–"
    p, z = part / whole, 1.96
    centre = (p + z * z / (2 * whole)) / (1 + z * z / whole)
    half = z * math.sqrt(p * (1 - p) / whole + z * z / (4 * whole * whole)) / (1 + z * z / whole)
    return f"{p:.3f} ({centre - half:.2f}–{centre + half:.2f})".replace("-0.00", "0.00")
