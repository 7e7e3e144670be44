"""Everyone can use it: by keyboard, on a phone, with a reader of screens; and what is shown is never run."""

import json
import os
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlencode

import pytest
from playwright.async_api import Page, expect

from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from domain.permissions.scope import Scope
from domain.stock.goods import Goods
from tests.builders import reserve
from tests.e2e.console.conftest import Seat, hosts
from tests.e2e.console.shop import opened

pytestmark = pytest.mark.asyncio(loop_scope="session")

AXE: Final = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
PAGES: Final = (
    "/stock",
    "/stock?goods=nothing",
    "/reservations",
    "/reservations?q=R-10042",
    "/reservations?q=ORDER-7732",
    "/promises",
    "/promises?lines=goods:TEA-ASSAM-250+1800,goods:TIN-ROUND-250+40&nation=CN&point=31.30,120.58",
    "/promises?lines=NOTHING&nation=CN",
    "/ledger?goods=TEA-ASSAM-250&node=EAST",
    "/ledger?goods=TEA-DARJEELING-100&node=EAST",
    "/ledger?goods=%20&node=%00",
    "/outbox",
    "/status",
)
EVIL: Final = (
    "<script>window.hit=1</script>",
    '"><img src=x onerror=window.hit=1>',
    "' onmouseover='window.hit=1",
    "javascript:window.hit=1//",
    "{{7*7}}${7*7}<%=7*7%>",
    "a&amp;b</td></table>",
    "‮evil‬ 茶 🍵 e\u0301",
    "x hx-get=/console/sign-in hx-trigger=load",
)


LOOKS: Final[tuple[tuple[Literal["light", "dark"], int], ...]] = (
    ("light", 1280),
    ("dark", 360),
    ("dark", 1280),
    ("light", 360),
)
EVERY_LOOK: Final = os.environ.get("CONSOLE_LOOKS") == "all"
"""Every page in every look; otherwise every page in one of them, and each look at some pages."""


async def faults(page: Page) -> list[str]:
    """What axe finds wrong: the rule, and where."""
    options = json.dumps({"runOnly": {"type": "tag", "values": RULES}})
    if await page.evaluate("typeof axe") == "undefined":
        await page.evaluate(AXE)
    found: dict[str, Any] = await page.evaluate(f"axe.run(document, {options})")
    assert found["passes"], "axe looked at nothing"
    return [
        f"{each['id']}: {node['target']} {node['failureSummary']}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


async def look_at(seat: Seat, number: int) -> None:
    """The page as it is now, with axe."""
    for scheme, width in LOOKS if EVERY_LOOK else (LOOKS[number % len(LOOKS)],):
        await seat.page.emulate_media(color_scheme=scheme)
        await seat.page.set_viewport_size({"width": width, "height": 800})
        assert await faults(seat.page) == [], (seat.page.url, scheme, width)


@pytest.mark.timeout(400)
async def test_axe_finds_nothing_wrong_with_any_page_and_none_asks_another_host(seat: Seat) -> None:
    await opened(seat.house)
    await seat.house.park("projection", "KeyError: 'goods'")
    await seat.open("/sign-in")
    await look_at(seat, 1)
    await seat.sign_in(Scope.READ, Scope.ADMIN)
    for number, path in enumerate(PAGES):
        await seat.open(path)
        await expect(seat.page.locator("#status")).to_contain_text("Queue")
        await look_at(seat, number)
    await seat.page.evaluate("document.getElementById('shortcuts').showModal()")
    await look_at(seat, 2)
    assert hosts(seat.asked) == {seat.house.address.removeprefix("http://")}
    assert any("htmx" in address for address in seat.asked)


async def test_axe_would_find_something(seat: Seat) -> None:
    await seat.open("/sign-in")
    await seat.page.evaluate("document.querySelector('label').remove()")
    assert any(each.startswith("label:") for each in await faults(seat.page))


@pytest.mark.parametrize("seat", [{"viewport": {"width": 360, "height": 740}}], indirect=True)
async def test_no_page_is_wider_than_a_phone(seat: Seat) -> None:
    await opened(seat.house)
    long = "W" * 128
    await seat.house.stock((long, "N" * 128, 1_000_000_000), ("TEA", "EAST-2", 1))
    await seat.house.do(reserve(long, "N" * 128, 1_000_000, reservation="R" * 128, order="O" * 128), actor="A" * 128)
    await seat.house.park("g" * 60, "r" * 400, subject="s" * 128)
    await seat.sign_in(Scope.READ, Scope.ADMIN)
    for path in (
        *PAGES,
        f"/stock?goods={long}",
        f"/ledger?goods={long}&node={'N' * 128}",
        f"/reservations?q={'R' * 128}",
    ):
        await seat.open(path)
        await expect(seat.page.locator("#status")).to_contain_text("Queue")
        wide, narrow = await seat.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide <= narrow == 360, path


async def test_everything_is_reached_and_done_by_keyboard(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10), ("COFFEE", "NORTH", 5))
    await seat.house.do(reserve("TEA", "NORTH", 2, reservation="R1"))
    key, keyboard = await seat.house.key(), seat.page.keyboard
    await seat.open("/sign-in")
    await expect(seat.page.get_by_label("Key")).to_be_focused()
    await keyboard.type(key.text)
    await keyboard.press("Enter")
    await seat.page.wait_for_url("**/console/stock")
    # The first thing met leads past the navigation, and can be seen.
    await keyboard.press("Tab")
    skip = seat.page.get_by_role("link", name="Skip to the content")
    await expect(skip).to_be_focused()
    await expect(skip).to_be_in_viewport()
    await keyboard.press("Enter")
    await expect(seat.page.locator("main")).to_be_focused()
    await keyboard.press("/")
    await expect(seat.page.get_by_label("Goods begin with")).to_be_focused()
    await keyboard.type("TE/g?")
    await expect(seat.page.get_by_label("Goods begin with")).to_have_value("TE/g?")
    await seat.page.get_by_label("Goods begin with").fill("TE")
    await keyboard.press("Enter")
    await seat.page.wait_for_url("**goods=TE&**")
    await expect(seat.page.locator("tr.goods")).to_have_count(1)
    await keyboard.type("gr")
    await seat.page.wait_for_url("**/console/reservations")
    await keyboard.type("/R1")
    await keyboard.press("Enter")
    await expect(seat.page.locator("h1")).to_have_text("Reservation R1")
    for letters, place in (("gl", "ledger"), ("gp", "promises"), ("go", "outbox"), ("gs", "stock")):
        await keyboard.type(letters)
        await seat.page.wait_for_url(f"**/console/{place}")


async def test_the_list_of_shortcuts_opens_closes_and_switches_them_off(seat: Seat) -> None:
    await seat.sign_in()
    keyboard, dialog = seat.page.keyboard, seat.page.get_by_role("dialog", name="Shortcuts")
    await keyboard.press("?")
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("checkbox").uncheck()
    await keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    await seat.page.reload()
    await keyboard.press("?")
    await keyboard.type("gr")
    await expect(dialog).to_be_hidden()
    assert seat.page.url.endswith("/stock")


async def test_tab_goes_through_the_page_and_out_of_it_again_always_seen(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10))
    await seat.sign_in()
    await seat.page.evaluate("document.getElementById('live').removeAttribute('hx-trigger')")
    met: list[str] = []
    while len(met) < 40:
        await seat.page.keyboard.press("Tab")
        name, outline = await seat.page.evaluate(
            "[document.activeElement.innerText || document.activeElement.name || document.activeElement.tagName,"
            " getComputedStyle(document.activeElement).outlineStyle]"
        )
        if await seat.page.evaluate("document.activeElement === document.body") or name in met[:1]:
            break  # out of the page, or round it
        assert outline != "none", name
        met.append(name)
    assert len(met) < 40, "no way out"
    names = (
        "Skip to the content",
        "Stock",
        "Reservations",
        "Ledger",
        "Outbox",
        "Shortcuts",
        "Sign out",
        "goods",
        "node",
    )
    assert [each for each in met if each in names] == list(names)
    assert "NORTH" in met


@pytest.mark.parametrize("seat", [{"reduced_motion": "reduce"}], indirect=True)
async def test_who_wants_no_motion_gets_none(seat: Seat) -> None:
    await seat.house.stock(("TEA", "NORTH", 10))
    await seat.sign_in()
    await seat.house.do(reserve("TEA", "NORTH", 1))
    changed = seat.page.locator("td.changed").first
    await expect(changed).to_be_visible()
    assert await changed.evaluate("each => getComputedStyle(each).animationName") == "none"
    assert await changed.evaluate("each => getComputedStyle(each).backgroundColor") != "rgba(0, 0, 0, 0)"


async def test_what_is_shown_is_never_run(seat: Seat) -> None:
    for number, evil in enumerate(EVIL):
        await seat.house.stock((evil, evil, 5))
        await seat.house.do(reserve(evil, evil, 1, reservation=evil, order=f"O{number}"), actor=evil)
        await seat.house.do(ReceiveStock((ReceivedLine(evil, evil, 1, owner=evil, lot=evil),), reason=evil))
        await seat.house.park(evil, evil, subject=evil)
    await seat.sign_in(Scope.READ, Scope.ADMIN)
    for evil in EVIL:
        await seat.open("/stock")
        links = seat.page.locator("#live").get_by_role("link", name=evil, exact=True)
        await links.first.click()
        await expect(seat.page.get_by_role("textbox", name="Goods")).to_have_value(evil)
        assert evil in " ".join(await seat.page.locator("h1").all_inner_texts())
        await expect(seat.page.locator("#live")).to_contain_text(evil)
        assert await seat.page.evaluate("window.hit") is None
        await seat.open(f"/reservations?{urlencode({'q': evil})}")
        await expect(seat.page.locator(".story")).to_contain_text(evil)
        assert await seat.page.evaluate("window.hit") is None
    await seat.open("/outbox")
    for evil in EVIL:
        await expect(seat.page.locator("#live")).to_contain_text(evil)
    assert await seat.page.evaluate("window.hit") is None
    assert seat.wrong == []


async def test_a_live_change_of_an_evil_code_is_text_too(seat: Seat) -> None:
    evil = EVIL[1]
    await seat.house.stock((evil, "NORTH", 5))
    await seat.sign_in()
    await seat.house.do(reserve(evil, "NORTH", 1))
    await expect(seat.page.locator("#told")).to_contain_text("figures changed")
    await expect(seat.page.locator("#live")).to_contain_text(evil)
    assert await seat.page.evaluate("window.hit") is None


async def test_another_tenants_things_are_as_good_as_not_there(seat: Seat) -> None:
    await seat.house.do(RegisterGoods((Goods("THEIRS", "Theirs"),)), tenant="other")
    await seat.house.stock(("THEIRS-2", "THERE", 5), tenant="other")
    await seat.house.do(reserve("THEIRS-2", "THERE", 1, reservation="R-THEIRS", order="O-THEIRS"), tenant="other")
    parked = await seat.house.park("projection", "THEIRS", tenant="other")
    await seat.house.stock(("MINE", "HERE", 1))
    await seat.sign_in(Scope.READ, Scope.ADMIN)
    asked = ("", "?q=R-THEIRS", "?q=O-THEIRS", "?goods=THEIRS-2&node=THERE")
    for path in (f"/{page}{query}" for page in ("stock", "reservations", "ledger", "outbox") for query in asked):
        await seat.open(path)
        shown = await seat.page.locator("#live").inner_text()
        assert "other" not in shown, path
        assert parked not in shown, path
        assert not await seat.page.locator("#live tr").filter(has_text="THEIRS").count(), path
    token = await seat.page.locator("input[name=form_token]").first.get_attribute("value")
    answer = await seat.page.request.post(
        f"{seat.house.address}/console/outbox/requeue",
        form={"form_token": token or "", "group": "projection", "message": parked},
    )
    assert "not parked" in await answer.text()
    assert len(await seat.house.installation.parked.parked("projection", 9)) == 1
