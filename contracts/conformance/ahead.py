"""What every ledger adapter, with its queries, must keep of nodes' days and of expected supply.

Inherit `AheadConformance` and give it `open_installation`. Every story is told by two tenants at once that use the same
ids, and after every story all laws are checked.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Final

import pytest

from application.kernel.call import Call
from application.stock.announce_supply import AnnouncedLine, AnnounceSupply
from application.stock.arrive_expected import ArriveExpected, ArriveExpectedHandler, ExpectedArrived
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.exchange_holds import ExchangeFollowed, ExchangeHolds, Target
from application.stock.find_expected import FindReceiptPromises, FindReceiptPromisesHandler
from application.stock.move_supply import MoveSupply, MoveSupplyHandler, SupplyMoved
from application.stock.ports import NodeDay
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine
from application.stock.withdraw_supply import SupplyWithdrawn, WithdrawSupply, WithdrawSupplyHandler
from application.warehouse.adjust_capacity import AdjustCapacity, CapacityAdjustment
from contracts.conformance.ground import TENANTS, Ground, Shop, code, ground_on
from contracts.conformance.stock_asker import QueriedInstallation
from domain.kernel.account import AccountKey, AccountKind
from domain.kernel.reservation import Hold, Pick, Plan, PlannedLine, Stage
from domain.stock.expected import EXPECTED, expected_key, made, to_come
from domain.stock.expected import kinds as expected_kinds
from domain.stock.position import Position
from domain.stock.position import kinds as stock_kinds
from domain.warehouse.capacity import (
    ORDERS,
    UNITS,
    Figures,
    Slot,
    Slotted,
    consumed,
    day_of,
    figure_of,
    group_name,
    is_capacity,
    slot_key,
    with_capacity,
)
from domain.warehouse.capacity import kinds as capacity_kinds

KINDS: Final[Mapping[str, AccountKind]] = {**stock_kinds(), **expected_kinds(), **capacity_kinds()}
MAY: Final = date(2026, 5, 1)
JUNE: Final = date(2026, 6, 1)
FIGURES: Final = Figures(20, 50)


class Anything:
    """Registers in which everything is."""

    async def require(self, tenant: str, goods: Iterable[str], nodes: Iterable[str]) -> None:
        """Objects to nothing."""


def leaving(id: str, quantity: int = 1, node: str = "N1", figures: Figures = FIGURES) -> HoldPlanned:
    """An order of A that takes up a day of the node."""
    plan = Plan((PlannedLine("1", quantity, ((Hold(Position("A", node).key),),)),))
    asked = ReserveStock((StockLine("A", quantity, (node,)),), hold_for=None)
    return HoldPlanned(asked, id, with_capacity(plan, {"1": Slotted(Slot(node, MAY, figures))}))


def waiting(id: str, quantity: int, on: date = MAY) -> HoldPlanned:
    """An order of A from stock, or else from what is expected."""
    ways = ((Hold(Position("A", "N1").key),), (Hold(expected_key("-", "A", "N1", on)),))
    asked = ReserveStock((StockLine("A", quantity, ("N1",)),), hold_for=None, order=f"order {id}")
    return HoldPlanned(asked, id, Plan((PlannedLine("1", quantity, ways),)))


def announce(quantity: int, on: date = MAY) -> AnnounceSupply:
    return AnnounceSupply((AnnouncedLine("A", "N1", on.isoformat(), quantity),))


class EverywhereAlike:
    """Answers `Leaving`: every node has the same figures, and all leaves in May."""

    def of(self, account: AccountKey) -> tuple[str, date] | None:
        return day_of(account) if is_capacity(account) else None

    def said(self, line: str, node: str) -> Collection[date]:
        return (MAY,)

    def on(self, node: str, day: date) -> NodeDay:
        units, orders = slot_key(UNITS, node, day), slot_key(ORDERS, node, day)
        return NodeDay(units, orders, group_name(node, day), Slot(node, day, FIGURES).openings)


class AheadConformance:
    """The suite."""

    installation: QueriedInstallation

    kinds: Mapping[str, AccountKind] = KINDS

    async def open_installation(self, folder: Path, kinds: Mapping[str, AccountKind]) -> QueriedInstallation:
        """A fresh one, which may keep files in the folder."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def ground(self, tmp_path: Path) -> AsyncIterator[Ground]:
        installation = await self.open_installation(tmp_path, self.kinds)
        async with ground_on(installation) as ground:
            self.installation = installation
            yield ground
            ground.faults.gate.set()
            for tenant in TENANTS:
                await self.check(ground.shop(tenant))

    async def check(self, shop: Shop) -> None:
        """Beside the laws of every ledger: what is taken of a day was let in, what is promised was announced."""
        for key, account in (await shop.snapshot()).accounts.items():
            if is_capacity(key):
                assert 0 <= consumed(account) == int(account.facts["opened"]) - account.balances.available
                assert account.grantable == max(0, figure_of(account) - consumed(account))
            if key.kind is EXPECTED:
                assert to_come(account) >= 0

    # -- days of nodes ------------------------------------------------------------------------------------------------

    async def test_a_node_sends_off_as_many_orders_of_two_hundred_buyers_as_its_day_takes(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(ReceiveStock((ReceivedLine("A", "N1", 1_000),)), "stock")
            outcomes = await shop.at_once((f"r{i}", leaving(f"r{i}", 1 + i % 3)) for i in range(200))
            count = Counter(map(code, outcomes))
            assert count["held"] + count["capacity.full"] == 200
            held = [i for i, outcome in enumerate(outcomes) if code(outcome) == "held"]
            seen = (await shop.snapshot()).accounts
            orders, units = seen[slot_key(ORDERS, "N1", MAY)], seen[slot_key(UNITS, "N1", MAY)]
            assert (orders.balances.reserved, orders.balances.available) == (len(held), 20 - len(held))
            assert units.balances.reserved == sum(1 + i % 3 for i in held) == 50 - units.balances.available
            assert len(held) == 20 or units.balances.available < 3
            assert (await shop.balances("A")).reserved == units.balances.reserved

        await ground.both(story)

    async def test_what_is_given_back_is_taken_again_and_no_more(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(ReceiveStock((ReceivedLine("A", "N1", 1_000),)), "stock")
            await shop.at_once((f"r{i}", leaving(f"r{i}")) for i in range(20))
            mixed: list[tuple[str, Any]] = [(f"back {i}", ReleaseReservation(f"r{i}")) for i in range(7)]
            mixed += [(f"q{i}", leaving(f"q{i}")) for i in range(100)]
            outcomes = await shop.at_once(mixed)
            assert Counter(map(code, outcomes[7:])) == {"held": 7, "capacity.full": 93}

        await ground.both(story)

    async def test_a_day_goes_along_to_another_node(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            lines = (ReceivedLine("A", "N1", 100), ReceivedLine("A", "N2", 100))
            await shop.submit(ReceiveStock(lines), "stock")
            await shop.submit(leaving("r1", 5), "r1")
            await shop.submit(ConfirmReservation("r1", (Pick("1", 2),)), "pay")
            move = ExchangeHolds("r1", Pick("1"), (Target("A", "N2"),))
            await shop.submit(ExchangeFollowed(move, EverywhereAlike()), "move")
            seen = (await shop.snapshot()).accounts
            here, there = (seen[slot_key(UNITS, node, MAY)].balances for node in ("N1", "N2"))
            assert (here.available, there.reserved, there.allocated) == (50, 3, 2)
            here, there = (seen[slot_key(ORDERS, node, MAY)].balances for node in ("N1", "N2"))
            assert (here.available, there.available, there.allocated) == (20, 19, 1)
            assert (await shop.submit(ExchangeFollowed(move, EverywhereAlike()), "move")).status == "partly_confirmed"

        await ground.both(story)

    async def test_what_held_no_day_takes_one_where_it_goes(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            lines = (ReceivedLine("A", "N1", 100), ReceivedLine("A", "N2", 100))
            await shop.submit(ReceiveStock(lines), "stock")
            for n in range(3):
                await shop.submit(leaving(f"r{n}", 20, figures=Figures()), f"r{n}")
            moves = [ExchangeHolds(f"r{n}", Pick("1"), (Target("A", "N2"),)) for n in range(3)]
            outcomes = await shop.at_once(
                (f"move {n}", ExchangeFollowed(move, EverywhereAlike())) for n, move in enumerate(moves)
            )
            assert Counter(map(code, outcomes)) == {"held": 2, "capacity.full": 1}
            seen = (await shop.snapshot()).accounts
            assert seen[slot_key(UNITS, "N2", MAY)].balances.reserved == 40
            assert seen[slot_key(ORDERS, "N2", MAY)].balances.reserved == 2
            for n in range(3):
                await shop.submit(ReleaseReservation(f"r{n}"), f"back {n}")
            seen = (await shop.snapshot()).accounts
            assert seen[slot_key(UNITS, "N2", MAY)].balances.available == 50
            assert seen[slot_key(ORDERS, "N2", MAY)].balances.available == 20

        await ground.both(story)

    async def test_a_lowered_figure_is_reached_by_what_is_given_back(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(ReceiveStock((ReceivedLine("A", "N1", 100),)), "stock")
            await shop.submit(leaving("r1", 30), "r1")
            lower = CapacityAdjustment(
                AdjustCapacity(("N1",), MAY.isoformat()), Slot("N1", MAY, Figures(20, 10)).openings
            )
            reply = await shop.submit(lower, "lower")
            assert [(day.counts, day.figure, day.beyond) for day in reply.days] == [("units", 10, 20)]
            await shop.submit(ReleaseReservation("r1", (Pick("1", 21),)), "back")
            outcomes = await shop.at_once((f"q{i}", leaving(f"q{i}")) for i in range(5))
            assert Counter(map(code, outcomes)) == {"held": 1, "capacity.full": 4}

        await ground.both(story)
        await ground.restart()

        async def later(shop: Shop) -> None:
            queries = self.installation.queries
            found = await queries.open_days(shop.tenant, ["N1", "N9"], MAY)
            assert {key: figure_of(account) for key, account in found.accounts.items()} == {
                slot_key(ORDERS, "N1", MAY): 20,
                slot_key(UNITS, "N1", MAY): 10,
            }
            assert (await queries.open_days(shop.tenant, ["N1"], JUNE)).accounts == {}
            keys = [slot_key(UNITS, "N1", day) for day in (MAY, JUNE)]
            read = (await queries.accounts(shop.tenant, keys)).accounts
            assert read == {keys[0]: (await shop.snapshot()).accounts[keys[0]]}

        await ground.both(later)

    # -- expected supply ----------------------------------------------------------------------------------------------

    async def test_what_is_expected_is_promised_once_however_many_ask(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(announce(37), "announce")
            outcomes = await shop.at_once((f"r{i}", waiting(f"r{i}", 1)) for i in range(200))
            assert Counter(map(code, outcomes))["held"] == 37
            assert (await self.expected(shop, MAY)).reserved == 37

        await ground.both(story)

    async def test_what_arrives_is_held_in_the_order_promises_were_made(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(announce(300), "announce")
            for i in range(250):
                await shop.submit(waiting(f"r{249 - i}", 1), f"r{249 - i}")
            await shop.submit(ConfirmReservation("r249"), "pay")
            left, names = 260, []
            while left:
                reply = await self.arrive(shop, left, f"arrive {left}")
                assert len(reply.turned) <= 100
                if reply.left:  # what has not come in yet is not there for others, and beyond it 50 are announced
                    late = await shop.outcome(waiting(f"late {left}", 51), f"late {left}")
                    assert code(late).endswith(".insufficient")
                names += [each.reservation for each in reply.turned]
                left = reply.left
            assert names == [f"r{249 - i}" for i in range(250)]
            seen = await shop.snapshot()
            assert all(
                hold.account.kind is not EXPECTED
                for name in names
                for hold in seen.reservations[name].lines[0].legs[0].holds
            )
            assert seen.reservations["r249"].at(Stage.CONFIRMED) == 1

        await ground.both(story)

    async def test_a_race_for_what_arrives_is_won_by_those_who_waited(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(announce(10), "announce")
            await shop.at_once((f"r{i}", waiting(f"r{i}", 1)) for i in range(10))
            calls = [(f"q{i}", waiting(f"q{i}", 1)) for i in range(50)]
            handler = self.arrivals(shop)
            call = Call(shop.tenant, "clerk", "here")
            reply, outcomes = await asyncio.gather(
                handler(call, ArriveExpected("A", "N1", MAY.isoformat(), 12)), shop.at_once(calls)
            )
            assert (len(reply.turned), reply.left) == (10, 0)
            assert Counter(map(code, outcomes))["held"] <= 2

        await ground.both(story)

    async def test_whose_promises_break_is_named(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(announce(9), "announce")
            for i in range(4):
                await shop.submit(waiting(f"r{i}", 2), f"r{i}")
            withdrawn = await self.withdraw(shop, 4, "less")
            assert {late.reservation: late.quantity for late in withdrawn.late} == {"r2": 1, "r3": 2}
            asked = FindReceiptPromises("A", "N1", MAY.isoformat())
            found = await FindReceiptPromisesHandler(self.installation.queries)(shop.tenant, asked)
            assert [(each.reservation, each.lacking) for each in found.promises] == [
                ("r0", 0),
                ("r1", 0),
                ("r2", 1),
                ("r3", 2),
            ]
            moved = await self.move(shop, "later")
            assert (moved.moved, moved.left) == (5, 0)
            assert sum(late.quantity for late in moved.late) == 5
            await self.arrive(shop, 5, "here", JUNE)
            receipts = await self.installation.queries.expected(shop.tenant, ["A"], ["N1"])
            assert [to_come(account) for account in receipts.accounts.values()] == [0]
            assert (await self.installation.queries.expected(shop.tenant, ["A"], ["N2"])).accounts == {}
            everywhere = await self.installation.queries.expected(shop.tenant, ["A"], [])
            assert everywhere.accounts == receipts.accounts

        await ground.both(story)

    async def test_who_waits_is_read_in_the_order_they_were_made(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            await shop.submit(announce(100), "announce")
            for i in range(12):
                await shop.submit(waiting(f"r{11 - i}", 1 + i % 2), f"r{11 - i}")
            for i in range(0, 12, 3):
                await shop.submit(ReleaseReservation(f"r{i}"), f"back {i}")
            key = expected_key("-", "A", "N1", MAY)
            known = (await shop.snapshot()).reservations.values()
            there = sorted((each for each in known if any(each.holding(key))), key=made)
            for most in (1, 5, 100):
                assert list(await self.installation.queries.holders(shop.tenant, key, most)) == there[:most]

        await ground.both(story)

    # -- steps --------------------------------------------------------------------------------------------------------

    async def expected(self, shop: Shop, on: date) -> Any:
        return (await shop.snapshot()).accounts[expected_key("-", "A", "N1", on)].balances

    def arrivals(self, shop: Shop) -> ArriveExpectedHandler:
        return ArriveExpectedHandler(shop.ground.committer, Anything(), self.installation.queries)

    async def arrive(self, shop: Shop, quantity: int, request: str, on: date = MAY) -> ExpectedArrived:
        call = Call(shop.tenant, "clerk", request)
        return await self.arrivals(shop)(call, ArriveExpected("A", "N1", on.isoformat(), quantity))

    async def withdraw(self, shop: Shop, quantity: int, request: str) -> SupplyWithdrawn:
        handler = WithdrawSupplyHandler(shop.ground.committer, Anything(), self.installation.queries)
        command = WithdrawSupply("A", "N1", MAY.isoformat(), "flood", quantity)
        return await handler(Call(shop.tenant, "clerk", request), command)

    async def move(self, shop: Shop, request: str) -> SupplyMoved:
        handler = MoveSupplyHandler(shop.ground.committer, Anything(), self.installation.queries)
        command = MoveSupply("A", "N1", MAY.isoformat(), JUNE.isoformat(), "storm")
        return await handler(Call(shop.tenant, "clerk", request), command)
