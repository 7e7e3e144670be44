"""The replay: goods, nodes, opening stock, then every basket and lorry in time order through the real application."""

import asyncio
import heapq
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import partial
from time import perf_counter
from typing import Any, Final, Protocol, TypeVar

from application.kernel.call import Call
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.find_reservation import FindReservation
from application.stock.freeze_transfer import FreezeTransfer
from application.stock.lines import Units
from application.stock.receive_shipment import ArrivedLine, ReceiveShipment
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, StockLine
from application.stock.ship_reservation import ShipReservation
from domain.kernel.refusal import Refusal
from domain.stock.goods import Goods
from domain.stock.node import Node
from domain.stock.shipment import Place
from entrypoints.composition.installation import Installation
from entrypoints.demo.dataset import Basket, Shopping
from entrypoints.demo.plan import (
    OPENING_WEEKS,
    WAREHOUSES,
    Delivery,
    Fate,
    Supply,
    Transfer,
    deliver,
    demand_of,
    fate,
    kept_of,
    nodes_of,
    opening,
    unload,
)
from entrypoints.demo.tally import Tally

TENANT: Final = "demo"
ACTOR: Final = "demo"
CHUNK: Final = 100
"""Entries or lines of one command."""
HOLD: Final = timedelta(minutes=30)
SHORT_HOLD: Final = timedelta(seconds=1)
"""For baskets that nobody pays: the deadline is real, and the worker fires it."""
PATIENCE: Final = 60.0
"""Seconds that the last deadlines are waited for."""

T = TypeVar("T")
Job = Callable[[], Awaitable[None]]


class Watch(Protocol):
    """Told how far a phase has come."""

    def __call__(self, phase: str, done: int, total: int) -> None: ...


def chunks(items: Sequence[T], size: int) -> Iterator[tuple[T, ...]]:
    for start in range(0, len(items), size):
        yield tuple(items[start : start + size])


async def in_turn(jobs: Iterable[Job], callers: int) -> None:
    """Start the jobs in order, at most `callers` of them unfinished; the first that fails ends all, and is raised."""
    slots = asyncio.Semaphore(callers)
    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                await slots.acquire()
                task = group.create_task(_run(job))
                task.add_done_callback(lambda _: slots.release())
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None


async def _run(job: Job) -> None:
    await job()


class Replay:
    """Plays the shopping of some weeks against an installation, and keeps its own tally of the answers."""

    def __init__(
        self, installation: Installation, shopping: Shopping, *, seed: int, callers: int, watch: Watch
    ) -> None:
        self._installation = installation
        self._shopping = shopping
        self._goods = shopping.goods
        self._seed = seed
        self._callers = callers
        self._watch = watch
        self._kept: set[tuple[str, str]] = set()
        self._on_road: dict[str, asyncio.Future[Sequence[Units]]] = {}
        self.tally = Tally()

    async def _handle(self, request: str, command: Any) -> Any:
        self.tally.commands += 1
        return await self._installation.handle(Call(TENANT, ACTOR, request), command)

    # -- before the first basket ----------------------------------------------------------------------------------

    async def register(self) -> None:
        """Register every goods that is sold in these weeks, with its scale, and every store and warehouse."""
        nodes = [Node(code, code, "warehouse") for code in WAREHOUSES]
        nodes += [Node(code, code, "store") for code in self._shopping.stores]
        goods = [Goods(each.code, each.name, each.unit, each.scale) for each in self._goods.values()]
        commands: list[Any] = [RegisterNode(part) for part in chunks(nodes, CHUNK)]
        commands += [RegisterGoods(part) for part in chunks(goods, CHUNK)]
        await self._each("register goods and nodes", "register", commands)

    async def open_stock(self) -> None:
        """Post the invented opening stock; what a store opens with is what it keeps from now on."""
        demand = demand_of(self._shopping.baskets(1, OPENING_WEEKS))
        self._kept = kept_of(demand)
        supplies = list(opening(demand, self._goods))
        parts = [_receipt(part, opening=True) for part in chunks(supplies, CHUNK)]
        await self._each("open stock", "open", parts)
        self.tally.opened = len(supplies)
        for supply in supplies:
            self.tally.comes(*supply)

    async def _each(self, phase: str, request: str, commands: Sequence[Any]) -> None:
        done = 0

        async def handle(number: int, command: Any) -> None:
            nonlocal done
            await self._handle(f"{request}:{number}", command)
            done += 1
            self._watch(phase, done, len(commands))

        jobs = (partial(handle, n, command) for n, command in enumerate(commands, 1))
        await in_turn(jobs, self._callers)

    # -- the weeks --------------------------------------------------------------------------------------------------

    async def play(self, first: int, last: int) -> None:
        """Every basket and every lorry of these weeks, each started in its turn."""
        started = perf_counter()
        total = last - first + 1
        before = demand_of(self._shopping.week(first - 1))
        for week in range(first, last + 1):
            baskets = self._shopping.week(week)
            if baskets:
                delivery = deliver(week, baskets[0].at, before, self._goods, self._kept, self._seed)
                await self._supply(delivery)
                await in_turn(self._jobs(baskets, delivery, week - first, total), self._callers)
                before = demand_of(baskets)
            self._watch("replay", (week - first + 1) * 1_000, total * 1_000)
        self.tally.seconds += perf_counter() - started

    def _jobs(self, baskets: Sequence[Basket], delivery: Delivery, week: int, weeks: int) -> Iterator[Job]:
        ships = [(each.ships, 0, each.id, partial(self._send, each)) for each in delivery.transfers]
        arrives = [(each.arrives, 1, each.id, partial(self._unload, each)) for each in delivery.transfers]
        loop = asyncio.get_running_loop()
        self._on_road = {each.id: loop.create_future() for each in delivery.transfers}
        shopping = [(each.at, 2, each.id, partial(self._buy, each)) for each in baskets]
        steps = heapq.merge(ships, sorted(arrives, key=lambda step: step[:3]), shopping, key=lambda step: step[:3])
        for number, (_, kind, _, job) in enumerate(steps):
            if kind == 2 and number % 20 == 0:
                share = number / (len(baskets) + 2 * len(delivery.transfers))
                self._watch("replay", int((week + share) * 1_000), weeks * 1_000)
            yield job

    async def _supply(self, delivery: Delivery) -> None:
        """What the week before asked for comes in: to the warehouses, fuel to the pumps."""
        parts = list(chunks(delivery.supplies, CHUNK))

        async def receive(number: int, part: tuple[Supply, ...]) -> None:
            await self._handle(f"supply:{delivery.week}:{number}", _receipt(part))
            self.tally.receipts += 1
            for supply in part:
                self.tally.comes(*supply)

        await in_turn((partial(receive, n, part) for n, part in enumerate(parts, 1)), self._callers)

    # -- one basket -------------------------------------------------------------------------------------------------

    async def _buy(self, basket: Basket) -> None:
        """Reserve → confirm → ship, or what else becomes of it."""
        tally = self.tally
        tally.baskets += 1
        tally.lines += len(basket.lines)
        tally.skipped += basket.skipped
        tally.fuel_lines += sum(self._goods[line.goods].is_fuel for line in basket.lines)
        if not basket.lines:
            tally.empty += 1
            return
        becomes = fate(self._seed, basket.id)
        if not await self._reserve(basket, SHORT_HOLD if becomes is Fate.EXPIRED else HOLD):
            return
        if becomes is Fate.EXPIRED:
            tally.to_expire.add(basket.id)
        elif becomes is Fate.RELEASED:
            await self._handle(f"{basket.id}:release", ReleaseReservation(basket.id))
            tally.released += 1
        else:
            await self._handle(f"{basket.id}:confirm", ConfirmReservation(basket.id))
            shipped = await self._handle(f"{basket.id}:ship", ShipReservation(basket.id))
            for line in shipped.lines:
                tally.sells(line.goods, line.node, line.quantity)
            tally.shipped += 1

    async def _reserve(self, basket: Basket, hold: timedelta) -> bool:
        tally = self.tally
        lines = tuple(
            StockLine(goods, quantity, nodes_of(basket.store, self._goods[goods], self._kept))
            for goods, quantity in basket.lines
        )
        asked = perf_counter()
        try:
            reserved = await self._handle(basket.id, ReserveStock(lines, order=basket.id, hold_for=hold))
        except Refusal as refusal:
            tally.refused[refusal.own_code] += 1
            short: Any = refusal.facts.get("short", ())
            for each in short:
                tally.short_lines["fuel" if self._goods[each["account"]["goods"]].is_fuel else "other"] += 1
            return False
        finally:
            tally.waits.append(perf_counter() - asked)
        tally.reserved += 1
        tally.reserved_lines += len(lines)
        tally.from_warehouse += sum(line.node in WAREHOUSES for line in reserved.lines)
        return True

    # -- one lorry --------------------------------------------------------------------------------------------------

    async def _send(self, transfer: Transfer) -> None:
        """Freeze what the warehouse has of the wanted lines, ship it: it is on the road."""
        lines = tuple(Units(goods, transfer.source, quantity) for goods, quantity in transfer.lines)
        try:
            await self._handle(transfer.id, FreezeTransfer(transfer.id, lines))
        except Refusal as refusal:
            lines = available_of(lines, refusal)
            self.tally.cut_transfers += 1
            if lines:
                await self._handle(f"{transfer.id}:cut", FreezeTransfer(transfer.id, lines))
        if lines:
            command = ShipReservation(transfer.id, shipment=transfer.id, receiver=Place(transfer.store))
            await self._handle(f"{transfer.id}:ship", command)
            self.tally.transfers += 1
            for line in lines:
                self.tally.leaves(line.goods, line.node, line.quantity)
                self.tally.transferred += line.quantity
        self._on_road[transfer.id].set_result(lines)

    async def _unload(self, transfer: Transfer) -> None:
        """Receive what comes out of the lorry: whole, damaged, or lost on the way."""
        lines = await self._on_road[transfer.id]
        if not lines:
            return
        arrived = tuple(unloaded(self._seed, transfer.id, line) for line in lines)
        await self._handle(f"{transfer.id}:unload", ReceiveShipment(transfer.id, transfer.store, arrived))
        for line in arrived:
            self.tally.comes(line.goods, transfer.store, line.arrived + line.damaged)
            self.tally.damaged += line.damaged
            self.tally.lost += line.lost

    # -- afterwards -------------------------------------------------------------------------------------------------

    async def await_expiry(self) -> None:
        """Wait until the worker has fired the deadlines of the last baskets that nobody paid."""
        give_up = perf_counter() + PATIENCE
        waiting = sorted(self.tally.to_expire)
        total = len(waiting)
        while waiting and perf_counter() < give_up:
            found = await self._installation.ask(TENANT, FindReservation(waiting[-1]))
            if found.status == "expired":
                waiting.pop()
                self._watch("let the last deadlines pass", total - len(waiting), total)
            else:
                await asyncio.sleep(0.05)


def _receipt(supplies: Iterable[Supply], *, opening: bool = False) -> ReceiveStock:
    lines = tuple(ReceivedLine(goods, node, quantity) for goods, node, quantity in supplies)
    return ReceiveStock(lines, opening=opening, scene="opening" if opening else "purchase")


def unloaded(seed: int, transfer: str, line: Units) -> ArrivedLine:
    good, damaged = unload(seed, transfer, line.goods, line.quantity)
    lost = line.quantity - good - damaged
    reason = "missing from the lorry" if lost else "broken on the way" if damaged else ""
    return ArrivedLine(line.goods, good, damaged, lost, reason=reason)


def available_of(lines: Sequence[Units], refusal: Refusal) -> tuple[Units, ...]:
    """The lines cut to what the refusal says can be granted. Raises the refusal when it is about something else."""
    short: Any = refusal.facts.get("short")
    if not short:
        raise refusal
    granted = {int(each["line"]): int(each["grantable"]) for each in short}
    cut = (
        Units(line.goods, line.node, granted.get(number, line.quantity))
        for number, line in enumerate(lines, 1)
        if granted.get(number, line.quantity)
    )
    return tuple(cut)
