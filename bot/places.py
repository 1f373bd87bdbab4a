"""`GET /api/places`: what a place's name, old or new, is today."""

from __future__ import annotations

from pydantic import BaseModel

from knowledge.place_names import read_place
from knowledge.places import Commune, Gazetteer, Place

_MOST = 10


class ProvinceOut(BaseModel):
    code: str
    name: str
    portal_id: str


class CommuneOut(BaseModel):
    code: str
    name: str


class PlaceOut(BaseModel):
    name: str
    province: ProvinceOut
    commune: CommuneOut | None  # where the name says which one
    communes: list[CommuneOut]  # what an old unit became; empty for a whole province
    was: str | None  # the old unit, where that is what was named


class PlacesResponse(BaseModel):
    query: str
    ambiguous: bool  # the name fits places in several provinces
    places: list[PlaceOut]


def places_for(query: str, gazetteer: Gazetteer) -> PlacesResponse:
    """The places a text names; where it names none, today's places whose name begins so."""
    named = read_place(query, gazetteer).places
    found = named or (gazetteer.beginning_with(query, _MOST) if query.strip() else ())
    return PlacesResponse(query=query, ambiguous=len(named) > 1, places=[_out(place) for place in found[:_MOST]])


def _out(place: Place) -> PlaceOut:
    p = place.province
    return PlaceOut(
        name=place.name,
        province=ProvinceOut(code=p.code, name=p.name, portal_id=p.portal_id),
        commune=_commune(place.commune) if place.commune else None,
        communes=[_commune(commune) for commune in place.communes],
        was=place.was or None,
    )


def _commune(commune: Commune) -> CommuneOut:
    return CommuneOut(code=commune.code, name=commune.name)
