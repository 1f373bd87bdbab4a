"""Where a release's records come from: our own YAML, the national set, filings, retired codes."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from knowledge import merge as merging
from knowledge.catalogue import Retired
from knowledge.differences import Difference, differences, not_listed
from knowledge.families import name_key
from knowledge.local_fees import load_resolutions, with_local_fees
from knowledge.own import load_own_records
from knowledge.portal import ImportReport, import_records, read_raw_records
from knowledge.procedure import Origin, Procedure
from knowledge.questions import all_questions, texts_by_code

RETIRED_FILE = Path(__file__).parent.parent / "knowledge" / "data" / "retired.yml"
NATIONAL_GLOB = "procedures-*.jsonl.gz"
USAGE_GLOB = "usage-*.csv"
_TEXT = (".yml", ".tsv")


@dataclass(frozen=True)
class Sources:
    """The records to serve and all that is known about them."""

    procedures: list[Procedure]
    own: list[Procedure]
    report: ImportReport
    filings: dict[str, int]
    retired: list[Retired]
    differences: list[Difference]  # none are looked for where only a part of the national set is read

    @property
    def merged(self) -> int:
        return sum(p.origin is Origin.MERGED for p in self.procedures)


def national_file(*folders: Path) -> Path | None:
    """The newest national set under `data/` of the folders; its name carries the day it was read from the portal."""
    found = (file for folder in folders for file in folder.glob(f"data/{NATIONAL_GLOB}"))
    return max(found, key=lambda file: file.name, default=None)


def usage_file(shared: Path) -> Path | None:
    """The newest list of filings; its name carries the month."""
    return max(shared.glob(f"data/{USAGE_GLOB}"), default=None)


def day_of(national: Path) -> dt.date:
    return dt.date.fromisoformat(national.name.removeprefix("procedures-")[:10])


def load_sources(
    *, national: Path | None, usage: Path | None, today: dt.date, only: frozenset[str] | None = None
) -> Sources:
    """Reads and merges everything. `only` keeps these national codes, for a small build."""
    own = load_own_records()
    report = ImportReport()
    portal: dict[str, Procedure] = {}
    if national:
        rows = read_raw_records(national)
        if only is not None:
            rows = (r for r in rows if not isinstance(r, dict) or r.get("code") in only)
        portal = {p.code: p for p in import_records(rows, checked_on=day_of(national), report=report)}
    found = [d for o in own for d in (differences(o, portal[o.code]) if o.code in portal else [not_listed(o)])]
    agreed = {o.code for o in own} - {d.code for d in found if not d.explained}
    merged = {o.code: _merged(o, portal.get(o.code), today, agreed=o.code in agreed) for o in own}
    resolutions = load_resolutions()
    questions = texts_by_code(all_questions())
    procedures = [
        with_local_fees(p, resolutions).model_copy(update={"questions": questions.get(code, ())})
        for code, p in sorted((portal | merged).items())
    ]
    filings, names = read_usage(usage) if usage else ({}, {})
    return Sources(procedures, own, report, filings, find_retired(procedures, names), found if only is None else [])


def _merged(own: Procedure, portal: Procedure | None, today: dt.date, *, agreed: bool) -> Procedure:
    """Where the two agree, reading the portal's record anew checks ours, too; where not, ours is as old as it was."""
    if portal is None:
        return own
    served = merging.merge(own, portal, today=today)
    return served if agreed else served.model_copy(update={"checked_on": min(own.checked_on, portal.checked_on)})


def read_usage(path: Path) -> tuple[dict[str, int], dict[str, str]]:
    """Filings and names by code, from a CSV with the columns code, name, filings."""
    filings: dict[str, int] = {}
    names: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            filings[row["code"]] = int(row["filings"])
            names[row["code"]] = row["name"]
    return filings, names


def find_retired(procedures: Iterable[Procedure], listed: Mapping[str, str]) -> list[Retired]:
    """What became of codes that are gone: checked by hand, else the same name (perhaps), else nothing known."""
    live = list(procedures)
    codes = {p.code for p in live}
    by_name = {name_key(p.name): p.code for p in reversed(live)}
    retired = {r.code: r for r in _checked_by_hand() if r.code not in codes}
    for code, name in listed.items():
        if code not in codes and code not in retired:
            match = by_name.get(name_key(name))
            why = "a live procedure has the same name" if match else "no live procedure has this name"
            retired[code] = Retired(code, name, match, sure=False, why=why)
    return sorted(retired.values(), key=lambda r: r.code)


def _checked_by_hand() -> list[Retired]:
    rows = yaml.load(RETIRED_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return [
        Retired(
            r["code"],
            r["name"],
            None if r["replacement"] == "none" else r["replacement"],
            r["sure"] == "true",
            r["why"],
        )
        for r in rows
    ]


def digest_of_inputs(*paths: Path | None, extra: str) -> str:
    """One digest over the contents of all input files (a folder counts as its YAML and TSV files) and `extra`."""
    digest = hashlib.sha256(extra.encode())
    for path in paths:
        files = (
            sorted(f for f in path.rglob("*") if f.suffix in _TEXT)
            if path and path.is_dir()
            else [path]
            if path
            else []
        )
        for file in files:
            digest.update(file.name.encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()
