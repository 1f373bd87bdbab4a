"""Where an own record and the portal's disagree, and why: nothing is hidden, and nothing differs without a reason."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from knowledge.merge import FACTS, states
from knowledge.procedure import Document, Procedure
from knowledge.text import fold, words

_SAME_PAPER = 0.5  # share of the telling words of one paper that must be in the other
_SAME_OFFICE = 0.5
_MUCH = 1 / 3  # of the papers: from here on a different count, or papers we do not have, want a reason
_TELLS_NOTHING = {
    "ban", "chinh", "sao", "chup", "giay", "to", "cua", "va", "hoac", "theo", "mau", "so", "cac", "co", "ve", "viec",
    "trong", "truong", "hop", "doi", "voi", "nguoi", "kem", "thuc", "de", "nghi",
}  # fmt: skip
_OF = {"cases": "papers"}  # an override of the cases is about their papers
_LEVEL_WORDS = re.compile(r"\b(cap|cua|tinh|thanh pho|truc thuoc trung uong|xa|phuong|dac khu|noi|so tai)\b")


@dataclass(frozen=True)
class Difference:
    code: str
    field: str
    ours: str
    portal: str
    explained: str = ""  # the reason that the own record gives


def differences(own: Procedure, portal: Procedure) -> list[Difference]:
    """Every point on which the two disagree: facts, papers (how many and which), offices."""
    reasons = {_OF.get(o.field, o.field): o.why for o in own.overrides} | dict(own.explains)
    found = [*_facts(own, portal), *_papers(own, portal), *_offices(own, portal)]
    return [Difference(own.code, field, ours, theirs, reasons.get(field, "")) for field, ours, theirs in found]


def not_listed(own: Procedure) -> Difference:
    """An own record that the portal's list does not have at all."""
    return Difference(own.code, "state", "in force", "not listed", own.explains.get("state", own.doubts))


def _facts(own: Procedure, portal: Procedure) -> Iterator[tuple[str, str, str]]:
    for field, fact in FACTS.items():
        if getattr(own, field) and not states(own, portal, fact):
            yield field, _show(fact(own)), _show(fact(portal))


def _papers(own: Procedure, portal: Procedure) -> Iterator[tuple[str, str, str]]:
    """A different number of papers, or many that are not among ours."""
    ours, theirs = _distinct(own), _distinct(portal)
    if not theirs:
        return
    if abs(len(ours) - len(theirs)) > _MUCH * len(theirs):
        yield "papers", f"{len(ours)} papers", f"{len(theirs)} papers"
        return
    missing = [paper.name for paper in theirs if not any(_is_same(our, paper) for our in ours)]
    if len(missing) > _MUCH * len(theirs):
        yield "papers", "not among ours", "; ".join(name[:60] for name in missing)


def _is_same(our: Document, theirs: Document) -> bool:
    """Ours is in plain words and theirs may be a paragraph: most of the telling words of either are in the other."""
    said = _telling(" ".join((our.name, our.what, our.get, our.instead, our.form)))
    written = _telling(theirs.name)
    return _share(written, said) >= _SAME_PAPER or _share(_telling(our.name), written) >= _SAME_PAPER


def _distinct(procedure: Procedure) -> list[Document]:
    """The papers of all cases, each once by name: the portal repeats them from case to case."""
    papers = {" ".join(words(fold(p.name))): p for case in procedure.cases for p in case.papers}
    return list(papers.values())


def _offices(own: Procedure, portal: Procedure) -> Iterator[tuple[str, str, str]]:
    """The same body is enough: "Công an cấp xã" and "Công an Xã" are one."""
    if not portal.agencies:
        return
    ours, theirs = [_body(a) for a in own.agencies], [_body(a) for a in portal.agencies]
    if not any(_share(o, t) >= _SAME_OFFICE or _share(t, o) >= _SAME_OFFICE for o in ours for t in theirs):
        yield "agencies", "; ".join(own.agencies), "; ".join(portal.agencies)


def _body(office: str) -> set[str]:
    return set(words(_LEVEL_WORDS.sub(" ", fold(office).replace("ubnd", "uy ban nhan dan"))))


def _telling(text: str) -> set[str]:
    return {word for word in words(fold(text)) if word not in _TELLS_NOTHING and len(word) > 1}


def _share(asked: set[str], said: set[str]) -> float:
    return len(asked & said) / len(asked) if asked else 1.0


def _show(value: object) -> str:
    if isinstance(value, frozenset):
        return ", ".join(sorted(_show(v) for v in value)) or "(nothing)"
    if isinstance(value, tuple):
        return " ".join(str(getattr(v, "value", v)) for v in value if v is not None)
    return str(value) if value not in (None, "") else "(nothing)"
