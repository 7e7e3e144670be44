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
HOUR = timedelta(hours=1)


class ClockConformance:
    """Every commit is at or after the one before it, and time is the database's."""

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

    async def test_the_ledgers_time_goes_on_when_the_clock_has_caught_up(self, yard: Yard) -> None:
        await yard.receive("A")
        yard.clock.jump(-HOUR)
        for n in range(4):
            yard.clock.pass_by(timedelta(minutes=30))
            await yard.receive(f"B{n}")
        times = await self._told(yard)
        assert all(before <= after for before, after in pairwise(times))
        assert times[-1] == yard.clock.shown

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
