"""Accents put back where they were left out, and slips of typing mended: "dangky tamm tru" → "đăng ký tạm trú".

A bigram model over syllables, counted on the records themselves: each folded syllable has the accented forms that
occur, and Viterbi picks the likeliest path. Accented words in the message are kept as they are. A word that occurs
nowhere may be several written together, or one slip away (a letter more, less, other, or two swapped) from one that
does.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise, product
from pathlib import Path

from knowledge.text import fold, words

_START = "<s>"
_UNSEEN = 1e-6
_BACK_OFF = 0.2  # weight of the unigram beside the bigram: a usual value, not tuned
_FORMS = 8  # accented forms of a syllable that are tried
_USUAL = 20  # times a syllable must occur to be what a slip stands for, and to be none
_SLIP = -5.0  # logarithm of how likely a slip is; a round number, not tuned
_SHORTEST = 3  # letters of a word that may be a slip or several words
_MOST_TOGETHER = 4

_NO_WORD = -6.0  # the same of a word that no record has
_NEIGHBOURS = 60

Syllables = tuple[str, ...]


class AccentRestorer:
    def __init__(self, unigrams: dict[str, int], bigrams: dict[str, int]) -> None:
        self._unigrams = unigrams
        self._bigrams = bigrams
        self._total = sum(unigrams.values()) or 1
        self._forms: dict[str, list[str]] = defaultdict(list)
        for syllable in sorted(unigrams, key=lambda s: -unigrams[s]):
            forms = self._forms[fold(syllable)]
            if len(forms) < _FORMS:
                forms.append(syllable)
        usual: Counter[str] = Counter()
        for syllable, n in unigrams.items():
            if syllable.isalpha():
                usual[fold(syllable)] += n
        self._usual = {s: n for s, n in usual.items() if n >= _USUAL}

    @classmethod
    def count(cls, texts: Iterable[str], *, at_least: int = 2) -> AccentRestorer:
        """Learns from accented text; pairs seen fewer than `at_least` times are dropped."""
        unigrams: Counter[str] = Counter()
        bigrams: Counter[str] = Counter()
        for text in texts:
            syllables = words(text)
            unigrams.update(syllables)
            bigrams.update(f"{a} {b}" for a, b in zip([_START, *syllables], syllables, strict=False))
        return cls(dict(unigrams), {pair: n for pair, n in bigrams.items() if n >= at_least})

    @classmethod
    def load(cls, path: Path) -> AccentRestorer:
        counts = json.loads(path.read_text(encoding="utf-8"))
        return cls(counts["unigrams"], counts["bigrams"])

    def save(self, path: Path) -> None:
        counts = {"unigrams": self._unigrams, "bigrams": self._bigrams}
        path.write_text(json.dumps(counts, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

    def restore(self, text: str, *, accents: bool = True) -> str:
        """Lower-case words of `text`, mended; those without accents get the likeliest ones unless `accents` is off."""
        paths: dict[str, tuple[float, list[str]]] = {_START: (0.0, [])}
        for syllable in words(text):
            best: dict[str, tuple[float, list[str]]] = {}
            for forms, typing in self._candidates(syllable, accents):
                score, path = max(
                    ((s + typing + self._log_likelihood(previous, forms), p) for previous, (s, p) in paths.items()),
                    key=lambda scored: scored[0],
                )
                if forms[-1] not in best or score > best[forms[-1]][0]:
                    best[forms[-1]] = (score, [*path, *forms])
            paths = best
        return " ".join(max(paths.values(), key=lambda scored: scored[0])[1])

    def knows(self, folded: str) -> bool:
        """Whether it is a usual syllable."""
        return folded in self._usual

    def likelihood(self, text: str) -> float:
        """Logarithm of how likely these syllables follow one another."""
        return self._log_likelihood(_START, tuple(words(text)))

    def _candidates(self, syllable: str, accents: bool) -> list[tuple[Syllables, float]]:
        """What may be meant, with the logarithm of how likely one types this for it."""
        folded = fold(syllable)
        typed: list[tuple[Syllables, float]] = [
            ((form,), 0.0 if folded in self._forms else _NO_WORD) for form in self._forms_of(syllable, accents)
        ]
        if folded in self._usual or not syllable.isalpha() or len(syllable) < _SHORTEST:
            return typed
        meant: list[Syllables] = [(near,) for near in self.near(folded)]
        if parted := self._parted(folded):
            meant.append(parted)
        return typed + [(path, _SLIP) for parts in meant for path in product(*(self._forms[part] for part in parts))]

    def _forms_of(self, syllable: str, accents: bool) -> list[str]:
        if not accents or fold(syllable) != syllable:
            return [syllable]
        return self._forms.get(syllable) or [syllable]

    def _parted(self, glued: str) -> Syllables:
        """ "dangky" → "dang", "ky": the parting of fewest, then of most usual syllables; empty where there is none."""
        best: list[tuple[int, float, Syllables] | None] = [(0, 0.0, ())] + [None] * len(glued)
        for end in range(1, len(glued) + 1):
            for start in range(max(0, end - 6), end):
                before, piece = best[start], glued[start:end]
                if before is None or len(piece) < 2 or piece not in self._usual or before[0] == _MOST_TOGETHER:
                    continue
                found = (before[0] + 1, before[1] - math.log(self._usual[piece]), (*before[2], piece))
                if best[end] is None or found < best[end]:  # type: ignore[operator]
                    best[end] = found
        whole = best[-1]
        return whole[2] if whole else ()

    @lru_cache(maxsize=4096)  # noqa: B019 (one restorer a release, and slips recur)
    def near(self, slip: str) -> list[str]:
        """Usual syllables one slip away."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        found = process.extract(slip, self._usual.keys(), scorer=OSA.distance, score_cutoff=1, limit=_NEIGHBOURS)
        return [near for near, *_ in found]

    def _log_likelihood(self, previous: str, forms: Syllables) -> float:
        pairs = pairwise((previous, *forms))
        return sum(self._log_probability(before, form) for before, form in pairs)

    def _log_probability(self, previous: str, form: str) -> float:
        unigram = self._unigrams.get(form, 0) / self._total
        before = self._unigrams.get(previous, 0) if previous != _START else self._total
        bigram = self._bigrams.get(f"{previous} {form}", 0) / before if before else 0.0
        return math.log((1 - _BACK_OFF) * bigram + _BACK_OFF * unigram + _UNSEEN)
