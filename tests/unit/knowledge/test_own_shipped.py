"""The records that come with the project."""

from __future__ import annotations

import re

import pytest

from knowledge.own import OWN_RECORDS, load_own_records
from knowledge.text import fold, nfc


@pytest.fixture(scope="module")
def shipped():
    return load_own_records()


def test_there_are_at_least_forty_and_every_file_loads(shipped):
    assert len(shipped) == len(list(OWN_RECORDS.glob("*.yml"))) >= 40


def test_codes_are_just_what_the_files_say(shipped):
    written = {
        re.search(r"^code: \"?([\d.]+)", p.read_text(encoding="utf-8"), re.M)[1] for p in OWN_RECORDS.glob("*.yml")
    }
    assert {r.code for r in shipped} == written


def test_every_record_names_papers_or_says_in_a_note_why_there_are_none(shipped):
    bare = [f"{r.code} {c.key}" for r in shipped for c in r.cases if not c.papers and not c.note]
    assert bare == []


def test_a_link_variant_is_one_of_the_variants(shipped):
    assert [r.code for r in shipped if r.link_variant and r.link_variant not in {v.id for v in r.variants}] == []


def test_no_alias_leads_to_two_families(shipped):
    families: dict[str, set[str]] = {}
    for record in shipped:
        for alias in record.aliases:
            families.setdefault(nfc(alias).lower(), set()).add(record.family)
    assert {alias: found for alias, found in families.items() if len(found) > 1} == {}


def test_every_override_says_why_and_by_what_source(shipped):
    assert [r.code for r in shipped for o in r.overrides if len(o.why) < 10 or len(o.source) < 5] == []


def test_nobody_is_sent_to_a_district(shipped):
    """Districts ended on 2025-07-01."""
    said = {r.code: fold(" ".join((r.place, *r.agencies, *(s.text for s in r.steps)))) for r in shipped}
    assert [
        code
        for code, text in said.items()
        if re.search(r"\b(ubnd|cong an|uy ban nhan dan) (cap )?(quan|huyen)\b", text)
    ] == []
