"""The suite that every outbox adapter inherits: published at least once, in order, stamped once.

class TestMine(OutboxConformance):
    async def open_yard(self, folder, clock):
        return MyInstallation(...)
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from application.kernel.broker import Publisher
from application.kernel.outbox import PARTITIONS, Cursor, FeedGone, Message, partition_of
from application.kernel.relay import RELAY_FAILPOINTS, Relay, RelayLimits
from contracts.conformance.yard import TENANTS, HandClock, Installation, Wire, Yard, yard_on
from domain.kernel.refusal import InvalidInput

LEASE: Final = timedelta(seconds=15)
PROMPT: Final = RelayLimits(batch=4, interval=0.0, lease=LEASE, first_wait=0.0, longest_wait=0.0)


class Killed(Exception):
    """The process ended here."""


class DieAt:
    """Fails at a failpoint, once."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.died = False

    def __call__(self, name: str) -> None:
        if name == self.name and not self.died:
            self.died = True
            raise Killed(name)


async def publish_all(relay: Relay) -> None:
    """Until there is nothing more."""
    for _ in range(10_000):
        if await relay():
            return
    raise AssertionError("the relay does not come to an end")


async def read_all(yard: Yard, tenant: str | None = None, after: Cursor | None = None) -> list[Message]:
    """The feed, page by page."""
    feed = yard.installation.feed()
    found: list[Message] = []
    for _ in range(10_000):
        page = await feed.read(tenant, after, 32)
        found += page.messages
        after = page.after
        if not page.more:
            return found
    raise AssertionError("the feed does not come to an end")


def in_order(messages: Sequence[Message]) -> bool:
    """Whether the numbers of every key rise, once repeats are left out."""
    last: dict[tuple[str, str], int] = {}
    seen: set[str] = set()
    for each in messages:
        if each.id not in seen:
            seen.add(each.id)
            if each.number <= last.get(each.key, 0):
                return False
            last[each.key] = each.number
    return True


class OutboxConformance:
    """What the ledger told is published, whatever happens to the relay."""

    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        """An empty database in a folder of its own, whose time is the clock's."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def yard(self, tmp_path: Path) -> AsyncIterator[Yard]:
        clock = HandClock()
        async with yard_on(await self.open_yard(tmp_path, clock), clock) as yard:
            yield yard

    def relay(self, yard: Yard, wire: Publisher, holder: str = "relay-1", **rest: Any) -> Relay:
        return Relay(yard.installation.outbox(), wire, holder, PROMPT, **rest)

    # -- published ----------------------------------------------------------------------------------------------------

    async def test_all_that_was_told_is_published_once_in_order_for_both_tenants(self, yard: Yard) -> None:
        for goods in ("A", "B", "C"):
            await yard.receive(goods, 5)
        wire = Wire()
        relay = self.relay(yard, wire)
        await publish_all(relay)
        assert len(wire.kept) == 60  # 15 receipts by 2 tenants, each told as a receipt and as balances
        assert set(Counter(wire.ids()).values()) == {1}
        assert in_order(wire.kept)
        assert relay.counts.published == 60
        by_tenant = [[(m.subject, m.number, m.type) for m in wire.kept if m.tenant == t] for t in TENANTS]
        assert sorted(by_tenant[0]) == sorted(by_tenant[1])
        assert not await yard.installation.outbox().pending()

    async def test_a_message_says_what_happened_to_whom_by_which_request(self, yard: Yard) -> None:
        await yard.receive("A", tenants=["north"])
        wire = Wire()
        await publish_all(self.relay(yard, wire))
        told = {each.type: each for each in wire.kept}
        receipt, balances = told["Received"], told["BalancesChanged"]
        assert (receipt.tenant, receipt.request, receipt.at) == ("north", "receive A 0", yard.clock.shown)
        assert receipt.id == f"1-{receipt.row}"
        assert b'"units":10' in receipt.data
        assert b'"available":10' in balances.data
        assert (balances.number, balances.request) == (1, None)
        assert all(each.partition == partition_of(each.tenant, each.subject) for each in wire.kept)

    async def test_nothing_is_published_that_did_not_commit(self, yard: Yard) -> None:
        wire = Wire()
        relay = self.relay(yard, wire)
        assert await relay() > 0
        assert wire.kept == []

    async def test_positions_of_a_partition_have_no_gap(self, yard: Yard) -> None:
        await yard.receive("A", 9)
        await publish_all(self.relay(yard, Wire()))
        end = await yard.installation.feed().end()
        told = Counter(each.partition for each in await read_all(yard))
        assert end.positions == tuple(told[number] for number in range(PARTITIONS))

    # -- failures -----------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("failpoint", RELAY_FAILPOINTS)
    async def test_a_relay_killed_anywhere_loses_nothing_and_keeps_the_order(self, yard: Yard, failpoint: str) -> None:
        await yard.receive("A", 6)
        wire = Wire()
        with pytest.raises(Killed):
            await publish_all(self.relay(yard, wire, reach=DieAt(failpoint)))
        killed_after = len(wire.kept)
        yard.clock.pass_by(LEASE)
        await publish_all(self.relay(yard, wire, "relay-2"))
        assert len(set(wire.ids())) == 24
        assert in_order(wire.kept)
        assert in_order(wire.kept[killed_after:])
        if failpoint == "relay.published":
            assert len(wire.kept) > 24, "what was published and not stamped is published again"
        feed = await read_all(yard)
        assert len(feed) == len({each.id for each in feed}) == 24

    async def test_what_a_broker_does_not_take_waits_and_is_given_again_in_order(self, yard: Yard) -> None:
        await yard.receive("A", 6, tenants=["north"])
        wire = Wire(refuse=7, keeping=2)
        relay = self.relay(yard, wire)
        await publish_all(relay)
        assert relay.counts.failures == 7
        assert len(set(wire.ids())) == 12
        assert in_order(wire.kept)
        assert set(Counter(wire.ids()).values()) == {1}, "what it kept is not given again"

    async def test_a_broker_that_is_down_is_asked_ever_more_rarely(self, yard: Yard) -> None:
        await yard.receive("A", tenants=["north"])
        limits = RelayLimits(first_wait=30.0, longest_wait=90.0)
        wire = Wire(refuse=1_000)
        relay = Relay(yard.installation.outbox(), wire, "relay-1", limits)
        assert await relay() == 0.0
        refused = 1_000 - wire.refuse
        assert 0 < await relay() <= 90.0
        assert 1_000 - wire.refuse == refused, "not asked before the wait is over"

    async def test_a_publisher_that_breaks_is_reported_and_costs_the_other_partitions_nothing(self, yard: Yard) -> None:
        for goods in "ABCDEFGH":
            await yard.receive(goods, tenants=["north"])
        pending = await yard.installation.outbox().pending()
        breaking, wire = min(pending), Wire()

        class Breaks:
            broken = False

            async def publish(self, messages: Sequence[Message]) -> None:
                if messages[0].partition == breaking and not self.broken:
                    self.broken = True
                    raise RuntimeError("a fault of the adapter")
                await wire.publish(messages)

        relay = self.relay(yard, Breaks())
        with pytest.raises(RuntimeError, match="a fault of the adapter"):
            await publish_all(relay)
        assert list(await yard.installation.outbox().pending()) == [breaking]
        await publish_all(relay)
        assert set(Counter(wire.ids()).values()) == {1}
        assert len(await read_all(yard)) == 16

    # -- leases -------------------------------------------------------------------------------------------------------

    async def test_one_relay_at_a_time_has_a_partition(self, yard: Yard) -> None:
        await yard.receive("A", 3)
        first, second = yard.installation.outbox(), yard.installation.outbox()
        partitions = await first.pending()
        assert {lease.partition for lease in await first.lease("one", partitions, LEASE)} == set(partitions)
        assert not await second.lease("two", partitions, LEASE)
        yard.clock.pass_by(LEASE - timedelta(seconds=1))
        assert not await second.lease("two", partitions, LEASE)
        yard.clock.pass_by(timedelta(seconds=1))
        assert len(await second.lease("two", partitions, LEASE)) == len(partitions)

    async def test_a_relay_that_was_stopped_and_wakes_up_stamps_nothing(self, yard: Yard) -> None:
        await yard.receive("A", 3, tenants=["north"])
        sleepy, awake = yard.installation.outbox(), yard.installation.outbox()
        partitions = await sleepy.pending()
        old = await sleepy.lease("one", partitions, LEASE)
        found = await sleepy.unpublished(partitions, 2)
        yard.clock.pass_by(LEASE)
        new = await awake.lease("two", partitions, LEASE)
        assert {lease.partition for lease in new} == set(partitions)
        assert all(a.token < b.token for a, b in zip(sorted(old), sorted(new), strict=True))
        lost = await sleepy.stamp({lease: found[lease.partition] for lease in old}, LEASE)
        assert set(lost) == set(old)
        assert await read_all(yard) == []
        assert set(await awake.pending()) == set(partitions)
        assert not await awake.stamp({lease: found[lease.partition] for lease in new}, LEASE)
        assert len(await read_all(yard)) == sum(len(each) for each in found.values())

    async def test_rows_passed_on_unread_are_stamped_in_order_without_gap(self, yard: Yard) -> None:
        for goods in ("A", "B", "C"):
            await yard.receive(goods, 5)
        outbox = yard.installation.outbox()
        leases = await outbox.lease("one", range(PARTITIONS), LEASE)
        waiting = await outbox.unpublished(range(PARTITIONS), 100)
        steps = 0
        while stamped := sum((await outbox.pass_on(leases, 3, LEASE)).values()):
            assert stamped <= 3 * PARTITIONS
            steps += 1
        assert steps == max(-(-len(each) // 3) for each in waiting.values())
        feed = await read_all(yard)
        for number, messages in waiting.items():
            assert [each.id for each in feed if each.partition == number] == [each.id for each in messages]
        assert (await yard.installation.feed().end()).positions == tuple(len(waiting[n]) for n in range(PARTITIONS))

    async def test_nothing_is_passed_on_under_a_lease_that_another_took(self, yard: Yard) -> None:
        await yard.receive("A", 3)
        sleepy, awake = yard.installation.outbox(), yard.installation.outbox()
        old = sorted(await sleepy.lease("one", await sleepy.pending(), LEASE))
        yard.clock.pass_by(LEASE)
        (new,) = await awake.lease("two", [old[0].partition], LEASE)
        stamped = await sleepy.pass_on(old, 100, LEASE)
        assert set(stamped) == set(old[1:])
        assert await awake.pending() == [new.partition]
        assert (await awake.pass_on([new], 100, LEASE))[new] > 0
        assert len(await read_all(yard)) == 12

    async def test_a_lease_is_held_on_to_while_rows_are_passed_on(self, yard: Yard) -> None:
        outbox, other = yard.installation.outbox(), yard.installation.outbox()
        await yard.receive("A", tenants=["north"])
        leases = await outbox.lease("one", await outbox.pending(), LEASE)
        yard.clock.pass_by(LEASE / 2)
        await outbox.pass_on(leases, 100, LEASE)
        yard.clock.pass_by(LEASE * 3 / 4)
        assert not await other.lease("two", [each.partition for each in leases], LEASE)

    @pytest.mark.parametrize("failpoint", RELAY_FAILPOINTS)
    async def test_a_relay_that_nobody_hears_stamps_everything_and_tells_the_broker_nothing(
        self, yard: Yard, failpoint: str
    ) -> None:
        await yard.receive("A", 6)
        wire = Wire()
        with pytest.raises(Killed):
            await publish_all(self.relay(yard, wire, reach=DieAt(failpoint), heard=lambda: False))
        yard.clock.pass_by(LEASE)
        relay = self.relay(yard, wire, "relay-2", heard=lambda: False)
        await publish_all(relay)
        feed = await read_all(yard)
        assert len(feed) == len({each.id for each in feed}) == 24
        assert in_order(feed)
        assert wire.kept == []
        assert relay.counts.published < 24 if failpoint == "relay.stamped" else relay.counts.published == 24

    async def test_who_subscribes_gets_what_comes_from_then_on(self, yard: Yard) -> None:
        wire, listeners = Wire(), 0
        relay = self.relay(yard, wire, heard=lambda: listeners > 0)
        await yard.receive("A", 2, tenants=["north"])
        await publish_all(relay)
        listeners = 1
        await yard.receive("B", 2, tenants=["north"])
        await publish_all(relay)
        assert {each.request for each in wire.kept if each.type == "Received"} == {"receive B 0", "receive B 1"}
        assert len(await read_all(yard)) == 8

    async def test_a_relay_that_nobody_hears_notices_that_another_took_a_partition(self, yard: Yard) -> None:
        relay = self.relay(yard, Wire(), heard=lambda: False)
        for goods in "ABCDEFGH":
            await yard.receive(goods)
        await publish_all(relay)
        yard.clock.pass_by(LEASE)
        taken = await yard.installation.outbox().lease("thief", range(PARTITIONS), LEASE)
        for goods in "ABCDEFGH":
            await yard.receive(goods, 2)
        before = relay.counts.published
        assert await relay() > 0
        assert relay.counts.published == before
        assert relay.counts.lost > 0
        await yard.installation.outbox().give_back(taken)
        await publish_all(relay)
        assert not await yard.installation.outbox().pending()

    async def test_a_relay_fenced_off_in_flight_goes_on_when_the_partition_is_free_again(self, yard: Yard) -> None:
        await yard.receive("A", 3, tenants=["north"])
        wire = Wire()
        sleepy = self.relay(yard, wire, reach=self._taken_over(yard, wire))
        await publish_all(sleepy)
        assert sleepy.counts.lost > 0
        assert not await yard.installation.outbox().pending()
        feed = await read_all(yard)
        assert len(feed) == len({each.id for each in feed}) == 6
        assert in_order(wire.kept)

    def _taken_over(self, yard: Yard, wire: Wire) -> Any:
        """After the first publication time passes, and another holder takes the partitions before the stamp."""

        class TakeOver:
            done = False

            def __call__(self, name: str) -> None:
                if name == "relay.leased" and not self.done:
                    self.done = True
                    outbox = yard.installation.outbox()
                    publish = wire.publish

                    async def slow(messages: Sequence[Message]) -> None:
                        await publish(messages)
                        yard.clock.pass_by(LEASE)
                        leases = await outbox.lease("thief", [messages[0].partition], LEASE)
                        await outbox.give_back(leases)

                    wire.publish = slow  # type: ignore[method-assign]
                elif name == "relay.stamped":
                    wire.__dict__.pop("publish", None)

        return TakeOver()

    async def test_a_lease_written_by_a_clock_since_set_back_holds_up_nobody(self, yard: Yard) -> None:
        await yard.receive("A")
        outbox = yard.installation.outbox()
        partitions = await outbox.pending()
        await outbox.lease("one", partitions, LEASE)
        yard.clock.jump(-timedelta(hours=1))
        yard.clock.pass_by(LEASE)
        assert len(await outbox.lease("two", partitions, LEASE)) == len(partitions)

    async def test_a_relay_that_ends_gives_its_partitions_back(self, yard: Yard) -> None:
        await yard.receive("A")
        wire = Wire()
        wire.gate.clear()
        relay = Relay(yard.installation.outbox(), wire, "one", RelayLimits(lease=timedelta(milliseconds=30)))
        await relay()
        assert wire.kept == []
        wire.gate.set()
        await relay.close()
        assert len(await read_all(yard)) == 4
        await yard.receive("B")
        await publish_all(self.relay(yard, wire, "two"))
        assert len(await read_all(yard)) == 8

    async def test_a_partition_that_hangs_holds_up_itself_alone(self, yard: Yard) -> None:
        for goods in "ABCDEFGH":
            await yard.receive(goods, tenants=["north"])
        hanging = min(await yard.installation.outbox().pending())
        wire, stuck = Wire(), Wire()
        stuck.gate.clear()

        class Parting:
            async def publish(self, messages: Sequence[Message]) -> None:
                await (stuck if messages[0].partition == hanging else wire).publish(messages)

        relay = Relay(yard.installation.outbox(), Parting(), "one", RelayLimits(lease=4 * LEASE, idle=0.01))
        async with asyncio.timeout(10):  # rounds that wait for the hanging one take longer, by far
            for _ in range(20):
                await relay()
        assert {each.partition for each in await read_all(yard)} == {each.partition for each in wire.kept}
        assert len(wire.kept) + len(await self._waiting(yard, hanging)) == 16
        stuck.gate.set()
        await relay.close()
        await publish_all(self.relay(yard, wire, "two"))
        assert len(await read_all(yard)) == 16
        assert set(Counter(stuck.ids()).values()) == {1}, "what is on its way is not sent again"

    async def test_a_lease_is_held_on_to_while_the_broker_takes_its_time(self, yard: Yard) -> None:
        await yard.receive("A", tenants=["north"])
        lease, wire, other = timedelta(milliseconds=60), Wire(), yard.installation.outbox()
        wire.gate.clear()
        relay = Relay(yard.installation.outbox(), wire, "one", RelayLimits(lease=lease, idle=0.02))
        await relay()
        for _ in range(8):
            yard.clock.pass_by(lease / 4)
            await relay()
            assert not await other.lease("two", await other.pending(), lease)
        wire.gate.set()
        await relay.close()
        assert relay.counts.published == 2

    async def _waiting(self, yard: Yard, partition: int) -> Sequence[Message]:
        return (await yard.installation.outbox().unpublished([partition], 100))[partition]

    # -- the feed, purge, epochs --------------------------------------------------------------------------------------

    async def test_the_feed_gives_each_tenant_its_own_and_goes_on_where_one_stopped(self, yard: Yard) -> None:
        await yard.receive("A", 4)
        await publish_all(self.relay(yard, Wire()))
        north, south = await read_all(yard, "north"), await read_all(yard, "south")
        assert {each.tenant for each in north} == {"north"}
        assert {each.tenant for each in south} == {"south"}
        assert len(north) == len(south) == 8
        assert in_order(north)
        assert await read_all(yard, "nobody") == []
        place = await yard.installation.feed().end()
        assert await read_all(yard, after=Cursor.parse(place.text())) == []
        await yard.receive("B", 2)
        await publish_all(self.relay(yard, Wire()))
        later = await read_all(yard, after=place)
        assert len(later) == 8
        assert not {each.id for each in later} & {each.id for each in (*north, *south)}

    async def test_the_feed_shows_nothing_that_is_not_published(self, yard: Yard) -> None:
        await yard.receive("A", 4)
        assert await read_all(yard) == []

    async def test_what_is_published_and_old_is_purged_in_bounded_steps_and_nothing_else(self, yard: Yard) -> None:
        outbox, keep = yard.installation.outbox(), timedelta(days=1)
        await yard.receive("A", 4)
        assert await outbox.purge(timedelta(0), 100) == 0, "what waits to be published stays"
        await publish_all(self.relay(yard, Wire()))
        begin = (await yard.installation.feed().read(None, None, 16)).after
        assert await outbox.purge(keep, 100) == 0
        yard.clock.pass_by(keep * 2)
        await yard.receive("B", 2)
        await publish_all(self.relay(yard, Wire()))
        steps = [await outbox.purge(keep, 6) for _ in range(4)]
        assert steps == [6, 6, 4, 0]
        with pytest.raises(FeedGone) as gone:
            await yard.installation.feed().read(None, begin, 16)
        oldest = Cursor.parse(str(gone.value.facts["oldest"]))
        kept = await read_all(yard, after=oldest)
        assert len(kept) == 8
        assert {each.request for each in kept if each.type == "Received"} == {"receive B 0", "receive B 1"}
        assert [each.id for each in await read_all(yard)] == [each.id for each in kept]

    async def test_positions_go_on_where_everything_before_was_purged(self, yard: Yard) -> None:
        await yard.receive("A", 2)
        await publish_all(self.relay(yard, Wire()))
        place = await yard.installation.feed().end()
        yard.clock.pass_by(timedelta(seconds=1))
        assert await yard.installation.outbox().purge(timedelta(0), 100) == 8
        assert await yard.installation.feed().end() == place
        assert await read_all(yard, after=place) == []
        await yard.receive("A2", 1)
        await publish_all(self.relay(yard, Wire()))
        assert len(await read_all(yard, after=place)) == 4

    async def test_a_new_epoch_gives_new_ids_and_refuses_old_places(self, yard: Yard) -> None:
        await yard.receive("A")
        first = Wire()
        await publish_all(self.relay(yard, first))
        place = await yard.installation.feed().end()
        await yard.installation.new_epoch()
        with pytest.raises(FeedGone):
            await yard.installation.feed().read(None, place, 16)
        await yard.receive("B")
        second = Wire()
        await publish_all(self.relay(yard, second))
        assert {each.epoch for each in second.kept} == {2}
        assert all(each.id.startswith("2-") for each in second.kept)

    async def test_a_place_that_never_was_is_gone_and_one_that_makes_no_sense_is_invalid(self, yard: Yard) -> None:
        ahead = Cursor(1, (5,) * PARTITIONS)
        with pytest.raises(FeedGone):
            await yard.installation.feed().read(None, ahead, 16)
        assert Cursor.parse(ahead.text()) == ahead
        for text in ("", "1", "1." * PARTITIONS, "-1" + ".0" * PARTITIONS, "g" + ".0" * PARTITIONS, "0" * 10_000):
            with pytest.raises(InvalidInput):
                Cursor.parse(text)
