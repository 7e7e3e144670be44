"""The same day at a shop, on whole installations that settings alone make: any two technologies meet in one of them."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest

from application.kernel.broker import Channel, Delivery
from application.kernel.call import Call
from application.kernel.outside_broker import OutsideChannels
from application.reconciliation.archive_ledger import ArchiveLedger
from application.reconciliation.audit_ledger import AuditLedger
from application.reconciliation.close_ledger import CloseLedger
from application.search.check_index import CheckIndex
from application.search.find_documents import FindDocuments
from application.search.kinds import KINDS
from application.search.rebuild_index import RebuildIndex
from application.stock.cached_availability import CACHE
from application.stock.confirm_reservation import ConfirmReservation
from application.stock.find_availability import FindAvailability
from application.stock.release_reservation import ReleaseReservation
from application.stock.reserve_stock import ReserveStock, StockLine
from application.stock.ship_reservation import ShipReservation
from domain.kernel.refusal import Refusal
from entrypoints.composition.installation import Installation, open_installation, open_root
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.settings import BadSettings, Settings, load_settings
from entrypoints.conformance.scratch_servers import LENDER, scratch_databases_are_dropped
from tests.contract.messages.channel import DEPOT, SENDERS, command, message_of
from tests.services import url_of
from tests.swap.pairwise import Chosen, pairwise

__all__ = ["scratch_databases_are_dropped"]

CHOICES = {
    "database": ("memory", "sqlite", "postgres", "mariadb"),
    "broker": ("inprocess", "redis", "rabbitmq", "nats", "kafka"),
    "cache": ("memory", "redis", "valkey"),
    "search": ("fts5", "elasticsearch", "opensearch"),
    "objects": ("memory", "local", "s3"),
}
TENANT = "north"
UNITS = 13
BUYERS = 18
SHIPPED = 9


def settings_of(chosen: Chosen, folder: Path) -> Settings:
    name = f"t-{token_hex(5)}"
    embedded = {"memory": "memory:", "inprocess": "inprocess:", "fts5": f"sqlite:///{folder / 'search.db'}"}
    embedded["local"] = str(folder / "objects")
    url = {port: embedded.get(technology) or _server(technology) for port, technology in chosen.items()}
    if chosen["objects"] == "s3":
        url["objects"] = url["objects"].replace("?", f"/{name}?", 1)
    return load_settings(
        database={"url": _database(chosen["database"], folder)},
        broker={"url": url["broker"], "name": name},
        cache={"url": url["cache"], "name": name, "seconds": 60.0, "patience_seconds": 2.0},
        search={"url": url["search"], "name": name, "replicas": 0, "seconds": 30.0},
        objects={"url": url["objects"]},
        messages={"senders": SENDERS, "replies": "all"},
    )


def _server(technology: str) -> str:
    return "memory:" if technology == "sqlite" else url_of(technology)


def _database(technology: str, folder: Path) -> str:
    if technology == "memory":
        return "memory:"
    if technology == "sqlite":
        return f"sqlite:///{folder / 'ledger.db'}"
    return LENDER.url(load_settings(database={"url": url_of(technology)}), folder)


class Day:
    """A day at the shop: what is asked of the installation, and what is heard from it."""

    def __init__(self, house: Installation) -> None:
        self.house = house
        self.told: list[Delivery] = []
        self.replies: dict[str, Any] = {}
        self.orders: list[str] = []
        house.broker.subscribe("listener", self._hear)
        house.channels(Channel.REPLIES).subscribe("asker", self._answered)

    async def _hear(self, delivery: Delivery) -> None:
        self.told.append(delivery)

    async def _answered(self, delivery: Delivery) -> None:
        event = json.loads(delivery.message.data)
        self.replies[event["correlationid"]] = event["data"]

    async def handle(self, request: str, command: Any) -> Any:
        return await self.house.handle(Call(TENANT, "clerk", request), command)

    async def send(self, name: str, id: str, data: dict[str, Any], source: str = DEPOT) -> Any:
        """The command as a message; its reply, which comes as another."""
        await self.house.channels(Channel.COMMANDS).publish([message_of(command(name, id, data, source))])
        await until(lambda: id in self.replies)
        return self.replies.pop(id)

    async def reserve(self, buyer: int) -> str:
        order = f"order-{buyer}"
        try:
            await self.handle(f"r-{order}", ReserveStock((StockLine("tea", 1, ("depot",)),), order))
        except Refusal as refusal:
            return refusal.own_code
        self.orders.append(order)
        return "reserved"

    async def promised(self) -> tuple[int, int, str]:
        """Available and reserved tea, and who says so."""
        answer = await self.house.ask(TENANT, FindAvailability(("tea",)))
        amounts = answer.goods[0].amounts
        return amounts.available, amounts.reserved, answer.source

    async def found(self, kind: str, words: str) -> int:
        total: int = (await self.house.ask(TENANT, FindDocuments(kind, words))).total
        return total

    def heard(self, type: str) -> set[str]:
        """The subjects of the events of this type."""
        return {each.message.subject for each in self.told if each.message.type == type}

    def numbers(self) -> dict[str, list[int]]:
        """The numbers of the events of each subject, as they came first."""
        numbers: dict[str, dict[int, None]] = {}
        for each in self.told:
            numbers.setdefault(each.message.subject, {})[each.message.number] = None
        return {subject: list(found) for subject, found in numbers.items()}


async def until(reached: Callable[[], bool | Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while True:
            answer = reached()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def open_day(settings: Settings) -> AsyncIterator[Day]:
    async with open_installation(settings, worker=True) as house:
        yield Day(house)


async def forget(settings: Settings, used: Installation) -> None:
    """Leave nothing of it on the servers: what lies there keeps them busy, and fills their memory."""
    async with open_root(settings) as root:
        if isinstance(used.channels, OutsideChannels):
            await root.broker().forget([used.channels])
        if hasattr(root.search(), "forget"):
            await root.search().forget()


@pytest.mark.slow
class TestInstallations:
    @pytest.mark.parametrize("chosen", pairwise(CHOICES), ids=lambda chosen: "-".join(chosen.values()))
    async def test_a_day_at_the_shop(self, chosen: dict[str, str], tmp_path: Path) -> None:
        settings = settings_of(chosen, tmp_path)
        if chosen["database"] != "memory":
            migrate(settings)
        try:
            async with open_day(settings) as day:
                await self._morning(day)
                await self._rush(day)
                await self._evening(day)
                await self._night(day, forgetful=chosen["objects"] == "memory" != chosen["database"])
            if chosen["database"] != "memory":
                async with open_day(settings) as again:
                    assert (await again.promised())[:2] == (UNITS - SHIPPED, 0)
                    assert (await again.house.audit(AuditLedger(full=True))).clean
        finally:
            await forget(settings, day.house)

    async def _morning(self, day: Day) -> None:
        """Goods, a place and stock come in as messages; what was sent twice happens once."""
        goods = {"goods": [{"code": "tea", "name": "Green tea 绿茶"}]}
        await day.send("register-goods", "g", goods)
        await day.send("register-node", "n", {"nodes": [{"code": "depot", "name": "Depot"}]})
        received = {"lines": [{"goods": "tea", "node": "depot", "quantity": UNITS}]}
        for _ in range(2):
            await day.send("receive-stock", "in", received)
        assert (await day.promised())[:2] == (UNITS, 0)

    async def _rush(self, day: Day) -> None:
        """More buyers than units: each unit is promised once, and all who look are soon told."""
        outcomes = Counter(await asyncio.gather(*(day.reserve(buyer) for buyer in range(BUYERS))))
        assert outcomes == {"reserved": UNITS, "stock.insufficient": BUYERS - UNITS}

        async def cached() -> bool:
            return await day.promised() == (0, UNITS, CACHE)

        await until(cached)

    async def _evening(self, day: Day) -> None:
        """Nine are shipped, the others given back; everyone who listens knows, each in order."""
        going, left = day.orders[:SHIPPED], day.orders[SHIPPED:]
        await asyncio.gather(*(day.handle(f"c-{order}", ConfirmReservation(order)) for order in going))
        await asyncio.gather(*(day.handle(f"s-{order}", ShipReservation(order)) for order in going))
        await asyncio.gather(*(day.handle(f"u-{order}", ReleaseReservation(order)) for order in left))

        async def cached() -> bool:
            return await day.promised() == (UNITS - SHIPPED, 0, CACHE)

        await until(cached)
        await until(lambda: day.heard("StockShipped") == {f"reservation:{order}" for order in day.orders[:SHIPPED]})
        assert all(numbers == sorted(numbers) for numbers in day.numbers().values())

    async def _night(self, day: Day, *, forgetful: bool) -> None:
        """The index finds what there is and differs in nothing, one made anew among the others; the day is closed,
        archived, audited.

        `forgetful`: objects end with the process, and the ledger does not.
        """

        async def told() -> bool:
            return not await day.house.outbox.pending()

        async def indexed() -> bool:
            drifts = [await day.house.searching.check(CheckIndex(kind.name, settle=0)) for kind in KINDS]
            return all(each.clean and each.checked for each in drifts)

        await until(told)
        await day.house.searching.rebuild(RebuildIndex("positions"))
        await until(indexed)
        assert await day.found("goods", "绿茶") == 1
        assert await day.found("reservations", "") == UNITS
        seal = await day.house.close(CloseLedger())
        if forgetful:
            with pytest.raises(BadSettings, match="would forget the archive"):
                await day.house.archive(ArchiveLedger())
        else:
            archived = await day.house.archive(ArchiveLedger())
            assert (archived.seal, bool(archived.files)) == (seal.number, True)
        assert (await day.house.audit(AuditLedger(full=True))).clean
