"""A key is granted its rate and its burst, no more and no less, however it asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.permissions.rate import PRECISION, Rate, RateLimit, RateLimited

RATES = st.builds(Rate, st.floats(0.1, 1_000_000), st.integers(1, 10_000))
STEPS = st.lists(st.tuples(st.floats(0, 100), st.integers(1, 50)), min_size=1, max_size=60)
START = st.floats(0, 10_000_000)


class Bucket:
    """The same said plainly: tokens that are counted, and pay off what was taken too much."""

    def __init__(self, rate: Rate, now: float) -> None:
        self.rate, self.tokens, self.at = rate, float(rate.burst), now

    def holds(self, now: float) -> float:
        self.tokens = min(self.rate.burst, self.tokens + (now - self.at) * self.rate.per_second)
        self.at = now
        return self.tokens


@given(RATES, START, STEPS)
def test_it_grants_what_a_bucket_of_tokens_would(rate: Rate, now: float, steps: list[tuple[float, int]]) -> None:
    limit, bucket = RateLimit(rate), Bucket(rate, now)
    slack = 1e-5 * rate.per_second + 1e-6  # one number for a bucket rounds otherwise than a count
    for passed, cost in steps:
        now += passed
        held, asked = bucket.holds(now), min(cost, rate.burst)
        wait = limit.take("key", now, cost)
        if held > asked + slack:
            assert wait == 0.0
        elif held < asked - slack:
            assert wait == pytest.approx((asked - held) / rate.per_second, rel=1e-3, abs=1e-4)
        if wait == 0.0:
            bucket.tokens -= cost


@given(RATES, START, STEPS)
def test_in_no_span_is_more_granted_than_the_burst_and_the_rate(
    rate: Rate, now: float, steps: list[tuple[float, int]]
) -> None:
    limit, granted = RateLimit(rate), []
    for passed, cost in steps:
        now += passed
        if limit.take("key", now, cost) == 0.0:
            granted.append((now, cost))
    for first in range(len(granted)):
        total = 0
        for at, cost in granted[first:]:
            # What is granted on credit at the end of a span is paid off after it.
            before = total + min(cost, rate.burst)
            span = at - granted[first][0]
            assert before <= rate.burst + (span + 1e-5 * len(steps)) * rate.per_second + 1e-6
            total += cost


@given(RATES, START, STEPS)
def test_who_waits_as_long_as_it_was_told_is_granted(rate: Rate, now: float, steps: list[tuple[float, int]]) -> None:
    limit = RateLimit(rate)
    for passed, cost in steps:
        now += passed
        wait = limit.take("key", now, cost)
        if wait:
            if wait > 3 * PRECISION:
                assert limit.take("key", now + wait / 2, cost) > 0
            now += wait
            assert limit.take("key", now, cost) == 0.0


def test_a_burst_then_the_steady_rate() -> None:
    limit = RateLimit(Rate(10, 3))
    assert [limit.take("key", 0.0) for _ in range(5)] == [0, 0, 0, pytest.approx(0.1), pytest.approx(0.1)]
    assert limit.take("key", 0.1) == 0
    assert limit.take("key", 0.1) == pytest.approx(0.1)
    assert [limit.take("key", 100.0) for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]


def test_what_is_refused_costs_nothing() -> None:
    limit = RateLimit(Rate(1, 1))
    assert limit.take("key", 0.0) == 0
    assert [limit.take("key", 0.5) for _ in range(100)] == [0.5] * 100
    assert limit.take("key", 1.0) == 0


def test_a_request_of_more_than_the_burst_is_granted_when_nothing_is_owed_and_paid_off_by_the_next() -> None:
    limit = RateLimit(Rate(10, 5))
    assert limit.take("key", 0.0, 50) == 0
    assert limit.take("key", 0.0, 50) == pytest.approx(5.0)
    assert limit.take("key", 0.0, 1) == pytest.approx(4.6)
    assert limit.take("key", 5.0, 50) == 0


def test_keys_take_from_buckets_of_their_own() -> None:
    limit = RateLimit(Rate(1, 1))
    assert limit.take("one", 0.0) == 0
    assert limit.take("other", 0.0) == 0
    assert limit.take("one", 0.0) == 1


def test_of_too_many_keys_those_not_heard_of_for_longest_are_forgotten() -> None:
    limit = RateLimit(Rate(1, 1), most=3)
    for name in ("a", "b", "c"):
        limit.take(name, 0.0)
    limit.take("a", 5.0)
    for n in range(2):
        limit.take(f"new{n}", 5.0)
    assert len(limit) == 3
    assert limit.take("a", 5.0) == 1, "used last, and kept"
    assert limit.take("b", 5.0) == 0


@pytest.mark.parametrize(("per_second", "burst"), [(0, 1), (-1, 1), (1, 0.5), (float("nan"), 1), (1, float("inf"))])
def test_a_rate_that_grants_nothing_or_everything_is_none(per_second: float, burst: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Rate(per_second, burst)


def test_who_asks_too_much_is_told_how_long_to_wait_but_what_was_paid_for_is_granted() -> None:
    limit = RateLimit(Rate(10, 3))
    limit.require("key", 0.0, "r1", cost=50)
    limit.require("key", 0.0, "r2", cost=0)
    with pytest.raises(RateLimited) as refused:
        limit.require("key", 0.0, "r3")
    assert refused.value.request == "r3"
    assert refused.value.retry_after == pytest.approx(4.8)
    assert limit.refused == 1


def test_who_is_looked_at_late_in_a_busy_process_is_not_sent_away_for_it() -> None:
    limit = RateLimit(Rate(per_second=10, burst=10))
    assert limit.take("key", now=102.0) == 0.0
    assert limit.take("key", now=100.0) == 0.0
