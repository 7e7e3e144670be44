"""Laws over many accounts: no goods sold that was never there, and both sides of every shipment the same."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from domain.kernel.account import AccountKey, AccountKind
from domain.kernel.movement import Bucket
from domain.reconciliation.chain import Walked
from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import InspectedAccount, Posting


@dataclass(frozen=True, slots=True)
class Supply:
    """Accounts of one kind hold the units of what their dimension `per` names: stock positions, of goods."""

    kind: AccountKind
    per: str


@dataclass(frozen=True, slots=True)
class Transit:
    """Whatever a command changes in transit on `carrier` accounts, it changes on `receiver` accounts.

    Accounts belong together when their dimensions `shared` are equal: a shipment's goods and lot, and a position's.
    """

    carrier: AccountKind
    receiver: AccountKind
    shared: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A `pool` account never has more available than there is beside what is set aside, per the dimension `per` of all.

    There is what is available on accounts of `supply` whose dimension named first in `plain` is the value named second.
    Set aside is what is available on `shares`; promised already, and still there, what is held of `promised`.
    """

    pool: AccountKind
    supply: AccountKind
    plain: tuple[str, str]
    shares: AccountKind
    promised: AccountKind
    per: str


class PoolAudit:
    """Whoever sells from a pool takes nothing that was set aside for others.

    A pool may have less: units on an account that it does not count yet, until a command touches both.
    """

    def __init__(self, aside: SetAside, findings: Findings) -> None:
        self._aside = aside
        self._findings = findings
        kinds = (aside.pool, aside.supply, aside.shares, aside.promised)
        self._places = {kind: kind.dimensions.index(aside.per) for kind in kinds}
        self._plain = aside.supply.dimensions.index(aside.plain[0])
        self._free: dict[tuple[str, str], int] = {}
        self._pools: dict[tuple[str, str], int] = {}

    def take(self, account: InspectedAccount, key: AccountKey) -> None:
        kind, aside, standing = key.kind, self._aside, account.standing
        if standing is None or kind not in self._places:
            return
        whose = account.tenant, key.values[self._places[kind]]
        available, reserved, allocated, *_ = standing.balances
        if kind is aside.pool:
            self._pools[whose] = available
        elif kind is aside.supply:
            if key.values[self._plain] == aside.plain[1]:
                self._free[whose] = self._free.get(whose, 0) + available
        else:
            taken = available if kind is aside.shares else reserved + allocated
            self._free[whose] = self._free.get(whose, 0) - taken

    def compare(self) -> None:
        for (tenant, of), has in self._pools.items():
            free = self._free.get((tenant, of), 0)
            if has > free:
                self._findings.add("pool.overdrawn", tenant, f"{self._aside.pool.name} of {of}", f"at most {free}", has)


class OversellAudit:
    """超卖审计: per goods, opening + what came in − what left ≥ 0 at every moment, and equal to what is there now.

    The first part is seen account by account (`follow`): where no account ever gave more than it had, their sum never
    did. The second compares the sum of quantities moved with the sum of the balances.
    """

    def __init__(self, supply: Supply, findings: Findings) -> None:
        self._kind = supply.kind
        self._place = supply.kind.dimensions.index(supply.per)
        self._findings = findings
        self._sums: dict[tuple[str, str], list[int]] = {}

    def take(self, account: InspectedAccount, key: AccountKey, walked: Walked) -> None:
        if key.kind is not self._kind:
            return
        sums = self._sums.setdefault((account.tenant, key.values[self._place]), [0, 0])
        sums[0] += walked.inside
        sums[1] += sum(account.standing.balances) if account.standing is not None else 0

    def compare(self) -> int:
        """How many goods were compared."""
        for (tenant, goods), (moved, there) in self._sums.items():
            if moved != there:
                self._findings.add("oversell.total", tenant, f"{self._kind.name} of {goods}", moved, there)
        return len(self._sums)


MIX: Final = 0x9E3779B97F4A7C15
MASK: Final = 2**64 - 1
NO_SIGNS: Final[Mapping[str, int]] = {}


class TransitAudit:
    """Both sides of every shipment, in a few sums per goods: one plain, one in which every command weighs differently,
    so that two wrong commands cannot make up for each other.
    """

    def __init__(self, transit: Transit, findings: Findings) -> None:
        self._transit = transit
        self._findings = findings
        kinds = (transit.carrier, transit.receiver)
        self._places = {kind: [kind.dimensions.index(name) for name in transit.shared] for kind in kinds}
        self._signs = {kind: _signs(kind) for kind in kinds}
        self._sums: dict[tuple[str, tuple[str, ...]], list[int]] = {}
        self.shipments = 0

    def watch(self, account: InspectedAccount, posting: Posting) -> None:
        """The next movement of any account."""
        key = account.key
        sign = 0 if key is None else self._signs.get(key.kind, NO_SIGNS).get(posting.kind, 0)
        if key is None or not sign:
            return
        shared = tuple(key.values[place] for place in self._places[key.kind])
        sums = self._sums.setdefault((account.tenant, shared), [0, 0, 0])
        carries, change = key.kind is self._transit.carrier, sign * posting.quantity
        sums[0 if carries else 1] += change
        sums[2] += (change if carries else -change) * (posting.command * MIX & MASK)

    def take(self, key: AccountKey) -> None:
        """Count the accounts of shipments."""
        self.shipments += key.kind is self._transit.carrier

    def compare(self) -> None:
        for (tenant, shared), (carried, received, balance) in self._sums.items():
            if balance:
                found = f"{received} in transit to receivers"
                if carried == received:
                    found += ", by other commands"
                self._findings.add("shipment.sides", tenant, "/".join(shared), f"{carried} on shipments", found)


def _signs(kind: AccountKind) -> dict[str, int]:
    """By how much of its quantity each movement changes what is in transit, where it does."""
    changes = {m.name: (m.target == Bucket.IN_TRANSIT) - (m.source == Bucket.IN_TRANSIT) for m in kind.movements}
    return {name: sign for name, sign in changes.items() if sign}
