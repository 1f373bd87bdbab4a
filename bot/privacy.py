"""Who a person is to us (a pseudonym), and what must never be stored: numbers of identity, phones, OTPs."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass

from knowledge.text import PROCEDURE_CODE, fold, nfc

HIDDEN = "[đã che]"
# Identity cards, phones, land lines, bank cards: nine digits or more in a run, parted by blanks, dots or hyphens.
_LONG_NUMBER = r"(?<!\d)(?:\(\+?84\)[ ]?|\+)?\d(?:[ .\-]?\d){8,18}(?!\d)"
_PASSPORT = r"(?<!\w)[A-Za-z]\d{7,8}(?!\w)"
_EMAIL = r"[\w.+-]+@[\w-]+\.[\w.-]+"
_NUMBERS = re.compile(f"(?P<code>{PROCEDURE_CODE.pattern})|(?P<long>{_LONG_NUMBER})|(?P<other>{_PASSPORT}|{_EMAIL})")
_MONEY_FOLLOWS = re.compile(r"\s*(đồng|đ|vnd|vnđ|dong|tỷ|triệu|usd)\b(?!\s*[A-ZĐ])", re.IGNORECASE)
_THOUSANDS = re.compile(r"^[1-9]\d{0,2}(\.\d{3})+$")
_HOTLINES = re.compile(r"^11[1-5]([ \-]11[1-5])+$")
_DAY = r"(?:\d{1,2}[.\-]\d{1,2}[.\-]\d{4}|(?:19|20)\d{2})"
_DATES = re.compile(rf"^{_DAY}(?:[ .\-]+{_DAY})+$")
# A one-time code or a password with its value, on folded text, which keeps every character's place.
_SECRETS = (
    re.compile(r"\b(?:otp|ma xac thuc|ma pin|pin)\b\W*(?:[^\W\d]+\W+){0,5}?(?P<value>\d{4,8})\b"),
    re.compile(r"\b(?P<value>\d{4,8}) (?:la )?(?:ma )?(?:otp|xac thuc|pin)\b"),
    re.compile(r"\b(?:mat khau|password|pass)\b(?:\s+[^\W\d]+){0,3}?\s*(?:\bla\b|[:=])\s*(?P<value>\S+)"),
    re.compile(r"\bmk\b(?:\s+[^\W\d]+){0,2}?\s*(?:\bla\b|[:=])\s*(?P<value>(?=\S*[\d@#!$])\S+)"),
)
_NO_PASSWORD = {"gi", "j", "sao", "nao", "bao", "the", "di", "o", "dau", "cai"}


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
    for pattern in _SECRETS:
        for match in reversed(list(pattern.finditer(fold(composed)))):
            if match["value"].strip("?.,!") not in _NO_PASSWORD:
                kinds.append("secret")
                composed = composed[: match.start("value")] + HIDDEN + composed[match.end("value") :]

    def hide(match: re.Match[str]) -> str:
        if match["code"] or (match["long"] and _is_harmless(match["long"], match.string[match.end() :])):
            return match.group()
        kinds.append("number")
        return HIDDEN

    hidden = _NUMBERS.sub(hide, composed)
    return Redacted(hidden, tuple(dict.fromkeys(kinds)))


def _is_harmless(number: str, after: str) -> bool:
    """A sum of money, a span of dates, or the emergency numbers in a row."""
    if _MONEY_FOLLOWS.match(after) and not number.startswith(("0", "+", "(")) and "nai" not in fold(after[:12]):
        return True
    return any(pattern.match(number) for pattern in (_THOUSANDS, _DATES, _HOTLINES))


def person_key(secret: str, channel: str, platform_id: str) -> str:
    """The pseudonym under which everything about a person is stored; needs the secret to be computed again."""
    return hmac.new(secret.encode(), f"{channel}\x00{platform_id}".encode(), hashlib.sha256).hexdigest()[:40]
