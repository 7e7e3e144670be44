"""Closed periods: an audit begins from the last seal, and no sealed movement changes unseen."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from application.reconciliation.close_ledger import LedgerDiffers, seal_account
from application.reconciliation.ports import ClosingOvertaken
from domain.reconciliation.inspected import InspectedAccount, Posting, Seal, SealedLine
from tests.contract.growth.installations import KINDS, opened


@pytest.mark.parametrize("kind", KINDS)
async def test_an_audit_begins_from_the_last_seal(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.live(1)
        whole = await ledger.audit()
        first = await ledger.close_period()
        assert (first.number, first.accounts, first.movements) == (1, whole.accounts, whole.movements)
        await ledger.live(2, 30)
        second = await ledger.close_period()
        await ledger.live(3, 10)
        since, full = await ledger.audit(), await ledger.audit(full=True)
        assert (since.differences, full.differences) == ((), ())
        assert (since.seal, full.seal) == (2, 0)
        assert since.accounts == full.accounts
        assert full.movements == since.movements + first.movements + second.movements
        assert "audit in full" in since.skipped[0]
        assert full.skipped == ()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_period_in_which_nothing_moved_can_be_closed(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.live(1, 10)
        await ledger.close_period()
        seal = await ledger.close_period()
        assert (seal.number, seal.accounts, seal.movements) == (2, 0, 0)
        assert (await ledger.audit(full=True)).clean


def line(account: InspectedAccount, opening: SealedLine, postings: Iterator[Posting]) -> SealedLine:
    return seal_account(1, account, opening, postings)[0]


@pytest.mark.parametrize("other", KINDS[1:])
async def test_equal_histories_have_equal_seals_whatever_keeps_them(other: str, tmp_path: Path) -> None:
    sealed = []
    for kind in ("memory", other):
        async with opened(kind, tmp_path) as ledger:
            await ledger.live(4, 20)
            _, lines = await ledger.seals.seal_some(await ledger.seals.begin(), 0, 500, line)
            sealed.append(set(lines))
    assert sealed[0] == sealed[1]
    assert len(sealed[0]) == 14


@pytest.mark.parametrize("kind", KINDS)
async def test_of_two_closings_at_once_the_books_tell_of_whole_ones_alone(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await ledger.live(1, 20)
        outcomes = await asyncio.gather(ledger.close_period(), ledger.close_period(), return_exceptions=True)
        assert all(isinstance(outcome, Seal | ClosingOvertaken) for outcome in outcomes)
        assert [outcome.number for outcome in outcomes if isinstance(outcome, Seal)] in ([1], [1, 2])
        assert (await ledger.audit(full=True)).clean


async def test_a_closing_that_was_overtaken_writes_no_more(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 20)
        early = await ledger.seals.begin()
        place, lines = await ledger.seals.seal_some(early, 0, 2, line)
        assert lines
        await ledger.live(2, 5)
        late = await ledger.seals.begin()
        with pytest.raises(ClosingOvertaken):
            await ledger.seals.seal_some(early, place, 500, line)
        await ledger.seals.seal_some(late, 0, 2, line)
        with pytest.raises(ClosingOvertaken):
            await ledger.seals.close(early, Seal(1, early.at, early.command, 2, 2, b""))
        assert (await ledger.close_period()).number == 1
        with pytest.raises(ClosingOvertaken):
            await ledger.seals.close(late, Seal(1, late.at, late.command, 2, 2, b""))
        assert (await ledger.audit(full=True)).clean


SEALED_CHANGES = {
    # Two wrongs that agree with each other: only the hash knows.
    "who did it": "UPDATE movement SET actor = 'nobody' WHERE account = 1 AND version = 1",
    "why": "UPDATE movement SET reason = 'forged' WHERE account = 1 AND version = 1",
    "the name of an equal movement": "UPDATE movement SET kind = 'OPEN' WHERE kind = 'RECEIVE' AND account = 1",
}


@pytest.mark.parametrize("change", SEALED_CHANGES)
async def test_a_change_to_a_sealed_movement_is_found_by_a_full_audit_alone(change: str, tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 20)
        ledger.tamper(SEALED_CHANGES[change])
        assert (await ledger.audit()).clean, "before it is sealed, nothing can tell"
    async with opened("sqlite", tmp_path / "other") as ledger:
        await ledger.live(1, 20)
        await ledger.close_period()
        ledger.tamper(SEALED_CHANGES[change])
        await ledger.live(2, 5)
        assert (await ledger.audit()).clean
        report = await ledger.audit(full=True)
        assert [difference.check for difference in report.differences] == ["seal.hash"]


async def test_a_change_to_the_seal_itself_is_found(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 20)
        await ledger.close_period()
        ledger.tamper("UPDATE sealed SET available = available + 1 WHERE account = 1")
        assert {d.check for d in (await ledger.audit()).differences} >= {"seal.balances"}
        ledger.tamper(
            "UPDATE sealed SET available = available - 1 WHERE account = 1",
            "UPDATE sealed SET hash = zeroblob(32) WHERE account = 2",
        )
        assert (await ledger.audit()).clean
        checks = [d.check for d in (await ledger.audit(full=True)).differences]
        assert checks == ["seal.hash", "seal.digest"]


async def test_a_ledger_that_differs_is_not_sealed_and_can_be_once_it_is_mended(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await ledger.live(1, 20)
        ledger.tamper("UPDATE movement SET quantity = quantity + 1 WHERE account = 9 AND version = 1")
        with pytest.raises(LedgerDiffers, match=r"movement\.balances"):
            await ledger.close_period()
        assert (await ledger.audit()).seal == 0
        ledger.tamper("UPDATE movement SET quantity = quantity - 1 WHERE account = 9 AND version = 1")
        assert (await ledger.close_period()).number == 1
        assert (await ledger.audit(full=True)).clean
