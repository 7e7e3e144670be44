"""What a test of stock's queries stands on: who asks, what may have happened, and what must then be answered."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Protocol

from application.kernel.command import Touches
from application.kernel.entries import EntryFeed
from application.kernel.register_pages import RegisterReader
from application.stock.availability import (
    Amounts,
    Availability,
    AvailabilityReader,
    Detail,
)
from application.stock.balance_at import BalanceAt, BalanceAtHandler
from application.stock.find_availability import FindAvailability, FindAvailabilityHandler
from application.stock.find_movements import FindMovements, FindMovementsHandler, MovementFound, movement_found
from application.stock.lying import LyingReader
from application.stock.ports import ExpectedReader, Promised, RegisterFeed, ReservationsHolding
from application.stock.queries import (
    BalanceReader,
    BalanceThen,
    MovementReader,
    OfReservation,
    ReservationReader,
    Subject,
)
from application.warehouse.node_days import OpenDays
from contracts.conformance.commands import (
    Confirm,
    Damage,
    Deallocate,
    Done,
    Exchange,
    Receive,
    Release,
    Reserve,
    SetFloor,
    Ship,
    position,
    wish,
)
from contracts.conformance.ground import Installation, Shop
from contracts.conformance.laws import Snapshot
from domain.kernel.account import AccountKey
from domain.kernel.books import EntryKey, Movement
from domain.kernel.ledger import Ledger
from domain.kernel.movement import EMPTY, OUTSIDE, Balances
from domain.kernel.reservation import Pick
from domain.stock.position import ARRIVE, DISPATCHED, SHIPMENT_ARRIVE, shipment_key
from domain.stock.shipment import SHIPMENTS, Place, Shipment


class StockQueries(
    AvailabilityReader,
    BalanceReader,
    ExpectedReader,
    LyingReader,
    MovementReader,
    OpenDays,
    RegisterReader,
    ReservationReader,
    ReservationsHolding,
    Protocol,
):
    """Every query port of the stock context."""


class Feed(RegisterFeed, EntryFeed, Protocol):
    """Both ways to follow what is registered."""


class QueriedInstallation(Installation, Protocol):
    """A ledger, with the queries and the register feed that read it."""

    @property
    def queries(self) -> StockQueries: ...

    @property
    def feed(self) -> Feed: ...


@dataclass(frozen=True, slots=True)
class Enter:
    """Write a register entry."""

    name: ClassVar[str] = "Enter"
    reply: ClassVar[type] = Done

    register: str
    code: str
    active: bool = True

    def touches(self) -> Touches:
        return Touches(entries=(EntryKey(self.register, self.code),))

    def decide(self, ledger: Ledger) -> Done:
        ledger.write_entry(self.register, self.code, {"name": f"The {self.code}", "active": self.active})
        return Done(self.code, "entered", 0)


@dataclass(frozen=True, slots=True)
class Send:
    """A shipment of one goods is dispatched to N2, or, sent again, arrives there."""

    name: ClassVar[str] = "Send"
    reply: ClassVar[type] = Done

    shipment: str
    goods: str
    quantity: int

    def touches(self) -> Touches:
        accounts = (position(self.goods, "N2"), shipment_key(self.shipment, self.goods))
        return Touches(accounts=accounts, entries=(EntryKey(SHIPMENTS, self.shipment),))

    def decide(self, ledger: Ledger) -> Done:
        receiver, carried = self.touches().accounts
        entry = ledger.entry(SHIPMENTS, self.shipment)
        known = Shipment.of(self.shipment, entry.facts) if entry else None
        shipment = known or Shipment(self.shipment, Place("N1"), Place("N2"), "transfer")
        ledger.write_entry(SHIPMENTS, self.shipment, shipment.stepped(ledger.act.number).facts())
        ledger.post(carried, SHIPMENT_ARRIVE if known else DISPATCHED, self.quantity, subject=self.shipment)
        ledger.post(receiver, ARRIVE if known else DISPATCHED, self.quantity, subject=self.shipment)
        return Done(self.shipment, "arrived" if known else "dispatched", self.quantity)


@dataclass(frozen=True, slots=True)
class Depart:
    """Several reservations leave together, as one shipment of so many units of a goods to N2."""

    name: ClassVar[str] = "Depart"
    reply: ClassVar[type] = Done

    reservations: tuple[str, ...]
    sent: Send

    def touches(self) -> Touches:
        sent = self.sent.touches()
        return Touches(self.reservations, sent.accounts, sent.entries)

    def decide(self, ledger: Ledger) -> Done:
        for reservation in self.reservations:
            ledger.ship(reservation)
        return self.sent.decide(ledger)


class Asker:
    """One tenant's questions, through the use cases."""

    def __init__(self, shop: Shop, queries: StockQueries) -> None:
        self.shop = shop
        self.tenant = shop.tenant
        self.queries = queries
        self.submit = shop.submit

    async def availability(self, *goods: str, **rest: Any) -> Availability:
        return await FindAvailabilityHandler(self.queries)(self.tenant, FindAvailability(goods, **rest))

    async def total(self, goods: str) -> Amounts:
        [found] = (await self.availability(goods, detail=Detail.TOTAL)).goods
        return found.amounts

    async def balance(self, account: AccountKey, at: int | datetime) -> BalanceThen:
        return await BalanceAtHandler(self.queries)(self.tenant, BalanceAt(account, at))

    async def movements(self, of: Subject, limit: int = 100) -> list[Movement]:
        """All pages, by the port; the use case must show the very same, page by page."""
        placed = await self.queries.movements(self.tenant, of, None, 10_000)
        shown: list[MovementFound] = []
        after = ""
        while True:
            page = await FindMovementsHandler(self.queries)(self.tenant, FindMovements(of, after, limit))
            shown += page.movements
            assert len(page.movements) <= limit
            after = page.after
            if not after:
                break
        assert shown == [movement_found(each.movement) for each in placed]
        return [each.movement for each in placed]

    async def holding(self, goods: str, node: str = "N1", most: int = 100) -> list[Promised]:
        return list(await self.queries.holding(self.tenant, position(goods, node), most))


Both = tuple[Asker, Asker]


def replayed(movements: list[Movement]) -> Balances:
    """The balances that these movements of one account come to, by their buckets alone."""
    held = dict.fromkeys(range(len(EMPTY)), 0)
    for movement in movements:
        if movement.kind.source is not OUTSIDE:
            held[movement.kind.source] -= movement.quantity
        if movement.kind.target is not OUTSIDE:
            held[movement.kind.target] += movement.quantity
    return Balances(*held.values())


def amounts(balances: Balances, floor: int = 0) -> Amounts:
    return Amounts(max(0, balances.available - floor), *balances)


def anything(chance: random.Random) -> Any:
    """A command that may well be refused."""
    goods, node = chance.choice("AB"), chance.choice(("N1", "N2"))
    units = chance.randint(1, 6)
    reservation = f"R{chance.randint(1, 12)}"
    pick = (Pick("1", chance.randint(1, 3)),)
    return chance.choice(
        (
            Receive(goods, units, node),
            SetFloor(goods, chance.randint(0, 4), node),
            Reserve(reservation, (wish(goods, units, node, "N1" if node == "N2" else "N2"),), partial=True),
            Reserve(reservation, (wish(goods, units),)),
            Confirm(reservation, chance.choice(((), pick))),
            Release(reservation, pick),
            Ship(reservation, chance.choice(((), pick))),
            Deallocate(reservation, pick),
            Damage(reservation, pick),
            Exchange(reservation, pick, ((goods, node),)),
        )
    )


async def agree_now(asker: Asker, kept: Snapshot) -> None:
    """Availability, and who holds what, against the movements and the reservations themselves."""
    found = await asker.availability("A", "B", detail=Detail.POSITION)
    nodes = {(goods.goods, node.node): node for goods in found.goods for node in goods.nodes}
    replay = {key: (replayed(list(lines)), lines[-1].floor, len(lines)) for key, lines in kept.movements.items()}
    assert {position(*place) for place in nodes} == set(replay)
    for (code, where), node in nodes.items():
        balances, floor, version = replay[position(code, where)]
        [only] = node.positions
        assert (node.amounts, only.floor, only.version) == (amounts(balances, floor), floor, version)
        holders = {each.reservation: (each.reserved, each.allocated) for each in await asker.holding(code, where)}
        holding = {id: found.holding(position(code, where)) for id, found in kept.reservations.items()}
        assert holders == {id: units for id, units in holding.items() if any(units)}
    summed: Mapping[str, Amounts] = {each.goods: each.amounts for each in found.goods}
    assert {code: await asker.total(code) for code in "AB"} == summed
    for code in "AB":
        here = [amounts(b, floor) for key, (b, floor, _) in replay.items() if key.values[1] == code]
        assert summed[code].promisable == sum(each.promisable for each in here)
        assert summed[code].held == sum(each.held for each in here)


async def agree_at_every_version(asker: Asker, kept: Snapshot) -> None:
    """Past balances, by version and by time, against a replay up to there."""
    for key, journal in kept.movements.items():
        lines = list(journal)
        for version in range(len(lines) + 1):
            then = await asker.balance(key, version)
            assert (then.balances, then.version) == (replayed(lines[:version]), version)
            assert then.floor == (lines[version - 1].floor if version else 0)
        instant = timedelta(microseconds=1)
        for at in {line.at + shift for line in lines for shift in (-instant, instant * 0, instant)}:
            before = [line for line in lines if line.at <= at]
            then = await asker.balance(key, at)
            assert (then.version, then.balances) == (len(before), replayed(before))
            assert then.at == (before[-1].at if before else None)
    for id in kept.reservations:
        mine = [line for lines in kept.movements.values() for line in lines if line.subject == id]
        found = await asker.movements(OfReservation(id), 7)
        assert sorted(found, key=str) == sorted(mine, key=str)
        assert [line.act.number for line in found] == sorted(line.act.number for line in found)
