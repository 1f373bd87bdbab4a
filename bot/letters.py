"""`python -m bot outbox …`: the operator's view of the outbox."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

from bot.outbox import Outbox
from bot.settings import Settings
from bot.store import connect


def open_outbox(settings: Settings) -> Outbox:
    return Outbox(connect(settings.app_database))


def show(settings: Settings, state: str) -> None:
    letters = open_outbox(settings).letters(state=state)
    if not letters:
        print(f"Nothing is {state}.")
        return
    table = Table("number", "channel", "since (UTC)", "attempts", "reason")
    for letter in letters:
        since = f"{letter.created_at:%Y-%m-%d %H:%M}"
        table.add_row(str(letter.id), letter.channel, since, str(letter.attempts), letter.reason)
    Console().print(table)
