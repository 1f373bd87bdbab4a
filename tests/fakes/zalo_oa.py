"""Zalo's Official Account API on loopback: OAuth, consultation messages and their limits, uploads, signed events.

Errors are HTTP 200 with `error` below zero. `advance` moves the clock of tokens, windows and the rate limit; the
timestamps of events stay true.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
import json
import secrets
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.server import Answer, Bucket, Button, Event, Fake, Refusal, Request, Sent, Upload

TOKENS = "/v4/oa/access_token"
MESSAGES = "/v3.0/oa/message/cs"
QUOTA = "/v3.0/oa/quota/message"
IMAGES = "/v2.0/oa/upload/image"
FILES = "/v2.0/oa/upload/file"

APP_SECRET = "app-secret"
OA_SECRET = "oa-secret"
RETRIES = (30.0, 300.0, 900.0, 1800.0, 3600.0)  # seconds
DEADLINE = 2.0
ACCESS_LIFETIME = 90_000  # seconds
REFRESH_LIFETIME = 90 * 24 * 3600
FREE_WINDOW = 48 * 3600
PAID_WINDOW = 7 * 24 * 3600
LONGEST_TEXT = 2000
MOST_BUTTONS = 5
_IMAGE_BYTES = 1024 * 1024
_FILE_BYTES = 5 * 1024 * 1024
_SWAPPED_WITHIN = 0.2  # seconds in which two events are neighbours

_MEANINGS = {
    -32: "Application request limit reached",
    -201: "Params is invalid",
    -211: "Out of quota",
    -213: "User has not followed OA",
    -216: "Access token is invalid",
    -217: "User has blocked OA",
    -220: "Access token is expired",
    -230: "User has not interacted with the OA in the past 7 days",
}
BAD_REFRESH_TOKEN = -14014
BAD_GRANT = -14003  # invented: only -14014 is known

_CDN = "https://f1.photo.example/"
_ATTACHMENTS: dict[str, dict[str, Any]] = {
    "image": {"thumbnail": _CDN + "small.jpg", "url": _CDN + "photo.jpg"},
    "gif": {"thumbnail": _CDN + "small.gif", "url": _CDN + "photo.gif"},
    "link": {"thumbnail": _CDN + "small.jpg", "description": "Trang chủ", "url": "https://dichvu.example/"},
    "audio": {"url": _CDN + "voice.amr"},
    "video": {"thumbnail": _CDN + "small.jpg", "description": "", "url": _CDN + "film.mp4"},
    "sticker": {"id": "46051", "url": _CDN + "sticker.png"},
    "location": {"coordinates": {"latitude": "21.0285", "longitude": "105.8542"}},
    "business_card": {
        "thumbnail": _CDN + "small.jpg",
        "description": '{"phone":"0900000000","qrCodeUrl":"' + _CDN + 'qr.jpg"}',
        "url": _CDN + "card",
    },
    "file": {"size": "12345", "name": "don.pdf", "checksum": "0" * 32, "type": "pdf", "url": _CDN + "don.pdf"},
}


@dataclass(frozen=True)
class Tokens:
    access: str
    refresh: str

    @classmethod
    def new(cls) -> Tokens:
        return cls(f"access-{secrets.token_hex(12)}", f"refresh-{secrets.token_hex(12)}")


@dataclass
class _User:
    interacted_at: float
    follows: bool = False
    replies: int = 0  # since then


@dataclass
class _Uploads:
    images: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


def error(code: int, message: str = "") -> Answer:
    """How the API says no, also for `fail_next`."""
    return Answer(200, {"error": code, "message": message or _MEANINGS.get(code, "Unknown error")})


class FakeZaloOA(Fake):
    """`secret_key` belongs to the app and its tokens, `oa_secret_key` signs events. Tokens at the start: `tokens`."""

    def __init__(
        self, *, app_id: str = "3601234567890", oa_id: str = "4567890123456", secret_key: str = APP_SECRET,
        oa_secret_key: str = OA_SECRET, access_lifetime: int = ACCESS_LIFETIME, refresh_delay: float = 0.0,
        free_replies: int = 8, paid_quota: int = 0, echoes: bool = False, out_of_order: bool = False,
        rate_limits: bool = True, per_minute: int = 4000, time_scale: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__(deadline=DEADLINE, time_scale=time_scale, in_order=False)
        self.app_id = app_id
        self.oa_id = oa_id
        self.secret_key = secret_key
        self.oa_secret_key = oa_secret_key
        self.free_replies = free_replies
        self.paid_quota = paid_quota  # messages left
        self.unsubscribed = False
        self.refreshes = 0
        self.tokens = Tokens.new()
        self._access_lifetime = access_lifetime
        self._refresh_delay = refresh_delay
        self._echoes = echoes
        self._out_of_order = out_of_order
        self._rate_limits = rate_limits
        self._bucket = Bucket(per_minute / 60, per_minute)
        self._per_minute = per_minute
        self._ahead = 0.0  # seconds that the clock was moved
        self._issued_at = self._now()
        self._access_ends = self._issued_at + access_lifetime
        self._codes: dict[str, str | None] = {}  # to the challenge
        self._users: dict[str, _User] = {}
        self._uploads = _Uploads()
        self._count = itertools.count()
        self._routes = {
            MESSAGES: self._message,
            QUOTA: self._quota,
            IMAGES: self._image,
            FILES: self._file,
        }

    # What a user does

    def say(self, user_id: str, text: str) -> str:
        return self._from_user(user_id, "user_send_text", {"text": text})

    def press(self, user_id: str, button: str | Button) -> str:
        """A query button that the user has been sent, by itself, its title or its payload; it comes back as text."""
        for message in reversed(self.sent(user_id)):
            for found in message.buttons:
                if button in (found, found.title, found.value):
                    return self.say(user_id, found.value)
        raise AssertionError(f"{user_id} has no button {button!r}")

    def send(self, user_id: str, kind: str, *, text: str = "", **payload: Any) -> str:
        """`kind`: image, gif, link, audio, video, sticker, location, business_card or file."""
        attachment = {"type": "link" if kind == "business_card" else kind, "payload": _ATTACHMENTS[kind] | payload}
        message: dict[str, Any] = {"text": text} if text else {}
        return self._from_user(user_id, f"user_send_{kind}", message | {"attachments": [attachment]})

    def location(self, user_id: str, latitude: float, longitude: float) -> str:
        return self.send(user_id, "location", coordinates={"latitude": str(latitude), "longitude": str(longitude)})

    def say_anonymously(self, visitor: str, text: str, conversation: str = "conversation-1") -> str:
        """A visitor of the widget on a web page, without a Zalo account. Nothing can be sent to them as a user."""
        message = {"text": text, "msg_id": _new_id(), "conversation_id": conversation}
        people = {"sender": {"id": visitor}, "recipient": {"id": self.oa_id}}
        return self.event("anonymous_send_text", **people, message=message)

    def follow(self, user_id: str) -> str:
        with self.changed:
            self._users[user_id] = _User(self._now(), follows=True)
        return self._about(user_id, "follow", follower={"id": user_id}, source="oa_profile")

    def unfollow(self, user_id: str) -> str:
        with self.changed:
            self._users.pop(user_id, None)
        return self._about(user_id, "unfollow", follower={"id": user_id}, source="oa_profile")

    def submit_info(self, user_id: str, name: str, phone: str, address: str | Mapping[str, str]) -> str:
        """The answer to `request_user_info`. An address in one string is in the older, flat form."""
        where = {"address": address} if isinstance(address, str) else {"full_address": dict(address)}
        self._interacted(user_id)
        people = {"sender": {"id": user_id}, "recipient": {"id": self.oa_id}}
        return self._about(user_id, "user_submit_info", **people, info={"name": name, "phone": phone} | where)

    def withdraw(self, user_id: str) -> str:
        """Asks for the deletion of their data. Names the user at the top level only."""
        return self._about(user_id, "user_withdraw", user_id=user_id, oa_id=self.oa_id)

    def see(self, user_id: str) -> str:
        """Reads all messages. The event's sender is the OA."""
        seen = [m.id for m in self.sent(user_id)]
        people = {"sender": {"id": self.oa_id}, "recipient": {"id": user_id}}
        return self._about(user_id, "user_seen_message", **people, message={"msg_ids": seen})

    def admin_reply(self, user_id: str, text: str, admin_id: str = "admin-1") -> str:
        """A person answers from the OA's own inbox."""
        return self._from_oa(user_id, {"text": text, "msg_id": _new_id()}, {"id": self.oa_id, "admin_id": admin_id})

    def event(self, name: str, /, **fields: Any) -> str:
        """Pushes any event, signed, and returns the id that `repeat` takes: its `msg_id` where it has one."""
        message = fields.get("message", {})
        event_id = str(message["msg_id"]) if "msg_id" in message else _new_id()
        body = {"app_id": self.app_id, **fields, "event_name": name, "timestamp": str(int(time.time() * 1000))}
        is_held = self._out_of_order and next(self._count) % 2 == 0
        self.happen(event_id, body, after=_SWAPPED_WITHIN if is_held else 0.0)
        return event_id

    # What the test does to the platform

    def advance(self, hours: float) -> None:
        with self.changed:
            self._ahead += hours * 3600

    def expire_access(self) -> None:
        with self.changed:
            self._access_ends = self._now()

    def consent(self, code_challenge: str | None = None) -> str:
        """The OA's administrator allows the app: a code for the authorization_code grant, good once."""
        code = f"code-{secrets.token_hex(8)}"
        with self.changed:
            self._codes[code] = code_challenge
        return code

    def deliver_to(self, webhook_url: str | None) -> None:
        """After an unsubscription: subscribes again; what happened meanwhile is lost."""
        with self.changed:
            if self.unsubscribed:
                self.undelivered.extend(self.pusher.waiting)
                self.pusher.waiting.clear()
                self.unsubscribed = False
                self.pusher.parallel = 1
            super().deliver_to(webhook_url)

    def probe(self) -> int:
        """What the console posts when the webhook's address is saved; the status of the answer."""
        return self.pusher.post(b"{}", {})[1]

    def forge(self, body: bytes | dict[str, Any], mac: str | None = None) -> int:
        """Posts a body that is not Zalo's, with this mac or without a signature; the status of the answer."""
        raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        return self.pusher.post(raw, {"X-ZEvent-Signature": f"mac={mac}"} if mac is not None else {})[1]

    def mac(self, body: bytes) -> str:
        """sha256 of appId + body + timestamp + oaSecretKey; no HMAC."""
        timestamp = json.loads(body).get("timestamp", "")
        return hashlib.sha256(self.app_id.encode() + body + f"{timestamp}{self.oa_secret_key}".encode()).hexdigest()

    # The platform

    def headers(self, event: Event) -> dict[str, str]:
        retried = {"num_retry": str(event.tries)} if event.tries else {}
        return {"X-ZEvent-Signature": f"mac={self.mac(event.body)}"} | retried

    def next_try(self, tries: int) -> float | None:
        if tries <= len(RETRIES):
            return RETRIES[tries - 1]
        self.unsubscribed = True
        self.pusher.parallel = 0
        return None

    def answer(self, request: Request) -> Answer:
        if request.path == TOKENS and request.verb == "POST":
            return self._grant(request)
        try:
            return replace(self._call(request), headers=self._limits())
        except Refusal as refusal:
            raise Refusal(replace(refusal.answer, headers=self._limits()), refusal.reason) from None

    def _call(self, request: Request) -> Answer:
        handle = self._routes.get(request.path)
        if handle is None or request.verb != "POST":
            raise Refusal(error(404, "empty api"), f"there is no {request.verb} {request.path}")
        access = request.headers.get("access_token", "")
        if access != self.tokens.access:
            raise _refusal(-216, "not the access token of now")
        if self._now() >= self._access_ends:
            raise _refusal(-220, "the access token has expired")
        if self._rate_limits and self._bucket.wait(self._now()) > 0:
            raise _refusal(-32, "too many requests")
        self._bucket.take(self._now())
        try:
            fields = request.fields()
        except ValueError as problem:
            raise _refusal(-201, str(problem)) from None
        return Answer(200, {"error": 0, "message": "Success", "data": handle(fields)})

    def _limits(self) -> dict[str, str]:
        left = max(0, self._bucket.remaining(self._now()))
        return {"X-RateLimit-Limit": str(self._per_minute), "X-RateLimit-Remain": str(left)}

    def _grant(self, request: Request) -> Answer:
        kind = request.headers.get("content-type", "")
        if not kind.startswith("application/x-www-form-urlencoded"):
            raise _no_grant(BAD_GRANT, "the body is not a form")
        fields = request.fields()
        if request.headers.get("secret_key") != self.secret_key or fields.get("app_id") != self.app_id:
            raise _no_grant(BAD_GRANT, "wrong secret_key or app_id")
        match fields.get("grant_type"):
            case "refresh_token":
                is_current = fields.get("refresh_token") == self.tokens.refresh
                if not is_current or self._now() >= self._issued_at + REFRESH_LIFETIME:
                    raise _no_grant(BAD_REFRESH_TOKEN, "Invalid refresh token.")
                self.refreshes += 1
            case "authorization_code":
                self._redeem(str(fields.get("code")), str(fields.get("code_verifier", "")))
            case other:
                raise _no_grant(BAD_GRANT, f"grant_type {other!r}")
        self.tokens = Tokens.new()
        self._issued_at = self._now()
        self._access_ends = self._issued_at + self._access_lifetime
        pair = {"access_token": self.tokens.access, "refresh_token": self.tokens.refresh}
        self.changed.notify_all()
        self.changed.wait_for(lambda: self.is_stopped, self._refresh_delay)
        return Answer(200, pair | {"expires_in": str(self._access_lifetime)})

    def _redeem(self, code: str, verifier: str) -> None:
        if code not in self._codes:
            raise _no_grant(BAD_GRANT, "Invalid authorization code.")
        challenge = self._codes.pop(code)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if challenge is not None and digest != challenge:
            raise _no_grant(BAD_GRANT, "Invalid code verifier.")

    def _message(self, fields: dict[str, Any]) -> dict[str, Any]:
        self.fail_if_told()
        try:
            user_id = _text_of(fields.get("recipient"), "user_id")
            text, buttons, links = _read_message(fields.get("message"), self._uploads)
        except ValueError as problem:
            raise _refusal(-201, str(problem)) from None
        quota = self._spend(user_id)
        message = Sent(user_id, text, buttons, links, time.monotonic(), fields, _new_id())
        if self._echoes:
            self._from_oa(user_id, {"text": text, "msg_id": message.id}, {"id": self.oa_id})
        self.accept(message)
        sent_time = str(int(time.time() * 1000))
        return {"message_id": message.id, "user_id": user_id, "sent_time": sent_time} | quota

    def _spend(self, user_id: str) -> dict[str, Any]:
        """Pays for one message and says from what. Raises `Refusal`."""
        if user_id in self.blocked:
            raise _refusal(-217, "blocked")
        user = self._users.get(user_id)
        if user is None:
            raise _refusal(-213, "neither follows nor has written")
        silence = self._now() - user.interacted_at
        if silence > PAID_WINDOW:
            raise _refusal(-230, "silent for more than 7 days")
        if self._free(user):
            user.replies += 1
            remain = self.free_replies - user.replies
            return {"quota": {"quota_type": "reply", "remain": remain, "total": self.free_replies}}
        if self.paid_quota <= 0:
            raise _refusal(-211, "no free replies and no quota left")
        self.paid_quota -= 1
        return {}

    def _free(self, user: _User) -> int:
        is_open = self._now() - user.interacted_at <= FREE_WINDOW
        return max(0, self.free_replies - user.replies) if is_open else 0

    def _quota(self, fields: dict[str, Any]) -> dict[str, Any]:
        user = self._users.get(str(fields.get("user_id")))
        if user is None:
            raise _refusal(-213, "neither follows nor has written")
        return {
            "last_interaction": str(int(user.interacted_at * 1000)),
            "cs_reply": {"remain": self._free(user), "total": self.free_replies},
        }

    def _image(self, fields: dict[str, Any]) -> dict[str, Any]:
        is_known = _upload(fields, _IMAGE_BYTES).content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))
        if not is_known:
            raise _refusal(-201, "neither jpg nor png")
        image = f"image-{_new_id()}"
        self._uploads.images.add(image)
        return {"attachment_id": image}

    def _file(self, fields: dict[str, Any]) -> dict[str, Any]:
        if not _upload(fields, _FILE_BYTES).name.lower().endswith((".pdf", ".doc", ".docx")):
            raise _refusal(-201, "neither PDF nor DOC nor DOCX")
        token = f"file-{_new_id()}"
        self._uploads.files.add(token)
        return {"token": token}

    def _from_user(self, user_id: str, name: str, message: dict[str, Any]) -> str:
        self._interacted(user_id)
        people = {"sender": {"id": user_id}, "recipient": {"id": self.oa_id}}
        return self._about(user_id, name, **people, message=message | {"msg_id": _new_id()})

    def _from_oa(self, user_id: str, message: dict[str, Any], sender: dict[str, str]) -> str:
        return self._about(user_id, "oa_send_text", sender=sender, recipient={"id": user_id}, message=message)

    def _about(self, user_id: str, name: str, /, **fields: Any) -> str:
        return self.event(name, user_id_by_app=f"app-{user_id}", **fields)

    def _interacted(self, user_id: str) -> None:
        with self.changed:
            before = self._users.get(user_id)
            self._users[user_id] = _User(self._now(), follows=bool(before and before.follows))

    def _now(self) -> float:
        return time.time() + self._ahead


def _new_id() -> str:
    return secrets.token_hex(10)


def _refusal(code: int, reason: str) -> Refusal:
    return Refusal(error(code), f"{code}: {reason}")


def _no_grant(code: int, reason: str) -> Refusal:
    body = {"error": code, "error_name": reason, "error_description": reason, "error_reason": ""}
    return Refusal(Answer(200, body), f"{code}: {reason}")


def _upload(fields: dict[str, Any], most_bytes: int) -> Upload:
    upload = fields.get("file")
    if not isinstance(upload, Upload):
        raise _refusal(-201, "no file in the form field 'file'")
    if len(upload.content) > most_bytes:
        raise _refusal(-201, f"{len(upload.content)} bytes are too many")
    return upload


# What a message may be; ValueError says what it may not


def _read_message(message: Any, uploads: _Uploads) -> tuple[str, tuple[Button, ...], tuple[Button, ...]]:
    """Its text, query buttons and links."""
    if not isinstance(message, dict):
        raise ValueError("no message")
    text = _text_of(message, "text", LONGEST_TEXT) if "text" in message else ""
    attachment = message.get("attachment")
    if attachment is None:
        if not text:
            raise ValueError("neither text nor attachment")
        return text, (), ()
    payload = attachment.get("payload") if isinstance(attachment, dict) else None
    if not isinstance(payload, dict):
        raise ValueError("an attachment without payload")
    if attachment.get("type") == "file":
        if payload.get("token") not in uploads.files:
            raise ValueError("no such file token")
        return text, (), ()
    if attachment.get("type") != "template":
        raise ValueError(f"attachment type {attachment.get('type')!r}")
    _check_template(payload, text, uploads)
    read = [_read_button(b) for b in _list_of(payload, "buttons", MOST_BUTTONS)] if "buttons" in payload else []
    links = tuple(button for button, is_link in read if is_link)
    return text, tuple(button for button, is_link in read if not is_link), links


def _check_template(payload: dict[str, Any], text: str, uploads: _Uploads) -> None:
    match payload.get("template_type"):
        case None:
            if not text or "buttons" not in payload:
                raise ValueError("buttons need a text, and a template without type needs buttons")
        case "media":
            (element,) = _list_of(payload, "elements", 1)
            if element.get("media_type") != "image" or ("url" in element) == ("attachment_id" in element):
                raise ValueError("a medium that is no image, or not exactly one of url and attachment_id")
            if "url" in element:
                _check_url(element["url"])
            elif element["attachment_id"] not in uploads.images:
                raise ValueError("no such attachment_id")
        case "request_user_info":
            (element,) = _list_of(payload, "elements", 1)
            _text_of(element, "title", 100)
            _text_of(element, "subtitle", 500)
            _check_url(element.get("image_url"))
        case other:
            raise ValueError(f"template_type {other!r}")


def _read_button(button: dict[str, Any]) -> tuple[Button, bool]:
    """The button, and whether it opens something instead of coming back."""
    title, payload = _text_of(button, "title", 100), button.get("payload")
    match button.get("type"):
        case "oa.open.url":
            url = _text_of(payload, "url")
            _check_url(url)
            return Button(title, url), True
        case "oa.open.phone":
            phone = _text_of(payload, "phone_code")
            if not phone.isdecimal():
                raise ValueError(f"phone_code {phone!r}")
            return Button(title, f"tel:{phone}"), True
        case "oa.query.show" | "oa.query.hide":
            return Button(title, _text_of(button, "payload", 1000)), False
        case other:
            raise ValueError(f"button type {other!r}")


def _list_of(fields: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    found = fields.get(name)
    if not isinstance(found, list) or not 1 <= len(found) <= most or not all(isinstance(f, dict) for f in found):
        raise ValueError(f"{name} are not 1 to {most} objects")
    return found


def _text_of(fields: Any, name: str, longest: int | None = None) -> str:
    text = fields.get(name) if isinstance(fields, dict) else None
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"{name} is missing, empty or no string")
    if longest and len(text) > longest:
        raise ValueError(f"{name} has {len(text)} characters, more than {longest}")
    if not unicodedata.is_normalized("NFC", text):
        raise ValueError(f"{name} is not NFC")
    return text


def _check_url(url: Any) -> None:
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError(f"{url!r} is no web address")
