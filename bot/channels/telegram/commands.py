"""The bot's commands: the menu people see, and what each of them means."""

from __future__ import annotations

import re

from actions.reply import Act
from bot.channels.kinds import Kind
from bot.tickets import code_in

MENU = (
    ("thutuc", "Hỏi một thủ tục, ví dụ: /thutuc đăng ký tạm trú"),
    ("giayto", "Chuẩn bị từng giấy tờ"),
    ("tinh", "Cho biết anh/chị ở đâu, ví dụ: /tinh Cần Thơ"),
    ("phieu", "Lấy mã phiếu, hoặc mở một mã: /phieu MC-…"),
    ("xoa", "Xoá những gì đang lưu về anh/chị"),
    ("help", "Cách dùng"),
)
_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@\w+)?(?:\s+(?P<words>.*))?", re.DOTALL)


def understand(text: str) -> tuple[Kind, str]:
    """The kind and text of what was typed; an unknown command is words without the slash."""
    command = _COMMAND.fullmatch(text.strip())
    if command is None:
        return Kind.TEXT, text
    words = (command["words"] or "").strip()
    match command["name"].lower():
        case "start":  # t.me/<bot>?start=<code> opens the bot with "/start <code>"
            return (Kind.TICKET, words) if code_in(words) else (Kind.ACT, Act.GREET.value)
        case "help":
            return Kind.ACT, Act.HELP.value
        case "thutuc":
            return (Kind.TEXT, words) if words else (Kind.ACT, Act.ASK.value)
        case "giayto":
            return (Kind.TEXT, f"hướng dẫn tôi chuẩn bị giấy tờ {words}") if words else (Kind.ACT, Act.WALK.value)
        case "tinh":
            return Kind.TEXT, f"tôi ở {words or 'tỉnh nào'}"
        case "phieu":
            return Kind.TICKET, words
        case "xoa":
            return Kind.ACT, Act.FORGET_ME.value
        case name:
            return Kind.TEXT, f"{name} {words}".strip()


def asks_for_place(text: str) -> bool:
    """Whether it is the command that names no place, for which the place can be sent with one touch."""
    command = _COMMAND.fullmatch(text.strip())
    return command is not None and command["name"].lower() == "tinh" and not (command["words"] or "").strip()
