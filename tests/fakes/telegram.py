"""The Telegram Bot API on loopback: one bot, its limits and error texts, polling and webhook.

User and chat ids are given as numbers or strings; message ids and the users of what was sent are strings.
"""

from __future__ import annotations

import html
import json
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.server import Answer, Bucket, Button, Event, Fake, Refusal, Request, Sent, Upload

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
TOKEN = "7100000001:AAFakeTokenOfTheFakeTelegram_0123456"
Id = int | str
Json = dict[str, Any]

_LONGEST_TEXT = 4096
_LONGEST_CAPTION = 1024
_LONGEST_DATA = 64  # bytes
_LONGEST_NOTICE = 200
_MOST_COMMANDS = 100
_SLOWEST_RETRY = 60.0
_JSON_FIELDS = frozenset({
    "reply_markup", "allowed_updates", "commands", "link_preview_options", "reply_parameters", "scope", "entities",
    "caption_entities",
})  # fmt: skip
_UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # sent only to who names them
_ACTIONS = frozenset({
    "typing", "upload_photo", "record_video", "upload_video", "record_voice", "upload_voice", "upload_document",
    "choose_sticker", "find_location", "record_video_note", "upload_video_note",
})  # fmt: skip
_TAGS = frozenset({
    "b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler", "a", "tg-emoji", "code", "pre",
    "blockquote",
})  # fmt: skip
_BUTTON_KINDS = frozenset({
    "callback_data", "url", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
})  # fmt: skip
_PATH = re.compile(r"^/bot(?P<token>[^/]+)/(?P<method>[A-Za-z]+)$")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_CHARACTER = re.compile(r"&(lt|gt|amp|quot|#[0-9]+|#x[0-9a-fA-F]+);")
_TAG = re.compile(r"""<(/?)([^\s<>/]*)((?:\s+[\w-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'>]+))?)*)\s*>""")
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""")
_MARKED = re.compile(r"(?<!\S)/[a-z0-9_]{1,32}(?:@\w+)?|(?<!\w)@\w{3,32}", re.IGNORECASE)


@dataclass(frozen=True)
class Call:
    """A request that named the right token, accepted or not."""

    method: str
    fields: Json
    at: float


def error(status: int, description: str, *, retry_after: int | None = None) -> Answer:
    """An answer as the Bot API refuses, for `fail_next` too."""
    body: Json = {"ok": False, "error_code": status, "description": description}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return Answer(status, body)


BAD_GATEWAY = error(502, "Bad Gateway")


def too_many(retry_after: int) -> Answer:
    return error(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


class FakeTelegram(Fake):
    """One bot. `url` is the server's address: python-telegram-bot takes `url + "/bot"` for its base URL.

    `setWebhook` says where updates go. Telegram does not tell how it spaces retries: here 1, 2, 4 … 60 s, times
    `time_scale`, without end. `webhook_timeout`: seconds a webhook has to answer in, not scaled.
    """

    def __init__(
        self, *, token: str = TOKEN, username: str = "mot_cua_test_bot", time_scale: float = 1.0,
        rate_limits: bool = True, webhook_timeout: float = 60.0,
    ) -> None:  # fmt: skip
        super().__init__(deadline=webhook_timeout, time_scale=time_scale)
        self.token = token
        self.bot: Json = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Một Cửa"}
        self.bot["username"] = username
        self.rate_limits = rate_limits
        self.secret: str | None = None  # of the webhook
        self.edited: list[Sent] = []  # messages as they are after each edit, in order
        self.answered: list[str] = []  # ids of the button presses that were answered
        self._calls: list[Call] = []
        self._allowed: list[str] = []
        self._ids = count(1)
        self._update_ids = count(770_000_001)
        self._poll = 0  # the latest getUpdates; those before it end in 409
        self._chats: dict[str, Json] = {}
        self._messages: dict[tuple[str, str], Json] = {}  # as they are now, by chat and message
        self._shown: list[Json] = []  # the bot's messages, and again at each edit
        self._open_queries: set[str] = set()
        self._overall = Bucket(rate=30, burst=30)
        self._buckets: dict[str, Bucket] = {}
        self._closed_until: dict[str, float] = {}
        self._methods: dict[str, Callable[[_Fields], Any]] = {
            "getMe": self._get_me, "getUpdates": self._get_updates, "setWebhook": self._set_webhook,
            "deleteWebhook": self._delete_webhook, "getWebhookInfo": self._get_webhook_info,
            "setMyCommands": self._set_my_commands, "sendMessage": self._send_message, "sendPhoto": self._send_photo,
            "editMessageText": self._edit_text, "editMessageReplyMarkup": self._edit_markup,
            "answerCallbackQuery": self._answer_query, "sendChatAction": self._send_action, "getFile": self._get_file,
        }  # fmt: skip

    # The platform's rules for any fake

    def headers(self, event: Event) -> dict[str, str]:
        return {SECRET_HEADER: self.secret} if self.secret else {}

    def next_try(self, tries: int) -> float:
        return min(2.0 ** min(tries - 1, 10), _SLOWEST_RETRY)

    def acknowledges(self, status: int) -> bool:
        return 200 <= status < 300

    def answer(self, request: Request) -> Answer:
        path = _PATH.match(request.path)
        if path is None:
            raise _refusal(404, "Not Found")
        if path["token"] != self.token:
            raise _refusal(401, "Unauthorized")
        fields = _Fields.read(request)
        self._calls.append(Call(path["method"], fields.values, time.monotonic()))
        self.changed.notify_all()
        method = self._methods.get(path["method"])
        if method is None:
            raise _refusal(404, "Not Found")
        return Answer(200, {"ok": True, "result": method(fields)})

    def calls(self, method: str | None = None) -> list[Call]:
        with self.changed:
            return [c for c in self._calls if method is None or c.method == method]

    # What users do

    def say(self, user_id: Id, text: str) -> str:
        return self._private(user_id, {"text": text})

    def start(self, user_id: Id, payload: str = "") -> str:
        """Opens the bot, by a link with a payload if there is one."""
        return self.say(user_id, f"/start {payload}".rstrip())

    def edit(self, message_id: str, text: str) -> str:
        """The user changes a message of theirs. The answer is what `repeat` takes for the edit."""
        with self.changed:
            key = next(k for k in self._messages if k[1] == message_id)
            message = self._messages[key] | {"text": text, "edit_date": _now()} | _entities(text)
            self._messages[key] = message
            edit_id = f"edit {next(self._ids)} of {message_id}"
            self._update(edit_id, "edited_message", message)
            return edit_id

    def press(self, user_id: Id, button: Button | str, *, chat_id: Id | None = None) -> str:
        """Presses a button that the chat was ever shown, the latest such: given whole, or by its value or title.

        The answer is the id of the callback query; of the message, for a button of a reply keyboard.
        """
        chat = str(user_id if chat_id is None else chat_id)
        with self.changed:
            for message in reversed(self._shown):
                if str(message["chat"]["id"]) != chat:
                    continue
                found = next((b for b in _buttons(message) if button in (b, b.value, b.title)), None)
                if found and found.value:
                    return self._query(user_id, message, found.value)
                if found:
                    return self.say(user_id, found.title)
        raise AssertionError(f"no button {button} was ever shown in chat {chat}")

    def location(self, user_id: Id, latitude: float, longitude: float) -> str:
        return self._private(user_id, {"location": {"latitude": latitude, "longitude": longitude}})

    def photo(self, user_id: Id, caption: str = "") -> str:
        sizes = [_file("photo", width=90 * n, height=67 * n) for n in (1, 8)]
        return self._private(user_id, {"photo": sizes} | ({"caption": caption} if caption else {}))

    def voice(self, user_id: Id) -> str:
        return self._private(user_id, {"voice": _file("voice", duration=3, mime_type="audio/ogg")})

    def sticker(self, user_id: Id) -> str:
        details = {"type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False}
        return self._private(user_id, {"sticker": _file("sticker", emoji="👍", **details)})

    def document(self, user_id: Id, name: str = "don.pdf") -> str:
        return self._private(user_id, {"document": _file("document", file_name=name, mime_type="application/pdf")})

    def video(self, user_id: Id) -> str:
        return self._private(user_id, {"video": _file("video", width=640, height=480, duration=5)})

    def contact(self, user_id: Id, phone: str = "+84900000000") -> str:
        return self._private(user_id, {"contact": {"phone_number": phone, "first_name": "An", "user_id": int(user_id)}})

    def group_say(
        self, group_id: Id, user_id: Id, text: str, mentions_bot: bool = False, is_reply_to_bot: bool = False
    ) -> str:
        """Group ids are negative. The mention comes first, unless the text has it somewhere.

        The bot hears everything in a group, as one that is its administrator does.
        """
        mention = f"@{self.bot['username']}"
        if mentions_bot and mention not in text:
            text = f"{mention} {text}"
        chat = {"id": int(group_id), "type": "supergroup", "title": "Tổ dân phố"}
        with self.changed:
            content: Json = {"text": text}
            if is_reply_to_bot:
                of_bot = [m for m in self._shown if m["chat"]["id"] == int(group_id)]
                replied = of_bot[-1] if of_bot else self._new_message(chat, self.bot, {"text": "…"})
                content["reply_to_message"] = _as_answered(replied)
            return self._heard(chat, user_id, content)

    def block(self, user_id: Id) -> None:
        """Of a group: the bot is removed from it."""
        with self.changed:
            super().block(user_id)
            self._membership(user_id, "member", "kicked")

    def unblock(self, user_id: Id) -> None:
        with self.changed:
            super().unblock(user_id)
            self._membership(user_id, "kicked", "member")

    def expire_queries(self) -> None:
        """Every button press until now is too old to be answered."""
        with self.changed:
            self._open_queries.clear()

    def _private(self, user_id: Id, content: Json) -> str:
        return self._heard({"id": int(user_id), "type": "private", "first_name": "An"}, user_id, content)

    def _heard(self, chat: Json, user_id: Id, content: Json) -> str:
        with self.changed:
            message = self._new_message(chat, _person(user_id), content)
            message_id = str(message["message_id"])
            self._update(message_id, "message", message)
            return message_id

    def _new_message(self, chat: Json, sender: Json, content: Json) -> Json:
        self._chats[str(chat["id"])] = chat
        message = {"message_id": next(self._ids), "date": _now(), "chat": chat, "from": sender, **content}
        message |= _entities(content.get("text", ""))
        self._messages[str(chat["id"]), str(message["message_id"])] = message
        return message

    def _query(self, user_id: Id, message: Json, data: str) -> str:
        query_id = f"4{next(self._ids):018}"
        self._open_queries.add(query_id)
        query = {"id": query_id, "from": _person(user_id), "message": message, "chat_instance": "1", "data": data}
        self._update(query_id, "callback_query", query)
        return query_id

    def _membership(self, chat_id: Id, old: str, new: str) -> None:
        chat = self._chats.get(str(chat_id)) or {"id": int(chat_id), "type": "private", "first_name": "An"}
        change: Json = {"chat": chat, "from": _person(abs(int(chat_id))), "date": _now()}
        for name, status in (("old_chat_member", old), ("new_chat_member", new)):
            until = {"until_date": 0} if status == "kicked" else {}
            change[name] = {"user": self.bot, "status": status} | until
        self._update(f"membership of {chat_id}", "my_chat_member", change)

    def _update(self, event_id: str, kind: str, content: Json) -> None:
        if kind in self._allowed or (not self._allowed and kind not in _UNASKED):
            self.happen(event_id, {"update_id": next(self._update_ids), kind: content})

    # Updates

    def _get_me(self, fields: _Fields) -> Json:
        group = {"can_join_groups": True, "can_read_all_group_messages": True}
        return self.bot | group | {"supports_inline_queries": False}

    def _get_updates(self, fields: _Fields) -> list[Json]:
        self._poll += 1
        poll = self._poll
        self.changed.notify_all()
        if self.pusher.target:
            how = "use deleteWebhook to delete the webhook first"
            raise _refusal(409, f"Conflict: can't use getUpdates method while webhook is active; {how}")
        self._allow(fields)
        self._confirm(fields.number("offset", 0))
        limit = min(max(fields.number("limit", 100), 1), 100)
        end = time.monotonic() + fields.number("timeout", 0)
        while not self.pusher.waiting and not self.is_stopped and time.monotonic() < end:
            self.changed.wait(end - time.monotonic())
            if self.pusher.target:
                raise _refusal(409, "Conflict: terminated by setWebhook request")
            if self._poll != poll:
                only = "make sure that only one bot instance is running"
                raise _refusal(409, f"Conflict: terminated by other getUpdates request; {only}")
        events = sorted(self.pusher.waiting, key=_update_id)[:limit]
        self.pusher.waiting = [e for e in self.pusher.waiting if not (e.is_repeat and e in events)]
        return [json.loads(e.body) for e in events]

    def _confirm(self, offset: int) -> None:
        """What is below the offset is done. A repeat is handed out once, whatever the offset."""
        waiting = self.pusher.waiting
        if offset < 0:
            waiting = sorted(waiting, key=_update_id)[offset:]
        self.pusher.waiting = [e for e in waiting if e.is_repeat or _update_id(e) >= offset]
        self.changed.notify_all()

    def _set_webhook(self, fields: _Fields) -> bool:
        url, secret = fields.text("url"), fields.text("secret_token")
        if not url:
            return self._delete_webhook(fields)
        if urlsplit(url).scheme not in {"http", "https"}:  # Telegram itself wants https
            raise _bad("bad webhook: An HTTPS URL must be provided for webhook")
        if "secret_token" in fields.values and not _SECRET.fullmatch(secret):
            raise _bad("secret token contains unallowed characters" if secret else "secret token is empty")
        connections = fields.number("max_connections", 1)
        if not 1 <= connections <= 100:
            raise _bad("bad webhook: max_connections must be between 1 and 100")
        self._allow(fields)
        self._drop(fields)
        self.secret = secret or None
        self.pusher.parallel = connections
        self.pusher.in_order = connections == 1
        self.deliver_to(url)
        return True

    def _delete_webhook(self, fields: _Fields) -> bool:
        self._drop(fields)
        self.secret = None
        self.deliver_to(None)
        return True

    def _get_webhook_info(self, fields: _Fields) -> Json:
        info: Json = {"url": self.pusher.target or "", "has_custom_certificate": False}
        info["pending_update_count"] = len(self.pusher.waiting)
        if self.pusher.target:
            info["max_connections"] = self.pusher.parallel
        if self._allowed:
            info["allowed_updates"] = self._allowed
        status = self.acknowledgements[-1][1] if self.acknowledgements else 200
        if self.pusher.target and not self.acknowledges(status):
            info["last_error_date"] = _now()
            info["last_error_message"] = f"Wrong response from the webhook: {status}" if status else "Connection failed"
        return info

    def _allow(self, fields: _Fields) -> None:
        """Which kinds are kept from now on; without the field, as before."""
        if "allowed_updates" in fields.values:
            self._allowed = [str(kind) for kind in fields.list("allowed_updates")]

    def _drop(self, fields: _Fields) -> None:
        if fields.flag("drop_pending_updates"):
            self.pusher.waiting.clear()
            self.changed.notify_all()

    # Messages

    def _send_message(self, fields: _Fields) -> Json:
        text, links = _formatted(fields, "text")
        _check_text(text)
        fields.object("link_preview_options")
        return self._send(fields, {"text": text}, links)

    def _send_photo(self, fields: _Fields) -> Json:
        photo = fields.values.get("photo")
        if isinstance(photo, str) and photo.startswith("attach://"):
            photo = fields.values.get(photo.removeprefix("attach://"))
        if not photo or not isinstance(photo, str | Upload):
            raise _bad("there is no photo in the request")
        caption, links = _formatted(fields, "caption")
        if len(caption) > _LONGEST_CAPTION:
            raise _bad("message caption is too long")
        content: Json = {"photo": [_file("photo", width=720, height=536)]}
        return self._send(fields, content | ({"caption": caption} if caption else {}), links)

    def _send(self, fields: _Fields, content: Json, links: list[Button]) -> Json:
        self.fail_if_told()
        chat = self._chat(fields)
        markup = _checked_markup(fields.object("reply_markup"))
        reply = fields.object("reply_parameters")
        is_known = (str(chat["id"]), str(reply.get("message_id"))) in self._messages
        if reply and not is_known and not reply.get("allow_sending_without_reply"):
            raise _bad("message to be replied not found")
        self._limit(chat)
        message = self._new_message(chat, self.bot, content | ({"reply_markup": markup} if markup else {}))
        self._shown.append(message)
        self.accept(_as_sent(message, links, fields.values))
        return _as_answered(message)

    def _edit_text(self, fields: _Fields) -> Json:
        text, links = _formatted(fields, "text")
        _check_text(text)
        return self._change(fields, {"text": text}, links)

    def _edit_markup(self, fields: _Fields) -> Json:
        return self._change(fields, {}, [])

    def _change(self, fields: _Fields, content: Json, links: list[Button]) -> Json:
        """The message's new state. An edit without markup takes the buttons away."""
        self.fail_if_told()
        chat = self._chat(fields)
        key = str(chat["id"]), str(fields.number("message_id", 0))
        old = self._messages.get(key)
        if old is None:
            raise _bad("message to edit not found")
        if old["from"]["id"] != self.bot["id"] or ("text" in content and "text" not in old):
            raise _bad("message can't be edited")
        markup = _checked_markup(fields.object("reply_markup"), only_inline=True)
        new = {k: v for k, v in old.items() if k != "reply_markup"} | content
        new |= {"reply_markup": markup} if markup else {}
        if new == old:
            same = "specified new message content and reply markup are exactly the same as a current content"
            raise _bad(f"message is not modified: {same} and reply markup of the message")
        new["edit_date"] = _now()
        self._messages[key] = new
        self._shown.append(new)
        self.edited.append(_as_sent(new, links, fields.values))
        return _as_answered(new)

    def _answer_query(self, fields: _Fields) -> bool:
        query_id = fields.text("callback_query_id")
        if query_id not in self._open_queries:
            raise _bad("query is too old and response timeout expired or query ID is invalid")
        if len(fields.text("text")) > _LONGEST_NOTICE:
            raise _bad("MESSAGE_TOO_LONG")
        self.answered.append(query_id)
        return True

    def _send_action(self, fields: _Fields) -> bool:
        self._chat(fields)
        if fields.text("action") not in _ACTIONS:
            raise _bad("wrong parameter action in request")
        return True

    def _get_file(self, fields: _Fields) -> Json:
        return _file(fields.text("file_id"), file_path="photos/file_0.jpg")

    def _set_my_commands(self, fields: _Fields) -> bool:
        commands = fields.list("commands")
        if len(commands) > _MOST_COMMANDS:
            raise _bad("BOT_COMMANDS_TOO_MUCH")
        for command in commands:
            if not _COMMAND.fullmatch(str(command.get("command"))):
                raise _bad("BOT_COMMAND_INVALID")
            if not 1 <= len(str(command.get("description", ""))) <= 256:
                raise _bad("BOT_COMMAND_DESCRIPTION_INVALID")
        return True

    def _chat(self, fields: _Fields) -> Json:
        """The chat a request is about. A bot reaches only who has written to it."""
        chat_id = fields.text("chat_id")
        if not chat_id:
            raise _bad("chat_id is empty")
        chat = self._chats.get(chat_id)
        if chat_id in self.blocked:
            in_group = "kicked from the supergroup chat"
            raise _refusal(403, f"Forbidden: bot was {in_group if chat_id.startswith('-') else 'blocked by the user'}")
        if chat is None:
            raise _bad("chat not found")
        return chat

    def _limit(self, chat: Json) -> None:
        """30 a second over all; 1 a second to a chat with bursts of 3; 20 a minute to a group."""
        if not self.rate_limits:
            return
        key, now = str(chat["id"]), time.monotonic()
        group = chat["type"] != "private"
        bucket = self._buckets.setdefault(key, Bucket(20 / 60, 20) if group else Bucket(1, 3))
        closed = self._closed_until.get(key, now) - now  # who was told to wait must
        if closed <= 0:
            closed = math.ceil(max(bucket.wait(now), self._overall.wait(now)))
            self._closed_until[key] = now + closed
        if closed > 0:
            raise Refusal(too_many(math.ceil(closed)), "too many messages")
        bucket.take(now)
        self._overall.take(now)


class _Fields:
    """A request's parameters: of JSON bodies, or of forms with JSON inside."""

    def __init__(self, values: Json) -> None:
        self.values = values

    @classmethod
    def read(cls, request: Request) -> _Fields:
        try:
            values = request.fields()
            for name in _JSON_FIELDS & values.keys():
                if isinstance(values[name], str):
                    values[name] = json.loads(values[name])
        except ValueError:
            raise _bad("can't parse JSON object") from None
        return cls(values)

    def text(self, name: str) -> str:
        value = self.values.get(name)
        return "" if value is None else str(value)

    def number(self, name: str, default: int) -> int:
        value = self.values.get(name)
        if value is None:
            return default
        try:
            return int(value)
        except (TypeError, ValueError):
            raise _bad(f'field "{name}" must be of type Number') from None

    def flag(self, name: str) -> bool:
        return self.text(name).lower() in {"true", "1", "yes"}

    def object(self, name: str) -> Json:
        value = self.values.get(name) or {}
        if not isinstance(value, dict):
            raise _bad("object expected as " + name.replace("_", " "))
        return value

    def list(self, name: str) -> list[Any]:
        value = self.values.get(name) or []
        if not isinstance(value, list):
            raise _bad(f"can't parse {name}: expected an Array")
        return value


def _refusal(status: int, description: str) -> Refusal:
    return Refusal(error(status, description), description)


def _bad(reason: str) -> Refusal:
    return _refusal(400, f"Bad Request: {reason}")


def _now() -> int:
    return int(time.time())


def _person(user_id: Id) -> Json:
    return {"id": int(user_id), "is_bot": False, "first_name": "An", "language_code": "vi"}


def _file(file_id: str, **details: Any) -> Json:
    return {"file_id": file_id, "file_unique_id": f"u-{file_id}", "file_size": 4096} | details


def _update_id(event: Event) -> int:
    return int(json.loads(event.body)["update_id"])


def _utf16(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _entities(text: str) -> Json:
    """Commands and mentions, as Telegram finds them; offsets in UTF-16 units."""
    found = [
        {
            "type": "mention" if m[0].startswith("@") else "bot_command",
            "offset": _utf16(text[: m.start()]),
            "length": _utf16(m[0]),
        }
        for m in _MARKED.finditer(text)
    ]
    return {"entities": found} if found else {}


def _check_text(text: str) -> None:
    if not text:
        raise _bad("message text is empty")
    if len(text) > _LONGEST_TEXT:
        raise _bad("message is too long")


def _formatted(fields: _Fields, name: str) -> tuple[str, list[Button]]:
    text, mode = fields.text(name), fields.text("parse_mode")
    if not mode:
        return text.strip(), []
    if mode.upper() != "HTML":
        raise _bad("unsupported parse_mode")  # Markdown exists, but not here
    plain, links = read_html(text)
    return plain.strip(), links


def read_html(source: str) -> tuple[str, list[Button]]:
    """The text that people see, and the links in it. Raises `Refusal` for what Telegram cannot parse."""
    text, at = "", 0
    opened: list[tuple[str, str, int]] = []  # tag, address, where its text starts
    links = []
    while at < len(source):
        offset = f"at byte offset {len(source[:at].encode())}"
        if source[at] == "<":
            tag = _TAG.match(source, at)
            if tag is None:
                raise _unparsable(f"{'Unsupported' if '>' in source[at:] else 'Unclosed'} start tag {offset}")
            at = tag.end()
            if not tag[1]:
                opened.append((*_opening(tag, offset), len(text)))
                continue
            if not opened:
                raise _unparsable(f"Unexpected end tag {offset}")
            name, address, start = opened.pop()
            if tag[2].lower() != name:
                raise _unparsable(f'Unmatched end tag {offset}, expected "</{name}>", found "</{tag[2].lower()}>"')
            if address:
                links.append(Button(text[start:], address))
        elif character := _CHARACTER.match(source, at):
            text, at = text + html.unescape(character[0]), character.end()
        else:
            text, at = text + source[at], at + 1
    if opened:
        raise _unparsable(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return text, links


def _opening(tag: re.Match[str], offset: str) -> tuple[str, str]:
    """The tag's name and, of a link, its address."""
    name = tag[2].lower()
    if name not in _TAGS:
        raise _unparsable(f'Unsupported start tag "{name}" {offset}')
    attributes = {m[1].lower(): html.unescape(m[2] or m[3] or m[4] or "") for m in _ATTRIBUTE.finditer(tag[3])}
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise _unparsable(f'Tag "span" must have class "tg-spoiler" {offset}')
    return name, attributes.get("href", "") if name == "a" else ""


def _unparsable(reason: str) -> Refusal:
    return _bad(f"can't parse entities: {reason}")


def _checked_markup(markup: Json, *, only_inline: bool = False) -> Json:
    """The markup if it is one. Raises `Refusal`."""
    if not markup or "inline_keyboard" in markup:
        for button in _in_rows(markup.get("inline_keyboard", [])):
            _check_inline(button)
        return markup
    if only_inline:
        raise _bad("inline keyboard expected")
    if "keyboard" in markup:
        for button in _in_rows(markup["keyboard"]):
            if not _title(button):
                raise _bad("keyboard button text must be non-empty")
    elif not (markup.get("remove_keyboard") or markup.get("force_reply")):
        raise _bad("object expected as reply markup")
    return markup


def _in_rows(rows: object) -> list[Any]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise _bad("can't parse keyboard: expected an Array of Arrays")
    return [button for row in rows for button in row]


def _check_inline(button: Json) -> None:
    title, kinds = _title(button), _BUTTON_KINDS & button.keys()
    if not title:
        raise _bad("inline keyboard button text must be non-empty")
    if len(kinds) != 1:
        raise _bad("can't parse inline keyboard button: exactly one of the optional fields must be used")
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= _LONGEST_DATA:
        raise _bad("BUTTON_DATA_INVALID")
    if "url" in button:
        url = urlsplit(str(button["url"]))
        if url.scheme not in {"http", "https"} or "." not in (url.hostname or ""):  # http://localhost is refused too
            raise _bad(f"inline keyboard button URL '{button['url']}' is invalid: Wrong HTTP URL")


def _title(button: Json | str) -> str:
    return button if isinstance(button, str) else str(button.get("text", ""))


def _buttons(message: Json) -> tuple[Button, ...]:
    """Those that send something when pressed; the value of a reply keyboard's is empty."""
    markup = message.get("reply_markup", {})
    inline = _in_rows(markup.get("inline_keyboard", []))
    return (
        *(Button(b["text"], b["callback_data"]) for b in inline if "callback_data" in b),
        *(Button(_title(b), "") for b in _in_rows(markup.get("keyboard", []))),
    )


def _as_sent(message: Json, links: list[Button], raw: Json) -> Sent:
    inline = _in_rows(message.get("reply_markup", {}).get("inline_keyboard", []))
    return Sent(
        user=str(message["chat"]["id"]),
        text=message.get("text") or message.get("caption", ""),
        buttons=_buttons(message),
        links=(*links, *(Button(b["text"], b["url"]) for b in inline if "url" in b)),
        at=time.monotonic(),
        raw=raw,
        id=str(message["message_id"]),
    )


def _as_answered(message: Json) -> Json:
    """Only inline keyboards are part of a message as Telegram tells it."""
    is_inline = "inline_keyboard" in message.get("reply_markup", {})
    return message if is_inline else {k: v for k, v in message.items() if k != "reply_markup"}
