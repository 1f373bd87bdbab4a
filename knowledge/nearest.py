"""Today's province by coordinates, without a network: that of the commune whose middle is nearest.

`data/commune_points.tsv` holds a point of each of the 3,321 communes, `data/abroad.tsv` the places of other countries
near Vietnam. Of the 10,035 old communes whose place is known 98.9 % fall into the right province; nearly all others lie
along a border of provinces. So this is a guess: the person must be told it and be able to say otherwise. Some points
are off by tens of kilometres within their province: they are no good for communes.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from knowledge.places import DATA, Gazetteer, Province

REACH = 60.0  # km to the nearest commune: the coast and the islands, not the high sea
BORDER = 4.0  # km by which a place abroad must be nearer: parts of Móng Cái are nearest to Dongxing
_EARTH = 6371.0  # km, mean radius
Vector = tuple[float, float, float]


class NearestProvince:
    """Reads its points at the first question, in some 10 ms; an answer takes half a millisecond."""

    def __init__(self, gazetteer: Gazetteer, folder: Path = DATA) -> None:
        self._gazetteer = gazetteer
        self._folder = folder

    def of(self, latitude: float, longitude: float) -> Province | None:
        """In degrees (WGS 84). None outside Vietnam, and for what are no coordinates."""
        if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
            return None
        here = vector(latitude, longitude)
        home, code = min((math.dist(here, point), code) for code, point in self._communes)
        away = min(math.dist(here, point) for point in self._abroad)
        if home > REACH or away + BORDER < home:
            return None
        commune = self._gazetteer.commune(code)
        return commune.province if commune else None

    @cached_property
    def _communes(self) -> list[tuple[str, Vector]]:
        return [(row["code"], point) for row, point in _points(self._folder / "commune_points.tsv")]

    @cached_property
    def _abroad(self) -> list[Vector]:
        return [point for _, point in _points(self._folder / "abroad.tsv")]


def _points(path: Path) -> Iterator[tuple[dict[str, str], Vector]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = (line for line in file if not line.startswith("#"))
        for row in csv.DictReader(rows, delimiter="\t", quoting=csv.QUOTE_NONE):
            yield row, vector(float(row["latitude"]), float(row["longitude"]))


def vector(latitude: float, longitude: float) -> Vector:
    """From the middle of the earth, in km: a straight line of 60 km between two is less than a metre short."""
    north, east = math.radians(latitude), math.radians(longitude)
    return (
        _EARTH * math.cos(north) * math.cos(east),
        _EARTH * math.cos(north) * math.sin(east),
        _EARTH * math.sin(north),
    )
