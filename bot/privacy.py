"""Who a person is to us (a pseudonym), and what must never be stored: numbers of identity, phones, OTPs."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from knowledge.text import fold, nfc

HIDDEN = "[đã che]"
_PROCEDURE_CODE = r"(?<![\d.])\d\.\d{6,9}(?![\d.]*\d)"
_PHONE = r"(?<![\d.])(?:\+?84|0)(?:[ .\-]?\d){9}(?!\d)"
_IDENTITY = r"(?<![\d.])\d(?:[ .\-]?\d){11}(?!\d)|(?<![\d.])\d{9}(?!\d)"
_PASSPORT = r"(?<!\w)[A-Z]\d{7,8}(?!\w)"
_EMAIL = r"[\w.+-]+@[\w-]+\.[\w.-]+"
_NUMBERS = re.compile(f"(?P<code>{_PROCEDURE_CODE})|(?P<hide>{_PHONE}|{_IDENTITY}|{_PASSPORT}|{_EMAIL})")
# An OTP or a password with its value: on folded text, which keeps every character's place.
_SECRET = re.compile(
    r"\b(?:ma\s+)?(?:otp|xac\s+thuc|pin)\b(?:\s+(?:cua\s+\w+|la|so|:))*\s*[:=]?\s*(?P<otp>\d{4,8})\b"
    r"|\b(?:mat\s+khau|mk|pass(?:word)?|password)\b\s*(?:(?:cua\s+\w+\s+)?la\b|[:=])\s*(?P<password>\S+)"
)
_NO_PASSWORD = {"gi", "j", "sao", "nao", "bao", "the", "di", "o", "dau"}


@dataclass(frozen=True)
class Redacted:
    """A text safe to store, and the kinds of what was hidden: "number", "secret"."""

    text: str
    kinds: tuple[str, ...] = ()

    @property
    def is_secret(self) -> bool:
        return "secret" in self.kinds


def redact(text: str) -> Redacted:
    """Hides identity, passport and phone numbers, e-mail addresses, OTPs and passwords; keeps procedure codes."""
    kinds: list[str] = []
    composed = nfc(text)
    for match in reversed(list(_SECRET.finditer(fold(composed)))):
        name = "otp" if match["otp"] else "password"
        if name == "password" and match[name].strip("?.,!") in _NO_PASSWORD:
            continue
        kinds.append("secret")
        composed = composed[: match.start(name)] + HIDDEN + composed[match.end(name) :]

    def hide(match: re.Match[str]) -> str:
        if match["code"]:
            return match["code"]
        kinds.append("number")
        return HIDDEN

    hidden = _NUMBERS.sub(hide, composed)
    return Redacted(hidden, tuple(dict.fromkeys(kinds)))


def person_key(secret: str, channel: str, platform_id: str) -> str:
    """The pseudonym under which everything about a person is stored; needs the secret to be computed again."""
    return hmac.new(secret.encode(), f"{channel}\x00{platform_id}".encode(), hashlib.sha256).hexdigest()[:40]
