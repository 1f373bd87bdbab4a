"""What a Telegram update comes to: a message for the intake, and what is done beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from telegram import CallbackQuery, Chat, ChatMember, ChatMemberUpdated, Message, MessageEntity, Update, User
from telegram.constants import UpdateType
from telegram.ext import filters

from actions import choices
from bot.channels.intake import IncomingMessage
from bot.channels.kinds import Kind
from bot.channels.rendering import MORE
from bot.channels.telegram.commands import asks_for_place, understand

CHANNEL = "telegram"
USED = (UpdateType.MESSAGE, UpdateType.EDITED_MESSAGE, UpdateType.CALLBACK_QUERY, UpdateType.MY_CHAT_MEMBER)
_ATTACHED = (  # an animation is a document too, so the order counts
    ("sticker", Kind.STICKER),
    ("animation", Kind.STICKER),
    ("voice", Kind.VOICE),
    ("audio", Kind.VOICE),
    ("video_note", Kind.VOICE),
    ("photo", Kind.PHOTO),
    ("video", Kind.VIDEO),
    ("document", Kind.FILE),
    ("contact", Kind.CONTACT),
)
_GONE = (ChatMember.BANNED, ChatMember.LEFT)  # BANNED is "kicked": in a private chat, the bot is blocked


class PlaceKeyboard(StrEnum):
    """The keyboard whose one button sends the person's place."""

    OFFER = "offer"
    REMOVE = "remove"


@dataclass(frozen=True)
class Presence:
    sender: str
    is_reachable: bool


@dataclass(frozen=True)
class Heard:
    """All None: an update that concerns nobody. `press` is a callback query, which waits for an answer."""

    message: IncomingMessage | None = None
    presence: Presence | None = None
    press: str | None = None
    place_keyboard: PlaceKeyboard | None = None


def read(update: Update, me: User) -> Heard:
    """`me` is the bot itself: in a group it hears only what mentions it or replies to it.

    May raise anything where fields are of other types than Telegram gives them.
    """
    if update.callback_query:
        return _pressed(update.callback_query)
    if update.my_chat_member:
        return Heard(presence=_presence(update.my_chat_member))
    message = update.message or update.edited_message
    if message is None or not _is_from_a_person(message):
        return Heard()
    words = _words_for(me, message)
    if words is None or (update.edited_message and not message.text):  # a moving location is edited all the time
        return Heard()
    content = _content(update, message, words)
    return _said(update, message, *content) if content else Heard()


def _pressed(query: CallbackQuery) -> Heard:
    data, message = query.data or "", query.message
    if message is None or not (data == MORE or choices.TOKEN.fullmatch(data)):
        return Heard(press=query.id)
    kind = Kind.MORE if data == MORE else Kind.TEXT
    pressed = IncomingMessage(
        CHANNEL,
        _sender(message.chat, query.from_user),
        data,
        f"cb:{query.id}",
        kind=kind,
        reply_to=str(message.chat.id),
    )
    return Heard(pressed, press=query.id)


def _presence(change: ChatMemberUpdated) -> Presence | None:
    """None in groups: their people have keys of their own, and a refused message tells as much."""
    if change.chat.type != Chat.PRIVATE:
        return None
    return Presence(_sender(change.chat, change.from_user), change.new_chat_member.status not in _GONE)


def _said(update: Update, message: Message, kind: Kind, text: str) -> Heard:
    assert message.from_user
    edited = f":{message.edit_date.timestamp():.0f}" if message.edit_date else ""
    heard = IncomingMessage(
        CHANNEL,
        _sender(message.chat, message.from_user),
        text,
        f"{update.update_id}{edited}",
        kind=kind,
        reply_to=str(message.chat.id),
    )
    return Heard(heard, place_keyboard=_place_keyboard(message))


def _content(update: Update, message: Message, words: str) -> tuple[Kind, str] | None:
    """Kind and text; None for what Telegram itself writes into a chat. Files are never fetched, captions not kept."""
    if message.text:
        return understand(words)
    if message.location:
        return Kind.LOCATION, f"{message.location.latitude:.3f},{message.location.longitude:.3f}"
    for name, kind in _ATTACHED:
        if getattr(message, name):
            return kind, ""
    return None if filters.StatusUpdate.ALL.check_update(update) else (Kind.OTHER, "")


def _place_keyboard(message: Message) -> PlaceKeyboard | None:
    if message.chat.type != Chat.PRIVATE:  # Telegram allows the button in private chats only
        return None
    if message.location:
        return PlaceKeyboard.REMOVE
    return PlaceKeyboard.OFFER if message.text and asks_for_place(message.text) else None


def _is_from_a_person(message: Message) -> bool:
    user = message.from_user
    return user is not None and not user.is_bot and message.sender_chat is None


def _sender(chat: Chat, user: User) -> str:
    """Somebody's talk in a group is kept apart from their private one, and from the others' in the group."""
    if type(chat.id) is not int or type(user.id) is not int:
        raise TypeError("an id that is no number")
    return str(user.id) if chat.type == Chat.PRIVATE else f"{chat.id}:{user.id}"


def _words_for(me: User, message: Message) -> str | None:
    """Text or caption without the mention of the bot; None where it is not meant for the bot."""
    words = message.text or message.caption or ""
    if message.chat.type == Chat.PRIVATE:
        return words
    for entity, marked in _marked(message).items():
        if marked.lower().endswith(f"@{me.username}".lower()):  # "@mot_cua_bot", or "/help@mot_cua_bot"
            return _cut(words, entity) if entity.type == MessageEntity.MENTION else words
    answered = message.reply_to_message
    is_answer = answered is not None and answered.from_user is not None and answered.from_user.id == me.id
    return words if is_answer else None


def _marked(message: Message) -> dict[MessageEntity, str]:
    kinds: list[str | None] = [MessageEntity.MENTION, MessageEntity.BOT_COMMAND]
    if message.text:
        return message.parse_entities(kinds)
    return message.parse_caption_entities(kinds) if message.caption else {}


def _cut(words: str, entity: MessageEntity) -> str:
    """Entities count in UTF-16 units, of two bytes each."""
    units = words.encode("utf-16-le")
    start, end = 2 * entity.offset, 2 * (entity.offset + entity.length)
    before, after = units[:start].decode("utf-16-le"), units[end:].decode("utf-16-le")
    return re.sub(r"^[\s,:]+", "", f"{before.rstrip()} {after.lstrip()}").rstrip()
