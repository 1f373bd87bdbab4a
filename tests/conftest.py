"""What all tests share: no network beyond loopback, and skips that can be turned into failures."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowledge.settings import KnowledgeSettings

DATA = Path(__file__).parent / "data"
_real_connect = socket.socket.connect


def _connect(self: socket.socket, address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else ""
    if self.family in (socket.AF_INET, socket.AF_INET6) and host not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test tried to reach {host}: only loopback is allowed")
    _real_connect(self, address)


socket.socket.connect = _connect  # type: ignore[method-assign]


def need(present: bool, what: str) -> None:
    """Skips where the machine lacks something; fails instead where MOTCUA_REQUIRE_ALL is set."""
    if present:
        return
    if os.environ.get("MOTCUA_REQUIRE_ALL"):
        pytest.fail(f"{what} is missing, and MOTCUA_REQUIRE_ALL is set")
    pytest.skip(f"{what} is missing on this machine")


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The national records and question sets, where the machine has them."""
    data = KnowledgeSettings().shared / "data"
    need(data.is_dir(), "the national records (MOTCUA_SHARED)")
    return data


@pytest.fixture
def needed() -> Callable[[bool, str], None]:
    return need
