"""Where the person is: noted when said, asked when it matters, never assumed where a name fits two places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from actions.abroad import Who
from actions.desk import Desk, Outcome, Understanding
from actions.reply import Act, Button, Command, Reply, Status
from actions.showing import MOST_CHOICES, show
from actions.state import PersonState
from actions.texts import say
from actions.wording import heading, listed
from knowledge.place_names import Reading, province_named, read_place
from knowledge.places import Place, Province, without_kind
from knowledge.retriever import Hit

_MOST_NAMES = 5


def only_a_place(said: Understanding, state: PersonState, desk: Desk) -> Outcome | None:
    """A message that names a place and little else sets it, and answers what waited for it; None for other messages."""
    reading = said.place
    waiting = state.awaiting == "province" or state.place_name
    if not reading.only or (reading.is_bare and not waiting):  # "hợp đồng" is a commune, too
        return None
    if state.place_name:  # "Tân Phú" was ambiguous, and this says which
        narrower = read_place(f"{state.place_name}, {said.text}", desk.gazetteer)
        reading = narrower if narrower.place else reading
    if reading.place:
        return _settle(reading.place, state, desk)
    return _which(reading, state)


def noted(said: Understanding, state: PersonState) -> PersonState:
    """With where the message says the person is; what it does not say stays as it was."""
    state = state.at(said.place.sure)
    is_abroad = not said.abroad.is_back and (state.is_abroad or said.abroad.who is Who.SPEAKER)
    return replace(state, is_abroad=is_abroad)


def chosen(command: Command, state: PersonState, desk: Desk) -> Outcome:
    """One of the places that a name could mean was picked."""
    place = desk.gazetteer.place(command.province, command.communes, command.was)
    if place is None:
        return Outcome((Reply(say("old_button"), Status.UNKNOWN),), replace(state, offered=()))
    return _settle(place, state, desk)


def is_needed(hit: Hit, state: PersonState, desk: Desk) -> bool:
    """Only where every member belongs to one province or another, and none is known to be the person's."""
    if state.province or hit.parts.get("code"):
        return False
    members = (desk.catalogue.get(code) for code in hit.members)
    return all(m is not None and m.province for m in members)


def only_elsewhere(hit: Hit, state: PersonState, desk: Desk) -> Outcome:
    """What was asked for is a rule of other provinces, and there is none of the person's own."""
    members = [p for p in (desk.catalogue.get(code) for code in hit.members) if p and p.province]
    provinces = [province_named(p.province, desk.gazetteer) for p in members if p.province]
    there = listed(sorted({province.name for province in provinces if province}), _MOST_NAMES)
    here = desk.gazetteer.province(state.province)
    text = say("only_elsewhere", title=heading(hit.name), there=there, province=here.name if here else "")
    return Outcome((Reply(text, Status.UNKNOWN),), replace(state, offered=(), questions=0))


def _which(reading: Reading, state: PersonState) -> Outcome:
    """The same name in several provinces: a button each while they are few, else the province is asked for."""
    state = replace(state, place_name=reading.name)
    if len(reading.places) > MOST_CHOICES:
        text = say("place_in_many", name=_called(reading), count=len(reading.places))
        return Outcome((Reply(text, Status.ASK),), replace(state, offered=()))
    buttons = tuple(_button(place) for place in reading.places)
    reply = Reply(say("which_place", name=_called(reading)), Status.ASK, buttons=buttons)
    return Outcome((reply,), replace(state, offered=buttons))


def _called(reading: Reading) -> str:
    """The name as it is written, however it was typed: "Tân Phú" for "tan phu"."""
    first = reading.places[0]
    label = first.was.partition(",")[0] or (first.commune.name if first.commune else reading.name)
    bare = without_kind(label)
    return label if bare.isdecimal() else bare


def _button(place: Place) -> Button:
    """By the name that was said: "Quận Tân Phú, Thành phố Hồ Chí Minh"."""
    title = ", ".join(filter(None, (place.was, place.province.name))) if place.was else place.name
    communes = tuple(commune.code for commune in place.communes)
    return Button(title, Command(Act.CHOOSE, province=place.province.code, communes=communes, was=place.was))


def _settle(place: Place, state: PersonState, desk: Desk) -> Outcome:
    """Says what was understood, and answers the question that waited for the place."""
    waiting = state.awaiting == "province"
    state = replace(state.at(place), awaiting=None, offered=())
    note = _note(place)
    if not waiting or not state.procedure:
        return Outcome((Reply(note, Status.SMALLTALK),), state)
    family = desk.retriever().family_of(state.procedure)
    own = _local_member(family, place.province, desk) or _national_member(family, desk)
    code = own or _local_among(state.candidates, place.province, desk)
    procedure = desk.catalogue.get(code) if code else None
    if procedure is None:
        text = f"{note}\n{say('no_local', province=place.province.name)}"
        return Outcome((Reply(text, Status.UNKNOWN),), replace(state, procedure=None))  # that one is another province's
    return show(procedure, state.facets, state, desk).after(note)


def _note(place: Place) -> str:
    """ "Quận 7 cũ nay thuộc …": an old name is answered with the new ones."""
    if not place.was:
        return say("place_noted", place=place.name)
    if not place.communes:
        return say("old_province_noted", was=place.was, province=place.province.name)
    names = listed([commune.name for commune in place.communes], _MOST_NAMES)
    return say("old_place_noted", was=place.was, names=names, province=place.province.name)


def _local_member(codes: Sequence[str], province: Province, desk: Desk) -> str | None:
    for code in codes:
        procedure = desk.catalogue.get(code)
        if procedure and procedure.province and province_named(procedure.province, desk.gazetteer) == province:
            return code
    return None


def _local_among(codes: Sequence[str], province: Province, desk: Desk) -> str | None:
    """What this province has of the other families that were found."""
    members = (_local_member(desk.retriever().family_of(code), province, desk) for code in codes)
    return next((code for code in members if code), None)


def _national_member(codes: Sequence[str], desk: Desk) -> str | None:
    found = (desk.catalogue.get(code) for code in codes)
    return next((p.code for p in found if p and p.province is None), None)
