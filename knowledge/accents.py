"""Accents put back where they were left out: "dang ky tam tru" → "đăng ký tạm trú".

A bigram model over syllables, counted on the records themselves: each folded syllable has the accented forms that
occur, and Viterbi picks the likeliest path. Accented words in the message are kept as they are.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from knowledge.text import fold, words

_START = "<s>"
_UNSEEN = 1e-6
_BACK_OFF = 0.2  # weight of the unigram beside the bigram: a usual value, not tuned


class AccentRestorer:
    def __init__(self, unigrams: dict[str, int], bigrams: dict[str, int]) -> None:
        self._unigrams = unigrams
        self._bigrams = bigrams
        self._total = sum(unigrams.values()) or 1
        self._forms: dict[str, list[str]] = defaultdict(list)
        for syllable in sorted(unigrams, key=lambda s: -unigrams[s]):
            forms = self._forms[fold(syllable)]
            if len(forms) < 8:
                forms.append(syllable)

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

    def restore(self, text: str) -> str:
        """Lower-case words of `text`, those without accents replaced by their likeliest accented form."""
        paths: dict[str, tuple[float, list[str]]] = {_START: (0.0, [])}
        for syllable in words(text):
            best: dict[str, tuple[float, list[str]]] = {}
            for form in self._candidates(syllable):
                score, path = max(
                    ((s + self._log_probability(previous, form), p) for previous, (s, p) in paths.items()),
                    key=lambda scored: scored[0],
                )
                best[form] = (score, [*path, form])
            paths = best
        return " ".join(max(paths.values(), key=lambda scored: scored[0])[1])

    def _candidates(self, syllable: str) -> list[str]:
        if fold(syllable) != syllable:
            return [syllable]
        return self._forms.get(syllable) or [syllable]

    def _log_probability(self, previous: str, form: str) -> float:
        unigram = self._unigrams.get(form, 0) / self._total
        before = self._unigrams.get(previous, 0) if previous != _START else self._total
        bigram = self._bigrams.get(f"{previous} {form}", 0) / before if before else 0.0
        return math.log((1 - _BACK_OFF) * bigram + _BACK_OFF * unigram + _UNSEEN)
