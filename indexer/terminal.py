"""What the commands print with: one console, one progress bar, one way to fail."""

from __future__ import annotations

from typing import NoReturn
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

out = Console()
VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def progress() -> Progress:
    return Progress(
        TextColumn("  {task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=out
    )


def fail(message: str) -> NoReturn:
    out.print(message, style="red", markup=False)
    raise typer.Exit(1)
