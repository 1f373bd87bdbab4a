"""The pair of Zalo's tokens: kept in the database, renewed by one process at a time, stored before it is used.

An access token lasts about 25 hours; a refresh token three months, and for one use, which ends both old tokens. So the
answer to a refresh must not be lost: a refresh is never cut short, and where its answer is lost all the same, the next
refresh is refused and the operator has to get a new token (`_USED_UP`).
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot.channels.platform import Halted, SendError, TryAgain
from bot.channels.zalo.answers import fields_of, number_of, reason_of

log = logging.getLogger(__name__)

PATH = "/v4/oa/access_token"
_ROW = "zalo"
_LEASE = "zalo-token"
_LEASE_SECONDS = 60.0  # longer than a refresh takes
_REFRESH_SECONDS = 8.0  # at most, for one refresh
_PATIENCE = 20.0  # seconds to wait for another process's refresh
_LOOK_AGAIN = 0.2  # seconds
_RENEW_AT = 0.8  # of the lifetime: 20 of 25 hours
_PAUSE = 300.0  # seconds after a refresh that failed while the old pair still works
_LIFETIME = 90_000  # seconds of an access token, where the answer does not say
_KEEP_PAUSES = (0.2, 0.5, 1.0)  # seconds, while the database does not take the new pair
_REFUSED_TOKEN = -14014
_TOO_FAST = -32
_NEW_TOKEN = (
    "Get a new pair for the Official Account on developers.zalo.me (Tools, API Explorer: OA Access Token), "
    "set MOTCUA_ZALO_REFRESH_TOKEN to its refresh token, and start again."
)
_USED_UP = (
    "Zalo refuses the refresh token: it is older than three months, or was used up by a refresh whose answer "
    f"was lost. {_NEW_TOKEN}"
)


class Secrets(Protocol):
    """What `bot.shared.Shared` does for tokens."""

    def lease(self, name: str, holder: str, seconds: float) -> bool: ...
    def release(self, name: str, holder: str) -> None: ...
    def secrets_of(self, name: str) -> dict[str, Any] | None: ...
    def keep_secrets(self, name: str, value: dict[str, Any]) -> None: ...


@dataclass(frozen=True, repr=False)
class Pair:
    """`access` is empty until the first refresh. `firsts` are the digests of the operator's tokens so far, so that a
    new one replaces the stored pair and one that has been seen does not."""

    access: str
    refresh: str
    issued_at: float
    expires_at: float
    firsts: tuple[str, ...]

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> Self:
        return cls(**{**row, "firsts": tuple(row["firsts"])})

    def is_young(self, now: float) -> bool:
        return now < self.issued_at + _RENEW_AT * (self.expires_at - self.issued_at)


class Tokens:
    def __init__(
        self, http: httpx.AsyncClient, shared: Secrets, *, app_id: str, app_secret: str, first: str,
        now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        """`http` has Zalo's OAuth server as its base; `first` is the refresh token that the operator got."""
        self._http = http
        self._shared = shared
        self._app_id = app_id
        self._app_secret = app_secret
        self._first = first
        self._now = now
        self._holder = uuid.uuid4().hex
        self._pair: Pair | None = None
        self._unsaved: Pair | None = None
        self._renewal: asyncio.Task[Pair] | None = None
        self._no_renewal_before = 0.0

    async def access(self) -> str:
        """An access token that is likely to be good. Raises `SendError`."""
        pair = self._pair
        if pair is None or not pair.is_young(self._now()):
            pair = self._pair = await asyncio.to_thread(self._stored)
        if pair.is_young(self._now()):
            return pair.access
        is_good = self._now() < pair.expires_at
        if is_good and self._now() < self._no_renewal_before:
            return pair.access
        try:
            return await self.renewed(pair.access)
        except SendError as problem:
            if not is_good:
                raise
            self._no_renewal_before = self._now() + _PAUSE
            log.error("zalo: the access token is not renewed yet, the old one still works: %s", problem)
            return pair.access

    async def renewed(self, refused: str) -> str:
        """An access token in place of this one, which Zalo refused or which is old. Raises `SendError`."""
        for _ in range(2):  # the renewal that runs may be of another token
            if self._renewal is None or self._renewal.done():
                self._renewal = asyncio.create_task(self._renew(refused))
            pair = self._pair = await asyncio.shield(self._renewal)  # not cut short with whoever waits for it
            if pair.access != refused:
                break
        return pair.access

    async def finish(self) -> None:
        """Waits for a refresh that runs: its answer must not be lost."""
        if self._renewal:
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def _renew(self, refused: str) -> Pair:
        patience = time.monotonic() + _PATIENCE
        while not await asyncio.to_thread(self._shared.lease, _LEASE, self._holder, _LEASE_SECONDS):
            if time.monotonic() > patience:
                raise TryAgain("another process is renewing the token")
            await asyncio.sleep(_LOOK_AGAIN)
        try:
            stored = await asyncio.to_thread(self._stored)
            if stored.access and stored.access != refused:  # somebody was faster
                self._unsaved = None
                return stored
            self._unsaved = self._unsaved or await self._refresh(stored)
            await self._keep(self._unsaved)
            kept, self._unsaved = self._unsaved, None
            return kept
        finally:
            await asyncio.to_thread(self._shared.release, _LEASE, self._holder)

    def _stored(self) -> Pair:
        """The stored pair, or the start of a new one. Raises `Halted` where there is nothing to start from."""
        row = self._shared.secrets_of(_ROW)
        stored = Pair.from_json(row) if row else None
        digest = hashlib.sha256(self._first.encode()).hexdigest()
        if stored and (not self._first or digest in stored.firsts):
            return stored
        if not self._first:
            raise Halted(f"There is no token for Zalo yet. {_NEW_TOKEN}")
        return Pair("", self._first, 0.0, 0.0, (*(stored.firsts if stored else ()), digest))

    async def _refresh(self, old: Pair) -> Pair:
        form = {"grant_type": "refresh_token", "refresh_token": old.refresh, "app_id": self._app_id}
        try:
            async with asyncio.timeout(_REFRESH_SECONDS):
                response = await self._http.post(PATH, data=form, headers={"secret_key": self._app_secret})
        except (httpx.HTTPError, TimeoutError) as problem:
            raise TryAgain(f"no answer to a refresh of the token: {type(problem).__name__}") from None
        answer = fields_of(response)
        access, refresh = answer.get("access_token"), answer.get("refresh_token")
        if not (access and refresh):
            raise _refusal(response.status_code, answer)
        now, seconds = self._now(), number_of(answer.get("expires_in")) or _LIFETIME
        return Pair(str(access), str(refresh), now, now + seconds, old.firsts)

    async def _keep(self, pair: Pair) -> None:
        for pause in _KEEP_PAUSES:
            try:
                return await asyncio.to_thread(self._shared.keep_secrets, _ROW, asdict(pair))
            except SQLAlchemyError as problem:
                log.error("zalo: the new tokens are not stored yet: %s", type(problem).__name__)
                await asyncio.sleep(pause)
        raise TryAgain("the new tokens could not be stored")


def _refusal(status: int, answer: dict[str, Any]) -> SendError:
    code = number_of(answer.get("error"))
    if status != httpx.codes.OK or code in (None, 0, _TOO_FAST):
        return TryAgain(f"no tokens in the answer to a refresh (HTTP {status}, error {code})")
    if code == _REFUSED_TOKEN:
        return Halted(_USED_UP)
    words = reason_of(code, answer.get("error_description") or answer.get("message"))
    return Halted(f"Zalo does not renew the token ({words}). Check MOTCUA_ZALO_APP_ID and MOTCUA_ZALO_APP_SECRET.")
