"""Zalo's signature of an event: a plain SHA-256 over app id, body, timestamp and a secret; not an HMAC."""

from __future__ import annotations

import hashlib
import hmac

HEADER = "X-ZEvent-Signature"


def mac(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """`body` is the bytes as received, `timestamp` the body's own field."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode(errors="replace") + secret.encode()).hexdigest()


def is_signed(header: str | None, body: bytes, timestamp: str, *, app_id: str, secret: str) -> bool:
    """Compares in constant time. Without an app id or a secret nothing is signed, since anybody could sign."""
    if not (header and app_id and secret):
        return False
    given = header.removeprefix("mac=").strip().lower()
    return hmac.compare_digest(given.encode(errors="replace"), mac(app_id, body, timestamp, secret).encode())
