"""How Vietnamese is typed: NFC, folding, words, chat spelling.

Standard library only: Rasa's environment and the app's both import this module, so that a message reads the same
to the intent classifier, the facet lexicon and the search index.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"\d[\d.,]*\d|\w+", re.UNICODE)
_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\ufeff\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SPACES = re.compile(r"\s+")
PROCEDURE_CODE = re.compile(r"(?<![\d.])(\d\.\d{6,9})(?![\d.]*\d)")

# Whole words only ("ong" sits inside "khong"). Keys are as typed; a key with accents is for half-accented typing.
CHAT_SPELLING = {
    "ko": "không", "k": "không", "hok": "không", "hong": "không", "hông": "không",
    "khg": "không", "khong": "không", "kg": "không",
    "dc": "được", "đc": "được", "đươc": "được", "duoc": "được", "đky": "đăng ký",
    "dky": "đăng ký", "đki": "đăng ký", "dki": "đăng ký", "j": "gì", "ji": "gì", "gi": "gì", "z": "vậy", "v": "vậy",
    "ntn": "như thế nào", "lm": "làm", "mik": "mình", "mk": "mình", "mjnh": "mình",
    "bnhiu": "bao nhiêu", "bnhieu": "bao nhiêu", "bnh": "bao nhiêu", "nhiu": "nhiêu", "bhiu": "bao nhiêu",
    "cx": "cũng", "vs": "với", "ng": "người", "ngta": "người ta", "trc": "trước", "r": "rồi", "rùi": "rồi",
    "hs": "hồ sơ", "gtờ": "giấy tờ", "gto": "giấy tờ", "gt": "giấy tờ", "tt": "thủ tục",
    "tthc": "thủ tục hành chính", "nv": "như vậy", "sđt": "số điện thoại", "sdt": "số điện thoại",
    "onl": "online", "tl": "trả lời", "đt": "điện thoại",
    "cccd": "căn cước", "cmnd": "căn cước", "cmt": "căn cước", "ccđ": "căn cước",
    "gplx": "giấy phép lái xe", "blx": "bằng lái xe", "gpxd": "giấy phép xây dựng", "gpkd": "giấy phép kinh doanh",
    "đkkd": "đăng ký kinh doanh", "dkkd": "đăng ký kinh doanh", "hkd": "hộ kinh doanh", "dn": "doanh nghiệp",
    "bhxh": "bảo hiểm xã hội", "bhyt": "bảo hiểm y tế", "bhtn": "bảo hiểm thất nghiệp", "tnlđ": "tai nạn lao động",
    "lltp": "lý lịch tư pháp", "dvc": "dịch vụ công", "dvcqg": "cổng dịch vụ công quốc gia",
    "dktt": "đăng ký thường trú", "đktt": "đăng ký thường trú", "hk": "hộ khẩu", "shk": "sổ hộ khẩu",
    "xntt": "xác nhận tình trạng", "tncn": "thu nhập cá nhân", "gtgt": "giá trị gia tăng", "mst": "mã số thuế",
    "qsdđ": "quyền sử dụng đất", "qsdd": "quyền sử dụng đất", "gcn": "giấy chứng nhận", "ubnd": "ủy ban nhân dân",
    "tnhh": "trách nhiệm hữu hạn", "cty": "công ty", "tp": "thành phố", "ttdt": "thông tin điện tử",
    "kcb": "khám chữa bệnh", "nvqs": "nghĩa vụ quân sự", "thpt": "trung học phổ thông", "hc": "hộ chiếu",
    "passport": "hộ chiếu", "visa": "thị thực", "login": "đăng nhập", "pass": "mật khẩu",
    "ki": "ký", "kí": "ký", "kì": "kỳ", "kỉ": "kỷ", "kĩ": "kỹ", "li": "ly", "lí": "lý", "mĩ": "mỹ", "sỹ": "sĩ",
    "dkks": "đăng ký khai sinh", "đkks": "đăng ký khai sinh", "gks": "giấy khai sinh", "dkkh": "đăng ký kết hôn",
    "đkkh": "đăng ký kết hôn", "xnhn": "xác nhận tình trạng hôn nhân", "tthn": "tình trạng hôn nhân",
    "hktt": "hộ khẩu thường trú", "tctn": "trợ cấp thất nghiệp", "htxh": "hưu trí xã hội", "1tv": "một thành viên",
    "dkx": "đăng ký xe", "đkx": "đăng ký xe", "ghtt": "gia hạn tạm trú",
    "cmđ": "chuyển mục đích",
    "cmđsdđ": "chuyển mục đích sử dụng đất", "xklđ": "xuất khẩu lao động", "xkld": "xuất khẩu lao động",
    "quí": "quý", "quĩ": "quỹ", "qui": "quy", "tỉ": "tỷ",
}  # fmt: skip
# Several readings each, told apart by the neighbours (see `_reading`).
AMBIGUOUS = {
    "kh": ("không", "kết hôn"), "dk": ("đăng ký", "được", "điều kiện"), "đk": ("đăng ký", "điều kiện"),
    "tn": ("tự nguyện", "tn"), "bn": ("bao nhiêu", "bạn"),
    "vk": ("vợ", "vk"), "ck": ("chồng", "chuyển khoản", "ck"),
}  # fmt: skip
_QUESTION_END = {"không", "ko", "k", "hok", "khong", "chưa", "chua", "ạ", "a", "z", "v", "vậy"}
_AFTER_YOU = {"", "ơi", "oi", "ạ", "là", "la", "cho", "giúp", "giup", "có", "co"}
_REGISTERS = {"dk", "đk", "dky", "đky", "đăng", "ký", "ky"}
_ENOUGH, _NEEDING, _WHAT = {"đủ", "du"}, {"cần", "can", "những", "nhung"}, {"gì", "gi", "j", "nào", "nao"}
_INSURANCE = {"bhxh", "bhyt"}
_FORM = {"mẫu", "mau", "form", "c/o", "co", "o"}  # "C/O mẫu VK" is a form
_PAID, _PAYING = (
    {"đã", "da", "chưa", "chua", "phải", "phai"},
    {"tiền", "tien", "phí", "phi", "rồi", "roi", "r", "rùi", "qua", "vào"},
)
_MINE = {"em", "e", "tôi", "toi", "tui", "mình", "minh", "mk", "mik", "mjnh", "chị", "chi", "vk", "là", "la"}
_GREETING = {"chào", "chao", "hi", "hello", "ơi", "oi", "alo"}


@dataclass(frozen=True)
class Word:
    """A word of a message and where it stands in the NFC text."""

    text: str
    start: int
    end: int


def nfc(text: str) -> str:
    """Composed, without invisible characters; Zalo and iPhones send decomposed text."""
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text))


def fold(text: str) -> str:
    """Lower case without accents: "Đăng ký" → "dang ky". Same length as the NFC input, character by character."""
    return "".join(_fold_character(c) for c in nfc(text))


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in "đĐ":
        return "d"
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base[0] if base else character


def words(text: str) -> list[str]:
    """Lower-case words of a text; numbers and procedure codes stay whole."""
    return [word.text for word in spans(text)]


def spans(text: str) -> Iterator[Word]:
    """The words with their places in `nfc(text)`."""
    composed = nfc(text)
    for match in _WORD.finditer(composed):
        yield Word(match.group().lower(), match.start(), match.end())


def is_accented(text: str) -> bool:
    """Whether any letter carries a Vietnamese accent."""
    return any(fold(c) != c for c in nfc(text).lower() if c.isalpha())


def expand_chat_spelling(text: str) -> str:
    """Lower-case text with abbreviations and chat spelling written out, word by word."""
    tokens = words(text)
    return " ".join(_expand(tokens, i) for i in range(len(tokens)))


def _expand(tokens: list[str], index: int) -> str:
    token = tokens[index]
    if token in AMBIGUOUS:
        return _reading(tokens, index)
    return CHAT_SPELLING.get(token, token)


def _reading(tokens: list[str], index: int) -> str:
    """ "lam dk ko" = được; "dk tam tru" = đăng ký; "du dk" = điều kiện; "chao bn" = bạn; "vk em" = vợ."""
    token = tokens[index]
    before = tokens[index - 1] if index else ""
    after = tokens[index + 1] if index + 1 < len(tokens) else ""
    if token == "kh":
        return "kết hôn" if before in _REGISTERS else "không"
    if token == "tn":
        return "tự nguyện" if before in _INSURANCE else token
    if token in {"dk", "đk"}:
        if before in _ENOUGH or (before in _NEEDING and after in _WHAT):
            return "điều kiện"
        last_of_question = token == "dk" and index > 0 and (after in _QUESTION_END or not after)
        return "được" if last_of_question else "đăng ký"
    if token == "vk":
        return token if before in _FORM else "vợ"
    if token == "ck":
        return "chuyển khoản" if before in _PAID or after in _PAYING else "chồng" if after in _MINE else token
    addressed = index == 0 and after in _AFTER_YOU
    return "bạn" if addressed or before in _GREETING else "bao nhiêu"


def squeeze(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def procedure_codes(text: str) -> list[str]:
    """Codes such as 1.004222 named in a message, in order, each once."""
    return list(dict.fromkeys(PROCEDURE_CODE.findall(nfc(text))))
