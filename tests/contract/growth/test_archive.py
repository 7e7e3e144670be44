"""Movements of closed periods in files: out of the ledger, whole, and audited as if they were still there."""

from pathlib import Path
from typing import Any, cast

import pytest

from adapters.inprocess.records import StockRecords
from application.kernel.call import Call
from application.kernel.objects import ObjectDamaged, ObjectStore, ObjectsUnavailable
from application.kernel.ports import pass_by
from application.reconciliation.archive_ledger import ARCHIVE_FAILPOINTS
from application.stock.approve_counts import ApproveCounts, ApproveCountsHandler
from application.stock.balance_at import BalanceAt, BalanceAtHandler
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.count_stock import CountedLine
from application.stock.find_movements import FindMovements, FindMovementsHandler
from application.stock.propose_counts import ProposeCounts, ProposeCountsHandler
from application.stock.queries import MovementsArchived, OfAccount, OfReservation
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_node import RegisterNode
from domain.reconciliation.difference import Difference
from domain.stock.node import Node
from domain.stock.position import Position
from tests.contract.growth.installations import KINDS, Installation, opened

SOME = Position("A", "N1").key


async def movements(ledger: Installation) -> int:
    """How many movements are in the ledger itself."""

    def look(inspected: Any) -> int:
        return sum(1 for _, postings in inspected.accounts(from_seal=False) for _ in postings)

    return int(await ledger.source.inspect(look))


async def two_periods(ledger: Installation) -> None:
    """Closed; and something since."""
    await ledger.live(1, 40)
    await ledger.close_period()
    await ledger.live(2, 20)
    await ledger.close_period()
    await ledger.live(3, 10)


async def names(ledger: Installation) -> set[str]:
    return {each.name async for each in ledger.objects.list()}


@pytest.mark.parametrize("kind", KINDS)
async def test_what_is_archived_is_gone_and_still_audited(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await two_periods(ledger)
        before, all_there = await ledger.audit(full=True), await movements(ledger)
        seals = list(await ledger.archives.seals())
        done = await ledger.archive(accounts=3, rows=7)
        assert (done.seal, done.movements) == (2, sum(seal.movements for seal in seals))
        assert done.files == len(await names(ledger))
        left = await movements(ledger)
        assert left == all_there - done.deleted
        assert left < all_there - done.movements + sum(seal.accounts for seal in seals)
        after, since = await ledger.audit(full=True), await ledger.audit()
        assert (after.differences, since.differences) == ((), ())
        assert (after.accounts, after.movements, after.goods) == (before.accounts, before.movements, before.goods)
        assert "request ids of archived movements" in after.skipped[0]
        await ledger.live(4, 10)
        assert (await ledger.audit(full=True)).differences == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_archiving_again_goes_on_from_the_last_period(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await two_periods(ledger)
        first = await ledger.archive(upto=1)
        assert first.seal == 1
        again = await ledger.archive(upto=1)
        assert (again.files, again.movements, again.deleted) == (0, 0, 0)
        second = await ledger.archive()
        assert (second.seal, second.files > 0) == (2, True)
        await ledger.close_period()
        third = await ledger.archive()
        assert third.seal == 3
        assert (await ledger.audit(full=True)).differences == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_who_holds_what_was_reserved_in_an_archived_period_is_found(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.do(ReceiveStock((ReceivedLine("A", "N1", 40),)))
        for name in ("z-first", "second"):
            await ledger.reserve(name, ("A", "N1", 2))
        await ledger.close_period()
        await ledger.reserve("a-third", ("A", "N1", 3))
        await ledger.do(ConfirmReservation("second"))
        for archived in (False, True):
            if archived:
                assert (await ledger.archive()).deleted > 0
            latest = await ledger.queries.holding("north", SOME, 9)
            assert [(each.reservation, each.reserved, each.allocated) for each in latest] == [
                ("a-third", 3, 0),
                ("second", 0, 2),
                ("z-first", 2, 0),
            ]
            assert await ledger.queries.holding("north", SOME, 2) == latest[:2]
            first = await ledger.queries.holders("north", SOME, 9)
            assert [each.id for each in first] == ["z-first", "second", "a-third"]
            assert [each.id for each in await ledger.queries.holders("north", SOME, 1)] == ["z-first"]
            assert await ledger.queries.holders("south", SOME, 9) == []


async def test_nothing_is_archived_that_was_not_closed(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 10)
        done = await ledger.archive()
        assert (done.seal, done.files, done.deleted) == (0, 0, 0)
        assert await names(ledger) == set()


class Crash(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", ARCHIVE_FAILPOINTS)
async def test_a_crash_after_any_step_loses_nothing_and_is_gone_on_from(kind: str, step: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await two_periods(ledger)
        before = await ledger.audit(full=True)
        crashes = 0

        def reach(name: str) -> None:
            nonlocal crashes
            if name == step:
                crashes += 1
                raise Crash

        while True:
            try:
                await ledger.archive(reach if crashes < 2 else pass_by, accounts=4, rows=5)
                break
            except Crash:
                audited = await ledger.audit(full=True)
                assert (audited.differences, audited.movements) == ((), before.movements)
        assert crashes == 2
        after = await ledger.audit(full=True)
        assert (after.differences, after.movements) == ((), before.movements)
        assert all(file.cleared for file in await ledger.archives.archives())
        assert len(await names(ledger)) == len(await ledger.archives.archives())


@pytest.mark.parametrize("kind", KINDS)
async def test_who_asks_for_what_is_archived_is_told(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await two_periods(ledger)
        find, balance = FindMovementsHandler(ledger.queries), BalanceAtHandler(ledger.queries)
        whole = await find("north", FindMovements(OfAccount(SOME), "", 500))
        early, late = whole.movements[3], whole.movements[-1]
        early_then = await balance("north", BalanceAt(SOME, early.at))
        await ledger.archive(upto=1)
        with pytest.raises(MovementsArchived) as raised:
            await find("north", FindMovements(OfAccount(SOME), "", 500))
        rest = await find("north", FindMovements(OfAccount(SOME), str(raised.value.facts["after"]), 500))
        assert rest.movements == whole.movements[rest.movements[0].version - 1 :]
        assert 0 < len(rest.movements) < len(whole.movements)
        assert early_then.version < rest.movements[0].version
        for at in (early.version, early.at, 1):
            with pytest.raises(MovementsArchived):
                await balance("north", BalanceAt(SOME, at))
        assert (await balance("north", BalanceAt(SOME, 0))).version == 0
        for at in (late.version, late.at):
            assert (await balance("north", BalanceAt(SOME, at))).version == late.version
        with pytest.raises(MovementsArchived):
            await find("north", FindMovements(OfReservation("open0")))
        await ledger.reserve("fresh", ("A", "N1", 1))
        assert len((await find("north", FindMovements(OfReservation("fresh")))).movements) == 1
        searched = await StockRecords(ledger.queries).movements("north", SOME, 0, 2)
        assert [each.version for each in searched] == [each.version for each in rest.movements[:2]]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_repeat_of_counts_whose_time_was_archived_keeps_its_answer(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await two_periods(ledger)
        await ledger.do(RegisterNode((Node("N1", "One"),)))
        whole = await FindMovementsHandler(ledger.queries)("north", FindMovements(OfAccount(SOME), "", 500))
        asked = ProposeCounts("paper", whole.movements[3].at, (CountedLine("A", "N1", 1_000),))
        propose = ProposeCountsHandler(ledger.committer, ledger.registers, ledger.queries)
        proposed = await propose(Call("north", "clerk", "first"), asked)
        assert len(proposed.proposals) == 1
        await ledger.archive(upto=1)
        assert await propose(Call("north", "clerk", "first"), asked) == proposed
        with pytest.raises(MovementsArchived):
            await propose(Call("north", "clerk", "second"), asked)
        approve = ApproveCountsHandler(ledger.committer, ledger.registers, *(ledger.queries,) * 4)
        with pytest.raises(MovementsArchived):
            await approve(Call("north", "clerk", "third"), ApproveCounts((proposed.proposals[0].proposal,), "seen"))


async def broken(ledger: Installation) -> dict[str, Difference]:
    return {each.check: each for each in (await ledger.audit(full=True)).differences}


async def test_a_file_that_is_gone_or_another_is_found(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await two_periods(ledger)
        await ledger.archive(upto=1)
        [file] = await ledger.archives.archives()
        pieces = [piece async for piece in ledger.objects.read(file.object)]

        async def content() -> Any:
            yield b"".join(pieces).replace(b"RECEIVE", b"ARRIVES", 1)

        await ledger.objects.delete(file.object)
        found = await broken(ledger)
        assert (found["archive.object"].where, found["archive.object"].found) == (file.object, "object.unknown")
        await ledger.objects.create(file.object, content())
        found = await broken(ledger)
        assert found["archive.object"].found == "object.damaged"
        assert (await ledger.audit()).differences == ()


async def test_a_file_and_its_entry_changed_together_do_not_pass_the_seal(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await two_periods(ledger)
        await ledger.archive(upto=1)
        [file] = await ledger.archives.archives()
        whole = b"".join([piece async for piece in ledger.objects.read(file.object)])

        async def content() -> Any:
            yield whole.replace(b'"clerk"', b'"thief"', 1)

        await ledger.objects.delete(file.object)
        stored = await ledger.objects.create(file.object, content())
        ledger.tamper(f"UPDATE archive SET sha256 = x'{stored.sha256.hex()}'")
        assert set(await broken(ledger)) == {"seal.hash"}


async def test_movements_that_are_not_what_was_sealed_are_not_archived(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await two_periods(ledger)
        ledger.tamper("UPDATE movement SET actor = 'nobody' WHERE account = 1 AND version = 1")
        there = await movements(ledger)
        with pytest.raises(Exception, match="are not those of seal 1") as raised:
            await ledger.archive()
        assert getattr(raised.value, "code", "") == "ledger.differs"
        assert await movements(ledger) == there
        assert await names(ledger) == set()


async def test_a_file_that_reads_back_as_another_is_not_relied_on(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await two_periods(ledger)
        there, objects = await movements(ledger), ledger.objects

        def change(name: str) -> None:
            raise Crash

        with pytest.raises(Crash):
            await ledger.archive(change, upto=1)
        [name] = await names(ledger)
        await objects.delete(name)

        async def content() -> Any:
            yield b"not what was written"

        await objects.create(name, content())
        with pytest.raises(ObjectDamaged):
            await ledger.archive()
        assert await movements(ledger) == there
        assert list(await ledger.archives.archives()) == []


class AwayObjects:
    """A store that does not answer."""

    def __getattr__(self, name: str) -> Any:
        raise ObjectsUnavailable("away")


async def test_a_store_that_is_away_stops_a_full_audit_and_no_other(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await two_periods(ledger)
        await ledger.archive()
        objects, away = ledger.objects, cast(ObjectStore, AwayObjects())
        ledger.objects = away
        with pytest.raises(ObjectsUnavailable):
            await ledger.audit(full=True)
        assert (await ledger.audit()).differences == ()
        ledger.objects = objects
        assert (await ledger.audit(full=True)).differences == ()


async def test_the_kept_copy_of_the_last_movement_is_compared(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await two_periods(ledger)
        await ledger.archive()
        ledger.tamper(
            "UPDATE movement SET actor = 'thief' WHERE account = 1 AND version ="
            " (SELECT max(version) FROM sealed WHERE account = 1)"
        )
        assert set(await broken(ledger)) == {"archive.overlap"}
