"""Every database with all that a growing ledger needs, a clock moved by hand, and a lively history."""

import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

from adapters.encoding import JsonCodec
from adapters.objectstore.objects import objects_in_memory
from adapters.sql.migrate import migrate
from application.kernel.call import Call
from application.kernel.group_commit import GroupCommitter
from application.kernel.objects import ObjectStore
from application.kernel.outbox import PARTITIONS
from application.kernel.ports import Reach, pass_by
from application.reconciliation.archive_ledger import ArchivedLedger, ArchiveLedger, ArchiveLedgerHandler
from application.reconciliation.audit_ledger import AuditLedger, AuditLedgerHandler, AuditReport
from application.reconciliation.close_ledger import CloseLedger, CloseLedgerHandler
from application.reconciliation.purge_history import Purged, PurgeHistory, PurgeHistoryHandler
from application.sourcing.drop_old_promises import DropOldPromises
from application.stock.accept_return import AcceptReturn, ReturnedLine
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.extend_reservation import ExtendReservation
from application.stock.hold_stock import HoldStock
from application.stock.lines import Units
from application.stock.recall_shipment import RecalledLine, RecallShipment
from application.stock.receive_shipment import ArrivedLine, ReceiveShipment
from application.stock.receive_stock import ReceivedLine, ReceiveStock
from application.stock.register_goods import RegisterGoods
from application.stock.release_reservation import ReleaseReservation
from application.stock.report_sale import ReportSale
from application.stock.reserve_stock import HoldPlanned, ReserveStock, StockLine, plan_of
from application.stock.ship_reservation import ShipReservation
from contracts.conformance.yard import HandClock
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Pick
from domain.reconciliation.inspected import Seal
from domain.stock.goods import Goods
from domain.stock.position import kinds
from domain.stock.registers import REGISTERS
from domain.stock.shipment import Place
from entrypoints.composition.installation import open_root
from entrypoints.composition.root import PASSING, aside, supply, transit
from entrypoints.composition.settings import DatabaseSettings, Settings
from entrypoints.conformance.scratch_servers import LENDER
from tests.services import url_of

CODEC = JsonCodec()
GOODS = ("A", "B/1", "B")
NODES = ("N1", "1/N1")
"""`B/1` at `N1` and `B` at `1/N1` share a name where values are only strung together."""


class Installation:
    """What the growth tests do with a ledger, whatever keeps it."""

    database: Any
    clock: HandClock
    store: Any
    source: Any
    seals: Any
    archives: Any
    queries: Any
    history: Any
    outbox: Any
    inbox: Any
    registers: Any

    def __init__(self, url: str = "memory:") -> None:
        self.settings = Settings(database=DatabaseSettings(url=url))
        self.clock = HandClock()
        self.counted = 0
        self.objects: ObjectStore = objects_in_memory(2**30)
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        root = await self._stack.enter_async_context(open_root(self.settings, time=self.clock.time()))
        self.database, self.store, self.source = root.database(), root.ledger(), root.audit_source()
        self.archives, self.queries = root.archive_store(), root.stock_queries()
        self.seals, self.history, self.outbox, self.inbox = root.seals(), root.history(), root.outbox(), root.inbox()
        self.registers = root.cache()
        self.committer = GroupCommitter(self.store, CODEC.digest)
        self.committer.start()

    async def close(self) -> None:
        await self.committer.drain()
        await self._stack.aclose()

    async def do(self, command: Any, tenant: str = "north", *, asked: Any = None) -> Any:
        self.counted += 1
        self.clock.pass_by(timedelta(seconds=1))
        return await self.committer.submit(Call(tenant, "clerk", f"q{self.counted}"), command, asked)

    async def reserve(self, id: str, *lines: tuple[str, str, int], tenant: str = "north", **rest: Any) -> Any:
        asked = ReserveStock(tuple(StockLine(goods, n, (node,)) for goods, node, n in lines), id, **rest)
        return await self.do(HoldPlanned(asked, id, plan_of(asked.lines)), tenant, asked=asked)

    async def audit(self, *, full: bool = False, most: int = 100) -> AuditReport:
        audit = AuditLedgerHandler(self.source, supply(), transit(), lambda: self.objects, aside())
        return await audit(AuditLedger(full=full, most=most))

    async def archive(self, reach: Reach = pass_by, **asked: Any) -> ArchivedLedger:
        return await ArchiveLedgerHandler(self.archives, lambda: self.objects, reach)(ArchiveLedger(**asked))

    async def close_period(self, batch: int = 2) -> Seal:
        return await CloseLedgerHandler(self.seals)(CloseLedger(batch))

    async def purge(self, **kept: Any) -> Purged:
        drop = DropOldPromises(self.committer, self.history)
        purge = PurgeHistoryHandler(self.history, self.outbox, self.inbox, passing=PASSING, drop_promises=drop)
        return await purge(PurgeHistory(**kept))

    async def publish(self, most: int = 10_000) -> None:
        """Publish what waits, or some of it in each partition."""
        leases = await self.outbox.lease("relay", range(PARTITIONS), timedelta(minutes=1))
        waiting = await self.outbox.unpublished(range(PARTITIONS), most)
        await self.outbox.stamp({lease: waiting[lease.partition] for lease in leases}, timedelta(minutes=1))

    async def live(self, seed: int, commands: int = 80) -> None:
        """A history of both tenants that uses every kind of command, under equal ids."""
        chance, start = random.Random(seed), self.counted
        for tenant in ("north", "south"):
            goods = tuple(Goods(code, code) for code in GOODS)
            with suppress(Refusal):
                await self.do(RegisterGoods(goods), tenant)
            for each in GOODS:
                for node in NODES:
                    await self.do(ReceiveStock((ReceivedLine(each, node, 40),)), tenant)
            await self.reserve(f"open{start}", ("A", "N1", 2), ("B", "N1", 1), tenant=tenant)
            await self.reserve(f"kept{start}", ("A", "N1", 3), tenant=tenant)
            await self.do(ConfirmReservation(f"kept{start}", (Pick("1", 2),)), tenant)
            await self.reserve(f"gone{start}", ("A", "N1", 5), tenant=tenant)
            await self.do(ConfirmReservation(f"gone{start}"), tenant)
            await self.do(ShipReservation(f"gone{start}", (), f"s{start}", Place("1/N1")), tenant)
            await self.do(ReceiveShipment(f"s{start}", "1/N1", (ArrivedLine("A", 1, 1, 1, 1, reason="wet"),)), tenant)
            await self.do(RecallShipment(f"s{start}", (RecalledLine("A", 1),), "late"), tenant)
        for step in range(commands):
            tenant = chance.choice(("north", "south"))
            with suppress(Refusal):
                await self._something(chance, tenant, f"{start}-{step}", f"{start}-{chance.randrange(step + 1)}")

    async def _something(self, chance: random.Random, tenant: str, fresh: str, known: str) -> None:
        goods, node, quantity = chance.choice(GOODS), chance.choice(NODES), chance.randint(1, 6)
        what = chance.randrange(11)
        if what < 4:
            await self.reserve(fresh, (goods, node, quantity), ("A", node, 1), tenant=tenant)
        elif what == 4:
            await self.do(ConfirmReservation(known), tenant)
        elif what == 5:
            await self.do(ReleaseReservation(known), tenant)
        elif what == 6:
            await self.do(ShipReservation(known), tenant)
        elif what == 7:
            await self.do(HoldStock((Units(goods, node, quantity),), "dust"), tenant)
        elif what == 8:
            await self.do(ReportSale((Units(goods, node, quantity),)), tenant)
        elif what == 9:
            await self.do(AcceptReturn((ReturnedLine(goods, node, quantity, 1),), "order"), tenant)
        else:
            await self.do(ExtendReservation(known, timedelta(hours=2)), tenant)


class SqliteInstallation(Installation):
    def __init__(self, path: Path) -> None:
        super().__init__(f"sqlite:///{path}")
        self.path = path

    async def start(self) -> None:
        migrate(self.path, kinds().values(), REGISTERS)
        await super().start()

    def tamper(self, *statements: str) -> None:
        """Change the file past everything that guards it."""
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute("PRAGMA ignore_check_constraints=ON")
        changed = sum(connection.execute(statement).rowcount for statement in statements)
        connection.close()
        assert changed > 0


class ServerInstallation(Installation):
    """A database of a server that stands for this folder."""

    def __init__(self, server: str, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(LENDER.url(Settings(database=DatabaseSettings(url=url_of(server))), folder))


SERVERS = {"postgresql": "postgres", "mariadb": "mariadb"}
KINDS = ("memory", "sqlite", *SERVERS)


@asynccontextmanager
async def opened(kind: str, folder: Path) -> AsyncIterator[Any]:
    made: Any
    if kind in SERVERS:
        made = ServerInstallation(SERVERS[kind], folder)
    else:
        made = Installation() if kind == "memory" else SqliteInstallation(folder / "ledger.db")
    await made.start()
    try:
        yield made
    finally:
        await made.close()
