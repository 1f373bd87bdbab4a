"""Fees and times as a person reads them: in force today, for their place, by way of filing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from actions.texts import say
from actions.wording import shorten, tidy
from knowledge.places import Place
from knowledge.procedure import Channel, Fee, Procedure, ProcessingTime, TimeUnit

_MOST_LINES = 8
CHANNELS = {Channel.ONLINE: "nộp trên mạng", Channel.DIRECT: "nộp trực tiếp", Channel.POSTAL: "qua bưu điện"}
_UNITS = {
    TimeUnit.WORKING_DAY: "ngày làm việc",
    TimeUnit.DAY: "ngày",
    TimeUnit.HOUR: "giờ",
    TimeUnit.MONTH: "tháng",
    TimeUnit.YEAR: "năm",
}


def fees(procedure: Procedure, today: dt.date, place: Place | None = None) -> str:
    """Amounts in force today, each with its condition. Never "free" from a bare 0, never a price that has ended.

    What a province decided for itself comes first for who lives there, and is told to nobody else.
    """
    here = place.province.code if place else None
    known = sorted((f for f in procedure.fees if f.province in (None, here)), key=lambda fee: fee.province is None)
    current = [fee for fee in known if fee.holds_on(today)]
    ended = [fee.valid_until for fee in known if fee.valid_until and fee.valid_until < today]
    said = [fee for fee in current if fee.amount or fee.text]
    own_rule = say("fee_local", province=place.province.name) if place and any(f.province for f in said) else ""
    if said:
        named = {fee.channel for fee in known if fee.channel}
        channels = set(Channel) if any(fee.channel is None for fee in known) else named
        lines = _by_channel([(fee.channel, _fee(fee)) for fee in said], channels)
        return "\n".join(["Lệ phí:", *lines, *([own_rule] if own_rule else [])])
    if ended:
        return f"Lệ phí: {say('fee_ended', day=f'{max(ended):%d/%m/%Y}')}"
    if current:
        return f"Lệ phí: {say('fee_zero_bare')}"
    return say("not_said", what="Lệ phí")


def _fee(fee: Fee) -> str:
    text = shorten(tidy(fee.text), 220)
    if fee.amount is None:
        return text
    amount = "Miễn phí" if fee.amount == 0 else f"{fee.amount:,} {_currency(fee)}".replace(",", ".")
    until = f", đến hết {fee.valid_until:%d/%m/%Y}" if fee.valid_until and not _says_date(text) else ""
    return f"{amount}{f' ({text})' if text else ''}{until}"


def _currency(fee: Fee) -> str:
    return "đồng" if fee.currency == "VND" else fee.currency


def _says_date(text: str) -> bool:
    return bool(re.search(r"\d{4}", text))


def times(procedure: Procedure, today: dt.date) -> str:
    known = [t for t in procedure.times if t.quantity and t.holds_on(today)]
    if not known:
        return say("not_said", what="Thời gian")
    is_ours = bool(procedure.plain_name)
    channels = {t.channel for t in procedure.times if t.channel}
    lines = _by_channel([(t.channel, _time(t, with_text=is_ours)) for t in known], channels)
    return f"Thời gian: {lines[0].removeprefix('• ')}" if len(lines) == 1 else "\n".join(["Thời gian:", *lines])


def _time(time: ProcessingTime, *, with_text: bool) -> str:
    quantity = f"{time.quantity:g}".replace(".", ",")
    text = f" ({shorten(tidy(time.text), 140)})" if with_text and time.text else ""
    return f"{quantity} {_UNITS[time.unit]}{text}"


def _by_channel(rows: Sequence[tuple[Channel | None, str]], channels: set[Channel]) -> list[str]:
    """ "• 3 ngày làm việc" where all of the record's channels agree, else one line a channel."""
    said: dict[str, list[Channel | None]] = {}
    for channel, text in rows:
        said.setdefault(text, []).append(channel)
    lines = []
    for text, where in said.items():
        everywhere = None in where or set(where) >= channels
        prefix = "" if everywhere else f"{' và '.join(CHANNELS[c] for c in where if c)}: ".capitalize()
        lines.append(f"• {prefix}{text}")
    return lines[:_MOST_LINES]
