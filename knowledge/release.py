"""A release: everything the running app needs, in one folder that never changes once it is published.

    var/releases/20261122-101500-3f2a9c/
        manifest.json    schema, encoder identity, counts, sha256 of every other file
        records.sqlite   records, families, retired codes
        passages.jsonl   one line a passage, in the order of the vectors
        vectors.npy      float32 (passages, dimensions), L2-normalised
        accents.json     syllable counts of the accent restorer
        accented.npz, folded.npz    BM25 over passages
        body.npz, expanded.npz      BM25 over whole records, bare and with the questions written for them
        syllables/       the syllable encoder, a sentence-transformers model
        syllables.npy    its vectors of the passages, float32 (passages, dimensions)
    var/releases/current       a text file with the served release's name, replaced in one step

A folder is built under a hidden name, checked, and renamed; so a crash leaves at worst a hidden folder behind.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.fitted import TABLE, TOKENIZER
from knowledge.procedure import Frozen

SCHEMA = 4
RECORDS, PASSAGES, VECTORS, ACCENTS, FITTED, FITTED_VECTORS = (
    "records.sqlite",
    "passages.jsonl",
    "vectors.npy",
    "accents.json",
    "syllables",
    "syllables.npy",
)
WORDS = ("accented.npz", "folded.npz", "body.npz", "expanded.npz")
FILES = (
    RECORDS,
    PASSAGES,
    VECTORS,
    ACCENTS,
    *WORDS,
    f"{FITTED}/{TABLE}",
    f"{FITTED}/{TOKENIZER}",
    FITTED_VECTORS,
)


class ReleaseError(Exception):
    """A release is missing, damaged, or made for something else; the message says which and what to do."""


class Counts(Frozen):
    own: int
    national: int
    merged: int
    total: int
    passages: int
    rejected: int
    internal: int


class Manifest(Frozen):
    schema_version: int
    id: str
    created_at: dt.datetime
    encoder: str
    dimensions: int
    counts: Counts
    inputs: str  # digest of everything the release was made from
    files: dict[str, str]


@dataclass(frozen=True)
class Release:
    """A folder whose manifest was read; `verify` also reads and hashes every file."""

    path: Path
    manifest: Manifest

    @classmethod
    def open(cls, path: Path) -> Release:
        try:
            manifest = Manifest.model_validate_json((path / "manifest.json").read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise ReleaseError(f"{path} has no manifest.json: it is no release, or was not finished") from None
        except ValueError as error:
            raise ReleaseError(f"the manifest of {path} cannot be read: {error}") from None
        if manifest.schema_version != SCHEMA:
            raise ReleaseError(f"{path} has schema {manifest.schema_version}, this program reads {SCHEMA}: build anew")
        return cls(path, manifest)

    def verify(self, *, encoder: str | None = None) -> None:
        """Raises `ReleaseError` where a file is missing or altered, or the vectors are of another encoder."""
        for name in FILES:
            expected = self.manifest.files.get(name)
            file = self.path / name
            if expected is None or not file.is_file():
                raise ReleaseError(f"release {self.manifest.id} lacks {name}: build anew or roll back")
            if digest_of(file) != expected:
                raise ReleaseError(f"{name} of release {self.manifest.id} is damaged: build anew or roll back")
        if encoder is not None and encoder != self.manifest.encoder:
            raise ReleaseError(
                f"release {self.manifest.id} was made with the encoder «{self.manifest.encoder}», "
                f"the settings name «{encoder}»: build anew or change MOTCUA_ENCODER"
            )

    def is_sound(self) -> bool:
        try:
            self.verify()
        except ReleaseError:
            return False
        return True


@dataclass(frozen=True)
class ReleaseStore:
    """The folder of releases and its pointer."""

    root: Path

    @property
    def _pointer(self) -> Path:
        return self.root / "current"

    def current_name(self) -> str | None:
        try:
            return self._pointer.read_text(encoding="utf-8", errors="replace").strip() or None
        except FileNotFoundError:
            return None

    def current(self) -> Release:
        """The published release, not yet verified. Raises `ReleaseError` where there is none."""
        name = self.current_name()
        if name is None:
            raise ReleaseError(f"no release is published under {self.root}: run `make index`")
        return Release.open(self.root / name)

    def names(self) -> list[str]:
        """Finished releases, oldest first (names begin with the time)."""
        if not self.root.is_dir():
            return []
        return sorted(p.name for p in self.root.iterdir() if p.is_dir() and not p.name.startswith("."))

    def find_by_inputs(self, inputs: str) -> Release | None:
        """A finished release made from just these inputs: an unchanged rebuild can stop here."""
        for name in reversed(self.names()):
            try:
                release = Release.open(self.root / name)
            except ReleaseError:
                continue
            if release.manifest.inputs == inputs and release.is_sound():
                return release
        return None

    def publish(self, release: Release) -> None:
        """Points at a verified release; readers see the old pointer or the new one, never half of it."""
        release.verify()
        waiting = self._pointer.with_name(f".current-{os.getpid()}")
        waiting.write_text(release.path.name + "\n", encoding="utf-8")
        os.replace(waiting, self._pointer)

    def roll_back(self) -> Release:
        """Publishes the newest release before the current one."""
        name = self.current_name()
        earlier = [n for n in self.names() if name is None or n < name]
        for candidate in reversed(earlier):
            try:
                release = Release.open(self.root / candidate)
                self.publish(release)
            except ReleaseError:
                continue
            return release
        raise ReleaseError("there is no earlier sound release to roll back to")

    def prune(self, keep: int = 3) -> list[str]:
        """Removes all but the newest `keep`, never the current one, and folders left by killed builds."""
        current = self.current_name()
        gone = [n for n in self.names()[:-keep] if n != current] if keep else []
        gone += [p.name for p in self.root.glob(".building-*") if _is_abandoned(p)]
        for name in gone:
            shutil.rmtree(self.root / name, ignore_errors=True)
        return gone

    def new_folder(self) -> Path:
        """A hidden folder to build in; its name carries the process, so that leftovers can be told."""
        folder = self.root / f".building-{os.getpid()}"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def finish(self, folder: Path, *, now: dt.datetime, inputs: str, **facts: Any) -> Release:
        """Writes the manifest of a built folder and gives it its name."""
        files = {name: digest_of(folder / name) for name in FILES}
        name = f"{now:%Y%m%d-%H%M%S}-{hashlib.sha256(json.dumps(files).encode()).hexdigest()[:6]}"
        manifest = Manifest(schema_version=SCHEMA, id=name, created_at=now, inputs=inputs, files=files, **facts)
        (folder / "manifest.json").write_text(manifest.model_dump_json(indent=2), encoding="utf-8")
        os.replace(folder, self.root / name)
        return Release.open(self.root / name)


def digest_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is_abandoned(folder: Path) -> bool:
    try:
        os.kill(int(folder.name.rpartition("-")[2]), 0)
    except (ValueError, ProcessLookupError):
        return True
    except PermissionError:
        return False
    return False
