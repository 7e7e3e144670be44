"""Make a promise: what can be supplied, from where, by when; looked at, kept, or handed out to be reserved."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from application.kernel.call import Call
from application.kernel.command import Commit, Touches
from application.kernel.turned_down import TurnedDown
from application.sourcing.chosen import Chosen
from application.sourcing.demand import MAX_PASSED_OVER, WantedGoods, excluded
from application.sourcing.explain import in_turns, losers, page
from application.sourcing.kept import KEPT, MAX_KEPT, PROMISES, Keeping, count_kept, kept_count
from application.sourcing.promise import Promise
from application.sourcing.promising import Promising, answered
from application.sourcing.refusals import PromiseExists, PromisesTooMany
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.quantity import flag, identifier, whole
from domain.kernel.refusal import InvalidInput, Refusal

MAX_EXPLAINED: Final = 1_000
EXPLAINED: Final = 100

STEPS: Final = (".", "..")
"""What clients and proxies take for a step within a path, and never send as its end."""

EXPLAIN: Final = ("", "all")


@dataclass(frozen=True, slots=True)
class MakePromise:
    """What can be supplied now, by the policy that applies. Nothing is held, and nothing stored unless it is to `keep`.

    `explain` = `all` adds the nodes that supply nothing, each with the first rule that says why: at most `limit` (1 to
    1,000) beyond the code `after`; neither is said without it. `passed_over` are nodes that are left out. A kept
    promise, and no other, has the id `id`, by default the request's; neither `.` nor `..`, which no path can end with.

    Refused: `goods.*`, `sku.unknown`, `item.unknown`, `item.ambiguous`, `supply.none`, `address.unknown`,
    `address.contradictory`, `policy.unknown`, `promise.too_wide`; to keep: `promise.exists`, `promise.too_many`,
    `promise.too_large`.
    """

    name: ClassVar[str] = "MakePromise"
    reply: ClassVar[type] = Promise

    wanted: WantedGoods
    keep: bool = False
    id: str = ""
    explain: str = ""
    after: str = ""
    limit: int = EXPLAINED
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
        if self.id and not self.keep:
            raise InvalidInput("id names a promise that is kept: say keep as well", field="id")
        if not self.explain and (self.after or self.limit != EXPLAINED):
            field = "after" if self.after else "limit"
            raise InvalidInput(f"{field} is of the nodes that are explained: say explain as well", field=field)
        excluded(self.passed_over, MAX_PASSED_OVER)


def reachable(id: str) -> str:
    """`id` if a kept promise can be asked for by it. Raises InvalidInput for a step of a path (RFC 3986, 5.2.4)."""
    if id in STEPS:
        raise InvalidInput(f"no promise is kept as {id}: it could not be asked for by its path", field="id")
    return id


def kept_under(id: str) -> Touches:
    """The entry of a kept promise, and how many there are."""
    return Touches(entries=(EntryKey(PROMISES, id), KEPT))


@dataclass(slots=True)
class KeepPromised:
    """The ledger's part of keeping one: its entry, and how many there are."""

    name: ClassVar[str] = MakePromise.name
    reply: ClassVar[type] = Promise

    told: Promise
    facts: Mapping[str, Any]

    def touches(self) -> Touches:
        return kept_under(self.told.promise)

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


class MakePromiseHandler:
    """Chooses and answers; keeps it where that was asked for."""

    def __init__(self, commit: Commit, promising: Promising, keeping: Keeping) -> None:
        self._commit = commit
        self._promising = promising
        self._keeping = keeping

    async def __call__(self, call: Call, command: MakePromise) -> Promise:
        """Raises what choosing is refused with, Unanswered."""
        id = command.id or call.request
        try:
            return await answered(call, self._made(call, command, id))
        except _FromLedger as decided:
            raise decided.refusal from None
        except Refusal as refusal:
            if not command.keep:
                raise
            down = TurnedDown[Promise](command, refusal, kept_under(id))
            return await self._commit.submit(call, down, asked=command)

    async def _made(self, call: Call, command: MakePromise, id: str) -> Promise:
        promising = self._promising
        if command.keep:
            reachable(id)
        chosen = await promising.planning.choose(call.tenant, command.wanted, promising.now(), command.passed_over)
        if not command.keep:
            return await self._explained(call, command, chosen, promising.handed_out(call, chosen))
        promise, offer = promising.offer(call, chosen)
        promise = await self._explained(call, command, chosen, replace(promise, promise=id))
        kept = KeepPromised(promise, self._keeping.facts(chosen, promise, offer))
        try:
            return await self._commit.submit(call, kept, asked=command)
        except Refusal as refusal:
            raise _FromLedger(refusal) from None

    async def _explained(self, call: Call, command: MakePromise, chosen: Chosen, promise: Promise) -> Promise:
        if not command.explain:
            return promise
        outside = await self._promising.planning.routed(
            call.tenant, command.wanted, chosen.at, command.after, command.limit + 1
        )
        # A reason costs a small search: a thousand of them must hold up nobody.
        mine = await in_turns(losers(chosen, command.after), command.limit)
        shown, after = page(mine, outside, command.limit)
        return replace(promise, lost=shown, after=after)


class _FromLedger(Exception):
    """A refusal that the ledger decided already: it is not to be decided again."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
