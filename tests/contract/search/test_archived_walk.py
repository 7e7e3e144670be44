"""A search that is built anew after movements were archived finds those too."""

from pathlib import Path
from typing import Any

import pytest

from adapters.fts5.index import Fts5Index
from adapters.inprocess.archived_walk import ARCHIVED, ArchivedWalk
from adapters.memory.ledger_walk import MemoryLedgerWalk
from adapters.sql.ledger_walk import SqlLedgerWalk
from application.kernel.ports import StoreError
from application.search.documents import MovementsOfAll
from application.search.kinds import KINDS as DOCUMENTS
from application.search.kinds import by_name
from application.search.ports import LedgerWalk
from application.search.rebuild_index import RebuildIndex, RebuildIndexHandler
from domain.stock.position import kinds
from tests.contract.growth.installations import CODEC, Installation, opened

MOVEMENTS = MovementsOfAll()


def walk_of(ledger: Installation, kind: str) -> ArchivedWalk:
    inside: LedgerWalk = (
        MemoryLedgerWalk(ledger.database) if kind == "memory" else SqlLedgerWalk(ledger.database, CODEC, kinds())
    )
    return ArchivedWalk(inside, ledger.archives, lambda: ledger.objects, kinds())


async def everything(walk: LedgerWalk, limit: int = 7) -> list[tuple[str, Any]]:
    things: list[tuple[str, Any]] = []
    after = ""
    while True:
        page, after = await walk.walk(MOVEMENTS, after, limit)
        things += page
        if not after:
            return things


async def archived(ledger: Installation) -> None:
    """Two periods that were closed and archived; and something since."""
    await ledger.live(1, 40)
    await ledger.close_period()
    await ledger.live(2, 20)
    await ledger.close_period()
    await ledger.live(3, 10)


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_every_movement_is_met_whether_archived_or_not(kind: str, tmp_path: Path) -> None:
    async with opened(kind, tmp_path) as ledger:
        await archived(ledger)
        before = await everything(walk_of(ledger, kind))
        assert (await ledger.archive(accounts=3)).deleted > 0
        after = await everything(walk_of(ledger, kind))
        assert set(after) == set(before)
        inside = walk_of(ledger, kind)._ledger
        assert len(await everything(inside)) < len(before), "something is out of the ledger"


async def test_a_walk_that_was_cut_off_goes_on_in_the_middle_of_an_archive(tmp_path: Path) -> None:
    async with opened("memory", tmp_path) as ledger:
        await archived(ledger)
        before = await everything(walk_of(ledger, "memory"))
        await ledger.archive(accounts=3)
        things: list[tuple[str, Any]] = []
        after, seen = "", set()
        while True:
            another = walk_of(ledger, "memory")  # as after a restart
            page, after = await another.walk(MOVEMENTS, after, 5)
            await another.close()
            things += page
            seen.add(after)
            if not after:
                break
        assert set(things) == set(before)
        assert any(each.startswith(ARCHIVED) and not each.endswith(":0") for each in seen)


async def test_an_archive_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    async with opened("memory", tmp_path) as ledger:
        await archived(ledger)
        await ledger.archive()
        for each in [listed.name async for listed in ledger.objects.list()]:
            await ledger.objects.delete(each)
        with pytest.raises(StoreError, match=r"the archive .* cannot be read"):
            await everything(walk_of(ledger, "memory"))


async def test_an_index_that_is_rebuilt_has_them(tmp_path: Path) -> None:
    async with opened("sqlite", tmp_path) as ledger:
        await archived(ledger)
        every = {(tenant, each.account, each.version) for tenant, each in await everything(walk_of(ledger, "sqlite"))}
        await ledger.archive()
        index = Fts5Index(tmp_path / "search.db", DOCUMENTS)
        rebuild = RebuildIndexHandler(index, walk_of(ledger, "sqlite"), by_name())
        await rebuild(RebuildIndex("movements", page=50))
        kept = await index.walk(by_name()["movements"], None, 10_000)
        assert len(kept) == len(every)
        await index.close()
