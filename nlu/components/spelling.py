"""Chat spelling written out, with every word's place in the message kept."""

from __future__ import annotations

from knowledge.text import AMBIGUOUS, CHAT_SPELLING, Word, expand_chat_spelling, spans


def written_out(text: str) -> list[Word]:
    """ "bn tien" → bao, nhiêu, tien: the first two both stand where "bn" stood.

    `expand_chat_spelling` decides what a word means and `spans` where it stands; this lays the one along the other.
    """
    meant = expand_chat_spelling(text).split()
    result: list[Word] = []
    for typed in spans(text):
        reading = next(r for r in _readings(typed.text) if meant[len(result) : len(result) + len(r)] == r)
        result += [Word(word, typed.start, typed.end) for word in reading]
    return result


def _readings(token: str) -> list[list[str]]:
    readings = AMBIGUOUS.get(token) or (CHAT_SPELLING.get(token, token),)
    return [reading.split() for reading in readings]
