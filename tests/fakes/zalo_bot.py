"""Zalo's Bot Platform on loopback: text and pictures only, one update a poll, or a webhook with a shared secret."""

from __future__ import annotations

import json
import secrets
import time
from typing import Any

from tests.fakes.server import Answer, Event, Fake, Refusal, Request, Sent

TOKEN = "12345:bot-token"
WEBHOOK_SECRET = "webhook-secret"
LONGEST_TEXT = 2000
RETRIES = (30.0, 300.0, 900.0, 1800.0, 3600.0)  # seconds; not known, so those of the Official Account
DEADLINE = 2.0  # likewise
_CDN = "https://f1.photo.example/"
_CONTENTS = {
    "image": {"photo": _CDN + "photo.jpg"},
    "sticker": {"sticker": "46051", "url": _CDN + "sticker.png"},
    "voice": {"voice_url": _CDN + "voice.aac"},
    "unsupported": {},
}


def error(code: int, description: str = "") -> Answer:
    """How the API says no, also for `fail_next`."""
    return Answer(code, {"ok": False, "error_code": code, "description": description or f"Error {code}"})


class FakeZaloBot(Fake):
    """`errors_in_200`: errors are told in the body only, as some have measured, and not in the HTTP status too."""

    def __init__(
        self, *, token: str = TOKEN, secret_token: str = WEBHOOK_SECRET, most_users: int = 50,
        errors_in_200: bool = False, time_scale: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__(deadline=DEADLINE, time_scale=time_scale, in_order=False)
        self.token = token
        self.secret_token = secret_token  # until setWebhook gives one
        self.most_users = most_users
        self.actions: list[tuple[str, str]] = []  # chat and action
        self._errors_in_200 = errors_in_200
        self._time_scale = time_scale
        self._chats: set[str] = set()
        self._methods = {
            "getMe": self._me,
            "getUpdates": self._updates,
            "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook,
            "getWebhookInfo": self._webhook_info,
            "sendMessage": self._send_message,
            "sendPhoto": self._send_photo,
            "sendChatAction": self._send_action,
        }

    # What a user does

    def say(self, user_id: str, text: str) -> str:
        return self._write(user_id, "text", {"text": text})

    def send(self, user_id: str, kind: str, **content: str) -> str:
        """`kind`: image, sticker, voice or unsupported."""
        return self._write(user_id, kind, _CONTENTS[kind] | content)

    def _write(self, user_id: str, kind: str, content: dict[str, str]) -> str:
        """What the user past the last place writes is lost."""
        message_id = secrets.token_hex(10)
        message = {
            "from": {"id": user_id, "display_name": f"Người dùng {user_id}", "is_bot": False},
            "chat": {"id": user_id, "chat_type": "PRIVATE"},
            **content,
            "message_id": message_id,
            "date": int(time.time() * 1000),
        }
        body = {"ok": True, "result": {"event_name": f"message.{kind}.received", "message": message}}
        with self.changed:
            if user_id not in self._chats and len(self._chats) >= self.most_users:
                self.undelivered.append(Event(message_id, json.dumps(body, ensure_ascii=False).encode()))
            else:
                self._chats.add(user_id)
                self.happen(message_id, body)
        return message_id

    # The platform

    def headers(self, event: Event) -> dict[str, str]:
        return {"X-Bot-Api-Secret-Token": self.secret_token}

    def next_try(self, tries: int) -> float | None:
        return RETRIES[tries - 1] if tries <= len(RETRIES) else None

    def answer(self, request: Request) -> Answer:
        try:
            return Answer(200, {"ok": True} | self._call(request))
        except Refusal as refusal:
            if not self._errors_in_200:
                raise
            raise Refusal(Answer(200, refusal.answer.body), refusal.reason) from None

    def _call(self, request: Request) -> dict[str, Any]:
        token, _, name = request.path.removeprefix("/bot").partition("/")
        if not request.path.startswith("/bot") or token != self.token:
            raise _refusal(401, "Unauthorized")
        if name not in self._methods:
            raise _refusal(404, "Not Found")
        try:
            fields = request.fields()
        except ValueError as problem:
            raise _refusal(400, f"Bad Request: {problem}") from None
        result = self._methods[name](fields)
        return {} if result is None else {"result": result}

    def _me(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"id": "12345", "account_name": "bot.motcua", "account_type": "BASIC", "can_join_groups": False}

    def _updates(self, fields: dict[str, Any]) -> dict[str, Any]:
        """The oldest update; whoever took it has it, and nobody gets it again."""
        if self.pusher.target:
            raise _refusal(400, "You cannot use this API while a webhook is set. Please remove the webhook first")
        seconds = float(fields.get("timeout", 30)) * self._time_scale
        self.changed.wait_for(lambda: self.pusher.waiting or self.is_stopped, seconds)
        if not self.pusher.waiting:
            raise _refusal(408, "Request timeout")
        update: dict[str, Any] = json.loads(self.pusher.waiting.pop(0).body)["result"]
        return update

    def _set_webhook(self, fields: dict[str, Any]) -> dict[str, Any]:
        url, secret = str(fields.get("url", "")), str(fields.get("secret_token", ""))
        if not url.startswith(("https://", "http://")):  # https only, but for tests
            raise _refusal(400, "Bad Request: url")
        if not 8 <= len(secret) <= 256:
            raise _refusal(400, "Bad Request: secret_token must have 8 to 256 characters")
        self.secret_token = secret
        self.deliver_to(url)
        return self._webhook_info(fields)

    def _delete_webhook(self, fields: dict[str, Any]) -> dict[str, Any]:
        self.deliver_to(None)
        return self._webhook_info(fields)

    def _webhook_info(self, fields: dict[str, Any]) -> dict[str, Any]:
        return {"url": self.pusher.target or "", "updated_at": int(time.time() * 1000)}

    def _send_message(self, fields: dict[str, Any]) -> dict[str, Any]:
        return self._accepted(fields, _text(fields, "text"))

    def _send_photo(self, fields: dict[str, Any]) -> dict[str, Any]:
        if not str(fields.get("photo", "")).startswith(("http://", "https://")):
            raise _refusal(400, "The photo must start with http:// or https://")
        return self._accepted(fields, _text(fields, "caption") if "caption" in fields else "")

    def _send_action(self, fields: dict[str, Any]) -> None:
        if fields.get("action") != "typing":
            raise _refusal(400, "Bad Request: action")
        self.actions.append((self._chat(fields), "typing"))

    def _accepted(self, fields: dict[str, Any], text: str) -> dict[str, Any]:
        self.fail_if_told()
        message = Sent(self._chat(fields), text, (), (), time.monotonic(), fields, secrets.token_hex(10))
        self.accept(message)
        return {"message_id": message.id, "date": int(time.time() * 1000)}

    def _chat(self, fields: dict[str, Any]) -> str:
        chat = fields.get("chat_id")
        if not isinstance(chat, str) or chat not in self._chats:
            raise _refusal(400, "Bad Request: chat not found")
        if chat in self.blocked:
            raise _refusal(403, "Forbidden: the user has blocked the bot")
        return chat


def _refusal(code: int, description: str) -> Refusal:
    return Refusal(error(code, description), f"{code}: {description}")


def _text(fields: dict[str, Any], name: str) -> str:
    text = fields.get(name)
    if not isinstance(text, str) or not 1 <= len(text) <= LONGEST_TEXT:
        raise _refusal(400, f"Bad Request: {name} must have 1 to {LONGEST_TEXT} characters")
    return text
