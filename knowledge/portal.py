"""Records of the national portal, as its API returns them, made into `Procedure`s.

The records have traps (listed in docs/records.md); each helper below handles one and says which. Nothing is guessed:
what a record does not say stays empty, and a record that cannot be read is rejected with its reason.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from knowledge import fee_words
from knowledge.procedure import (
    Case,
    Channel,
    Document,
    DocumentKind,
    Fee,
    FeeKind,
    Form,
    GovernmentLevel,
    LegalBasis,
    OnlineLevel,
    Origin,
    Procedure,
    ProcessingTime,
    ServiceVariant,
    State,
    Step,
    TimeUnit,
)
from knowledge.text import fold, nfc, squeeze

Raw = dict[str, Any]

_CHANNELS = {"ONLINE": Channel.ONLINE, "POSTAL": Channel.POSTAL, "DIRECT": Channel.DIRECT}
_UNITS = {
    "WORKING_DAY": TimeUnit.WORKING_DAY,
    "DAY": TimeUnit.DAY,
    "HOUR": TimeUnit.HOUR,
    "MONTH": TimeUnit.MONTH,
    "YEAR": TimeUnit.YEAR,
}
_FEE_KINDS = {"FEE": FeeKind.FEE, "SERVICE_FEE": FeeKind.SERVICE_FEE, "PRICE_LEVEL": FeeKind.PRICE}
_LEVELS = {
    "isWard": GovernmentLevel.WARD,
    "isProvince": GovernmentLevel.PROVINCE,
    "isMinistry": GovernmentLevel.MINISTRY,
    "isOtherAgency": GovernmentLevel.OTHER,
}
_OF_A_PROVINCE = re.compile(r"^((?:Sở|Chi cục)\s[^–]*?)\s*(?:[-–]\s*)?(?:thành phố|tp\.?|tỉnh)\s[^-–]+$", re.IGNORECASE)
_BEFORE_NAME = re.compile(r"^[\s.,;:*+\-–•·]+")
_TWICE = re.compile(r"\b((?:\w+ ){3,}\w+) \1\b", re.IGNORECASE)  # "Cấp giấy phép nuôi ong Cấp giấy phép nuôi ong mật"
_PASTED = re.compile(  # two papers in one item: each begins as papers do
    r"\s*(?:\n|\s[-–+;]|;)\s*[-–+]?\s*(?=(?:Giấy|Bản|Tờ khai|Đơn|Văn bản|Thẻ|Sổ|Hộ chiếu|Quyết định|Biên bản|Hồ sơ)\s)"
)
_PAPER_BEGINS = re.compile(
    r"^(giay|ban|to khai|don|van ban|the|so|ho chieu|quyet dinh|bien ban|ho so)(?:$|\s(?!(?:so )?\d|chinh\b))"
)
_ONE_OF = re.compile(r"\b(mot trong|gom|thay the|trong (cac )?truong hop)\b|:|\bhoac\s*(\n|[;+\-–])|[;,]\s*hoac\b")
_BULLET = re.compile(r"^[\s*+\-–•·.;:]+|^\(?[a-zđ0-9ivx]{1,3}(\.\d+)*[).]\s+", re.IGNORECASE)
_THOUSANDS = re.compile(r"^\d{1,3}(\.\d{3})+$")
_NOTE = re.compile(r"^(truong hop khong quy dinh|vi du|luu y|ghi chu|chu y|chu thich|luu y chung|nb)\b")
_OF_THE_DOSSIER = re.compile(r"[\d/.) ]*so luong ho so\b|(ho so|thanh phan ho so|giay to phai|nhom \d).*:$")
_EXEMPT = re.compile(
    r"\b(khong phai|khong can|khong yeu cau|khong bat buoc)\b.{0,40}\b(nop|xuat trinh|tai len|chung thuc)"
)
_FORM_NAME = re.compile(r"^(to khai|don|phieu|giay de nghi|van ban de nghi|giay dang ky|mau|ban khai|cong van)\b")
_SECTION = re.compile(
    r"^(giay to (phai )?(nop|xuat trinh)|thanh phan ho so|thanh phan, so luong ho so|so luong ho so|0?1 \(?\w* ?\)?bo|"
    r"ho so (gom|bao gom)|bao gom|ho so|gom)\b.{0,40}$|^(nguoi|ca nhan|to chuc)\b.*\bgiay to sau( day)?:?$|"
    r"^cac giay to phai (nop|xuat trinh)"
)


@dataclass(frozen=True)
class Rejection:
    """A record that could not be imported, and why."""

    code: str
    reason: str


@dataclass
class ImportReport:
    """What became of every record that came in: `read == imported + internal + len(rejected)`."""

    read: int = 0
    imported: int = 0
    internal: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    without_sum: list[str] = field(default_factory=list)  # codes with a fee whose number is no clear sum

    def summary(self) -> str:
        unclear = f", {len(self.without_sum)} with a fee that is no clear sum" if self.without_sum else ""
        return (
            f"{self.read} read, {self.imported} imported, {self.internal} internal, "
            f"{len(self.rejected)} rejected{unclear}"
        )


class NotARecord(ValueError):
    """The raw object lacks what every procedure must have."""


def read_raw_records(path: Path) -> Iterator[Raw | Rejection]:
    """The lines of a (gzipped) JSON-lines file; a line that is not a JSON object becomes a `Rejection`."""
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _read_line(line, f"line {number}")


def _read_line(line: bytes, where: str) -> Raw | Rejection:
    try:
        raw = json.loads(line.decode("utf-8"))
    except json.JSONDecodeError as error:
        return Rejection(where, f"is not JSON: {error.msg} at character {error.pos}")
    except (ValueError, RecursionError) as error:
        return Rejection(where, f"cannot be read: {type(error).__name__}")
    return raw if isinstance(raw, dict) else Rejection(where, "is not a JSON object")


def _read_on(raw: Raw) -> dt.date | None:
    """`indexer sync` notes the day each record was read; a dump has one day for all, in its name."""
    try:
        return dt.date.fromisoformat(raw["fetchedOn"])
    except (KeyError, TypeError, ValueError):
        return None


def import_records(
    rows: Iterable[Raw | Rejection], *, checked_on: dt.date, report: ImportReport
) -> Iterator[Procedure]:
    """The procedures open to citizens; `report` accounts for every row."""
    seen: set[str] = set()
    for raw in rows:
        report.read += 1
        if isinstance(raw, Rejection):
            report.rejected.append(raw)
            continue
        code = str(raw.get("code") or "").strip() or "(no code)"
        if is_internal(raw):
            report.internal += 1
            continue
        if code in seen:
            report.rejected.append(Rejection(code, "the same code came twice; the first one is kept"))
            continue
        try:
            procedure = from_portal(raw, checked_on=_read_on(raw) or checked_on)
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
            report.rejected.append(Rejection(code, _short_reason(error)))
            continue
        seen.add(code)
        report.imported += 1
        if any(fee.text.startswith(fee_words.NO_SUM) for fee in procedure.fees):
            report.without_sum.append(code)
        yield procedure


def is_internal(raw: Raw) -> bool:
    """Procedures between offices, which no citizen can file."""
    return raw.get("type") == "STANDARD_INTERNAL"


def from_portal(raw: Raw, *, checked_on: dt.date) -> Procedure:
    """One `get-formality-by-citizen` record. Raises `NotARecord` or pydantic's `ValidationError`."""
    for name in ("code", "name", "id"):
        if not isinstance(raw.get(name), str) or not raw[name].strip():
            raise NotARecord(f"the field {name!r} is missing or empty")
    variants = tuple(_variants(raw))
    times = tuple(_times(raw, variants))
    return Procedure(
        code=raw["code"].strip(),
        name=_name(raw["name"]),
        uuid=raw["id"],
        field=_first_name(raw.get("categoriesDetails")),
        ministry=_text(raw.get("departmentPromulgateName")),
        province=_text(raw.get("departmentPromulgateName")) if raw.get("type") == "SPECIFIC" else None,
        agencies=_agencies(raw),
        levels=tuple(level for flag, level in _LEVELS.items() if raw.get(flag)),
        applicants=_names(raw.get("subjectTypesDetails")),
        online_level=_online_level(raw, variants),
        variants=variants,
        cases=tuple(_cases(raw)),
        fees=tuple(_fees(raw)),
        times=times,
        steps=tuple(_steps(raw)),
        place=_text(raw.get("dossierReceivingAddresses")),
        results=_names(raw.get("resultsDetails")),
        legal_basis=tuple(
            LegalBasis(code=_text(b.get("code")) or _text(b.get("name")), name=_text(b.get("name")))
            for b in _rows(raw.get("legalBasisesDetails"))
            if _text(b.get("code")) or _text(b.get("name"))
        ),
        requirements=_text(raw.get("requirementsAndConditions")),
        non_territorial=bool(raw.get("isNonTerritorial")),
        state=State.UPDATED if raw.get("state") == "UPDATED" else State.ACTIVE,
        origin=Origin.NATIONAL,
        checked_on=checked_on,
        source=f"Cổng Dịch vụ công quốc gia, thủ tục {raw['code'].strip()}",
    )


def _name(written: str) -> str:
    """The name without what stands before its first word, and without words that were pasted twice."""
    name = squeeze(nfc(written))
    return _TWICE.sub(r"\1", _BEFORE_NAME.sub("", name) or name)


# Agencies, levels, online service


def _agencies(raw: Raw) -> tuple[str, ...]:
    """`executingAgencies` is missing in a fifth of the records; the unit groups then name the kind of office.

    Some records of the whole country name the office of the province that entered them: it is told without the name.
    """
    named = _names(raw.get("departmentsExecuting"))
    written = tuple(filter(None, (_text(part) for part in _text(raw.get("executingAgencies")).split(", "))))
    groups = _names(raw.get("unitGroupsExecuting"))
    offices: Iterable[str] = (*groups, *(named or written))
    if raw.get("type") != "SPECIFIC":
        offices = (_OF_A_PROVINCE.sub(r"\1 của tỉnh, thành phố", office) for office in offices)
    return tuple(dict.fromkeys(offices))


def _variants(raw: Raw) -> Iterator[ServiceVariant]:
    for row in _rows(raw.get("cases")):
        if isinstance(row.get("id"), str):
            day = row.get("processingDay") or {}
            quantity = _number(day.get("qty")) if isinstance(day, dict) else None
            unit = _UNITS.get(str(day.get("type"))) if isinstance(day, dict) else None
            yield ServiceVariant(
                id=row["id"], name=_text(row.get("name")), code=_text(row.get("code")), quantity=quantity, unit=unit
            )


def _online_level(raw: Raw, variants: tuple[ServiceVariant, ...]) -> OnlineLevel:
    """Full only where the flag, an ONLINE method and a service variant agree; a flag alone is no online service."""
    has_method = any(m.get("submissionMethod") == "ONLINE" for m in _rows(raw.get("executionMethods")))
    if raw.get("isOfflineOnly") or not has_method or not variants:
        return OnlineLevel.NONE
    return OnlineLevel.FULL if raw.get("isFullProcess") else OnlineLevel.PARTIAL


# Fees and times


def _fees(raw: Raw) -> Iterator[Fee]:
    """Every fee line as its words mean it (`knowledge.fee_words`), each once.

    A 0 counts as an amount only where the words say that it is free, or where there are no words at all: the
    answer then says that the portal shows 0 without a reason. A line with neither number nor words is no fee line.
    """
    seen: set[Fee] = set()
    for method in _rows(raw.get("executionMethods")):
        for row in _rows(method.get("fees")):
            text = _text(row.get("description"))
            amount = _amount(row.get("value"))
            if not text and amount is None:
                continue
            line = Fee(
                channel=_CHANNELS.get(str(method.get("submissionMethod"))),
                amount=amount,
                currency="USD" if row.get("currencyName") == "USD" else "VND",
                kind=_FEE_KINDS.get(str(row.get("type")), FeeKind.FEE),
                text=text,
            )
            for fee in fee_words.read(line):
                if fee not in seen:
                    seen.add(fee)
                    yield fee


def _times(raw: Raw, variants: tuple[ServiceVariant, ...]) -> Iterator[ProcessingTime]:
    """`processingTime` may be int, float or string; unit OTHER means that the variant's `processingDay` counts."""
    for method in _rows(raw.get("executionMethods")):
        channel = _CHANNELS.get(str(method.get("submissionMethod")))
        quantity = _number(method.get("processingTime"))
        unit = _UNITS.get(str(method.get("processingTimeUnit")))
        text = _text(method.get("description"))
        if quantity is None:  # the number's place sometimes holds words
            text = squeeze(f"{_words(method.get('processingTime'))} {text}")
        if unit is TimeUnit.HOUR and quantity and (by_the_clock := _until_the_clock(text, quantity)):
            yield ProcessingTime(channel=channel, text=by_the_clock)
            continue
        if unit is None:
            known = {(v.quantity, v.unit) for v in variants if v.quantity and v.unit}
            quantity, unit = known.pop() if len(known) == 1 else (None, None)
        if quantity and unit:
            yield ProcessingTime(channel=channel, quantity=quantity, unit=unit, text=text)
        elif text:
            yield ProcessingTime(channel=channel, text=text)


def _until_the_clock(text: str, hour: float) -> str:
    """The sentence that has the number as a time of day, "nhận sau 15 giờ thì …": no duration of 15 hours."""
    sentences = re.split(r"\n|(?<=\.)\s", text)
    return next((s.strip() for s in sentences if re.search(rf"\bsau {hour:g} ?(?:gio|h)\b", fold(s))), "")


def _amount(value: object) -> int | None:
    number = _number(value)
    return None if number is None or number < 0 else int(number)


def _number(value: object) -> float | None:
    """A finite number out of an int, a float or a text such as "03" or "2,5"; else None."""
    if isinstance(value, bool) or value is None:
        return None
    written = str(value).strip()
    if _THOUSANDS.match(written):
        written = written.replace(".", "")
    try:
        number = float(written.replace(",", "."))
    except ValueError:
        return None
    return number if 0 <= number < 1e12 else None


# The dossier


def _cases(raw: Raw) -> Iterator[Case]:
    """`executionCases[]` mixes cases with mere headings; headings join the common papers as sections."""
    common: list[Document] = []
    named: list[tuple[str, list[Document]]] = []
    for row in _rows(raw.get("executionCases")):
        title = _plain(row.get("name"))
        role = _role(title)
        documents = _documents(
            row, section=title if role is DocumentKind.HEADING else "", all_notes=role is DocumentKind.NOTE
        )
        if role is DocumentKind.PAPER:
            named.append((title, documents))
        else:
            if role is DocumentKind.NOTE and not _is_bare_heading(title):
                common.append(_document(title, {}, DocumentKind.NOTE))
            common += documents
    if not named:
        if common:
            yield Case(key="chung", label="Hồ sơ", documents=_unique(common))
        return
    papers_in_common = any(d.kind is DocumentKind.PAPER for d in common)
    if papers_in_common:
        yield Case(key="chung", label="Trường hợp thông thường", documents=_unique(common))
    keys: Counter[str] = Counter()
    for title, documents in named:
        key = _digest(title)
        keys[key] += 1  # two cases may bear the same name
        suffix = f"-{keys[key]}" if keys[key] > 1 else ""
        yield Case(key=key + suffix, label=title, documents=_unique([*common, *documents]))


def _role(title: str) -> DocumentKind:
    """What an `executionCases[]` name is: PAPER stands for a real case, HEADING and NOTE for what they say."""
    folded = fold(title)
    if not title or _SECTION.match(folded):
        return DocumentKind.HEADING
    if _NOTE.match(folded) or len(title) > 300:
        return DocumentKind.NOTE
    return DocumentKind.PAPER


def _is_bare_heading(title: str) -> bool:
    return len(title) < 20


def _documents(row: Raw, *, section: str, all_notes: bool) -> list[Document]:
    documents = []
    for item in _rows(row.get("profileComponents")):
        names = _papers_of(item)
        for name in names:
            kind = DocumentKind.NOTE if all_notes else _document_kind(name, item)
            if kind is DocumentKind.HEADING:
                section = name
                continue
            has_form = len(names) == 1 or bool(_FORM_NAME.match(fold(name)))
            documents.append(_document(name, item if has_form else item | {"attachments": []}, kind, section=section))
    return _form_first(documents)


def _papers_of(item: Raw) -> list[str]:
    """The names in one item: more than one, where papers of several kinds were put in one and all are wanted.

    Two of one kind ("Quyết định …; Quyết định …") are often alternatives and stay together. So do papers of which it
    is not clear whose the attached form is.
    """
    written = _text(item.get("name"))
    parts = [_plain(part).rstrip(" ;") for part in _PASTED.split(written)]
    kinds = [found[1] for part in parts if (found := _PAPER_BEGINS.match(fold(part)))]
    is_open = any(part.count("(") != part.count(")") for part in parts)  # in the middle of a bracket
    whose = sum(bool(_FORM_NAME.match(fold(part))) for part in parts) == 1 or not item.get("attachments")
    are_several = len(parts) > 1 and len(set(kinds)) == len(parts) and not is_open and whose
    return [
        part for part in (parts if are_several and not _ONE_OF.search(fold(written)) else [_plain(written)]) if part
    ]


def _document(name: str, item: Raw, kind: DocumentKind, *, section: str = "") -> Document:
    return Document(
        key=_digest(name),
        name=name,
        kind=kind,
        section=section.rstrip(": "),
        original=_amount(item.get("originalQty")) or 0,
        copies=_amount(item.get("copyQty")) or 0,
        forms=tuple(
            Form(file_id=a["id"], name=_text(a.get("fileName")))
            for a in _rows(item.get("attachments"))
            if isinstance(a.get("id"), str)
        ),
    )


def _document_kind(name: str, item: Raw) -> DocumentKind:
    """A paper, a note ("Ví dụ: …", "Số lượng hồ sơ: 01 (bộ)", an exemption), or a heading ("Giấy tờ phải nộp:")."""
    folded = fold(name)
    has_count = bool(_amount(item.get("originalQty")) or _amount(item.get("copyQty")) or item.get("attachments"))
    if _NOTE.match(folded) or "chiu trach nhiem truoc phap luat" in folded:
        return DocumentKind.NOTE
    if _SECTION.match(folded) and not has_count:
        return DocumentKind.HEADING
    if _OF_THE_DOSSIER.match(folded):
        return DocumentKind.NOTE
    if has_count and not (folded.startswith("truong hop") and _EXEMPT.search(folded)):
        return DocumentKind.PAPER
    if _EXEMPT.search(folded) or folded.startswith(("truong hop", "doi voi", "nguoi ", "co quan ", "ca nhan co quyen")):
        return DocumentKind.NOTE
    return DocumentKind.PAPER


def _form_first(documents: list[Document]) -> list[Document]:
    """The portal often lists a dossier backwards, the form last; then it is turned round."""
    papers = [d for d in documents if d.kind is DocumentKind.PAPER]
    if len(papers) > 1 and _is_form(papers[-1]) and not _is_form(papers[0]):
        return documents[::-1]
    return documents


def _is_form(document: Document) -> bool:
    return bool(_FORM_NAME.match(fold(document.name)))


def _unique(documents: Iterable[Document]) -> tuple[Document, ...]:
    return tuple({d.key: d for d in documents}.values())


# Steps and plain text


def _steps(raw: Raw) -> Iterator[Step]:
    for row in _rows(raw.get("executionSteps")):
        text = _text(row.get("description"))
        if text:
            yield Step(text=text, title=_plain(row.get("name")))


def _rows(value: object) -> list[Raw]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _names(value: object) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, (squeeze(_text(row.get("name"))) for row in _rows(value)))))


def _first_name(value: object) -> str:
    return next(iter(_names(value)), "")


def _text(value: object) -> str:
    """Composed and trimmed, line breaks kept."""
    return nfc(value).strip() if isinstance(value, str) else ""


def _words(value: object) -> str:
    """A text that is no number, not even "NaN"."""
    text = _text(value)
    try:
        float(text)
    except ValueError:
        return text
    return ""


def _plain(value: object) -> str:
    """One line without its bullet: "- Tờ khai …" → "Tờ khai …"."""
    text = squeeze(_text(value))
    while (shorter := _BULLET.sub("", text).strip()) != text:  # "- 1. Tờ khai" has two
        text = shorter
    return text


def _digest(text: str) -> str:
    """A short key that depends on the words only, so a new release keeps it."""
    return hashlib.sha256(squeeze(text).lower().encode()).hexdigest()[:10]


def _short_reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return f"{type(error).__name__}: {error}"
