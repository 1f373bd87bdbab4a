"""Releases: what is unsound is refused, and what is served changes in one step or not at all."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
import sys
import threading

import pytest

from knowledge.release import FILES, VECTORS, Counts, Release, ReleaseError, ReleaseStore
from tests.unit.knowledge.samples import NOW

COUNTS = Counts(own=1, national=0, merged=0, total=1, passages=1, rejected=0, internal=0)
ENCODER = "small | query: | passage:"


@pytest.fixture
def store(tmp_path):
    return ReleaseStore(tmp_path / "releases")


def made(store, hour=0, inputs="inputs"):
    """A sound release; one with a later hour has a later name and other files."""
    folder = store.new_folder()
    for name in FILES:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(f"{name} at {hour}".encode())
    now = NOW + dt.timedelta(hours=hour)
    return store.finish(folder, now=now, inputs=inputs, encoder=ENCODER, dimensions=8, counts=COUNTS)


def rewrite_manifest(release, **changes):
    path = release.path / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_finished_release_verifies_and_is_found_by_its_name(store):
    release = made(store)
    release.verify(encoder=ENCODER)
    assert store.names() == [release.manifest.id] == [release.path.name]
    assert Release.open(release.path) == release


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("harm", ["cut", "flip", "remove", "empty"])
def test_a_release_with_a_harmed_file_is_refused_by_name(store, name, harm):
    release = made(store)
    file = release.path / name
    data = file.read_bytes()
    if harm == "remove":
        file.unlink()
    else:
        file.write_bytes({"cut": data[:-1], "flip": bytes([data[0] ^ 1]) + data[1:], "empty": b""}[harm])
    with pytest.raises(ReleaseError, match=name):
        release.verify()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "no release"),
        (b"", "cannot be read"),
        (b'{"schema_version": 1', "cannot be read"),
        (b"\xff\x00", "cannot be read"),
    ],
)
def test_a_release_without_a_readable_manifest_is_refused(store, content, complaint):
    release = made(store)
    path = release.path / "manifest.json"
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(ReleaseError, match=complaint):
        Release.open(release.path)


def test_a_release_of_another_schema_is_refused(store):
    release = made(store)
    rewrite_manifest(release, schema_version=999)
    with pytest.raises(ReleaseError, match="schema 999"):
        Release.open(release.path)


def test_a_manifest_that_lists_too_few_files_is_refused(store):
    release = made(store)
    rewrite_manifest(release, files={n: d for n, d in release.manifest.files.items() if n != VECTORS})
    with pytest.raises(ReleaseError, match=VECTORS):
        Release.open(release.path).verify()


def test_a_release_made_with_another_encoder_is_refused_and_says_what_to_do(store):
    with pytest.raises(ReleaseError, match="MOTCUA_ENCODER"):
        made(store).verify(encoder="big | query: | passage:")


def test_nothing_is_served_before_something_is_published(store):
    assert store.current_name() is None
    assert store.names() == []
    with pytest.raises(ReleaseError, match="make index"):
        store.current()
    made(store)
    assert store.current_name() is None


@pytest.mark.parametrize("pointer", ["", "\n", "20990101-000000-nowhere"])
def test_a_pointer_to_nothing_is_a_release_error(store, pointer):
    made(store)
    (store.root / "current").write_text(pointer)
    with pytest.raises(ReleaseError):
        store.current()


@pytest.mark.parametrize("pointer", [b"\xff\xfe", b"current"], ids=["not utf-8", "names a file"])
def test_a_damaged_pointer_is_a_release_error(store, pointer):
    made(store)
    (store.root / "current").write_bytes(pointer)
    with pytest.raises(ReleaseError):
        store.current()


def test_a_damaged_release_is_not_published_and_the_served_one_stays(store):
    served, damaged = made(store, 0), made(store, 1)
    store.publish(served)
    (damaged.path / VECTORS).write_bytes(b"half")
    with pytest.raises(ReleaseError):
        store.publish(damaged)
    assert store.current() == served


def test_a_reader_sees_the_old_release_or_the_new_one_and_never_less(store):
    pair = [made(store, hour) for hour in range(2)]
    store.publish(pair[0])
    seen, done = [], threading.Event()

    def read():
        while not done.is_set():
            seen.append(store.current_name())

    reader = threading.Thread(target=read)
    reader.start()
    for i in range(150):
        store.publish(pair[i % 2])
    done.set()
    reader.join()
    assert set(seen) <= {r.manifest.id for r in pair}
    assert not list(store.root.glob(".current-*"))


def test_rolling_back_serves_the_release_before(store):
    first, second, third = (made(store, hour) for hour in range(3))
    store.publish(third)
    assert store.roll_back() == second
    assert store.roll_back() == first
    assert store.current() == first
    with pytest.raises(ReleaseError, match="no earlier"):
        store.roll_back()
    assert store.current() == first


def test_rolling_back_steps_over_damaged_releases(store):
    first, second, third, fourth = (made(store, hour) for hour in range(4))
    store.publish(fourth)
    (third.path / VECTORS).unlink()
    (second.path / "manifest.json").write_text("{")
    assert store.roll_back() == first


def test_pruning_keeps_the_newest_three_and_the_served_one(store):
    releases = [made(store, hour) for hour in range(6)]
    store.publish(releases[1])
    gone = store.prune()
    kept = [releases[i].manifest.id for i in (1, 3, 4, 5)]
    assert sorted(store.names()) == kept
    assert sorted(gone) == [releases[0].manifest.id, releases[2].manifest.id]
    assert store.prune() == []
    store.current().verify()


def test_pruning_before_anything_exists_does_nothing(store):
    assert store.prune() == []


def test_pruning_removes_what_a_dead_build_left_and_spares_a_living_one(store):
    made(store)
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left, living = store.root / f".building-{dead.pid}", store.root / f".building-{os.getpid()}"
    left.mkdir()
    living.mkdir()
    assert store.prune() == [left.name]
    assert living.is_dir()


def test_a_build_in_progress_is_no_release(store):
    store.new_folder()
    assert store.names() == []


def test_an_unchanged_rebuild_finds_the_newest_release_of_the_same_inputs(store):
    made(store, 0, inputs="a")
    newer, other = made(store, 1, inputs="a"), made(store, 2, inputs="b")
    assert store.find_by_inputs("a") == newer
    assert store.find_by_inputs("b") == other
    assert store.find_by_inputs("c") is None


def test_an_unreadable_release_does_not_stop_the_search_for_an_unchanged_one(store):
    sound, broken = made(store, 0), made(store, 1)
    (broken.path / "manifest.json").write_text("{")
    assert store.find_by_inputs("inputs") == sound


def test_a_damaged_release_is_not_taken_for_an_unchanged_one(store):
    release = made(store)
    (release.path / VECTORS).unlink()
    assert store.find_by_inputs("inputs") is None
