"""Records, releases and fakes shared by tests. Every record was written for the tests; no such code exists."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import yaml

from actions.custom import Committed
from actions.desk import Desk
from actions.reply import Command, Reply
from actions.state import PersonState
from indexer.build import build_release
from indexer.sources import Sources
from knowledge.catalogue import Retired
from knowledge.phrases import LEXICON, Lexicon
from knowledge.places import Gazetteer
from knowledge.portal import ImportReport
from knowledge.procedure import Case, Document, Procedure
from knowledge.release import Release, ReleaseStore
from knowledge.retriever import Decision, Hit, Result
from knowledge.settings import PROJECT
from knowledge.text import fold, words

CHECKED = dt.date(2026, 7, 18)
NOW = dt.datetime(2026, 9, 1, 9, 30, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
TODAY = NOW.date()


def uuid(number: int) -> str:
    return f"019e0000-0000-7000-8000-{number:012x}"


def paper(key: str, name: str, **changes: Any) -> Document:
    return Document(key=key, name=name, **changes)


def case(key: str, label: str, *documents: Document, note: str = "") -> Case:
    return Case(key=key, label=label, note=note, documents=documents)


def procedure(code: str, name: str, **facts: Any) -> Procedure:
    return Procedure(code=code, name=name, **{"checked_on": CHECKED, "source": "Sổ tay nghề vườn", **facts})


APPLICATION = paper("to-khai", "Tờ khai nuôi ong", original=1, get="Xin ở Ủy ban nhân dân xã.", what="Tờ giấy một mặt.")
SKETCH = paper("so-do", "Sơ đồ khu vườn", copies=2, instead="Vườn đã có trên VNeID thì không phải nộp.")
TRAINING_PAPER = paper("giay-tap-huan", "Giấy tập huấn nuôi ong", original=1, obtained_by="9.100002")

SILENT = procedure("9.100003", "Xác nhận dời tổ ong")
TRAINING = procedure(
    "9.100002", "Cấp giấy tập huấn nuôi ong", cases=(case("chung", "Hồ sơ", paper("don", "Đơn xin học nuôi ong")),)
)


def bees(**changes: Any) -> Procedure:
    """A record that says something of every facet."""
    facts: dict[str, Any] = {
        "uuid": uuid(1),
        "plain_name": "Khai báo nuôi ong",
        "summary": "Dành cho người nuôi từ năm tổ ong trở lên.",
        "aliases": ("khai nuôi ong", "xin nuôi ong"),
        "field": "Chăn nuôi",
        "ministry": "Bộ Ong mật",
        "agencies": ("Ủy ban nhân dân cấp xã",),
        "applicants": ("Công dân Việt Nam",),
        "online_level": "full",
        "variants": ({"id": uuid(11), "name": "Nuôi ong"},),
        "case_question": "Anh/chị nuôi ong ở đâu?",
        "cases": (
            case("vuon-nha", "Trong vườn nhà", APPLICATION, SKETCH, TRAINING_PAPER),
            case("vuon-thue", "Ở vườn thuê", APPLICATION, paper("thue", "Hợp đồng thuê vườn", original=1)),
        ),
        "fees": (
            {"channel": "online", "amount": 20_000, "text": "mỗi tổ"},
            {"channel": "direct", "amount": 30_000, "text": "mỗi tổ"},
        ),
        "times": ({"channel": "online", "quantity": 2.5}, {"channel": "direct", "quantity": 4}),
        "place": "Ủy ban nhân dân xã nơi đặt tổ ong.",
        "steps": ({"channel": "online", "text": "Điền tờ khai."}, {"channel": "online", "text": "Gửi hồ sơ."}),
        "who_may_file": "Người trong nhà nộp thay được.",
        "deadline": "Trong 30 ngày từ khi đặt tổ.",
        "penalty": "Trễ hạn bị nhắc nhở.",
        "results": ("Giấy xác nhận nuôi ong",),
        "legal_basis": ({"code": "12/2020/QH14", "name": "Luật Nghề ong"},),
        "requirements": "Tổ ong cách nhà ở 50 m.",
        "overrides": (),
    }
    facts |= {"code": "9.100001", "name": "Đăng ký hoạt động nuôi ong mật"}
    return procedure(**facts | changes)


def local_stamp(code: str, publisher: str, **changes: Any) -> Procedure:
    """One province's own version of the honey stamp."""
    return procedure(code, "Cấp tem mật ong", family="tem-mat-ong", province=publisher, place=publisher, **changes)


BAC_NINH_STAMP = local_stamp("9.100011", "UBND tỉnh Bắc Ninh")
NGHE_AN_STAMP = local_stamp("9.100012", "UBND tỉnh Nghệ An")
KITES = procedure("9.100020", "Cấp phép thả diều", plain_name="Xin thả diều", uuid=uuid(20), ministry="Bộ Gió")
OLD_CODE = Retired("9.100090", "Đăng ký thùng ong", "9.100001", True, "gộp vào việc khai báo nuôi ong")
MAYBE_CODE = Retired("9.100091", "Cấp phép thả diều đêm", "9.100020", False, "trùng tên")
GONE_CODE = Retired("9.100092", "Cấp phép đá cầu", None, False, "không còn")
RECORDS = (bees(), TRAINING, SILENT, BAC_NINH_STAMP, NGHE_AN_STAMP, KITES)
RETIRED = (OLD_CODE, MAYBE_CODE, GONE_CODE)


class FakeEncoder:
    """Vectors from syllables alone, accents aside: texts that share syllables are near. Ready at once."""

    identity = "fake syllables"
    dimensions = 96

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.stack([self._vector(text) for text in texts])

    encode_passages = encode_queries

    def _vector(self, text: str) -> np.ndarray:
        vector = np.full(self.dimensions, 1e-3, dtype=np.float32)
        for word in words(fold(text)):
            number = int.from_bytes(hashlib.sha256(word.encode(errors="replace")).digest()[:4], "big")
            vector[number % self.dimensions] += 1 if number & 4096 else -1
        return vector / np.linalg.norm(vector)


def release(
    root: Path, records: Iterable[Procedure] = RECORDS, *, retired: Iterable[Retired] = RETIRED, now: dt.datetime = NOW
) -> Release:
    """A finished, unpublished release of `records` under `root`/releases, with most filings for the first record."""
    records = list(records)
    filings = {p.code: 1000 * (len(records) - i) for i, p in enumerate(records)}
    ordered = sorted(records, key=lambda p: p.code)
    return build_release(
        Sources(ordered, [], ImportReport(), filings, list(retired), []),
        ReleaseStore(root / "releases"),
        encoder_identity=FakeEncoder.identity,
        load_encoder=FakeEncoder,
        cache=root / "cache",
        inputs=f"{now}",
        now=now,
        say=lambda text: None,
        progress=lambda done, total: None,
    )


class FakeCatalogue:
    def __init__(self, records: Iterable[Procedure], retired: Iterable[Retired]) -> None:
        self._records = {p.code: p for p in records}
        self._retired = {r.code: r for r in retired}

    def get(self, code: str) -> Procedure | None:
        return self._records.get(code)

    def retired(self, code: str) -> Retired | None:
        return self._retired.get(code)


class FakeRetriever:
    """Finds what a table says: query → decision and codes, the best first. Any other query finds nothing."""

    def __init__(
        self,
        finds: Mapping[str, tuple[Decision, Sequence[str]]] | None = None,
        records: Iterable[Procedure] = RECORDS,
        retired: Iterable[Retired] = RETIRED,
    ) -> None:
        self._records = tuple(records)
        self._finds = dict(finds or {})
        self.catalogue = FakeCatalogue(self._records, retired)
        self.searched: list[str] = []

    def search(self, query: str, *, limit: int = 5, province: object = None, off_topic: float = 0.0) -> Result:
        self.searched.append(query)
        decision, codes = self._finds.get(query, (Decision.UNKNOWN, ()))
        score = {Decision.ANSWER: 0.9, Decision.ASK: 0.4}.get(decision, 0.1)
        parts = {"coverage": 1.0, "exactness": 1.0} if decision is Decision.ANSWER else {}
        hits = tuple(self._hit(code, score - i / 100, parts) for i, code in enumerate(codes))
        return Result(decision, hits, query, 0.0)

    def family_of(self, code: str) -> tuple[str, ...]:
        family = next(p.family for p in self._records if p.code == code)
        return tuple(p.code for p in self._records if p.code == code or (family and p.family == family))

    def is_named(self, code: str, asked: set[str]) -> bool:
        return any(asked <= said for said in self._names(code))

    def share_named(self, code: str, asked: set[str]) -> float:
        return max(len(asked & said) / max(1, len(asked)) for said in self._names(code))

    def share(self, said: set[str], asked: set[str]) -> float:
        return len(asked & said) / max(1, len(asked))

    def restore(self, text: str) -> str:
        return text

    def _names(self, code: str) -> list[set[str]]:
        record = next(p for p in self._records if p.code == code)
        return [set(words(fold(name))) for name in (record.name, record.plain_name, *record.aliases) if name]

    def _hit(self, code: str, score: float, parts: Mapping[str, float]) -> Hit:
        record = self.catalogue.get(code)
        assert record is not None
        return Hit(code, record.title, record.family or code, self.family_of(code), score, parts)


class MemoryConversations:
    """What `actions.custom.Conversations` asks for, in dictionaries."""

    def __init__(self) -> None:
        self.states: dict[str, PersonState] = {}
        self.answers: dict[str, Committed] = {}
        self.commands: dict[tuple[str, str], Command] = {}

    def committed(self, message_id: str) -> Committed | None:
        return self.answers.get(message_id)

    def load(self, person: str) -> PersonState:
        return self.states.get(person, PersonState())

    def command(self, person: str, token: str) -> Command | None:
        return self.commands.get((person, token))

    def commit(
        self, message_id: str, person: str, state: PersonState, replies: Sequence[Reply], *, is_last: bool = False
    ) -> Committed:
        self.states[person] = state
        self.answers[message_id] = Committed([reply.to_json() for reply in replies], state.mode)
        return self.answers[message_id]

    def forget(self, person: str) -> int:
        return int(self.states.pop(person, None) is not None)


@cache
def lexicon() -> Lexicon:
    return Lexicon.load(LEXICON)


def desk(retriever: FakeRetriever | None = None, *, now: dt.datetime = NOW) -> Desk:
    found = retriever or FakeRetriever()
    return Desk(lambda: found, lexicon(), Gazetteer.load(), now=lambda: now)  # type: ignore[arg-type,return-value]


@cache
def rules() -> dict[tuple[str, str | None], str]:
    """Rasa's rules: which action follows an act, with None for any mode."""
    written = yaml.safe_load((PROJECT / "nlu" / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    return {(rule["steps"][0]["intent"], _mode(rule)): rule["steps"][1]["action"] for rule in written}


def _mode(rule: dict[str, Any]) -> str | None:
    return next((slot["mode"] for c in rule.get("condition", ()) for slot in c["slot_was_set"]), None)


def action_for(act: str, mode: str) -> str:
    return rules().get((act, mode)) or rules()[act, None]
