"""`python -m indexer build` killed at any moment: what is served stays as it is, and the next build is sound."""

from __future__ import annotations

import datetime as dt
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from indexer.fitting import fit_or_reuse, subjects_of
from indexer.sources import load_sources
from indexer.vectors import VectorCache
from knowledge.encoder import default_identity
from knowledge.families import Families, load_rules
from knowledge.own import load_own_records
from knowledge.passages import passages_of
from knowledge.phrases import LEXICON, Lexicon
from knowledge.release import Release, ReleaseStore
from knowledge.settings import PROJECT, KnowledgeSettings

KILLS = 4


@dataclass
class Builder:
    """Starts builds of our own records. Every passage is in the cache, so no build needs the encoder."""

    folder: Path
    builds: int = 0

    @property
    def store(self) -> ReleaseStore:
        return ReleaseStore(self.folder / "var" / "releases")

    def start(self, *options: str) -> subprocess.Popen[str]:
        self.builds += 1
        inputs = self.folder / "subset.txt"  # a part of the inputs: a changed one means there is something to build
        inputs.write_text(str(self.builds))
        environment = os.environ | {
            "MOTCUA_NATIONAL": "false",
            "MOTCUA_VAR": str(self.folder / "var"),
            "MOTCUA_CACHE": str(self.folder / "cache"),
        }
        return subprocess.Popen(
            [sys.executable, "-m", "indexer", "build", "--subset", str(inputs), *options],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def finish(self, *options: str) -> tuple[Release, float]:
        """What is served after a whole build, and the seconds from the build's first file to its end."""
        process = self.start(*options)
        self.wait_for_work(process)
        began = time.monotonic()
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0, output
        return self.store.current(), time.monotonic() - began

    def half_built(self) -> list[Path]:
        return list(self.store.root.glob(".building-*"))

    def wait_for_work(self, process: subprocess.Popen[str]) -> None:
        mine = self.store.root / f".building-{process.pid}"
        while process.poll() is None and not mine.exists():
            time.sleep(0.002)


@pytest.fixture
def builder(tmp_path):
    lexicon = Lexicon.load(LEXICON)
    records = load_sources(national=None, usage=None, today=dt.date.today()).procedures
    passages = [p for record in records for p in passages_of(record, lexicon)]
    cache = VectorCache(tmp_path / "cache" / "vectors.sqlite", default_identity())
    vectors = np.random.default_rng(1).normal(size=(len(passages), 8)).astype(np.float32)
    cache.put(passages, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    cache.close()
    families = Families.group(records, load_rules()).key_of
    fitted = fit_or_reuse(subjects_of(records, passages, families), KnowledgeSettings().cache, lambda done, total: None)
    shutil.copytree(fitted, tmp_path / "cache" / fitted.name)
    return Builder(tmp_path)


def contents(release: Release) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in release.path.rglob("*") if file.is_file()}


def test_a_build_killed_at_any_moment_leaves_what_is_served_and_the_next_one_is_sound(builder):
    served, span = builder.finish("--publish")
    before, pointer = contents(served), (builder.store.root / "current").read_bytes()
    killed_at_work = 0
    for i in range(KILLS):
        process = builder.start()
        builder.wait_for_work(process)
        time.sleep(span * (i + random.random()) / KILLS)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed_at_work += bool(builder.half_built())
        assert (builder.store.root / "current").read_bytes() == pointer
        assert contents(builder.store.current()) == before
        for name in builder.store.names():  # a killed build may have finished: then it is whole
            Release.open(builder.store.root / name).verify()
    assert killed_at_work > 0, "no build was hit while it worked: the test showed nothing"

    after, _ = builder.finish("--publish", "--force")  # these vectors mean nothing: no gate
    after.verify(encoder=default_identity())
    assert after.manifest.id != served.manifest.id
    assert after.manifest.counts.total == len(load_own_records())
    assert builder.half_built() == []


def test_an_unchanged_build_keeps_the_release_it_has(builder):
    served, _ = builder.finish("--publish")
    builder.builds -= 1
    assert builder.finish("--publish")[0] == served
    assert builder.store.names() == [served.manifest.id]
