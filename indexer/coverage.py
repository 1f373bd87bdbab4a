"""What the assistant knows, in tables: by field and level, by life event, and the share of filings it covers."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from knowledge.procedure import LifeEvent, OnlineLevel, Origin, Procedure
from knowledge.tables import markdown

_MOST_FIELDS = 40
_LEVELS = (OnlineLevel.FULL, OnlineLevel.PARTIAL, OnlineLevel.NONE)


@dataclass(frozen=True)
class Covered:
    """The procedures that count here (in force), how often each is filed for, and what "old" means."""

    procedures: Sequence[Procedure]
    filings: Mapping[str, int]
    today: dt.date
    stale_after_days: int

    def filed(self, procedures: Sequence[Procedure]) -> int:
        return sum(self.filings.get(p.code, 0) for p in procedures)

    def is_stale(self, procedure: Procedure) -> bool:
        return (self.today - procedure.checked_on).days > self.stale_after_days

    def tables(self) -> dict[str, str]:
        return {"summary": self._summary(), "fields": self._fields(), "events": self._events()}

    def _summary(self) -> str:
        known = self.procedures
        own = [p for p in known if is_own(p)]
        total = self.filed(known)
        rows = [
            self._row("all procedures", known, total),
            self._row("with a record of our own", own, total),
            self._row("only on the portal", [p for p in known if not is_own(p)], total),
            self._row("of one province only", [p for p in known if p.province], total),
        ]
        return markdown(
            ["", "procedures", "toàn trình (4)", "một phần (3)", "not online", "share of filings", "stale"], rows
        )

    def _row(self, name: str, some: Sequence[Procedure], total: int) -> list[str]:
        levels = Counter(p.online_level for p in some)
        share = f"{self.filed(some) / total:.2%}" if total else "–"
        stale = str(sum(map(self.is_stale, some)))
        return [name, f"{len(some):,}", *(f"{levels[level]:,}" for level in _LEVELS), share, stale]

    def _fields(self) -> str:
        by_field: dict[str, list[Procedure]] = {}
        for procedure in self.procedures:
            by_field.setdefault(procedure.field or "(no field)", []).append(procedure)
        ranked = sorted(by_field.items(), key=lambda item: (-self.filed(item[1]), -len(item[1]), item[0]))
        rows = [self._field_row(name, some) for name, some in ranked[:_MOST_FIELDS]]
        rest = [p for _, some in ranked[_MOST_FIELDS:] for p in some]
        if rest:
            rows.append(self._field_row(f"{len(ranked) - _MOST_FIELDS} other fields", rest))
        head = ["field", "procedures", "4", "3", "–", "filings 2025", "own records", "own share of filings"]
        return markdown(head, rows)

    def _field_row(self, name: str, some: Sequence[Procedure]) -> list[str]:
        levels = Counter(p.online_level for p in some)
        own = [p for p in some if is_own(p)]
        filed = self.filed(some)
        share = f"{self.filed(own) / filed:.1%}" if filed else "–"
        return [name, f"{len(some):,}", *(f"{levels[x]:,}" for x in _LEVELS), f"{filed:,}", str(len(own)), share]

    def _events(self) -> str:
        rows = []
        for event in LifeEvent:
            of = sorted((p for p in self.procedures if event in p.life_events), key=lambda p: -self.filed([p]))
            rows.append([event.value, str(len(of)), "; ".join(p.title for p in of[:4])])
        return markdown(["life event", "own records", "the most used"], rows)


def is_own(procedure: Procedure) -> bool:
    return procedure.origin is not Origin.NATIONAL
