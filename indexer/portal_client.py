"""The national portal's API: polite, and suspicious of every answer.

One request at a time, a pause between them, a User-Agent that says who asks. Whatever is not JSON with code OK is a
refusal (the portal answers HTML "Request Rejected", sometimes with HTTP 200): it is retried with growing pauses, and
then ends the run; it never counts as data.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

BASE_URL = "https://dichvucong.gov.vn/api/v1"
USER_AGENT = "MotCua/0.1 (assistant for administrative procedures; polite crawler)"
_LIST = "/submitting/formality/list-all-public-formality-by-citizen"
_DETAIL = "/configuring/formality/get-formality-by-citizen"
_PAGE = 100
_TRIES = 4


class Refused(Exception):
    """The portal would not answer, or not with data."""


class PortalClient:
    def __init__(self, client: httpx.Client, *, pause: float, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client = client
        self._pause = pause
        self._sleep = sleep

    @classmethod
    def connect(cls, base_url: str = BASE_URL, *, pause: float = 0.5) -> PortalClient:
        return cls(httpx.Client(base_url=base_url, timeout=30, headers={"User-Agent": USER_AGENT}), pause=pause)

    def catalogue(self) -> Iterator[tuple[list[dict[str, Any]], int]]:
        """Pages of the list of procedures, each with the total. Ends at an empty page or an unchanged cursor."""
        cursor = ""
        while True:
            body = {"limit": _PAGE, "lastId": cursor, "q": "", "categoryId": "", "departmentCode": ""}
            data = self._post(_LIST, body)
            items, following = data.get("items"), data.get("lastId")
            if not isinstance(items, list):
                raise Refused("the list came without items")
            if items:
                yield [item for item in items if isinstance(item, dict)], int(data.get("total") or 0)
            if not items or not following or following == cursor:
                return
            cursor = following

    def detail(self, uuid: str) -> dict[str, Any]:
        record = self._post(_DETAIL, {"id": uuid})
        if record.get("id") != uuid:
            raise Refused(f"asked for {uuid}, got another record")
        return record

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        reason = ""
        for attempt in range(_TRIES):
            self._sleep(self._pause * (4**attempt))
            try:
                answer = self._client.post(path, json=body)
                envelope = answer.json()
            except (httpx.HTTPError, ValueError) as error:
                reason = f"{type(error).__name__} at {path}"
                continue
            if answer.is_success and isinstance(envelope, dict) and envelope.get("code") == "OK":
                data = envelope.get("data")
                if isinstance(data, dict):
                    return data
            reason = f"HTTP {answer.status_code} without code OK at {path}"
        raise Refused(f"{reason}, {_TRIES} times")
