"""Promises through sales channels: quotas are promised, held and given back with the stock."""

import pytest

from application.sourcing.move_promised import PinReservation, RejectNode
from application.sourcing.refusals import PromiseMoved, PromiseUnpooled, ReservationUnsourced
from application.sourcing.reserve_pooled import ReservePooled
from application.stock.carve_stock import CarvedLine, CarveStock
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, StockLine
from application.stock.set_quotas import SetQuotas
from domain.kernel.refusal import ReservationState
from domain.stock.quota import AT_GOODS, AT_NODE, EXCLUSIVE, MUTEX, SHARED, Quota
from tests.scenario.promises.town import site, town, wanted


async def test_what_is_shared_is_promised_up_to_its_cap_and_given_back_with_the_stock() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 9), ("tea", "hill", 9))
        await at.do(SetQuotas((Quota("web-tea", "web", SHARED, AT_GOODS, "tea", cap=4),)))
        told = await at.promise(("tea", 6), channel="web")
        assert sum(leg.quantity for leg in told.legs) == 4
        assert {each.quota for leg in told.legs for each in leg.goods} == {"web-tea"}
        held = await at.buy(("tea", 4), channel="web")
        assert not (await at.promise(("tea", 1), channel="web")).legs
        await at.do(ReleaseReservation(held.reservation))
        assert (await at.promise(("tea", 4), channel="web")).short == ()


async def test_what_is_the_channels_alone_goes_before_what_it_shares() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 9))
        await at.do(SetQuotas((Quota("own", "web", MUTEX, AT_NODE, "tea", "harbour"),)))
        await at.do(SetQuotas((Quota("cap", "web", SHARED, AT_GOODS, "tea", cap=5),)))
        await at.do(CarveStock((CarvedLine("own", 3),)))
        first = await at.promise(("tea", 2), channel="web")
        assert [each.quota for leg in first.legs for each in leg.goods] == ["own"]
        await at.reserve(first)
        second = await at.promise(("tea", 2), channel="web")
        assert [each.quota for leg in second.legs for each in leg.goods] == ["cap"], "one of them alone has both"
        both = await at.promise(("tea", 6), channel="web")
        assert sorted((each.quota, each.quantity) for leg in both.legs for each in leg.goods) == [
            ("cap", 5),
            ("own", 1),
        ]


async def test_what_another_channel_has_alone_is_promised_to_nobody_else() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"))
        await at.receives(("tea", "harbour", 9))
        await at.do(SetQuotas((Quota("club-tea", "club", EXCLUSIVE, AT_NODE, "tea", "harbour"),)))
        await at.do(CarveStock((CarvedLine("club-tea", 3),)))
        assert not (await at.promise(("tea", 1))).legs
        assert [each.promised for each in (await at.promise(("tea", 5), channel="club")).short] == [3]


async def test_pooled_then_pinned_then_pinned_elsewhere_under_one_id() -> None:
    async with town() as at:
        await at.sells("tea", "pot")
        await at.has(site("harbour", orders_a_day=9), site("hill", orders_a_day=9))
        await at.receives(("tea", "harbour", 5), ("tea", "hill", 5), ("pot", "hill", 1))
        with pytest.raises(PromiseUnpooled):
            await at.do(ReservePooled(wanted(("pot", 1))))
        await at.do(SetQuotas((Quota("club-tea", "club", MUTEX, AT_GOODS, "tea", cap=2),)))
        pooled = await at.do(ReservePooled(wanted(("tea", 3), policy="nearest"), "order-1"))
        assert [(each.node, each.quantity) for each in pooled.goods] == [("", 3)]
        assert await at.left("tea") == {"harbour": 5, "hill": 5}, "no node is kept from selling it"
        with pytest.raises(PromiseMoved):
            await at.do(ReservePooled(wanted(("tea", 6))))  # ten lie there, two are the club's, three are promised
        await at.do(ConfirmReservation("order-1"))
        pinned = await at.do(PinReservation("order-1"))
        assert [(each.node, each.quantity) for each in pinned.goods] == [("harbour", 3)]
        assert pinned.status == "confirmed"
        assert await at.left("tea") == {"harbour": 2, "hill": 5}
        with pytest.raises(ReservationState):
            await at.do(PinReservation("order-1"))
        moved = await at.do(RejectNode("order-1", "harbour"))
        assert [(each.node, each.quantity) for each in moved.goods] == [("hill", 3)]
        assert await at.left("tea") == {"harbour": 5, "hill": 2}


async def test_what_was_not_promised_cannot_be_planned_again() -> None:
    async with town() as at:
        await at.sells("tea")
        await at.has(site("harbour"), site("hill"))
        await at.receives(("tea", "harbour", 5), ("tea", "hill", 5))
        await at.do(ReserveStock((StockLine("tea", 1, ("harbour",)),), "order-1"))
        with pytest.raises(ReservationUnsourced):
            await at.do(RejectNode("order-1", "harbour"))
