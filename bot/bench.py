"""`make bench`: our whole path beside the same Rasa with a one-line action, in one run on one machine.

Both are asked the same messages by the same number of conversations, in turn (A B A B …), so that a machine that is
slow today is slow for both. Single numbers mean little; the ratio is what the aim is about.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil

from bot import model
from bot.rasa import SECRET_HEADER
from bot.settings import Settings
from bot.supervisor import Child, Supervisor, free_port, prepare
from knowledge.encoder import load_query_encoder
from knowledge.index import Index
from knowledge.release import ReleaseStore
from knowledge.retriever import Retriever
from knowledge.settings import PROJECT
from knowledge.tables import markdown, write_tables

MESSAGES = (
    "đăng ký tạm trú cần giấy tờ gì",
    "thế còn phí?",
    "lam lai cccd bi mat o dau",
    "mất bao lâu",
    "đổi bằng lái xe online được không",
    "cảm ơn",
    "muon dk ket hon can j",
    "xin giấy xác nhận độc thân ở đâu",
)
_SIDE_BY_SIDE = (1, 8, 32)
_SEARCHES = 300
_MESSAGES_EACH = 240  # a measurement; half is spent in each of two blocks
_STUB = """
import sys, uvicorn
from fastapi import FastAPI
app = FastAPI()
@app.post("/webhook")
async def one_line():
    return {"events": [], "responses": [{"custom": {"text": "ok"}}]}
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error")
"""

Ask = Callable[[httpx.AsyncClient, str, str], Awaitable[None]]


@dataclass
class Load:
    seconds: list[float]
    wall: float = 0.0

    def row(self, name: str, conversations: int) -> list[str]:
        ordered = sorted(self.seconds)
        p50, p95 = statistics.median(ordered), ordered[int(len(ordered) * 0.95) - 1]
        rate = len(ordered) / self.wall
        return [name, str(conversations), f"{p50 * 1000:.0f}", f"{p95 * 1000:.0f}", f"{rate:.1f}"]


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        scratch = Path(folder)
        secret = secrets.token_hex(16)
        settings = Settings(
            port=free_port(),
            rasa_port=free_port(),
            rasa_secret=secret,
            database_url=f"sqlite:///{scratch / 'app.sqlite'}",
            tracker_url=f"sqlite:///{scratch / 'tracker.sqlite'}",
        )
        prepare(settings, say=print)
        bare, stub, bare_url = _bare_rasa(scratch, secret)
        supervisor = Supervisor(settings, say=print)
        try:
            stub.start()
            bare.start()
            started = time.monotonic()
            supervisor.start()
            ready = time.monotonic() - started
            _wait_for(f"{bare_url}/webhooks/motcua/")
            tables = asyncio.run(_measure(settings, bare_url, secret))
            memory = [[f"memory of {c.name}", f"{_memory(c):.0f} MB"] for c in (supervisor.app, supervisor.rasa)]
        finally:
            for child in (supervisor, bare, stub):
                child.stop()
    tables["bench-start"] = markdown(
        ("what", "value"), [["start of both processes until ready, nothing to prepare", f"{ready:.1f} s"], *memory]
    )
    for name, table in tables.items():
        print(f"\n{name}\n{table}")
    write_tables(PROJECT / "docs" / "performance.md", tables)


async def _measure(settings: Settings, bare_url: str, secret: str) -> dict[str, str]:
    url = f"http://127.0.0.1:{settings.port}"

    async def ours(client: httpx.AsyncClient, sender: str, text: str) -> None:
        answer = await client.post(f"{url}/api/chat", json={"sender": sender, "text": text})
        answer.raise_for_status()
        if any(reply["status"] == "error" for reply in answer.json()["replies"]):
            raise RuntimeError(f"the assistant failed on {text!r}; see {settings.var}/logs")

    async def theirs(client: httpx.AsyncClient, sender: str, text: str) -> None:
        body = {"sender": sender, "message": text, "metadata": {}}
        answer = await client.post(f"{bare_url}/webhooks/motcua/webhook", json=body, headers={SECRET_HEADER: secret})
        answer.raise_for_status()

    rows = []
    for conversations in _SIDE_BY_SIDE:
        loads = {"a": Load([]), "b": Load([])}
        await _block(ours, conversations, conversations * 2)
        await _block(theirs, conversations, conversations * 2)
        for _ in range(2):
            for name, ask in (("a", ours), ("b", theirs)):
                block = await _block(ask, conversations, _MESSAGES_EACH // 2)
                loads[name].seconds += block.seconds
                loads[name].wall += block.wall
        a, b = loads["a"].row("(a) whole path", conversations), loads["b"].row("(b) bare Rasa", conversations)
        rows += [[*a, f"{int(a[2]) / max(1, int(b[2])):.2f}"], [*b, "1"]]
        print(*rows[-2:], sep="\n")
    head = ("path", "conversations", "p50 ms", "p95 ms", "messages/s", "p50 a ÷ b")
    return {"bench-path": markdown(head, rows), "bench-retrieval": _retrieval(settings)}


async def _block(ask: Ask, conversations: int, messages: int) -> Load:
    """`messages` in all, spread over conversations that each wait for an answer before they go on."""
    load = Load([])
    each = max(1, messages // conversations)

    async def converse(client: httpx.AsyncClient) -> None:
        sender = f"bench-{secrets.token_hex(6)}"
        for number in range(each):
            started = time.perf_counter()
            await ask(client, sender, MESSAGES[number % len(MESSAGES)])
            load.seconds.append(time.perf_counter() - started)

    limits = httpx.Limits(max_connections=conversations)
    async with httpx.AsyncClient(timeout=30, limits=limits) as client:
        started = time.perf_counter()
        await asyncio.gather(*(converse(client) for _ in range(conversations)))
        load.wall = time.perf_counter() - started
    return load


def _retrieval(settings: Settings) -> str:
    """The whole search beside what it is made of, each asked the same in turn, on one core.

    In a process of its own: how many threads the libraries use is settled when they are loaded.
    """
    one_core = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    code = f"from bot.bench import time_retrieval; time_retrieval({str(settings.releases)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT, env=os.environ | one_core, capture_output=True, text=True, check=True
    )
    rows = [line.split("|") for line in done.stdout.splitlines()]
    return markdown(("retrieval", "procedures", "p50 ms", "p95 ms"), rows)


def time_retrieval(releases: str) -> None:
    """Prints a row for each way of searching: its name, procedures, p50 and p95 in milliseconds."""
    settings = Settings()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    encoder = load_query_encoder(settings.encoder, cache=settings.cache)
    release = ReleaseStore(Path(releases)).current()
    retriever = Retriever.load(release, encoder=encoder)
    index = Index.load(release)
    ways: dict[str, Callable[[str], object]] = {
        "as served": retriever.search,
        "BM25 alone, names and questions": index.by_words,
        "untuned encoder alone": lambda text: index.by_meaning(encoder.encode_queries([text])),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(_SEARCHES):
        for name, search in ways.items():
            started = time.perf_counter()
            search(MESSAGES[number % len(MESSAGES)])
            if number >= len(MESSAGES):  # the first round warms up
                seconds[name].append(time.perf_counter() - started)
    for name, times in seconds.items():
        p50, p95 = statistics.median(times), sorted(times)[int(len(times) * 0.95)]
        print(f"{name}|{release.manifest.counts.total}|{p50 * 1000:.1f}|{p95 * 1000:.1f}")


def _bare_rasa(scratch: Path, secret: str) -> tuple[Child, Child, str]:
    """The same model on a second Rasa, with an action that does nothing."""
    port, action_port = free_port(), free_port()
    env = model.environment() | {
        "MOTCUA_RASA_SECRET": secret,
        "MOTCUA_ACTION_URL": f"http://127.0.0.1:{action_port}/webhook",
        "MOTCUA_TRACKER_URL": f"sqlite:///{scratch / 'bare.sqlite'}",
    }
    arguments = [
        str(model.RASA),
        "run",
        "--model",
        str(model.model_path(Settings().models)),
        "--interface",
        "127.0.0.1",
    ]
    arguments += ["--port", str(port), "--credentials", "nlu/credentials.yml", "--endpoints", "nlu/endpoints.yml"]
    stub = Child("stub", [sys.executable, "-c", _STUB, str(action_port)], dict(os.environ), scratch / "stub.log")
    return Child("bare", arguments, env, scratch / "bare.log"), stub, f"http://127.0.0.1:{port}"


def _memory(child: Child) -> float:
    """Resident MB of a child and its own children."""
    if child.process is None:
        return 0.0
    process = psutil.Process(child.process.pid)
    return sum(p.memory_info().rss for p in (process, *process.children(recursive=True))) / 2**20


def _wait_for(url: str) -> None:
    for _ in range(300):
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            time.sleep(0.3)
    raise RuntimeError(f"{url} did not come up")
