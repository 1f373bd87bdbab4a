"""The secret behind the person keys: made once, kept, and readable by nobody else."""

from __future__ import annotations

from pathlib import Path

from bot.secret import kept_secret


def test_a_secret_is_made_once_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret"
    first = kept_secret(path)
    assert len(first) >= 32
    assert kept_secret(path) == first


def test_every_machine_has_its_own(tmp_path: Path) -> None:
    assert kept_secret(tmp_path / "a") != kept_secret(tmp_path / "b")


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    kept_secret(tmp_path / "secret")
    assert (tmp_path / "secret").stat().st_mode & 0o077 == 0


def test_a_file_left_empty_by_a_crash_is_not_taken_for_a_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").touch()
    assert kept_secret(tmp_path / "secret")
