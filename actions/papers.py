"""Asked whether something is needed for what is talked of: "có cần giấy độc thân không", "thiếu chứng sinh được không".

The same words name other procedures, which give these papers; nobody means those who begins with "có cần".
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from actions.detail import Share
from actions.texts import say
from actions.wording import shorten, upper_first
from knowledge.procedure import Document, Procedure
from knowledge.text import expand_chat_spelling, fold, nfc, words

_STANDS_FROM = 0.7
_PIECE = re.compile(r"[,;.?!\n]+|\s(?:với lại|voi lai)\s")
_START = r"(?:(?:vay|the|a|ma|roi|con|thi|co|khong|em|minh|toi|tui|hay|nhung) )*"
_END = r"(?: (?:a|vay|em|anh|chi|ban|shop|ad|nhi|luon|nua))*$"
_NEEDED = re.compile(
    rf"^{_START}(?:can|phai|bat buoc)(?: (?:can|phai|co|nop|mang|kem|them|dem|bat buoc|theo|chuan bi))*"
    rf" (?P<what>.+?) (?:khong|ha|chua){_END}"
)
_MISSING = re.compile(
    rf"^{_START}(?:thieu|khong co|khong con|chua co|quen)(?: (?:mang|dem))? (?P<what>.+?)"
    rf"(?: (?:thi|co|van|nop|lam))* (?:sao|duoc khong|duoc chua|sao khong){_END}"
)
_SOURCE = re.compile(
    rf"^{_START}(?:(?P<what>.+?) (?:thi )?(?:xin|lay|lam|kham|mua|kiem) (?:o )?(?:dau|cho nao|mo|noi nao)"
    rf"|(?:xin|lay|lam|kham|mua|kiem) (?!o )(?P<got>.+?) (?:thi )?(?:o )?(?:dau|cho nao|mo|noi nao)){_END}"
)
_PAPER = re.compile(
    r"\b(?:giay|so|bang|the|don|to khai|khai sinh|chung sinh|ho khau|can cuoc|cmnd|chung minh|hop dong|anh the|hinh"
    r"|hoc ba|ca vet|doc than|chung tu|khai tu|xac nhan|ban sao|ban goc|ho chieu|ket hon|bien lai|hoa don|di chuc"
    r"|ly lich|van bang)\b"
)
_OPEN = re.compile(r"\b(?:gi|nao|chi)\b|^(?:giay to|ho so)$")  # "có cần giấy tờ gì không" names none
_WISH = re.compile(r"\b(?:muon|lam|xin|dang ky|doi|mua|ban|mo|cap)\b")
_DOES = re.compile(r"(?:dang ky|khai bao|lam|xin|doi|sang ten|mo|cap)\b")
_BEFORE_IT = re.compile(r"\b(?:truoc|luon|them|nua|lai)\b")
_LITTLE = {
    "giấy", "tờ", "bản", "cái", "của", "cho", "em", "mình", "tôi", "tui", "đó", "này", "cả", "có", "cũ", "mới", "thêm",
    "chính", "gốc", "sao", "công", "chứng", "thực", "photo", "anh", "chị", "vợ", "chồng", "con", "mẹ", "bố", "và",
}  # fmt: skip  # beside what names the paper; typed without accents, or with


@dataclass(frozen=True)
class Need:
    """What was asked about, as typed; whether it is a paper, and one that the person does not have."""

    what: str
    is_paper: bool
    is_missing: bool = False

    @property
    def is_own_wish(self) -> bool:
        """ "Có phải đăng ký tạm trú không" may be about that; with "trước" or "luôn" it is about what is talked of."""
        folded = fold(self.what)
        return _DOES.match(folded) is not None and not _BEFORE_IT.search(folded)


def need_in(text: str) -> Need | None:
    """The thing whose need a message asks about in one of its pieces; None where it asks nothing of the kind.

    Nor where another piece has a wish: "em muốn làm hộ chiếu, có cần khai sinh không" is about the passport.
    """
    pieces = [expand_chat_spelling(piece) for piece in _PIECE.split(nfc(text))]
    for said in pieces:
        need = _need(said)
        if need:
            return None if any(_WISH.search(fold(other)) for other in pieces if other is not said) else need
    return None


def source_in(text: str) -> Need | None:
    """The paper of which a message asks where it is got: "giấy khám sức khoẻ lấy ở đâu"."""
    typed = expand_chat_spelling(nfc(text)).rstrip(" .?!")
    match = _SOURCE.match(fold(typed))
    if match is None:
        return None
    name = "what" if match["what"] else "got"
    return Need(typed[match.start(name) : match.end(name)], is_paper=True)


def source_of(paper: Document) -> str:
    """The paper's name and how it is got; empty where the record does not say."""
    return f"{paper.name}\n{say('walk_get', get=paper.get)}" if paper.get else ""


def _need(said: str) -> Need | None:
    for pattern in (_MISSING, _NEEDED):
        match = pattern.match(fold(said))
        if match and not _OPEN.search(match["what"]):
            what = said[match.start("what") : match.end("what")]
            is_paper = _PAPER.search(match["what"]) is not None and not _DOES.match(match["what"])
            return Need(what, is_paper, pattern is _MISSING)
    return None


def listed(need: Need, procedure: Procedure, share: Share) -> Document | None:
    """The paper of the record whose name has nearly all of the words."""
    asked = telling_words(need)
    found = [(share(set(words(fold(paper.name))), asked), paper) for paper in procedure.documents()]
    best = max(found, key=lambda pair: pair[0], default=None)
    return best[1] if best and best[0] >= _STANDS_FROM else None


def telling_words(need: Need) -> set[str]:
    """What tells the paper from others, folded; all of its words where none does: "giấy tờ gốc"."""
    little = _LITTLE | {fold(word) for word in _LITTLE}
    said = [word for word in words(need.what) if word not in (little if fold(word) == word else _LITTLE)]
    return {fold(word) for word in said or words(need.what)}


def note_on(paper: Document, need: Need) -> str:
    """That the record lists it, and for whom; or, for who does not have it, what replaces it."""
    lines = [say("paper_listed", paper=shorten(paper.name.rstrip(" .;:"), 120))]
    if need.is_missing:
        lines.append(say("walk_instead", instead=paper.instead) if paper.instead else say("paper_missing"))
    elif paper.what:
        lines.append(upper_first(shorten(paper.what, 160)))
    return "\n".join(lines)
