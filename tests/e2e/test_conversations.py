"""Recorded conversations, each a readable file under tests/data/conversations, held against the running system."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from knowledge.text import fold
from tests.conftest import DATA, need
from tests.e2e.conftest import System

FILES = sorted((DATA / "conversations").glob("*.yml"))


def recorded() -> Iterator[Any]:
    """Every file; one with a `gap` says what does not hold yet, and fails the day it does."""
    for file in FILES:
        gap = yaml.safe_load(file.read_text(encoding="utf-8")).get("gap")
        marks = [pytest.mark.xfail(strict=True, reason=gap)] if gap else []
        yield pytest.param(file, id=file.stem, marks=marks)


@pytest.mark.parametrize("file", recorded())
def test_conversation(file: Path, system: System) -> None:
    conversation = yaml.safe_load(file.read_text(encoding="utf-8"))
    if conversation.get("national"):
        need(system.is_national, "the national records (MOTCUA_SHARED)")
    sender = f"{file.stem}-{secrets.token_hex(4)}"
    with system.client() as client:
        for number, turn in enumerate(conversation["turns"], 1):
            response = client.post("/api/chat", json={"sender": sender, "text": turn["say"]})
            assert response.status_code == 200, response.text
            replies = response.json()["replies"]
            problems = [p for p in _problems(turn, replies) if p]
            shown = "\n---\n".join(f"[{r['status']} {r['procedure']}] {r['text']}" for r in replies)
            assert not problems, f"turn {number} «{turn['say']}»: {problems}\n{shown}"


def _problems(turn: dict[str, Any], replies: list[dict[str, Any]]) -> list[str]:
    """What of the expectation does not hold. Text is compared without accents and case."""
    first, text = replies[0], fold("\n".join(r["text"] for r in replies))
    titles = [b["title"] for r in replies for b in r["buttons"]]
    urls = [link["url"] for r in replies for link in r["links"]]
    allowed = turn.get("status")
    allowed = [allowed] if isinstance(allowed, str) else allowed
    checks: list[tuple[bool, str]] = [
        (not allowed or first["status"] in allowed, f"status is {first['status']}"),
        ("procedure" not in turn or first["procedure"] == turn["procedure"], f"procedure is {first['procedure']}"),
        (set(turn.get("facets", ())) <= {f for r in replies for f in r["facets"]}, f"facets are {first['facets']}"),
        ("replies" not in turn or len(replies) == turn["replies"], f"{len(replies)} replies"),
    ]
    checks += [(fold(part) in text, f"does not contain «{part}»") for part in turn.get("contains", ())]
    checks += [(fold(part) not in text, f"contains «{part}»") for part in turn.get("lacks", ())]
    checks += [
        (any(fold(b) in fold(t) for t in titles), f"no button «{b}» in {titles}") for b in turn.get("buttons", ())
    ]
    checks += [(any(part in url for url in urls), f"no link with «{part}» in {urls}") for part in turn.get("links", ())]
    checks += [
        (code in [r["procedure"] for r in replies], f"no reply about {code}") for code in turn.get("procedures", ())
    ]
    if wanted := turn.get("checklist"):
        found = next((r["checklist"] for r in reversed(replies) if r["checklist"]), None) or {}
        checks += [(found.get(key) == value, f"checklist {key} is {found.get(key)}") for key, value in wanted.items()]
    return [problem for holds, problem in checks if not holds]
