"""Five hundred buyers race for promises and reservations over shared quotas and days: nothing over, nothing lost."""

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

from application.kernel.call import Call
from application.sourcing.make_promise import MakePromise
from application.sourcing.refusals import PromiseMoved, PromiseShort
from application.sourcing.reserve_promise import ReservePromise
from application.sourcing.reserve_wanted import ReserveWanted
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.release_reservation import ReleaseReservation
from application.stock.set_quotas import SetQuotas
from domain.kernel.refusal import Refusal
from domain.stock.quota import AT_GOODS, SHARED, Quota, cap_key
from domain.warehouse.capacity import ORDERS, UNITS, slot_key
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import load_settings
from tests.scenario.promises.town import MONDAY, Town, site, town, wanted

BUYERS = 500
STOCK = {"harbour": 60, "hill": 60, "island": 60}
CAP = 90
ORDERS_A_DAY = 70
UNITS_A_DAY = 110


async def test_five_hundred_buyers_take_what_there_is_and_no_more(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'town.db'}"
    migrate(load_settings(database={"url": url}))
    async with town(url) as at:
        await at.sells("tea")
        await at.has(*(site(node, orders_a_day=ORDERS_A_DAY, units_a_day=UNITS_A_DAY) for node in STOCK))
        await at.receives(*(("tea", node, units) for node, units in STOCK.items()))
        await at.do(SetQuotas((Quota("web-tea", "web", SHARED, AT_GOODS, "tea", cap=CAP),)))
        outcomes = await asyncio.gather(*(buyer(at, number) for number in range(BUYERS)))
        kept = [each for each in outcomes if isinstance(each, dict)]
        refused = Counter(each.own_code for each in outcomes if isinstance(each, Refusal))
        assert set(refused) <= {"promise.short", "promise.moved"}, refused
        assert len(kept) + refused.total() == BUYERS

        # What buyers were told is what the ledger holds: nothing lost, nothing oversold.
        sold: Counter[str] = Counter()
        orders: Counter[str] = Counter()
        web = 0
        for each in kept:
            for node, units in each["nodes"].items():
                sold[node] += units
                orders[node] += 1
            web += sum(each["nodes"].values()) if each["web"] else 0
        assert await at.left("tea") == {node: units - sold[node] for node, units in STOCK.items()}
        accounts = await balances(at)
        assert accounts[cap_key("web-tea")].balances.available == CAP - web
        assert web <= CAP
        for node in STOCK:
            taken = accounts.get(slot_key(ORDERS, node, MONDAY.date()))
            if orders[node]:
                assert taken is not None
                assert taken.balances.available == ORDERS_A_DAY - orders[node]
                assert accounts[slot_key(UNITS, node, MONDAY.date())].balances.available == UNITS_A_DAY - sold[node]
        # Every refusal was true: at the end nobody could be served who was refused, and did not come too early.
        left = sum(STOCK.values()) - sum(sold.values())
        for channel in ("", "web"):
            now = await at.promise(("tea", 3), channel=channel)
            could = sum(leg.quantity for leg in now.legs)
            bound = min(left, CAP - web) if channel else left
            assert could <= min(3, bound)
        assert sum(sold.values()) > sum(STOCK.values()) // 2
        assert (await at.root.audit()(audit_all())).clean


async def buyer(at: Town, number: int) -> dict[str, Any] | Refusal:
    """Half look first and then reserve, half do both at once; some change their mind, some pay."""
    chance = random.Random(number)
    channel = "web" if number % 2 else ""
    units = chance.randint(1, 3)
    want = wanted(("tea", units), channel=channel, policy=chance.choice(("nearest", "fewest_splits", "earliest")))
    reservation = f"order-{number}"

    async def do(command: Any, step: str) -> Any:
        return await at.root.commands()[type(command)](Call(at.tenant, "clerk", f"{number} {step}"), command)

    try:
        if number % 4 < 2:
            made = await do(ReserveWanted(want, reservation), "buy")
        else:
            token = (await do(MakePromise(want), "look")).token
            for attempt in range(9):
                if not token:
                    return PromiseShort("nothing is promised")
                await asyncio.sleep(chance.random() / 100)
                try:
                    made = await do(ReservePromise(token, reservation), f"take {attempt}")
                    break
                except PromiseMoved as moved:
                    offer: Any = moved.facts.get("offer", {})
                    token = offer.get("token", "")
            else:
                return PromiseMoved("moved again and again")
        nodes: Counter[str] = Counter()
        for each in made.goods:
            nodes[each.node] += each.quantity
        if number % 10 == 0:
            await do(ReleaseReservation(reservation), "never mind")
            return {"nodes": {}, "web": bool(channel)}
        if number % 3 == 0:
            await do(ConfirmReservation(reservation), "pay")
        return {"nodes": dict(nodes), "web": bool(channel)}
    except Refusal as refusal:
        return refusal


async def balances(at: Town) -> Any:
    keys = [cap_key("web-tea"), *(slot_key(kind, node, MONDAY.date()) for kind in (ORDERS, UNITS) for node in STOCK)]
    return (await at.root.stock_queries().accounts(at.tenant, keys)).accounts


def audit_all() -> Any:
    from application.reconciliation.audit_ledger import AuditLedger

    return AuditLedger()
