"""The national set brought up to date: list, fetch what changed, compare, and only then hand over to a build.

Everything fetched is kept at once in `var/sync.sqlite`, so a run that is stopped goes on where it was. A bad day (too
many records gone or unreadable) ends before anything is written that a build could use.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from indexer.portal_client import PortalClient
from knowledge.portal import ImportReport, import_records

MOST_LOST = (
    0.05  # share of the known records that may vanish or turn unreadable in one day; more is a fault of the source
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
    id TEXT PRIMARY KEY, code TEXT NOT NULL, listed TEXT NOT NULL, record TEXT NOT NULL, fetched_on TEXT NOT NULL
) WITHOUT ROWID
"""


class BadDay(Exception):
    """The portal's answer differs too much from what is known to be true."""


@dataclass
class Summary:
    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)  # code → fields
    gone: list[str] = field(default_factory=list)
    unchanged: int = 0
    rejected: int = 0

    def __str__(self) -> str:
        return (
            f"{len(self.added)} added, {len(self.changed)} changed, {len(self.gone)} gone, "
            f"{self.unchanged} unchanged, {self.rejected} unreadable"
        )


class SyncStore:
    """The records as last fetched, with a digest of the list entry each was fetched for."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, timeout=30)
        self._connection.execute(_SCHEMA)

    def listed(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT id, listed FROM records"))

    def codes(self) -> dict[str, str]:
        return dict(self._connection.execute("SELECT id, code FROM records"))

    def record(self, uuid: str) -> dict[str, Any] | None:
        row = self._connection.execute("SELECT record FROM records WHERE id = ?", (uuid,)).fetchone()
        return json.loads(row[0]) if row else None

    def keep(self, uuid: str, listed: str, record: Mapping[str, Any], day: dt.date) -> None:
        with self._connection:
            self._connection.execute(
                "INSERT OR REPLACE INTO records VALUES (?, ?, ?, ?, ?)",
                (uuid, str(record.get("code")), listed, json.dumps(record, ensure_ascii=False), day.isoformat()),
            )

    def drop(self, uuids: Iterable[str]) -> None:
        """Forgets records that left the list: their going was told once, and accepted."""
        with self._connection:
            self._connection.executemany("DELETE FROM records WHERE id = ?", ((uuid,) for uuid in uuids))

    def close(self) -> None:
        self._connection.close()


def sync(
    portal: PortalClient, store: SyncStore, target: Path, *, today: dt.date, progress: Callable[[int, int], None]
) -> Summary:
    """Writes `target` (gzip JSON lines) where all went well. Raises `Refused` or `BadDay`; then nothing changed."""
    listed: dict[str, str] = {}
    for items, total in portal.catalogue():
        listed |= {str(i["id"]): _digest(i) for i in items if isinstance(i.get("id"), str)}
        progress(len(listed), total)
    known, codes = store.listed(), store.codes()
    summary = Summary(gone=[codes[uuid] for uuid in known if uuid not in listed])
    _refuse_if_lost(len(summary.gone), len(known), "vanished from the list")
    stale = [uuid for uuid, digest in listed.items() if known.get(uuid) != digest]
    summary.unchanged = len(listed) - len(stale)
    for number, uuid in enumerate(stale, 1):
        _fetch(portal, store, uuid, listed[uuid], today, summary)
        progress(number, len(stale))
    records = [r for r in (store.record(uuid) for uuid in sorted(listed)) if r is not None]
    report = ImportReport()
    for _ in import_records(records, checked_on=today, report=report):
        pass
    summary.rejected = len(report.rejected)
    _refuse_if_lost(summary.rejected, len(records), "cannot be read")
    _write(target, records)
    store.drop(uuid for uuid in known if uuid not in listed)
    return summary


def _fetch(portal: PortalClient, store: SyncStore, uuid: str, listed: str, today: dt.date, summary: Summary) -> None:
    before = store.record(uuid)
    record = portal.detail(uuid)
    store.keep(uuid, listed, record, today)
    code = str(record.get("code"))
    if before is None:
        summary.added.append(code)
    elif fields := sorted(k for k in {*before, *record} if before.get(k) != record.get(k)):
        summary.changed[code] = fields
    else:
        summary.unchanged += 1


def _refuse_if_lost(lost: int, of: int, what: str) -> None:
    if of and lost / of > MOST_LOST:
        raise BadDay(f"{lost} of {of} records {what}: more than {MOST_LOST:.0%}, so nothing is published")


def _write(target: Path, records: list[dict[str, Any]]) -> None:
    """Whole or not at all: written beside, then renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    waiting = target.with_name(f".{target.name}.{os.getpid()}")
    with gzip.open(waiting, "wt", encoding="utf-8") as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    os.replace(waiting, target)


def _digest(item: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(item, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
