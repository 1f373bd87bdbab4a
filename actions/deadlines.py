"""By when one must file: the record's own field, else what its steps and conditions say word for word.

The portal has no such field, but "trước ngày dự kiến tổ chức lễ hội ít nhất 20 ngày" stands in a step.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from actions.labels import LABELS
from actions.texts import say
from actions.wording import sentences, tidy, upper_first
from knowledge.procedure import Facet, Procedure
from knowledge.text import fold

_MOST = 2
_LONG = 320  # characters; a longer sentence would fill the screen and is left out
_SPAN = r"\d+(?: ?\([^)]*\))? ?(?:ngay(?: lam viec)?|gio|thang|tuan)\b"
_LEAST = r"\b(?:it nhat|cham nhat|toi thieu|muon nhat)(?: la)?(?: khong qua)?"
_EVENT = r"\btruoc (?:khi|ngay|thoi|luc|gio)\b"
_BEFORE = re.compile(
    rf"(?:{_LEAST}|\btruoc(?: la)?) {_SPAN},?[^.;]{{0,40}}?{_EVENT}|{_EVENT}[^.;]{{0,100}}?{_LEAST} {_SPAN}"
)
_AFTER = re.compile(
    r"\bphai\b.*\b(?:trong (?:thoi (?:han|gian)|vong)|cham nhat)(?: la)?(?: khong qua)? "
    rf"{_SPAN},? (?:ke tu|sau)\b(?!.*\bnhan\b)"
)
_FILES = re.compile(r"\b(?:nop|gui|thong bao|khai bao|trinh bao|dang ky|de nghi|lam thu tuc|thuc hien thu tuc)\b")
_OFFICE = re.compile(  # what acts in a sentence about the office's own days
    r"\b(?:co quan|hoi dong|uy ban|ubnd|bo phan|so|cuc|chi cuc|bo truong|trung tam phuc vu|tham dinh|phong|giam doc"
    r"|chu tich|cong chuc|can bo|van phong|ban quan ly|noi tiep nhan|nguoi giai quyet|hieu truong)\b"
)
_NUMBER = re.compile(r"^(?:Bước \d+\s*[:.]|[^\w(]+)\s*")


def deadline(procedure: Procedure) -> str:
    """One block of an answer; that nothing is said, where no sentence tells a day for those who file."""
    label = LABELS[Facet.DEADLINE]
    if procedure.deadline:
        return f"{label}: {procedure.deadline}"
    quoted = [f"• “{upper_first(text)}”" for text in dict.fromkeys(_quotable(procedure))]
    return "\n".join([say("deadline_quoted"), *quoted[:_MOST]]) if quoted else say("not_said", what=label)


def _quotable(procedure: Procedure) -> Iterator[str]:
    for text in (*(step.text for step in procedure.steps), procedure.requirements):
        for sentence in sentences(text):
            said = _NUMBER.sub("", tidy(sentence)).rstrip(".;: ")
            if len(said) <= _LONG and _binds_who_files(fold(said)):
                yield said


def _binds_who_files(said: str) -> bool:
    """A day before or after something, with the filing ahead of any office: else the days are the office's."""
    files, office = _FILES.search(said), _OFFICE.search(said)
    if files is None or (office and office.start() < files.start()):
        return False
    return bool(_BEFORE.search(said) or _AFTER.search(said))
