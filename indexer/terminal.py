"""What the commands print with: one console, one progress bar, one way to fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out = Console()
_A_LINE_EVERY = 500


def progress() -> Progress:
    return Progress(
        TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=out
    )


@contextmanager
def counting(what: str) -> Iterator[Callable[[int, int | None], None]]:
    """Progress as a bar, and where nobody watches (a journal) as a line now and then."""
    if out.is_terminal:
        with progress() as bar:
            task = bar.add_task(what, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)
        return
    yield lambda done, total: None if done % _A_LINE_EVERY else out.print(f"  {what}: {done} of {total or '?'}")


def fail(message: str) -> NoReturn:
    out.print(message, style="red", markup=False)
    raise typer.Exit(1)
