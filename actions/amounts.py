"""Fees and times as a person reads them: in force today, for their place, by way of filing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from actions.texts import say
from actions.wording import lower_first, shorten, tidy, whole_sentences
from knowledge.fee_words import NO_SUM
from knowledge.places import Place
from knowledge.procedure import Channel, Fee, Procedure, ProcessingTime, TimeUnit
from knowledge.text import fold

_MOST_LINES = 8
_REMARK = 160  # characters beside a time
_GLUED = re.compile(r"[a-zà-ỹ] (Qua|Tại|Gửi|Nộp|Bằng|Thông|Trực)\b")
_NOTHING = re.compile(r"(khong|chua)( co)?( quy dinh)?[. ]*")
_BRACKETS = re.compile(r"\(([^()]*)\)[. ]*")
_POINTS = re.compile(r"\d+/(\d{4}/|tt|nd|nq|qd)|^(- )?(theo|thuc hien theo|can cu)\b")  # to a law, instead of a sum
_SAYS_MORE = re.compile(r"\d ?(dong|d|vnd|usd|trieu|nghin|ngan|%)|%|\bmien\b|khong (thu|ghi)|\bhoi\b|\bxem\b")
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
    before words, and a rate with an end before the usual one; with more than `most` lines, how many more there are
    is said.
    """
    here = place.province.code if place else None
    known = sorted(
        (f for f in procedure.fees if f.province in (None, here)),
        key=lambda f: (f.province is None, f.amount is None, f.valid_until is None),
    )
    current = [fee for fee in known if fee.holds_on(today)]
    ended = [fee.valid_until for fee in known if fee.valid_until and fee.valid_until < today]
    said = [fee for fee in current if fee.amount or _words(fee.text)]
    names_tax = any("thuế" in fee.text.lower() for fee in said)
    not_the_tax = say("fee_not_tax") if is_tax(procedure) and not names_tax else ""
    if said and not all(_is_nothing(fee) for fee in said):
        own_rule = say("fee_local", province=place.province.name) if place and any(f.province for f in said) else ""
        named = {fee.channel for fee in known if fee.channel}
        channels = set(Channel) if any(fee.channel is None for fee in known) else named
        lines = _by_channel([(fee.channel, _fee(fee)) for fee in said], channels)
        most = len(lines) if len(lines) == most + 1 else most  # one more takes no more room than to say so
        more = [say("fee_more", count=len(lines) - most)] if len(lines) > most else []
        no_sum = "" if any(not _lacks_sum(fee) for fee in said) else say("fee_ask")
        return "\n".join(filter(None, ["Lệ phí:", *lines[:most], *more, no_sum, own_rule, not_the_tax]))
    if said:
        line = f"Lệ phí: {say('fee_words_only', words=_words(said[0].text).rstrip('.'))}"
    elif ended:
        line = f"Lệ phí: {say('fee_ended', day=f'{max(ended):%d/%m/%Y}')}"
    elif current:
        line = say("fee_zero_bare")
    else:
        line = say("not_said", what="Lệ phí")
    return f"{line} {not_the_tax}".rstrip()


def is_tax(procedure: Procedure) -> bool:
    """A filing with the tax office: who asks "how much" there may mean the tax, which no record says."""
    return any("thuế" in name.lower() for name in (procedure.field, procedure.ministry))


def _is_nothing(fee: Fee) -> bool:
    """Words like "Không quy định" in place of an amount: whether one pays is not said."""
    return fee.amount is None and bool(_NOTHING.fullmatch(fold(fee.text)))


def _words(text: str) -> str:
    """What is said beside an amount, out of its brackets; a lone footnote number is nothing said."""
    text = _out_of_brackets(tidy(text))
    return text if any(c.isalpha() for c in text) else ""


def _out_of_brackets(text: str) -> str:
    inside = _BRACKETS.fullmatch(text)
    return inside[1].strip() if inside else text


def _lacks_sum(fee: Fee) -> bool:
    """Words that only point to a law, or that the portal's number made no sum of."""
    return fee.amount is None and (fee.text.startswith(NO_SUM) or _only_points(fee.text))


def _only_points(text: str) -> bool:
    folded = fold(text)
    return bool(_POINTS.search(folded)) and not _SAYS_MORE.search(folded)


def _fee(fee: Fee) -> str:
    if fee.amount is None:
        return _without_sum(fee.text)
    text = _words(fee.text)
    number = f"{fee.amount:,}".replace(",", ".")
    amount = "Miễn phí" if fee.amount == 0 else f"{number} {_currency(fee)}"
    until = f", đến hết {fee.valid_until:%d/%m/%Y}" if fee.valid_until and not _says_end(text) else ""
    if fee.amount:
        unit, text = _not_twice(number, text)
        amount += unit
    text = shorten(text, 220).rstrip(" .;:")
    return f"{amount}{f' ({text})' if text else ''}{until}"


def _without_sum(words: str) -> str:
    text = shorten(_words(words.removeprefix(NO_SUM).lstrip(": ")), 220)
    if words.startswith(NO_SUM):
        return f"{NO_SUM} ({lower_first(text).rstrip('.')})" if text else NO_SUM
    return say("fee_no_sum", words=lower_first(text).rstrip(".")) if _only_points(words) else text


def _not_twice(number: str, text: str) -> tuple[str, str]:
    """The unit that the words name with the sum ("/giấy"), and the words without the sum at either end."""
    again = rf"{re.escape(number)} ?(?:đồng|vnđ|đ|usd)\b ?"
    if first := re.match(rf"{again}(/[^.;:()]{{1,40}})?(?=[(]|[.]?$)[.]?", text, re.IGNORECASE):
        rest = text[first.end() :].strip()
        return (first[1] or "").rstrip(), _out_of_brackets(rest)
    if last := re.search(rf"[:,] ?{again}(/[^.;:()]{{1,40}})?[.;]*$", text, re.IGNORECASE):
        return (last[1] or "").rstrip(), text[: last.start()]
    return "", text


def _currency(fee: Fee) -> str:
    return "đồng" if fee.currency == "VND" else fee.currency


def _says_end(text: str) -> bool:
    return bool(re.search(r"\b(đến|tới|hết|trước)\b[^.;]{0,30}\d{4}", text))


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
