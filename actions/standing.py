"""Whether a procedure is in force on the day: what has ended is answered with what replaced it."""

from __future__ import annotations

import datetime as dt

from actions.texts import say
from knowledge.catalogue import Catalogue
from knowledge.procedure import Procedure

_MOST_STEPS = 5  # replacements of replacements


def in_force(procedure: Procedure, catalogue: Catalogue, today: dt.date) -> Procedure:
    """The procedure itself, or what replaced it by today."""
    for _ in range(_MOST_STEPS):
        has_ended = procedure.valid_until is not None and procedure.valid_until < today
        successor = catalogue.get(procedure.replaced_by) if has_ended and procedure.replaced_by else None
        if successor is None or not successor.holds_on(today):
            break
        procedure = successor
    return procedure


def remark(asked: Procedure, shown: Procedure, today: dt.date) -> str:
    """What to say before an answer that is not quite the one asked for; empty where there is nothing to say."""
    if shown.code != asked.code and asked.valid_until:
        return say("replaced", code=asked.code, title=asked.title, day=f"{asked.valid_until:%d/%m/%Y}")
    if shown.valid_until and shown.valid_until < today:
        return say("ended", day=f"{shown.valid_until:%d/%m/%Y}")
    if shown.valid_from and shown.valid_from > today:
        return say("not_begun", day=f"{shown.valid_from:%d/%m/%Y}")
    if shown.valid_until and shown.replaced_by:
        return say("ends_soon", day=f"{shown.valid_until:%d/%m/%Y}", code=shown.replaced_by)
    return ""
