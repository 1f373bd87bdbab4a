"""Secrets and codes: the one behind person keys, what others show to be let in, and what people type or press."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another
_CODE = 8  # letters of a code


def is_shown(given: str, secret: str) -> bool:
    """Whether a request shows our secret, compared in constant time; never where there is none."""
    return bool(secret) and hmac.compare_digest(given.encode(errors="replace"), secret.encode())


def new_code() -> str:
    """Random and short: what a button sends back, or a person types."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_CODE))


def kept_secret(path: Path) -> str:
    """Reads the secret, or makes it (mode 600). Losing it makes every stored person unreachable, not readable."""
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = _read(path)
    if kept:
        return kept
    waiting = path.with_name(f".{path.name}-{os.getpid()}")
    descriptor = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(32) + "\n")
    if path.exists():  # empty: left by a crash
        path.unlink()
    try:
        os.link(waiting, path)  # whole or not at all, and only the first of two processes succeeds
    except FileExistsError:
        pass
    finally:
        waiting.unlink()
    return _read(path)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
