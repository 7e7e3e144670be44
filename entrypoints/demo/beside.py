"""What stands beside the ledger while the demonstration runs: who is told of it, the index, the cache; all compared."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from secrets import token_hex
from typing import Final

from application.kernel.broker import Channels, Delivery
from application.kernel.outside_broker import OutsideChannels
from application.reconciliation.archive_ledger import ArchiveLedger
from application.reconciliation.audit_ledger import AuditLedger
from application.reconciliation.close_ledger import CloseLedger
from application.search.check_index import CheckIndex
from application.search.kinds import KINDS
from application.search.rebuild_index import RebuildIndex
from application.stock.cached_availability import CACHE
from application.stock.find_availability import FindAvailability
from entrypoints.composition.installation import Installation, open_installation, open_root
from entrypoints.composition.settings import Settings
from entrypoints.demo.replay import TENANT
from entrypoints.demo.table import Rows
from entrypoints.demo.tally import Tally

SAMPLE: Final = 200
"""Goods whose availability is compared."""

PATIENCE: Final = 120.0
"""Seconds without any progress after which what is late counts as lost."""

Watch = Callable[[str, int, int], None]


def stands_alone(settings: Settings) -> bool:
    """Whether nothing that is set wants to be told of what happens."""
    beside = settings.adapter("broker"), settings.cache.technology, settings.search.technology
    return beside == ("inprocess", "none", "none")


def names_of_its_own() -> dict[str, dict[str, str]]:
    """Settings under which this run meets nothing of another's on servers that it shares."""
    name = f"demo-{token_hex(4)}"
    return {section: {"name": name} for section in ("broker", "cache", "search")}


@dataclass(slots=True)
class Beside:
    """Listens from the start; `compare` waits until all has arrived, and says what differs.

    `told` are the events that came, each counted once; `again` those that came once more.
    """

    house: Installation
    told: int = 0
    again: int = 0
    cached: int = 0
    documents: dict[str, int] = field(default_factory=dict)
    _last: dict[tuple[str, str], int] = field(default_factory=dict)

    async def begin(self) -> None:
        """Make the indexes, and listen."""
        if self.house.searching.on:
            for kind in KINDS:
                await self.house.searching.rebuild(RebuildIndex(kind.name))
        self.house.broker.subscribe("demo", self._hear)
        await self.house.broker.publish([])  # from its return on, a broker outside keeps everything for the group

    @property
    def rows(self) -> Rows:
        """What was found, for the table."""
        found: Rows = [("events heard", self.told), ("  more than once", self.again)]
        found += [(f"{name} in the index", count) for name, count in self.documents.items()]
        return [*found, ("goods answered from the cache", self.cached)] if self.house.caching is not None else found

    async def _hear(self, delivery: Delivery) -> None:
        message = delivery.message
        last = self._last.get(message.key, 0)
        if message.number > last:
            self._last[message.key] = message.number
            self.told += 1
        else:
            self.again += 1

    async def compare(self, events: int, tally: Tally, watch: Watch) -> list[str]:
        """What differs from the ledger, which has told so many events."""
        wrong = []
        await self._progress(lambda: self.told, events, "hear all events", watch)
        if self.told != events:
            wrong.append(f"the broker brought {self.told} of {events} events")
        if self.house.searching.on:
            wrong += await self._compare_index(events, watch)
        if self.house.caching is not None:
            wrong += await self._compare_cache(tally)
        return wrong

    async def _progress(self, count: Callable[[], int], total: int, what: str, watch: Watch) -> None:
        """Wait until so many are there, or none comes any more."""
        loop = asyncio.get_running_loop()
        seen, since = count(), loop.time()
        while seen < total and loop.time() - since < PATIENCE:
            watch(what, seen, total)
            await asyncio.sleep(0.2)
            if count() != seen:
                seen, since = count(), loop.time()
        watch(what, seen, total)

    async def _compare_index(self, events: int, watch: Watch) -> list[str]:
        wrong = []
        indexed = self.house.searching.lags
        await self._progress(lambda: indexed.number, events, "index all events", watch)
        for done, kind in enumerate(KINDS):
            watch("compare the index", done, len(KINDS))
            found = -1
            while True:
                drift = await self.house.searching.check(CheckIndex(kind.name, settle=0))
                if drift.clean or drift.found == found:
                    break
                found = drift.found
                await asyncio.sleep(5)
            self.documents[kind.name] = drift.checked
            if not drift.clean:
                wrong.append(f"the index of {kind.name} differs in {drift.found}: {', '.join(drift.examples[:3])}")
        watch("compare the index", len(KINDS), len(KINDS))
        return wrong

    async def _compare_cache(self, tally: Tally) -> list[str]:
        """What the cache tells of some goods, beside what must lie where."""
        wrong = []
        here = tally.on_hand()
        goods = sorted({code for code, _ in here})
        for code in random.Random(1).sample(goods, min(SAMPLE, len(goods))):
            for _ in range(2):  # the first may be what fills it
                answer = await self.house.ask(TENANT, FindAvailability((code,)))
            self.cached += answer.source == CACHE
            (told,) = answer.goods
            for each in told.nodes:
                of = each.amounts
                lies = of.available + of.reserved + of.allocated + of.held
                if lies != here[code, each.node]:
                    wrong.append(
                        f"the cache says {lies} of {code} at {each.node}, and there are {here[code, each.node]}"
                    )
        return wrong


async def archived(settings: Settings) -> Rows:
    """Close the ledger, move its movements into files, and audit it with them; what was found, for the table."""
    async with open_installation(settings, worker=False) as house:
        await house.close(CloseLedger())
        moved = await house.archive(ArchiveLedger())
        audit = await house.audit(AuditLedger(full=True))
    said = "clean" if audit.clean else f"{audit.found} differences"
    return [("movements archived", moved.movements), ("  files", moved.files), ("  audit with them", said)]


async def forget(settings: Settings, used: Sequence[Channels], *, files: bool) -> None:
    """Delete from the servers what lies there by the names of this run, with the archives if `files`.

    Raises BrokerUnavailable, IndexUnavailable, ObjectsUnavailable, StoreError.
    """
    async with open_root(settings) as root:
        broker, index = root.broker(), root.search()
        if isinstance(broker, OutsideChannels):
            await broker.forget([each for each in used if isinstance(each, OutsideChannels)])
        if hasattr(index, "forget"):
            await index.forget()
        if files and settings.objects.technology == "s3":
            for each in await root.archive_store().archives():
                await root.objects().delete(each.object)
