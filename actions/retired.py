"""Codes that left the portal: said in words, and gone on with what took their place."""

from __future__ import annotations

from actions.desk import Desk, Outcome, Understanding
from actions.reply import Reply, Status
from actions.showing import show
from actions.state import PersonState
from actions.texts import say
from knowledge.text import procedure_codes


def retired_code(said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """A code that left the portal: say so, and go on with its replacement."""
    for code in procedure_codes(said.text):
        gone = desk.catalogue.retired(code)
        if gone is None or desk.catalogue.get(code):
            continue
        replacement = desk.catalogue.get(gone.replacement) if gone.replacement else None
        name = "retired_gone" if replacement is None else "retired_sure" if gone.sure else "retired_maybe"
        note = say(name, code=code, name=gone.name, new=gone.replacement)
        if replacement is None:
            return Outcome((Reply(note, Status.UNKNOWN),), state)
        return show(replacement, said.facets, state, desk).after(note)
    return None
