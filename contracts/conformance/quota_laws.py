"""The laws of channel stock, checked over everything that a ledger holds, at every prefix of it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Movement
from domain.kernel.movement import SHIP, Balances
from domain.stock.position import CARVE_IN, CARVE_OUT, NONE, POSITION
from domain.stock.quota import CAP, POOL, SHARE, UNPINNED, cap_of


def broken_quota_laws(accounts: Mapping[AccountKey, Account], movements: Iterable[Movement]) -> list[str]:
    """What is wrong, a sentence each; empty where every law holds."""
    lines = sorted(movements, key=lambda line: (line.act.number, line.version))
    return [*_pools(lines), *_carves(lines), *_caps(accounts, lines)]


def _pools(lines: Iterable[Movement]) -> Iterator[str]:
    """After every command, a pool has what lies on plain positions and is neither set aside nor promised at no node."""
    there: dict[AccountKey, Balances] = {}
    for number, of_command in groupby(lines, key=lambda line: line.act.number):
        for line in of_command:
            there[line.account] = line.after
        lies: defaultdict[str, int] = defaultdict(int)
        for key, balances in there.items():
            if key.kind is POSITION and key.values[4] == NONE:
                lies[key.values[1]] += balances.available
            elif key.kind is SHARE:
                lies[key.values[0]] -= balances.available
            elif key.kind is UNPINNED:
                lies[key.values[0]] -= balances.reserved + balances.allocated
        for key in there:
            if key.kind is POOL and there[key].available != lies[key.values[0]]:
                yield f"after command {number}, {key} has {there[key].available}, {lies[key.values[0]]} are free"


def _carves(lines: Iterable[Movement]) -> Iterator[str]:
    """Whatever is carved out of one leaf comes in on another of the same goods, owner, node and lot."""
    for number, of_command in groupby(lines, key=lambda line: line.act.number):
        sums: defaultdict[tuple[str, ...], int] = defaultdict(int)
        for line in of_command:
            sign = (line.kind is CARVE_IN) - (line.kind is CARVE_OUT)
            sums[line.account.values[:4]] += sign * line.quantity
        yield from (f"command {number} carved {over} of {place} too many" for place, over in sums.items() if over)


def _caps(accounts: Mapping[AccountKey, Account], lines: Iterable[Movement]) -> Iterator[str]:
    """Of every quota, cap = what is left + what was taken and not given back − debt; nothing is taken beyond the cap
    that was not there when it was lowered.
    """
    gone: defaultdict[AccountKey, int] = defaultdict(int)
    for line in lines:
        gone[line.account] += line.quantity * (line.kind is SHIP)
    for key, account in accounts.items():
        if key.kind is not CAP and key.kind is not SHARE:
            continue
        if account.debt and account.balances.available:
            yield f"{key}: has {account.balances.available} to give while it owes {account.debt}"
        kept = account.balances.on_hand + gone[key]
        if account.debt < 0 or kept != cap_of(account) + account.debt:
            yield f"{key}: {kept} kept and taken, of a cap of {cap_of(account)} with a debt of {account.debt}"
