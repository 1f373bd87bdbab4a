"""One administrative procedure, as a person needs it: frozen, typed, validated.

Records come from two places: the national portal (`knowledge.portal`) and the project's own YAML files
(`knowledge.own`). Both become the same `Procedure`, and `knowledge.merge` joins them field by field.
An empty tuple or string always means *the record does not say*: never "none needed", never "free".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")  # whose days facts are dated in
CODE = re.compile(r"^\d\.\d{6,9}(-[A-Za-z]+)?$")  # the portal has a few with a longer number or a suffix
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
OPENING = re.compile(r"^(thủ tục( hành chính)?|tthc)\s*[:\-]?\s+", re.IGNORECASE)
KEY = re.compile(r"^[a-z0-9][a-z0-9-]*$")


class OnlineLevel(StrEnum):
    """How far a procedure can be done online (NĐ 43/2011 and its successors)."""

    NONE = "none"
    PARTIAL = "partial"  # mức độ 3, một phần
    FULL = "full"  # mức độ 4, toàn trình


class Channel(StrEnum):
    """A way of filing (cách thức thực hiện)."""

    ONLINE = "online"
    POSTAL = "postal"
    DIRECT = "direct"


class GovernmentLevel(StrEnum):
    """Which level of the administration handles a procedure. Districts ended on 2025-07-01."""

    WARD = "ward"
    PROVINCE = "province"
    MINISTRY = "ministry"
    OTHER = "other"


class TimeUnit(StrEnum):
    WORKING_DAY = "working_day"
    DAY = "day"
    HOUR = "hour"
    MONTH = "month"
    YEAR = "year"


class FeeKind(StrEnum):
    FEE = "fee"
    SERVICE_FEE = "service_fee"
    PRICE = "price"


class DocumentKind(StrEnum):
    PAPER = "paper"
    NOTE = "note"
    HEADING = "heading"


class State(StrEnum):
    ACTIVE = "active"
    UPDATED = "updated"


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


class LifeEvent(StrEnum):
    """What happened in a person's life that makes them need the procedure."""

    BIRTH = "birth"
    MARRIAGE = "marriage"
    DEATH = "death"
    MOVING = "moving"
    CAR = "car"
    HOUSE = "house"
    BUSINESS = "business"
    LEAVING_JOB = "leaving_job"
    ABROAD = "abroad"
    RETIREMENT = "retirement"
    LOST_PAPERS = "lost_papers"
    SCHOOL = "school"
    ILLNESS = "illness"


class Certainty(StrEnum):
    """How sure the facts of an own record are: the portal's own text, one good source, or a lead to be confirmed."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Origin(StrEnum):
    """Where a record's facts come from."""

    OWN = "own"
    NATIONAL = "national"
    MERGED = "merged"


def _code(value: str) -> str:
    if not CODE.match(value):
        raise ValueError(f"a procedure code looks like 1.004194, not {value!r}")
    return value


def _uuid(value: str) -> str:
    if not UUID.match(value):
        raise ValueError(f"a portal id looks like 019d2bf7-770b-734d-b7fb-5e1995f194f4, not {value!r}")
    return value


Code = Annotated[str, AfterValidator(_code)]
PortalId = Annotated[str, AfterValidator(_uuid)]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Dated(Frozen):
    """A fact that may hold only for a time. Both ends are inclusive days in Asia/Ho_Chi_Minh."""

    valid_from: dt.date | None = None
    valid_until: dt.date | None = None

    def holds_on(self, day: dt.date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_until is None or day <= self.valid_until
        )


class Fee(Dated):
    """One line of the fee table. `amount` None means the record gives words only."""

    channel: Channel | None = None  # None: whichever way it is filed
    amount: int | None = Field(default=None, ge=0)
    currency: str = "VND"
    kind: FeeKind = FeeKind.FEE
    text: str = ""
    province: str | None = None  # the code of the province it holds for; None: everywhere


class ProcessingTime(Dated):
    """How long the office takes. `quantity` None means the record gives words only."""

    channel: Channel | None = None
    quantity: float | None = Field(default=None, gt=0)
    unit: TimeUnit = TimeUnit.WORKING_DAY
    text: str = ""


class Notice(Dated):
    """Something to say beside the answer while it is in force: a change of the law, a rule of one province."""

    text: str = Field(min_length=10)
    source: str = Field(min_length=3)
    facets: tuple[Facet, ...] = ()  # shown with these; empty: with every answer
    province: str | None = None

    def concerns(self, facets: Iterable[Facet], province: str | None) -> bool:
        return self.province in (None, province) and is_about(self.facets, facets)


def is_about(concerned: Iterable[Facet], asked: Iterable[Facet]) -> bool:
    """Whether a remark on some facets (none: on all) belongs to an answer about others; an overview has them all."""
    concerned, asked = set(concerned), set(asked)
    return not concerned or Facet.OVERVIEW in asked or bool(concerned & asked)


class Form(Frozen):
    """A form's file on the portal, fetched there by `file_id`; there are no static addresses."""

    file_id: str
    name: str


class Document(Frozen):
    """One item of a dossier. `key` is stable over releases: ticks hang on it."""

    key: str
    name: str
    kind: DocumentKind = DocumentKind.PAPER
    section: str = ""  # the heading it stands under, e.g. "Giấy tờ phải xuất trình"
    original: int = Field(default=0, ge=0)
    copies: int = Field(default=0, ge=0)
    what: str = ""  # in plain words
    get: str = ""  # how to obtain it
    form: str = ""  # number and name of the form to fill in, with the circular that issued it
    instead: str = ""  # what replaces it (VNeID, a database)
    instead_since: dt.date | None = None
    obtained_by: str | None = None  # code of the procedure that gives it
    forms: tuple[Form, ...] = ()


class Case(Frozen):
    """A person's situation (trường hợp) and the papers it asks for."""

    key: str
    label: str
    note: str = ""
    words: tuple[str, ...] = ()  # phrases of a message that mean this situation
    documents: tuple[Document, ...] = ()

    @property
    def papers(self) -> tuple[Document, ...]:
        return tuple(d for d in self.documents if d.kind is DocumentKind.PAPER)

    @property
    def notes(self) -> tuple[Document, ...]:
        return tuple(d for d in self.documents if d.kind is DocumentKind.NOTE)


class ServiceVariant(Frozen):
    """An entry of the portal's `cases[]`: a variant of the online service, whose id makes a deep link."""

    id: str
    name: str
    code: str = ""
    quantity: float | None = None
    unit: TimeUnit | None = None


class Step(Frozen):
    text: str
    title: str = ""
    channel: Channel | None = None


class LegalBasis(Frozen):
    code: str
    name: str = ""


class Override(Frozen):
    """Why our value of a field counts although the portal says otherwise."""

    field: str
    valid_from: dt.date
    source: str
    why: str


class Procedure(Dated):
    """One procedure. `valid_from` and `valid_until` say when the portal's code itself is in force."""

    code: Code
    name: str = Field(min_length=3)
    uuid: PortalId | None = None
    is_linked: bool = False  # a bundle (liên thông), which has a page of its own kind on the portal
    plain_name: str = ""
    summary: str = ""
    aliases: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()  # whole messages that ask for it, written by us
    family: str = ""
    field: str = ""
    ministry: str = ""
    province: str | None = None  # set where one province published it for itself
    agencies: tuple[str, ...] = ()
    levels: tuple[GovernmentLevel, ...] = ()
    applicants: tuple[str, ...] = ()
    online_level: OnlineLevel = OnlineLevel.NONE
    variants: tuple[ServiceVariant, ...] = ()
    link_variant: PortalId | None = None  # the variant an own record names for the deep link
    case_question: str = ""
    cases: tuple[Case, ...] = ()
    fees: tuple[Fee, ...] = ()
    times: tuple[ProcessingTime, ...] = ()
    steps: tuple[Step, ...] = ()
    place: str = ""
    who_may_file: str = ""
    deadline: str = ""
    penalty: str = ""
    results: tuple[str, ...] = ()
    legal_basis: tuple[LegalBasis, ...] = ()
    requirements: str = ""
    mistakes: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    life_events: tuple[LifeEvent, ...] = ()
    notices: tuple[Notice, ...] = ()
    replaced_by: Code | None = None  # what to use once `valid_until` has passed
    certainty: Certainty = Certainty.HIGH
    doubts: str = ""  # what is not sure, in words for the person
    doubts_about: tuple[Facet, ...] = ()  # the facets it concerns; empty: all
    non_territorial: bool = False
    state: State = State.ACTIVE
    origin: Origin = Origin.NATIONAL
    overrides: tuple[Override, ...] = ()
    explains: Mapping[str, str] = Field(default_factory=dict)  # field → why ours differs from the portal's
    checked_on: dt.date
    source: str = Field(min_length=3)

    @property
    def title(self) -> str:
        """The name a person understands: ours, or the official one without "Thủ tục" in front."""
        if self.plain_name:
            return self.plain_name
        name = OPENING.sub("", self.name) or self.name
        return name[0].upper() + name[1:]

    def case(self, key: str | None) -> Case | None:
        return next((case for case in self.cases if case.key == key), None)

    def documents(self) -> Iterator[Document]:
        """Every distinct document over all cases, in order."""
        seen: set[str] = set()
        for case in self.cases:
            for document in case.documents:
                if document.key not in seen:
                    seen.add(document.key)
                    yield document
