"""What an account held in the past, by version or by time."""

from dataclasses import dataclass
from datetime import UTC, datetime

from application.kernel.register_pages import tenant_of
from application.stock.queries import AccountUnknown, BalanceReader, BalanceThen
from domain.kernel.account import AccountKey
from domain.kernel.quantity import MAX_BALANCE, whole
from domain.kernel.refusal import InvalidInput


@dataclass(frozen=True, slots=True)
class BalanceAt:
    """An account after a version of it, or after its last movement at or before a time (with its zone)."""

    account: AccountKey
    at: int | datetime

    def __post_init__(self) -> None:
        if not isinstance(self.at, datetime):
            whole(self.at, "version", least=0, most=MAX_BALANCE)
        elif self.at.tzinfo is None:
            raise InvalidInput("a time needs its zone", field="at")


class BalanceAtHandler:
    def __init__(self, reader: BalanceReader) -> None:
        self._reader = reader

    async def __call__(self, tenant: str, query: BalanceAt) -> BalanceThen:
        """Raises AccountUnknown, VersionNotReached (both retryable)."""
        account, at = query.account, query.at
        if isinstance(at, datetime):
            found = await self._reader.balance_by_time(tenant_of(tenant), account, at.astimezone(UTC))
        else:
            found = await self._reader.balance_by_version(tenant_of(tenant), account, at)
        if found is None:
            raise AccountUnknown(f"nothing was ever posted on {account}", account=account.named())
        return found
