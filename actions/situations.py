"""A message and a label read alike: ages, and words of a situation of which many mean the same.

What a word means stands in `situations.yml`. Tokens are syllables, or "@name" for a concept; "|" is a clause's end.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import yaml

from knowledge.text import expand_chat_spelling, fold, is_accented, nfc, squeeze, words

NOT = "@not"
END = "|"
AMOUNT = "@amount"
_CONCEPTS = Path(__file__).with_suffix(".yml")
_ACCENTED = 0.3  # share of the words from which on a message is read with its accents
_CLAUSE = re.compile(r"(?<!\d)[.,]|[.,](?!\d)|[;:?!()\n…]+| - ")
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_FINAL_Y = re.compile(r"(?<=[hklmst])([yýỳỷỹỵ])$")
_ME = re.compile(r"\be\b", re.IGNORECASE)  # "ba e"
_CONFIRMS = {"duoc", "dung", "phai", "hay"}  # before a "không" that only asks

_BARE = {"nguoi", "cong dan", "quoc tich"}  # before a country they say no more than "foreigner"

_NUMBERS = {
    "mot": 1, "hai": 2, "ba": 3, "bon": 4, "nam": 5, "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
_DIGIT = "|".join(_NUMBERS)
_N = rf"(?:\d{{1,3}}(?:[.,]\d)?|muoi(?: (?:{_DIGIT}|lam))?|(?:{_DIGIT}) muoi(?: (?:{_DIGIT}|lam))?|{_DIGIT})"
_BELOW = "duoi|chua du|chua den|chua toi|khong qua|chua day"
_AMOUNT = re.compile(
    rf"\b(?:(?P<how>{_BELOW}|gan|sap|tu du|tu|tren|hon|du|tron) )?"
    rf"(?P<n>{_N})(?:(?: tuoi)?(?P<to>(?: den)?(?: (?:toi|duoi|chua du)\b)?) ?(?P<m>\d{{1,3}}))?"
    rf"(?: ?(?P<unit>thang tuoi|tuoi|kw)|(?P<short>t))\b(?P<more> (?:tro|do) len)?"
)
_MONTHS = re.compile(r"\b(?:be|chau|con (?:em|toi|minh|gai|trai|duoc))(?: duoc)? (?P<n>\d{1,2}) thang\b(?! tuoi)")
_NEWBORN = re.compile(r"\bso sinh\b|\b(?:be|con|chau)(?: (?:em|nha em|toi|minh|nha minh))? moi (?:sinh|de)\b")
_KIN = (
    r"(?:ba|bo|me|ma|cha|ong|vo|chong|chu (?:ho|xe|dat|cu)|nguoi (?:do|than)|(?:anh|em|con|chau) (?:trai|ruot)"
    r"|(?:chi|em|con|chau) gai|chi ruot)"
    r"(?: (?:em|e|toi|tui|minh|mk|chau|con|nha|ho|noi|ngoai|ruot|no|ay|do|xe|dat|cu|ca|vo|chong|trai|gai))*"
)
_AFTER_DEATH = (
    r"(?:roi|nen|thi|ma|gio|nay|de lai|duoc|nam|hoi|som|lau|do|vi|o|tai|cach|ngay|thang|tuan|hom|co can|phai|di|luon"
    r"|khong (?:de|co|kip)|(?:\d+|mot|hai|may|nhieu) nam|can (?:gi|lam|nop|giay)|het roi|a|ha|va)"
)
_DEATH = re.compile(  # "ba em mất rồi", not "ba em mất sổ đỏ", nor "mất bao lâu"
    rf"\b{_KIN}(?: (?:vua|moi|da|deu|cung|lo|chang may))* (?P<gone>mat)(?= {_AFTER_DEATH}\b|$)"
)


@dataclass(frozen=True)
class Amount:
    """From `low` to below `high`, in years of age or in kilowatts."""

    low: float
    high: float
    unit: str = "age"

    def within(self, other: Amount) -> bool:
        return self.unit == other.unit and other.low <= self.low and self.high <= other.high

    def outside(self, other: Amount) -> bool:
        return self.unit == other.unit and (self.high <= other.low or other.high <= self.low)


@dataclass(frozen=True)
class Reading:
    tokens: tuple[str, ...]
    amounts: tuple[Amount, ...] = ()
    asked: frozenset[int] = field(default_factory=frozenset)  # places where a clause ends as "… không?"


def with_accents(text: str) -> bool:
    """Whether a message is typed with accents, so that "dược" cannot be "được"."""
    typed = words(text)
    return bool(typed) and sum(map(is_accented, typed)) >= _ACCENTED * len(typed)


@lru_cache(maxsize=4096)
def read(text: str, accents: bool) -> Reading:
    tokens: list[str] = []
    amounts: list[Amount] = []
    asked: set[int] = set()
    for clause in _CLAUSE.split(nfc(text)):
        line, found = _amounts(_deaths(squeeze(_ME.sub("em", expand_chat_spelling(clause)))))
        amounts += found
        spoken, is_question = _without_particle(_concepts(line, accents), accents)
        tokens += spoken
        if is_question:
            asked.add(len(tokens))
        tokens.append(END)
    return Reading(tuple(tokens[:-1]), tuple(dict.fromkeys(amounts)), frozenset(asked))


@cache
def plain(accents: bool) -> frozenset[str]:
    """Words that may stand between others and tell nothing."""
    return frozenset(syllable for phrase in _set("plain", accents) for syllable in phrase.split()) | {AMOUNT}


def says_nothing(tokens: Sequence[str], accents: bool) -> bool:
    """Whether words do not tell a situation by themselves: kin, "thông tin", "giấy"; more than two such words do."""
    if set(tokens) <= _people():
        return True
    return set(tokens) <= _weak(accents) | _people() and syllables(tokens) <= 2


@cache
def _people() -> frozenset[str]:
    return frozenset(f"@{name}" for name in _rules()["people"])


@cache
def _weak(accents: bool) -> frozenset[str]:
    phrases = _set("weak", accents)
    return frozenset(word for phrase in phrases for word in (*phrase.split(), phrase.replace(" ", "_")))


def tells_of_death(text: str) -> bool:
    """Whether somebody has died, or left something to heirs."""
    return not {"@dead", "@heirs"}.isdisjoint(read(text, with_accents(text)).tokens)


def nations() -> list[str]:
    """Names of other countries, with their accents."""
    return list(_rules()["nations"])


def is_same(said: str, meant: str) -> bool:
    """Whether the token of a message has the meaning of a label's: "vợ" is a "người thân"."""
    return said == meant or said in _includes().get(meant, ())


def _deaths(line: str) -> str:
    """The line with "qua đời" for a "mất" that is said of a person; `fold` keeps the places of letters."""
    for match in reversed(list(_DEATH.finditer(fold(line)))):
        start, end = match.span("gone")
        if line[start:end].lower() in ("mất", "mat"):
            line = f"{line[:start]}qua đời{line[end:]}"
    return line


# Amounts


def _amounts(line: str) -> tuple[str, list[Amount]]:
    """The line with its amounts replaced, and these; `fold` keeps the places of letters."""
    found: list[Amount] = []
    folded = fold(line)
    for pattern, meaning in ((_AMOUNT, _amount), (_MONTHS, _months), (_NEWBORN, _newborn)):
        for match in reversed(list(pattern.finditer(folded))):
            if (amount := meaning(match)) is None:
                continue
            found.append(amount)
            start = match.start("n") if pattern is _MONTHS else match.start()
            end = match.end()
            if pattern is not _NEWBORN:
                line = f"{line[:start]}{AMOUNT}{line[end:]}"
                folded = f"{folded[:start]}{AMOUNT}{folded[end:]}"
    return line, found


def _amount(match: re.Match[str]) -> Amount | None:
    if match["short"] and not match["n"][-1].isdigit():
        return None
    unit = "kw" if match["unit"] == "kw" else "age"
    scale = 12 if match["unit"] == "thang tuoi" else 1
    low, how = _number(match["n"]), match["how"] or ""
    if match["m"]:
        high = float(match["m"])
        return Amount(
            low / scale, (high if "d" in (match["to"] or "").removeprefix(" den") else high + 1) / scale, unit
        )
    if how in _BELOW.split("|"):
        return Amount(0, low / scale, unit)
    if how in ("gan", "sap"):
        return Amount((low - 1) / scale, low / scale, unit)
    if match["more"] or how in ("tu", "tu du", "tren", "hon"):
        return Amount(low / scale, math.inf, unit)
    return Amount(low / scale, (low + (1 if unit == "age" else 0)) / scale, unit)


def _months(match: re.Match[str]) -> Amount:
    low = float(match["n"])
    return Amount(low / 12, (low + 1) / 12)


def _newborn(match: re.Match[str]) -> Amount:
    return Amount(0, 1 / 12)


def _number(text: str) -> float:
    """ "8", "tám", "mười lăm", "tám mươi hai"."""
    if text[0].isdigit():
        return float(text.replace(",", "."))
    before, is_tens, after = f" {text} ".partition(" muoi ")
    if not is_tens:
        return _NUMBERS[text]
    units = 5 if after.strip() == "lam" else _NUMBERS.get(after.strip(), 0)
    return 10 * _NUMBERS.get(before.strip(), 1) + units


# Concepts


def _concepts(line: str, accents: bool) -> list[str]:
    line = " ".join(_spelled(word, accents) for word in line.split())
    return list(_walk(line, accents))


def _walk(line: str, accents: bool, *, foreigners: bool = True) -> Iterator[str]:
    """The tokens of a line: at each word a foreigner, else the longest phrase, else the word."""
    persons, phrases = _foreigner(accents), _phrases(accents)
    start = 0
    while start < len(line):
        word = line[start:].split(" ", 1)[0]
        person = persons[word].match(line, start) if foreigners and word in persons else None
        phrase = phrases[word].pattern.match(line, start) if word in phrases else None
        found = person if person and (not phrase or phrase.end() <= person.end()) else phrase
        if found and found is person:
            yield from _foreign(found, accents)
        elif found:
            yield phrases[word].tokens[(found.lastindex or 1) - 1]
        else:
            yield word
        start = (found.end() if found else start + len(word)) + 1


def _foreign(found: re.Match[str], accents: bool) -> Iterator[str]:
    """ "Chồng người Hàn" is a foreigner; who "lấy chồng người Hàn" is none."""
    if found["marries"]:
        yield from _walk(found[0], accents, foreigners=False)
        return
    if fold(found["who"]) not in _BARE:
        yield from _walk(found["who"], accents, foreigners=False)
    yield "@foreigner"


@cache
def _foreigner(accents: bool) -> dict[str, re.Pattern[str]]:
    """By its first word, a person with the name of a country."""
    rules = _rules()
    marries, who, nation = (
        either(_line(p, accents) for p in rules[key]) for key in ("marries", "of_person", "nations")
    )
    partner = either(_line(p, accents) for p in rules["of_person"] if fold(p) not in _BARE - {"nguoi"})
    link = f"(?: {_line('là', accents)})?(?: {_line('người', accents)})?"
    pattern = re.compile(rf"(?P<marries>(?:{marries}) (?=(?:{partner}) ))?(?P<who>{who}){link} (?:{nation})(?!\S)")
    return {_line(p, accents).split()[0]: pattern for key in ("marries", "of_person") for p in rules[key]}


@dataclass(frozen=True)
class _Phrases:
    """Phrases with the same first word, in one pattern: a group each, the longest first."""

    pattern: re.Pattern[str]
    tokens: tuple[str, ...]


@cache
def _phrases(accents: bool) -> dict[str, _Phrases]:
    by_word: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for phrase, token in _lexicon(accents):
        by_word[phrase.split(" ")[0]].append((phrase, token))
    receiver = either(_line(word, accents) for word in _rules()["receivers"])
    return {
        word: _Phrases(
            re.compile(
                "|".join(rf"({phrase.replace(' _ ', f' (?:(?:{receiver}) ){{0,3}}')}(?!\S))" for phrase, _ in own)
            ),
            tuple(token for _, token in own),
        )
        for word, own in by_word.items()
    }


def _lexicon(accents: bool) -> list[tuple[str, str]]:
    """Phrases with their tokens, the longest first."""
    rules = _rules()
    entries = [(phrase, f"@{name}") for name, phrases in rules["concepts"].items() for phrase in phrases]
    entries += [(phrase, NOT) for phrase in rules["negation"]]
    entries += [(phrase, _line(phrase, accents).replace(" ", "_")) for phrase in rules["whole"]]
    found: dict[str, str] = {}
    for phrase, token in sorted(entries, key=lambda entry: -len(entry[0].replace("_", "").split())):
        is_sure = " " in phrase or token == NOT or token in _people()
        if accents or is_sure:
            found.setdefault(_line(phrase, accents), token)
    return list(found.items())


def either(phrases: Iterable[str]) -> str:
    """A pattern for any of them, the longest first."""
    return "|".join(sorted(phrases, key=len, reverse=True))


def _without_particle(tokens: list[str], accents: bool) -> tuple[list[str], bool]:
    """Without the "không" of a question, and whether there is one: "làm được không", "ly hôn chưa ạ"."""
    particles = _set("particles", accents)
    tokens = [t for i, t in enumerate(tokens) if t != NOT or not _only_asks(tokens, i)]
    end = len(tokens)
    while end and tokens[end - 1] in particles:
        end -= 1
    if end > 1 and tokens[end - 1] == NOT:
        return tokens[: end - 1], True
    return tokens, False


def _only_asks(tokens: Sequence[str], index: int) -> bool:
    """Whether the "không" at that place denies nothing: "được không nếu …"."""
    return 0 < index < len(tokens) - 1 and fold(tokens[index - 1]) in _CONFIRMS


# The file


@cache
def _rules() -> dict[str, Any]:
    rules: dict[str, Any] = yaml.load(_CONCEPTS.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return rules


@cache
def _includes() -> dict[str, frozenset[str]]:
    """By the wider token; "vợ người …" of a record's words has a foreigner for its person."""
    includes = {f"@{wide}": frozenset(f"@{n}" for n in narrow) for wide, narrow in _rules()["includes"].items()}
    persons = frozenset({"@foreigner", "@vietnamese", "@overseas"})
    return includes | {_spelled("người", accents): persons for accents in (True, False)}


@cache
def _set(key: str, accents: bool) -> frozenset[str]:
    return frozenset(_line(phrase, accents) for phrase in _rules()[key])


def _line(phrase: str, accents: bool) -> str:
    return " ".join(_spelled(word, accents) for word in nfc(phrase).split())


@lru_cache(maxsize=8192)
def _spelled(word: str, accents: bool) -> str:
    """A word without its accents, or with them in one spelling: "hoá" as "hóa", "lí" as "lý"."""
    if word.startswith("@"):
        return word
    if not accents:
        return fold(word)
    decomposed = unicodedata.normalize("NFD", word.lower())
    tone = "".join(c for c in decomposed if c in _TONES)
    letters = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    return unicodedata.normalize("NFC", _FINAL_Y.sub("i", letters) + tone)


def syllables(tokens: Iterable[str]) -> int:
    """How much a sequence of tokens says: a concept counts as two."""
    return sum(2 if token.startswith("@") else token.count("_") + 1 for token in tokens)


def without_accents(token: str) -> str:
    return token if token.startswith("@") else fold("".join(c for c in token if c not in _TONES))
