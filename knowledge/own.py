"""The project's own records: one YAML file a procedure under `knowledge/procedures/`.

The format is described in docs/records.md. Errors name the file, the line and the field, and say what to do.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import yaml
from pydantic import Field, ValidationError, model_validator

from knowledge.procedure import (
    KEY,
    Case,
    Certainty,
    Code,
    Document,
    Facet,
    Fee,
    Frozen,
    GovernmentLevel,
    LegalBasis,
    LifeEvent,
    Notice,
    OnlineLevel,
    Origin,
    Override,
    PortalId,
    Procedure,
    ProcessingTime,
    ServiceVariant,
    Step,
)
from knowledge.text import fold, nfc, squeeze

OWN_RECORDS = Path(__file__).parent / "procedures"


class Paper(Frozen):
    """A paper in plain words, written once a record and named by its key in the cases."""

    name: str = Field(min_length=3)
    what: str = ""
    get: str = ""
    form: str = ""
    instead: str = ""
    instead_since: dt.date | None = None
    original: int = Field(default=0, ge=0)
    copies: int = Field(default=0, ge=0)
    obtained_by: str | None = None


class OwnCase(Frozen):
    key: str
    label: str = Field(min_length=3)
    note: str = ""
    words: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()


class OnlineService(Frozen):
    level: OnlineLevel
    variants: tuple[ServiceVariant, ...] = ()
    link_variant: PortalId | None = None

    @model_validator(mode="after")
    def _link_is_a_variant(self) -> Self:
        if self.link_variant and self.link_variant not in {v.id for v in self.variants}:
            raise ValueError("`link_variant` must be the id of one of the `variants`")
        return self


class OwnRecord(Frozen):
    """The shape of a YAML file; `to_procedure` gives the record everything else works with."""

    code: Code
    uuid: PortalId | None = None
    is_linked: bool = False
    name: str = Field(min_length=3)
    plain_name: str = Field(min_length=3)
    summary: str = Field(min_length=20)
    aliases: tuple[str, ...] = Field(min_length=3)
    family: str
    field: str
    ministry: str
    agencies: tuple[str, ...] = Field(min_length=1)
    levels: tuple[GovernmentLevel, ...] = Field(min_length=1)
    applicants: tuple[str, ...] = Field(min_length=1)
    online: OnlineService
    papers: dict[str, Paper] = Field(default_factory=dict)
    case_question: str = ""
    cases: tuple[OwnCase, ...] = Field(min_length=1)
    fees: tuple[Fee, ...] = ()
    times: tuple[ProcessingTime, ...] = ()
    place: str = ""
    steps: tuple[Step, ...] = Field(min_length=1)
    who_may_file: str = ""
    deadline: str = ""
    penalty: str = ""
    results: tuple[str, ...] = ()
    legal_basis: tuple[LegalBasis, ...] = ()
    requirements: str = ""
    mistakes: tuple[str, ...] = ()
    related: tuple[Code, ...] = ()
    life_events: tuple[LifeEvent, ...] = ()
    notices: tuple[Notice, ...] = ()
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    replaced_by: Code | None = None
    certainty: Certainty = Certainty.HIGH
    doubts: str = ""
    doubts_about: tuple[Facet, ...] = ()
    overrides: tuple[Override, ...] = ()
    explains: dict[str, str] = Field(default_factory=dict)
    checked_on: dt.date
    source: str = Field(min_length=3)

    @model_validator(mode="after")
    def _papers_and_cases_agree(self) -> Self:
        for key in [self.family, *self.papers, *(case.key for case in self.cases)]:
            if not KEY.match(key):
                raise ValueError(f"the key {key!r} must be lower-case ASCII words joined by hyphens")
        used = {key for case in self.cases for key in case.papers}
        if unknown := sorted(used - set(self.papers)):
            raise ValueError(f"cases name papers that are not under `papers`: {', '.join(unknown)}")
        if unused := sorted(set(self.papers) - used):
            raise ValueError(f"no case uses these papers: {', '.join(unused)}")
        if len(self.cases) > 1 and not self.case_question:
            raise ValueError("with several cases, `case_question` must ask which one applies")
        if len({case.key for case in self.cases}) < len(self.cases):
            raise ValueError("two cases have the same key")
        for override in self.overrides:
            if override.field not in Procedure.model_fields:
                raise ValueError(f"`overrides` names a field that no procedure has: {override.field}")
        if self.certainty is not Certainty.HIGH and not self.doubts:
            raise ValueError("with `certainty` below high, `doubts` must say in plain words what is not sure")
        if self.replaced_by and not self.valid_until:
            raise ValueError("`replaced_by` needs `valid_until`, the last day this code is in force")
        return self

    def to_procedure(self) -> Procedure:
        shared = self.model_dump(exclude={"online", "papers", "cases"})
        documents = {key: Document(key=key, **paper.model_dump()) for key, paper in self.papers.items()}
        return Procedure(
            **shared,
            online_level=self.online.level,
            variants=self.online.variants,
            link_variant=self.online.link_variant,
            cases=tuple(
                Case(
                    key=case.key,
                    label=case.label,
                    note=case.note,
                    words=case.words,
                    documents=tuple(documents[key] for key in case.papers),
                )
                for case in self.cases
            ),
            origin=Origin.OWN,
        )


@dataclass(frozen=True)
class RecordError:
    """What is wrong with one own record, for the person who wrote it."""

    file: str
    line: int
    field: str
    problem: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.field}: {self.problem}"


class OwnRecordsError(Exception):
    """Some own records are wrong; the message lists every problem."""

    def __init__(self, errors: list[RecordError]) -> None:
        self.errors = errors
        super().__init__("\n".join(str(error) for error in errors))


def load_own_records(folder: Path = OWN_RECORDS) -> list[Procedure]:
    """Every own record, ordered by file name. Raises `OwnRecordsError` with all problems at once."""
    records: list[Procedure] = []
    errors: list[RecordError] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.yml")):
        record = read_record(path)
        if isinstance(record, list):
            errors += record
        elif record.code in seen:
            errors.append(RecordError(path.name, 1, "code", f"{record.code} is already in {seen[record.code]}"))
        else:
            seen[record.code] = path.name
            records.append(record.to_procedure())
    if errors:
        raise OwnRecordsError(errors)
    return records


def clashing_aliases(records: Iterable[Procedure]) -> dict[str, list[str]]:
    """Aliases, without accents as many are typed, that lead to several families: one would be had by chance."""
    owners: dict[str, dict[str, str]] = {}
    for record in records:
        for alias in (record.plain_name, *record.aliases):
            owners.setdefault(squeeze(fold(alias)), {})[record.code] = record.family
    return {alias: sorted(of) for alias, of in owners.items() if len(set(of.values())) > 1}


def read_record(path: Path) -> OwnRecord | list[RecordError]:
    """One file as a record, or everything that is wrong with it."""
    try:
        node = yaml.compose(nfc(path.read_text(encoding="utf-8")), Loader=yaml.BaseLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = getattr(error, "problem", None) or str(error)
        return [RecordError(path.name, line, "(YAML)", f"cannot be read: {problem}")]
    if not isinstance(node, yaml.MappingNode):
        return [RecordError(path.name, 1, "(file)", "must be a mapping that starts with `code: 1.234567`")]
    lines = dict(_lines(node, ()))
    if duplicates := list(_duplicate_keys(node)):
        return [RecordError(path.name, line, key, "stands twice") for key, line in duplicates]
    try:
        # Every scalar stays text (BaseLoader), so `code: 1.000100` keeps its zeros; pydantic gives types.
        return OwnRecord.model_validate(yaml.BaseLoader("").construct_document(node))
    except ValidationError as error:
        return [
            RecordError(path.name, _line_of(e["loc"], lines), _dotted(e["loc"]), _explain(e)) for e in error.errors()
        ]


def _lines(node: yaml.Node, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield (*path, key.value), key.start_mark.line + 1
            yield from ((p, n) for p, n in _lines(value, (*path, key.value)) if p != (*path, key.value))
    elif isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index))


def _duplicate_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _duplicate_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _duplicate_keys(item)


def _line_of(location: tuple[str | int, ...], lines: dict[tuple[str | int, ...], int]) -> int:
    """The line of the deepest part of `location` that the file has."""
    while location and location not in lines:
        location = location[:-1]
    return lines.get(location, 1)


def _dotted(location: tuple[str | int, ...]) -> str:
    return ".".join(str(part) for part in location) or "(record)"


def _explain(error: Any) -> str:
    match error["type"]:
        case "missing":
            return "is missing; docs/records.md says what belongs there"
        case "extra_forbidden":
            return "is not a field of a record; check the spelling against docs/records.md"
        case "too_short" | "string_too_short":
            return f"is too short ({error['msg']})"
        case _:
            return str(error["msg"]).removeprefix("Value error, ")
