"""Talking to Rasa: one message in, its parse, its health; and forgetting what its tracker keeps."""

from __future__ import annotations

from typing import Any

import httpx
import sqlalchemy as sa

SECRET_HEADER = "X-Motcua-Secret"


class RasaError(Exception):
    """Rasa did not do its part: unreachable, too slow, or no reply. The message is for the log."""


class Rasa:
    def __init__(self, client: httpx.AsyncClient, tracker: sa.Engine | None = None) -> None:
        self._client = client
        self._tracker = tracker

    @classmethod
    def connect(cls, url: str, secret: str, *, timeout: float, tracker: sa.Engine | None = None) -> Rasa:
        headers = {SECRET_HEADER: secret}
        return cls(httpx.AsyncClient(base_url=url, headers=headers, timeout=httpx.Timeout(timeout)), tracker)

    async def send(self, person: str, text: str, metadata: dict[str, Any]) -> list[dict[str, Any]]:
        """One turn; the replies' JSON. Raises `RasaError`, also where there is no reply at all."""
        body = {"sender": person, "message": text, "metadata": metadata}
        replies = await self._post("/webhooks/motcua/webhook", body)
        rows = replies if isinstance(replies, list) else []
        found = [r["custom"] for r in rows if isinstance(r, dict) and "custom" in r]
        if not found:
            raise RasaError("an empty answer")
        return found

    async def parse(self, text: str) -> dict[str, Any]:
        """The understanding alone, with no conversation. Raises `RasaError`."""
        parse = await self._post("/webhooks/motcua/parse", {"text": text})
        if not isinstance(parse, dict):
            raise RasaError("a parse that is no object")
        return parse

    async def is_ready(self) -> bool:
        try:
            return (await self._client.get("/webhooks/motcua/", timeout=2.0)).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    def forget(self, person: str) -> int:
        """Deletes the tracker's events of a person; they hold redacted text."""
        if self._tracker is None or not sa.inspect(self._tracker).has_table("events"):
            return 0
        with self._tracker.begin() as db:
            return db.execute(sa.text("DELETE FROM events WHERE sender_id = :person"), {"person": person}).rowcount

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        try:
            response = await self._client.post(path, json=body)
            response.raise_for_status()
            return response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise RasaError(f"{type(error).__name__} at {path}") from error


def plain_text(text: str) -> str:
    """Rasa reads a leading "/" as an intent; a person's slash is only a slash."""
    return "\uff0f" + text[1:] if text.startswith("/") else text
