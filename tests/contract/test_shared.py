"""What only one process may do at a time, and the secrets that processes share, on every database."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from bot.shared import Shared
from bot.store import utc_now


class Clock:
    def __init__(self) -> None:
        self.time = utc_now()

    def __call__(self) -> dt.datetime:
        return self.time

    def passes(self, seconds: float) -> None:
        self.time += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shared(engine: sa.Engine, clock: Clock) -> Shared:
    return Shared(engine, now=clock)


# Leases


def test_a_lease_is_one_holder_s(shared: Shared) -> None:
    assert shared.lease("deliver", "a", 30)
    assert not shared.lease("deliver", "b", 30)
    assert shared.lease("poll", "b", 30)


def test_who_asks_again_in_time_keeps_it(shared: Shared, clock: Clock) -> None:
    shared.lease("deliver", "a", 30)
    clock.passes(20)
    assert shared.lease("deliver", "a", 30)
    clock.passes(20)
    assert not shared.lease("deliver", "b", 30)
    clock.passes(11)
    assert shared.lease("deliver", "b", 30)


def test_who_comes_back_too_late_has_lost_it(shared: Shared, clock: Clock) -> None:
    shared.lease("deliver", "a", 30)
    clock.passes(31)
    shared.lease("deliver", "b", 30)
    assert not shared.lease("deliver", "a", 30)
    shared.release("deliver", "a")
    assert not shared.lease("deliver", "a", 30)


def test_who_comes_back_too_late_still_has_it_where_nobody_took_it(shared: Shared, clock: Clock) -> None:
    shared.lease("deliver", "a", 30)
    clock.passes(3600)
    assert shared.lease("deliver", "a", 30)
    assert not shared.lease("deliver", "b", 30)


def test_what_is_released_is_free_at_once(shared: Shared) -> None:
    shared.lease("deliver", "a", 30)
    shared.release("deliver", "b")
    assert not shared.lease("deliver", "b", 30)
    shared.release("deliver", "a")
    assert shared.lease("deliver", "b", 30)


def test_a_process_that_is_alone_starts_with_everything_free(shared: Shared) -> None:
    for name in ("deliver", "poll"):
        shared.lease(name, "dead", 3600)
    shared.release_everything()
    assert all(shared.lease(name, "a", 30) for name in ("deliver", "poll"))


@pytest.mark.parametrize("was_held", [False, True], ids=["new", "run out"])
def test_of_many_that_ask_at_once_one_gets_it(shared: Shared, clock: Clock, was_held: bool) -> None:
    if was_held:
        shared.lease("deliver", "dead", 30)
        clock.passes(31)
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda n: shared.lease("deliver", f"holder {n}", 30), range(16)))
    assert sum(got) == 1
    assert shared.lease("deliver", f"holder {got.index(True)}", 30)


def test_a_lease_lasts_by_the_real_clock_too(engine: sa.Engine) -> None:
    shared = Shared(engine)
    assert shared.lease("deliver", "a", 30)
    assert not shared.lease("deliver", "b", 30)
    assert shared.lease("poll", "a", -1)
    assert shared.lease("poll", "b", 30)


# Secrets


def test_secrets_come_back_as_they_were_kept_last(shared: Shared) -> None:
    assert shared.secrets_of("zalo") is None
    shared.keep_secrets("zalo", {"access": "a", "refresh": "b", "until": 1.5})
    shared.keep_secrets("other", {})
    shared.keep_secrets("zalo", {"access": "ă\"'%", "refresh": None})
    assert shared.secrets_of("zalo") == {"access": "ă\"'%", "refresh": None}
    assert shared.secrets_of("other") == {}


def test_secrets_kept_at_once_do_not_collide(shared: Shared) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: shared.keep_secrets("zalo", {"access": n}), range(16)))
    kept = shared.secrets_of("zalo")
    assert kept is not None
    assert kept["access"] in range(16)
