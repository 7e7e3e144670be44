"""The integer ids that stand for account keys in every table. An id never changes, so every process may remember it."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection

from adapters.sql.dialects.dialect import Query, SqlDialect
from application.kernel.ports import StoreError
from domain.kernel.account import AccountKey, AccountKind

REMEMBERED: Final = 200_000


class AccountIds:
    """Key → id and id → key, for the accounts used lately."""

    def __init__(self, kinds: Mapping[str, AccountKind], remembered: int = REMEMBERED) -> None:
        self._kinds = kinds
        self._remembered = remembered
        self._ids: dict[str, dict[AccountKey, int]] = {}
        self._keys: dict[int, AccountKey] = {}

    def kind(self, name: str) -> AccountKind:
        """The declared kind. Raises StoreError for one that this installation does not know."""
        try:
            return self._kinds[name]
        except KeyError:
            raise StoreError(
                f"the database holds accounts of an unknown kind {name}: declare it in the settings"
            ) from None

    def of(self, tenant: str) -> dict[AccountKey, int]:
        """The remembered ids of a tenant; write through `remember` only."""
        return self._ids.setdefault(tenant, {})

    def remember(self, tenant: str, key: AccountKey, id: int) -> None:
        self._ids.setdefault(tenant, {})[key] = id
        self._keys[id] = key

    def trim(self) -> None:
        """Between batches: forget when too much is remembered (what is in use comes back with its next batch)."""
        if max(len(self._keys), len(self._ids)) > self._remembered:  # tenants are remembered, too, even for nothing
            self.forget()

    def forget(self) -> None:
        """Drop everything remembered."""
        self._ids.clear()
        self._keys.clear()

    def keys(
        self, connection: Connection, names: Query, dialect: SqlDialect, tenant: str, ids: set[int]
    ) -> Mapping[int, AccountKey]:
        """The keys of these ids; `names` is the query that reads those not remembered."""
        known = self._keys
        missing = {
            id for id in ids if id not in known
        }  # not `ids - known.keys()`: that goes through all that are known
        if not missing:
            return known
        found = {id: known[id] for id in ids if id in known}
        for id, kind, *dimensions in names(connection, dialect.set_of(missing)):
            declared = self.kind(kind)
            key = AccountKey(declared, tuple(dimensions[: len(declared.dimensions)]))
            found[id] = key
            self.remember(tenant, key, id)
        return found
