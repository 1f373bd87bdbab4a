"""Families: procedures that answer the same request and differ only in office level, channel or province.

A person asks for the family; the member follows from who they are and where they live. The key comes from our own
record where there is one, and otherwise from the official name without remarks on level and channel.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from knowledge.passages import clean_name
from knowledge.procedure import Procedure
from knowledge.text import fold, squeeze, words

_LEVEL = re.compile(
    r"\b(thuc hien )?(tai |o |thuoc tham quyen (giai quyet )?(cua |tai )?)?(cong an |ubnd |uy ban nhan dan )?"
    r"cap (trung uong|tinh|huyen|xa|bo)(\s*(,|va|hoac|-)\s*cap (trung uong|tinh|huyen|xa|bo))*\b"
)
_CHANNEL = re.compile(r"\b(truc tuyen )?(toan trinh|mot phan)( hoac truc tiep)?\b|\bhoac truc tiep\b")


@dataclass(frozen=True)
class Families:
    """Which family a code belongs to, and the other way round."""

    key_of: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]

    @classmethod
    def group(cls, procedures: Iterable[Procedure]) -> Families:
        by_name: dict[str, list[Procedure]] = defaultdict(list)
        for procedure in procedures:
            by_name[name_key(procedure.name)].append(procedure)
        key_of: dict[str, str] = {}
        members: dict[str, list[str]] = defaultdict(list)
        for name, group in by_name.items():
            own = sorted({p.family for p in group if p.family})
            for procedure in group:
                key = procedure.family or (own[0] if own else _slug(name))
                key_of[procedure.code] = key
                members[key].append(procedure.code)
        return cls(key_of, {key: tuple(sorted(codes)) for key, codes in members.items()})


def name_key(name: str) -> str:
    """What two members of a family have in common: the folded name without level and channel."""
    text = fold(clean_name(name))
    text = _CHANNEL.sub(" ", _LEVEL.sub(" ", text))
    return squeeze(" ".join(words(text)))


def _slug(name: str) -> str:
    head = "-".join(words(name)[:6])
    return f"{head}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
