"""`python -m indexer sync` as it is run: killed in the middle, refused, and gone on with."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from knowledge.portal import read_raw_records
from knowledge.settings import PROJECT
from tests.unit.indexer.portal_stub import PortalStub, busy, procedures

COUNT = 60


@pytest.fixture
def stub():
    with PortalStub(procedures(COUNT)).running() as stub:
        stub.page = 25
        yield stub


class Command:
    """The command in a folder of its own, without a build."""

    def __init__(self, url: str, folder: Path) -> None:
        self.var = folder / "var"
        self._environment = os.environ | {
            "MOTCUA_VAR": str(self.var),
            "MOTCUA_CACHE": str(folder / "cache"),
            "MOTCUA_SHARED": str(folder / "nothing"),
            "MOTCUA_PORTAL_API": url,
        }

    def start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "indexer", "sync", "--pause", "0", "--no-publish"],
            cwd=PROJECT,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self) -> tuple[int, str]:
        process = self.start()
        output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def files(self) -> list[Path]:
        return sorted((self.var / "data").glob("*"))


@pytest.fixture
def command(stub, tmp_path):
    return Command(stub.url, tmp_path)


def test_a_sync_killed_in_the_middle_goes_on_and_loses_and_doubles_nothing(command, stub):
    stub.delay = 0.01
    process = command.start()
    while len(stub.details()) < COUNT // 2:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    asked = stub.details()
    assert COUNT // 2 <= len(asked) < COUNT
    assert command.files() == []

    stub.delay = 0
    code, output = command.finish()
    assert code == 0, output
    assert f"{COUNT} added, 0 changed, 0 gone" in output
    (file,) = command.files()
    rows = [row for row in read_raw_records(file) if isinstance(row, dict)]
    assert Counter(row["id"] for row in rows) == dict.fromkeys(stub.records, 1)
    assert [{k: v for k, v in row.items() if k != "fetchedOn"} for row in rows] == list(stub.records.values())
    twice = {uuid for uuid, times in Counter(stub.details()).items() if times > 1}
    assert twice <= {asked[-1]}  # the one that was on its way


def test_a_refused_sync_says_so_plainly_and_leaves_what_was_there(command, stub):
    assert command.finish()[0] == 0
    before = command.files()[0].read_bytes()
    stub.always = busy("86400", 429)
    code, output = command.finish()
    assert code == 1
    words = " ".join(output.split())
    assert "The portal refused: the portal does not let us in (HTTP 429); it asks to come back in 1440 minutes" in words
    assert "run the command again" in words
    assert "Traceback" not in output
    assert [file.read_bytes() for file in command.files()] == [before]
