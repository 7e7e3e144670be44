"""What a person on call sees: stock that renews itself, the story of a reservation, a ledger, the outbox."""

import pytest
from playwright.async_api import Locator, expect

from application.kernel.broker import Delivery, Poison
from application.kernel.outbox import PARTITIONS
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.count_stock import CountedLine, CountStock
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.release_reservation import ReleaseReservation
from domain.permissions.scope import Scope
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.http.console.outbox import LOOKED_AT
from entrypoints.http.console.stock import GOODS, NODES
from tests.builders import receive, reserve
from tests.e2e.console.conftest import Seat
from tests.e2e.console.shop import opened

pytestmark = pytest.mark.asyncio(loop_scope="session")


def figure(seat: Seat, title: str, label: str) -> Locator:
    return seat.page.locator(f'tr[data-title="{title}"] td[data-label="{label}"]')


# -- stock ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_stock_renews_itself_and_says_what_changed(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 1_010))
    await seat.sign_in()
    available = figure(seat, "TEA at NORTH", "available")
    await expect(available).to_have_text("1,010")
    await seat.house.do(reserve("TEA", "NORTH", 3))
    await expect(available).to_have_text("1,007")
    await expect(available).to_have_class("num available changed")
    await expect(figure(seat, "TEA at NORTH", "reserved")).to_have_text("3")
    await expect(figure(seat, "TEA", "promisable")).to_have_text("1,007")
    told = seat.page.locator("#told")
    await expect(told).to_have_attribute("aria-live", "polite")
    await expect(told).to_contain_text("6 figures changed")
    await seat.house.do(RegisterNode((Node("SOUTH", "South"),)))
    assert seat.wrong == []


async def test_a_few_changes_are_read_out_one_by_one(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 5), ("TEA", "SOUTH", 7))
    await seat.sign_in(at="/stock?node=NORTH")
    await expect(figure(seat, "TEA at NORTH", "available")).to_have_text("5")
    await seat.house.do(receive("TEA", "NORTH", 2))
    told = seat.page.locator("#told")
    await expect(told).to_contain_text("TEA at NORTH: available 7, was 5")


async def test_where_the_reader_stands_stays_where_it_is_when_the_page_renews_itself(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10))
    await seat.sign_in()
    link = seat.page.get_by_role("link", name="NORTH")
    await link.focus()
    await seat.house.do(reserve("TEA", "NORTH", 4))
    await expect(figure(seat, "TEA at NORTH", "available")).to_have_text("6")
    await expect(link).to_be_focused()


async def test_goods_are_found_by_the_beginning_of_their_code(seat: Seat) -> None:
    await seat.house.stock(("TEA-1", "NORTH", 1), ("TEA-2", "SOUTH", 2), ("COFFEE", "NORTH", 3))
    await seat.sign_in()
    await seat.page.get_by_label("Goods begin with").fill("TEA")
    await seat.page.get_by_label("Node").fill("SOUTH")
    await seat.page.get_by_role("button", name="Show").click()
    await expect(seat.page.locator("tr.goods")).to_have_count(2)
    await expect(figure(seat, "TEA-2 at SOUTH", "available")).to_have_text("2")
    await expect(seat.page.locator('tr[data-title="TEA-1"]')).to_contain_text("none at SOUTH")
    await seat.open("/stock?goods=tea")
    await expect(seat.page.locator("#live")).to_contain_text("capital letters count")


async def test_a_page_of_stock_is_bounded(seat: Seat) -> None:
    nodes = [f"N{number:03}" for number in range(NODES + 7)]
    codes = [f"G{number:03}" for number in range(GOODS + 1)]
    await seat.house.do(RegisterNode(tuple(Node(code, code) for code in nodes)))
    await seat.house.do(RegisterGoods(tuple(Goods(code, code) for code in codes)))
    for node in nodes:
        await seat.house.do(receive(codes[0], node, 1))
    await seat.sign_in()
    await expect(seat.page.locator("tr.goods")).to_have_count(GOODS)
    await expect(seat.page.locator("tr.node")).to_have_count(NODES)
    await expect(seat.page.locator("tr.more")).to_contain_text("7 more rows")
    await expect(figure(seat, codes[0], "available")).to_have_text(str(len(nodes)))
    await seat.page.get_by_role("link", name="Next goods").click()
    await expect(seat.page.locator("tr.goods")).to_have_count(1)


async def test_stock_that_is_kept_apart_by_lot_is_shown_apart(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10))
    await seat.house.do(receive("TEA", "NORTH", 4), receive("TEA", "NORTH", 1))
    await seat.house.do(ReceiveStock((ReceivedLine("TEA", "NORTH", 6, lot="2026-04"),)))
    await seat.sign_in()
    await expect(figure(seat, "TEA at NORTH, lot 2026-04", "available")).to_have_text("6")
    await seat.page.get_by_role("link", name="lot 2026-04").click()
    await expect(seat.page.locator("#live tbody tr")).to_have_count(1)
    await seat.page.get_by_role("navigation", name="Positions").get_by_role("link", name="kept together").click()
    await expect(seat.page.locator("#live tbody tr")).to_have_count(3)


async def test_a_server_that_falls_silent_is_told_and_so_is_its_return(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10))
    await seat.sign_in()
    await expect(seat.page.locator("#status")).to_contain_text("Queue")
    await seat.page.route("**/live*", lambda route: route.abort())
    await expect(seat.page.locator("#status")).to_contain_text("does not answer")
    await expect(seat.page.locator("#told")).to_contain_text("as it was at")
    await seat.page.unroute("**/live*")
    await expect(seat.page.locator("#status")).to_contain_text("Queue")


# -- reservations -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_reservation_tells_its_story_in_order(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10))
    made = reserve("TEA", "NORTH", 3, reservation="R1", order="O-1")
    await seat.house.do(made, actor="ana", principal="web-shop")
    await seat.sign_in()
    await seat.page.get_by_role("link", name="Reservations").click()
    await seat.page.get_by_label("Reservation id").fill("R1")
    await seat.page.get_by_role("button", name="Find").click()
    await expect(seat.page.locator(".summary .status")).to_contain_text("Held")
    await expect(seat.page.locator(".summary")).to_contain_text("in 29 min")
    # Live: it goes on while somebody looks.
    await seat.house.do(ConfirmReservation("R1"), actor="till")
    await expect(seat.page.locator(".summary .status")).to_contain_text("Confirmed")
    told = await seat.page.locator(".story li").all_inner_texts()
    assert len(told) == 2
    assert "3 of TEA at NORTH set aside." in told[0]
    assert "ReserveStock · ana through web-shop" in told[0]
    assert "3 of TEA at NORTH confirmed, and allocated." in told[1]
    assert "ConfirmReservation · till" in told[1]


async def test_reservations_are_found_by_the_reference_of_their_order(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10))
    for id in ("R1", "R2"):
        await seat.house.do(reserve("TEA", "NORTH", 1, reservation=id, order="O-7"))
    await seat.house.do(ReleaseReservation("R2"))
    await seat.sign_in(at="/reservations?q=O-7")
    rows = await seat.page.locator("#live tbody tr").all_inner_texts()
    assert [("R1" in rows[0], "Held" in rows[0]), ("R2" in rows[1], "Released" in rows[1])] == [(True, True)] * 2
    await seat.page.get_by_role("link", name="R2").click()
    await expect(seat.page.locator(".story")).to_contain_text("1 of TEA at NORTH given back.")
    await seat.open("/reservations?q=nothing")
    await expect(seat.page.locator("#live")).to_contain_text("There is no reservation with this id")


# -- the ledger -------------------------------------------------------------------------------------------------------


async def test_the_ledger_shows_every_balance_after_each_movement(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10))
    await seat.house.do(reserve("TEA", "NORTH", 3, reservation="R1"), actor="ana", principal="web-shop")
    await seat.house.do(CountStock((CountedLine("TEA", "NORTH", 9),), reason="Shelf count"), actor="mei")
    await seat.sign_in()
    await seat.page.get_by_role("link", name="NORTH").click()
    await expect(seat.page.locator("#live tbody tr")).to_have_count(3)
    rows = [
        [" ".join(cell.split()) for cell in await row.locator("td").all_inner_texts()]
        for row in await seat.page.locator("#live tbody tr").all()
    ]
    assert [row[1:8] for row in rows] == [
        ["Count: less available → outside", "1", "−1 6", "3", "0", "0", "0"],
        ["Set aside available → reserved", "3", "−3 7", "+3 3", "0", "0", "0"],
        ["Received outside → available", "10", "+10 10", "0", "0", "0", "0"],
    ]
    assert rows[0][8].startswith("mei Shelf count")
    assert rows[1][8].startswith("ana through web-shop for R1")
    assert "ReceiveStock" in rows[2][8]
    await seat.page.get_by_role("link", name="R1").click()
    await expect(seat.page.locator("h1")).to_have_text("Reservation R1")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_ledger_is_paged_from_the_latest_back_to_the_first(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 1))
    for _ in range(120):
        await seat.house.do(receive("TEA", "NORTH", 1))
    await seat.sign_in(at="/ledger?goods=TEA&node=NORTH")

    async def shown() -> tuple[str, str]:
        numbers = seat.page.locator("#live tbody th")
        first, last = await numbers.first.inner_text(), await numbers.last.inner_text()
        return first, last

    pages = [await shown()]
    for _ in range(2):
        await seat.page.get_by_role("link", name="Earlier movements").click()
        pages.append(await shown())
    assert pages == [("121", "72"), ("71", "22"), ("21", "1")]
    await expect(seat.page.get_by_role("link", name="Earlier movements")).to_have_count(0)
    await seat.page.get_by_role("link", name="Later movements").click()
    assert await shown() == ("71", "22")
    await seat.page.get_by_role("link", name="Later movements").click()
    assert await shown() == ("121", "72")


# -- promises ---------------------------------------------------------------------------------------------------------


async def test_a_promise_is_drawn_with_its_legs_and_why_the_others_lost(seat: Seat) -> None:
    await opened(seat.house)
    await seat.sign_in(at="/promises")
    await expect(seat.page.locator("#live")).to_contain_text("Nothing is held by asking")
    await seat.page.get_by_label("Wanted").fill("goods:TEA-SENCHA-100 300, goods:TIN-ROUND-250 40")
    await seat.page.get_by_label("Nation").fill("CN")
    await seat.page.get_by_label("Point").fill("31.30, 120.58")
    await seat.page.get_by_role("button", name="Promise", exact=True).click()
    await expect(seat.page.get_by_role("img", name="Map of where it goes")).to_be_visible()
    legs = seat.page.get_by_role("table").first
    await expect(legs.get_by_role("row").filter(has_text="TIN-ROUND-250")).to_contain_text("WEST")
    await expect(seat.page.get_by_role("region", name="Why the others lost")).to_contain_text("SHOP-HARBOUR")
    await expect(seat.page.locator("svg .chosen")).to_have_count(1)
    assert seat.wrong == []


async def test_what_cannot_be_promised_is_said_in_the_form(seat: Seat) -> None:
    await opened(seat.house)
    await seat.sign_in(at="/promises?lines=goods:TEA-ASSAM-250+1&point=here")
    await expect(seat.page.get_by_role("alert")).to_contain_text("latitude, longitude")
    await seat.open("/promises?lines=NO-SUCH-SKU+1&nation=CN")
    await expect(seat.page.get_by_role("alert")).to_contain_text("NO-SUCH-SKU")


# -- the outbox -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_events_that_wait_are_counted_by_partition(seat: Seat) -> None:
    await seat.house.installation.worker.stop()
    await seat.house.stock(("TEA", "NORTH", 10))
    await seat.house.stock(("THEIRS", "THEIRS", 10), tenant="other")
    await seat.sign_in()
    await seat.page.get_by_role("link", name="Outbox").click()
    counts = await seat.page.locator("#live tbody td:nth-child(2)").all_inner_texts()
    waiting = await seat.house.installation.outbox.unpublished(range(16), 500)
    mine = [each for rows in waiting.values() for each in rows if each.tenant == "acme"]
    assert sum(map(int, counts)) == len(mine) > 0
    assert "THEIRS" not in await seat.page.content()
    await expect(seat.page.locator(".cursor")).not_to_be_empty()
    await expect(seat.page.locator("#status")).to_contain_text("not in this process")


async def test_who_waits_behind_others_is_not_told_that_nothing_waits(seat: Seat) -> None:
    await seat.house.installation.worker.stop()
    await seat.house.stock(("THEIRS", "THEIRS", 1), tenant="other")
    for _ in range(LOOKED_AT):
        await seat.house.do(receive("THEIRS", "THEIRS", 1), tenant="other")
    await seat.sign_in(at="/outbox")
    await expect(seat.page.locator("#live")).to_contain_text("Yours may wait behind them")
    await expect(seat.page.locator("#live")).not_to_contain_text("Nothing waits")
    await expect(seat.page.locator("[data-figure=waiting]")).to_have_text("0+")


async def test_events_behind_others_are_found_page_by_page(seat: Seat) -> None:
    await seat.house.installation.worker.stop()
    await seat.house.stock(("THEIRS", "THEIRS", 1), tenant="other")
    for _ in range(2 * LOOKED_AT):
        await seat.house.do(receive("THEIRS", "THEIRS", 1), tenant="other")
    await seat.house.stock(*((f"TEA{n}", "NORTH", 1) for n in range(60)))
    waiting = await seat.house.installation.outbox.unpublished(range(PARTITIONS), 10_000)
    (full,) = (partition for partition, rows in waiting.items() if len(rows) > 2 * LOOKED_AT)
    mine = {each.id for each in waiting[full] if each.tenant == "acme"}
    assert mine
    await seat.sign_in(at="/outbox")
    seen: set[str] = set()
    await seat.page.get_by_role("link", name=f"Further in partition {full}").click()
    for behind in range(1, 9):
        first = f"Those from {behind * LOOKED_AT + 1:,} "
        await expect(seat.page.locator("#live")).to_contain_text(first)
        rows = seat.page.locator("section[aria-labelledby=listed] tbody th")
        seen |= set(await rows.all_inner_texts())
        if not await seat.page.get_by_role("link", name="Those behind").count():
            break
        await seat.page.get_by_role("link", name="Those behind").click()
    assert seen == mine
    await seat.page.get_by_role("link", name="Those before").click()
    await expect(seat.page.locator("section[aria-labelledby=listed]")).to_be_visible()
    assert seat.wrong == []


@pytest.mark.parametrize(
    "asked", ["partition=x", "partition=-1", "partition=9999", "partition=1&page=0", "partition=²"]
)
async def test_a_page_of_events_that_cannot_be_is_not_listed(seat: Seat, asked: str) -> None:
    await seat.sign_in(at=f"/outbox?{asked}")
    await expect(seat.page.locator("#live")).to_contain_text("Waiting to be published")
    await expect(seat.page.locator("section[aria-labelledby=listed]")).to_have_count(0)


async def test_a_parked_message_is_given_back_by_an_admin(seat: Seat) -> None:
    taken: list[str] = []

    async def take(delivery: Delivery) -> None:
        if delivery.message.subject == "bad":
            raise Poison("version 9 of StockReserved is unknown")
        taken.append(delivery.message.id)

    seat.house.installation.broker.subscribe("projection", take)
    good = await seat.house.park("projection", "KeyError: 'goods'")
    bad = await seat.house.park("projection", "Poison: no", subject="bad")
    await seat.sign_in(Scope.READ, Scope.ADMIN, at="/outbox")
    await expect(seat.page.get_by_role("row").filter(has_text=good)).to_contain_text("KeyError: 'goods'")
    await seat.page.get_by_role("button", name=f"Deliver again: {good} to projection").click()
    await expect(seat.page.get_by_text("The message was given back")).to_be_visible()
    await expect(seat.page.get_by_role("row").filter(has_text=good)).to_have_count(0)
    assert taken == [good]
    await seat.page.get_by_role("button", name=f"Deliver again: {bad} to projection").click()
    await expect(seat.page.get_by_role("row").filter(has_text=bad)).to_contain_text("version 9")


async def test_who_may_only_read_is_told_what_giving_back_takes(seat: Seat) -> None:
    await seat.house.park("projection", "no")
    await seat.sign_in(Scope.READ, at="/outbox")
    await expect(seat.page.locator("#live")).to_contain_text("sign in with a key that holds the scope admin")
    await expect(seat.page.get_by_role("button", name="Deliver")).to_have_count(0)


async def test_a_message_whose_consumer_runs_elsewhere_stays_parked(seat: Seat) -> None:
    id = await seat.house.park("elsewhere", "no")
    await seat.sign_in(Scope.READ, Scope.ADMIN, at="/outbox")
    await seat.page.get_by_role("button", name=f"Deliver again: {id} to elsewhere").click()
    await expect(seat.page.locator("main")).to_contain_text("no consumer of this process")
    assert len(await seat.house.installation.parked.parked("elsewhere", 9)) == 1
