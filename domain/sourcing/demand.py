"""What is wanted, what could serve it, and what was decided: the values of sourcing.

What other contexts know comes as their own plain values: the protocols here name the fields that are read of them.
Quantities are whole numbers of the smallest unit, money of the smallest unit of the tenant's, weights grams,
distances metres where they are ours.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple, Protocol

from domain.kernel.account import AccountKey
from domain.kernel.quantity import identifier, whole
from domain.kernel.refusal import InvalidInput

MAX_LINES: Final = 100
MAX_GRAMS: Final = 10**9


class SoldAs(NamedTuple):
    """The names that a line is sold under, by which quotas may count it; both empty for bare goods."""

    sku: str = ""
    item: str = ""


BARE: Final = SoldAs()


class Part(Protocol):
    """`units` of a goods go into one unit of the line."""

    @property
    def goods(self) -> str: ...
    @property
    def units(self) -> int: ...


class Alternative(Protocol):
    """One way to supply a line: all parts together, from one node. The smaller `priority` goes first."""

    @property
    def sku(self) -> str: ...
    @property
    def supplier(self) -> str: ...
    @property
    def owner(self) -> str | None: ...
    @property
    def priority(self) -> int: ...
    @property
    def parts(self) -> Sequence[Part]: ...
    @property
    def substitute(self) -> bool: ...


class Candidate(Protocol):
    """A node that may serve the place and the buyer."""

    @property
    def node(self) -> str: ...
    @property
    def distance_km(self) -> float | None: ...
    @property
    def priority(self) -> int: ...
    @property
    def cost_order(self) -> int: ...
    @property
    def cost_unit(self) -> int: ...
    @property
    def arrives_from(self) -> datetime: ...
    @property
    def arrives_to(self) -> datetime: ...
    @property
    def owners(self) -> frozenset[str] | None: ...
    @property
    def goods(self) -> Mapping[str, int] | None: ...


class Share(Protocol):
    """What the channel may take of one position (a lot, a channel leaf), on `account` and on each of `caps`.

    Each of `by_line` counts units of the line, not of the goods. `sold_as`: only lines of these names may take it so
    (None: all); of one goods all shares say so, or none does.
    """

    @property
    def goods(self) -> str: ...
    @property
    def node(self) -> str: ...
    @property
    def owner(self) -> str: ...
    @property
    def lot(self) -> str: ...
    @property
    def expires(self) -> date | None: ...
    @property
    def quota(self) -> str: ...
    @property
    def available(self) -> int: ...
    @property
    def account(self) -> AccountKey: ...
    @property
    def caps(self) -> Sequence[AccountKey]: ...
    @property
    def sold_as(self) -> frozenset[SoldAs] | None: ...
    @property
    def by_line(self) -> Sequence[AccountKey]: ...


class Rest(Protocol):
    """What a node can still send off on its day; None where that is unbounded."""

    @property
    def orders(self) -> int | None: ...
    @property
    def units(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class DemandLine:
    """One line: `quantity` units, served by one or several of `alternatives`.

    `grams` is what one unit weighs. Restrictions of the line: `suppliers` (None: any), `keeps_until` (a lot must expire
    on that day or later; one without expiry always does), `by` (all of it must arrive until then), `whole` (one node
    serves all of it).
    """

    id: str
    quantity: int
    alternatives: Sequence[Alternative]
    grams: int = 0
    suppliers: frozenset[str] | None = None
    keeps_until: date | None = None
    by: datetime | None = None
    whole: bool = False
    sold_as: SoldAs = BARE

    def __post_init__(self) -> None:
        identifier(self.id, "line")
        whole(self.quantity)
        whole(self.grams, "grams", least=0, most=MAX_GRAMS)


@dataclass(frozen=True, slots=True)
class Demand:
    """What one order asks for. `whole_only`: all of it from one node or none; `max_splits`: from at most that many
    nodes more than one (None: as many as it takes)."""

    lines: tuple[DemandLine, ...]
    whole_only: bool = False
    max_splits: int | None = None

    def __post_init__(self) -> None:
        if not 1 <= len(self.lines) <= MAX_LINES:
            raise InvalidInput(f"a demand has 1 to {MAX_LINES} lines", field="lines", most=MAX_LINES)
        seen: set[str] = set()
        for line in self.lines:
            if line.id in seen:
                raise InvalidInput(f"line {line.id} is given twice", field="lines", line=line.id)
            seen.add(line.id)
        if self.max_splits is not None:
            whole(self.max_splits, "max_splits", least=0)

    @property
    def max_nodes(self) -> int | None:
        """From how many nodes it may come at most."""
        if self.whole_only:
            return 1
        return None if self.max_splits is None else self.max_splits + 1


@dataclass(frozen=True, slots=True)
class Field:
    """What there is to choose from, of one moment: candidates that routing let through, and what they may take.

    `shares` in the order in which a channel is to use those of one position; `rest` what is left of each cap that a
    share names; `capacity` by node, what is left of the day that the candidate leaves on (a node without: unbounded).
    `shared`: the accounts that shares of several candidates are on. Neither the order of candidates nor that of shares
    of different positions matters.
    """

    candidates: Sequence[Candidate]
    shares: Sequence[Share]
    rest: Mapping[AccountKey, int]
    capacity: Mapping[str, Rest]
    shared: frozenset[AccountKey] = frozenset()


def of_several(shares: Iterable[Share]) -> frozenset[AccountKey]:
    """The accounts of which several candidates may take: a receipt goes with any parcel that leaves after it."""
    first: dict[AccountKey, str] = {}
    return frozenset(each.account for each in shares if first.setdefault(each.account, each.node) != each.node)


class Leg(NamedTuple):
    """`quantity` units of a line from one node by one alternative: of each of its parts one share.

    `cost` is what falls due by the unit; what falls due by the parcel stands in the node's Parcel.
    """

    line: str
    quantity: int
    candidate: Candidate
    alternative: Alternative
    shares: tuple[Share, ...]
    cost: int

    @property
    def node(self) -> str:
        return self.candidate.node


class Parcel(NamedTuple):
    """What one node sends: `handling` falls due for the order, `freight` by weight and distance (None: not known)."""

    node: str
    units: int
    grams: int
    metres: int | None
    handling: int
    freight: int


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy chose. Stated, not stored.

    `short` are the units of each line that nothing can serve (empty: all of it is served). `cost` is in money whatever
    the policy, the penalty of splits included. `objective` is in the policy's own measure (fewest splits: splits), and
    `gap` how much of it a better plan might save at most; `optimal` says that there is none better at all, neither by
    the measure nor by what is left short. `looked` counts the work of the search.
    """

    policy: str
    legs: tuple[Leg, ...]
    parcels: tuple[Parcel, ...]
    short: Mapping[str, int]
    cost: int
    objective: int
    gap: int
    optimal: bool
    looked: int = 0

    @property
    def splits(self) -> int:
        """How many nodes more than one it comes from."""
        return max(0, len(self.parcels) - 1)

    @property
    def complete(self) -> bool:
        return not self.short

    @property
    def metres(self) -> int:
        """How far its parcels go together; those of unknown distance are not counted."""
        return sum(parcel.metres or 0 for parcel in self.parcels)


class Lost(NamedTuple):
    """A candidate that serves nothing, and the one rule that says why: the first that is true of it (`RULES`).

    For `outranked` alone: put in for whatever it could serve of the legs chosen, it would make the plan more by `by` of
    the policy's measure and by `cost` in money (None: such a plan would break a limit).
    """

    node: str
    rule: str
    by: int | None = None
    cost: int | None = None


def supplied(suppliers: Collection[str] | None, alternative: Alternative) -> bool:
    """Whether a line that names these suppliers (None: it takes anybody's) can be served with the alternative."""
    return suppliers is None or alternative.supplier in suppliers
