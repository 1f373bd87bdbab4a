"""The terminal chat: the same API as everyone's, buttons as numbers."""

from __future__ import annotations

import secrets
from typing import Any

import httpx
from prompt_toolkit import PromptSession
from rich.console import Console
from rich.panel import Panel

from actions.texts import say


def talk(url: str) -> None:
    """Until Ctrl-D or an empty Ctrl-C. The sender is new for every start, so nothing is carried over."""
    console = Console()
    sender = f"terminal-{secrets.token_hex(4)}"
    session: PromptSession[str] = PromptSession()
    console.print(Panel(say("greet"), title="Một Cửa", subtitle="Ctrl-D để thoát"))
    with httpx.Client(base_url=url, timeout=15) as client:
        while True:
            try:
                text = session.prompt("› ")
            except (EOFError, KeyboardInterrupt):
                return
            if text.strip():
                for reply in _send(client, sender, text):
                    _show(console, reply)


def _send(client: httpx.Client, sender: str, text: str) -> list[dict[str, Any]]:
    try:
        response = client.post("/api/chat", json={"sender": sender, "text": text})
        body = response.json()
    except (httpx.HTTPError, ValueError):
        return [{"text": f"{say('error')}\n({client.base_url}: chạy `make serve` ở cửa sổ khác?)"}]
    if response.is_error:
        return [{"text": body["error"]["message"]}]
    return list(body["replies"])


def _show(console: Console, reply: dict[str, Any]) -> None:
    console.print()
    console.print(reply["text"], markup=False, highlight=False)
    if checklist := reply.get("checklist"):
        console.print(f"[{checklist['done']}/{checklist['total']}]", style="green", markup=False)
    for number, button in enumerate(reply.get("buttons", ()), 1):
        console.print(f"  {number}. {button['title']}", style="cyan", markup=False)
    for link in reply.get("links", ()):
        console.print(f"  {link['title']}: {link['url']}", style="blue", markup=False)
    console.print()
