"""What is kept for a while only goes in bounded batches, and the audit does not miss it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest

from application.kernel.call import Call
from application.kernel.clock import ClockWatch
from application.kernel.command import Touches
from application.reconciliation.purge_history import Purged, PurgeHistory, PurgeHistoryHandler
from application.sourcing.drop_promises import DropPromises
from application.sourcing.kept import DROPPED, PROMISES
from application.sourcing.make_promise import KeepPromised
from application.sourcing.promise import Promise
from application.stock.keep_capture import CAPTURES, CaptureKept, KeepCapture
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.release_reservation import ReleaseReservation
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput
from domain.stock.goods import GOODS, Goods
from tests.contract.growth.installations import KINDS, opened

DAY = timedelta(days=1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Enter:
    """Write one entry, whatever it says."""

    name: ClassVar[str] = "Enter"
    reply: ClassVar[type] = CaptureKept

    key: EntryKey
    facts: Mapping[str, Any]

    def touches(self) -> Touches:
        return Touches(entries=(self.key,))

    def decide(self, ledger: Ledger) -> CaptureKept:
        ledger.write_entry(*self.key, self.facts)
        return CaptureKept(self.key.code)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_old_is_purged_and_the_audit_stays_clean(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.live(1, 30)
        await ledger.do(ReleaseReservation("never"))
        await ledger.publish(3)
        before = await ledger.audit()
        ledger.clock.pass_by(31 * DAY)
        await ledger.live(2, 20)
        purged = await ledger.purge(batch=7)
        assert purged.tombstones > 0
        assert 0 < purged.events < before.events
        assert purged.requests > 14, "more than one batch"
        report = await ledger.audit()
        assert report.differences == ()
        assert report.movements > before.movements
        assert len(report.skipped) == 3
        assert (await ledger.purge(batch=7)) == (type(purged))(0, 0, 0, 0)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_young_or_not_published_stays(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.live(1, 30)
        await ledger.do(ReleaseReservation("never"))
        ledger.clock.pass_by(6 * DAY)
        await ledger.live(2, 5)
        purged = await ledger.purge()
        assert (purged.requests, purged.tombstones, purged.events, purged.messages) == (0, 0, 0, 0)
        assert (await ledger.audit()).skipped == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_reservation_under_the_id_of_a_purged_tombstone_begins_anew(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.do(ReleaseReservation("again"))
        ledger.clock.pass_by(31 * DAY)
        await ledger.live(1, 5)
        assert (await ledger.purge()).tombstones == 1
        await ledger.reserve("again", ("A", "N1", 1))
        assert (await ledger.audit()).differences == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_entries_that_pass_go_and_others_stay(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        for tenant in ("north", "south", "west"):
            await ledger.do(RegisterGoods((Goods("A", "A"),)), tenant)
            for number in range(3):
                await ledger.do(KeepCapture(f"old-{number}", {}), tenant)
            await ledger.do(Enter(EntryKey(PROMISES, "kept"), {"kept": {}, "active": True}), tenant)
            await ledger.do(Enter(EntryKey(PROMISES, "dropped"), DROPPED), tenant)
        ledger.clock.pass_by(31 * DAY)
        await ledger.do(KeepCapture("young", {}))
        assert (await ledger.purge(batch=2)).entries == 3 * (3 + 1)
        assert (await ledger.purge(batch=2)).entries == 0

        async def codes(register: str, tenant: str = "north") -> list[str]:
            return [entry.key.code for entry in await ledger.queries.entries(tenant, register, "", "", 9)]

        assert await codes(CAPTURES) == ["young"]
        assert await codes(CAPTURES, "west") == []
        assert await codes(PROMISES) == ["kept"]
        assert await codes(GOODS) == ["A"]
        assert (await ledger.audit()).differences == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_promises_are_dropped_when_they_were_kept_long_enough(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        told = Promise("", "", LONG_AGO, LONG_AGO, "p", (), (), 0, 0, 0, 0, 0, (), ())

        async def keep(id: str, tenant: str) -> None:
            await ledger.do(KeepPromised(replace(told, promise=id), {"kept": {}, "active": True}), tenant)

        async def kept(tenant: str) -> list[str]:
            found = await ledger.queries.entries(tenant, PROMISES, "", "", 99)
            return [entry.key.code for entry in found if entry.facts["active"]]

        for tenant in ("north", "south"):
            for n in range(5):
                await keep(f"old-{n}", tenant)
        ledger.clock.pass_by(89 * DAY)
        assert (await ledger.purge()).promises == 0
        await keep("young", "north")
        ledger.clock.pass_by(2 * DAY)
        await ledger.do(DropPromises(("old-0",)), "north")
        assert (await ledger.purge(batch=3)).promises == 9
        assert (await kept("north"), await kept("south")) == (["young"], [])
        assert (await ledger.do(DropPromises(("young",)), "north")).kept == 0
        assert (await ledger.purge()).promises == 0
        assert (await ledger.audit()).differences == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_commit_ahead_of_its_time_has_nothing_forgotten_that_is_young(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.live(1, 10)
        await ledger.do(ReleaseReservation("never"))
        asked = Call("north", "clerk", "once"), ReceiveStock((ReceivedLine("A", "N1", 5),))
        first = await ledger.committer.submit(*asked)
        await ledger.publish()
        ledger.clock.jump(365 * DAY)
        await ledger.live(2, 5)
        ledger.clock.jump(-365 * DAY)
        for _ in range(2):
            assert await ledger.purge() == Purged(0, 0, 0, 0)
            assert await ledger.committer.submit(*asked) == first, "it does not act again"
            ledger.clock.pass_by(3 * DAY)
            await ledger.live(3, 5)
        assert (await ledger.audit()).skipped == ()
        ledger.clock.pass_by(28 * DAY)
        purged = await ledger.purge()
        assert purged.requests > 10, "what is old by the clock goes all the same"
        assert purged.tombstones >= 1
        assert (await ledger.audit()).differences == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_purged_while_a_clock_is_watched(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        watch = ClockWatch(alarm=lambda _: None)

        async def purge() -> Purged:
            def trusted() -> bool:
                return watch.observe({"wall": ledger.clock.moment()}, ledger.clock.seconds())

            handler = PurgeHistoryHandler(ledger.history, ledger.outbox, ledger.inbox, trusted)
            purged: Purged = await handler(PurgeHistory())
            return purged

        await ledger.live(1, 10)
        await ledger.publish()
        assert await purge() == Purged(0, 0, 0, 0)
        ledger.clock.jump(365 * DAY)
        await ledger.live(2, 2)
        assert await purge() == Purged(0, 0, 0, 0)
        ledger.clock.pass_by(timedelta(minutes=2))
        assert (await purge()).requests > 10, "the clock was set right: it has run evenly since"


async def test_a_fault_beside_what_was_purged_is_still_found(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 20)
        await ledger.publish()
        ledger.clock.pass_by(31 * DAY)
        await ledger.live(2, 20)
        await ledger.purge()
        ledger.tamper("DELETE FROM outbox WHERE id = (SELECT min(id) FROM outbox)")
        assert "event.count" in {d.check for d in (await ledger.audit()).differences}
        ledger.tamper("DELETE FROM request WHERE command = (SELECT max(command) FROM movement)")
        assert "movement.request" in {d.check for d in (await ledger.audit()).differences}


def test_nothing_is_purged_at_once() -> None:
    with pytest.raises(InvalidInput):
        PurgeHistory(requests=timedelta(minutes=1))
    with pytest.raises(InvalidInput):
        PurgeHistory(batch=0)
