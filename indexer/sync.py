"""The national set brought up to date: list, fetch what changed, compare, and only then hand over to a build.

What is fetched waits in `var/sync.sqlite` beside the records that were handed over last, so a run that is stopped goes
on where it was, and its summary still tells everything since the last hand-over. A bad day (too many records gone or
unreadable) ends before anything is written that a build could use.

The list carries no date of change: a new name, state or office shows there, a new fee does not. So besides what the
list shows as changed, a run reads a share of the other records again, the longest unread first.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import gzip
import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from indexer.portal_client import PortalClient, Refused, Unusable
from knowledge.portal import ImportReport, Raw, Rejection, import_records

# Share of the records that may vanish or be unreadable in one day; more is a fault of the source.
MOST_LOST = 0.05
READ_AGAIN_AFTER = dt.timedelta(days=14)  # no record handed over is older; at one run a night, about 400 a night
_IN_A_ROW = 3  # records without an answer, one after another, before a record that is known to work is asked for
_KEEP_FILES = 3  # as many as releases; the newest is the one that is built from
_NAMED = 20  # codes named in a summary line
_CONTENTS = ("executionSteps", "executionMethods", "executionCases")  # all 5,665 records of 2026-07-18 have the first 2
_TABLES = ("records", "fetched")  # handed over, and fetched since; where both know an id, the later one counts
_SCHEMA = """
CREATE TABLE IF NOT EXISTS {} (
    id TEXT PRIMARY KEY, code TEXT NOT NULL, listed TEXT NOT NULL, record TEXT NOT NULL, fetched_on TEXT NOT NULL
) WITHOUT ROWID
"""

Progress = Callable[[int, int], None]


class BadDay(Exception):
    """Nothing may be handed over: the answers differ too much from what is known."""


class Busy(Exception):
    """Another run is at work."""


@dataclass
class Summary:
    """What a hand-over changed since the one before, by code."""

    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)  # code → fields
    gone: list[str] = field(default_factory=list)
    unchanged: int = 0
    rejected: list[Rejection] = field(default_factory=list)

    def __str__(self) -> str:
        counts = (
            f"{len(self.added)} added, {len(self.changed)} changed, {len(self.gone)} gone, "
            f"{self.unchanged} unchanged, {len(self.rejected)} unreadable"
        )
        unreadable = [f"{r.code} ({r.reason})" for r in self.rejected]
        named = {"added": self.added, "gone": self.gone, "unreadable": unreadable}
        return "\n".join([counts, *(f"  {what}: {_some(of)}" for what, of in named.items() if of)])


class Seen(NamedTuple):
    """When a record was last read, and the digest of the list entry that it was read for."""

    listed: str
    fetched_on: str


class SyncStore:
    """The records as last handed over (`records`), and what was fetched since then (`fetched`)."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = path.with_suffix(".lock")
        self._connection = sqlite3.connect(path, timeout=30)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")  # a power cut costs some fetching, a kill nothing
        for table in _TABLES:
            self._connection.execute(_SCHEMA.format(table))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No second run beside this one, which would ask the portal twice at a time. The lock dies with its process."""
        with self._lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Busy("Another sync is at work; this one did nothing. Wait until that one has ended.") from None
            yield

    def seen(self) -> dict[str, Seen]:
        rows = (r for t in _TABLES for r in self._connection.execute(f"SELECT id, listed, fetched_on FROM {t}"))
        return {uuid: Seen(listed, day) for uuid, listed, day in rows}

    def codes(self, table: str = "records") -> dict[str, str]:
        """id → code; by default of what was handed over last."""
        return dict(self._connection.execute(f"SELECT id, code FROM {table}"))

    def handed_over(self, uuid: str) -> Raw | None:
        row = self._connection.execute("SELECT record FROM records WHERE id = ?", (uuid,)).fetchone()
        return json.loads(row[0]) if row else None

    def newest(self, uuid: str) -> tuple[Raw, str]:
        """The record and the day it was read. It must be there."""
        rows = (
            self._connection.execute(f"SELECT record, fetched_on FROM {table} WHERE id = ?", (uuid,)).fetchone()
            for table in reversed(_TABLES)
        )
        record, day = next(filter(None, rows))
        return json.loads(record), day

    def keep(self, uuid: str, listed: str, record: Raw, day: dt.date) -> None:
        row = (uuid, str(record.get("code")).strip(), listed, json.dumps(record, ensure_ascii=False), day.isoformat())
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO fetched VALUES (?, ?, ?, ?, ?)", row)

    def hand_over(self, listed: Mapping[str, str]) -> None:
        """What was fetched counts from now on; records that left the list are forgotten: their going was told."""
        left = [(uuid,) for uuid in self.seen() if uuid not in listed]
        with self._connection:
            self._connection.execute("INSERT OR REPLACE INTO records SELECT * FROM fetched")
            self._connection.execute("DELETE FROM fetched")
            self._connection.executemany("DELETE FROM records WHERE id = ?", left)

    def close(self) -> None:
        self._connection.close()


def sync(
    portal: PortalClient,
    store: SyncStore,
    target: Path,
    *,
    today: dt.date,
    progress: Progress,
    most_lost: float = MOST_LOST,
) -> Summary:
    """Writes `target` (gzip JSON lines), or raises `Refused`, `BadDay` or `Busy` and leaves what was there.

    A line is a record as it came, with `fetchedOn` added: the day it was read, which may be before today.
    """
    with store.alone():
        listed, rejected = _list(portal, progress, most_lost)
        known = store.codes()
        _refuse_if_lost(sum(uuid not in listed for uuid in known), len(known), "vanished from the list", most_lost)
        for failure in _fetch(portal, store, listed, today, progress):
            rejected.append(failure)
            _refuse_if_lost(len(rejected), len(listed), "cannot be read", most_lost)
        ids = sorted(listed.keys() & store.seen().keys())
        report = ImportReport()
        for _ in import_records((store.newest(uuid)[0] for uuid in ids), checked_on=today, report=report):
            pass
        rejected += report.rejected
        _refuse_if_lost(len(rejected), len(listed), "cannot be read", most_lost)
        summary = _compare(store, ids, rejected)
        _write(target, (record | {"fetchedOn": day} for record, day in map(store.newest, ids)))
        store.hand_over(listed)
        return summary


def _list(portal: PortalClient, progress: Progress, most_lost: float) -> tuple[dict[str, str], list[Rejection]]:
    """id → digest of the entry, of everything listed."""
    listed: dict[str, str] = {}
    rejected: list[Rejection] = []
    entries = expected = 0
    for items, total in portal.catalogue():
        before = len(listed)
        for item in items:
            if isinstance(item.get("id"), str) and item["id"]:
                listed[item["id"]] = _digest(item)
            else:
                rejected.append(Rejection(str(item.get("code")), "its entry in the list has no id"))
        entries, expected = entries + len(items), max(expected, total)
        progress(len(listed), total)
        if len(listed) == before:
            break  # only what was there before: the cursor leads nowhere new
    if not listed:
        raise BadDay("The portal's list is empty, so nothing is published.")
    _refuse_if_lost(expected - entries, expected, "are missing: the list ended early", most_lost)
    return listed, rejected


def _fetch(
    portal: PortalClient, store: SyncStore, listed: Mapping[str, str], today: dt.date, progress: Progress
) -> Iterator[Rejection]:
    """Fetches and keeps what is due. Yields what cannot be used; an older version of it stays."""
    known, seen = store.codes(), store.seen()
    due = _due(listed, seen, today)
    answering = min(listed.keys() & seen.keys() - set(due), default=None)
    silent = 0
    for number, uuid in enumerate(due, 1):
        try:
            record = portal.detail(uuid)
        except Unusable as error:
            silent += 1
            if silent % _IN_A_ROW == 0:
                _ask_for_one_that_works(portal, answering, error)
            yield Rejection(known.get(uuid, uuid), str(error))
        else:
            answering, silent = uuid, 0
            if why := _fault(record, store.handed_over(uuid), today):
                yield Rejection(known.get(uuid, uuid), why)
            else:
                store.keep(uuid, listed[uuid], record, today)
        progress(number, len(due))


def _due(listed: Mapping[str, str], seen: Mapping[str, Seen], today: dt.date) -> list[str]:
    """What is new or shown as changed; then, longest unread first, the day's share of the rest and all that is old."""
    changed = [uuid for uuid, digest in listed.items() if uuid not in seen or seen[uuid].listed != digest]
    rest = sorted(listed.keys() - set(changed), key=lambda uuid: (seen[uuid].fetched_on, uuid))
    oldest_allowed = (today - READ_AGAIN_AFTER).isoformat()
    overdue = sum(seen[uuid].fetched_on <= oldest_allowed for uuid in rest)
    read_today = sum(seen[uuid].fetched_on == today.isoformat() for uuid in rest)
    share = len(rest) // READ_AGAIN_AFTER.days - read_today
    return changed + rest[: max(overdue, share, 0)]


def _ask_for_one_that_works(portal: PortalClient, uuid: str | None, error: Unusable) -> None:
    """Are these records broken, or the portal? Raises `Refused` where it is the portal."""
    try:
        if uuid is None:
            raise error
        portal.detail(uuid)
    except Unusable:
        raise Refused(f"{_IN_A_ROW} records in a row did not come, the last one because: {error}") from error


def _fault(record: Raw, before: Raw | None, today: dt.date) -> str:
    """Why a record that came cannot be used, or nothing."""
    report = ImportReport()
    for _ in import_records([record], checked_on=today, report=report):
        pass
    if report.rejected:
        return report.rejected[0].reason
    try:
        json.dumps(record, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return "its text is no Unicode"  # half of a surrogate pair
    had = [name for name in _CONTENTS if before and before.get(name)]
    if had and not any(record.get(name) for name in _CONTENTS):
        return f"it came without its contents ({', '.join(had)})"
    return ""


def _compare(store: SyncStore, ids: list[str], rejected: list[Rejection]) -> Summary:
    """By code: a procedure that comes back under another id has changed, and is neither new nor gone."""
    before, fetched = store.codes(), store.codes("fetched")
    now = {uuid: fetched.get(uuid) or before[uuid] for uuid in ids}
    former = {code: uuid for uuid, code in before.items()}
    summary = Summary(
        added=sorted(set(now.values()) - former.keys()),
        gone=sorted(former.keys() - set(now.values())),
        rejected=rejected,
    )
    for uuid in (i for i in ids if i in fetched and now[i] in former):
        of = uuid if before.get(uuid) == now[uuid] else former[now[uuid]]
        if of == uuid or of not in now:  # else a second one of the same code, which is rejected
            old, new = store.handed_over(of) or {}, store.newest(uuid)[0]
            if fields := sorted(k for k in {*old, *new} if old.get(k) != new.get(k)):
                summary.changed[now[uuid]] = fields
    summary.unchanged = sum(code in former for code in now.values()) - len(summary.changed)
    return summary


def _refuse_if_lost(lost: int, of: int, what: str, most_lost: float) -> None:
    if of and lost / of > most_lost:
        raise BadDay(f"{lost} of {of} records {what}: more than {most_lost:.0%}, so nothing is published.")


def _write(target: Path, records: Iterator[dict[str, Any]]) -> None:
    """Whole or not at all: written beside, then renamed. The same records give the same bytes."""
    target.parent.mkdir(parents=True, exist_ok=True)
    for left_behind in target.parent.glob(".procedures-*"):  # by a run that was killed here
        left_behind.unlink()
    waiting = target.with_name(f".{target.name}")
    with waiting.open("wb") as raw:
        with gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as file:
            for record in records:
                file.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        raw.flush()
        os.fsync(raw.fileno())
    os.replace(waiting, target)
    for old in sorted(target.parent.glob("procedures-*.jsonl.gz"))[:-_KEEP_FILES]:
        if old != target:
            old.unlink()


def _digest(item: Mapping[str, Any]) -> str:
    text = json.dumps(item, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def _some(names: list[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
