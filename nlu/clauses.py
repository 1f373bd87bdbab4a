"""A message in pieces that can each ask for something."""

from __future__ import annotations

import re

from knowledge.text import nfc, words

# Unaccented "con" is a child as often as it is "còn", so it parts nothing.
_BETWEEN = re.compile(r"[,.;?!\n]+|\s+(?:và|va|với|voi|còn|mà|ma|thì|thi|rồi|roi|hay|nếu|neu)\s+", flags=re.IGNORECASE)


def clauses(text: str) -> list[str]:
    """Pieces of two words or more; none where the message is all one piece."""
    pieces = [piece.strip() for piece in _BETWEEN.split(nfc(text)) if piece.strip()]
    kept = [piece for piece in pieces if len(words(piece)) > 1]
    return kept if len(pieces) > 1 else []
