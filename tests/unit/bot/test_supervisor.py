"""Before and around the two processes: ports, secrets, endpoints, children that end."""

from __future__ import annotations

import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import yaml

from bot import supervisor
from bot.settings import Settings
from bot.supervisor import CannotStart, Child, Supervisor, free_port, prepare

SECRET = "MOTCUA_RASA_SECRET"


def quiet(text: str) -> None:
    """Says nothing."""


def settings(var: Path, **changes: object) -> Settings:
    return Settings(var=var, models=var, port=free_port(), rasa_port=free_port(), **changes)


@pytest.mark.parametrize(
    ("name", "variable", "owner"), [("port", "MOTCUA_PORT", "app"), ("rasa_port", "MOTCUA_RASA_PORT", "Rasa")]
)
def test_a_taken_port_is_named_with_the_way_to_change_it(tmp_path: Path, name: str, variable: str, owner: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        wanted = settings(tmp_path).model_copy(update={name: port})
        with pytest.raises(CannotStart) as problem:
            prepare(wanted, say=quiet)
    assert f"Port {port} ({owner}) is taken" in str(problem.value)
    assert f"{variable}=" in str(problem.value)


def test_nothing_is_made_before_the_ports_are_known_to_be_free(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = settings(tmp_path).model_copy(update={"port": taken.getsockname()[1]})
        with pytest.raises(CannotStart):
            prepare(wanted, say=quiet)
    assert list(tmp_path.iterdir()) == []


def test_a_free_port_is_free() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", free_port()))


def test_both_processes_get_one_secret_that_is_new_at_every_start(tmp_path: Path) -> None:
    one, two = (Supervisor(settings(tmp_path), say=quiet) for _ in range(2))
    assert len(one.app.env[SECRET]) >= 32
    assert one.app.env[SECRET] == one.rasa.env[SECRET] != two.app.env[SECRET]


def test_a_secret_of_the_settings_is_used(tmp_path: Path) -> None:
    assert Supervisor(settings(tmp_path, rasa_secret="geheim"), say=quiet).rasa.env[SECRET] == "geheim"


def test_no_secret_stands_on_a_command_line(tmp_path: Path) -> None:
    running = Supervisor(settings(tmp_path, rasa_secret="geheim", secret="auch geheim"), say=quiet)
    assert "geheim" not in " ".join([*running.rasa.arguments, *running.app.arguments])


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])  # noqa: S104
def test_rasa_faces_this_machine_only_and_calls_the_app_on_it(tmp_path: Path, host: str) -> None:
    wanted = settings(tmp_path, host=host)
    rasa = Supervisor(wanted, say=quiet).rasa
    assert rasa.arguments[rasa.arguments.index("--interface") + 1] == "127.0.0.1"
    assert rasa.env["MOTCUA_ACTION_URL"] == f"http://127.0.0.1:{wanted.port}/webhook"


def test_an_ipv6_address_is_written_in_brackets(tmp_path: Path) -> None:
    wanted = settings(tmp_path, host="::1")
    assert Supervisor(wanted, say=quiet).rasa.env["MOTCUA_ACTION_URL"] == f"http://[::1]:{wanted.port}/webhook"


def endpoints(running: Supervisor) -> Path:
    arguments = running.rasa.arguments
    return Path(arguments[arguments.index("--endpoints") + 1])


def test_without_redis_the_endpoints_are_those_of_the_project(tmp_path: Path) -> None:
    assert endpoints(Supervisor(settings(tmp_path), say=quiet)) == supervisor.PROJECT / "nlu" / "endpoints.yml"


def test_with_redis_rasa_locks_there_and_nobody_else_reads_the_password(tmp_path: Path) -> None:
    path = endpoints(Supervisor(settings(tmp_path, redis_url="redis://:geheim@127.0.0.1:6390/2"), say=quiet))
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert written["lock_store"] == {
        "type": "redis", "url": "127.0.0.1", "port": 6390, "db": 2, "password": "geheim",
    }  # fmt: skip
    assert "action_endpoint" in written
    assert path.stat().st_mode & 0o077 == 0


# Children


def child(tmp_path: Path, code: str) -> Child:
    return Child("child", [sys.executable, "-c", code], {}, tmp_path / "child.log")


def lives(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def test_a_child_that_is_asked_to_stop_is_gone_with_its_own_children(tmp_path: Path) -> None:
    code = "import subprocess,time; print(subprocess.Popen(['sleep','60']).pid, flush=True); time.sleep(60)"
    process = child(tmp_path, code)
    process.start()
    assert within(10, lambda: process.log.read_text().endswith("\n"))
    grandchild = int(process.log.read_text())
    assert lives(grandchild)
    process.stop()
    assert process.has_ended()
    assert within(5, lambda: not lives(grandchild))


def test_stopping_what_has_ended_or_never_started_is_harmless(tmp_path: Path) -> None:
    never = child(tmp_path, "pass")
    never.stop()
    never.start()
    assert never.process
    never.process.wait(5)
    never.stop()
    assert never.has_ended()


def test_a_child_that_ends_at_once_is_told_with_its_last_words(tmp_path: Path) -> None:
    running = Supervisor(settings(tmp_path), say=quiet)
    running.rasa = child(tmp_path, "import time; time.sleep(30)")
    running.app = child(tmp_path, "raise SystemExit('no database here')")
    running.app.log = tmp_path / "app.log"
    try:
        with pytest.raises(CannotStart, match="no database here"):
            running.start()
    finally:
        running.stop()
    assert running.rasa.has_ended()


def test_a_child_whose_port_another_program_took_is_said_so_when_it_is_started_again(tmp_path: Path) -> None:
    told: list[str] = []
    running = Supervisor(settings(tmp_path), say=told.append)
    running.app, running.rasa = child(tmp_path, "import time; time.sleep(30)"), child(tmp_path, "pass")
    running.app.start()
    try:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            running.rasa.port = other.getsockname()[1]
            running.rasa.start()
            assert within(5, running.rasa.has_ended)
            running._revive()
        assert f"another program has taken its port {running.rasa.port}" in told[-1]
        assert within(5, running.rasa.has_ended)
        running._revive()
        assert "taken" not in told[-1]
    finally:
        running.stop()
