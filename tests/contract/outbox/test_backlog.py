"""What waits is told the same by every technology."""

from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from application.kernel.broker import letter
from application.kernel.ledger_time import SECOND, LedgerTime
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from domain.kernel.account import BEGINNING
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition import installation
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import load_settings
from tests.builders import call, receive, reserve


async def put_to_wait(house: Installation) -> None:
    """Two reservations, one of them due after a second, and three parked messages."""
    await house.handle(call("g"), RegisterGoods((Goods("A", "A"),)))
    await house.handle(call("n"), RegisterNode((Node("N1", "One"),)))
    await house.handle(call("in"), receive(quantity=10))
    await house.handle(call("r1"), reserve(hold_for=timedelta(seconds=1)))
    await house.handle(call("r2"), reserve())
    for group, id in (("stock", "1"), ("stock", "2"), ("commands", "1")):
        await house.parked.park(group, letter(id, "acme", "k", "t", None, b"{}", BEGINNING), 1, "no")


@pytest.mark.parametrize("technology", ["memory", "sqlite"])
async def test_what_waits_is_counted_and_its_age_told(
    technology: Literal["memory", "sqlite"], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1_000_000_000 * SECOND
    time = LedgerTime(lambda: now, lambda: now / SECOND)
    monkeypatch.setattr(installation, "machine_time", lambda: time)
    url = "memory:" if technology == "memory" else f"sqlite:///{tmp_path / 'test.db'}"
    settings = load_settings(database={"url": url})
    if technology == "sqlite":
        migrate(settings)
    async with open_installation(settings, worker=False) as house:
        assert await house.backlog() == (0, 0.0, 0, 0.0, {})
        await put_to_wait(house)
        now += 3 * SECOND
        waiting = await house.backlog()
        assert waiting.unpublished == sum(map(len, (await house.outbox.unpublished(range(16), 100)).values()))
        assert waiting.unpublished > 0
        assert (waiting.unpublished_seconds, waiting.due, waiting.late_seconds) == (3.0, 1, 2.0)
        assert waiting.parked == {"stock": 2, "commands": 1}
        # What was published, fired and discarded does not wait.
        while await house.relay() <= 0:
            pass
        await house.relay.close()
        await house.deadlines()
        await house.parked.remove("commands", "1")
        left = await house.backlog()
        assert (left.due, left.late_seconds, left.parked) == (0, 0.0, {"stock": 2})
        assert left.unpublished < waiting.unpublished
