"""Measured tables inside Markdown documents: written by commands, so that every figure can be made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def write_tables(document: Path, tables: dict[str, str]) -> None:
    """Replaces what stands between `<!-- name -->` and `<!-- /name -->`; the rest of the document is prose."""
    text = document.read_text(encoding="utf-8")
    for name, table in tables.items():
        start, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        if rest:
            text = f"{before}{start}\n{table}\n{end}{after}"
    document.write_text(text, encoding="utf-8")
