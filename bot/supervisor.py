"""`make serve`: prepares what is missing, then keeps app and Rasa running until it is told to stop."""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from urllib.error import URLError

from bot import model
from bot.database import migrate
from bot.rasa import SECRET_HEADER
from bot.settings import Settings
from knowledge.settings import PROJECT

_REFUSED = 3  # the index was built, and finds less than the one that is served
_STOP_WITHIN = 15.0
_READY_WITHIN = 120.0
Say = Callable[[str], None]


class CannotStart(Exception):
    """Something the person at the keyboard can mend; the message says how."""


@dataclass
class Child:
    name: str
    arguments: list[str]
    env: dict[str, str]
    log: Path
    port: int = 0  # the one it listens on; 0 where none is known
    process: subprocess.Popen[bytes] | None = None
    restarts: list[float] = field(default_factory=list)

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                self.arguments,
                cwd=PROJECT,
                env=self.env,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop(self) -> None:
        """Asks, waits, and at last kills the whole process group."""
        if self.process is None or self.process.poll() is not None:
            return
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


class Supervisor:
    """Both processes share one secret made at start, unless the settings give one."""

    def __init__(self, settings: Settings, *, say: Say) -> None:
        self._settings = settings
        self._say = say
        self._stopping = False
        secret = settings.rasa_secret.get_secret_value() or secrets.token_hex(24)
        host = "127.0.0.1" if ipaddress.ip_address(settings.host).is_unspecified else settings.host
        url = f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
        shared = {
            "MOTCUA_RASA_SECRET": secret,
            "MOTCUA_ACTION_URL": f"{url}/webhook",
            "MOTCUA_TRACKER_URL": settings.tracker_database,
            "MOTCUA_VAR": str(settings.var),
            "MOTCUA_PORT": str(settings.port),
            "MOTCUA_RASA_PORT": str(settings.rasa_port),
            "MOTCUA_RELEASE_POLL": str(settings.release_poll),
            "MOTCUA_DATABASE_URL": settings.app_database,
        }
        logs = settings.var / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        self._secret = secret
        self._url = url
        env = os.environ | settings.environment() | shared
        self.rasa = Child(
            "rasa", self._rasa_arguments(), model.environment() | shared, logs / "rasa.log", settings.rasa_port
        )
        self.app = Child("app", self._app_arguments(), env, logs / "app.log", settings.port)

    def run(self) -> int:
        """Blocks until a signal. Returns the exit code."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        try:
            self.start()
            self._say(f"\nMột Cửa đã sẵn sàng: {self._url}  (Ctrl-C để dừng)\n")
            for name, status in self._channels().items():
                self._say(f"  {name}: {status}")
            while not self._stopping:
                self._revive()
                time.sleep(0.5)
        finally:
            self.stop()
        return 0

    def start(self) -> None:
        """Starts both and waits until a turn can be answered. Raises `CannotStart`."""
        self._say("Starting Rasa and the app …")
        self.rasa.start()
        self.app.start()
        started = time.monotonic()
        while not self._is_ready():
            if self._stopping:
                return
            for child in (self.rasa, self.app):
                if child.has_ended():
                    raise CannotStart(
                        f"{child.name} ended at once; its last words are in {child.log}:\n{_tail(child.log)}"
                    )
            if time.monotonic() - started > _READY_WITHIN:
                raise CannotStart(f"not ready after {_READY_WITHIN:.0f} s; see {self.rasa.log} and {self.app.log}")
            time.sleep(0.3)
        self._warm_up()

    def stop(self) -> None:
        self._say("Stopping …")
        for child in (self.app, self.rasa):
            child.stop()

    def _rasa_arguments(self) -> list[str]:
        return [
            str(model.RASA), "run",
            "--model", str(model.model_path(self._settings.models)),
            "--interface", "127.0.0.1", "--port", str(self._settings.rasa_port),
            "--credentials", "nlu/credentials.yml", "--endpoints", str(_endpoints(self._settings)),
        ]  # fmt: skip

    def _app_arguments(self) -> list[str]:
        return [sys.executable, "-m", "bot", "app"]

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._url}/readyz", timeout=3) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _channels(self) -> dict[str, str]:
        """The messaging platforms by the app's word: on, starting, off, or halted and why."""
        try:
            with urllib.request.urlopen(f"{self._url}/readyz", timeout=3) as answer:
                return dict(json.load(answer).get("channels", {}))
        except (URLError, OSError, ValueError):
            return {}

    def _warm_up(self) -> None:
        """The first message is slow; it should not be a person's."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self._settings.rasa_port}/webhooks/motcua/parse",
            data='{"text": "đăng ký tạm trú"}'.encode(),
            headers={"Content-Type": "application/json", SECRET_HEADER: self._secret},
        )
        try:
            urllib.request.urlopen(request, timeout=10).close()
        except (URLError, OSError) as error:
            self._say(f"The warm-up message failed ({error}); the first answer may be slow.")

    def _revive(self) -> None:
        """Restarts a child that ended, more slowly the more often it does."""
        for child in (self.rasa, self.app):
            if not child.has_ended() or self._stopping:
                continue
            now = time.monotonic()
            child.restarts = [t for t in child.restarts if now - t < 300] + [now]
            taken = "" if _is_free(child.port) else f": another program has taken its port {child.port}"
            self._say(f"{child.name} ended{taken}; starting it again (see {child.log})")
            time.sleep(min(30, 2 ** (len(child.restarts) - 1)) - 1)
            child.start()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self._stopping = True


def run_beside(command: Sequence[str]) -> int:
    """Runs `command` while the system stands on free ports with a database of its own; its exit code."""
    with tempfile.TemporaryDirectory(prefix="motcua-") as folder:
        scratch = Path(folder)
        settings = Settings(
            port=free_port(), rasa_port=free_port(),
            database_url=f"sqlite:///{scratch / 'app.sqlite'}", tracker_url=f"sqlite:///{scratch / 'tracker.sqlite'}",
        )  # fmt: skip
        prepare(settings, say=print)
        supervisor = Supervisor(settings, say=print)
        try:
            supervisor.start()
            env = os.environ | {"MOTCUA_URL": f"http://127.0.0.1:{settings.port}"}
            return subprocess.run(list(command), cwd=PROJECT, env=env, check=False).returncode
        finally:
            supervisor.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def prepare(settings: Settings, *, say: Say) -> None:
    """Database, index and model, each made only where none fits. Raises `CannotStart`."""
    for name, variable, port in (
        ("app", "MOTCUA_PORT", settings.port),
        ("Rasa", "MOTCUA_RASA_PORT", settings.rasa_port),
    ):
        if not _is_free(port):
            raise CannotStart(
                f"Port {port} ({name}) is taken. Stop what uses it, or choose another: {variable}=… make serve"
            )
    if not model.RASA.exists():
        raise CannotStart("Rasa's environment is missing: run `make setup`")
    say("Database …")
    migrate(settings.app_database)
    say("Training Rasa (skipped where a fitting model exists) …")
    started = time.monotonic()
    try:
        model.ensure_model(settings.models)
    except model.ModelError as error:
        raise CannotStart(str(error)) from None
    say(f"  model ready after {time.monotonic() - started:.0f} s")
    say("Index (skipped where nothing changed) …")
    built = subprocess.run([sys.executable, "-m", "indexer", "build", "--publish"], cwd=PROJECT, check=False)
    if built.returncode == _REFUSED:
        say("  the release before it is served on")
    elif built.returncode:
        raise CannotStart("the index could not be built; the lines above say why")


def _endpoints(settings: Settings) -> Path:
    """nlu/endpoints.yml, with a Redis lock store added where one is set."""
    plain = PROJECT / "nlu" / "endpoints.yml"
    if not settings.redis_url:
        return plain
    from urllib.parse import urlparse

    redis = urlparse(settings.redis_url)
    lock = f"\nlock_store:\n  type: redis\n  url: {redis.hostname}\n"
    lock += f"  port: {redis.port or 6379}\n  db: {redis.path.strip('/') or 0}\n"
    if redis.password:
        lock += f"  password: {redis.password}\n"
    path = settings.var / "endpoints.yml"
    path.write_text(plain.read_text(encoding="utf-8") + lock, encoding="utf-8")
    path.chmod(0o600)
    return path


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _tail(log: Path, lines: int = 12) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])
