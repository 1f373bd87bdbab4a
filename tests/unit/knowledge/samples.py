"""Records, an encoder and a release to test with. Every record here was written for the tests; no such code exists."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexer.build import build_release
from indexer.sources import Sources
from knowledge.catalogue import Retired
from knowledge.encoder import Encoder, Vectors
from knowledge.portal import ImportReport, Raw, from_portal
from knowledge.procedure import Procedure
from knowledge.release import Release, ReleaseStore
from knowledge.text import words

DAY = dt.date(2026, 7, 18)
NOW = dt.datetime(2026, 8, 1, 9, 0, tzinfo=dt.UTC)


def uuid(number: int) -> str:
    return f"019d0000-0000-7000-8000-{number:012x}"


def portal_record(**changes: Any) -> Raw:
    """A record in the portal's shape that is filed online in full; `changes` replaces whole fields."""
    record: Raw = {
        "id": uuid(1),
        "code": "1.900001",
        "name": "Đăng ký nuôi chim bồ câu",
        "type": "STANDARD",
        "state": "ACTIVE",
        "isWard": True,
        "isProvince": False,
        "isMinistry": False,
        "isOtherAgency": False,
        "isFullProcess": True,
        "isOfflineOnly": False,
        "executionSteps": [{"name": "Bước 1", "description": "Nộp tờ khai."}],
        "executionMethods": [method()],
        "executionCases": [execution_case("Giấy tờ phải nộp:", "Tờ khai nuôi chim", "Ảnh chuồng chim")],
        "cases": [variant(11)],
        "profileComponents": [],
        "categoriesDetails": [{"name": "Chăn nuôi"}],
        "legalBasisesDetails": [{"name": "Luật Chim cảnh", "code": "1/2020/QH14"}],
        "resultsDetails": [{"name": "Giấy xác nhận"}],
        "subjectTypesDetails": [{"name": "Công dân Việt Nam"}],
        "departmentPromulgateName": "Bộ Chim cảnh",
        "departmentsExecuting": [{"name": "Ủy ban nhân dân xã"}],
        "unitGroupsExecuting": [],
        "executingAgencies": "",
        "dossierReceivingAddresses": "",
        "requirementsAndConditions": "",
    }
    return record | changes


def method(**changes: Any) -> Raw:
    usual: Raw = {
        "submissionMethod": "ONLINE",
        "processingTime": 3,
        "processingTimeUnit": "WORKING_DAY",
        "description": "",
        "fees": [],
    }
    return usual | changes


def fee_line(value: object, text: object = "", **changes: Any) -> Raw:
    return {"type": "FEE", "value": value, "description": text, **changes}


def variant(number: int, *, days: float | None = None, name: str = "Đăng ký nuôi chim") -> Raw:
    day = {"qty": days, "type": "WORKING_DAY"} if days is not None else None
    return {"id": uuid(number), "name": name, "code": "1.900001.01", "processingDay": day, "profileComponents": []}


def execution_case(title: str, *items: str | Raw) -> Raw:
    """An entry of `executionCases[]`; an item given by name alone has one original."""
    return {"name": title, "profileComponents": [component(i) if isinstance(i, str) else i for i in items]}


def component(name: str, *, original: int = 1, copies: int = 0, **changes: Any) -> Raw:
    return {
        "name": name,
        "originalQty": original,
        "copyQty": copies,
        "required": False,
        "attachments": [],
        **changes,
    }


def imported(**changes: Any) -> Procedure:
    """What `portal_record(**changes)` becomes."""
    return from_portal(portal_record(**changes), checked_on=DAY)


def procedure(code: str = "1.900001", name: str = "Đăng ký nuôi chim bồ câu", **changes: Any) -> Procedure:
    return Procedure(code=code, name=name, **{"checked_on": DAY, "source": "viết cho kiểm thử", **changes})


class HashingEncoder:
    """Vectors from words alone: texts that share words are near. The same on every machine, and ready at once."""

    identity = "hashing | query: | passage:"
    dimensions = 128

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self._vector(text) for text in texts])

    encode_passages = encode_queries

    def _vector(self, text: str) -> Vectors:
        vector = np.full(self.dimensions, 1e-3, dtype=np.float32)
        for word in words(text):
            digest = hashlib.sha256(word.encode(errors="replace")).digest()
            vector[digest[0] % self.dimensions] += 1 if digest[1] % 2 else -1
        return vector / np.linalg.norm(vector)


def build(
    procedures: Sequence[Procedure],
    folder: Path,
    *,
    encoder: Encoder | None = None,
    load_encoder: Callable[[], Encoder] | None = None,
    own: Sequence[Procedure] = (),
    filings: dict[str, int] | None = None,
    retired: Sequence[Retired] = (),
    now: dt.datetime = NOW,
    inputs: str = "inputs",
) -> Release:
    """A finished release of these procedures under `folder`/releases."""
    encoder = encoder or HashingEncoder()
    return build_release(
        Sources(sorted(procedures, key=lambda p: p.code), list(own), ImportReport(), filings or {}, list(retired), []),
        ReleaseStore(folder / "releases"),
        encoder_identity=encoder.identity,
        load_encoder=load_encoder or (lambda: encoder),
        cache=folder / "cache",
        inputs=inputs,
        now=now,
        say=lambda text: None,
        progress=lambda done, total: None,
    )
