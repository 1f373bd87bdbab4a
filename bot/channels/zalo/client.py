"""Sending consultation messages (`message/cs`), and what each of Zalo's errors means for the sender.

Errors come as HTTP 200 with `error` other than 0.
"""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Mapping
from typing import Any

import httpx
from aiolimiter import AsyncLimiter

from bot.channels.platform import Halted, Part, Refused, SendError, TryAgain, Unreachable
from bot.channels.zalo.answers import fields_of, number_of, reason_of
from bot.channels.zalo.tokens import Tokens

PATH = "/v3.0/oa/message/cs"
_PER_SECOND = 65  # in bursts of as many: under Zalo's 4,000 in any minute
_TOO_FAST = -32
_TOKEN_ENDED = (-216, -220)
_MEANINGS: dict[int, type[SendError]] = {
    -201: Refused,
    -213: Unreachable,
    -217: Unreachable,
    -230: Unreachable,
    -232: Unreachable,
    -211: Halted,
    -218: Halted,
    -224: Halted,
}


class Client:
    def __init__(self, http: httpx.AsyncClient, tokens: Tokens) -> None:
        """`http` has Zalo's open API as its base."""
        self._http = http
        self._tokens = tokens
        self._limiter = AsyncLimiter(_PER_SECOND, 1)

    async def send(self, user: str, part: Part) -> None:
        """Raises `SendError`. A token that Zalo refuses is renewed once."""
        body = {"recipient": {"user_id": user}, "message": message_of(part)}
        access = await self._tokens.access()
        response = await self._post(access, body)
        if _code(response) in _TOKEN_ENDED:
            response = await self._post(await self._tokens.renewed(access), body)
        if problem := _problem(response):
            raise problem

    async def _post(self, access: str, body: dict[str, Any]) -> httpx.Response:
        async with self._limiter:
            try:
                return await self._http.post(PATH, json=body, headers={"access_token": access})
            except httpx.HTTPError as problem:
                raise TryAgain(f"no answer from Zalo: {type(problem).__name__}") from None


def message_of(part: Part) -> dict[str, Any]:
    """A text, with buttons as a template beside it. What a button sends back is a token, so it stays hidden."""
    message: dict[str, Any] = {"text": _nfc(part.text)}
    buttons: list[dict[str, Any]] = [
        {"title": _nfc(title), "type": "oa.query.hide", "payload": payload} for title, payload in part.buttons
    ]
    buttons += [{"title": _nfc(title), "type": "oa.open.url", "payload": {"url": url}} for title, url in part.links]
    if buttons:
        message["attachment"] = {"type": "template", "payload": {"buttons": buttons}}
    return message


def _problem(response: httpx.Response) -> SendError | None:
    code = _code(response)
    if response.status_code != httpx.codes.OK or code is None:
        return TryAgain(f"Zalo answers HTTP {response.status_code}", _wait(response.headers))
    if code == 0:
        return None
    reason = reason_of(code, fields_of(response).get("message"))
    if code == _TOO_FAST:
        return TryAgain(reason, _wait(response.headers))
    if code in _TOKEN_ENDED:
        return Halted(f"{reason}. Zalo refuses a token it has just given: does the app still have the account's leave?")
    return _MEANINGS.get(code, TryAgain)(reason)


def _code(response: httpx.Response) -> int | None:
    return number_of(fields_of(response).get("error"))


def _wait(headers: Mapping[str, str]) -> float | None:
    """Seconds, where the answer says when to come back: after so many, or at a time (in seconds or milliseconds)."""
    told = number_of(headers.get("Retry-After") or headers.get("X-RateLimit-Reset"))
    if told is None or told < 0:
        return None
    if told > 10**12:
        told //= 1000
    return max(0.0, told - time.time()) if told > 10**9 else float(told)


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)
