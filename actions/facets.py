"""What a record says about one facet of a procedure, in plain Vietnamese; and honestly, where it says nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from enum import StrEnum

from actions.texts import say
from knowledge.procedure import (
    Case,
    Channel,
    Document,
    DocumentKind,
    Fee,
    OnlineLevel,
    Procedure,
    ProcessingTime,
    TimeUnit,
)
from knowledge.text import fold, squeeze

_LONG = 420  # characters of one block; longer portal texts are cut at a sentence end
_LIST = 8
_DISTRICT = re.compile(r"\b(quận|huyện|thị xã)\b", re.IGNORECASE)


class Facet(StrEnum):
    """What is asked about a procedure: the values of the `facet` entity."""

    DOCUMENTS = "documents"
    FEE = "fee"
    TIME = "time"
    PLACE = "place"
    STEPS = "steps"
    ONLINE = "online"
    FORM = "form"
    ELIGIBILITY = "eligibility"
    PROXY = "proxy"
    DEADLINE = "deadline"
    PENALTY = "penalty"
    RESULT = "result"
    LEGAL_BASIS = "legal_basis"
    OVERVIEW = "overview"


LABELS = {
    Facet.DOCUMENTS: "Giấy tờ",
    Facet.FEE: "Lệ phí",
    Facet.TIME: "Thời gian",
    Facet.PLACE: "Nơi nộp",
    Facet.STEPS: "Các bước",
    Facet.ONLINE: "Làm trên mạng",
    Facet.FORM: "Mẫu đơn",
    Facet.ELIGIBILITY: "Ai được làm",
    Facet.PROXY: "Nhờ người nộp thay",
    Facet.DEADLINE: "Hạn phải làm",
    Facet.PENALTY: "Làm trễ có bị phạt không",
    Facet.RESULT: "Kết quả nhận được",
    Facet.LEGAL_BASIS: "Căn cứ pháp lý",
    Facet.OVERVIEW: "Tóm tắt",
}
CHANNELS = {Channel.ONLINE: "nộp trên mạng", Channel.DIRECT: "nộp trực tiếp", Channel.POSTAL: "qua bưu điện"}
_UNITS = {
    TimeUnit.WORKING_DAY: "ngày làm việc",
    TimeUnit.DAY: "ngày",
    TimeUnit.HOUR: "giờ",
    TimeUnit.MONTH: "tháng",
    TimeUnit.YEAR: "năm",
}


def describe(procedure: Procedure, facet: Facet, *, case: Case | None, today: dt.date) -> str:
    """One block of an answer: what the record says of `facet`, or that it does not say."""
    match facet:
        case Facet.DOCUMENTS:
            return documents(procedure, case)
        case Facet.FEE:
            return fees(procedure, today)
        case Facet.TIME:
            return times(procedure, today)
        case Facet.ONLINE:
            return online(procedure)
        case Facet.OVERVIEW:
            return overview(procedure, today)
        case _:
            return _SIMPLE[facet](procedure)


def overview(procedure: Procedure, today: dt.date) -> str:
    """Summary, then the four things people ask for most."""
    blocks = [
        shorten(procedure.summary),
        documents(procedure, None, most=4),
        fees(procedure, today),
        times(procedure, today),
        place(procedure),
        say(f"level_{procedure.online_level.value}"),
    ]
    return "\n".join(block for block in blocks if block)


def documents(procedure: Procedure, case: Case | None, *, most: int = _LIST) -> str:
    chosen = case or (procedure.cases[0] if procedure.cases else None)
    if chosen is None or not chosen.papers:
        return say("documents_none")
    only_one = len(procedure.cases) == 1
    head = say("documents_one") if only_one else say("documents_case", case=shorten(chosen.label, 90))
    lines = [f"• {shorten(paper.name, 160)}{_counts(paper)}" for paper in chosen.papers[:most]]
    if len(chosen.papers) > most:
        lines.append(say("documents_more", count=len(chosen.papers) - most))
    others = [shorten(c.label.rstrip(":"), 60) for c in procedure.cases if c.papers and c.key != chosen.key]
    if others and case is None:
        lines.append(say("documents_other_cases", cases="; ".join(others[:3])))
    return "\n".join([head, *lines, *([chosen.note] if chosen.note else [])])


def _counts(paper: Document) -> str:
    parts = [f"{paper.original} bản chính"] * bool(paper.original) + [f"{paper.copies} bản sao"] * bool(paper.copies)
    return f" ({', '.join(parts)})" if parts else ""


def fees(procedure: Procedure, today: dt.date) -> str:
    """Amounts in force today, each with its condition. Never "free" from a bare 0, never a price that has ended."""
    current = [fee for fee in procedure.fees if fee.holds_on(today)]
    ended = [fee.valid_until for fee in procedure.fees if fee.valid_until and fee.valid_until < today]
    said = [fee for fee in current if fee.amount or fee.text]
    if said:
        channels = {fee.channel for fee in procedure.fees if fee.channel}
        return "\n".join(["Lệ phí:", *_by_channel([(fee.channel, _fee(fee)) for fee in said], channels)])
    if ended:
        return f"Lệ phí: {say('fee_ended', day=f'{max(ended):%d/%m/%Y}')}"
    if current:
        return f"Lệ phí: {say('fee_zero_bare')}"
    return say("not_said", what=LABELS[Facet.FEE])


def _fee(fee: Fee) -> str:
    text = shorten(_tidy(fee.text), 220)
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
        return say("not_said", what=LABELS[Facet.TIME])
    is_ours = bool(procedure.plain_name)
    channels = {t.channel for t in procedure.times if t.channel}
    lines = _by_channel([(t.channel, _time(t, with_text=is_ours)) for t in known], channels)
    return f"Thời gian: {lines[0].removeprefix('• ')}" if len(lines) == 1 else "\n".join(["Thời gian:", *lines])


def _time(time: ProcessingTime, *, with_text: bool) -> str:
    quantity = f"{time.quantity:g}".replace(".", ",")
    text = f" ({shorten(_tidy(time.text), 140)})" if with_text and time.text else ""
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
    return lines[:_LIST]


def place(procedure: Procedure) -> str:
    """The office of today; districts ended on 2025-07-01, so a portal text that names one is not passed on."""
    where = "" if _DISTRICT.search(procedure.place) else procedure.place
    agencies = [a for a in procedure.agencies if not _DISTRICT.search(a)]
    text = shorten(_tidy(where)) or "; ".join(agencies[:4])
    return f"Nơi nộp: {text}" if text else say("not_said", what=LABELS[Facet.PLACE])


def steps(procedure: Procedure) -> str:
    if not procedure.steps:
        return say("not_said", what=LABELS[Facet.STEPS])
    lines = ["Các bước:"]
    for channel in (Channel.ONLINE, Channel.DIRECT, Channel.POSTAL, None):
        of_channel = [s for s in procedure.steps if s.channel is channel]
        if of_channel and channel:
            lines.append(f"{CHANNELS[channel].capitalize()}:")
        for number, step in enumerate(of_channel[:6], 1):
            title = f"{step.title.rstrip(':')}: " if step.title else ""
            marker = f"{number}." if len(of_channel) > 1 else "•"
            lines.append(f"{marker} {title}{shorten(_tidy(step.text), 500)}")
    return "\n".join(lines)


def forms(procedure: Procedure) -> str:
    with_file = [d.name for d in procedure.documents() if d.forms]
    named = with_file or [
        d.name for d in procedure.documents() if re.match(r"(to khai|don |phieu|giay de nghi|mau )", fold(d.name))
    ]
    if not named:
        return say("forms_none_online" if is_online(procedure) else "forms_none")
    return say("forms", names="; ".join(shorten(n, 120) for n in named[:4]))


def online(procedure: Procedure) -> str:
    """The level, said both ways; without an online service, where to go instead."""
    level = say(f"level_{procedure.online_level.value}")
    return level if is_online(procedure) else f"{level}\n{place(procedure)}"


def eligibility(procedure: Procedure) -> str:
    lines = [f"Ai được làm: {', '.join(procedure.applicants)}." if procedure.applicants else ""]
    if procedure.requirements:
        lines.append(f"Điều kiện: {shorten(_tidy(procedure.requirements))}")
    return "\n".join(filter(None, lines)) or say("not_said", what=LABELS[Facet.ELIGIBILITY])


def proxy(procedure: Procedure) -> str:
    """Our own words where we have them, else the record's own lines about authorising someone (uỷ quyền)."""
    if procedure.who_may_file:
        return f"{LABELS[Facet.PROXY]}: {procedure.who_may_file}"
    lines = [d.name for d in procedure.documents() if d.kind is not DocumentKind.HEADING and "uy quyen" in fold(d.name)]
    lines += [c.label for c in procedure.cases if "uy quyen" in fold(c.label)]
    if lines:
        return "\n".join([f"{LABELS[Facet.PROXY]}, hồ sơ ghi:", *(f"• {shorten(line, 220)}" for line in lines[:3])])
    return say("not_said", what=LABELS[Facet.PROXY])


def legal_basis(procedure: Procedure) -> str:
    if not procedure.legal_basis:
        return say("not_said", what=LABELS[Facet.LEGAL_BASIS])
    rows = [
        f"• {b.code}{f': {shorten(b.name, 110)}' if b.name and b.name != b.code else ''}" for b in procedure.legal_basis
    ]
    return "\n".join(["Căn cứ pháp lý:", *rows[:_LIST]])


def results(procedure: Procedure) -> str:
    if not procedure.results:
        return say("not_said", what=LABELS[Facet.RESULT])
    return "\n".join(["Kết quả nhận được:", *(f"• {shorten(r, 160)}" for r in procedure.results[:4])])


def _line(facet: Facet, text: str) -> str:
    return f"{LABELS[facet]}: {text}" if text else say("not_said", what=LABELS[facet])


_SIMPLE: dict[Facet, Callable[[Procedure], str]] = {
    Facet.PLACE: place,
    Facet.STEPS: steps,
    Facet.FORM: forms,
    Facet.ELIGIBILITY: eligibility,
    Facet.PROXY: proxy,
    Facet.DEADLINE: lambda p: _line(Facet.DEADLINE, p.deadline),
    Facet.PENALTY: lambda p: _line(Facet.PENALTY, p.penalty),
    Facet.RESULT: results,
    Facet.LEGAL_BASIS: legal_basis,
}


def footer(procedure: Procedure, facets: Sequence[Facet], today: dt.date, stale_after: int) -> str:
    """Source, day of checking, and whatever of the answer is ours against the portal."""
    lines = []
    concerned = {
        "fees": Facet.FEE, "times": Facet.TIME, "cases": Facet.DOCUMENTS, "place": Facet.PLACE,
        "legal_basis": Facet.LEGAL_BASIS, "applicants": Facet.ELIGIBILITY, "online_level": Facet.ONLINE,
        "results": Facet.RESULT, "requirements": Facet.ELIGIBILITY, "steps": Facet.STEPS,
    }  # fmt: skip
    for override in procedure.overrides:
        facet = concerned.get(override.field)
        if facet and (facet in facets or Facet.OVERVIEW in facets):
            what = LABELS[facet].lower()
            lines.append(say("ours", what=what, source=override.source.rstrip("."), why=override.why.rstrip(".")))
    lines.append(say("source", source=procedure.source, checked_on=f"{procedure.checked_on:%d/%m/%Y}"))
    if (today - procedure.checked_on).days > stale_after:
        lines.append(say("stale", days=stale_after))
    return "\n".join(lines)


def shorten(text: str, limit: int = _LONG) -> str:
    """At most about `limit` characters, cut at the end of a sentence or clause, or between words."""
    if len(text) <= limit:
        return text
    head = text[:limit]
    for mark in (". ", ".\n", "; ", ";\n", "\n", ", ", " "):
        at = head.rfind(mark)
        if at > limit // 2:
            return head[: at + 1].rstrip(" \n;,") + " …"
    return head.rstrip() + "…"


def _tidy(text: str) -> str:
    """Portal text without its bullets and doubled blanks."""
    return squeeze(re.sub(r"(^|\n)\s*[-+*•]\s*", " ", text)).strip("; ")


def is_online(procedure: Procedure) -> bool:
    return procedure.online_level is not OnlineLevel.NONE
