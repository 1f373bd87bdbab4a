"""Initials that a question takes for a phrase: "CHKSB" where names say "cảng hàng không, sân bay".

Officials abbreviate whatever they write often, so no list is complete; but the phrase stands in the names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from knowledge.accents import AccentRestorer
from knowledge.text import AMBIGUOUS, CHAT_SPELLING, fold, words

_SHORTEST, _LONGEST = 3, 8
_MARKS = ",.;:?!()\"'"
_VOWEL = re.compile(r"[aeiouy]")


class Acronyms:
    """Holds the names' words and initials; a look-up reads them all, which takes about a millisecond."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = [(said, "".join(fold(word)[0] for word in said)) for said in map(words, names)]

    def expand(self, text: str, restorer: AccentRestorer) -> str:
        """`text` with initials written out: words nobody knows, in capitals or of consonants only.

        Several phrases may begin with the same letters; the likeliest sequence of words is taken.
        """
        return " ".join(self._meant(token, restorer) or token for token in text.split())

    def _meant(self, token: str, restorer: AccentRestorer) -> str:
        bare = token.strip(_MARKS)
        initials = fold(bare)
        if not (initials.isalpha() and _SHORTEST <= len(initials) <= _LONGEST):
            return ""
        if initials in CHAT_SPELLING or initials in AMBIGUOUS or restorer.knows(initials):
            return ""
        if not bare.isupper() and (_VOWEL.search(initials) or restorer.near(initials)):
            return ""
        places = ((said, starts.find(initials)) for said, starts in self._names)
        found = {" ".join(said[at : at + len(initials)]) for said, at in places if at >= 0}
        return max(sorted(found), key=restorer.likelihood, default="")
