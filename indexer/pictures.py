"""Pictures of docs/evaluation.md: how well confidence is calibrated, and which acts and facets are taken for which."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexer.evaluate import Understood

Rows = Mapping[str, Sequence[Understood]]
_BINS = np.linspace(0, 1, 11)
_NONE = "(none)"


def draw(folder: Path, decided: Rows, reacted: Rows, faceted: Rows) -> None:
    """Writes calibration.png, acts.png and facets.png. Needs matplotlib, which the dev environment has."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    folder.mkdir(parents=True, exist_ok=True)
    plt.rcParams.update({"font.size": 9, "figure.dpi": 110, "savefig.bbox": "tight"})
    _calibration(plt, decided).savefig(folder / "calibration.png")
    expected = [(row.question.kind, row.act) for rows in reacted.values() for row in rows]
    asked = [("a procedure", row.act) for rows in decided.values() for row in rows]
    _matrix(plt, expected + asked, "meant", "act").savefig(folder / "acts.png")
    pairs = [pair for rows in faceted.values() for row in rows for pair in _confused(row)]
    _matrix(plt, pairs, "facet asked for", "facet found").savefig(folder / "facets.png")
    plt.close("all")


def _calibration(plt: Any, decided: Rows) -> Any:
    """Confidence of the best hit against the share of right ones, a tenth at a time; bars say how many."""
    rows = [row for rows in decided.values() for row in rows if row.score]
    scores, right = np.array([r.score for r in rows]), np.array([r.is_right for r in rows])
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(5, 5), sharex=True, gridspec_kw={"height_ratios": (3, 1), "hspace": 0.08}
    )
    tenth = np.clip(np.digitize(scores, _BINS) - 1, 0, 9)
    filled = [b for b in range(10) if (tenth == b).any()]
    above.plot([0, 1], [0, 1], color="#999", linestyle=":")
    above.plot([scores[tenth == b].mean() for b in filled], [right[tenth == b].mean() for b in filled], "o-")
    above.set_ylabel("share that is right")
    below.hist(scores, bins=_BINS, color="#bbb")
    below.set_xlabel("confidence of the best hit")
    below.set_ylabel("questions")
    return figure


def _confused(row: Understood) -> list[tuple[str, str]]:
    """Each facet asked for with itself where it was found; else with what was found in its place."""
    wanted, found = row.question.facets or frozenset(), row.facets
    pairs = [(facet, facet) for facet in wanted & found]
    strange = sorted(found - wanted) or [_NONE]
    pairs += [(facet, strange[0]) for facet in wanted - found]
    if not wanted:
        pairs += [(_NONE, facet) for facet in found] or [(_NONE, _NONE)]
    return pairs


def _matrix(plt: Any, pairs: Sequence[tuple[str, str]], meant: str, taken: str) -> Any:
    """One row a meaning, shares along the row, counts written in."""
    rows, columns = sorted({a for a, _ in pairs}), sorted({b for _, b in pairs})
    counts = Counter(pairs)
    table = np.array([[counts[a, b] for b in columns] for a in rows])
    figure, axes = plt.subplots(figsize=(1.5 + 0.45 * len(columns), 1.2 + 0.36 * len(rows)))
    axes.imshow(table / np.maximum(1, table.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.set_xticks(range(len(columns)), columns, rotation=60, ha="right")
    axes.set_yticks(range(len(rows)), rows)
    axes.set_xlabel(taken)
    axes.set_ylabel(meant)
    for (y, x), n in np.ndenumerate(table):
        if n:
            axes.text(x, y, n, ha="center", va="center", fontsize=7)
    return figure
