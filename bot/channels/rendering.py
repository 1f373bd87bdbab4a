"""The replies of a turn as a platform's messages: as few as its limits allow, and nothing left out."""

from __future__ import annotations

import logging
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from actions.texts import say
from bot.channels.platform import Limits, Part
from knowledge.text import nfc, squeeze

log = logging.getLogger(__name__)

MORE = "mc:more"  # the payload of the last button where not all fit
_TITLE = 40  # characters of a button that a narrow phone shows; longer titles are listed in the text
_BOXES = 10  # the longest progress bar
_COUNTS = re.compile(r"\bcó \d+/\d+ giấy tờ")  # as in the sentence `walk_done`
_BLANK = r"[^\S\u00a0\u202f]"  # where a line may be broken
_BREAKS = (  # the better ones first
    re.compile(r"\n\s*\n"),
    re.compile(r"\n"),
    re.compile(rf"(?:(?<=[!?…])|(?<=\w{{3}}\.)|(?<=[”\")]\.)){_BLANK}+"),  # not after "1." or "TP."
    re.compile(rf"{_BLANK}+"),
)

Titled = tuple[str, str]  # a title, and a payload or an address


def render(answer_id: int, replies: Sequence[dict[str, Any]], limits: Limits) -> list[Part]:
    """`replies` as `Reply.to_json` gives them; `answer_id` names the answer in the log.

    The last part alone has buttons and links. A number before a choice is always its place among the buttons of the
    last reply that has any, since "2" chooses the second of these.
    """
    buttons = _buttons(replies)
    links = _links(replies)
    flat = [link for of_reply in links for link in of_reply]
    is_ambiguous = len({title for title, _ in flat}) < len(flat)  # two procedures, each with its "Nộp trực tuyến"
    in_text = is_ambiguous or len(buttons) + len(flat) > limits.buttons
    texts = [_text(reply, of_reply if in_text else []) for reply, of_reply in zip(replies, links, strict=True)]
    by_number = not limits.buttons or any(len(title) > min(_TITLE, limits.title) for title, _ in buttons)
    if by_number and buttons:
        texts.append(_listed(buttons, texts, must_type=not limits.buttons))
    texts = [text for text in texts if text]
    if not texts and not buttons and not flat:
        return []
    *before, last = _pack(texts or [say("see_below")], limits.text)
    if before:
        log.info("answer %s takes %s messages", answer_id, len(before) + 1)
    pressed = _fitted(buttons, limits, by_number=by_number) if limits.buttons else ()
    opened = () if in_text else tuple((_shorten(title, limits.title), url) for title, url in flat)
    return [*map(Part, before), Part(last, pressed, opened)]


# What is said


def _buttons(replies: Sequence[dict[str, Any]]) -> list[Titled]:
    """Those of the last reply that has any."""
    offered: list[dict[str, str]] = next((r["buttons"] for r in reversed(replies) if r["buttons"]), [])
    return [(squeeze(nfc(button["title"])), button["payload"]) for button in offered]


def _links(replies: Sequence[dict[str, Any]]) -> list[list[Titled]]:
    """The links of each reply, without those of an earlier one."""
    seen: set[str] = set()
    links = []
    for reply in replies:
        fresh = {link["url"]: squeeze(nfc(link["title"])) for link in reply["links"] if link["url"] not in seen}
        seen |= fresh.keys()
        links.append([(title, url) for url, title in fresh.items()])
    return links


def _text(reply: dict[str, Any], links: Sequence[Titled]) -> str:
    """A reply in words: its text, how far the papers are, and the links that no button holds."""
    text = nfc(reply["text"]).strip()
    addresses = "\n".join(nfc(f"{title}: {url}") for title, url in links)
    return "\n\n".join(filter(None, [text, _progress(reply, text), addresses]))


def _progress(reply: dict[str, Any], text: str) -> str:
    """One line for the checklist; empty where there is none, or the text counts the papers itself."""
    checklist = reply["checklist"]
    if not checklist or not checklist["total"] or _COUNTS.search(text):
        return ""
    done, missing, total = checklist["done"], checklist["missing"], checklist["total"]
    boxes = min(total, _BOXES)
    full = boxes * done // total
    bar = "▰" * full + "▱" * (boxes - full)
    if missing:
        return say("progress_lacking", bar=bar, done=done, total=total, missing=missing)
    return say("progress", bar=bar, done=done, total=total)


def _listed(buttons: Sequence[Titled], texts: Sequence[str], *, must_type: bool) -> str:
    """The choices by number, unless a text lists them so itself; and how to choose where nothing can be pressed."""
    lines = "\n".join(f"{number}. {title}" for number, (title, _) in enumerate(buttons, 1))
    known = any(lines in text for text in texts)
    return "\n".join(filter(None, ["" if known else lines, say("choose_by_number") if must_type else ""]))


# What can be pressed


def _fitted(buttons: Sequence[Titled], limits: Limits, *, by_number: bool) -> tuple[Titled, ...]:
    """As many as there may be, the rest behind "Xem thêm"; titles that the text lists are short and numbered."""
    if by_number:
        longest = min(_TITLE, limits.title)
        numbers = (f"{number}. " for number in range(1, len(buttons) + 1))
        buttons = [(n + _shorten(title, longest - len(n)), p) for n, (title, p) in zip(numbers, buttons, strict=True)]
    if len(buttons) > limits.buttons:
        return (*buttons[: limits.buttons - 1], (say("b_rest"), MORE))
    return tuple(buttons)


def _shorten(title: str, limit: int) -> str:
    if len(title) <= limit:
        return title
    return title[: _cut(title, limit - 1, _BREAKS[-1:])].rstrip(" ,;:.-–(“") + "…"


# What fits into one message


def _pack(texts: Sequence[str], limit: int) -> list[str]:
    """Texts joined by a blank line while they fit; one that is too long by itself is split."""
    packed: list[str] = []
    for text in texts:
        if packed and len(packed[-1]) + 2 + len(text) <= limit:
            packed[-1] = f"{packed[-1]}\n\n{text}"
        else:
            packed += _split(text, limit)
    return packed


def _split(text: str, limit: int) -> list[str]:
    pieces = []
    while len(text) > limit:
        at = _cut(text, limit, _BREAKS)
        pieces.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return [*pieces, text]


def _cut(text: str, limit: int, breaks: Sequence[re.Pattern[str]]) -> int:
    """Where to end a piece of at most `limit` characters: the last break of the best kind that leaves no stump.

    A word is cut only where it alone is longer than `limit`, and then between whole letters.
    """
    last = 0
    for pattern in breaks:
        last = max(
            (found.start() for found in pattern.finditer(text, 0, limit + 2) if found.start() <= limit), default=0
        )
        if last >= limit // 2:
            return last
    return last or next((at for at in range(limit, 0, -1) if not _clings(text[at])), limit)


def _clings(character: str) -> bool:
    """Whether a character belongs to the one before it: an accent without a composed form, the skin of an emoji."""
    return unicodedata.category(character).startswith("M") or "\U0001f3fb" <= character <= "\U0001f3ff"
