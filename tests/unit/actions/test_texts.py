"""The fixed sentences: every one is used, none is missing, and none asks for what must not be sent."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from actions import guide
from actions.reply import Act
from actions.texts import say
from bot.channels.kinds import Kind
from knowledge.procedure import OnlineLevel
from knowledge.settings import PROJECT
from knowledge.text import fold

TEXTS: dict[str, str] = yaml.safe_load((PROJECT / "actions" / "texts.yml").read_text(encoding="utf-8"))
SOURCES = [path for folder in ("actions", "bot") for path in sorted((PROJECT / folder).rglob("*.py"))]
# Keys put together from a value: `say(f"level_{…}")`, `say(act.value)`.
DERIVED = (
    {f"level_{level.value}" for level in OnlineLevel}
    | {act.value for act in Act}
    | {f"got_{kind.value}" for kind in Kind}
    | {kind.value for kind in Kind}
)


def calls(path: Path) -> Iterator[ast.Call]:
    """Calls of the `say` of `actions.texts`, in modules that import it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imports = [n for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module == "actions.texts"]
    if any(name.name == "say" for n in imports for name in n.names):
        yield from (n for n in ast.walk(tree) if isinstance(n, ast.Call) and getattr(n.func, "id", "") == "say")


def literals(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}


CALLS = [
    (path.name, call)
    for path in SOURCES
    for call in calls(path)
    if call.args and isinstance(call.args[0], ast.Constant)
]


def test_the_calls_were_found() -> None:
    assert len(CALLS) > 40


@pytest.mark.parametrize(("file", "call"), CALLS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_sentence_that_is_said_exists_with_all_its_blanks(file: str, call: ast.Call) -> None:
    key = call.args[0].value  # type: ignore[attr-defined]
    given = {keyword.arg for keyword in call.keywords}
    assert key in TEXTS
    assert set(re.findall(r"\{(\w+)", TEXTS[key])) == given


@pytest.mark.parametrize("level", OnlineLevel)
def test_every_online_level_has_its_sentence(level: OnlineLevel) -> None:
    assert f"level_{level.value}" in TEXTS


def test_every_sentence_is_used() -> None:
    used = set().union(*(literals(path) for path in SOURCES)) | DERIVED
    assert sorted(set(TEXTS) - used) == []


EVERYTHING = {**TEXTS, **{f"guidance {topic}": g.text for topic, g in guide.topics().items()}}
_SECRETS = r"(otp|mat khau|ma pin|anh (the|giay to|chup|can cuoc|mat truoc))"
_ASKS = re.compile(rf"(gui|nhan|cho|nhap|chup|dua|doc|cung cap)\s[^.]{{0,40}}{_SECRETS}")
_WARNS = re.compile(r"(dung|khong bao gio|khong|neu lo)\s[^.]{0,40}$")


@pytest.mark.parametrize("key", sorted(EVERYTHING))
def test_no_sentence_asks_for_an_otp_a_password_or_a_photo(key: str) -> None:
    for sentence in re.split(r"[.!?]\s", fold(EVERYTHING[key])):
        asking = _ASKS.search(sentence)
        assert not asking or _WARNS.search(sentence[: asking.start()] + " "), sentence


@pytest.mark.parametrize("sentence", ["Anh/chị gửi mã OTP cho mình nhé", "Anh/chị chụp ảnh căn cước gửi mình"])
def test_the_check_above_notices_a_sentence_that_asks(sentence: str) -> None:
    asking = _ASKS.search(fold(sentence))
    assert asking
    assert not _WARNS.search(fold(sentence)[: asking.start()] + " ")


@pytest.mark.parametrize("key", sorted(EVERYTHING))
def test_every_sentence_is_polite_and_short(key: str) -> None:
    text = EVERYTHING[key]
    assert text.strip() == text
    assert len(text) <= 400
    assert not re.search(r"\b(tao|mày|ông|bà|cô|chú)\b", text)


def test_a_sentence_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        say("no such sentence")


@pytest.mark.parametrize("key", ["error", "unknown_help", "person", "person_offer", "not_said", "retired_gone"])
def test_bad_news_comes_with_a_way_forward(key: str) -> None:
    assert "18001096" in TEXTS[key]
