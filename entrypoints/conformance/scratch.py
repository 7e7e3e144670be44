"""A scratch namespace of the configured installation: its adapters over a database of their own."""

import hashlib
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from application.kernel.outbox import PARTITIONS, Message
from application.kernel.ports import Codec, LedgerStore, Reach, pass_by
from application.reconciliation.ports import Inspected
from application.search.ports import LedgerWalk
from contracts.conformance.laws import Accepted, Due, Snapshot, Told
from contracts.conformance.stock_asker import Feed, StockQueries
from domain.kernel.account import BEGINNING, AccountKey, AccountKind
from domain.kernel.books import Act, Movement
from domain.kernel.movement import Balances
from domain.reconciliation.inspected import Posting
from entrypoints.composition.installation import open_root
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import Settings, load_settings
from entrypoints.conformance.scratch_servers import LENDER

EVERYTHING = 1_000_000


class _VersionBefore(msgspec.Struct):
    version_before: int


class Scratch:
    """One ledger under test. What it holds is read through the ports, as any adapter has them.

    It is the one that stands for the folder, or with `settings` the one that these name.
    """

    def __init__(
        self,
        folder: Path,
        kinds: Mapping[str, AccountKind],
        reach: Reach = pass_by,
        *,
        settings: Settings | None = None,
    ) -> None:
        self._folder = folder
        self._settings = settings
        self._kinds = kinds
        self._reach = reach
        self._stack = AsyncExitStack()
        self._memory: Any = None
        self.store: LedgerStore
        self.queries: StockQueries
        self.feed: Feed

    async def open(self) -> "Scratch":
        settings = self._settings or settings_in(self._folder)
        root = await self._stack.enter_async_context(
            open_root(settings, reach=self._reach, kinds=self._kinds, database=self._memory)
        )
        if settings.database.technology == "memory":
            self._memory = root.database()  # it outlives a reopening, as a disk would
        self.store, self.queries, self.feed = root.ledger(), root.stock_queries(), root.registers()
        self.walk: LedgerWalk = root.ledger_walk()
        self._source, self._outbox = root.audit_source(), root.outbox()
        self._codec: Codec = root.codec()
        self._digest = root.codec().digest
        return self

    def digest(self, value: object) -> bytes:
        digest: bytes = self._digest(value)
        return digest

    async def reopen(self) -> None:
        await self.close()
        await self.open()

    async def close(self) -> None:
        await self._stack.aclose()

    async def snapshot(self, tenant: str) -> Snapshot:
        seen: Snapshot = await self._source.inspect(lambda ledger: _seen(ledger, tenant))
        async with self.store.batch() as batch:
            loaded = await batch.load({tenant: list(seen.movements)}, {})
        waiting = await self._outbox.unpublished(range(PARTITIONS), EVERYTHING)
        told = [self._told(each) for part in waiting.values() for each in part if each.tenant == tenant]
        return Snapshot(
            dict(loaded.accounts.get(tenant, {})),
            seen.movements,
            seen.reservations,
            seen.requests,
            seen.deadlines,
            sorted(told),
        )

    def _told(self, message: Message) -> Told:
        before = None
        if message.type == "BalancesChanged":
            before = self._codec.decode(message.data, _VersionBefore).version_before
        return Told(message.row, message.type, message.subject, message.number, before)


def _seen(ledger: Inspected, tenant: str) -> Snapshot:
    """What there is of a tenant; nothing is purged here, so the movements name every request that moved."""
    movements: dict[AccountKey, list[Movement]] = {}
    requests: dict[str, Accepted] = {}
    for account, postings in ledger.accounts(from_seal=False):
        if account.tenant == tenant and account.key is not None:
            for each in postings:
                movements.setdefault(account.key, []).append(_movement(account.key, each))
                if each.kept is not None:
                    requests[each.request] = Accepted(each.kept, each.name)
    mine = [row for row in ledger.reservations(0) if row.tenant == tenant]
    reservations = {row.id: row.reservation for row in mine if row.reservation is not None}
    return Snapshot(
        movements=movements,
        reservations=reservations,
        requests=requests,
        deadlines={row.id: Due(*row.deadline) for row in mine if row.deadline is not None},
    )


def _movement(key: AccountKey, posting: Posting) -> Movement:
    return Movement(
        key,
        posting.version,
        key.kind.allowed[posting.kind],
        posting.quantity,
        Balances(*posting.after),
        posting.floor,
        posting.subject,
        posting.scene,
        posting.reason,
        BEGINNING + timedelta(microseconds=posting.at),
        Act(posting.command, posting.request, posting.name, posting.actor, posting.principal),
    )


def settings_in(folder: Path) -> Settings:
    """The settings in force, but for the database: a file in this folder, or one that stands for it on the server."""
    settings = load_settings()
    if settings.database.technology == "memory":
        return settings
    if settings.database.path is None:
        return load_settings(database={"url": LENDER.url(settings, folder)})
    path = folder / "scratch.db"
    if not path.exists():
        shutil.copy(_template(folder.parent), path)
    return load_settings(database={"url": f"sqlite:///{path}"})


def searching_in(folder: Path) -> Settings:
    """The settings in force, over that database, with an index that stands for this folder."""
    settings, name = settings_in(folder), hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    given: dict[str, object] = {"name": f"try-{name}"}
    if settings.search.technology == "fts5":
        given["url"] = f"sqlite:///{folder / 'search.db'}"
    return settings.model_copy(update={"search": settings.search.model_copy(update=given)})


@cache
def _template(folder: Path) -> Path:
    """A migrated database to copy, because to migrate takes longer than most tests."""
    path = folder / "template.db"
    migrate(load_settings(database={"url": f"sqlite:///{path}"}))
    return path
