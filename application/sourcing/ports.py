"""What a promise asks of the other contexts, each port as small as its consumer needs.

Who may deliver where is asked through `routing.py`. All are answered from views that this process keeps (at most a
second old), without a statement to a database, but for `OnHand`: the one read of a promise, of one commit. They are
answered in adapters/inprocess. Quantities are whole numbers of the goods' smallest unit, money of the smallest unit of
the tenant's, times UTC.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple, Protocol

from domain.kernel.account import AccountKey
from domain.kernel.ledger import Ledger
from domain.kernel.reservation import Plan, Reservation
from domain.sourcing.demand import SoldAs


class Wanted(NamedTuple):
    """One line as the buyer said it: `quantity` of a SKU (or of a sales item that has but one), or of bare goods.

    Exactly one of `sku`, `item` and `goods` is given.
    """

    line: str
    quantity: int
    sku: str = ""
    item: str = ""
    goods: str = ""


class Part(NamedTuple):
    """`units` of a goods go into one unit of the line."""

    goods: str
    units: int


class Alternative(NamedTuple):
    """One way to supply a line: all `parts` together (a kit's are flattened, each goods once).

    `mode` is SELF, BACKEND or SHARED, `supplier` the party that supplies (`-`: ourselves), `owner` whose stock may be
    used (None: anybody's that the node lets be used), `priority`: the smaller goes first. `substitute`: it stands for
    what was ordered, and is not it. `item` is the one that has the SKU.
    """

    sku: str
    mode: str
    supplier: str
    owner: str | None
    priority: int
    parts: tuple[Part, ...]
    substitute: bool = False
    item: str = ""


class Supplying(Protocol):
    """Raises StoreError, and the refusals of a line that nothing can stand for: `supply.*`, `item.*`."""

    async def resolve(
        self, tenant: str, wanted: Sequence[Wanted], buyer: str, at: datetime
    ) -> Sequence[tuple[Alternative, ...]]:
        """For each line what can stand for it, the preferred first; `buyer` is a party's code or empty."""
        ...


class Share(NamedTuple):
    """What a channel may take of one position: `available` units, held on `account`, each also on all of `caps`.

    `available` is what a reserve would grant of the position or channel leaf by itself; what is left of the caps is in
    `Snapshot.rest`. `quota` names what the channel has it by, empty for plain stock. Where a channel may take a
    position in two ways, they are two shares in the order they are to be used: an exclusive one before a shared one.
    `expires` is the lot's day, None where it has none. `sold_as`: only lines of these names may take it so (None: all);
    `by_line` are caps that count units of the line, not of the goods.
    """

    goods: str
    node: str
    owner: str
    lot: str
    expires: date | None
    quota: str
    available: int
    account: AccountKey
    caps: tuple[AccountKey, ...] = ()
    sold_as: frozenset[SoldAs] | None = None
    by_line: tuple[AccountKey, ...] = ()


class Due(NamedTuple):
    """Units that are expected: at hand at the node from `day` on, held on `account` until they have arrived.

    `quota`, `caps`, `sold_as` and `by_line` as of a share.
    """

    goods: str
    node: str
    owner: str
    day: date
    available: int
    account: AccountKey
    quota: str = ""
    caps: tuple[AccountKey, ...] = ()
    sold_as: frozenset[SoldAs] | None = None
    by_line: tuple[AccountKey, ...] = ()


class Day(NamedTuple):
    """A node's day, and how many orders and units can leave there on it: None where that is not bounded."""

    node: str
    day: date
    orders: int | None
    units: int | None


class DayRest(NamedTuple):
    """What is left of a node's day: None where it is not bounded."""

    orders: int | None
    units: int | None


class Snapshot(NamedTuple):
    """Everything that a choice is made from and that is counted, of one commit: `as_of`.

    `shares` by node and goods; `rest` what a reserve would grant of each cap, `days` of the bounded days of nodes with
    any share; `due` by day.
    """

    as_of: datetime
    shares: Sequence[Share]
    rest: Mapping[AccountKey, int]
    days: Mapping[Day, DayRest]
    due: Sequence[Due] = ()


DaysOf = Callable[[str], Collection[Day]]
"""The days on which what a node sends may leave there: those that are bounded."""


class OnHand(Protocol):
    """The one read of a promise. Raises StoreError."""

    async def read(
        self,
        tenant: str,
        goods: Mapping[str, Collection[SoldAs]],
        nodes: Collection[str],
        channel: str,
        days_of: DaysOf,
        *,
        expected: bool = False,
    ) -> Snapshot:
        """What `channel` (empty: none) may take of these goods, under the names each is sold as, at these nodes, with
        what is left of the days of those that have any; with `expected`, what is due as well.

        Raises PromiseWide for more than 100,000 positions.
        """
        ...

    async def rest(self, tenant: str, days: Collection[Day]) -> Mapping[Day, DayRest]:
        """What is left of these days."""
        ...


class TakesDays(Protocol):
    """Says what lines of a plan take of the nodes' days."""

    def take(self, plan: Plan, lines: Mapping[str, tuple[Day, int]]) -> Plan:
        """The plan with it: `lines` by their ids, each with its day and the units of goods in one unit of the line."""
        ...


class DaysNow(Protocol):
    """What nodes' days are bounded to. Raises StoreError."""

    async def days(self, tenant: str, at: Collection[tuple[str, date]]) -> Mapping[tuple[str, date], Day]:
        """Each node's day as its site and calendar say now; those on which the node does not work are left out."""
        ...


class Registers(Protocol):
    """What is registered, at most one second old."""

    async def require(self, tenant: str, goods: Collection[str], nodes: Collection[str]) -> None:
        """Raises `goods.*`, `node.*` of those that no new command may name; StoreError."""
        ...


class Signs(Protocol):
    """Signs what is handed out to be handed back: the secret is the installation's own."""

    def sign(self, said: bytes) -> bytes:
        """The same for the same bytes, in every process of the installation."""
        ...

    def signed(self, said: bytes, signature: bytes) -> bool:
        """Whether `sign` made it, told in a time that does not say how nearly."""
        ...


class TellsReserved(Protocol):
    """What is told of reservations, in the words of stock, which all who follow reservations hear."""

    def reserved(self, ledger: Ledger, made: Reservation) -> object:
        """What the event StockReserved says."""
        ...

    def exchanged(self, ledger: Ledger, before: Reservation, after: Reservation) -> object:
        """What the event HoldsExchanged says."""
        ...


class Unpinned(NamedTuple):
    """A way to hold goods at no node yet: `held` for each of their units, `by_line` for each unit of the line;
    `openings` of those that need one.
    """

    held: tuple[AccountKey, ...]
    by_line: tuple[AccountKey, ...]
    openings: Mapping[AccountKey, int]


class Pools(Protocol):
    """Goods that can be held at no node yet."""

    async def unpinned(
        self, tenant: str, goods: Mapping[str, Collection[SoldAs]], channel: str
    ) -> Mapping[tuple[str, SoldAs], Sequence[Unpinned]]:
        """By goods and the names each is sold as, the ways in which `channel` (empty: none) may have them, the
        preferred first; left out where it may not. Raises StoreError.
        """
        ...
