"""Which of the offered buttons a message means: its token, its title, its number or its ordinal, in words or digits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from actions.cases import Option, told_by
from actions.reply import Act, Button
from knowledge.text import fold, nfc, procedure_codes, spans, squeeze, words

TOKEN = re.compile(r"^mc:[a-z0-9]{8}$")
_NUMBERS = {"mot": 1, "nhat": 1, "hai": 2, "nhi": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8}
_ORDINAL = re.compile(
    r"^(?:(?:em|toi|minh|anh|chi|da) )?(?:(?:chon|lay|la) )?(?P<unit>(?:cai|so|muc|y|lua chon|truong hop|phuong an) )?"
    r"(?:(?:so|thu) )?(?P<n>\d{1,2}|mot|nhat|hai|nhi|ba|bon|tu|nam|sau|bay|tam)\b(?P<rest>.*)$"
)
_FIRST = re.compile(r"^(?:(?:chon|lay) )?(?:(?:cai )?(?:dau tien|thu nhat)\b|cai dau\b)(?P<rest>.*)$")
_LAST = re.compile(r"^(?:(?:chon|lay) )?(?:cai )?(?:cuoi cung|cuoi|sau cung)\b(?P<rest>.*)$")
_WORDS_THAT_NAME = 2
_POLITE = {"luon", "a", "nhe", "nha", "di", "em", "ay", "do", "nay", "vay", "thoi", "duoc", "oi", "ban", "ad"}
_YES = {
    "vang",
    "dung",
    "dung roi",
    "dung vay",
    "phai",
    "phai roi",
    "co",
    "ok",
    "oke",
    "okie",
    "u",
    "um",
    "uh",
    "dong y",
    "duoc",
}
_NO = {"khong", "ko", "k", "hong", "khong phai", "ko phai", "sai", "sai roi", "thoi", "khong can", "dung xoa"}
_NAMES_NOTHING = _POLITE - {"duoc"} | {"e", "me", "minh", "toi", "tui", "la", "ng", "thi", "da", "ben"}


@dataclass(frozen=True)
class Choice:
    """A button, and what the person said besides ("số 3, phí bao nhiêu")."""

    button: Button
    rest: str = ""


def resolve(text: str, offered: Sequence[Button]) -> Choice | None:
    """None where the message is no choice among `offered`."""
    token = text.strip()
    for button in offered:
        if button.payload == token:
            return Choice(button)
    said = squeeze(" ".join(words(fold(text))))
    for button in offered:
        if said and said in (_plain(button.title), _plain(_without_number(button.title))):
            return Choice(button)
    if confirmed := _confirmed(said, offered):
        return Choice(confirmed)
    begun = " ".join(word for word in said.split() if word not in _POLITE)
    starting = [b for b in offered if begun and f"{_plain(b.title)} ".startswith(f"{begun} ")]
    if len(starting) == 1:  # "xem luôn đi" for "Xem cách làm …"
        return Choice(starting[0])
    if inside := _by_words(said, offered) or _by_situation(text, offered):
        return Choice(inside)
    return _by_number(text, said, offered)


def _confirmed(said: str, offered: Sequence[Button]) -> Button | None:
    """ "Vâng" and "không" to a question that only its buttons may answer: a walk would take them for a paper's."""
    yes = next((b for b in offered if b.command.province or b.command.act is Act.FORGET_ME), None)
    no = next((b for b in offered if b.command.act is Act.THANK), None)
    if yes is None or no is None:
        return None
    core = " ".join(word for word in said.split() if word not in _POLITE - {"duoc"} | {"da"})
    return yes if core in _YES else no if core in _NO else None


def _by_words(said: str, offered: Sequence[Button]) -> Button | None:
    """The only button that has all the words said, two at least: "cháu ruột ạ" for "Cô, cậu, dì nhận cháu ruột"."""
    asked = {word for word in said.split() if word not in _NAMES_NOTHING}
    holding = [button for button in offered if asked <= set(_plain(button.title).split())]
    return holding[0] if len(asked) >= _WORDS_THAT_NAME and len(holding) == 1 else None


def _by_situation(text: str, offered: Sequence[Button]) -> Button | None:
    """Where cases are asked for, the one that the message tells: "em là người mua" for "Người mua, được tặng xe"."""
    cases = [button for button in offered if button.command.case]
    if len(cases) < _WORDS_THAT_NAME:
        return None
    told = told_by(text, tuple(Option(button.title) for button in cases))
    return None if told is None else cases[told]


def _by_number(text: str, said: str, offered: Sequence[Button]) -> Choice | None:
    if not offered or procedure_codes(text):
        return None
    for pattern, index in ((_FIRST, 0), (_LAST, len(offered) - 1)):
        match = pattern.match(said)
        if match and _ends_there(text, match["rest"]):
            return Choice(offered[index], _rest(text, match["rest"]))
    match = _ORDINAL.match(said)
    if not match:
        return None
    number = int(match["n"]) if match["n"].isdigit() else _NUMBERS[match["n"]]
    if not 1 <= number <= len(offered) or not (match["unit"] or _ends_there(text, match["rest"])):
        return None
    return Choice(offered[number - 1], _rest(text, match["rest"]))


def _ends_there(text: str, rest: str) -> bool:
    """Whether the choice is all that is said, or a comma or a line's end parts it from more.

    "3, phí bao nhiêu" is a choice and a question; "3 ngày có kịp không" and "thứ hai có làm việc không" are no choice.
    """
    more = rest.split()
    if all(word in _POLITE for word in more):
        return True
    places = list(spans(text))
    after = nfc(text)[places[-len(more) - 1].end :].lstrip(" \t")
    return after[:1] in (",", ";", ":", ")", "-", "\n")


def _rest(text: str, rest: str) -> str:
    """The rest of the message as typed, accents and all."""
    count = len([w for w in rest.split() if w not in _POLITE])
    if not count:
        return ""
    return " ".join(words(text)[-len(rest.split()) :])


def _plain(title: str) -> str:
    return squeeze(" ".join(words(fold(title))))


def _without_number(title: str) -> str:
    return re.sub(r"^\d{1,2}[.)]\s*", "", title)
