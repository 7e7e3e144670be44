"""Kept promises: each with what it was made from, so that another policy can be tried on it later."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from application.kernel.ports import Codec
from application.kernel.register_pages import RegisterReader
from application.sourcing.chosen import Chosen
from application.sourcing.demand import fresh_until
from application.sourcing.offer import Offer
from application.sourcing.ports import Alternative, DayRest
from application.sourcing.promise import Promise
from application.sourcing.refusals import PromiseLarge, PromiseUnknown
from application.sourcing.routing import Candidate
from domain.kernel.account import AccountKey, AccountKind
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.sourcing.demand import BARE, Demand, DemandLine, Field, SoldAs, of_several

PROMISES: Final = "promise"
"""The register of kept promises, with what each was made from."""

COUNTS: Final = "promises"
"""The register of one entry that says how many are kept."""

KEPT: Final = EntryKey(COUNTS, "-")

DROPPED: Final[Mapping[str, Any]] = {"active": False}
"""What is left of a promise that was dropped, for as long as requests are remembered."""

MAX_KEPT: Final = 100_000
"""Most promises that a tenant keeps."""

MAX_BYTES: Final = 60_000
"""Largest promise that is kept, as JSON with all that it was made from."""


class KeptShare(NamedTuple):
    """A share, its accounts by their number among all that are named."""

    goods: str
    node: str
    owner: str
    lot: str
    expires: date | None
    quota: str
    available: int
    account: int
    caps: tuple[int, ...]
    sold_as: frozenset[SoldAs] | None = None
    by_line: tuple[int, ...] = ()


class KeptLine(NamedTuple):
    id: str
    quantity: int
    alternatives: tuple[Alternative, ...]
    grams: int
    suppliers: frozenset[str] | None
    keeps_until: date | None
    by: datetime | None
    whole: bool
    sold_as: SoldAs = BARE


@dataclass(frozen=True, slots=True)
class KeptSnapshot:
    """What a choice was made from, and what the buyer said of it: nothing that its policy added.

    `accounts` are kind and key, `rest` what was left of some of them by number.
    """

    lines: tuple[KeptLine, ...]
    whole_only: bool
    max_splits: int | None
    candidates: tuple[Candidate, ...]
    accounts: tuple[tuple[str, tuple[str, ...]], ...]
    shares: tuple[KeptShare, ...]
    rest: tuple[tuple[int, int], ...]
    capacity: tuple[tuple[str, DayRest], ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class KeptPromise:
    """A promise as it was told, and what it was made from: None where that was too much to keep beside it."""

    promise: Promise
    offer: Offer | None
    snapshot: KeptSnapshot | None


class ReShare(NamedTuple):
    """A share again, as the planner reads it."""

    goods: str
    node: str
    owner: str
    lot: str
    expires: date | None
    quota: str
    available: int
    account: AccountKey
    caps: tuple[AccountKey, ...]
    sold_as: frozenset[SoldAs] | None
    by_line: tuple[AccountKey, ...]


class Keeping:
    """Writes what is kept as facts of a register entry, and reads it again."""

    def __init__(self, reader: RegisterReader, codec: Codec) -> None:
        self._reader = reader
        self._codec = codec

    def facts(self, chosen: Chosen, promise: Promise, offer: Offer | None) -> Mapping[str, Any]:
        """Without what it was made from where both are too much. Raises PromiseLarge where it alone is."""
        for snapshot in (snapshot_of(chosen), None):
            said = self._codec.encode(KeptPromise(promise, offer, snapshot))
            if len(said) <= MAX_BYTES:
                return {"kept": self._codec.decode(said, dict[str, Any]), "active": True}
        raise PromiseLarge(f"the promise is larger than {MAX_BYTES} bytes", most=MAX_BYTES)

    async def find(self, tenant: str, id: str) -> KeptPromise:
        """Raises PromiseUnknown, StoreError."""
        found = await self._reader.entries(tenant, PROMISES, id, "", 1)
        if not found or found[0].key.code != id or not found[0].facts["active"]:
            raise PromiseUnknown(f"no promise {id} is kept", promise=id)
        return self.read(found[0].facts)

    async def offer(self, tenant: str, id: str) -> Offer:
        """What reserving it holds. Raises PromiseUnknown, also for one that holds nothing, and StoreError."""
        kept = await self.find(tenant, id)
        if kept.offer is None:
            raise PromiseUnknown(f"promise {id} promises nothing that could be reserved", promise=id)
        return kept.offer

    async def page(self, tenant: str, after: str, limit: int) -> Sequence[tuple[str, KeptPromise | None]]:
        """At most `limit` beyond the id `after`, in byte order; None for those that were dropped. Raises StoreError."""
        found = await self._reader.entries(tenant, PROMISES, "", after, limit)
        return [(each.key.code, self.read(each.facts) if each.facts["active"] else None) for each in found]

    def read(self, facts: Mapping[str, Any]) -> KeptPromise:
        kept: KeptPromise = self._codec.decode(self._codec.encode(facts["kept"]), KeptPromise)
        return kept


def kept_count(ledger: Ledger) -> int:
    counts = ledger.entry(*KEPT)
    return 0 if counts is None else int(counts.facts["kept"])


def count_kept(ledger: Ledger, count: int) -> None:
    ledger.write_entry(*KEPT, {"kept": count, "active": True})


def snapshot_of(chosen: Chosen) -> KeptSnapshot:
    """What the choice was made from, in values that can be written down."""
    numbers: dict[AccountKey, int] = {}

    def number(key: AccountKey) -> int:
        return numbers.setdefault(key, len(numbers))

    shares = tuple(
        KeptShare(
            each.goods,
            each.node,
            each.owner,
            each.lot,
            each.expires,
            each.quota,
            each.available,
            number(each.account),
            tuple(number(cap) for cap in each.caps),
            each.sold_as,
            tuple(number(cap) for cap in each.by_line),
        )
        for each in chosen.planned.field.shares
    )
    rest = tuple((number(key), left) for key, left in chosen.planned.field.rest.items())
    wanted, lines = chosen.wanted, chosen.planned.demand.lines
    keeps = fresh_until(wanted.min_shelf_days, chosen.at)
    return KeptSnapshot(
        tuple(_line(line, keeps, whole=said.whole) for line, said in zip(lines, wanted.lines, strict=True)),
        wanted.whole_only,
        wanted.max_splits,
        tuple(chosen.asked),
        tuple((key.kind.name, key.values) for key in numbers),
        shares,
        rest,
        tuple((node, DayRest(left.orders, left.units)) for node, left in chosen.planned.field.capacity.items()),
        chosen.at,
    )


def field_of(snapshot: KeptSnapshot, kinds: Mapping[str, AccountKind]) -> tuple[Demand, Field]:
    """The demand and what there was to choose from, again. Raises KeyError for a kind that is no longer there."""
    keys = [kinds[kind].key(*values) for kind, values in snapshot.accounts]
    shares = [
        ReShare(
            *each[:7],
            keys[each.account],
            tuple(keys[cap] for cap in each.caps),
            each.sold_as,
            tuple(keys[cap] for cap in each.by_line),
        )
        for each in snapshot.shares
    ]
    demand = Demand(tuple(DemandLine(*each) for each in snapshot.lines), snapshot.whole_only, snapshot.max_splits)
    rest = {keys[number]: left for number, left in snapshot.rest}
    return demand, Field(list(snapshot.candidates), shares, rest, dict(snapshot.capacity), of_several(shares))


def _line(line: DemandLine, keeps_until: date | None, *, whole: bool) -> KeptLine:
    alternatives = tuple(each for each in line.alternatives if isinstance(each, Alternative))
    return KeptLine(
        line.id,
        line.quantity,
        alternatives,
        line.grams,
        line.suppliers,
        keeps_until,
        line.by,
        whole,
        line.sold_as,
    )
