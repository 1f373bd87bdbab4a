"""Sources → a release, beside the one that is served."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pytest

from knowledge.catalogue import Catalogue, Retired
from knowledge.passages import passages_of
from knowledge.phrases import LEXICON, Lexicon
from knowledge.procedure import Origin
from knowledge.release import FILES, PASSAGES, RECORDS, VECTORS, ReleaseStore
from tests.unit.knowledge.samples import NOW, HashingEncoder, build, procedure

RECORDS_MADE = [
    procedure("1.900002", "Nuôi cá", plain_name="Xin nuôi cá", aliases=("ao cá",), origin=Origin.OWN),
    procedure("1.900001", "Nuôi chim"),
]


def no_encoder():
    raise AssertionError("nothing was new, and yet the encoder was loaded")


def test_a_built_release_verifies_and_its_files_fit_one_another(tmp_path):
    release = build(RECORDS_MADE, tmp_path, own=RECORDS_MADE[:1])
    release.verify(encoder=HashingEncoder.identity)
    files = (f for f in release.path.rglob("*") if f.is_file())
    assert {f.relative_to(release.path).as_posix() for f in files} >= {*FILES, "manifest.json"}
    vectors = np.load(release.path / VECTORS, allow_pickle=False)
    lines = [json.loads(line) for line in (release.path / PASSAGES).read_text(encoding="utf-8").splitlines()]
    assert vectors.shape == (len(lines), release.manifest.dimensions) == (4, HashingEncoder.dimensions)
    np.testing.assert_array_equal(vectors, HashingEncoder().encode_passages([line["text"] for line in lines]))


def test_the_manifest_counts_what_is_inside(tmp_path):
    counts = build(RECORDS_MADE, tmp_path, own=RECORDS_MADE[:1]).manifest.counts
    assert (counts.total, counts.own, counts.merged) == (2, 1, 0)
    assert counts.passages == sum(len(list(passages_of(p, Lexicon.load(LEXICON)))) for p in RECORDS_MADE)


def test_a_second_build_of_the_same_records_loads_no_encoder(tmp_path):
    first = build(RECORDS_MADE, tmp_path)
    later = NOW + dt.timedelta(hours=1)
    second = build(RECORDS_MADE, tmp_path, now=later, load_encoder=no_encoder)
    assert second.path != first.path
    assert second.manifest.files[VECTORS] == first.manifest.files[VECTORS]


def test_an_own_record_without_known_filings_ranks_above_unused_ones(tmp_path):
    release = build(RECORDS_MADE, tmp_path, own=RECORDS_MADE[:1], filings={})
    filings = {row.code: row.filings for row in Catalogue.open(release.path / RECORDS).summaries()}
    assert filings["1.900002"] > filings["1.900001"] == 0


def test_known_filings_are_not_replaced_by_the_assumed_ones(tmp_path):
    release = build(RECORDS_MADE, tmp_path, own=RECORDS_MADE[:1], filings={"1.900002": 3})
    filings = {row.code: row.filings for row in Catalogue.open(release.path / RECORDS).summaries()}
    assert filings == {"1.900001": 0, "1.900002": 3}


def test_retired_codes_are_in_the_release(tmp_path):
    gone = Retired("1.800001", "Cũ", "1.900001", sure=True, why="đổi mã")
    release = build(RECORDS_MADE, tmp_path, retired=[gone])
    assert Catalogue.open(release.path / RECORDS).retired("1.800001") == gone


def test_a_build_changes_nothing_that_is_served(tmp_path):
    store = ReleaseStore(tmp_path / "releases")
    served = build(RECORDS_MADE[1:], tmp_path)
    store.publish(served)
    build(RECORDS_MADE, tmp_path, now=NOW + dt.timedelta(hours=1))
    assert store.current() == served
    store.current().verify()


def test_a_build_that_fails_leaves_no_folder_and_the_served_release(tmp_path):
    store = ReleaseStore(tmp_path / "releases")
    served = build(RECORDS_MADE[1:], tmp_path)
    store.publish(served)

    def broken():
        raise OSError("the model cannot be read")

    with pytest.raises(OSError, match="model"):
        build(RECORDS_MADE, tmp_path, load_encoder=broken)
    assert sorted(p.name for p in store.root.iterdir()) == sorted([served.manifest.id, "current"])
    store.current().verify()


def test_the_same_records_give_the_same_files(tmp_path):
    """Neither the clock nor the folder nor the cache shows in what is searched."""
    one = build(RECORDS_MADE, tmp_path / "a")
    two = build(RECORDS_MADE, tmp_path / "b", now=NOW + dt.timedelta(days=1))
    again = build(RECORDS_MADE, tmp_path / "a", now=NOW + dt.timedelta(days=2), load_encoder=no_encoder)
    assert one.manifest.files == two.manifest.files == again.manifest.files
    assert one.manifest.id != two.manifest.id
