"""Whether a procedure is in force on the day: what has ended is answered with what replaced it."""

from __future__ import annotations

import datetime as dt

from actions.texts import say
from knowledge.catalogue import Catalogue
from knowledge.procedure import Procedure

_MOST_STEPS = 5  # replacements of replacements


def in_force(procedure: Procedure, catalogue: Catalogue, today: dt.date) -> Procedure:
    """The procedure itself, or what replaced it by today; itself, too, where nothing in force took its place."""
    current = procedure
    for _ in range(_MOST_STEPS):
        successor = catalogue.get(current.replaced_by) if current.replaced_by and _has_ended(current, today) else None
        if successor is None:
            break
        current = successor
    return current if current.holds_on(today) else procedure


def _has_ended(procedure: Procedure, today: dt.date) -> bool:
    return procedure.valid_until is not None and procedure.valid_until < today


def remark(asked: Procedure, shown: Procedure, today: dt.date) -> str:
    """What to say before an answer that is not quite the one asked for; empty where there is nothing to say."""
    if shown.code != asked.code and asked.valid_until:
        return say("replaced", code=asked.code, title=asked.title, day=f"{asked.valid_until:%d/%m/%Y}", new=shown.code)
    if shown.valid_until and _has_ended(shown, today):
        return say("ended", day=f"{shown.valid_until:%d/%m/%Y}")
    if shown.valid_from and shown.valid_from > today:
        return say("not_begun", day=f"{shown.valid_from:%d/%m/%Y}")
    if shown.valid_until and shown.replaced_by:
        return say("ends_soon", day=f"{shown.valid_until:%d/%m/%Y}", code=shown.replaced_by)
    return ""
