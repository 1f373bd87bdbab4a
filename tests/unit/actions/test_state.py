"""What is remembered of a person survives being stored."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from actions.reply import Act, Button, Command
from actions.state import Mode, PersonState, Walk

FULL = PersonState(
    procedure="9.100001",
    facets=("fee", "time"),
    province="79",
    communes=("26740",),
    was="Quận 1",
    place_name="tân phú",
    is_abroad=True,
    topic="grievance",
    awaiting="province",
    offered=(
        Button("Quận Tân Phú", Command(Act.CHOOSE, province="79", communes=("26740",)), "mc:abcdefgh"),
        Button("Lệ phí", Command(Act.CHOOSE, "9.100001", ("fee",), case="vuon-nha", topic="track")),
    ),
    candidates=("9.100002",),
    recent=("9.100001", "9.100020"),
    misses=1,
    questions=1,
    walk=Walk("9.100001", "vuon-nha", {"to-khai": "have", "so-do": "lack"}, ("to-khai", "so-do"), paused=True),
    case="vuon-nha",
)


def stored(state: PersonState) -> PersonState:
    return PersonState.from_json(json.loads(json.dumps(state.to_json(), ensure_ascii=False)))


def test_the_full_state_here_leaves_no_field_at_its_default() -> None:
    assert [f.name for f in fields(PersonState) if getattr(FULL, f.name) == getattr(PersonState(), f.name)] == []


@pytest.mark.parametrize("state", [FULL, PersonState()], ids=["full", "empty"])
def test_a_state_comes_back_from_the_store_as_it_went_in(state: PersonState) -> None:
    assert stored(state) == state


def test_a_state_stored_before_places_were_kept_is_read() -> None:
    old = {k: v for k, v in FULL.to_json().items() if k not in ("communes", "place_name", "awaiting")}
    found = PersonState.from_json(old)
    assert (found.commune, found.place_name, found.awaiting) == (None, None, None)
    assert (found.province, found.procedure) == ("79", "9.100001")


def test_a_button_stored_before_it_could_name_a_commune_is_read() -> None:
    data = FULL.to_json()
    for button in data["offered"]:
        del button["command"]["communes"]
    assert PersonState.from_json(data).offered[0].command == Command(Act.CHOOSE, province="79")


def test_a_new_subject_no_longer_waits_for_a_place_and_keeps_where_the_person_is() -> None:
    state = FULL.about("9.100020", ("place",))
    assert (state.procedure, state.facets, state.awaiting, state.misses) == ("9.100020", ("place",), None, 0)
    assert (state.province, state.commune) == ("79", "26740")
    assert state.recent == ("9.100020", "9.100001")


def test_open_choices_make_the_mode_choosing_though_a_walk_is_paused() -> None:
    assert FULL.mode is Mode.CHOOSING
    assert PersonState().mode is Mode.IDLE
