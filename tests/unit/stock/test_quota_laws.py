"""Laws of channel stock under random commands: pools, caps and carves stay true, whatever is asked in any order."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from application.stock.carve_stock import CarvedLine, CarveStock, RestoreStock
from application.stock.exchange_holds import ExchangeHolds, Target
from application.stock.quotas import QuotaBook
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine, plan_through
from application.stock.set_quotas import QuotasPlanned, SetQuotas
from domain.kernel.refusal import Refusal
from domain.stock.position import NONE, POSITION
from domain.stock.quota import AT_GOODS, AT_NODE, AT_SKU, EXCLUSIVE, EXCLUSIVES, MUTEX, QUOTAS, SHARED, Quota
from tests.unit.stock.desk import Desk
from tests.unit.stock.test_laws import (
    commands,
    few,
    goods,
    lines_of,
    nodes,
    ordered,
    parts,
    reservations,
)

Asked = Callable[[Desk], Any]
"""Makes a command of what the desk knows by then, as a handler would."""

caps = st.integers(0, 15)
low = st.integers(0, 3)
channels = st.sampled_from(("app", "web"))


def book_of(desk: Desk) -> QuotaBook:
    book = QuotaBook()
    for key, entry in desk.entries.items():
        if key.register in (QUOTAS, EXCLUSIVES):
            book.take(entry)
    return book


def setting(*quotas: Quota) -> Asked:
    def asked(desk: Desk) -> QuotasPlanned:
        return QuotasPlanned(
            SetQuotas(quotas),
            quotas,
            {quota.pooled: counted(desk, quota.pooled) for quota in quotas if quota.pooled},
            book_of(desk).exclusives,
        )

    return asked


def counted(desk: Desk, of: str) -> tuple[Any, ...]:
    return tuple(k for k in desk.accounts if k.kind is POSITION and k.values[1] == of and k.values[4] == NONE)


def selling(id: str, lines: tuple[StockLine, ...], channel: str, partial: bool) -> Asked:
    def asked(desk: Desk) -> HoldPlanned:
        return HoldPlanned(
            ReserveStock(lines, partial=partial, channel=channel), id, *plan_through(book_of(desk), channel, lines)
        )

    return asked


def as_it_is(command: Any) -> Asked:
    return lambda _desk: command


wide = st.builds(
    lambda goods, channel, mode, cap, active: Quota(
        f"{channel} {goods}", channel, mode, AT_GOODS, goods, cap=cap, active=active
    ),
    goods,
    channels,
    st.sampled_from((MUTEX, MUTEX, EXCLUSIVE)),
    caps,
    st.sampled_from((True, True, False)),
)
of_sku = st.builds(
    lambda goods, cap: Quota(f"sku {goods}", "web", MUTEX, AT_SKU, f"{goods}-1", goods=(goods,), cap=cap), goods, caps
)
shared = st.builds(
    lambda goods, channel, cap, active: Quota(
        f"{channel} of {goods}", channel, SHARED, AT_GOODS, goods, cap=cap, active=active
    ),
    goods,
    channels,
    caps,
    st.booleans(),
)
leaf = st.builds(lambda goods, node: Quota(f"{goods}@{node}", "app", MUTEX, AT_NODE, goods, node), goods, nodes)
carved = st.tuples(st.builds(CarvedLine, st.builds(lambda g, n: f"{g}@{n}", goods, nodes), few))
wishes = lines_of(st.builds(StockLine, goods, few, ordered))
asked = st.one_of(
    *(each.map(setting) for each in (wide, of_sku, shared, leaf)),
    st.builds(lambda goods, cap: Quota(f"app {goods}", "app", MUTEX, AT_GOODS, goods, cap=cap), goods, low).map(
        setting
    ),
    st.builds(lambda goods, cap: Quota(f"web of {goods}", "web", SHARED, AT_GOODS, goods, cap=cap), goods, low).map(
        setting
    ),
    carved.map(CarveStock).map(as_it_is),
    carved.map(RestoreStock).map(as_it_is),
    st.builds(selling, reservations, wishes, st.sampled_from(("app", "web", "")), st.booleans()),
    st.builds(selling, reservations, wishes, st.sampled_from(("app", "web", "")), st.booleans()),
    st.builds(
        ExchangeHolds, reservations, parts, st.tuples(st.builds(Target, goods, nodes, channel=st.just("app")))
    ).map(as_it_is),
    commands.map(as_it_is),
    commands.map(as_it_is),
    commands.map(as_it_is),
)


def opened() -> Desk:
    """Stock at two nodes, sold before anything was set aside of it, and quotas of every form."""
    desk = Desk()
    desk.do(ReceiveStock(tuple(ReceivedLine(g, n, 20) for g in "AB" for n in ("N1", "N2")), opening=True))
    desk.do(selling("o3", (StockLine("A", 6, ("N2", "N1")), StockLine("B", 2, ("N1",))), "", False)(desk))
    desk.do(
        setting(Quota("app A", "app", MUTEX, AT_GOODS, "A", cap=8), Quota("A@N1", "app", MUTEX, AT_NODE, "A", "N1"))(
            desk
        )
    )
    desk.do(setting(Quota("web of A", "web", SHARED, AT_GOODS, "A", cap=5))(desk))
    desk.do(CarveStock((CarvedLine("A@N1", 4),)))
    desk.do(selling("o1", (StockLine("A", 5, ("N2",)),), "web", False)(desk))
    desk.do(selling("o2", (StockLine("A", 7, ("N2",)),), "app", False)(desk))
    return desk


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(asked, min_size=1, max_size=3), min_size=5, max_size=25))
def test_every_law_of_channel_stock_holds_after_any_batches_of_commands(batches: list[list[Asked]]) -> None:
    desk = opened()
    for batch in batches:
        made = []
        for each in batch:
            try:
                made.append(each(desk))
            except Refusal:
                continue
        before = len(desk.movements)
        outcomes = desk.together(*made)
        for outcome in outcomes:
            assert not isinstance(outcome, Exception) or isinstance(outcome, Refusal), repr(outcome)
        if all(isinstance(outcome, Refusal) for outcome in outcomes):
            assert len(desk.movements) == before
        desk.pass_time(timedelta(minutes=10))
    desk.check()
