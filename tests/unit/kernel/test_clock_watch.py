"""Clocks are compared with a steady one; one that jumps is not acted on at once."""

from datetime import timedelta

import pytest

from application.kernel.clock import ClockJump, ClockWatch
from contracts.conformance.yard import HandClock

SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class Watched:
    """A watch on one clock, with the alarms it gave."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock
        self.alarms: list[ClockJump] = []
        self.watch = ClockWatch(alarm=self.alarms.append)

    def trusted(self) -> bool:
        return self.watch.observe({"database": self.clock.shown}, self.clock.steady)


@pytest.fixture
def watched() -> Watched:
    watched = Watched(HandClock())
    assert watched.trusted()
    return watched


def test_time_that_passes_is_no_jump(watched: Watched) -> None:
    watched.clock.pass_by(HOUR)
    assert watched.trusted()
    assert watched.alarms == []


@pytest.mark.parametrize("sign", [1, -1])
def test_sixty_seconds_are_within_tolerance_and_more_is_a_jump(watched: Watched, sign: int) -> None:
    watched.clock.jump(sign * 60 * SECOND)
    assert watched.trusted()
    watched.clock.jump(sign * timedelta(seconds=60, microseconds=1))
    assert not watched.trusted()
    assert watched.alarms == [ClockJump("database", sign * timedelta(seconds=60, microseconds=1))]


def test_a_jump_is_observed_for_a_minute_of_true_time(watched: Watched) -> None:
    watched.clock.jump(HOUR)
    assert not watched.trusted()
    watched.clock.pass_by(59 * SECOND)
    assert not watched.trusted()
    watched.clock.pass_by(SECOND)
    assert watched.trusted()
    watched.clock.pass_by(SECOND)
    assert watched.trusted()
    assert len(watched.alarms) == 1


def test_a_second_jump_begins_the_observation_anew(watched: Watched) -> None:
    watched.clock.jump(HOUR)
    assert not watched.trusted()
    watched.clock.pass_by(59 * SECOND)
    watched.clock.jump(HOUR)
    assert not watched.trusted()
    watched.clock.pass_by(59 * SECOND)
    assert not watched.trusted()
    watched.clock.pass_by(SECOND)
    assert watched.trusted()
    assert [alarm.by for alarm in watched.alarms] == [HOUR, HOUR]


def test_a_clock_that_comes_back_is_trusted_at_once(watched: Watched) -> None:
    watched.clock.jump(-HOUR)
    assert not watched.trusted()
    watched.clock.jump(HOUR)
    assert watched.trusted()


def test_slow_drift_is_followed(watched: Watched) -> None:
    for _ in range(100):
        watched.clock.pass_by(HOUR)
        watched.clock.jump(SECOND)
        assert watched.trusted()


def test_one_clock_of_two_is_enough_to_pause() -> None:
    one, two = HandClock(), HandClock()
    alarms: list[ClockJump] = []
    watch = ClockWatch(alarm=alarms.append)
    assert watch.observe({"database": one.shown, "wall": two.shown}, 0.0)
    two.jump(HOUR)
    assert not watch.observe({"database": one.shown, "wall": two.shown}, 0.0)
    assert [alarm.clock for alarm in alarms] == ["wall"]


@pytest.mark.parametrize(("by", "trusted", "alarms"), [(60, True, 0), (61, False, 0), (-60, True, 0), (-61, False, 1)])
def test_at_the_start_the_last_commit_is_the_measure(by: int, trusted: bool, alarms: int) -> None:
    watched = Watched(HandClock())
    watched.watch.begin("database", watched.clock.shown - by * SECOND, watched.clock.shown, watched.clock.steady)
    assert watched.trusted() is trusted
    assert len(watched.alarms) == alarms
    watched.clock.pass_by(60 * SECOND)
    assert watched.trusted()
