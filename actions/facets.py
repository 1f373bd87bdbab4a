"""What a record says about one facet of a procedure, in plain Vietnamese; and honestly, where it says nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence

from actions.amounts import CHANNELS, fees, times
from actions.texts import say
from actions.wording import shorten, tidy
from knowledge.places import Place
from knowledge.procedure import (
    Case,
    Certainty,
    Channel,
    Document,
    DocumentKind,
    Facet,
    GovernmentLevel,
    OnlineLevel,
    Procedure,
    is_about,
)
from knowledge.text import fold

_LIST = 8
_DISTRICT = re.compile(r"\b(quận|huyện|thị xã)\b", re.IGNORECASE)
_CONDITION = re.compile(r"(chi (can|nop|khi|danh cho|ap dung)|neu |nop (neu|khi)|khi |can (khi|neu)|danh cho )")
_FORM = re.compile(r"(to khai|don |phieu|giay de nghi|mau )")
_BODIES = ("Công an", "Ủy ban nhân dân", "UBND")
_MOST_COMMUNES = 4


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


def describe(
    procedure: Procedure, facet: Facet, *, case: Case | None, today: dt.date, place: Place | None = None
) -> str:
    """One block of an answer: what the record says of `facet`, or that it does not say."""
    match facet:
        case Facet.DOCUMENTS:
            return documents(procedure, case)
        case Facet.FEE:
            return fees(procedure, today, place)
        case Facet.TIME:
            return times(procedure, today)
        case Facet.ONLINE:
            return online(procedure, place)
        case Facet.OVERVIEW:
            return overview(procedure, today, place)
        case Facet.PLACE:
            return office(procedure, place)
        case _:
            return _SIMPLE[facet](procedure)


def overview(procedure: Procedure, today: dt.date, at: Place | None = None) -> str:
    """Summary, then the four things people ask for most."""
    blocks = [
        shorten(procedure.summary),
        documents(procedure, None, most=4),
        fees(procedure, today, at),
        times(procedure, today),
        office(procedure, at),
        say(f"level_{procedure.online_level.value}"),
    ]
    return "\n".join(block for block in blocks if block)


def documents(procedure: Procedure, case: Case | None, *, most: int = _LIST) -> str:
    chosen = case or (procedure.cases[0] if procedure.cases else None)
    if chosen is None or not chosen.papers:
        return say("documents_none")
    only_one = len(procedure.cases) == 1
    head = say("documents_one") if only_one else say("documents_case", case=shorten(chosen.label, 90))
    lines = [f"• {shorten(paper.name, 160)}{_counts(paper)}{_condition(paper)}" for paper in chosen.papers[:most]]
    if len(chosen.papers) > most:
        lines.append(say("documents_more", count=len(chosen.papers) - most))
    others = [shorten(c.label.rstrip(":"), 60) for c in procedure.cases if c.papers and c.key != chosen.key]
    if others and case is None:
        lines.append(say("documents_other_cases", cases="; ".join(others[:3])))
    return "\n".join([head, *lines, *([chosen.note] if chosen.note else [])])


def _condition(paper: Document) -> str:
    """Who needs the paper, where not everybody does: "chỉ cần khi nhờ người khác làm thay"."""
    first = re.split(r"(?<=[.;])\s", paper.what, maxsplit=1)[0].rstrip(".;")
    return f": {_lower_first(shorten(first, 110))}" if _CONDITION.match(fold(first)) else ""


def _counts(paper: Document) -> str:
    parts = [f"{paper.original} bản chính"] * bool(paper.original) + [f"{paper.copies} bản sao"] * bool(paper.copies)
    return f" ({', '.join(parts)})" if parts else ""


def office(procedure: Procedure, at: Place | None = None) -> str:
    """The office of today; districts ended on 2025-07-01, so a portal text that names one is not passed on."""
    where = "" if _DISTRICT.search(procedure.place) else procedure.place
    agencies = [a for a in procedure.agencies if not _DISTRICT.search(a)]
    text = shorten(tidy(where)) or "; ".join(agencies[:4])
    if not text:
        return say("not_said", what=LABELS[Facet.PLACE])
    here = _local_office(procedure, at) if at else ""
    return f"Nơi nộp: {text}" + (f"\n{here}" if here else "")


def _local_office(procedure: Procedure, at: Place) -> str:
    """The office by its name where the person lives, for the two kinds that every commune and province has."""
    body = next((b for a in procedure.agencies for b in _BODIES if fold(a).startswith(fold(b))), None)
    if body is None:
        return ""
    if GovernmentLevel.WARD in procedure.levels and at.commune:
        return say("office_here", place=at.name, office=f"{body} {_lower_first(at.commune.name)}")
    if GovernmentLevel.WARD in procedure.levels and at.communes:
        names = ", ".join(c.name for c in at.communes[:_MOST_COMMUNES])
        more = " và nơi khác" if len(at.communes) > _MOST_COMMUNES else ""
        return say("office_split", was=at.was or at.name, names=f"{names}{more}", body=_lower_first(body))
    if GovernmentLevel.PROVINCE in procedure.levels and GovernmentLevel.WARD not in procedure.levels:
        return say("office_here", place=at.province.name, office=f"{body} {_lower_first(at.province.name)}")
    return ""


def _lower_first(name: str) -> str:
    return name[0].lower() + name[1:]


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
            lines.append(f"{marker} {title}{shorten(tidy(step.text), 500)}")
    return "\n".join(lines)


def forms(procedure: Procedure) -> str:
    """Our own forms with number and circular; else those the portal attaches a file to; else what sounds like one."""
    documents = list(procedure.documents())
    named = [_with_form(d) for d in documents if d.form]
    named = named or [d.name for d in documents if d.forms]
    named = named or [d.name for d in documents if _FORM.match(fold(d.name))]
    if not named:
        return say("forms_none_online" if is_online(procedure) else "forms_none")
    return say("forms", names="; ".join(shorten(n, 160) for n in named[:4]))


def _with_form(document: Document) -> str:
    """Name, number and circular of a form, none of them twice."""
    form = re.sub(r"^mẫu\s+", "", document.form, flags=re.IGNORECASE)  # "Mẫu số 18" → "số 18"
    number, _, issued_by = (part.strip() for part in form.partition(","))
    if fold(number) not in fold(document.name):
        return f"{shorten(document.name, 100)} (mẫu {form})"
    return f"{document.name}, theo {issued_by}" if issued_by else document.name


def online(procedure: Procedure, at: Place | None = None) -> str:
    """The level, said both ways; without an online service, where to go instead."""
    level = say(f"level_{procedure.online_level.value}")
    return level if is_online(procedure) else f"{level}\n{office(procedure, at)}"


def eligibility(procedure: Procedure) -> str:
    lines = [f"Ai được làm: {', '.join(procedure.applicants)}." if procedure.applicants else ""]
    if procedure.requirements:
        lines.append(f"Điều kiện: {shorten(tidy(procedure.requirements))}")
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
    Facet.STEPS: steps,
    Facet.FORM: forms,
    Facet.ELIGIBILITY: eligibility,
    Facet.PROXY: proxy,
    Facet.DEADLINE: lambda p: _line(Facet.DEADLINE, p.deadline),
    Facet.PENALTY: lambda p: _line(Facet.PENALTY, p.penalty),
    Facet.RESULT: results,
    Facet.LEGAL_BASIS: legal_basis,
}


def footer(
    procedure: Procedure, facets: Sequence[Facet], today: dt.date, stale_after: int, place: Place | None = None
) -> str:
    """What changes the answer just now, what is not sure, what is ours against the portal; source and day."""
    lines = notices(procedure, facets, today, place)
    if procedure.certainty is not Certainty.HIGH and is_about(procedure.doubts_about, facets):
        lines.append(say("doubts", doubts=procedure.doubts))
    concerned = {
        "fees": Facet.FEE, "times": Facet.TIME, "cases": Facet.DOCUMENTS, "place": Facet.PLACE,
        "legal_basis": Facet.LEGAL_BASIS, "applicants": Facet.ELIGIBILITY, "online_level": Facet.ONLINE,
        "results": Facet.RESULT, "requirements": Facet.ELIGIBILITY, "steps": Facet.STEPS,
    }  # fmt: skip
    for override in procedure.overrides:
        facet = concerned.get(override.field)
        if facet and is_about((facet,), facets):
            what = LABELS[facet].lower()
            lines.append(say("ours", what=what, source=override.source.rstrip("."), why=override.why.rstrip(".")))
    lines.append(say("source", source=procedure.source, checked_on=f"{procedure.checked_on:%d/%m/%Y}"))
    if (today - procedure.checked_on).days > stale_after:
        lines.append(say("stale", days=stale_after))
    return "\n".join(lines)


def notices(procedure: Procedure, facets: Sequence[Facet], today: dt.date, place: Place | None) -> list[str]:
    """Changes of the law and rules of one province that are in force today and concern what is asked."""
    here = place.province.code if place else None
    return [
        say("notice", text=n.text.rstrip("."), source=n.source.rstrip("."))
        for n in procedure.notices
        if n.holds_on(today) and n.concerns(facets, here)
    ]


def is_online(procedure: Procedure) -> bool:
    return procedure.online_level is not OnlineLevel.NONE
