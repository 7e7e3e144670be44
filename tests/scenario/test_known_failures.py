"""How well-known systems oversold, lost or kept what was not theirs: each by name, and why it cannot happen here."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from application.kernel.ports import StoreError
from contracts.conformance.commands import (
    Confirm,
    Exchange,
    Expire,
    Receive,
    Release,
    Reserve,
    Ship,
    hold,
    position,
    wish,
)
from contracts.conformance.ground import TENANTS, Ground, Shop, code, ground_on
from contracts.conformance.laws import broken_laws
from domain.kernel.account import Account
from domain.kernel.movement import Balances
from domain.kernel.reservation import Pick
from domain.stock.position import kinds
from tests.contract.ledger.installations import MemoryInstallation, SqliteInstallation


@pytest.fixture(params=["memory", "sqlite"])
async def ground(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    installation = (
        MemoryInstallation()
        if request.param == "memory"
        else await SqliteInstallation(tmp_path / "ledger.sqlite", kinds()).open()
    )
    async with ground_on(installation) as made:
        yield made


async def test_two_processes_under_a_lock_in_memory_oversold_469_of_600(tmp_path: Path) -> None:
    """Each process had a lock of its own, so none had any. Here the lock is the database's: two writers, one file."""
    path = tmp_path / "ledger.sqlite"
    async with (
        ground_on(await SqliteInstallation(path, kinds()).open()) as left,
        ground_on(await SqliteInstallation(path, kinds()).open()) as right,
    ):
        for tenant in TENANTS:
            await left.shop(tenant).stock("A", 131)
        outcomes: Counter[str] = Counter()

        async def buyer(ground: Ground, name: str, tenant: str) -> None:
            for i in range(60):
                outcomes[code(await ground.shop(tenant).outcome(hold(f"{name} {i}"), f"{name} {i}"))] += 1

        await asyncio.gather(
            *(buyer(g, f"{side} {n}", t) for side, g in (("l", left), ("r", right)) for n in range(5) for t in TENANTS)
        )
        assert outcomes == {"held": 2 * 131, "stock.insufficient": 2 * 469}


async def test_a_look_up_set_consumed_by_an_earlier_query_oversold_61_of_60(ground: Ground) -> None:
    """A generator read once left the guard nothing to count. Here there is no guard beside the posting itself."""

    async def story(shop: Shop) -> None:
        await shop.stock("A", 60)
        outcomes = await shop.at_once((f"r{i}", hold(f"r{i}")) for i in range(61))
        assert Counter(map(code, outcomes)) == {"held": 60, "stock.insufficient": 1}

    await ground.both(story)


async def test_two_lines_on_the_same_goods_were_checked_one_by_one(ground: Ground) -> None:
    async def story(shop: Shop) -> None:
        await shop.stock("A", 5)
        twice = Reserve("r", (wish("A", 4, line="1"), wish("A", 4, line="2")))
        assert code(await shop.outcome(twice, "r")) == "stock.insufficient"
        assert await shop.balances("A") == Balances(5)

    await ground.both(story)


async def test_it_was_confirmed_across_nodes_but_reserved_at_the_first(ground: Ground) -> None:
    """What is confirmed and shipped is what was reserved, leg by leg, and no node gives more than it held."""

    async def story(shop: Shop) -> None:
        await shop.stock("A", 2, "N1")
        await shop.stock("A", 9, "N2")
        await shop.submit(Reserve("r", (("1", 5, ((("A", "N1"),), (("A", "N2"),))),)), "r")
        assert await shop.balances("A", "N1") == Balances(2)
        assert await shop.balances("A", "N2") == Balances(4, 5)
        await shop.submit(Reserve("q", (("1", 6, ((("A", "N1"),), (("A", "N2"),))),)), "q")
        before = {node: await shop.balances("A", node) for node in ("N1", "N2")}
        assert before == {"N1": Balances(0, 2), "N2": Balances(0, 9)}
        await shop.submit(Confirm("q"), "c")
        assert await shop.balances("A", "N1") == Balances(allocated=2)
        assert await shop.balances("A", "N2") == Balances(0, 5, 4)
        await shop.submit(Ship("q"), "s")
        assert await shop.balances("A", "N1") == Balances()
        assert await shop.balances("A", "N2") == Balances(reserved=5)

    await ground.both(story)


async def test_stock_was_not_given_back_when_a_later_step_failed(ground: Ground) -> None:
    """The second line is short, or the write fails: the first line's units are where they were."""

    async def story(shop: Shop) -> None:
        await shop.stock("A", 5)
        short = Reserve("r", (wish("A", 3, line="1"), wish("B", 1, line="2")))
        assert code(await shop.outcome(short, "r")) == "stock.insufficient"
        ground.faults.before_save = lambda _: StoreError("the disk")
        assert code(await shop.outcome(hold("r2", "A", 3), "r2")) == "internal.fault"
        ground.faults.before_save = lambda _: None
        assert await shop.balances("A") == Balances(5)
        # And a step after the commit has the release to give back with, however often it is sent.
        await shop.submit(hold("r3", "A", 3), "r3")
        assert await shop.submit(Release("r3"), "x") == await shop.submit(Release("r3"), "x")
        assert await shop.balances("A") == Balances(5)

    await story(ground.shop("north"))


async def test_an_order_was_left_behind_when_a_parallel_step_finished_before_the_reservation_failed(
    ground: Ground,
) -> None:
    """The cancel runs beside the reserve, and may come first: then the late reserve is refused, not kept for ever."""

    async def story(shop: Shop) -> None:
        await shop.stock("A", 5)
        for number in range(20):
            id = f"r{number}"
            await asyncio.gather(shop.outcome(hold(id), id), shop.outcome(Release(id), f"cancel {id}"))
            await shop.outcome(hold(id), id)
        seen = await shop.snapshot()
        assert {each.status for each in seen.reservations.values()} <= {"cancelled", "released"}
        assert await shop.balances("A") == Balances(5)

    await ground.both(story)


async def test_a_reservation_was_never_released(ground: Ground) -> None:
    """Whatever is held with a due time has a deadline row, written in the same transaction, until it no longer is."""

    async def story(shop: Shop) -> None:
        await shop.stock("A", 9)
        await shop.submit(hold("r1", "A", 3, hold_for=timedelta()), "r1")
        await shop.submit(hold("r2", "A", 3), "r2")
        assert set((await shop.snapshot()).deadlines) == {"r1", "r2"}
        await shop.submit(Confirm("r1", (Pick("1", 1),)), "c")
        assert set((await shop.snapshot()).deadlines) == {"r1", "r2"}
        await shop.submit(Expire("r1"), "expire:r1:1", system=True)
        assert set((await shop.snapshot()).deadlines) == {"r2"}
        assert await shop.balances("A") == Balances(5, 3, 1)

    await ground.both(story)


async def test_counters_drifted_with_no_repair(ground: Ground) -> None:
    """A balance that was changed past the ledger is noticed: it no longer is the sum of its movements."""

    async def story(shop: Shop) -> None:
        await shop.stock("A", 9)
        await shop.submit(hold("r1", "A", 3), "r1")
        seen = await shop.snapshot()
        assert broken_laws(seen) == []
        drifted = {**seen.accounts, position("A"): replace(seen.accounts[position("A")], balances=Balances(7, 3))}
        assert any("its movements say" in each for each in broken_laws(replace(seen, accounts=drifted)))
        unheld = {**seen.reservations}
        del unheld["r1"]
        assert any("reservations hold 0" in each for each in broken_laws(replace(seen, reservations=unheld)))

    await ground.both(story)


async def test_locks_were_taken_in_different_orders(ground: Ground) -> None:
    """Carts that name the same goods in opposite orders all get an answer: one writer locks for all of them."""

    async def story(shop: Shop) -> None:
        for goods in "ABCD":
            await shop.stock(goods, 50)
        orders = ["ABCD", "DCBA", "BADC", "CDAB"]
        carts = [
            (f"r{i}", Reserve(f"r{i}", tuple(wish(goods, 1, line=goods) for goods in orders[i % 4]))) for i in range(60)
        ]
        outcomes = await asyncio.wait_for(shop.at_once(carts), 30)
        assert Counter(map(code, outcomes)) == {"held": 50, "stock.insufficient": 10}

    await ground.both(story)


async def test_a_swap_of_the_holding_node_left_units_on_both(ground: Ground) -> None:
    async def story(shop: Shop) -> None:
        await shop.stock("A", 5)
        await shop.stock("A", 5, "N2")
        await shop.submit(hold("r1", "A", 3), "r1")
        await shop.submit(Exchange("r1", (Pick("1"),), (("A", "N2"),)), "e")
        assert (await shop.balances("A"), await shop.balances("A", "N2")) == (Balances(5), Balances(2, 3))

    await ground.both(story)


def test_the_laws_notice_each_kind_of_damage() -> None:
    """They are what every test here ends with: laws that notice nothing would prove nothing."""

    async def told() -> Any:
        installation = MemoryInstallation()
        async with ground_on(installation) as ground:
            shop = ground.shop("north")
            await shop.stock("A", 9)
            await shop.submit(hold("r1", "A", 3), "r1")
            await shop.submit(Receive("A", 1), "in")
            return await shop.snapshot()

    seen = asyncio.run(told())
    of, movements = position("A"), seen.movements[position("A")]
    damaged = {
        "stands where": replace(seen, movements={of: movements[1:]}),
        "is the sum": replace(seen, movements={of: [movements[0]._replace(quantity=8), *movements[1:]]}),
        "time fell": replace(
            seen, movements={of: [movements[0]._replace(at=movements[0].at + timedelta(days=1)), *movements[1:]]}
        ),
        "floor": replace(seen, movements={of: [movements[0], movements[1]._replace(floor=7), movements[2]]}),
        "no account": replace(seen, accounts={}),
        "never accepted": replace(seen, requests={}),
        "was given to": replace(seen, requests={**seen.requests, "again": seen.requests["r1"]}),
        "its deadline is None": replace(seen, deadlines={}),
        "which does not exist": replace(seen, deadlines={**seen.deadlines, "r9": seen.deadlines["r1"]}),
        "should come": replace(seen, events=[e._replace(number=e.number + 1) for e in seen.events]),
        "told up to": replace(seen, events=[e for e in seen.events if e.before is None]),
        "in the outbox": replace(seen, events=[e for e in seen.events if not e.subject.startswith("reservation")]),
        "are not named": replace(seen, reservations={"r1": replace(seen.reservations["r1"], commands=())}),
        "impossible balances": replace(
            seen,
            accounts={of: Account(of, Balances(-9))},
            movements={of: [movements[0]._replace(quantity=-9, after=Balances(-9))]},
        ),
    }
    assert broken_laws(seen) == []
    for words, snapshot in damaged.items():
        assert any(words in each for each in broken_laws(snapshot)), words
