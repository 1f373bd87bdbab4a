"""How many messages a sender may send."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.limits import RateLimit


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def allowed(limit: RateLimit, key: str, times: int) -> int:
    return sum(limit.allows(key) for _ in range(times))


@pytest.mark.parametrize(("per_minute", "burst"), [(30, 10), (6, 5), (1, 5)])
def test_a_burst_is_allowed_and_then_no_more(per_minute: int, burst: int) -> None:
    assert allowed(RateLimit(per_minute, clock=Clock()), "lan", 50) == burst


def test_after_a_while_the_next_message_is_allowed() -> None:
    clock = Clock()
    limit = RateLimit(30, clock=clock)
    allowed(limit, "lan", 50)
    clock.now += 2  # 30 a minute is one in two seconds
    assert allowed(limit, "lan", 5) == 1


def test_one_sender_does_not_use_up_another_s_share() -> None:
    limit = RateLimit(30, clock=Clock())
    allowed(limit, "lan", 50)
    assert limit.allows("mai")


def test_being_refused_does_not_prolong_the_wait() -> None:
    clock = Clock()
    limit = RateLimit(30, clock=clock)
    allowed(limit, "lan", 500)
    clock.now += 2
    assert limit.allows("lan")


def test_a_long_silence_does_not_save_up_more_than_a_burst() -> None:
    clock = Clock()
    limit = RateLimit(30, clock=clock)
    limit.allows("lan")
    clock.now += 3600
    assert allowed(limit, "lan", 50) == 10


@given(st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_over_time_nobody_gets_more_than_the_rate_and_a_burst(pauses: list[float]) -> None:
    clock = Clock()
    limit = RateLimit(30, clock=clock)
    count = 0
    for pause in pauses:
        clock.now += pause
        count += limit.allows("lan")
    assert count <= 10 + clock.now / 2 + 1e-6
