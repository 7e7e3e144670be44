"""Accounts of any kind, read by their keys."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.kernel.account import Account, AccountKey


class AccountsFound(NamedTuple):
    """Accounts as they were last committed at `as_of`; those never posted on are left out. `source`: who answered."""

    as_of: datetime
    source: str
    accounts: Mapping[AccountKey, Account]


class AccountReader(Protocol):
    """Reads accounts of one tenant, all from one snapshot."""

    async def accounts(self, tenant: str, keys: Collection[AccountKey]) -> AccountsFound:
        """Those among the keys that were ever posted on. Raises StoreError."""
        ...
