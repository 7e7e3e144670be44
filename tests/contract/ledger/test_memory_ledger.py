"""The memory ledger keeps what the port promises."""

from collections.abc import Mapping
from pathlib import Path

from application.kernel.ports import Reach, pass_by
from contracts.conformance.ledger import LedgerConformance
from contracts.conformance.quotas import QuotasConformance
from domain.kernel.account import AccountKind
from tests.contract.ledger.installations import MemoryInstallation


class TestMemoryLedger(LedgerConformance):
    async def open_ledger(
        self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by
    ) -> MemoryInstallation:
        return MemoryInstallation(reach)


class TestMemoryQuotas(QuotasConformance):
    async def open_ledger(
        self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by
    ) -> MemoryInstallation:
        return MemoryInstallation(reach)
