"""The SQL ledger on SQLite keeps what the port promises."""

from collections.abc import Mapping
from pathlib import Path

from application.kernel.ports import Reach, pass_by
from contracts.conformance.ledger import LedgerConformance
from domain.kernel.account import AccountKind
from tests.contract.ledger.installations import SqliteInstallation


class TestSqliteLedger(LedgerConformance):
    async def open_ledger(
        self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by
    ) -> SqliteInstallation:
        return await SqliteInstallation(folder / "ledger.sqlite", kinds, reach).open()
