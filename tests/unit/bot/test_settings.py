"""Settings come from the environment, and a wrong one is named by its variable."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.settings import Settings

WRONG = {
    "MOTCUA_PORT": "70000",
    "MOTCUA_RASA_PORT": "5005a",
    "MOTCUA_HOST": "nowhere.example",
    "MOTCUA_TURN_TIMEOUT": "30",
    "MOTCUA_LONGEST_MESSAGE": "3",
    "MOTCUA_RATE_PER_MINUTE": "0",
    "MOTCUA_RETENTION_DAYS": "-1",
    "MOTCUA_TRUST_LOOPBACK": "perhaps",
}


@pytest.mark.parametrize(("variable", "value"), WRONG.items())
def test_a_wrong_setting_stops_the_start_and_is_named(variable: str, value: str) -> None:
    found = CliRunner().invoke(cli, ["serve"], env={variable: value})
    assert found.exit_code == 2
    assert found.stderr.startswith(f"{variable}: ")
    assert "Traceback" not in found.stderr


@pytest.mark.parametrize("command", ["app", "migrate", "train", "chat"])
def test_every_command_names_a_wrong_setting(command: str) -> None:
    found = CliRunner().invoke(cli, [command], env={"MOTCUA_PORT": "70000"})
    assert "MOTCUA_PORT" in found.stderr


def test_both_processes_need_ports_of_their_own() -> None:
    with pytest.raises(ValidationError, match="MOTCUA_PORT and MOTCUA_RASA_PORT"):
        Settings(port=5005, rasa_port=5005)


@pytest.mark.parametrize(
    ("variable", "value", "name", "expected"),
    [
        ("MOTCUA_PORT", "9001", "port", 9001),
        ("MOTCUA_HOST", "localhost", "host", "127.0.0.1"),
        ("MOTCUA_TRUST_LOOPBACK", "no", "trust_loopback", False),
        ("MOTCUA_DATABASE_URL", "postgresql://a/b", "app_database", "postgresql://a/b"),
        ("MOTCUA_TRACKER_URL", "postgresql://a/c", "tracker_database", "postgresql://a/c"),
    ],
)
def test_a_setting_is_read_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, name: str, expected: object
) -> None:
    monkeypatch.setenv(variable, value)
    assert getattr(Settings(), name) == expected


def test_databases_are_files_under_var_by_default(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    assert settings.app_database == f"sqlite:///{tmp_path}/app.sqlite"
    assert settings.tracker_database == f"sqlite:///{tmp_path}/tracker.sqlite"


def test_secrets_are_not_shown_where_settings_are_printed() -> None:
    assert "geheim" not in repr(Settings(secret="geheim", rasa_secret="geheim2"))


def test_by_default_only_this_machine_is_listened_to() -> None:
    assert Settings.model_fields["host"].default == "127.0.0.1"


def test_another_process_reads_what_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    given = Settings(telegram_token="1:abc", port=8123, gather_seconds=0.2, public_url="https://mc.example")
    for name, value in given.environment().items():
        monkeypatch.setenv(name, value)
    read = Settings()
    assert (read.telegram_token.get_secret_value(), read.port, read.gather_seconds) == ("1:abc", 8123, 0.2)
    assert read.environment() == given.environment()
