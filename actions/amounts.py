"""Fees and times as a person reads them: in force today, for their place, by way of filing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from actions.texts import say
from actions.wording import shorten, tidy, whole_sentences
from knowledge.places import Place
from knowledge.procedure import Channel, Fee, Procedure, ProcessingTime, TimeUnit
from knowledge.text import fold

_MOST_LINES = 8
_REMARK = 160  # characters beside a time
_GLUED = re.compile(r"[a-zà-ỹ] (Qua|Tại|Gửi|Nộp|Bằng|Thông|Trực)\b")
_NOTHING = re.compile(r"(khong|chua)( co)?( quy dinh)?[. ]*")
CHANNELS = {Channel.ONLINE: "nộp trên mạng", Channel.DIRECT: "nộp trực tiếp", Channel.POSTAL: "qua bưu điện"}
_UNITS = {
    TimeUnit.WORKING_DAY: "ngày làm việc",
    TimeUnit.DAY: "ngày",
    TimeUnit.HOUR: "giờ",
    TimeUnit.MONTH: "tháng",
    TimeUnit.YEAR: "năm",
}


def fees(procedure: Procedure, today: dt.date, place: Place | None = None, *, most: int = _MOST_LINES) -> str:
    """Amounts in force today, each with its condition. Never "free" from a bare 0, never a price that has ended.

    What a province decided for itself comes first for who lives there, and is told to nobody else. Amounts come
    before words; with more than `most` lines, how many more there are is said.
    """
    here = place.province.code if place else None
    known = sorted(
        (f for f in procedure.fees if f.province in (None, here)), key=lambda f: (f.province is None, f.amount is None)
    )
    current = [fee for fee in known if fee.holds_on(today)]
    ended = [fee.valid_until for fee in known if fee.valid_until and fee.valid_until < today]
    said = [fee for fee in current if fee.amount or _words(fee.text)]
    not_the_tax = say("fee_not_tax") if is_tax(procedure) else ""
    if said and not all(_is_nothing(fee) for fee in said):
        own_rule = say("fee_local", province=place.province.name) if place and any(f.province for f in said) else ""
        named = {fee.channel for fee in known if fee.channel}
        channels = set(Channel) if any(fee.channel is None for fee in known) else named
        lines = _by_channel([(fee.channel, _fee(fee)) for fee in said], channels)
        most = len(lines) if len(lines) == most + 1 else most  # one more takes no more room than to say so
        more = [say("fee_more", count=len(lines) - most)] if len(lines) > most else []
        return "\n".join(filter(None, ["Lệ phí:", *lines[:most], *more, own_rule, not_the_tax]))
    if said:
        line = say("fee_words_only", words=_words(said[0].text).rstrip("."))
    elif ended:
        line = say("fee_ended", day=f"{max(ended):%d/%m/%Y}")
    elif current:
        line = say("fee_zero_bare")
    else:
        return f"{say('not_said', what='Lệ phí')} {not_the_tax}".rstrip()
    return f"Lệ phí: {line} {not_the_tax}".rstrip()


def is_tax(procedure: Procedure) -> bool:
    """A filing with the tax office: who asks "how much" there may mean the tax, which no record says."""
    return any("thuế" in name.lower() for name in (procedure.field, procedure.ministry))


def _is_nothing(fee: Fee) -> bool:
    """Words like "Không quy định" in place of an amount: whether one pays is not said."""
    return fee.amount is None and bool(_NOTHING.fullmatch(fold(fee.text)))


def _words(text: str) -> str:
    """What is said beside an amount; a lone footnote number is nothing said."""
    text = tidy(text)
    return text if any(c.isalpha() for c in text) else ""


def _fee(fee: Fee) -> str:
    text = shorten(_words(fee.text), 220)
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
    remarks = [_remark(time) if procedure.plain_name else "" for time in known]
    once = f"({remarks[0]})" if len({_quantity(t) for t in known}) > 1 and len(set(remarks)) == 1 and remarks[0] else ""
    rows = [
        (time.channel, f"{_quantity(time)} ({remark})" if remark and not once else _quantity(time))
        for time, remark in zip(known, remarks, strict=True)
    ]
    lines = _by_channel(rows, {t.channel for t in procedure.times if t.channel})
    if len(lines) == 1:
        return f"Thời gian: {lines[0].removeprefix('• ')}"
    return "\n".join(filter(None, ["Thời gian:", *lines[:_MOST_LINES], once]))


def _quantity(time: ProcessingTime) -> str:
    return f"{time.quantity:g} {_UNITS[time.unit]}".replace(".", ",")


def _remark(time: ProcessingTime) -> str:
    """What is said beside the days, in whole sentences; cells of the portal that ran together say nothing."""
    text = whole_sentences(tidy(time.text), _REMARK).rstrip(".")
    return "" if _GLUED.search(text) else text


def _by_channel(rows: Sequence[tuple[Channel | None, str]], channels: set[Channel]) -> list[str]:
    """ "• 3 ngày làm việc" where all of the record's channels agree, else one line a channel."""
    said: dict[str, list[Channel | None]] = {}
    for channel, text in rows:
        said.setdefault(text, []).append(channel)
    lines = []
    for text, where in said.items():
        everywhere = None in where or set(where) >= channels
        prefix = "" if everywhere else f"{' và '.join(CHANNELS[c] for c in where if c)}: ".capitalize()
        lines.append(f"• {prefix or text[:1].upper()}{text if prefix else text[1:]}")
    return lines
