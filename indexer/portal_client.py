"""The national portal's API: polite, and suspicious of every answer.

One request at a time, a pause between them, a User-Agent that says who asks. Whatever is not JSON with code OK never
counts as data. It is asked for again after growing waits (or after the portal's own Retry-After); what then still is
no data ends the run (`Refused`) or, where only one record is concerned, that record (`Unusable`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

BASE_URL = "https://dichvucong.gov.vn/api/v1"
USER_AGENT = "MotCua/0.1 (assistant for administrative procedures; polite crawler)"
_LIST = "/submitting/formality/list-all-public-formality-by-citizen"
_DETAIL = "/configuring/formality/get-formality-by-citizen"
_PAGE = 100
_TRIES = 4
_FIRST_WAIT = 2.0  # seconds after the first failure; four times as long after each further one: 42 s in all
_LONGEST_WAIT = 300.0  # seconds; a portal that asks for more is asked again by the next run
_NO_ENTRY = (401, 403, 407, 429)  # about who asks and how often, whatever record was asked for


class NoData(Exception):
    """An answer that is no data, with the seconds that the portal asked to wait, if it did."""

    def __init__(self, reason: str, *, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class Refused(NoData):
    """The portal lets nobody in, or cannot be reached: the run must end."""


class Unusable(NoData):
    """No usable answer about this one record; others may be well."""


class Missing(Unusable):
    """The portal says that there is no such record. Asking again would change nothing."""


class PortalClient:
    def __init__(self, client: httpx.Client, *, pause: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._pause = pause
        self._sleep = sleep

    @classmethod
    def connect(cls, base_url: str = BASE_URL, *, pause: float = 0.5, timeout: float = 30) -> PortalClient:
        return cls(httpx.Client(base_url=base_url, timeout=timeout, headers={"User-Agent": USER_AGENT}), pause=pause)

    def catalogue(self) -> Iterator[tuple[list[dict[str, Any]], int]]:
        """Pages of the list of procedures, each with the total (0 where the portal names none).

        Ends at an empty page or at a cursor that was there before. Raises `Refused`: half a list is none.
        """
        cursors = {""}
        cursor = ""
        while True:
            body = {"limit": _PAGE, "lastId": cursor, "q": "", "categoryId": "", "departmentCode": ""}
            try:
                data = self._post(_LIST, body)
            except Unusable as error:
                raise Refused(f"the list of procedures cannot be read: {error}") from error
            items, total = data.get("items"), data.get("total")
            if not isinstance(items, list):
                raise Refused("the list of procedures came without items")
            if items:
                yield [i for i in items if isinstance(i, dict)], total if isinstance(total, int) else 0
            cursor = str(data.get("lastId") or "")
            if not items or cursor in cursors:
                return
            cursors.add(cursor)

    def detail(self, uuid: str) -> dict[str, Any]:
        """One record as the portal has it. Raises `Unusable` (only this record) or `Refused` (the run)."""
        record = self._post(_DETAIL, {"id": uuid})
        if record.get("id") != uuid:
            raise Unusable("another record came than was asked for")
        return record

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        wait = self._pause
        for attempt in range(_TRIES):
            self._sleep(wait)
            try:
                return _data(self._answer(path, body))
            except Missing:
                raise
            except NoData as error:
                failure = error
            if failure.wait > _LONGEST_WAIT:
                raise Refused(f"{failure}; it asks to come back in {failure.wait / 60:.0f} minutes") from failure
            backoff = _FIRST_WAIT * 4**attempt * random.uniform(0.75, 1.25)
            wait = max(self._pause, failure.wait, backoff)
        raise type(failure)(f"{failure}, {_TRIES} times at {path}") from failure

    def _answer(self, path: str, body: dict[str, Any]) -> httpx.Response:
        try:
            return self._client.post(path, json=body)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise Refused("the portal cannot be reached") from error
        except httpx.TimeoutException as error:
            raise Unusable("no answer in time") from error
        except httpx.HTTPError as error:
            raise Unusable(f"the answer broke off ({type(error).__name__})") from error


def _data(answer: httpx.Response) -> dict[str, Any]:
    """What the envelope holds; anything else raises."""
    said = f"HTTP {answer.status_code}"
    wait = _retry_after(answer)
    if answer.status_code in _NO_ENTRY:
        raise Refused(f"the portal does not let us in ({said})", wait=wait)
    if answer.status_code == 404:
        raise Missing(f"the portal has no such record ({said})")
    if answer.is_server_error:
        raise Unusable(f"the portal has a fault ({said})", wait=wait)
    try:
        envelope = answer.json()
    except (ValueError, RecursionError) as error:
        if answer.content.lstrip()[:1] in (b"{", b"["):
            raise Unusable(f"the answer is no whole JSON ({said})", wait=wait) from error
        raise Refused(f"a web page or nothing came in place of data ({said})", wait=wait) from error
    if not answer.is_success or not isinstance(envelope, dict) or envelope.get("code") != "OK":
        raise Unusable(f"an answer without code OK ({said})", wait=wait)
    data = envelope.get("data")
    if not data:
        raise Missing("the portal answers OK, but with no record")
    if not isinstance(data, dict):
        raise Unusable(f"data of an unknown shape ({said})", wait=wait)
    return data


def _retry_after(answer: httpx.Response) -> float:
    """Seconds that the header asks for, given as such or as a time; the portal's own clock then counts."""
    asked = answer.headers.get("Retry-After", "").strip()
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        until, now = parsedate_to_datetime(asked), parsedate_to_datetime(answer.headers.get("Date", ""))
        return max(0.0, (until - now).total_seconds())
    except (ValueError, TypeError):  # none, not readable, or one with a zone and one without
        return 0.0
