"""The records of a release: read by code, listed by filter, and what became of codes that left the portal.

SQLite, opened read-only; safe to use from several threads (each call opens its own short-lived cursor).
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from knowledge.procedure import OnlineLevel, Procedure
from knowledge.text import fold

_SCHEMA = """
CREATE TABLE procedures (
    code TEXT PRIMARY KEY, uuid TEXT, name TEXT NOT NULL, title TEXT NOT NULL, folded TEXT NOT NULL,
    family TEXT NOT NULL, field TEXT NOT NULL, ministry TEXT NOT NULL, province TEXT, level TEXT NOT NULL,
    applicants TEXT NOT NULL, filings INTEGER NOT NULL, record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX by_family ON procedures (family);
CREATE INDEX by_filings ON procedures (filings DESC, code);
CREATE TABLE retired (
    code TEXT PRIMARY KEY, name TEXT NOT NULL, replacement TEXT, sure INTEGER NOT NULL, why TEXT NOT NULL
) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Retired:
    """A code that is no longer listed. `replacement` None: nothing took its place as far as is known."""

    code: str
    name: str
    replacement: str | None
    sure: bool
    why: str


@dataclass(frozen=True)
class Filter:
    """What `Catalogue.page` narrows by; None means any."""

    text: str | None = None
    ministry: str | None = None
    province: str | None = None  # short name, e.g. "Bắc Ninh"; its own procedures and the national ones
    field: str | None = None
    applicant: str | None = None
    level: OnlineLevel | None = None


@dataclass(frozen=True)
class Row:
    code: str
    name: str
    title: str
    field: str
    ministry: str
    province: str | None
    level: OnlineLevel
    filings: int


@dataclass(frozen=True)
class Summary:
    code: str
    family: str
    province: str | None
    title: str
    filings: int


class Catalogue:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._lock = threading.Lock()
        self._cached = lru_cache(maxsize=512)(self._read)

    @classmethod
    def open(cls, path: Path) -> Catalogue:
        return cls(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True, check_same_thread=False))

    def get(self, code: str) -> Procedure | None:
        return self._cached(code)

    def _read(self, code: str) -> Procedure | None:
        rows = self._query("SELECT record FROM procedures WHERE code = ?", (code,))
        return Procedure.model_validate_json(rows[0][0]) if rows else None

    def retired(self, code: str) -> Retired | None:
        rows = self._query("SELECT code, name, replacement, sure, why FROM retired WHERE code = ?", (code,))
        return Retired(rows[0][0], rows[0][1], rows[0][2], bool(rows[0][3]), rows[0][4]) if rows else None

    def page(self, wanted: Filter, *, limit: int, offset: int) -> tuple[int, list[Row]]:
        """How many match, and one page of them, the most filed first."""
        where, values = _where(wanted)
        total = self._query(f"SELECT count(*) FROM procedures WHERE {where}", values)[0][0]
        rows = self._query(
            "SELECT code, name, title, field, ministry, province, level, filings FROM procedures "
            f"WHERE {where} ORDER BY filings DESC, code LIMIT ? OFFSET ?",
            (*values, limit, offset),
        )
        return total, [_row(row) for row in rows]

    def summaries(self) -> list[Summary]:
        """Every procedure in short: what the retriever keeps in memory."""
        return [
            Summary(*row) for row in self._query("SELECT code, family, province, title, filings FROM procedures", ())
        ]

    def _query(self, sql: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(sql, values).fetchall()


def write_catalogue(
    path: Path,
    procedures: Iterable[Procedure],
    *,
    family_of: Mapping[str, str],
    filings: Mapping[str, int],
    retired: Iterable[Retired],
) -> None:
    connection = sqlite3.connect(path)
    with connection:
        connection.executescript(_SCHEMA)
        connection.executemany(
            "INSERT INTO procedures VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (
                    p.code, p.uuid, p.name, p.title, fold(" ".join((p.name, p.plain_name, *p.aliases))),
                    family_of[p.code], p.field, p.ministry, p.province, p.online_level.value,
                    "|".join(p.applicants), filings.get(p.code, 0), p.model_dump_json(exclude_defaults=True),
                )
                for p in procedures
            ),
        )  # fmt: skip
        connection.executemany(
            "INSERT INTO retired VALUES (?, ?, ?, ?, ?)",
            ((r.code, r.name, r.replacement, r.sure, r.why) for r in retired),
        )
    connection.close()


def _row(values: tuple[Any, ...]) -> Row:
    code, name, title, field, ministry, province, level, filings = values
    return Row(code, name, title, field, ministry, province, OnlineLevel(level), filings)


def _where(wanted: Filter) -> tuple[str, tuple[object, ...]]:
    clauses: list[tuple[str, tuple[object, ...]]] = [("1 = 1", ())]
    if wanted.text:
        for word in fold(wanted.text).split():
            clauses.append(("(folded LIKE ? ESCAPE '\\' OR code LIKE ? ESCAPE '\\')", (_like(word), _like(word))))
    if wanted.ministry:
        clauses.append(("ministry = ?", (wanted.ministry,)))
    if wanted.province:
        clauses.append(("(province IS NULL OR province LIKE ? ESCAPE '\\')", (_like(wanted.province),)))
    if wanted.field:
        clauses.append(("field = ?", (wanted.field,)))
    if wanted.applicant:
        clauses.append(("applicants LIKE ? ESCAPE '\\'", (_like(wanted.applicant),)))
    if wanted.level:
        clauses.append(("level = ?", (wanted.level.value,)))
    return " AND ".join(sql for sql, _ in clauses), tuple(value for _, values in clauses for value in values)


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"
