"""Check the index against the ledger, document by document, and repair what differs.

Both are gone through in pages: every thing of the ledger must be in the index, as of no earlier version; everything in
the index must be in the ledger, as of no earlier version. What changed a moment ago may be on its way, and is not held
against the index. A check that was killed is begun anew; a repair is an ordinary write, and does no harm twice.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from application.search.documents import (
    AccountsOf,
    Document,
    DocumentKind,
    EntriesOf,
    MovementsOfAll,
    Ref,
    ReservationsOfAll,
)
from application.search.find_documents import kind_of
from application.search.kinds import document_of, key_values
from application.search.ports import Kept, LedgerWalk, Records, SearchIndex, Stage
from application.search.rebuild_index import Progress, unheard
from domain.kernel.account import Account, AccountKey, AccountKind
from domain.kernel.quantity import whole

LISTED: Final = 20
AT_ONCE: Final = 16
"""Things of the ledger that are looked up side by side."""


@dataclass(frozen=True, slots=True)
class CheckIndex:
    """Check one kind, `page` documents at a time. What changed within `settle` seconds may be on its way."""

    kind: str
    repair: bool = False
    settle: int = 30
    page: int = 500

    def __post_init__(self) -> None:
        whole(self.page, "page", most=10_000)
        whole(self.settle, "settle", least=0, most=86_400)


@dataclass(frozen=True, slots=True)
class Drift:
    """What differs between ledger and index.

    `missing` and `behind` in the index; `orphans`, which the ledger does not have (any more); `ahead` of the ledger, as
    it is after a backup was restored: only a rebuild puts that right, as it does where the index is `outdated`, made
    for other fields. `pending` changed a moment ago. `examples` are the first that differ.
    """

    kind: str
    checked: int = 0
    missing: int = 0
    behind: int = 0
    ahead: int = 0
    orphans: int = 0
    pending: int = 0
    repaired: int = 0
    outdated: bool = False
    examples: tuple[str, ...] = ()

    @property
    def found(self) -> int:
        return self.missing + self.behind + self.ahead + self.orphans

    @property
    def clean(self) -> bool:
        """Whether nothing differs, or nothing does any more."""
        return self.found == self.repaired and not self.outdated


class CheckIndexHandler:
    def __init__(
        self,
        index: SearchIndex,
        walk: LedgerWalk,
        records: Records,
        kinds: Mapping[str, DocumentKind],
        accounts: Mapping[str, AccountKind],
    ) -> None:
        self.index = index
        self.ledger = walk
        self._records = records
        self._kinds = kinds
        self._accounts = accounts

    async def __call__(self, command: CheckIndex, progress: Progress = unheard) -> Drift:
        """Raises SearchOff, KindUnknown, IndexUnavailable, StoreError."""
        kind = kind_of(self._kinds, command.kind)
        check = _Check(self, kind, command, progress)
        return await check.run()

    async def standing(self, kind: DocumentKind, kept: Sequence[Kept]) -> Mapping[Ref, int]:
        """The versions that these documents would have by the ledger as it is now, of those that it has."""
        if isinstance(kind.source, MovementsOfAll):
            return await self._movements(kept)
        refs = [each.ref for each in kept]
        things = await self._things(kind, refs)
        return {
            ref: document_of(kind, ref.tenant, thing).version
            for ref, thing in zip(refs, things, strict=True)
            if thing is not None
        }

    async def _things(self, kind: DocumentKind, refs: Sequence[Ref]) -> Sequence[object]:
        """What the ledger has for each of these, None for nothing."""
        if isinstance(kind.source, AccountsOf):
            found = await self._accounts_of(kind.source.kind, refs)
            return [found.get(ref) for ref in refs]
        things: list[object] = []
        for start in range(0, len(refs), AT_ONCE):
            things += await asyncio.gather(*(self._thing(kind, *ref) for ref in refs[start : start + AT_ONCE]))
        return things

    async def _thing(self, kind: DocumentKind, tenant: str, id: str) -> object:
        match kind.source:
            case ReservationsOfAll():
                return await self._records.reservation(tenant, id)
            case EntriesOf(register=register):
                return await self._records.entry(tenant, register, id)
        raise TypeError(f"{kind} is made of nothing that can be looked up")

    async def _accounts_of(self, kind: str, refs: Collection[Ref]) -> Mapping[Ref, Account]:
        """Those that there are, by refs that hold the values of their keys."""
        known = self._accounts.get(kind)
        wanted: dict[str, dict[AccountKey, Ref]] = {}
        for ref in refs:
            named = key_values(ref.id)
            if known is not None and len(named) == len(known.dimensions):  # others could never have been an account
                wanted.setdefault(ref.tenant, {})[known.key(*named)] = ref
        found: dict[Ref, Account] = {}
        for tenant, keys in wanted.items():
            there = await self._records.accounts_of(tenant, keys)
            found |= {keys[each.key]: each for each in there}
        return found

    async def _movements(self, kept: Sequence[Kept]) -> Mapping[Ref, int]:
        """An account at a version has every movement up to it: one look at each account is enough."""
        wanted: dict[str, set[Ref]] = {}
        for each in kept:
            kind, _, values = each.ref.id.rpartition("@")[0].partition(":")
            wanted.setdefault(kind, set()).add(Ref(each.ref.tenant, values))
        versions = {
            (ref.tenant, f"{kind}:{ref.id}"): account.version
            for kind, refs in wanted.items()
            for ref, account in (await self._accounts_of(kind, refs)).items()
        }
        there = {}
        for (tenant, id), _ in kept:
            account, _, number = id.rpartition("@")
            if number.isdecimal() and 1 <= int(number) <= versions.get((tenant, account), 0):
                there[Ref(tenant, id)] = int(number)
        return there


class _Check:
    """One check."""

    def __init__(self, of: CheckIndexHandler, kind: DocumentKind, command: CheckIndex, progress: Progress) -> None:
        self._of = of
        self._index = of.index
        self._kind = kind
        self._command = command
        self._progress = progress
        self._counts = dict.fromkeys(("checked", "missing", "behind", "ahead", "orphans", "pending", "repaired"), 0)
        self._examples: list[str] = []

    async def run(self) -> Drift:
        outdated = await self._index.outdated(self._kind)
        after = ""
        while True:
            things, after = await self._of.ledger.walk(self._kind.source, after, self._command.page)
            await self._page([document_of(self._kind, tenant, thing) for tenant, thing in things])
            if not after:
                break
        await self._index.settle()
        kept = await self._index.walk(self._kind, None, self._command.page)
        while kept:
            await self._orphans(kept)
            kept = await self._index.walk(self._kind, kept[-1].ref, self._command.page)
        return Drift(self._kind.name, **self._counts, outdated=outdated, examples=tuple(self._examples))

    async def _page(self, documents: Sequence[Document]) -> None:
        """What the ledger has: read before the index was, so the index may well be later, but not earlier."""
        if not documents:
            return
        known = await self._index.versions(self._kind, [each.ref for each in documents])
        settled = await self._of.ledger.committed_at() - timedelta(seconds=self._command.settle)
        wrong = []
        for each in documents:
            version = known.get(each.ref)
            if version is None or version < each.version:
                if each.at > settled:
                    self._counts["pending"] += 1
                    continue
                self._note("missing" if version is None else "behind", each.tenant, each.id)
                wrong.append(each)
        self._counts["checked"] += len(documents)
        if wrong and self._command.repair:
            await self._index.put(wrong)
            self._counts["repaired"] += len(wrong)
        self._progress(self._kind.name, Stage.COPY, self._counts["checked"])

    async def _orphans(self, kept: Sequence[Kept]) -> None:
        """What the index has: read before the ledger is, so the ledger may well be later, but not earlier."""
        gone = []
        standing = await self._of.standing(self._kind, kept)
        for each in kept:
            version = standing.get(each.ref)
            if version is None:
                self._note("orphans", *each.ref)
                gone.append(each)
            elif version < each.version:
                self._note("ahead", *each.ref)
        if gone and self._command.repair:
            self._counts["repaired"] += await self._index.remove(self._kind, gone)

    def _note(self, what: str, tenant: str, id: str) -> None:
        self._counts[what] += 1
        if len(self._examples) < LISTED:
            self._examples.append(f"{what}: {tenant}/{id}")
