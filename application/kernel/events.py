"""The events that the kernel itself tells."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.kernel.account import Account, AccountKey


@dataclass(slots=True)
class BalancesChanged:
    """The absolute balances of one account after a transaction, in the smallest unit.

    At most one per account and transaction. A consumer that holds another version than `version_before` has missed one.
    """

    kind: str
    key: Mapping[str, str]
    version_before: int
    version: int
    available: int
    reserved: int
    allocated: int
    in_transit: int
    held: int
    floor: int


def balances_changed(before: int, account: Account) -> BalancesChanged:
    kind, values = account.key
    return BalancesChanged(
        kind.name,
        dict(zip(kind.dimensions, values, strict=True)),
        before,
        account.version,
        *account.balances,
        account.floor,
    )


def account_subject(key: AccountKey) -> str:
    """What events of an account are keyed by."""
    return f"account:{key}"
