"""The app as a process to kill: the real one over a small release, with a Rasa of its own that is slow and fails.

Each line on standard input begins a life, and is the seed of its chances. A life is a fork of this process, which
alone pays for the imports. Printed are the life's process id, and "ended" when it has. Settings: the environment.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

import bot.app
from bot.app import create_app
from bot.rasa import RasaError
from bot.served import Served
from bot.settings import Settings
from knowledge.phrases import Lexicon
from knowledge.places import Gazetteer
from knowledge.release import ReleaseStore
from tests.builders import FakeEncoder, lexicon, rules
from tests.contract.fake_rasa import FakeRasa

HEARD = "heard.jsonl"  # under `var`: the turn and the words of each call of Rasa
_SLOW = 0.06  # seconds at most, on the way there and on the way back
_FAILS = 0.03  # of the calls, before and after the answer was committed


class UnsteadyRasa(FakeRasa):
    def __init__(self, heard: Path) -> None:
        super().__init__()
        self._file = os.open(heard, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    async def send(self, person: str, text: str, metadata: dict[str, Any]) -> list[dict[str, Any]]:
        line = json.dumps([int(metadata["message_id"]), text, metadata.get("rest", "")], ensure_ascii=False)
        os.write(self._file, f"{line}\n".encode())  # at once or not at all, whenever the process is killed
        await self._way()
        replies = await super().send(person, text, metadata)
        await self._way()
        return replies

    async def _way(self) -> None:
        await asyncio.sleep(random.uniform(0, _SLOW))
        if random.random() < _FAILS:
            raise RasaError("as if it were out of reach")


def made(settings: Settings) -> FastAPI:
    rasa = UnsteadyRasa(settings.var / HEARD)
    app = create_app(settings, rasa=rasa, served=Served(ReleaseStore(settings.releases), FakeEncoder))  # type: ignore[arg-type]
    rasa.app = app
    return app


def warm_up(settings: Settings) -> None:
    """Word lists and imports, which no kill can hurt, and which would take most of a second in every life."""
    for name in ("faiss", "httpcore"):
        import_module(name)
    Lexicon.load = cache(Lexicon.load)  # type: ignore[method-assign]
    Gazetteer.load = cache(Gazetteer.load)  # type: ignore[method-assign]
    bot.app.load_rules = cache(bot.app.load_rules)
    lexicon()
    rules()
    made(settings)


def main() -> None:
    settings = Settings()
    warm_up(settings)
    for seed in sys.stdin:
        child = os.fork()
        if not child:
            random.seed(int(seed))
            try:
                uvicorn.run(
                    made(settings), host=settings.host, port=settings.port, log_level="warning", access_log=False
                )
            finally:
                os._exit(1)
        print(child, flush=True)
        os.waitpid(child, 0)
        print("ended", flush=True)


if __name__ == "__main__":
    main()
