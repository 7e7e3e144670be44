"""What every context keeps lives through all that a ledger lives through: quotas and pools, days, expected supply,
promises, and the registers of supply, policies and the network.
"""

from datetime import timedelta
from pathlib import Path

import pytest

from adapters.sql.backup import back_up, restore
from application.sourcing.demand import DemandLine
from application.sourcing.find_promise import FindPromise
from application.sourcing.make_promise import MakePromise
from application.sourcing.pin_reservation import PinReservation
from application.sourcing.refusals import PromiseMoved
from application.sourcing.reserve_pooled import ReservePooled
from application.sourcing.reserve_promise import ReservePromise
from application.sourcing.reserve_wanted import ReserveWanted
from application.stock.announce_supply import AnnouncedLine, AnnounceSupply
from application.stock.arrive_expected import ArriveExpected
from application.stock.carve_stock import CarvedLine, CarveStock
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.release_reservation import ReleaseReservation
from application.stock.set_quotas import SetQuotas
from application.stock.ship_reservation import ShipReservation
from application.stock.withdraw_supply import WithdrawSupply
from application.tenancy.publish_policies import PublishPolicies
from domain.stock.quota import AT_GOODS, AT_NODE, MUTEX, SHARED, Quota
from domain.tenancy.policy import PublishedPolicy
from domain.tenancy.settings import Settings
from tests.contract.growth.installations import Installation
from tests.contract.move.test_move import contents, go, place
from tests.scenario.promises.town import Town, site, town, wanted

DAY = "2026-03-09"
ORDERS = ("shipped", "open", "released")
KINDS = {"stock", "quota", "pool", "quota_share", "unpinned", "expected", "capacity_orders"}
DATABASES = ("sqlite", "postgres", "mariadb")


async def everything(at: Town) -> None:
    """A history of every context; what it leaves open is taken up again by `goes_on`."""
    await at.sells("tea", "pot", "cup")
    await at.has(site("harbour", orders_a_day=90))
    await at.receives(("tea", "harbour", 30), ("cup", "harbour", 5))
    await at.do(PublishPolicies((PublishedPolicy("calm", Settings(max_splits=2)),)))
    await at.do(SetQuotas((Quota("cap", "web", SHARED, AT_GOODS, "tea", cap=17),)))
    await at.do(SetQuotas((Quota("own", "web", MUTEX, AT_NODE, "tea", "harbour"),)))
    await at.do(CarveStock((CarvedLine("own", 3),)))
    await at.do(SetQuotas((Quota("club-cup", "club", MUTEX, AT_GOODS, "cup", cap=2),)))
    await at.do(ReservePooled(wanted(("cup", 3)), "unpinned"))
    for name in ORDERS:
        await at.do(ReserveWanted(wanted(("tea", 5), channel="web"), name))
    await at.do(ConfirmReservation("shipped"))
    await at.do(ShipReservation("shipped"))
    await at.do(ReleaseReservation("released"))
    await at.do(AnnounceSupply((AnnouncedLine("pot", "harbour", DAY, 10),)))
    await at.do(ReserveWanted(wanted(DemandLine(8, "pot", expected=True)), "later"))
    await at.do(WithdrawSupply("pot", "harbour", DAY, "broke", 4))
    await at.do(MakePromise(wanted(("tea", 2)), keep=True, id="basket"))


async def goes_on(at: Town) -> None:
    """What is promised, held, capped and expected is still so."""
    at.requests = 100
    assert await at.left("tea") == {"harbour": 20}
    assert (await at.ask(FindPromise("basket"))).promise == "basket"
    assert sum(leg.quantity for leg in (await at.promise(("tea", 20), channel="web")).legs) == 10
    await at.do(ReleaseReservation("open"))
    assert sum(leg.quantity for leg in (await at.promise(("tea", 20), channel="web")).legs) == 15
    await at.do(ReservePromise("basket", "from-basket"))
    with pytest.raises(PromiseMoved):
        await at.do(ReservePooled(wanted(("cup", 1))))  # five lie there, two are the club's, three are promised
    pinned = await at.do(PinReservation("unpinned"))
    assert [(each.node, each.quantity) for each in pinned.goods] == [("harbour", 3)]
    assert not (await at.promise(DemandLine(1, "pot", expected=True))).legs, "8 are promised of 6"
    await at.do(AnnounceSupply((AnnouncedLine("pot", "harbour", DAY, 3),)))
    await at.do(ArriveExpected("pot", "harbour", DAY, 9))
    await at.do(ConfirmReservation("later"))
    assert (await at.do(ShipReservation("later"))).status == "shipped"
    assert await at.left("pot") == {"harbour": 1}


async def audited(url: str) -> None:
    ledger = Installation(url)
    await ledger.start()
    try:
        assert (await ledger.audit(full=True)).differences == ()
        assert (await ledger.audit()).differences == ()
    finally:
        await ledger.close()


async def lived(url: str) -> None:
    async with town(url) as at:
        await everything(at)
    assert {row[2] for row in (await contents(url))["account"]} >= KINDS


@pytest.mark.slow
@pytest.mark.parametrize("kind", DATABASES)
async def test_closed_archived_and_purged_it_goes_on(kind: str, tmp_path: Path) -> None:
    url = place(kind, tmp_path / "here")
    await lived(url)
    ledger = Installation(url)
    await ledger.start()
    try:
        await ledger.close_period()
        before = await ledger.audit(full=True)
        done = await ledger.archive()
        assert done.deleted > 0
        await ledger.publish()
        ledger.clock.pass_by(timedelta(days=400))
        await ledger.purge()
        after = await ledger.audit(full=True)
        assert (before.differences, after.differences) == ((), ())
        assert after.movements == before.movements
        async with town(url) as at:
            await goes_on(at)
        assert (await ledger.audit(full=True)).differences == ()
        assert (await ledger.audit()).differences == ()
    finally:
        await ledger.close()


@pytest.mark.slow
@pytest.mark.parametrize(("source", "target"), [("sqlite", "postgres"), ("postgres", "mariadb"), ("mariadb", "sqlite")])
async def test_moved_it_goes_on(source: str, target: str, tmp_path: Path) -> None:
    here, there = place(source, tmp_path / "here"), place(target, tmp_path / "there")
    await lived(here)
    await go(here, there)
    assert await contents(there) == await contents(here)
    async with town(there) as at:
        await goes_on(at)
    await audited(there)


async def test_restored_from_a_backup_it_goes_on(tmp_path: Path) -> None:
    url = place("sqlite", tmp_path)
    await lived(url)
    back_up(tmp_path / "ledger.db", tmp_path / "backup.db")
    async with town(url) as at:
        await goes_on(at)
    restore(tmp_path / "backup.db", tmp_path / "ledger.db", force=True)
    async with town(url) as at:
        await goes_on(at)
    await audited(url)
