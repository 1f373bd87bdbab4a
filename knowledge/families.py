"""Families: procedures that answer the same request and differ only in office level, channel or province.

A person asks for the family; the member follows from who they are and where they live. The key comes from
`data/families.yml` or our own record where there is one, and otherwise from the official name without remarks on level
and channel. Where the member matters to the person, `data/families.yml` also holds the one question that settles it.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from knowledge.passages import clean_name
from knowledge.procedure import Procedure
from knowledge.text import fold, squeeze, words

RULES = Path(__file__).parent / "data" / "families.yml"
AT_EMBASSIES = RULES.with_name("at_embassies.yml")
_LEVEL = re.compile(
    r"\b(thuc hien )?(tai |o |thuoc tham quyen (giai quyet )?(cua |tai )?)?(cong an |ubnd |uy ban nhan dan )?"
    r"cap (trung uong|tinh|huyen|xa|bo)(\s*(,|va|hoac|-)\s*cap (trung uong|tinh|huyen|xa|bo))*\b"
)
_CHANNEL = re.compile(
    r"\b(dich vu cong )?(truc tuyen )?toan trinh\b|"
    r"\bdich vu cong (truc tuyen )?mot phan\b|\b(mot phan )?hoac truc tiep\b"
)
_MINISTRY = (
    r"(cong thuong|cong an|quoc phong|xay dung|noi vu|y te|van hoa(,| va)? the thao va du lich|van hoa va the thao|"
    r"khoa hoc va cong nghe|nong nghiep va moi truong|giao duc va dao tao|tai chinh)"
)
_OFFICE = re.compile(
    r"\b(thuoc )?tham quyen( (cap|phe duyet|giai quyet|quan ly|quyet dinh))?( cua| tai)+ (chu tich )?"
    rf"((bo|so) {_MINISTRY}(/so {_MINISTRY})?|(ubnd|uy ban nhan dan) cap (tinh|xa))\b|\(\s*so {_MINISTRY}\s*\)|"
    r"\btai (cuc|phong) quan ly xuat nhap canh,? (bo cong an|cong an (cap )?tinh(, thanh pho truc thuoc trung uong)?)|"
    r"\bcap tw\b|\(\s*(tw|trung uong|dia phuong)\s*\)|\b(o|cap) (trung uong|dia phuong)\b"
)
_CODE = re.compile(r"\(\s*\d\.\d{6}\s*\)")  # a few names carry their own code


@dataclass(frozen=True)
class Answer:
    label: str
    code: str
    words: tuple[str, ...] = ()  # phrases of a message that give this answer


@dataclass(frozen=True)
class Choice:
    """The question whose answer is the member."""

    question: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Rule:
    """A family written down by hand."""

    members: tuple[str, ...]
    choice: Choice | None = None


def load_rules(path: Path = RULES) -> dict[str, Rule]:
    """Family key → rule. Raises ValueError where a code stands in two families or an answer names no member."""
    rows = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or {}
    rules = {key: _rule(key, row) for key, row in rows.items()}
    codes = [code for rule in rules.values() for code in rule.members]
    if doubled := sorted({code for code in codes if codes.count(code) > 1}):
        raise ValueError(f"{path.name}: in two families: {', '.join(doubled)}")
    return rules


def load_embassies(path: Path = AT_EMBASSIES) -> dict[str, str]:
    """By the code of a request at home, its code at an embassy."""
    codes: dict[str, str] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return codes


def _rule(key: str, row: Mapping[str, Any]) -> Rule:
    answers = tuple(Answer(a["label"], a["code"], tuple(a.get("words", ()))) for a in row.get("answers", ()))
    if strangers := [a.code for a in answers if a.code not in row["members"]]:
        raise ValueError(f"{key}: answers name no member: {', '.join(strangers)}")
    if bool(answers) != bool(row.get("question")):
        raise ValueError(f"{key}: a question needs answers, and answers a question")
    return Rule(tuple(row["members"]), Choice(row["question"], answers) if answers else None)


@dataclass(frozen=True)
class Families:
    """Which family a code belongs to, and the other way round."""

    key_of: Mapping[str, str]
    members: Mapping[str, tuple[str, ...]]

    @classmethod
    def group(cls, procedures: Iterable[Procedure], rules: Mapping[str, Rule] | None = None) -> Families:
        ruled = {code: key for key, rule in (rules or {}).items() for code in rule.members}
        by_name: dict[str, list[Procedure]] = defaultdict(list)
        for procedure in procedures:
            by_name[name_key(procedure.name)].append(procedure)
        key_of: dict[str, str] = {}
        members: dict[str, list[str]] = defaultdict(list)
        for name, group in by_name.items():
            known = sorted({ruled.get(p.code) or p.family for p in group} - {""})
            for procedure in group:
                key = ruled.get(procedure.code) or procedure.family or (known[0] if known else _slug(name))
                key_of[procedure.code] = key
                members[key].append(procedure.code)
        return cls(key_of, {key: tuple(sorted(codes)) for key, codes in members.items()})


def name_key(name: str) -> str:
    """What two members of a family have in common: the folded name without level and channel."""
    text = fold(clean_name(name))
    for remark in (_CODE, _OFFICE, _CHANNEL, _LEVEL):
        text = remark.sub(" ", text)
    return squeeze(" ".join(words(text)))


def _slug(name: str) -> str:
    head = "-".join(words(name)[:6])
    return f"{head}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"
