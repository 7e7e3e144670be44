"""The picture in the README, made on request: SCREENSHOTS=docs writes docs/console.png.

With SCREENSHOTS_ALL=1 every page is drawn, wide and narrow, light and dark, to be looked at.
"""

import os
from pathlib import Path
from typing import Final

import pytest
from playwright.async_api import Browser

from domain.permissions.scope import Scope
from tests.builders import reserve
from tests.e2e.console.conftest import House, seat_of
from tests.e2e.console.shop import opened

FOLDER: Final = os.environ.get("SCREENSHOTS")
EVERYTHING: Final = os.environ.get("SCREENSHOTS_ALL") == "1"
PAGES: Final = {
    "stock": "/stock",
    "reservation": "/reservations?q=R-10042",
    "order": "/reservations?q=ORDER-7732",
    "promise": "/promises?lines=goods:TEA-ASSAM-250+1800,goods:TIN-ROUND-250+40&nation=CN&point=31.30,120.58",
    "ledger": "/ledger?goods=TEA-ASSAM-250&node=EAST",
    "outbox": "/outbox",
}

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_stock_page_can_be_photographed(chromium: Browser, house: House, tmp_path: Path) -> None:
    folder = Path(FOLDER) if FOLDER else tmp_path
    await opened(house)
    context = await chromium.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    seat = await seat_of(context, house)
    await seat.sign_in(Scope.READ, Scope.ADMIN)
    await seat.page.get_by_text("Queue").wait_for()
    await house.do(reserve("TEA-SENCHA-100", "WEST", 40))
    await seat.page.locator("td.changed").first.wait_for()
    await seat.page.screenshot(path=folder / "console.png")
    await context.close()
    assert (folder / "console.png").stat().st_size > 10_000


if EVERYTHING and FOLDER:

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    @pytest.mark.parametrize("width", [1280, 360])
    async def test_every_page_is_drawn(chromium: Browser, house: House, scheme: str, width: int) -> None:
        assert FOLDER
        await opened(house)
        await house.park("projection", "a reason that says what went wrong")
        context = await chromium.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)  # type: ignore[arg-type]
        seat = await seat_of(context, house)
        await seat.open("/sign-in")
        await seat.page.screenshot(path=f"{FOLDER}/sign-in-{width}-{scheme}.png")
        await seat.sign_in(Scope.READ, Scope.ADMIN)
        for name, path in PAGES.items():
            await seat.open(path)
            await seat.page.get_by_text("Queue").wait_for()
            await seat.page.screenshot(path=f"{FOLDER}/{name}-{width}-{scheme}.png", full_page=True)
        await context.close()
