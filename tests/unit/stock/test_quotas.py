"""Quotas: what a channel takes, in which order, what it counts against, and what is refused."""

from typing import Any

import pytest

from application.stock.carve_stock import CarvedLine, CarveStock, RestoreStock
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.count_stock import CountedLine, CountStock
from application.stock.damage_reserved import DamageReserved
from application.stock.deallocate_reservation import DeallocateReservation
from application.stock.exchange_holds import ExchangeHolds, Target
from application.stock.lines import Units
from application.stock.pools import Pools
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.release_reservation import ReleaseReservation
from application.stock.report_sale import ReportSale
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine
from application.stock.set_quotas import QuotasPlanned, SetQuotas
from application.stock.ship_reservation import ShipReservation
from domain.kernel.account import Account
from domain.kernel.refusal import InvalidInput, Refusal
from domain.kernel.reservation import Pick, Plan, PlannedLine
from domain.stock.position import Position
from domain.stock.quota import (
    AT_GOODS,
    AT_ITEM,
    AT_NODE,
    AT_SKU,
    EXCLUSIVE,
    MUTEX,
    SHARED,
    UNPINNED_OPENING,
    Quota,
    QuotaDimension,
    QuotaMoved,
    cap_key,
    checked_dimension,
    consumed,
    pool_key,
    share_key,
)
from tests.unit.stock.desk import Desk
from tests.unit.stock.test_quota_laws import book_of, selling, setting

SHARED_OF_APP = Quota("s", "app", SHARED, AT_GOODS, "tea", cap=5)
ASIDE_FOR_APP = Quota("m", "app", MUTEX, AT_GOODS, "tea", cap=6)
LEAF_OF_APP = Quota("l", "app", MUTEX, AT_NODE, "tea", "quay")


def shop(*quotas: Quota, tea: int = 10) -> Desk:
    """Tea on the quay, half as much in the shop."""
    desk = Desk()
    desk.do(ReceiveStock((ReceivedLine("tea", "quay", tea), ReceivedLine("tea", "shop", tea // 2))))
    if quotas:
        desk.do(setting(*quotas)(desk))
    return desk


def sell(desk: Desk, id: str, quantity: int, channel: str = "", *nodes: str, partial: bool = False) -> str:
    """The status, or the code of the refusal."""
    try:
        lines = (StockLine("tea", quantity, nodes or ("quay", "shop")),)
        return str(desk.do(selling(id, lines, channel, partial)(desk)).status)
    except Refusal as refusal:
        return refusal.own_code


def account(desk: Desk, key: Any) -> Account:
    return desk.accounts.get(key) or Account(key)


def rest(desk: Desk, key: Any) -> int:
    return account(desk, key).balances.available


def held_by(desk: Desk, id: str) -> dict[str, int]:
    """What a reservation holds, by kind of account and code or position."""
    return {
        str(hold.account): leg.counts[0] * hold.units
        for line in desk.reservations[id].lines
        for leg in line.legs
        for hold in leg.holds
    }


# -- shared -----------------------------------------------------------------------------------------------------------


def test_a_shared_quota_caps_its_channel_and_keeps_nothing_from_others() -> None:
    desk = shop(SHARED_OF_APP)
    assert sell(desk, "o1", 6, "app", "quay") == "quota.exceeded"
    assert sell(desk, "o1", 5, "app") == "held"
    assert sell(desk, "o2", 1, "app") == "quota.exceeded"
    assert sell(desk, "o3", 10, "", "quay", "shop") == "held"
    assert sell(desk, "o4", 1, "web") == "stock.insufficient"
    desk.check()


def test_what_is_given_back_is_given_back_to_stock_and_quota_alike() -> None:
    desk = shop(SHARED_OF_APP)
    for id, steps in {
        "released": (ReleaseReservation,),
        "taken back": (ConfirmReservation, DeallocateReservation),
    }.items():
        assert sell(desk, id, 5, "app") == "held"
        for step in steps:
            desk.do(step(id))
        assert rest(desk, cap_key("s")) == 5
        assert desk.at("tea", "quay").available == 10
    desk.check()


def test_what_ships_is_consumed() -> None:
    desk = shop(SHARED_OF_APP)
    sell(desk, "o1", 5, "app")
    desk.do(ConfirmReservation("o1"))
    desk.do(ShipReservation("o1"))
    assert consumed(account(desk, cap_key("s"))) == 5
    assert sell(desk, "o2", 1, "app") == "quota.exceeded"
    desk.check()


def test_what_breaks_before_it_leaves_was_not_sold() -> None:
    desk = shop(SHARED_OF_APP)
    sell(desk, "o1", 5, "app")
    desk.do(ConfirmReservation("o1"))
    desk.do(DamageReserved("o1", (Pick("1", 2),), "dropped"))
    assert rest(desk, cap_key("s")) == 2
    assert desk.at("tea", "quay").held == 2
    desk.check()


def test_an_exchange_keeps_the_quota_even_where_it_owes() -> None:
    desk = shop(SHARED_OF_APP)
    sell(desk, "o1", 5, "app", "quay")
    desk.do(setting(Quota("s", "app", SHARED, AT_GOODS, "tea", cap=1))(desk))
    assert account(desk, cap_key("s")).debt == 4
    desk.do(ExchangeHolds("o1", Pick("1"), (Target("tea", "shop"),)))
    assert (account(desk, cap_key("s")).debt, desk.at("tea", "shop").reserved) == (4, 5)
    desk.check()


def test_all_caps_of_a_channel_bind_at_once() -> None:
    at_node = Quota("n", "app", SHARED, AT_NODE, "tea", "quay", cap=2)
    of_sku = Quota("k", "app", SHARED, AT_SKU, "tea-1", goods=("tea", "pot"), cap=3)
    desk = shop(SHARED_OF_APP, at_node, of_sku)
    assert sell(desk, "o1", 4, "app") == "quota.exceeded"
    assert sell(desk, "o2", 3, "app", "quay", "shop", partial=True) == "held"
    assert (rest(desk, cap_key("n")), rest(desk, cap_key("k")), rest(desk, cap_key("s"))) == (2, 0, 2)
    assert desk.at("tea", "shop").reserved == 3  # the shop alone could serve it whole
    desk.check()


# -- caps that change -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("quota", [SHARED_OF_APP, ASIDE_FOR_APP], ids=["shared", "set aside"])
def test_a_cap_below_what_is_consumed_keeps_the_rest_as_debt_and_is_paid_by_what_comes_back(quota: Quota) -> None:
    desk = shop(quota)
    key = quota.account
    assert key is not None
    for id in ("o1", "o2"):
        assert sell(desk, id, 2, "app") == "held"
    lowered = Quota(quota.code, "app", quota.mode, AT_GOODS, "tea", cap=1)
    desk.do(setting(lowered)(desk))
    assert (rest(desk, key), account(desk, key).debt, consumed(account(desk, key))) == (0, 3, 4)
    desk.do(ReleaseReservation("o1"))
    assert (rest(desk, key), account(desk, key).debt) == (0, 1)
    assert [name for account_, name, quantity in desk_posted(desk, key)][-2:] == ["RELEASE", "CAP_LOWER"]
    desk.do(ReleaseReservation("o2"))
    assert (rest(desk, key), account(desk, key).debt) == (1, 0)
    desk.check()


def desk_posted(desk: Desk, key: Any) -> list[tuple[Any, str, int]]:
    return [(m.account, m.kind.name, m.quantity) for m in desk.movements if m.account == key]


@pytest.mark.parametrize(("cap", "left", "debt"), [(2, 0, 2), (3, 0, 1), (4, 0, 0), (6, 2, 0)])
def test_a_cap_that_is_raised_pays_the_debt_first(cap: int, left: int, debt: int) -> None:
    desk = shop(SHARED_OF_APP)
    sell(desk, "o1", 4, "app")
    for each in (0, cap):
        desk.do(setting(Quota("s", "app", SHARED, AT_GOODS, "tea", cap=each))(desk))
    assert (rest(desk, cap_key("s")), account(desk, cap_key("s")).debt) == (left, debt)
    desk.check()


def test_a_closed_quota_binds_nobody_and_goes_on_counting_when_it_is_set_again() -> None:
    desk = shop(SHARED_OF_APP)
    sell(desk, "o1", 4, "app")
    desk.do(setting(Quota("s", "app", SHARED, AT_GOODS, "tea", cap=5, active=False))(desk))
    assert sell(desk, "o2", 6, "app") == "held"
    desk.do(setting(SHARED_OF_APP)(desk))
    assert rest(desk, cap_key("s")) == 1
    desk.check()


def test_what_is_set_already_changes_nothing() -> None:
    desk = shop(SHARED_OF_APP)
    before = len(desk.movements), len(desk.events)
    reply = desk.do(setting(SHARED_OF_APP)(desk))
    assert [(entry.code, entry.version) for entry in reply.entries] == [("s", 1)]
    assert (len(desk.movements), len(desk.events)) == before


def test_what_a_quota_is_of_is_fixed() -> None:
    desk = shop(SHARED_OF_APP, ASIDE_FOR_APP)
    for other in (
        Quota("s", "web", SHARED, AT_GOODS, "tea", cap=5),
        Quota("s", "app", MUTEX, AT_GOODS, "tea", cap=5),
        Quota("s", "app", SHARED, AT_GOODS, "pot", cap=5),
        Quota("s", "app", SHARED, AT_NODE, "tea", "quay", cap=5),
    ):
        with pytest.raises(Refusal, match=r"quota\.fixed"):
            desk.do(setting(other)(desk))
    desk.do(setting(Quota("m", "app", EXCLUSIVE, AT_GOODS, "tea", cap=6))(desk))
    assert sell(desk, "o1", 1, "web") == "quota.exclusive"


# -- set aside at a node ----------------------------------------------------------------------------------------------


def test_what_is_carved_for_a_channel_is_sold_through_it_alone_and_restored() -> None:
    desk = shop(LEAF_OF_APP)
    desk.do(CarveStock((CarvedLine("l", 4),)))
    assert sell(desk, "o1", 7, "", "quay") == "stock.insufficient"
    assert sell(desk, "o1", 6, "", "quay") == "held"
    assert sell(desk, "o2", 3, "app", "quay") == "held"
    assert sell(desk, "o3", 2, "app", "quay") == "stock.insufficient"
    desk.do(ReleaseReservation("o2"))
    desk.do(RestoreStock((CarvedLine("l", 4),)))
    assert desk.at("tea", "quay").available == 4
    with pytest.raises(Refusal, match=r"stock\.insufficient"):
        desk.do(RestoreStock((CarvedLine("l", 1),)))
    desk.check()


def test_stock_is_carved_for_a_quota_that_reserves_at_a_node_only() -> None:
    desk = shop(SHARED_OF_APP, LEAF_OF_APP)
    for code in ("s", "nothing"):
        with pytest.raises(Refusal, match=r"quota\.unknown"):
            desk.do(CarveStock((CarvedLine(code, 1),)))
    desk.do(CarveStock((CarvedLine("l", 1),)))
    desk.do(setting(Quota("l", "app", MUTEX, AT_NODE, "tea", "quay", active=False))(desk))
    with pytest.raises(Refusal, match=r"quota\.unknown"):
        desk.do(CarveStock((CarvedLine("l", 1),)))
    desk.do(RestoreStock((CarvedLine("l", 1),)))
    desk.check()


# -- set aside at a wider dimension -----------------------------------------------------------------------------------


def test_what_is_set_aside_of_a_goods_is_sold_to_nobody_else_wherever_it_lies() -> None:
    desk = shop(ASIDE_FOR_APP)
    assert rest(desk, pool_key("tea")) == 9
    assert sell(desk, "o1", 10) == "stock.insufficient"
    assert sell(desk, "o1", 9) == "held"
    assert sell(desk, "o2", 1, "web") == "stock.insufficient"
    assert sell(desk, "o3", 6, "app") == "held"
    assert rest(desk, pool_key("tea")) == 0
    desk.check()


def test_what_was_sold_before_the_pool_was_opened_comes_back_to_it() -> None:
    desk = shop()
    sell(desk, "o1", 9)
    desk.do(setting(ASIDE_FOR_APP)(desk))
    assert rest(desk, pool_key("tea")) == 0
    desk.do(ReleaseReservation("o1"))
    assert rest(desk, pool_key("tea")) == 9
    desk.check()


def test_a_plan_from_before_the_pool_was_opened_takes_from_it_all_the_same() -> None:
    desk = shop()
    stale = selling("o1", (StockLine("tea", 10, ("quay",)),), "", False)(desk)
    desk.do(setting(ASIDE_FOR_APP)(desk))
    with pytest.raises(Refusal, match=r"stock\.promised"):
        desk.do(stale)
    less = selling("o1", (StockLine("tea", 9, ("quay",)),), "", False)
    desk.do(less(Desk()))
    assert rest(desk, pool_key("tea")) == 0
    desk.check()


def test_a_loss_that_the_pool_cannot_bear_names_what_to_lower() -> None:
    desk = shop(ASIDE_FOR_APP)
    desk.pools = Pools(lambda _tenant: book_of(desk))
    desk.do(ReportSale((Units("tea", "quay", 9),)))
    with pytest.raises(Refusal, match=r"stock\.promised") as refused:
        desk.do(CountStock((CountedLine("tea", "shop", 3),), "stolen"))
    facts = refused.value.facts
    assert (facts["short"], facts["quotas"]) == (2, [{"quota": "m", "channel": "app", "cap": 6}])
    desk.do(setting(Quota("m", "app", MUTEX, AT_GOODS, "tea", cap=4))(desk))
    desk.do(CountStock((CountedLine("tea", "shop", 3),), "stolen"))
    desk.check()


def test_no_more_is_set_aside_than_lies_there() -> None:
    desk = shop(tea=4)
    with pytest.raises(Refusal, match=r"stock\.promised"):
        desk.do(setting(Quota("m", "app", MUTEX, AT_GOODS, "tea", cap=7))(desk))
    assert not desk.entries
    desk.do(setting(Quota("m", "app", MUTEX, AT_GOODS, "tea", cap=6))(desk))
    with pytest.raises(Refusal, match=r"stock\.promised"):
        desk.do(setting(Quota("w", "web", MUTEX, AT_GOODS, "tea", cap=1))(desk))
    desk.check()


def test_what_was_set_aside_and_broke_was_the_channels() -> None:
    desk = shop(ASIDE_FOR_APP)
    sell(desk, "o1", 6, "app")
    desk.do(ConfirmReservation("o1"))
    desk.do(DamageReserved("o1", (Pick("1", 2),), "dropped"))
    assert (rest(desk, share_key("tea", "m")), rest(desk, pool_key("tea"))) == (0, 9)
    desk.check()


def test_a_position_born_while_the_pool_was_not_known_of_is_counted_from_the_next_touch_on() -> None:
    desk = shop(ASIDE_FOR_APP)
    desk.pools = Pools()  # another process, which has not heard of the pool
    desk.do(ReceiveStock((ReceivedLine("tea", "new", 5),)))
    assert rest(desk, pool_key("tea")) == 9
    assert sell(desk, "o1", 2, "", "new") == "held"
    assert rest(desk, pool_key("tea")) == 12
    desk.do(ReceiveStock((ReceivedLine("tea", "new", 1),)))
    assert rest(desk, pool_key("tea")) == 13


def test_a_reserving_quota_needs_exactly_one_goods_behind_it() -> None:
    for goods in ((), ("tea", "pot")):
        for dimension in (AT_SKU, AT_ITEM):
            with pytest.raises(QuotaDimension):
                checked_dimension(Quota("q", "app", MUTEX, dimension, "x", goods=goods, cap=1))
            checked_dimension(Quota("q", "app", SHARED, dimension, "x", goods=goods, cap=1))
    checked_dimension(Quota("q", "app", MUTEX, AT_ITEM, "x", goods=("tea",), cap=1))


# -- exclusive first, never two where one will do ---------------------------------------------------------------------


def test_what_is_exclusive_is_used_first_and_alone_where_it_suffices() -> None:
    exclusive = Quota("x", "app", EXCLUSIVE, AT_GOODS, "tea", cap=4)
    desk = shop(SHARED_OF_APP, exclusive)
    assert sell(desk, "o1", 3, "app", "quay") == "held"
    assert held_by(desk, "o1") == {"stock:-/tea/quay/-/-": 3, "quota_share:tea/x": 3}
    # One unit is left of it, five of the shared: neither is split while one suffices alone.
    assert sell(desk, "o2", 5, "app", "quay") == "held"
    assert held_by(desk, "o2") == {"stock:-/tea/quay/-/-": 5, "pool:tea": 5, "quota:s": 5}
    desk.check()


def test_a_line_is_not_spread_over_two_quotas_to_spare_it_two_nodes() -> None:
    exclusive = Quota("x", "app", EXCLUSIVE, AT_GOODS, "tea", cap=1)
    desk = shop(SHARED_OF_APP, exclusive, tea=4)
    assert sell(desk, "o1", 5, "app") == "held"  # four on the quay, two in the shop
    assert held_by(desk, "o1") == {
        "stock:-/tea/quay/-/-": 4,
        "stock:-/tea/shop/-/-": 1,
        "pool:tea": 1,
        "quota:s": 1,
    }
    assert rest(desk, cap_key("s")) == 0
    assert rest(desk, share_key("tea", "x")) == 1
    desk.check()


def test_where_no_quota_suffices_alone_the_exclusive_is_emptied_first() -> None:
    exclusive = Quota("x", "app", EXCLUSIVE, AT_GOODS, "tea", cap=3)
    desk = shop(SHARED_OF_APP, exclusive)
    assert sell(desk, "o1", 7, "app", "quay") == "held"
    assert (rest(desk, share_key("tea", "x")), rest(desk, cap_key("s"))) == (0, 1)
    desk.check()


def test_what_is_held_at_no_node_yet_is_the_channel_s_or_the_pool_s() -> None:
    desk = shop(ASIDE_FOR_APP)
    for id, channel in (("o1", "app"), ("o2", "")):
        (take,) = book_of(desk).unpinned("tea", channel)
        plan = Plan((PlannedLine("1", 2, (take.way(),)),), openings={take.position: UNPINNED_OPENING})
        desk.do(HoldPlanned(ReserveStock((StockLine("tea", 2, ("quay",)),), channel=channel), id, plan))
    assert (rest(desk, share_key("tea", "m")), rest(desk, pool_key("tea"))) == (4, 7)
    desk.do(ReleaseReservation("o1"))
    desk.do(ReleaseReservation("o2"))
    assert (rest(desk, share_key("tea", "m")), rest(desk, pool_key("tea"))) == (6, 9)
    desk.check()


def test_what_is_exclusive_is_not_set_by_what_was_judged_before_another_was() -> None:
    desk = shop(Quota("x", "app", EXCLUSIVE, AT_NODE, "tea", "quay"))
    other = SetQuotas((Quota("y", "web", EXCLUSIVE, AT_NODE, "tea", "quay"),))
    with pytest.raises(QuotaMoved):
        desk.do(QuotasPlanned(other, other.quotas, {}, 0))
    same = SetQuotas((Quota("x", "app", EXCLUSIVE, AT_NODE, "tea", "quay"),))
    assert desk.do(QuotasPlanned(same, same.quotas, {}, 0)).entries[0].version == 1


def test_what_is_exclusive_sells_through_its_channel_alone() -> None:
    exclusive = Quota("x", "app", EXCLUSIVE, AT_NODE, "tea", "quay")
    desk = shop(exclusive)
    desk.do(CarveStock((CarvedLine("x", 4),)))
    assert sell(desk, "o1", 1, "", "quay") == "quota.exclusive"
    assert sell(desk, "o1", 1, "web", "quay") == "quota.exclusive"
    assert sell(desk, "o1", 1, "web", "quay", "shop") == "held"
    assert held_by(desk, "o1") == {"stock:-/tea/shop/-/-": 1}
    assert sell(desk, "o2", 4, "app", "quay") == "held"
    desk.check()


# -- what can be said -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        {"code": ""},
        {"channel": "-"},
        {"channel": ""},
        {"mode": "SHARED"},
        {"dimension": "node"},
        {"dimension": "world"},
        {"node": "quay"},
        {"goods": ("tea",)},
        {"cap": -1},
        {"active": 1},
        {"dimension": "sku", "goods": ("a", "a")},
        {"dimension": "node", "node": "quay", "mode": MUTEX, "cap": 1},
    ],
)
def test_a_quota_that_makes_no_sense_is_refused_before_it_is_sent(said: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Quota(**{"code": "q", "channel": "app", "mode": SHARED, "dimension": AT_GOODS, "of": "tea", **said})


def test_a_leaf_keeps_owner_lot_and_expiry_of_what_was_carved() -> None:
    desk = Desk()
    desk.do(ReceiveStock((ReceivedLine("tea", "quay", 5, "farm", "L1", "2027-01-31"),)))
    desk.do(setting(LEAF_OF_APP)(desk))
    desk.do(CarveStock((CarvedLine("l", 2, "farm", "L1"),)))
    leaf = desk.accounts[Position("tea", "quay", "farm", "L1", "app").key]
    assert (leaf.balances.available, dict(leaf.facts)) == (2, {"expires": "2027-01-31"})
    desk.check()
