"""The fixed sentences of `texts.yml`, by name."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml


@cache
def _all() -> dict[str, str]:
    return dict(yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")))


def say(key: str, /, **values: object) -> str:
    """The sentence `key` with its blanks filled. Raises KeyError where either is missing: a bug, not a user's error."""
    return _all()[key].format(**values)
