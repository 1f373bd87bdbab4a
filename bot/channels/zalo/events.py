"""What an event of Zalo's webhook means: a message, or one of the few other things that a user or a person does.

Everything else is nothing: what was seen, received or reacted to, echoes of our own messages, and `anonymous_*`, the
visitors of a web page's chat, who cannot be answered through `message/cs`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actions.reply import Act
from bot.channels.kinds import Kind

RELEASE = "#bot"  # what a person types in the Official Account's inbox to let the assistant answer again
_LONGEST_ID = 128  # characters, of the inbox
_KINDS = {
    "user_send_image": Kind.PHOTO,
    "user_send_audio": Kind.VOICE,
    "user_send_sticker": Kind.STICKER,
    "user_send_gif": Kind.STICKER,
    "user_send_video": Kind.VIDEO,
    "user_send_file": Kind.FILE,
    "user_send_business_card": Kind.CONTACT,
}


@dataclass(frozen=True)
class Said:
    user: str
    message_id: str
    kind: Kind
    text: str = ""


@dataclass(frozen=True)
class Left:
    user: str


@dataclass(frozen=True)
class Withdrew:
    """The user demands that everything about them is deleted."""

    user: str


@dataclass(frozen=True)
class PersonAnswered:
    """Somebody answered the user from the Official Account's inbox; `is_release`: and hands back to the assistant."""

    user: str
    is_release: bool


Event = Said | Left | Withdrew | PersonAnswered


def timestamp_of(body: dict[str, Any]) -> str:
    return _string(body, "timestamp")


def app_of(body: dict[str, Any]) -> str:
    return _string(body, "app_id")


def read(body: dict[str, Any]) -> Event | None:
    name = _string(body, "event_name")
    if name.startswith("user_send_"):
        return _sent(name, body)
    if name.startswith("oa_send_"):
        return _answered(name, body)
    sender, follower = _string(body, "sender", "id"), _string(body, "follower", "id")
    match name:
        case "follow" if follower:
            return Said(follower, _id_of(name, body), Kind.ACT, Act.GREET)
        case "unfollow" if follower:
            return Left(follower)
        case "user_submit_info" if sender:  # name, phone and address: not even looked at
            return Said(sender, _id_of(name, body), Kind.ACT, Act.THANK)
        case "user_withdraw" if user := _string(body, "user_id") or sender:
            return Withdrew(user)
    return None


def _sent(name: str, body: dict[str, Any]) -> Said | None:
    user, message_id, text = _string(body, "sender", "id"), _id_of(name, body), _string(body, "message", "text")
    kind = _KINDS.get(name)
    if not user:
        return None
    match name:
        case "user_send_text":
            return Said(user, message_id, Kind.TEXT, text)
        case "user_send_link":
            return Said(user, message_id, Kind.TEXT, text) if text.strip() else Said(user, message_id, Kind.OTHER)
        case "user_send_location":
            place = _place(body)
            return Said(user, message_id, Kind.LOCATION if place else Kind.OTHER, place)
    return Said(user, message_id, kind) if kind else None


def _answered(name: str, body: dict[str, Any]) -> PersonAnswered | None:
    """An echo of what the Official Account sent, unless a person wrote it."""
    user = _string(body, "recipient", "id")
    is_person = bool(_string(body, "sender", "admin_id") or _string(body, "admin_id"))
    if not (user and is_person) or name.startswith("oa_send_anonymous"):
        return None
    return PersonAnswered(user, is_release=_string(body, "message", "text").strip() == RELEASE)


def _place(body: dict[str, Any]) -> str:
    """ "10.776,106.701", rounded to about 100 m; empty where there is no such place."""
    found = _at(body, "message", "attachments", 0, "payload", "coordinates")
    try:
        latitude, longitude = float(_at(found, "latitude")), float(_at(found, "longitude"))
    except (TypeError, ValueError, OverflowError):
        return ""
    is_on_earth = abs(latitude) <= 90 and abs(longitude) <= 180  # and a number
    return f"{latitude:.3f},{longitude:.3f}" if is_on_earth else ""


def _id_of(name: str, body: dict[str, Any]) -> str:
    """The message's id, or one that a repeat has too. The inbox tells users apart, so their id is not in it."""
    return (_string(body, "message", "msg_id") or f"{name}:{timestamp_of(body)}")[:_LONGEST_ID]


def _string(body: dict[str, Any], *path: str) -> str:
    """Ids and times may be numbers; half a surrogate pair, which no database takes, becomes "?"."""
    value = _at(body, *path)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return str(value).encode(errors="replace").decode()


def _at(value: Any, *path: str | int) -> Any:
    for step in path:
        try:
            value = value[step]
        except (LookupError, TypeError):
            return None
    return value
