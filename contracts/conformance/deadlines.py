"""The suite that every deadlines adapter inherits: once, never early, never lost.

class TestMine(DeadlinesConformance):
    async def open_yard(self, folder, clock):
        return MyInstallation(...)
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from application.kernel.call import Call
from application.kernel.clock import ClockJump, ClockWatch
from application.kernel.command import Command
from application.kernel.deadlines import DEADLINE_FAILPOINTS, DeadlineLimits, FireDeadlines
from application.kernel.relay import Relay
from application.kernel.unanswered import Busy
from contracts.conformance.commands import Confirm, Done, Expire, Extend, Release
from contracts.conformance.outbox import DieAt, Killed, publish_all
from contracts.conformance.yard import TENANTS, HandClock, Installation, Wire, Yard, yard_on

LEASE: Final = timedelta(seconds=10)
HOUR: Final = timedelta(hours=1)
YEAR: Final = timedelta(days=365)
MINUTE: Final = timedelta(minutes=1)
SECOND: Final = timedelta(seconds=1)


def trusting() -> ClockWatch:
    return ClockWatch(observation=timedelta(0), alarm=lambda _: None)


def expire(reservation: str, deadline: int, token: int) -> Command[Done]:
    return Expire(reservation, deadline=deadline, token=token)


def paused(firing: FireDeadlines) -> bool:
    return firing.watch.paused


async def fire(firing: FireDeadlines) -> None:
    """Until there is nothing more to fire."""
    for _ in range(1_000):
        if await firing():
            return
    raise AssertionError("firing does not come to an end")


class DeadlinesConformance:
    """What is held until a time is given back at that time, unless something else came first."""

    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        """An empty database in a folder of its own, whose time is the clock's."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def yard(self, tmp_path: Path) -> AsyncIterator[Yard]:
        clock = HandClock()
        async with yard_on(await self.open_yard(tmp_path, clock), clock) as yard:
            await yard.receive("A", 10)
            yield yard

    def firing(self, yard: Yard, commit: Any = None, **rest: Any) -> FireDeadlines:
        """A worker; unless it is given a watch, one that trusts the clock."""
        rest.setdefault("watch", trusting())
        rest.setdefault("limits", DeadlineLimits(batch=4, lease=LEASE))
        return FireDeadlines(
            yard.installation.deadlines(), commit or yard.committer, expire, steady=yard.clock.seconds, **rest
        )

    async def expired(self, yard: Yard) -> Counter[tuple[str, str]]:
        """How often which reservation of whom expired, as the outbox tells it."""
        if not hasattr(self, "wire"):
            self.wire = Wire()
        await publish_all(Relay(yard.installation.outbox(), self.wire, "reader"))
        return Counter(each.key for each in self.wire.kept if each.type == "Expired")

    def all_of(self, *reservations: str) -> Counter[tuple[str, str]]:
        return Counter({(tenant, f"reservation:{each}"): 1 for tenant in TENANTS for each in reservations})

    # -- in time -------------------------------------------------------------------------------------------------------

    async def test_what_is_due_expires_once_for_both_tenants_and_not_a_moment_early(self, yard: Yard) -> None:
        await yard.reserve("r", MINUTE)
        firing = self.firing(yard)
        yard.clock.pass_by(MINUTE - timedelta(microseconds=1))
        await fire(firing)
        assert await self.expired(yard) == Counter()
        assert (await yard.installation.deadlines().claim(10, LEASE)).due == []
        yard.clock.pass_by(timedelta(microseconds=1))
        await fire(firing)
        assert await self.expired(yard) == self.all_of("r")
        yard.clock.pass_by(HOUR)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("r")
        assert (await yard.installation.deadlines().look(LEASE)).next_due is None

    async def test_it_says_how_long_nothing_will_be_due(self, yard: Yard) -> None:
        await yard.reserve("r", timedelta(milliseconds=1_100))
        firing = self.firing(yard)
        assert await firing() == 0.25
        yard.clock.pass_by(SECOND)
        assert await firing() == pytest.approx(0.1)

    async def test_many_that_are_due_are_fired_in_bounded_batches_the_longest_due_first(self, yard: Yard) -> None:
        for n in range(9):
            await yard.reserve(f"r{n}", timedelta(seconds=60 - n), tenants=["north"])
        yard.clock.pass_by(HOUR)
        claim = await yard.installation.deadlines().claim(4, LEASE)
        assert [each.reservation for each in claim.due] == ["r8", "r7", "r6", "r5"]
        yard.clock.pass_by(LEASE)
        await fire(self.firing(yard))
        assert sum((await self.expired(yard)).values()) == 9

    async def test_the_longest_reservation_id_expires_too(self, yard: Yard) -> None:
        longest = "r" * 128
        await yard.reserve(longest, MINUTE)
        yard.clock.pass_by(MINUTE)
        await fire(self.firing(yard))
        assert await self.expired(yard) == self.all_of(longest)

    # -- against what comes first --------------------------------------------------------------------------------------

    async def test_a_confirm_a_release_and_an_extension_that_commit_first_win(self, yard: Yard) -> None:
        for name in ("confirmed", "released", "extended", "left"):
            await yard.reserve(name, MINUTE)
        yard.clock.pass_by(MINUTE)
        claim = await yard.installation.deadlines().claim(100, LEASE)
        assert len(claim.due) == 8
        for tenant in TENANTS:
            await yard.submit(tenant, "c", Confirm("confirmed"))
            await yard.submit(tenant, "d", Release("released"))
            await yard.submit(tenant, "e", Extend("extended", seconds=60))
            for due in claim.due:
                if due.tenant == tenant:
                    call = Call(tenant, "worker", f"expire:{due.reservation}:{due.number}", system=True)
                    await yard.committer.submit(call, expire(due.reservation, due.number, due.token))
        assert await self.expired(yard) == self.all_of("left")
        yard.clock.pass_by(MINUTE)
        await fire(self.firing(yard))
        assert await self.expired(yard) == self.all_of("left", "extended")

    # -- workers that die, stop and wake up ----------------------------------------------------------------------------

    @pytest.mark.parametrize("failpoint", DEADLINE_FAILPOINTS)
    async def test_a_worker_killed_after_its_claim_is_taken_over_when_the_lease_ends(
        self, yard: Yard, failpoint: str
    ) -> None:
        await yard.reserve("r", MINUTE)
        yard.clock.pass_by(MINUTE)
        with pytest.raises(Killed):
            await fire(self.firing(yard, reach=DieAt(failpoint)))
        killed_before = failpoint == "deadlines.claimed"
        other = self.firing(yard)
        yard.clock.pass_by(LEASE - SECOND)
        await fire(other)
        assert await self.expired(yard) == (Counter() if killed_before else self.all_of("r"))
        yard.clock.pass_by(SECOND)
        await fire(other)
        assert await self.expired(yard) == self.all_of("r")

    async def test_a_worker_that_stops_and_wakes_up_is_fenced_off(self, yard: Yard) -> None:
        await yard.reserve("r", MINUTE, tenants=["north"])
        yard.clock.pass_by(MINUTE)
        (old,) = (await yard.installation.deadlines().claim(1, LEASE)).due
        yard.clock.pass_by(LEASE)
        (new,) = (await yard.installation.deadlines().claim(1, LEASE)).due
        assert new.token > old.token
        call = Call("north", "worker", "expire:r:1", system=True)
        stale = await yard.committer.submit(call, expire("r", old.number, old.token))
        assert stale.status == "nothing"
        assert await self.expired(yard) == Counter()
        done = await yard.committer.submit(call, expire("r", new.number, new.token))
        assert done.status == "expired"

    async def test_several_workers_at_once_fire_each_once(self, yard: Yard) -> None:
        names = [f"r{n}" for n in range(12)]
        for name in names:
            await yard.reserve(name, MINUTE, tenants=["north"])
        yard.clock.pass_by(MINUTE)
        workers = [self.firing(yard) for _ in range(4)]
        await asyncio.gather(*(fire(worker) for worker in workers))
        assert await self.expired(yard) == Counter({("north", f"reservation:{name}"): 1 for name in names})
        assert sum(worker.counts.claimed for worker in workers) == 12, "nobody claims what another holds"

    async def test_what_finds_the_queue_full_comes_back_with_the_end_of_its_lease(self, yard: Yard) -> None:
        await yard.reserve("r", MINUTE)
        yard.clock.pass_by(MINUTE)

        class Full:
            async def submit(self, call: Call, command: Command[Any], asked: object | None = None) -> Any:
                raise Busy("too many commands wait", request=call.request)

        full = self.firing(yard, Full())
        await fire(full)
        assert full.counts.left == 2
        yard.clock.pass_by(LEASE)
        await fire(self.firing(yard))
        assert await self.expired(yard) == self.all_of("r")

    async def test_the_same_firing_sent_twice_is_answered_twice_and_done_once(self, yard: Yard) -> None:
        """The commit's answer was lost, or a worker was slow: the id is the same, the token another."""
        await yard.reserve("r", MINUTE)
        yard.clock.pass_by(MINUTE)

        class Twice:
            async def submit(self, call: Call, command: Command[Any], asked: object | None = None) -> Any:
                assert isinstance(command, Expire)
                first = await yard.committer.submit(call, command, asked)
                stale = expire(command.reservation, command.deadline, command.token - 1)
                assert await yard.committer.submit(call, stale, asked) == first
                return first

        firing = self.firing(yard, Twice())
        await fire(firing)
        assert firing.counts.fired == 2
        assert await self.expired(yard) == self.all_of("r")

    # -- clocks --------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("jump", [HOUR, -HOUR, timedelta(seconds=61), timedelta(seconds=-61)])
    async def test_a_jump_pauses_firing_for_a_minute_and_alarms(self, yard: Yard, jump: timedelta) -> None:
        alarms: list[ClockJump] = []
        firing = self.firing(yard, watch=ClockWatch(alarm=alarms.append))
        await yard.reserve("r", 30 * SECOND)
        await fire(firing)
        yard.clock.pass_by(SECOND)
        yard.clock.jump(jump)
        await fire(firing)
        assert paused(firing)
        assert [alarm.by for alarm in alarms] == [jump]
        assert await self.expired(yard) == Counter(), "29 true seconds are left"
        yard.clock.pass_by(29 * SECOND)
        await fire(firing)
        assert await self.expired(yard) == Counter()
        yard.clock.pass_by(31 * SECOND)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("r"), "a minute after the jump, whichever way it was"

    @pytest.mark.parametrize("jump", [HOUR, -HOUR])
    async def test_a_jump_taken_back_within_the_observation_fires_nothing_early(
        self, yard: Yard, jump: timedelta
    ) -> None:
        firing = self.firing(yard, watch=ClockWatch(alarm=lambda _: None))
        await yard.reserve("r", 40 * SECOND)
        await fire(firing)
        yard.clock.jump(jump)
        for _ in range(3):
            yard.clock.pass_by(10 * SECOND)
            await fire(firing)
        assert paused(firing)
        yard.clock.jump(-jump)
        await fire(firing)
        assert not paused(firing)
        assert await self.expired(yard) == Counter()
        yard.clock.pass_by(10 * SECOND)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("r")

    async def test_a_jump_is_observed_for_a_bounded_time(self, yard: Yard) -> None:
        firing = self.firing(yard, watch=ClockWatch(observation=MINUTE, alarm=lambda _: None))
        await yard.reserve("r", 30 * SECOND)
        await fire(firing)
        yard.clock.jump(HOUR)
        await fire(firing)
        for _ in range(5):
            yard.clock.pass_by(10 * SECOND)
            await fire(firing)
            assert paused(firing)
        assert await self.expired(yard) == Counter()
        yard.clock.pass_by(10 * SECOND)
        await fire(firing)
        assert not paused(firing)
        assert await self.expired(yard) == self.all_of("r")

    async def test_a_clock_set_back_fires_nothing_twice_and_loses_nothing(self, yard: Yard) -> None:
        await yard.reserve("before", MINUTE)
        yard.clock.pass_by(MINUTE)
        await fire(self.firing(yard))
        await yard.reserve("after", MINUTE)
        yard.clock.jump(-HOUR)
        firing = self.firing(yard)
        await fire(firing)
        yard.clock.pass_by(MINUTE - SECOND)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("before")
        yard.clock.pass_by(SECOND)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("before", "after")

    # -- a clock that was a year ahead for one commit ------------------------------------------------------------------

    async def _a_year_ahead(self, yard: Yard) -> None:
        """Something is committed under a clock that is a year ahead; then it is set back."""
        yard.clock.jump(YEAR)
        await yard.receive("B")
        yard.clock.jump(-YEAR)

    async def _lasts_a_second(self, yard: Yard, firing: FireDeadlines, reservation: str) -> None:
        await fire(firing)
        yard.clock.pass_by(SECOND - timedelta(microseconds=1))
        await fire(firing)
        assert (await self.expired(yard))["north", f"reservation:{reservation}"] == 0
        yard.clock.pass_by(timedelta(microseconds=1))
        await fire(firing)
        assert (await self.expired(yard))["north", f"reservation:{reservation}"] == 1

    async def test_a_hold_lasts_its_second_though_the_clock_was_a_year_ahead(self, yard: Yard) -> None:
        firing = self.firing(yard)
        await self._a_year_ahead(yard)
        for n in range(3):
            await yard.reserve(f"r{n}", SECOND)
            await self._lasts_a_second(yard, firing, f"r{n}")
            yard.clock.pass_by(HOUR)
        assert await self.expired(yard) == self.all_of("r0", "r1", "r2")

    async def test_a_hold_made_while_the_clock_was_a_year_ahead_lasts_its_second(self, yard: Yard) -> None:
        yard.clock.jump(YEAR)
        await yard.reserve("r", SECOND)
        yard.clock.jump(-YEAR)
        await self._lasts_a_second(yard, self.firing(yard), "r")

    async def test_after_a_restart_too_though_the_clock_was_a_year_ahead(self, yard: Yard) -> None:
        await self._a_year_ahead(yard)
        await yard.reserve("r", SECOND)
        again = Yard(yard.installation, yard.clock)
        await self._lasts_a_second(yard, self.firing(again), "r")
        await again.reserve("s", SECOND)
        await self._lasts_a_second(yard, self.firing(again), "s")
        await again.committer.drain()

    async def test_and_in_a_process_that_started_long_after_the_last_commit(self, yard: Yard) -> None:
        """One process fires; another, which knows of nothing but the last commit, holds something."""
        await self._a_year_ahead(yard)
        firing = self.firing(yard)
        for _ in range(100):
            await fire(firing)
            yard.clock.pass_by(SECOND)
        await fire(firing)
        late = Yard(yard.installation, yard.clock)
        await late.reserve("r", SECOND)
        await self._lasts_a_second(yard, firing, "r")
        await late.committer.drain()

    async def test_an_operator_is_told_that_the_clock_is_a_year_behind(self, yard: Yard) -> None:
        await self._a_year_ahead(yard)
        alarms: list[ClockJump] = []
        firing = self.firing(yard, watch=ClockWatch(alarm=alarms.append))
        await yard.reserve("r", SECOND)
        await fire(firing)
        assert [alarm.by for alarm in alarms] == [-YEAR]
        yard.clock.pass_by(MINUTE)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("r")

    async def test_a_claim_made_before_the_clock_was_set_back_does_not_hold_for_an_hour(self, yard: Yard) -> None:
        await yard.reserve("r", MINUTE)
        yard.clock.pass_by(MINUTE)
        await yard.receive("B")  # so that the ledger's time has reached the due time
        assert len((await yard.installation.deadlines().claim(10, LEASE)).due) == 2
        yard.clock.jump(-HOUR)
        firing = self.firing(yard)
        await fire(firing)
        yard.clock.pass_by(LEASE)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("r")

    async def test_after_a_start_a_clock_far_from_the_last_commit_is_observed_first(self, yard: Yard) -> None:
        await yard.reserve("r", MINUTE)
        yard.clock.pass_by(HOUR)
        firing = self.firing(yard, watch=ClockWatch())
        await fire(firing)
        assert paused(firing)
        assert await self.expired(yard) == Counter()
        yard.clock.pass_by(MINUTE)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("r")

    async def test_the_machines_own_clock_is_watched_beside_the_databases(self, yard: Yard) -> None:
        wall = HandClock()
        firing = self.firing(yard, watch=ClockWatch(alarm=lambda _: None), wall=wall.moment)
        await yard.reserve("r", MINUTE)
        await fire(firing)
        yard.clock.pass_by(MINUTE)
        await fire(firing)
        assert await self.expired(yard) == self.all_of("r"), "sixty seconds apart is still within tolerance"
        yard.clock.pass_by(SECOND)
        wall.jump(HOUR)
        await yard.reserve("s", SECOND)
        yard.clock.pass_by(SECOND)
        await fire(firing)
        assert paused(firing)
        assert await self.expired(yard) == self.all_of("r")
