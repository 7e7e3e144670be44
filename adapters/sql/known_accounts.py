"""Accounts as the last commits left them, remembered by the process that commits, so that most need no reading."""

from collections.abc import Iterable
from typing import Final

from domain.kernel.account import Account, AccountKey

REMEMBERED: Final = 50_000


class KnownAccounts:
    """The balances that this process wrote or read last, by tenant. Exact as long as nobody else commits.

    Whoever uses them says first, within the transaction, under which `mark` of the others' commits that is; under
    another mark than the last everything is forgotten. Learn only what is committed.
    """

    def __init__(self, remembered: int = REMEMBERED) -> None:
        self._remembered = remembered
        self._accounts: dict[str, dict[AccountKey, Account]] = {}
        self._count = 0
        self._mark: object = None

    def under(self, mark: object) -> None:
        """Forget what others may have changed, or when too much is known (what is in use is soon known again)."""
        if mark != self._mark or self._count > self._remembered:
            self.forget()
            self._mark = mark

    def of(self, tenant: str) -> dict[AccountKey, Account]:
        """What is known of a tenant; learn through `learn` only."""
        return self._accounts.get(tenant, {})

    def learn(self, tenant: str, accounts: Iterable[Account]) -> None:
        known = self._accounts.setdefault(tenant, {})
        before = len(known)
        known.update({account.key: account for account in accounts})
        self._count += len(known) - before

    def forget(self) -> None:
        """Drop everything known: a transaction ended otherwise than by its commit."""
        self._accounts.clear()
        self._count = 0
        self._mark = None
