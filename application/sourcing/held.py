"""What was promised, held in the ledger with all that it takes; or what moved since."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from application.kernel.command import Touches
from application.sourcing.ports import TellsReserved
from application.sourcing.promise import Promise
from application.sourcing.refusals import PromiseMoved
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InsufficientBalance, InvalidInput
from domain.kernel.reservation import Leg, Plan, Reservation

SOURCED: Final = "sourced"
"""The register of reservations that were promised: what was wanted, so that they can be planned again."""

SHORTEST_HOLD: Final = timedelta(seconds=1)

LONGEST_HOLD: Final = timedelta(days=30)

MAX_SCENE: Final = 32


@dataclass(frozen=True, slots=True)
class ReservedGoods:
    """Units of a goods that a line of the reservation holds; `node` is empty while it is held from the pool."""

    line: str
    goods: str
    node: str
    owner: str
    lot: str
    channel: str
    quantity: int


@dataclass(frozen=True, slots=True)
class PromiseReserved:
    """The reservation that was made. Confirm, release or ship it as any other, under its id."""

    reservation: str
    status: str
    due: datetime | None
    goods: tuple[ReservedGoods, ...]


@dataclass(frozen=True, slots=True)
class WantedReserved:
    """The reservation that was made, and the promise it was made of."""

    reservation: str
    status: str
    due: datetime | None
    goods: tuple[ReservedGoods, ...]
    promise: Promise


def bounded(reservation: str, order: str | None, hold_for: timedelta | None, scene: str) -> None:
    """Raises InvalidInput for what no reservation could be made with."""
    if reservation:
        identifier(reservation, "reservation")
    if order is not None:
        identifier(order, "order")
    if hold_for is not None and not SHORTEST_HOLD <= hold_for <= LONGEST_HOLD:
        raise InvalidInput(
            f"hold_for must be from {SHORTEST_HOLD.seconds} second to {LONGEST_HOLD.days} days",
            field="hold_for",
            least=SHORTEST_HOLD.total_seconds(),
            most=LONGEST_HOLD.total_seconds(),
        )
    identifier(scene, "scene", most=MAX_SCENE)


@dataclass(slots=True)
class HoldPromised:
    """The ledger's part: the plan as it was promised, each leg in its one way, or nothing.

    `sourced` is kept beside the reservation; `told` is a promise to answer with, where the caller has none yet.
    """

    name: str
    reply: type
    reservation: str
    plan: Plan
    hold_for: timedelta
    order: str | None
    scene: str
    sourced: Mapping[str, Any]
    tells: TellsReserved
    told: Promise | None = None

    def touches(self) -> Touches:
        return Touches(
            reservations=(self.reservation,),
            accounts=self.plan.accounts(),
            entries=(EntryKey(SOURCED, self.reservation),),
        )

    def decide(self, ledger: Ledger) -> PromiseReserved | WantedReserved:
        try:
            made = ledger.reserve(
                self.reservation,
                self.plan,
                until=ledger.now + self.hold_for,
                order=self.order,
                scene=self.scene,
            )
        except InsufficientBalance as short:
            raise moved(short) from short
        ledger.write_entry(SOURCED, self.reservation, self.sourced)
        ledger.tell_of(made, "StockReserved", self.tells.reserved(ledger, made))
        goods = goods_of(made)
        if self.told is None:
            return PromiseReserved(made.id, made.status, made.due, goods)
        return WantedReserved(made.id, made.status, made.due, goods, self.told)


def moved(short: InsufficientBalance) -> PromiseMoved:
    """What the ledger lacks, as what moved since it was promised."""
    return PromiseMoved(
        "what was promised is no longer there as it was", cause=short.own_code, moved=short.facts["short"]
    )


def goods_of(made: Reservation) -> tuple[ReservedGoods, ...]:
    return tuple(each for line in made.lines for leg in line.legs for each in held_goods(line.id, leg))


def held_goods(line: str, leg: Leg) -> list[ReservedGoods]:
    """What a leg holds of goods: of its positions, of what is expected, or of a pool, where it has no position yet."""
    named = [(account.named(), units) for account, units in leg.holds]
    goods = [(at, units) for at, units in named if "goods" in at and "node" in at]
    placed = {at["goods"] for at, _ in goods}
    for at, units in named:
        if at.get("goods", "") not in ("", *placed):
            placed.add(at["goods"])
            goods.append((at, units))
    count = sum(leg.counts[:2])
    return [
        ReservedGoods(
            line,
            at["goods"],
            at.get("node", ""),
            at.get("owner", "-"),
            at.get("lot", "-"),
            at.get("channel", "-"),
            units * count,
        )
        for at, units in goods
    ]
