"""A second kind of account, declared here and nowhere else, reserved together with stock: all or nothing.

It costs one declaration and a plan that asks for it. No table, no statement, no adapter knows that it exists.
"""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest

from application.kernel.call import Call
from application.kernel.command import Touches
from application.stock.answers import PositionsMoved
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, ReserveStockHandler, StockLine
from application.stock.ship_reservation import ShipReservation
from contracts.conformance.commands import position
from contracts.conformance.ground import TENANTS, Ground, code, ground_on
from domain.kernel.account import AccountKind
from domain.kernel.ledger import Ledger
from domain.kernel.movement import RESERVABLE, Balances, Bucket, MovementKind
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import GroupHold, Hold, Plan
from domain.stock.position import kinds
from tests.contract.ledger.installations import MemoryInstallation, SqliteInstallation

TOP_UP = MovementKind("TOP_UP", Bucket.OUTSIDE, Bucket.AVAILABLE)
GIFT_CARD = AccountKind(
    "gift_card", ("number",), frozenset({*RESERVABLE, TOP_UP}), "gift_card.insufficient", "gift_card_balance"
)
KINDS = {**kinds(), GIFT_CARD.name: GIFT_CARD}
PRICE = 25
FREIGHT = 10


@dataclass(frozen=True, slots=True)
class TopUp:
    """Put cents on a card."""

    name: ClassVar[str] = "TopUp"
    reply: ClassVar[type] = PositionsMoved

    number: str
    cents: int

    def touches(self) -> Touches:
        return Touches(accounts=(GIFT_CARD.key(self.number),))

    def decide(self, ledger: Ledger) -> PositionsMoved:
        ledger.post(GIFT_CARD.key(self.number), TOP_UP, self.cents)
        return PositionsMoved(())


class PayByCard:
    """Every unit costs its price on the caller's card, and the order its freight."""

    async def extend(self, call: Call, plan: Plan) -> Plan:
        card = GIFT_CARD.key(f"card of {call.actor}")
        lines = tuple(line._replace(ways=tuple((*way, Hold(card, PRICE)) for way in line.ways)) for line in plan.lines)
        freight = GroupHold("freight", card, FREIGHT, tuple(line.line for line in plan.lines))
        return replace(plan, lines=lines, groups=(*plan.groups, freight))


class EverythingRegistered:
    """Registers that turn nobody away: what is registered is not what this is about."""

    async def require(self, tenant: str, goods: Iterable[str], nodes: Iterable[str]) -> None:
        return


@pytest.fixture(params=["memory", "sqlite"])
async def ground(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Ground]:
    installation = (
        MemoryInstallation()
        if request.param == "memory"
        else await SqliteInstallation(tmp_path / "ledger.sqlite", KINDS).open()
    )
    async with ground_on(installation) as made:
        yield made


async def test_a_gift_card_is_held_with_the_goods_or_neither_is(ground: Ground) -> None:
    buy = ReserveStockHandler(ground.committer, EverythingRegistered(), [PayByCard()])
    card = GIFT_CARD.key("card of ann")

    async def ask(tenant: str, request: str, quantity: int, *, partial: bool = False) -> object:
        wanted = ReserveStock((StockLine("A", quantity, ("N1",)),), partial=partial)
        try:
            return await buy(Call(tenant, "ann", request), wanted)
        except Refusal as refusal:
            return refusal

    for tenant in TENANTS:
        shop = ground.shop(tenant)
        await shop.submit(ReceiveStock((ReceivedLine("A", "N1", 10),)), "in")
        await shop.submit(TopUp("card of ann", 4 * PRICE + FREIGHT + 5), "top up")

        # Five cost more than is on the card: no unit of the goods is held either.
        assert code(await ask(tenant, "o5", 5)) == "gift_card.insufficient"
        assert await shop.balances("A") == Balances(10)

        assert code(await ask(tenant, "o3", 3)) == "held"
        seen = await shop.snapshot()
        assert seen.accounts[card].balances == Balances(PRICE + 5, 3 * PRICE + FREIGHT)
        assert seen.accounts[position("A")].balances == Balances(7, 3)

        await shop.submit(ConfirmReservation("o3"), "c")
        await shop.submit(ShipReservation("o3"), "s")
        assert (await shop.snapshot()).accounts[card].balances == Balances(PRICE + 5)

        # Partial: what the card pays for, with the freight of a second order.
        await shop.submit(TopUp("card of ann", FREIGHT), "top up again")
        assert code(await ask(tenant, "o9", 9, partial=True)) == "held"
        assert (await shop.snapshot()).accounts[card].balances == Balances(5, PRICE + FREIGHT)
        await shop.submit(ReleaseReservation("o9"), "x")
        assert (await shop.snapshot()).accounts[card].balances == Balances(PRICE + FREIGHT + 5)
        assert await shop.balances("A") == Balances(7)


async def test_a_card_survives_a_restart_under_its_own_kind(ground: Ground) -> None:
    for tenant in TENANTS:
        await ground.shop(tenant).submit(TopUp("77", 40), "top up")
    await ground.restart()
    for tenant in TENANTS:
        await ground.shop(tenant).submit(TopUp("77", 2), "more")
        assert (await ground.shop(tenant).snapshot()).accounts[GIFT_CARD.key("77")].balances == Balances(42)
