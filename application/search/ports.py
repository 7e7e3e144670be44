"""What search needs of others: an index to ask, and the ledger to copy from."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Protocol

from application.kernel.unanswered import Unanswered
from application.search.documents import Document, DocumentKind, Field, Ref, Source, Value
from application.search.words import Wanted
from domain.kernel.account import Account, AccountKey
from domain.kernel.books import Entry, Movement
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Reservation

COUNTED: Final = 10_000
"""So many that are found are counted; that there are more is not told apart."""


class SearchOff(Refusal):
    """This installation has no search.

    Ask the other questions; those who operate it choose an index with the setting ENTREPOT_SEARCH__URL.
    """

    code = "search.off"


class KindUnknown(Refusal):
    """There is no such kind of document (`kind`, `one_of`).

    Name one of those that there are.
    """

    code = "search.kind"


class IndexUnavailable(Unanswered):
    """The index cannot be reached, or did not answer in time. The ledger goes on without it.

    Ask again a little later, or for less; those who operate it should look at the index.
    """

    code = "search.unavailable"

    def __init__(self, message: str) -> None:
        super().__init__(message, request="")


class DocumentRefused(Exception):
    """The index will not take a document as it is: no repeat makes it good."""


# -- questions --------------------------------------------------------------------------------------------------------


class Sign(StrEnum):
    """How a field is compared with a value."""

    LEAST = ">="
    MOST = "<="
    ABOVE = ">"
    BELOW = "<"


class Is(NamedTuple):
    """The field (of many values: one of them) is one of these."""

    field: Field
    values: tuple[Value, ...]


class Begins(NamedTuple):
    """The keyword begins with this."""

    field: Field
    prefix: str


class Compares(NamedTuple):
    """The number or time is at least, at most, above, below this."""

    field: Field
    sign: Sign
    value: int | datetime


Condition = Is | Begins | Compares


class Sort(NamedTuple):
    """By this field, those of equal values by id; all falling, or all rising."""

    field: Field
    falling: bool = False


class After(NamedTuple):
    """Where a page ended: the sorted value (times in microseconds) of its last document, and its id."""

    value: str | int
    id: str


@dataclass(frozen=True, slots=True)
class Query:
    """Which documents of one tenant: those that meet every condition and have all the words."""

    kind: DocumentKind
    where: tuple[Condition, ...] = ()
    wanted: tuple[Wanted, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """A page of at most `limit` of them; with it, for each of `facets`, its `most` most frequent values."""

    query: Query
    sort: Sort
    after: After | None = None
    limit: int = 50
    facets: tuple[Field, ...] = ()
    most: int = 10
    count: bool = True


class Hit(NamedTuple):
    """A document found, as the index keeps it; times are whole microseconds."""

    id: str
    version: int
    kept: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hits:
    """At most COUNTED of `total` are counted, None where nobody asked. `as_of`: the latest commit taken in."""

    hits: Sequence[Hit]
    total: int | None
    facets: Mapping[str, Sequence[tuple[str | int | bool, int]]]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class By:
    """A dimension to group by: a field, or a span of a field of times."""

    field: Field
    span: str = ""

    @property
    def name(self) -> str:
        """As it is asked for and answered: `goods`, `at.day`."""
        return f"{self.field.name}.{self.span}" if self.span else self.field.name


@dataclass(frozen=True, slots=True)
class AskSums:
    """Groups of the documents by these dimensions (none: one group), in their order, after this one; with sums."""

    query: Query
    by: tuple[By, ...]
    sums: tuple[Field, ...]
    after: tuple[Any, ...] | None = None
    limit: int = 100


class Group(NamedTuple):
    """One value for each dimension; the number of documents; one sum for each field. Documents without a value of a
    dimension are in no group.
    """

    values: tuple[str | int | bool, ...]
    number: int
    sums: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Groups:
    groups: Sequence[Group]
    as_of: datetime


# -- the index --------------------------------------------------------------------------------------------------------


class Taken(NamedTuple):
    """How many documents were written, and how many the index had as late, or later, already."""

    written: int
    known: int


class Kept(NamedTuple):
    """A document that the index has, and its version."""

    ref: Ref
    version: int


class Stage(StrEnum):
    """How far a rebuild has come: everything is copied, what changed meanwhile is copied, the new index stands in for
    the old one and what changed around then is copied.
    """

    COPY = "copy"
    CATCH_UP = "catch_up"
    SETTLE = "settle"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuild under way, kept in the index: its number, its stage, the place reached in the ledger's records, and
    since when (the ledger's time) changes are to be copied once more.
    """

    kind: str
    number: int
    stage: Stage
    place: str
    since: datetime


class SearchIndex(Protocol):
    """Keeps documents of all tenants and finds them. Every method raises IndexUnavailable.

    A document is written whole, and only over an earlier version of itself; late and repeated ones change nothing.
    What was written is found a little later.
    """

    async def put(self, documents: Sequence[Document]) -> Taken:
        """Write documents; when this returns they are kept. Raises DocumentRefused, the others being written."""
        ...

    async def remove(self, kind: DocumentKind, documents: Sequence[Kept]) -> int:
        """Forget those that have these versions still; how many."""
        ...

    async def find(self, tenant: str, ask: Ask) -> Hits:
        """One page. What does not change while someone pages is met exactly once."""
        ...

    async def add_up(self, tenant: str, ask: AskSums) -> Groups: ...

    async def versions(self, kind: DocumentKind, refs: Sequence[Ref]) -> Mapping[Ref, int]:
        """The versions of those of these documents that there are, the latest written too."""
        ...

    async def walk(self, kind: DocumentKind, after: Ref | None, limit: int) -> Sequence[Kept]:
        """Every tenant's, by tenant and id, those after this one."""
        ...

    async def settle(self) -> None:
        """Return when what was written before is found."""
        ...

    async def outdated(self, kind: DocumentKind) -> bool:
        """Whether the index was made for other fields than the kind has now: it is to be rebuilt."""
        ...

    async def begin(self, kind: DocumentKind, since: datetime) -> Rebuild:
        """A new index for the kind beside the one in use; where one is being built already, that one."""
        ...

    async def put_into(self, rebuild: Rebuild, documents: Sequence[Document]) -> Taken:
        """Write documents into the index being built; from SETTLE on, into the one in use."""
        ...

    async def reached(self, rebuild: Rebuild) -> None:
        """Remember how far it has come."""
        ...

    async def swap(self, rebuild: Rebuild) -> None:
        """Let the new index stand in for the old one, which is dropped, in one step; remember the rebuild as given."""
        ...

    async def end(self, rebuild: Rebuild) -> None:
        """Forget the rebuild: it is done."""
        ...

    async def close(self) -> None: ...


# -- the ledger -------------------------------------------------------------------------------------------------------


class Made(NamedTuple):
    """The versions of an account after `after`, up to `upto`."""

    account: AccountKey
    after: int
    upto: int


class Records(Protocol):
    """Single things of the ledger, as of the last commit. Raises StoreError."""

    async def accounts_of(self, tenant: str, keys: Collection[AccountKey]) -> Sequence[Account]:
        """Those of them that were ever posted on, in one look."""
        ...

    async def movements(self, tenant: str, account: AccountKey, after: int, limit: int) -> Sequence[Movement]:
        """Those that made versions after this one, in order."""
        ...

    async def reservation(self, tenant: str, id: str) -> Reservation | None: ...

    async def movements_of(self, tenant: str, wanted: Collection[Made]) -> Sequence[Movement]:
        """Those that made these versions, as far as they are there: of many accounts in one look."""
        ...

    async def reservations_of(self, tenant: str, ids: Collection[str]) -> Sequence[Reservation]:
        """Those of them that are there, in one look."""
        ...

    async def entry(self, tenant: str, register: str, code: str) -> Entry | None: ...


class Walked(NamedTuple):
    """Some of everyone's things, each with its tenant; and the place after them, "" after the last."""

    things: Sequence[tuple[str, Account | Movement | Reservation | Entry]]
    after: str


class LedgerWalk(Protocol):
    """Goes through all things of a sort, of all tenants, in bounded steps. Raises StoreError."""

    async def committed_at(self) -> datetime:
        """The time of the last commit."""
        ...

    async def walk(self, source: Source, after: str, limit: int, since: datetime | None = None) -> Walked:
        """At most `limit` after this place ("": the first); with `since`, of those only what changed then or later.

        What is there before it is passed, and stays, is met; what is made or changes meanwhile may be. A step may
        come to nothing and not be the last.
        """
        ...
