"""What a record says about one facet of a procedure, in plain Vietnamese; and honestly, where it says nothing."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence

from actions.amounts import CHANNELS, fees, is_tax, times
from actions.deadlines import deadline
from actions.labels import LABELS
from actions.texts import say
from actions.wording import (
    listed,
    lower_first,
    sentence_case,
    sentences,
    shorten,
    tidy,
    upper_first,
    whole_sentences,
)
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
_PAPER, _PAPERS = 160, 1200  # characters of one paper's name; of few papers' names together
_OVERVIEW_PAPERS = 3
_OVERVIEW_FEES = 2
_OVERVIEW_TEXT = 220  # characters of a text in the overview
_CONDITION_TEXT = 240  # characters of a paper's condition, in whole sentences
_REQUIREMENTS = 360  # characters of a procedure's conditions
_OVERVIEW_REMARKS = 2
_ONE_LINE = 200  # characters up to which a short list is one line
_MOST_STEPS = 6
_STEP_START = re.compile(r"\n(?=[\s\-+*]*(?:[a-zđ]\)\s*)?Bước \d)")
_STEP_NUMBER = re.compile(r"^[\s\-+*]*(?:[a-zđ]\)\s*)?Bước \d+\s*[:.\-]\s*")
_SHORT_TITLE = 9  # characters; "Bước 2" is said by the number
_BY_POST = re.compile(r"\bbuu (?:chinh|dien)\b")
_DISTRICT = re.compile(r"\b(quận|huyện|thị xã)\b", re.IGNORECASE)
_CONDITION = re.compile(r"(chi (can|nop|khi|danh cho|ap dung)|neu |nop (neu|khi)|khi |can (khi|neu)|danh cho )")
_EXCEPTION = re.compile(r"\b(khoi|khong can|khong phai|tru|mien)\b")
_FORM = re.compile(r"(to khai|don |phieu|giay de nghi|mau )")
_NO_CASE = re.compile(  # case names of the portal that are papers or headings
    r"to khai|ban khai|don (de nghi|xin|dang ky)|phieu|giay de nghi|van ban de nghi|\d+ (bo|ban)\b|"
    r"ngoai (cac|tai lieu|giay to)|nhom \d|truong hop thong thuong$|ho so( gom| bao gom)?:?$"
)
_HEADING_END = re.compile(r",?\s*((bao )?gồm( các)?( văn bản, tài liệu| giấy tờ)?( sau)?( đây)?)?\s*:?$", re.IGNORECASE)
_BY_LAW = re.compile(r"\b(điều|khoản) \d|\bđiểm [a-zđ]\b|quy định tại (luật|nghị định|thông tư)", re.IGNORECASE)
_NOTHING = re.compile(r"(khong|chua)( co)?( quy dinh| yeu cau)?( dieu kien)?[. ]*")
_ANSWERS = re.compile(r"(duoc|khong)\b")
_BARE_ANSWER = re.compile(r"(Được|Không)\s*[:;]\s*(.+)", re.IGNORECASE | re.DOTALL)
_LATE = re.compile(r"\b(tre|muon|cham|qua (han|\d+|thoi han)|sau han|khong dung han)\b")
_PERSON = re.compile(
    r"(?:Phó )?(?:Chủ tịch|Bộ trưởng|Giám đốc|Tổng cục trưởng|Cục trưởng|Chi cục trưởng|Thủ trưởng|Trưởng ban|"
    r"Hiệu trưởng|Viện trưởng|Người đứng đầu)(?: của)?\s+",
    re.IGNORECASE,
)
_NOBODY = re.compile(r"(bo truong|chu tich nuoc|thu tuong|nguoi dung dau)\b")  # who has no counter of their own
_NO_PLACE = re.compile(r"khong( co)?( thong tin| quy dinh)?[. ]*")
_PHOTO = re.compile(r"((\d+|hai|ba|bon) )?(tam )?(anh|hinh)\b(?! huong)")
_NO_ORIGINAL = re.compile(r"ban (sao|chup|photo|dich|in|ve|chinh)\b|trich luc\b|sao y\b")
_LASTS = re.compile(r"\b(co gia tri|thoi han su dung|thoi han (cua )?(giay|the|ho chieu|phieu)|hieu luc|han dung)\b")
_FIRST_STEP = re.compile(r"^\s*bước 1\s*[.:]\s*(?:nộp hồ sơ\s*[.:]?\s*)?", re.IGNORECASE)  # the portal's, as a place
_IS_MONEY = re.compile(r"(so )?(tien|tro cap|khoan tien|muc huong|luong huu)\b")
_IS_PAPER = re.compile(r"\b(giay|the|ho chieu|phieu|chung chi|bang|so|tem)\b")
_BENEFIT = re.compile(
    r"\b(trợ cấp|(?<!ảnh )hưởng|mai táng|học bổng|lương hưu|hỗ trợ (tiền|kinh phí|chi phí|học tập))\b", re.IGNORECASE
)
_BY_AUTHORITY = re.compile(r"\bhoac( nguoi)?( duoc)?( ho)? uy quyen\b|\buy quyen cho nguoi khac\b")
_WITH_LIMITS = re.compile(r"\b(phải tự|phải đến|không cần|trừ)\b")
_SAYS_WHO_ACTS = re.compile(
    r"\b(thay|giúp|tự|phải|nhờ|cử|cùng có mặt|ủy quyền|uỷ quyền|không nộp|nộp cho|nộp qua)\b", re.I
)
_LOCAL_RULE = re.compile(r"HĐND|QĐ-UBND")
_BODIES = ("Công an", "Ủy ban nhân dân", "UBND")
_MOST_COMMUNES = 4


def describe(
    procedure: Procedure,
    facet: Facet,
    *,
    case: Case | None,
    today: dt.date,
    place: Place | None = None,
    asked: Sequence[Facet] = (),
) -> str:
    """One block of an answer: what the record says of `facet`, or that it does not say.

    `asked` is all that is asked: what another block will say is not said twice.
    """
    match facet:
        case Facet.DOCUMENTS:
            return documents(procedure, case, today)
        case Facet.FEE:
            received = say("fee_not_received") if is_benefit(procedure) else ""
            return "\n".join(filter(None, [fees(procedure, today, place), received]))
        case Facet.TIME:
            return times(procedure, today)
        case Facet.ONLINE:
            return online(procedure, place)
        case Facet.OVERVIEW:
            return overview(procedure, today, place, case)
        case Facet.PLACE:
            return office(procedure, place)
        case Facet.PENALTY:
            return penalty(procedure, with_deadline=Facet.DEADLINE not in asked)
        case _:
            return _SIMPLE[facet](procedure)


def overview(procedure: Procedure, today: dt.date, at: Place | None = None, case: Case | None = None) -> str:
    """Summary, then the four things people ask for most; short enough for a phone."""
    blocks = [
        _brief(procedure.summary),
        documents(procedure, case, today, most=_OVERVIEW_PAPERS, is_brief=True),
        _on_one_line(fees(procedure, today, at, most=_OVERVIEW_FEES)),
        _on_one_line(times(procedure, today)),
        office(procedure, at, is_brief=True),
        _level(procedure),
    ]
    return "\n".join(block for block in blocks if block)


def _on_one_line(block: str) -> str:
    """A heading and its few short points as one line."""
    head, *lines = block.splitlines()
    points = [line.removeprefix("• ").rstrip(".") for line in lines if line.startswith("• ")]
    rest = [line for line in lines if not line.startswith("• ")]
    first, *others = points or [""]
    line = " ".join([head, "; ".join([first, *map(lower_first, others)]), *rest])
    return line if points and len(line) <= _ONE_LINE else block


def _brief(text: str) -> str:
    return whole_sentences(text, _OVERVIEW_TEXT) or shorten(text, _OVERVIEW_TEXT)


def documents(
    procedure: Procedure, case: Case | None, today: dt.date, *, most: int = _LIST, is_brief: bool = False
) -> str:
    chosen = case or (procedure.cases[0] if procedure.cases else None)
    papers = chosen.papers if chosen else ()
    if chosen is None or not papers:
        note = chosen.note if chosen else ""
        return f"{LABELS[Facet.DOCUMENTS]}: {lower_first(note)}" if note else say("documents_none")
    others = [_case_name(c) for c in procedure.cases if c.key != chosen.key and c.papers and is_situation(c)]
    most = len(papers) if len(papers) == most + 1 else most  # one more takes no more room than to say so
    is_named = len(procedure.cases) > 1 and is_situation(chosen)
    others = others if case is None else []
    head = say("documents_case", case=_case_name(chosen, 90)) if is_named else say("documents_one")
    if others and is_brief:
        head = f"{head.rstrip(':')} {say('documents_cases', count=len(others))}"
    limit = _PAPER if is_brief else max(_PAPER, _PAPERS // len(papers))
    lines = [head, *(f"• {_paper_name(p, limit)}{_counts(p)}{_condition(p, today)}" for p in papers[:most])]
    if len(papers) > most:
        lines.append(say("documents_more", count=len(papers) - most))
    if others and not is_brief:
        lines.append(say("documents_other_cases", cases="; ".join(others[:3])))
    if chosen.note and (not is_brief or len(chosen.note) <= _OVERVIEW_TEXT // 2):
        lines.append(chosen.note)
    return "\n".join(lines)


def is_situation(case: Case) -> bool:
    """Whether a case's name says a person's situation, and not a paper or a heading of the portal's list."""
    return not _NO_CASE.match(fold(case.label).strip())


def _case_name(case: Case, limit: int = 60) -> str:
    return shorten(_HEADING_END.sub("", sentence_case(case.label)), limit)


def _paper_name(paper: Document, limit: int) -> str:
    return shorten(_HEADING_END.sub("", paper.name).rstrip(" .;"), limit)


def _condition(paper: Document, today: dt.date) -> str:
    """Who needs the paper, where not everybody does: "chỉ cần khi nhờ người khác làm thay", and who is exempt."""
    first, *rest = sentences(paper.what) or [""]
    if not _CONDITION.match(fold(first)):
        has_begun = paper.instead_since is None or paper.instead_since <= today
        is_spared = has_begun and any(_EXCEPTION.search(fold(said)) for said in sentences(paper.instead)[:1])
        return say("may_be_left_out") if is_spared else ""
    exempt = rest[0] if rest and _EXCEPTION.search(fold(rest[0])) else ""
    both = f"{first} {exempt}".strip()
    text = both if len(both) <= _CONDITION_TEXT or len(first) > _CONDITION_TEXT else f"{first} {say('has_exceptions')}"
    return f": {lower_first(text).rstrip('.;')}"


def _counts(paper: Document) -> str:
    """How many; a photo is no original, and of a copy an original is just one piece of paper."""
    name = fold(paper.name)
    if _PHOTO.match(name):
        count = paper.original or paper.copies
        return f" ({count} tấm)" if count > 1 and not name[:1].isdigit() else ""
    original = "bản" if _NO_ORIGINAL.match(name) else "bản chính"
    parts = [f"{paper.original} {original}"] * bool(paper.original) + [f"{paper.copies} bản sao"] * bool(paper.copies)
    return f" ({', '.join(parts)})" if parts else ""


def office(procedure: Procedure, at: Place | None = None, *, is_brief: bool = False) -> str:
    """The office of today; districts ended on 2025-07-01, so a portal text that names one is not passed on."""
    has_place = not _DISTRICT.search(procedure.place) and not _NO_PLACE.fullmatch(fold(procedure.place))
    where = _FIRST_STEP.sub("", procedure.place) if has_place else ""
    agencies = _offices(procedure)
    text = (_brief(tidy(where)) if is_brief else shorten(tidy(where))) or "; ".join(agencies[:4])
    if not text:
        return say("not_said", what=LABELS[Facet.PLACE])
    here = _local_office(procedure, at) if at else ""
    return f"Nơi nộp: {text}" + (f"\n{here}" if here else "")


def _offices(procedure: Procedure) -> list[str]:
    """Offices of today: no district, and where the record names a head ("Chủ tịch …"), the office behind."""
    offices = []
    for agency in procedure.agencies:
        office = _PERSON.sub("", agency, count=1) if _PERSON.match(agency) else agency
        if _NOBODY.match(fold(office)):
            office = procedure.ministry
        if office and not _DISTRICT.search(office):
            offices.append(upper_first(office))
    return list(dict.fromkeys(offices))


def _local_office(procedure: Procedure, at: Place) -> str:
    """The office by its name where the person lives, for the two kinds that every commune and province has."""
    body = next((b for a in _offices(procedure) for b in _BODIES if fold(a).startswith(fold(b))), None)
    if body is None:
        return ""
    if GovernmentLevel.WARD in procedure.levels and at.commune:
        return say("office_here", place=at.name, office=f"{body} {lower_first(at.commune.name)}")
    if GovernmentLevel.WARD in procedure.levels and at.communes:
        names = listed([commune.name for commune in at.communes], _MOST_COMMUNES)
        return say("office_split", was=at.was or at.name, names=names, body=lower_first(body))
    if GovernmentLevel.PROVINCE in procedure.levels and GovernmentLevel.WARD not in procedure.levels:
        return say("office_here", place=at.province.name, office=f"{body} {lower_first(at.province.name)}")
    return ""


def steps(procedure: Procedure) -> str:
    if not procedure.steps:
        return say("not_said", what=LABELS[Facet.STEPS])
    lines = ["Các bước:"]
    for channel in (Channel.ONLINE, Channel.DIRECT, Channel.POSTAL, None):
        of_channel = [(s.title, part) for s in procedure.steps if s.channel is channel for part in _parts(s.text)]
        if of_channel and channel:
            lines.append(f"{CHANNELS[channel].capitalize()}:")
        for number, (title, text) in enumerate(of_channel[:_MOST_STEPS], 1):
            marker = f"{number}." if len(of_channel) > 1 else "•"
            lines.append(f"{marker} {_step_title(title)}{shorten(text, 500)}")
    return "\n".join(lines)


def _parts(text: str) -> list[str]:
    """A step of the portal that holds several ("Bước 1: … Bước 2: …"), each without its number."""
    parts = (tidy(_STEP_NUMBER.sub("", part)) for part in _STEP_START.split(text))
    return [part for part in parts if part]


def _step_title(title: str) -> str:
    """The portal's heading of a step, where it says more than its number."""
    title = tidy(title).rstrip(":. ")
    return "" if not title or (fold(title).startswith("buoc") and len(title) < _SHORT_TITLE) else f"{title}: "


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
    level = _level(procedure)
    return level if is_online(procedure) else f"{level}\n{office(procedure, at)}"


def _level(procedure: Procedure) -> str:
    """How far it can be done on the net; where it cannot, whether the post will do."""
    told = [(t.channel, t.text) for t in procedure.times] + [(f.channel, f.text) for f in procedure.fees]
    is_posted = any(channel is Channel.POSTAL or _BY_POST.search(fold(text)) for channel, text in told)
    if is_posted and not is_online(procedure):
        return say("level_none_post")
    return say(f"level_{procedure.online_level.value}")


def eligibility(procedure: Procedure) -> str:
    """The conditions where they are plain words, else for whom the procedure is; no record has a yes or no."""
    said, is_all = _plain_conditions(procedure.requirements)
    if said:
        said = said if said.startswith("Điều kiện") else f"Điều kiện: {said}"
        return said if is_all else f"{said} {say('conditions_more')}"
    if procedure.summary:
        return "\n".join([shorten(procedure.summary), _who_may(procedure.who_may_file) or say("no_yes_or_no")])
    is_by_law = bool(procedure.requirements) and not _NOTHING.fullmatch(fold(procedure.requirements))
    return say("conditions_by_law") if is_by_law else say("not_said", what=LABELS[Facet.ELIGIBILITY])


def _who_may(who: str) -> str:
    """Who files, where that is no answer to "may another go for me": its "được" would be read as one to anything."""
    return f"Ai đi nộp: {who}" if who and not _ANSWERS.match(fold(who)) else ""


def _plain_conditions(requirements: str) -> tuple[str, bool]:
    """The sentences that say something without a law book, and whether these are all."""
    if _NOTHING.fullmatch(fold(requirements)):
        return "", True
    lines = [tidy(line) for line in requirements.splitlines()]
    lines = [line if line.endswith((".", ":", "!", "?")) else f"{line}." for line in lines if line]
    parts = [part for line in lines for part in sentences(line)]
    plain = [part for part in parts if not _BY_LAW.search(part)]
    if plain and plain[-1].endswith(":"):
        plain = plain[:-1]  # a heading of what was left out
    said = whole_sentences("\n".join(plain), _REQUIREMENTS) or shorten(" ".join(plain), _REQUIREMENTS)
    return said, len(plain) == len(parts) and len(said) >= len(" ".join(plain))


def proxy(procedure: Procedure) -> str:
    """Our own words where we have them, else the record's own lines about authorising someone (uỷ quyền)."""
    if procedure.who_may_file:
        return _who_files(procedure.who_may_file)
    papers = [d for d in procedure.documents() if d.kind is not DocumentKind.HEADING and "uy quyen" in fold(d.name)]
    lines = [f"{d.name}: {lower_first(d.what)}" if d.what else d.name for d in papers]
    lines += [c.label for c in procedure.cases if "uy quyen" in fold(c.label)]
    if lines:
        lines = list(dict.fromkeys(tidy(line) for line in lines))
        return "\n".join([f"{LABELS[Facet.PROXY]}, hồ sơ ghi:", *(f"• {shorten(line, 220)}" for line in lines[:3])])
    return say("not_said", what=LABELS[Facet.PROXY])


def _who_files(who: str) -> str:
    """The record's line so that it answers "may another go for me": a line that only names a person does not."""
    if bare := _BARE_ANSWER.match(who):
        return f"{LABELS[Facet.PROXY]}: {bare[1].lower()}. {upper_first(bare[2])}"
    if _ANSWERS.match(fold(who)):
        return f"{LABELS[Facet.PROXY]}: {lower_first(who)}"
    if _BY_AUTHORITY.search(fold(who)) and not _WITH_LIMITS.search(who):
        return say("proxy_authorised", who=lower_first(who).rstrip("."))
    if _SAYS_WHO_ACTS.search(who):
        return say("proxy_said", who=who)
    return say("proxy_only_named", who=lower_first(who).rstrip("."))


def legal_basis(procedure: Procedure) -> str:
    if not procedure.legal_basis:
        return say("not_said", what=LABELS[Facet.LEGAL_BASIS])
    rows = [
        f"• {b.code}{f': {shorten(b.name, 110)}' if b.name and b.name != b.code else ''}" for b in procedure.legal_basis
    ]
    return "\n".join(["Căn cứ pháp lý:", *rows[:_LIST]])


def pays(procedure: Procedure) -> bool:
    """Whether what one gets is first of all money."""
    return bool(procedure.results) and _IS_MONEY.match(fold(procedure.results[0])) is not None


def results(procedure: Procedure) -> str:
    """What one gets; of a paper also how long it is good for, or that this is not written."""
    if not procedure.results:
        return say("not_said", what=LABELS[Facet.RESULT])
    lines = ["Kết quả nhận được:", *(f"• {shorten(r, 160)}" for r in procedure.results[:4])]
    is_paper = not pays(procedure) and any(_IS_PAPER.search(fold(result)) for result in procedure.results)
    if is_paper and not any(_LASTS.search(fold(result)) for result in procedure.results):
        said = [part for part in sentences(procedure.summary) if _LASTS.search(fold(part))]
        lines.append(said[0] if said else say("validity_not_said"))
    return "\n".join(lines)


def penalty(procedure: Procedure, *, with_deadline: bool = True) -> str:
    """What it costs, and by when it must be done: who asks for the one often means the other."""
    label = say("penalty_late") if is_for_lateness(procedure) else LABELS[Facet.PENALTY]
    line = f"{label}: {procedure.penalty}" if procedure.penalty else say("not_said", what=label)
    by_when = deadline(procedure) if with_deadline and procedure.deadline else ""
    return "\n".join(filter(None, [by_when, line]))


def is_for_lateness(procedure: Procedure) -> bool:
    """Whether the penalty is for being late, and not for something else."""
    return _LATE.search(fold(procedure.penalty)) is not None


def is_benefit(procedure: Procedure) -> bool:
    """Something one is paid: who asks "how much" there may mean that, and no fee."""
    return bool(_BENEFIT.search(procedure.title)) and not is_tax(procedure)


_SIMPLE: dict[Facet, Callable[[Procedure], str]] = {
    Facet.STEPS: steps,
    Facet.FORM: forms,
    Facet.ELIGIBILITY: eligibility,
    Facet.PROXY: proxy,
    Facet.DEADLINE: deadline,
    Facet.RESULT: results,
    Facet.LEGAL_BASIS: legal_basis,
}


_CONCERNED = {
    "fees": Facet.FEE, "times": Facet.TIME, "cases": Facet.DOCUMENTS, "place": Facet.PLACE,
    "legal_basis": Facet.LEGAL_BASIS, "applicants": Facet.ELIGIBILITY, "online_level": Facet.ONLINE,
    "results": Facet.RESULT, "requirements": Facet.ELIGIBILITY, "steps": Facet.STEPS,
}  # fmt: skip


def footer(
    procedure: Procedure, facets: Sequence[Facet], today: dt.date, stale_after: int, place: Place | None = None
) -> str:
    """What changes the answer just now, what is not sure, what is ours against the portal; source and day.

    One remark of each kind for each facet that was asked; two in all below an overview, which is long enough.
    """
    lines = notices(procedure, facets, today, place)[: len(facets)]
    if procedure.certainty is not Certainty.HIGH and is_about(procedure.doubts_about, facets):
        lines.append(say("doubts", doubts=procedure.doubts))
    lines += _ours(procedure, facets, place)[: len(facets)]
    if Facet.OVERVIEW in facets:
        lines = lines[:_OVERVIEW_REMARKS]
    lines.append(say("source", source=procedure.source, checked_on=f"{procedure.checked_on:%d/%m/%Y}"))
    if (today - procedure.checked_on).days > stale_after:
        lines.append(say("stale", days=stale_after))
    return "\n".join(lines)


def _ours(procedure: Procedure, facets: Sequence[Facet], place: Place | None) -> list[str]:
    """By what our own value counts, for the facets asked; a province's rule only for who lives there."""
    lines = []
    for override in procedure.overrides:
        facet = _CONCERNED.get(override.field)
        if facet and is_about((facet,), facets) and _holds_at(override.source, place):
            source = re.split(r"[;(]", override.source, maxsplit=1)[0].strip(" .,")
            lines.append(say("ours", what=LABELS[facet], source=source))
    return list(dict.fromkeys(lines))


def _holds_at(source: str, place: Place | None) -> bool:
    if not _LOCAL_RULE.search(source):
        return True
    return place is not None and fold(place.province.short_name) in fold(source)


def notices(procedure: Procedure, facets: Sequence[Facet], today: dt.date, place: Place | None) -> list[str]:
    """Changes of the law and rules of one province that are in force today and concern what is asked."""
    here = place.province.code if place else None
    current = [n for n in procedure.notices if n.holds_on(today) and n.concerns(facets, here)]
    is_overview = Facet.OVERVIEW in facets  # there the record's own order counts, else the most particular comes first
    current.sort(key=lambda n: (n.province is None, not is_overview and (len(n.facets) or len(Facet))))
    return [say("notice", text=n.text.rstrip("."), source=n.source.rstrip(".")) for n in current]


def is_online(procedure: Procedure) -> bool:
    return procedure.online_level is not OnlineLevel.NONE
