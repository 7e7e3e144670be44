"""A whole installation on MariaDB, chosen by its URL alone: commands, queries, deadlines, the relay, the audit."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from application.kernel.call import Call
from application.reconciliation.audit_ledger import AuditLedger
from application.stock.find_availability import FindAvailability
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.register_node import RegisterNode
from application.stock.reserve_stock import ReserveStock, StockLine
from domain.stock.goods import Goods
from domain.stock.node import Node
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.settings import load_settings
from tests.contract.mariadb.broken import ROOT, lent


async def promisable(house: Installation) -> int:
    found = await house.ask("north", FindAvailability(("A",)))
    total: int = found.goods[0].amounts.promisable
    return total


async def test_a_whole_installation_runs_on_it(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", await asyncio.to_thread(lent, url, tmp_path))
    async with open_installation(load_settings(worker={"poll_seconds": 0.05}), worker=True) as house:
        await house.handle(Call("north", "ann", "g"), RegisterGoods((Goods("A", "A"),)))
        await house.handle(Call("north", "ann", "n"), RegisterNode((Node("N1", "N1"),)))
        await house.handle(Call("north", "ann", "in"), ReceiveStock((ReceivedLine("A", "N1", 10),)))
        held = ReserveStock((StockLine("A", 4, ("N1",)),), "r1", hold_for=timedelta(seconds=1))
        await house.handle(Call("north", "ann", "r1"), held)
        assert await promisable(house) == 6
        async with asyncio.timeout(30):
            while await promisable(house) != 10:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
            while (await house.backlog()).unpublished:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        assert (await house.audit(AuditLedger())).clean
    said = await asyncio.to_thread(_audited)
    assert "clean" in said


def _audited() -> str:
    """What the command line says of it, in a process of its own."""
    command = [sys.executable, "-m", "entrypoints.cli.main", "ledger", "audit"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60).stdout
