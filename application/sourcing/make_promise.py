"""Make a promise: what can be supplied, from where, by when; looked at, kept, or handed out to be reserved."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from application.kernel.command import Touches
from application.sourcing.demand import WantedGoods, excluded
from application.sourcing.promise import Promise
from application.sourcing.refusals import PromiseExists, PromisesTooMany
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import InvalidInput

PROMISES: Final = "promise"
"""The register of kept promises, with what each was made from."""

COUNTS: Final = "promises"
"""The register of one entry that says how many are kept."""

KEPT: Final = EntryKey(COUNTS, "-")

DROPPED: Final[Mapping[str, Any]] = {"active": False}
"""What is left of a promise that was dropped, for as long as requests are remembered."""

MAX_KEPT: Final = 100_000
"""Most promises that a tenant keeps."""

MAX_EXPLAINED: Final = 1_000
MAX_PASSED_OVER: Final = 100

STEPS: Final = (".", "..")
"""What clients and proxies take for a step within a path, and never send as its end."""

EXPLAIN: Final = ("", "all")
MAX_BULK: Final = 200


@dataclass(frozen=True, slots=True)
class MakePromise:
    """What can be supplied now, by the policy that applies. Nothing is held, and nothing stored unless it is to `keep`.

    `explain` = `all` adds the nodes that supply nothing, each with the first rule that says why: at most `limit` (1 to
    1,000) beyond the code `after`. `passed_over` are nodes that are left out. A kept promise has the id `id`, by
    default the request's; neither `.` nor `..`, which no path can end with.

    Refused: `goods.*`, `sku.unknown`, `item.unknown`, `item.ambiguous`, `supply.none`, `address.unknown`,
    `address.contradictory`, `policy.unknown`; to keep: `promise.exists`, `promise.too_many`, `promise.too_large`.
    """

    name: ClassVar[str] = "MakePromise"
    reply: ClassVar[type] = Promise

    wanted: WantedGoods
    keep: bool = False
    id: str = ""
    explain: str = ""
    after: str = ""
    limit: int = 100
    passed_over: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        flag(self.keep, "keep")
        if self.id:
            reachable(identifier(self.id, "id"))
        if self.explain not in EXPLAIN:
            raise InvalidInput("explain is all or left out", field="explain", one_of=list(EXPLAIN))
        if self.after:
            identifier(self.after, "after")
        whole(self.limit, "limit", most=MAX_EXPLAINED)
        excluded(self.passed_over, MAX_PASSED_OVER)


def reachable(id: str) -> str:
    """`id` if a kept promise can be asked for by it. Raises InvalidInput for a step of a path (RFC 3986, 5.2.4)."""
    if id in STEPS:
        raise InvalidInput(f"no promise is kept as {id}: it could not be asked for by its path", field="id")
    return id


@dataclass(frozen=True, slots=True)
class MakePromises:
    """What can be supplied now to each of 1 to 200, from one read for all: none sees what another would take."""

    wanted: tuple[WantedGoods, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.wanted) <= MAX_BULK:
            raise InvalidInput(f"1 to {MAX_BULK} promises are made at once", field="wanted", most=MAX_BULK)


@dataclass(slots=True)
class KeepPromised:
    """The ledger's part of keeping one: its entry, and how many there are."""

    name: ClassVar[str] = MakePromise.name
    reply: ClassVar[type] = Promise

    told: Promise
    facts: Mapping[str, Any]

    def touches(self) -> Touches:
        return Touches(entries=(EntryKey(PROMISES, self.told.promise), KEPT))

    def decide(self, ledger: Ledger) -> Promise:
        id = self.told.promise
        if ledger.entry(PROMISES, id) is not None:
            raise PromiseExists(f"a promise {id} is kept already", promise=id)
        count = kept_count(ledger)
        if count >= MAX_KEPT:
            raise PromisesTooMany(f"{count} promises are kept", most=MAX_KEPT)
        ledger.write_entry(PROMISES, id, self.facts)
        count_kept(ledger, count + 1)
        return self.told


@dataclass(frozen=True, slots=True)
class PromisesDropped:
    """How many of those named were kept until now, and how many are kept still."""

    dropped: int
    kept: int


@dataclass(frozen=True, slots=True)
class DropPromises:
    """Forget 1 to 500 kept promises: what they said is gone for good, and their ids are not taken again
    while requests are remembered.

    One that is not kept, or no longer, is passed over. Reservations made of them stay.
    """

    name: ClassVar[str] = "DropPromises"
    reply: ClassVar[type] = PromisesDropped

    promises: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.promises) <= 500:
            raise InvalidInput("1 to 500 promises are dropped at once", field="promises", most=500)
        for each in self.promises:
            identifier(each, "promises")

    def touches(self) -> Touches:
        return Touches(entries=(*(EntryKey(PROMISES, each) for each in dict.fromkeys(self.promises)), KEPT))

    def decide(self, ledger: Ledger) -> PromisesDropped:
        dropped = 0
        for id in dict.fromkeys(self.promises):
            entry = ledger.entry(PROMISES, id)
            if entry is not None and entry.facts["active"]:
                ledger.write_entry(PROMISES, id, DROPPED)
                dropped += 1
        count = kept_count(ledger) - dropped
        if dropped:
            count_kept(ledger, count)
        return PromisesDropped(dropped, count)


def kept_count(ledger: Ledger) -> int:
    counts = ledger.entry(*KEPT)
    return 0 if counts is None else int(counts.facts["kept"])


def count_kept(ledger: Ledger, count: int) -> None:
    ledger.write_entry(*KEPT, {"kept": count, "active": True})
