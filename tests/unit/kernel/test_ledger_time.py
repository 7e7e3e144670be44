"""The ledger's time goes on from the last commit, whatever is done to the clock."""

from datetime import timedelta

import pytest

from application.kernel.ledger_time import SECOND, LedgerTime, machine_time, micros, moment
from contracts.conformance.yard import START, HandClock

HOUR = timedelta(hours=1)
ONE = timedelta(seconds=1)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def test_it_is_what_the_clock_shows_while_that_is_ahead_of_every_commit(clock: HandClock) -> None:
    time = clock.time()
    assert time() == clock.micros()
    time.after(micros(START) - SECOND)
    clock.pass_by(HOUR)
    assert moment(time()) == START + HOUR
    clock.jump(HOUR)
    assert moment(time()) == START + 2 * HOUR


def test_a_clock_that_falls_before_anything_was_committed_is_believed(clock: HandClock) -> None:
    time = clock.time()
    time()
    clock.jump(-HOUR)
    assert moment(time()) == START - HOUR


def test_from_a_commit_it_goes_on_at_the_pace_of_true_time(clock: HandClock) -> None:
    time = clock.time()
    time.after(clock.micros())
    clock.pass_by(ONE)
    clock.jump(-HOUR)
    assert moment(time()) == START + ONE
    clock.pass_by(ONE - timedelta(microseconds=1))
    assert moment(time()) == START + 2 * ONE - timedelta(microseconds=1)


def test_a_commit_seen_again_later_does_not_hold_it_up(clock: HandClock) -> None:
    time, committed = clock.time(), clock.micros()
    time.after(committed)
    clock.jump(-HOUR)
    for seconds in range(1, 4):
        clock.pass_by(ONE)
        assert moment(time.after(committed)) == START + seconds * ONE


def test_a_later_commit_of_another_process_raises_it(clock: HandClock) -> None:
    time = clock.time()
    time.after(clock.micros())
    ahead = micros(START + HOUR)
    assert time.after(ahead) == ahead
    clock.pass_by(ONE)
    assert time() == ahead + SECOND


@pytest.mark.parametrize(
    ("since", "behind", "leads"), [(1, 1.5, True), (0.9, 1.5, False), (5, 1, False), (5, -9, False)]
)
def test_it_is_written_down_each_second_where_neither_clock_nor_commit_tells(
    since: float, behind: float, leads: bool, clock: HandClock
) -> None:
    time, now = clock.time(), clock.micros() + round(behind * SECOND)
    assert time.leads(now - round(since * SECOND), now) is leads


def test_what_the_machine_shows_counts_for_that_where_the_clock_does_not_follow_it(clock: HandClock) -> None:
    shown = HandClock()
    time = LedgerTime(clock.micros, clock.seconds, shown.micros)
    committed = time.after(clock.micros())
    for each in (clock, shown):
        each.pass_by(ONE)
    assert not time.leads(committed, time())
    shown.jump(-HOUR)
    assert time.leads(committed, time())


def test_the_machines_time_never_falls() -> None:
    time = machine_time()
    readings = [time() for _ in range(100)]
    assert readings == sorted(readings)
    assert not time.leads(readings[0], readings[-1])
