"""What a hostile, careless or vanishing caller may try, and what it costs the others: nothing."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from adapters.sql.accounts import AccountIds
from application.kernel.group_commit import Limits
from application.stock.receive_stock import ReceivedLine
from contracts.conformance.commands import Confirm, Receive, Reserve, Wish, hold, wish
from contracts.conformance.ground import TENANTS, Ground, code, ground_on
from domain.kernel.refusal import InvalidInput
from domain.stock.position import kinds
from tests.contract.ledger.installations import MemoryInstallation, SqliteInstallation


@asynccontextmanager
async def ground_of(technology: str, tmp_path: Path, limits: Limits | None = None) -> AsyncIterator[Ground]:
    installation = (
        MemoryInstallation()
        if technology == "memory"
        else await SqliteInstallation(tmp_path / "ledger.sqlite", kinds()).open()
    )
    async with ground_on(installation, limits) as made:
        yield made


def wide(*goods: str) -> tuple[Wish, ...]:
    """A line for each goods."""
    return tuple(wish(each, line=str(number)) for number, each in enumerate(goods, 1))


technologies = pytest.mark.parametrize("technology", ["memory", "sqlite"])


@pytest.mark.parametrize("code_", ["A\ud800", "A\0", "", "A" * 10_000_000, "A\n"])
def test_a_code_that_cannot_be_one_never_reaches_the_registers(code_: str) -> None:
    """Asked for in one round trip with what others want, it would fail them too."""
    with pytest.raises(InvalidInput):
        ReceivedLine(code_, "N1", 1)
    with pytest.raises(InvalidInput):
        ReceivedLine("A", code_, 1)


@technologies
async def test_many_wide_reservations_confirmed_at_once_are_not_one_transaction(
    technology: str, tmp_path: Path
) -> None:
    """What a confirm touches is only known from its reservation: it counts all the same."""
    async with ground_of(technology, tmp_path, Limits(batch=64, accounts=8)) as ground:
        shop = ground.shop("north")
        for goods in "ABC":
            await shop.stock(goods, 20)
        for n in range(10):
            await shop.submit(Reserve(f"r{n}", wide("A", "B", "C")), f"r{n}")
        ground.committer.counts.sizes.clear()
        outcomes = await shop.at_once([(f"c{n}", Confirm(f"r{n}")) for n in range(10)])
        assert [code(each) for each in outcomes] == ["confirmed"] * 10
        assert set(ground.committer.counts.sizes) == {2}
        assert ground.committer.counts.halvings == 0


@technologies
async def test_a_reservation_wider_than_a_transaction_should_be_is_still_confirmed(
    technology: str, tmp_path: Path
) -> None:
    async with ground_of(technology, tmp_path, Limits(accounts=2)) as ground:
        shop = ground.shop("north")
        for goods in "ABC":
            await shop.stock(goods, 1)
        await shop.submit(Reserve("r", wide("A", "B", "C")), "r")
        assert code(await shop.outcome(Confirm("r"), "c")) == "confirmed"


async def test_nobody_complains_of_an_answer_whose_caller_is_gone() -> None:
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    async with ground_on(MemoryInstallation()) as ground:
        shop = ground.shop(TENANTS[0])
        ground.faults.gate.clear()
        later = loop.time() + 60
        asked = [asyncio.create_task(shop.submit(hold(f"r{n}"), f"r{n}", deadline=later)) for n in range(3)]
        await ground.faults.knocked.wait()
        for each in asked:
            each.cancel()
        await asyncio.wait(asked)
        ground.faults.gate.set()
        await shop.submit(Receive("A", 1), "later")
    del asked, each, ground, shop  # whoever still holds an answer keeps the loop from complaining of it
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []


def test_tenants_that_have_nothing_are_not_remembered_for_ever() -> None:
    ids = AccountIds(kinds(), remembered=100)
    for number in range(1_000):
        ids.of(f"nobody {number}")
        ids.trim()
    assert len(ids._ids) <= 101
