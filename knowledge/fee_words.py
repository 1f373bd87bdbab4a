"""What the words of a portal's fee line make of its number: thousands left out, a lower rate for a time, an end."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from knowledge.procedure import Fee
from knowledge.text import fold

NO_SUM = "Cổng không ghi rõ số tiền"
_LEAST = 1_000  # đồng; a smaller number is one whose thousands were left out, or no sum at all
_NOTHING = (0, 1)  # what is typed where a number must stand
_FREE = re.compile(r"\b(mien phi|mien le phi|khong thu|khong mat phi|mien thu)\b")
_PRICE = re.compile(r"[1-9][\d.,]*\s*(dong|d|vnd|usd)\b")
_FULL = re.compile(r"\d{1,3}(?:\.\d{3})+")
_DAY = r"(\d{1,2})\s*(?:/|-|\.|\s+tháng\s+)\s*(\d{1,2})\s*(?:/|-|\.|\s+năm\s+)\s*(\d{4})"
_ENDED = re.compile(
    rf"(?P<word>đến|tới|áp dụng trước|mức thu trước)\s+(?:hết\s+)?(?:ngày\s+)?{_DAY}",
    re.IGNORECASE,
)
_RATE = re.compile(  # "áp dụng mức phí 400.000 đồng/hồ sơ kể từ ngày … đến hết ngày …"
    rf"(?P<lead>áp dụng mức (?:thu )?(?:lệ )?phí:?\s*)?(?P<sum>[1-9]\d{{0,2}}(?:\.\d{{3}})+)\s*(?:đồng|vnđ|đ)\b\s*"
    r"(?:/\s*(?P<unit>[^\d();.,]{1,25}?)(?=\s*(?:\(|kể|từ|áp|đến)))?(?P<between>[^\d;]{0,70}?)"
    rf"(?:{_DAY}\s*)?(?:đến|tới)\s+hết\s+(?:ngày\s+)?{_DAY}",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[;\n]|\.(?=\s|$)")
_BEFORE = " \n\t-+*;,.:("
_EDGES = f"{_BEFORE})"


def read(line: Fee) -> Iterator[Fee]:
    """The fee line as its words mean it: in full, and with the rate that holds for a time before the usual one."""
    usual, rate = _in_full(line), _rate(line.text)
    lower = int(rate["sum"].replace(".", "")) if rate else None
    if rate is None or lower is None or lower == usual.amount:
        yield usual
        return
    if not _is_likely(lower, line, usual):
        yield line.model_copy(update={"amount": None, "text": NO_SUM, "valid_until": ended_on(line.text)})
        return
    start, stop = _clause(line.text, rate)
    rest = f"{line.text[:start].rstrip(_BEFORE)} {line.text[stop:].lstrip(_EDGES)}".strip()
    law = line.text[rate.end() : stop].strip(_EDGES)
    unit = f"mỗi {rate['unit'].strip()}" if rate["unit"] else ""
    remark = "" if _PRICE.search(fold(rest)) or fold(rest) in fold(unit) else rest
    since, until = _dates(rate)
    text = "; ".join(filter(None, [unit, law, remark]))
    yield line.model_copy(update={"amount": lower, "text": text, "valid_from": since, "valid_until": until})
    if usual.amount and until:
        after = {"text": rest, "valid_from": until + dt.timedelta(days=1), "valid_until": None}
        yield usual.model_copy(update=after)


def _in_full(line: Fee) -> Fee:
    """A number below a thousand đồng is never a sum: the words name it in full, or there is none."""
    amount, text = line.amount, line.text
    update: dict[str, object] = {"valid_until": ended_on(text)}
    if line.currency == "VND" and amount is not None and amount < _LEAST:
        if amount in _NOTHING and (text or amount == 0):
            update["amount"] = 0 if says_free(text) or not text else None
        elif _names(amount * _LEAST, text):
            update["amount"] = amount * _LEAST
        elif re.search(rf"\b{amount} ?usd\b", fold(text)):
            update["currency"] = "USD"
        else:
            update |= {"amount": None, "text": f"{NO_SUM}: {text}" if any(map(str.isalpha, text)) else NO_SUM}
    return line.model_copy(update=update)


def _names(amount: int, text: str) -> bool:
    return any(int(number.replace(".", "")) == amount for number in _FULL.findall(text))


def says_free(text: str) -> bool:
    """Free without a price beside it: "free for the poor, 50,000 for others" is no 0."""
    return bool(_FREE.search(fold(text))) and not _PRICE.search(fold(text))


def ended_on(text: str) -> dt.date | None:
    """The last day a price holds by its own words ("áp dụng đến hết ngày 31/12/2023"); the latest where several."""
    days = []
    for word, *numbers in _ENDED.findall(text):
        end = _date(*numbers)
        if end:
            days.append(end - dt.timedelta(days=1) if word.lower().endswith("trước") else end)
    return max(days, default=None)


def _rate(text: str) -> re.Match[str] | None:
    """The one rate that is said to be in force for a time; of several it is not clear which is whose."""
    found = [m for m in _RATE.finditer(text) if m["lead"] or "áp dụng" in m["between"].lower()]
    return found[0] if len(found) == 1 and _dates(found[0])[1] else None


def _is_likely(lower: int, line: Fee, usual: Fee) -> bool:
    """A rate is less than the usual fee, and half of it at least where that lacks its thousands."""
    if usual.amount is None and line.amount and line.currency == "VND":
        return line.amount * _LEAST // 2 <= lower <= line.amount * _LEAST
    return lower >= _LEAST and (usual.amount is None or lower < usual.amount)


def _dates(rate: re.Match[str]) -> tuple[dt.date | None, dt.date | None]:
    numbers = rate.groups()[-6:]
    return _date(*numbers[:3]), _date(*numbers[3:])


def _date(day: str | None, month: str | None, year: str | None) -> dt.date | None:
    try:
        return dt.date(int(year or 0), int(month or 0), int(day or 0))
    except ValueError:
        return None


def _clause(text: str, rate: re.Match[str]) -> tuple[int, int]:
    """Where the clause of the rate begins and stops, with the bracket it stands in."""
    start, end = rate.span()
    opened = text.rfind("(", 0, start)
    if opened >= 0 and ")" not in text[opened:start]:
        start = opened
    if text.count("(", start, end) > text.count(")", start, end):
        closed = text.find(")", end)
        return start, closed + 1 if closed >= 0 else len(text)
    stop = _CLAUSE_END.search(text, end)
    return start, stop.end() if stop else len(text)
