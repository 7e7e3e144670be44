"""The SQL ledger on SQLite keeps what the port promises."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

from application.kernel.ports import Reach, pass_by
from contracts.conformance.commands import Receive
from contracts.conformance.ground import Shop, code, ground_on
from contracts.conformance.ledger import LedgerConformance
from contracts.conformance.quotas import QuotasConformance
from domain.kernel.account import AccountKind
from domain.kernel.movement import Balances
from tests.contract.ledger.installations import SqliteInstallation


class TestSqliteLedger(LedgerConformance):
    async def open_ledger(
        self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by
    ) -> SqliteInstallation:
        return await SqliteInstallation(folder / "ledger.sqlite", kinds, reach).open()

    async def test_a_row_that_the_database_refuses_fails_its_command_alone(self, tmp_path: Path) -> None:
        """One of the last statements of the batch fails in the driver, when all that was posted is written."""
        installation = await self.open_ledger(tmp_path, self.kinds)
        with closing(sqlite3.connect(installation.path)) as connection:
            connection.execute(
                "CREATE TRIGGER refuse BEFORE INSERT ON outbox WHEN NEW.request = 'r37'"
                " BEGIN SELECT RAISE(ABORT, 'this row cannot be written'); END"
            )

        async def story(shop: Shop) -> None:
            outcomes = await shop.at_once((f"r{i}", Receive(f"A{i % 8}", 1)) for i in range(1, 65))
            assert Counter(map(code, outcomes)) == {"received": 63, "internal.fault": 1}
            assert code(outcomes[36]) == "internal.fault"
            assert await shop.balances("A4") == Balances(available=8)
            assert await shop.balances("A5") == Balances(available=7)

        async with ground_on(installation) as ground:
            await ground.both(story)
            assert ground.committer.counts.halvings > 0


class TestSqliteQuotas(QuotasConformance):
    async def open_ledger(
        self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by
    ) -> SqliteInstallation:
        return await SqliteInstallation(folder / "ledger.sqlite", kinds, reach).open()
