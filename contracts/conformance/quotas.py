"""The suite of channel stock, which every ledger adapter inherits: nothing over its cap, nothing lost, pools true.

    class TestMyQuotas(QuotasConformance):
        async def open_ledger(self, folder, kinds, reach=pass_by):
            return MyInstallation(...)

Every story is told by two tenants at once; after it, the laws of the ledger and of channel stock are checked, the
latter at every prefix of the ledger.
"""

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any, Final, cast

import pytest

from application.kernel.balances import AccountsFound
from application.kernel.call import Call
from application.kernel.ports import Reach, pass_by
from application.stock.announce_supply import AnnouncedLine, AnnounceSupply
from application.stock.arrive_expected import ArriveExpected, ExpectedArrival
from application.stock.carve_stock import CarvedLine, CarveStock, RestoreStock
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.damage_reserved import DamageReserved
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.exchange_holds import ExchangeHolds, Target
from application.stock.lines import Units
from application.stock.plan_ahead import PlanAhead
from application.stock.ports import NodeDays
from application.stock.quotas import QuotaBook
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.report_sale import ReportSale
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine, caps_beside, plan_through
from application.stock.set_quotas import QuotasPlanned, SetQuotas
from application.stock.ship_reservation import ShipReservation
from contracts.conformance.ground import Ground, Installation, Shop, code, ground_on
from contracts.conformance.quota_laws import broken_quota_laws
from domain.kernel.account import BEGINNING, AccountKey, AccountKind
from domain.kernel.books import Entry, EntryKey
from domain.kernel.movement import EMPTY, Balances
from domain.kernel.reservation import Pick, Reservation
from domain.stock.expected import EXPECTED
from domain.stock.expected import kinds as expected_kinds
from domain.stock.position import kinds as stock_kinds
from domain.stock.position import position_key
from domain.stock.quota import (
    AT_GOODS,
    AT_NODE,
    EXCLUSIVE,
    MUTEX,
    QUOTAS,
    SHARED,
    Quota,
    cap_key,
    pool_key,
    share_key,
)
from domain.stock.quota import kinds as quota_kinds

MAY: Final = "2026-05-01"
APP: Final = Quota("app", "app", SHARED, AT_GOODS, "tea", cap=60)
WEB: Final = Quota("web", "web", MUTEX, AT_GOODS, "tea", cap=40)
LEAF: Final = Quota("leaf", "app", MUTEX, AT_NODE, "tea", "N1")


class Announced:
    """What is expected, as it stands in the shop's ledger."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop

    async def expected(self, tenant: str, goods: Sequence[str], nodes: Sequence[str]) -> AccountsFound:
        seen = (await self.shop.snapshot()).accounts
        return AccountsFound(BEGINNING, "here", {key: seen[key] for key in seen if key.kind is EXPECTED})

    async def holders(self, tenant: str, account: AccountKey, most: int) -> Sequence[Reservation]:
        raise NotImplementedError("a plan asks what is expected, never who holds it")


class Till:
    """One tenant's shop, and what it knows of its quotas: as a process that sells there would."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.book = QuotaBook()
        self._said = 0

    async def do(self, command: Any, request: str = "") -> Any:
        self._said += 1
        return await self.shop.outcome(command, request or f"{type(command).__name__} {self._said}")

    async def receive(self, quantity: int, *nodes: str) -> None:
        await self.do(ReceiveStock(tuple(ReceivedLine("tea", node, quantity) for node in nodes)))

    def quotas(self, *quotas: Quota) -> QuotasPlanned:
        return QuotasPlanned(
            SetQuotas(quotas),
            quotas,
            {
                quota.pooled: (position_key("-", quota.pooled, "N1"), position_key("-", quota.pooled, "N2"))
                for quota in quotas
                if quota.pooled
            },
        )

    async def set(self, *quotas: Quota) -> Any:
        outcome = await self.do(self.quotas(*quotas))
        for quota in quotas:
            self.book.take(Entry(EntryKey(QUOTAS, quota.code), quota.facts(), 1))
        return outcome

    def sale(self, id: str, quantity: int = 1, channel: str = "", *nodes: str) -> HoldPlanned:
        lines = (StockLine("tea", quantity, nodes or ("N1", "N2")),)
        return HoldPlanned(ReserveStock(lines, channel=channel), id, *plan_through(self.book, channel, lines))

    async def sell(self, id: str, quantity: int = 1, channel: str = "", *nodes: str) -> str:
        return code(await self.do(self.sale(id, quantity, channel, *nodes), id))

    async def preorder(self, id: str, quantity: int, channel: str = "") -> str:
        """Of what is expected, where the stock does not do."""
        asked = ReserveStock((StockLine("tea", quantity, ("N1",), expected_by=MAY),), channel=channel)
        plan, alike = plan_through(self.book, channel, asked.lines)
        ahead = PlanAhead(Announced(self.shop), cast(NodeDays, None))  # nothing leaves on a day that is named
        plan = await ahead(Call(self.shop.tenant, "seller", id), plan, asked.lines, "", caps_beside(self.book, channel))
        return code(await self.do(HoldPlanned(asked, id, plan, alike), id))

    async def at(self, key: Any) -> Balances:
        account = (await self.shop.snapshot()).accounts.get(key)
        return account.balances if account else EMPTY

    async def debt(self, key: Any) -> int:
        return (await self.shop.snapshot()).accounts[key].debt

    async def lawful(self) -> None:
        seen = await self.shop.snapshot()
        assert broken_quota_laws(seen.accounts, chain.from_iterable(seen.movements.values())) == []


class QuotasConformance:
    """A ledger keeps the laws of channel stock, whoever sells through what."""

    kinds: Mapping[str, AccountKind] = {**stock_kinds(), **quota_kinds(), **expected_kinds()}

    async def open_ledger(self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by) -> Installation:
        """An empty ledger in a folder of its own; `reach` is called at every failpoint."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def ground(self, tmp_path: Path) -> AsyncIterator[Ground]:
        async with ground_on(await self.open_ledger(tmp_path, self.kinds)) as ground:
            yield ground

    async def test_two_hundred_and_forty_buyers_race_over_shared_quotas_while_caps_change(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            at = Till(shop)
            await at.receive(75, "N1", "N2")
            await at.set(APP, WEB)
            buyers = [
                (f"{channel or 'walk in'} {n}", at.sale(f"{channel or 'walk in'} {n}", 1, channel))
                for n in range(80)
                for channel in ("app", "web", "")
            ]
            asked: list[tuple[str, Any]] = list(buyers)
            for place, cap in ((30, 20), (90, 70), (150, 35), (210, 50)):
                asked.insert(place, (f"cap {cap}", at.quotas(replace(APP, cap=cap))))
            asked.insert(120, ("web to 45", at.quotas(replace(WEB, cap=45))))
            asked += [(f"never mind {n}", ReleaseReservation(f"app {n}")) for n in range(0, 80, 4)]
            outcomes = dict(zip((id for id, _ in asked), await shop.at_once(asked), strict=True))
            sold = Counter(id.rpartition(" ")[0] for id, _ in buyers if code(outcomes[id]) == "held")
            refused = {code(outcomes[id]) for id, _ in buyers} - {"held"}
            assert refused <= {"quota.exceeded", "stock.insufficient"}
            assert sold["web"] in (40, 45)
            assert sold["app"] + sold["web"] + sold["walk in"] <= 150
            await at.lawful()
            app = (await shop.snapshot()).accounts[cap_key("app")]
            assert app.balances.available + app.balances.reserved == 50 + app.debt
            # Nothing is lost: all given back, everything is as it was.
            held = [id for id, found in (await shop.snapshot()).reservations.items() if found.status == "held"]
            await shop.at_once((f"back {id}", ReleaseReservation(id)) for id in held)
            web = (await at.at(share_key("tea", "web"))).available
            assert await at.at(cap_key("app")) == Balances(available=50)
            assert await at.debt(cap_key("app")) == 0
            assert await at.at(pool_key("tea")) == Balances(available=150 - web)
            await at.lawful()

        await ground.both(story)

    async def test_what_becomes_of_a_sale_becomes_of_its_quota(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            at = Till(shop)
            await at.receive(20, "N1", "N2")
            await at.set(replace(APP, cap=6), replace(WEB, cap=6))
            for channel, key in (("app", cap_key("app")), ("web", share_key("tea", "web"))):
                assert await at.sell(f"{channel} 1", 6, channel, "N1") == "held"
                assert await at.sell(f"{channel} 2", 1, channel, "N1") == "quota.exceeded"
                await at.do(ExchangeHolds(f"{channel} 1", Pick("1", 2), (Target("tea", "N2"),)))
                assert await at.at(key) == Balances(reserved=6)
                await at.do(ReleaseReservation(f"{channel} 1", (Pick("1", 1),)))
                await at.do(ConfirmReservation(f"{channel} 1"))
                await at.do(DeallocateReservation(f"{channel} 1", (Pick("1", 1),)))
                assert await at.at(key) == Balances(available=2, allocated=4)
                await at.do(DamageReserved(f"{channel} 1", (Pick("1", 1),), "dropped"))
                await at.do(ShipReservation(f"{channel} 1"))
            assert await at.at(cap_key("app")) == Balances(available=3)
            assert await at.at(share_key("tea", "web")) == Balances(available=2, held=1)
            await at.lawful()

        await ground.both(story)

    async def test_what_is_expected_counts_for_a_channel_as_stock_does(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            at = Till(shop)
            await at.receive(2, "N1")
            await at.do(AnnounceSupply((AnnouncedLine("tea", "N1", MAY, 20),)))
            await at.set(replace(APP, cap=6))
            assert await at.preorder("app 1", 4, "app") == "held"
            assert await at.at(cap_key("app")) == Balances(available=2, reserved=4)
            assert await at.preorder("app 2", 3, "app") == "quota.exceeded"
            assert await at.preorder("plain", 3) == "held"
            holders = ("app 1", "plain")
            await at.do(ExpectedArrival(ArriveExpected("tea", "N1", MAY, 20), holders))
            await at.do(ConfirmReservation("app 1"))
            await at.do(ShipReservation("app 1", (Pick("1", 1),)))
            assert await at.at(cap_key("app")) == Balances(available=2, allocated=3)
            await at.do(DeallocateReservation("app 1", (Pick("1", 3),)))
            assert await at.at(cap_key("app")) == Balances(available=5)
            await at.lawful()

        await ground.both(story)

    async def test_what_is_set_aside_is_not_what_is_expected(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            at = Till(shop)
            await at.receive(4, "N1")
            await at.do(AnnounceSupply((AnnouncedLine("tea", "N1", MAY, 20),)))
            await at.set(replace(WEB, cap=3))
            assert await at.preorder("web 1", 4, "web") == "quota.exceeded"
            assert await at.preorder("web 2", 3, "web") == "held"
            assert await at.preorder("app 1", 5, "app") == "held"
            await at.do(ReleaseReservation("app 1"))
            await at.set(Quota("only", "app", EXCLUSIVE, AT_NODE, "tea", "N1"))
            assert await at.preorder("app 2", 1, "app") == "stock.insufficient"
            await at.set(replace(APP, cap=6))
            assert await at.preorder("app 4", 6, "app") == "held"
            assert await at.at(cap_key("app")) == Balances(reserved=6)
            await at.do(ReleaseReservation("app 4"))
            assert await at.at(cap_key("app")) == Balances(available=6)
            await at.lawful()

        await ground.both(story)

    async def test_a_lowered_cap_owes_until_it_is_paid(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            at = Till(shop)
            await at.receive(20, "N1", "N2")
            await at.set(APP, replace(WEB, cap=10))
            for channel, quota, key in (("app", APP, cap_key("app")), ("web", WEB, share_key("tea", "web"))):
                await at.set(replace(quota, cap=5))
                for n in range(5):
                    assert await at.sell(f"{channel} {n}", 1, channel) == "held"
                await at.set(replace(quota, cap=2))
                assert (await at.at(key), await at.debt(key)) == (Balances(reserved=5), 3)
                for n in range(4):
                    await at.do(ReleaseReservation(f"{channel} {n}"))
                assert (await at.at(key), await at.debt(key)) == (Balances(available=1, reserved=1), 0)
            await at.lawful()

        await ground.both(story)

    async def test_another_process_that_never_heard_of_a_pool_keeps_it_true(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            at = Till(shop)
            await at.receive(10, "N1", "N2")
            assert await at.sell("before", 8) == "held"
            await at.set(replace(WEB, cap=9))
            assert await at.at(pool_key("tea")) == Balances(available=3)

        async def later(shop: Shop) -> None:
            at = Till(shop)  # its book is empty: it plans as if there were no quotas
            assert await at.sell("too many", 4) == "stock.promised"
            assert await at.sell("few", 3) == "held"
            assert code(await at.do(ReportSale((Units("tea", "N2", 1),)))) == "stock.promised"
            await at.do(ReleaseReservation("before"))
            assert await at.at(pool_key("tea")) == Balances(available=8)
            await at.receive(5, "N3")
            await at.lawful()

        await ground.both(story)
        await ground.restart()
        await ground.both(later)

    async def test_what_is_carved_is_conserved_however_many_carve_and_sell(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            at = Till(shop)
            await at.receive(30, "N1", "N2")
            await at.set(replace(WEB, cap=10), LEAF)
            asked: list[tuple[str, Any]] = []
            for n in range(30):
                asked.append((f"carve {n}", CarveStock((CarvedLine("leaf", 2),))))
                asked.append((f"sell {n}", at.sale(f"sell {n}", 1, "app", "N1")))
                asked.append((f"restore {n}", RestoreStock((CarvedLine("leaf", 1),))))
                asked.append((f"walk in {n}", at.sale(f"walk in {n}", 1, "", "N1", "N2")))
            outcomes = Counter(map(code, await shop.at_once(asked)))
            assert outcomes["held"] > 30
            assert await at.at(share_key("tea", "web")) == Balances(available=10)
            leaves = [
                await at.at(position_key("-", "tea", node, "-", channel))
                for node, channel in (("N1", "-"), ("N2", "-"), ("N1", "app"))
            ]
            assert sum(leaf.available + leaf.reserved for leaf in leaves) == 60
            await at.lawful()

        await ground.both(story)

    async def test_what_is_exclusive_goes_first_and_sells_through_its_channel_alone(self, ground: Ground) -> None:
        async def story(shop: Shop) -> None:
            at = Till(shop)
            await at.receive(20, "N1", "N2")
            await at.set(replace(APP, cap=5), Quota("only", "app", EXCLUSIVE, AT_GOODS, "tea", cap=8))
            assert await at.sell("r1", 6, "app", "N1") == "held"
            assert await at.sell("r2", 3, "app", "N1") == "held"
            assert (await at.at(share_key("tea", "only")), await at.at(cap_key("app"))) == (
                Balances(available=2, reserved=6),
                Balances(available=2, reserved=3),
            )
            assert await at.sell("r3", 5, "app", "N1") == "quota.exceeded"
            await at.lawful()

        await ground.both(story)
