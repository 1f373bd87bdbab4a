"""Rasa as the app sees it: it understands by a word list, follows the real rules, and calls the action route."""

from __future__ import annotations

from typing import Any

import httpx
from fastapi import FastAPI

from bot.rasa import SECRET_HEADER, RasaError
from knowledge.text import fold
from tests.builders import action_for, lexicon

RASA_SECRET = "between app and rasa"
# Messages whose act is not "ask", by a word in them.
ACTS = {
    "chao": "greet", "cam on": "thank", "kem": "out_of_scope", "cap cuu": "emergency",
    "lam gia": "forbidden", "tra cuu ho so": "guidance", "xoa du lieu": "forget_me", "tam dung": "pause",
}  # fmt: skip


class FakeRasa:
    """Keeps one slot a person, as the tracker does. `is_down` makes every call fail."""

    def __init__(self) -> None:
        self.app: FastAPI | None = None
        self.is_down = False
        self.modes: dict[str, str] = {}
        self.heard: list[str] = []
        self.forgotten: list[str] = []

    async def send(self, person: str, text: str, metadata: dict[str, Any]) -> list[dict[str, Any]]:
        self.heard.append(text)
        message = await self.parse(text) | {"metadata": metadata}
        action = action_for(message["intent"]["name"], self.modes.get(person, "idle"))
        tracker = {"sender_id": person, "slots": {}, "latest_message": message, "events": [], "paused": False}
        call = {"next_action": action, "sender_id": person, "tracker": tracker, "version": "3.6.21"}
        assert self.app
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://app", headers={SECRET_HEADER: RASA_SECRET}
        ) as c:
            response = await c.post("/webhook", json=call)
        if response.status_code != 200:
            raise RasaError(f"the action answered {response.status_code}")
        body = response.json()
        slots = {event["name"]: event["value"] for event in body["events"] if event["event"] == "slot"}
        self.modes[person] = slots.get("mode", "idle")
        return [reply["custom"] for reply in body["responses"]]

    async def parse(self, text: str) -> dict[str, Any]:
        if self.is_down:
            raise RasaError("ConnectError at /webhooks/motcua/parse")
        act = text[1:] if text.startswith("/") else next((a for w, a in ACTS.items() if w in fold(text)), "ask")
        entities = [
            {"entity": m.entity, "value": m.value, "start": m.start, "end": m.end} for m in lexicon().find(text)
        ]
        return {"text": text, "intent": {"name": act, "confidence": 0.95}, "entities": entities}

    async def is_ready(self) -> bool:
        return not self.is_down

    def forget(self, person: str) -> int:
        self.forgotten.append(person)
        return 0

    async def close(self) -> None:
        """Nothing is open."""
