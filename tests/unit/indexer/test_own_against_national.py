"""Our own records beside the national set and the filings, where the machine has them."""

from __future__ import annotations

import csv
import datetime as dt

import pytest

from indexer.links import wrong_forms
from indexer.sources import Sources, load_sources, national_file
from knowledge.families import load_rules
from knowledge.places import Gazetteer
from knowledge.procedure import LifeEvent

WANTED = 160  # own records
COVERED = 0.99  # of the filings of live codes
BY_HAND = 60  # of the most filed retired codes


@pytest.fixture(scope="module")
def usage(shared_data):
    path = max(shared_data.glob("usage-*.csv"))
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def sources(shared_data) -> Sources:
    usage = max(shared_data.glob("usage-*.csv"))
    return load_sources(national=national_file(shared_data.parent), usage=usage, today=dt.date(2026, 11, 22))


def test_own_records_cover_nearly_all_filings_of_live_codes(sources, usage):
    own = {p.code for p in sources.own}
    live = [row for row in usage if row["in_2026_07_dump"] == "1"]
    filed = sum(int(row["filings"]) for row in live)
    assert len(own) >= WANTED
    assert sum(int(row["filings"]) for row in live if row["code"] in own) >= COVERED * filed


def test_every_difference_from_the_national_record_has_its_reason(sources):
    assert [(d.code, d.field, d.ours, d.portal) for d in sources.differences if not d.explained] == []


def test_every_reason_explains_a_difference_or_says_what_it_is_about(sources):
    known = {"papers", "agencies", "fees", "times", "levels", "online_level", "applicants", "variants", "state", "name"}
    assert {(p.code, field) for p in sources.own for field in p.explains if field not in known} == set()


def test_the_most_filed_retired_codes_are_checked_by_hand(sources, usage):
    gone = sorted((r for r in usage if r["in_2026_07_dump"] != "1"), key=lambda r: -int(r["filings"]))
    by_code = {r.code: r for r in sources.retired}
    matched_by_name = ("a live procedure has the same name", "no live procedure has this name")
    checked = [r["code"] for r in gone[:BY_HAND] if by_code[r["code"]].why not in matched_by_name]
    assert len(checked) == BY_HAND
    assert {r["code"] for r in gone} <= set(by_code)  # all 817 are answered for


def test_what_replaces_a_retired_code_is_live_and_never_itself_retired(sources):
    live = {p.code for p in sources.procedures}
    retired = {r.code for r in sources.retired}
    assert [r.code for r in sources.retired if r.replacement and r.replacement not in live] == []
    assert retired & live == set()
    assert [r.code for r in sources.retired if r.sure and not r.replacement] == []


def test_every_code_that_a_record_or_family_names_is_known(sources):
    known = {p.code for p in sources.procedures} | {r.code for r in sources.retired}
    named = {(p.code, code) for p in sources.own for code in (*p.related, *filter(None, [p.replaced_by]))}
    named |= {(p.code, d.obtained_by) for p in sources.own for d in p.documents() if d.obtained_by}
    named |= {(key, code) for key, rule in load_rules().items() for code in rule.members}
    assert {(by, code) for by, code in named if code not in known} == set()


def test_every_life_event_leads_to_something(sources):
    assert {event for p in sources.own for event in p.life_events} == set(LifeEvent)


def test_every_link_has_a_form_the_portal_knows(sources):
    assert list(wrong_forms(sources.procedures, Gazetteer.load().provinces[0])) == []
