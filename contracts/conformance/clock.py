"""The suite for the ledger's time: it never falls, whatever is done to the clock beneath it.

class TestMine(ClockConformance):
    async def open_yard(self, folder, clock):
        return MyInstallation(...)
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from application.kernel.relay import Relay
from contracts.conformance.outbox import publish_all
from contracts.conformance.yard import HandClock, Installation, Wire, Yard, yard_on

LEASE = timedelta(seconds=10)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)


class ClockConformance:
    """Every commit is at or after the one before it, time is the database's, and it does not stand still.

    Where the clock is behind the last commit, time goes on from that commit at the pace of `HandClock.steady`.
    """

    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        """An empty database in a folder of its own, whose time is the clock's."""
        raise NotImplementedError("the subclass of each adapter says how")

    def production_clock(self) -> datetime:
        """A reading of the clock that the adapter uses in production."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def yard(self, tmp_path: Path) -> AsyncIterator[Yard]:
        clock = HandClock()
        async with yard_on(await self.open_yard(tmp_path, clock), clock) as yard:
            yield yard

    async def _told(self, yard: Yard) -> list[datetime]:
        """When what was told happened, in the order it was written."""
        wire = Wire()
        await publish_all(Relay(yard.installation.outbox(), wire, "reader"))
        return [each.at for each in sorted(wire.kept, key=lambda each: each.row)]

    async def test_a_commit_is_at_the_time_that_the_clock_shows(self, yard: Yard) -> None:
        await yard.receive("A")
        assert set(await self._told(yard)) == {yard.clock.shown}

    @pytest.mark.parametrize("back", [timedelta(microseconds=1), timedelta(seconds=59), HOUR, 1_000 * HOUR])
    async def test_the_ledgers_time_does_not_fall_with_the_clock(self, yard: Yard, back: timedelta) -> None:
        await yard.receive("A")
        latest = yard.clock.shown
        yard.clock.jump(-back)
        await yard.receive("A2")
        await yard.receive("B")
        times = await self._told(yard)
        assert len(times) == 12
        assert set(times) == {latest}
        look = await yard.installation.deadlines().look(LEASE)
        claim = await yard.installation.deadlines().claim(10, LEASE)
        assert look.now == claim.now == look.committed == latest
        assert look.clock == claim.clock == latest - back, "what the clock itself shows is not hidden"

    @pytest.mark.parametrize("back", [HOUR, 8_760 * HOUR])
    async def test_where_the_clock_was_set_back_time_goes_on_from_the_last_commit(
        self, yard: Yard, back: timedelta
    ) -> None:
        await yard.receive("A")
        latest = yard.clock.shown
        yard.clock.jump(-back)
        for n in range(4):
            yard.clock.pass_by(SECOND)
            await yard.receive(f"B{n}")
        times = await self._told(yard)
        assert times[::4] == [latest + n * SECOND for n in range(5)]
        look = await yard.installation.deadlines().look(LEASE)
        assert (look.now, look.clock) == (times[-1], times[-1] - back)

    async def test_time_passes_between_commits_too(self, yard: Yard) -> None:
        await yard.receive("A")
        yard.clock.pass_by(HOUR)
        latest = yard.clock.shown
        await yard.receive("B")
        yard.clock.jump(-HOUR)
        yard.clock.pass_by(SECOND)
        await yard.receive("C")
        assert (await self._told(yard))[-1] == latest + SECOND

    async def test_a_clock_set_right_again_is_what_counts(self, yard: Yard) -> None:
        await yard.receive("A")
        yard.clock.jump(-HOUR)
        yard.clock.pass_by(SECOND)
        await yard.receive("B")
        yard.clock.jump(HOUR)
        await yard.receive("C")
        yard.clock.pass_by(SECOND)
        await yard.receive("D")
        assert (await self._told(yard))[::4] == [yard.clock.shown - n * SECOND for n in (2, 1, 1, 0)]

    async def test_a_clock_that_was_ahead_without_a_commit_has_moved_nothing(self, yard: Yard) -> None:
        await yard.receive("A")
        yard.clock.jump(HOUR)
        await yard.installation.deadlines().claim(10, LEASE)
        yard.clock.jump(-HOUR)
        yard.clock.pass_by(SECOND)
        await yard.receive("B")
        assert (await self._told(yard))[-1] == yard.clock.shown

    async def test_another_process_goes_on_from_the_last_commit(self, yard: Yard) -> None:
        """A restart, or a second process, under a clock that was set back meanwhile."""
        yard.clock.jump(HOUR)
        await yard.receive("A")
        latest = yard.clock.shown
        yard.clock.jump(-HOUR)
        other = Yard(yard.installation, yard.clock)
        try:
            for n, process in enumerate((other, yard, other, yard)):
                yard.clock.pass_by(SECOND)
                await process.receive(f"B{n}")
        finally:
            await other.committer.drain()
        times = (await self._told(yard))[::4]
        assert all(before <= after for before, after in pairwise(times))
        assert latest + 3 * SECOND <= times[-1] <= latest + 4 * SECOND

    async def test_a_due_time_is_counted_from_the_ledgers_time_not_from_a_clock_set_back(self, yard: Yard) -> None:
        await yard.receive("A")
        latest = yard.clock.shown
        yard.clock.jump(-HOUR)
        await yard.reserve("r", timedelta(minutes=1))
        assert (await yard.installation.deadlines().look(LEASE)).next_due == latest + timedelta(minutes=1)

    async def test_an_empty_database_has_no_commit_to_compare_with(self, yard: Yard) -> None:
        look = await yard.installation.deadlines().look(LEASE)
        assert (look.committed, look.next_due) == (None, None)
        assert look.now == look.clock == yard.clock.shown

    async def test_times_keep_every_microsecond(self, yard: Yard) -> None:
        yard.clock.jump(timedelta(microseconds=1))
        await yard.receive("A")
        assert set(await self._told(yard)) == {yard.clock.shown}

    def test_the_clock_in_production_is_in_utc_and_never_falls(self) -> None:
        readings = [self.production_clock() for _ in range(1_000)]
        assert all(reading.tzinfo is UTC for reading in readings)
        assert all(before <= after for before, after in pairwise(readings))
