"""What is sent to the Bot API, and what its refusals mean."""

from __future__ import annotations

import datetime as dt
import html
import re

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, KeyboardButton, ReplyKeyboardMarkup
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.channels.platform import Halted, Part, Refused, SendError, TryAgain, Unreachable

OFFER_PLACE = (
    "Anh/chị bấm nút dưới đây để gửi vị trí, mình tìm giúp tỉnh, thành phố. "
    "Mình chỉ dùng vị trí làm tròn khoảng 100 mét. Không muốn gửi thì anh/chị gõ tên tỉnh, thành phố cũng được ạ."
)
THANK_FOR_PLACE = "Mình nhận được vị trí rồi ạ."
PLACE_BUTTONS = ReplyKeyboardMarkup(
    [[KeyboardButton("📍 Gửi vị trí của tôi", request_location=True)]],
    resize_keyboard=True,
    one_time_keyboard=True,
    input_field_placeholder="Hoặc gõ tên tỉnh, thành phố",
)
_SHORT = 14  # characters of a title; two such buttons go side by side on a narrow phone
_CLOSED = ("chat not found", "not enough rights", "have no rights", "chat_write_forbidden")
_LONG_NUMBER = re.compile(r"-?\d{6,}")  # a chat's id
_REASON = 200  # characters of a reason that are kept


def as_html(part: Part) -> str:
    return html.escape(part.text, quote=False)


def keyboard(part: Part) -> InlineKeyboardMarkup | None:
    """Choices first, one a row unless all are short; links below."""
    buttons = [InlineKeyboardButton(title, callback_data=payload) for title, payload in part.buttons]
    in_row = 2 if all(len(title) <= _SHORT for title, _ in part.buttons) else 1
    rows = [buttons[start : start + in_row] for start in range(0, len(buttons), in_row)]
    rows += [[InlineKeyboardButton(title, url=address)] for title, address in part.links]
    return InlineKeyboardMarkup(rows) if rows else None


def as_send_error(error: TelegramError, token: str) -> SendError:
    reason = reason_of(error, token)
    match error:
        case RetryAfter():
            return TryAgain(reason, after=seconds(error))
        case Forbidden() | ChatMigrated():  # blocked; or a group with a new id, known when somebody writes there
            return Unreachable(reason)
        case BadRequest() if any(words in reason.lower() for words in _CLOSED):
            return Unreachable(reason)
        case BadRequest():
            return Refused(reason)
        case InvalidToken():
            return Halted("Telegram does not accept the token: MOTCUA_TELEGRAM_TOKEN is the one that @BotFather shows")
    return TryAgain(reason)


def seconds(error: RetryAfter) -> float:
    after = error.retry_after  # a number or a timedelta, by an environment variable of the library
    return after.total_seconds() if isinstance(after, dt.timedelta) else float(after)


def reason_of(error: TelegramError, token: str) -> str:
    """The library quotes the token in some errors, and an address in others."""
    return _LONG_NUMBER.sub("…", f"{type(error).__name__}: {error}".replace(token, "…"))[:_REASON]
