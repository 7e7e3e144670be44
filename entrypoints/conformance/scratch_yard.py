"""A scratch namespace for the suites of outbox, broker, inbox, clock, deadlines and keys: time by hand, processes."""

from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from itertools import cycle
from pathlib import Path
from secrets import token_hex
from typing import Any, Final

import pytest
from sqlalchemy import text

from application.kernel.broker import Channel, Channels, ParkedMessages
from application.kernel.deadlines import Deadlines
from application.kernel.inbox import Inbox
from application.kernel.outbox import Outbox, OutboxFeed
from application.kernel.outside_broker import OutsideChannels
from application.kernel.ports import LedgerStore, Reach, pass_by
from application.kernel.taking import Tries
from application.permissions.ports import KeyStore
from contracts.conformance.broker import ATTEMPTS, BrokerUnderTest
from contracts.conformance.yard import HandClock
from entrypoints.composition.installation import open_root
from entrypoints.conformance.scratch import settings_in

PROCESSES: Final = 3
SPEAKING_SQL: Final = ("sqlite", "postgresql", "mariadb")
AT_ONCE: Final = Tries(ATTEMPTS, first_wait=0.0, longest_wait=0.0)

MADE: Final = text("CREATE TABLE IF NOT EXISTS counted (name VARCHAR(64) PRIMARY KEY, number INTEGER NOT NULL)")
FIRST: Final = text("INSERT INTO counted (name, number) VALUES (:name, 1)")
MORE: Final = text("UPDATE counted SET number = number + 1 WHERE name = :name")
COUNTED: Final = text("SELECT number FROM counted WHERE name = :name")
RESTORED: Final = text("UPDATE ledger_state SET epoch = epoch + 1")


class ScratchYard:
    """The ports of the configured installation over one database, as so many processes have them in turn.

    Each process has connections of its own, and a time of its own by one clock. On a broker outside, what it publishes
    goes by a name that is this yard's alone, and is deleted when that closes.
    """

    def __init__(self, folder: Path, clock: HandClock, reach: Reach = pass_by) -> None:
        settings = settings_in(folder)
        named = settings.broker.model_copy(update={"name": f"try-{token_hex(6)}"})
        self._settings = settings.model_copy(update={"broker": named})
        self._clock = clock
        self._reach = reach
        self._stack = AsyncExitStack()
        self._given: dict[str, Iterator[Any]] = {}
        self._outside: list[OutsideChannels] = []
        self.roots: list[Any] = []

    async def open(self) -> "ScratchYard":
        database: Any = None
        for _ in range(PROCESSES):
            opened = open_root(
                self._settings,
                reach=self._reach,
                time=self._clock.time(),
                tries=AT_ONCE,
                database=database,
            )
            root = await self._stack.enter_async_context(opened)
            if self._settings.database.technology == "memory":
                database = root.database()  # what is in memory has no second opening: all share it
            self.roots.append(root)
        if self._settings.adapter("inbox") in SPEAKING_SQL:
            await self.roots[0].database().write(lambda connection: connection.execute(MADE))
        return self

    def _of_the_next(self, port: str) -> Any:
        """The port as the next process has it."""
        turn = self._given.setdefault(port, cycle(self.roots))
        return getattr(next(turn), port)()

    def store(self) -> LedgerStore:
        store: LedgerStore = self._of_the_next("ledger")
        return store

    def outbox(self) -> Outbox:
        outbox: Outbox = self._of_the_next("outbox")
        return outbox

    def feed(self) -> OutboxFeed:
        feed: OutboxFeed = self._of_the_next("outbox")
        return feed

    def deadlines(self) -> Deadlines:
        deadlines: Deadlines = self._of_the_next("deadlines")
        return deadlines

    def inbox(self) -> Inbox[Any]:
        inbox: Inbox[Any] = self._of_the_next("inbox")
        return inbox

    def parked(self) -> ParkedMessages:
        parked: ParkedMessages = self._of_the_next("parked")
        return parked

    def channels(self) -> Channels:
        """As the next process has them; of a broker outside, as one more process has them."""
        if not self.shared:
            channels: Channels = self._of_the_next("broker")
            return channels
        provider = self.roots[0].broker.providers[self._settings.adapter("broker")]
        provider.reset()
        outside: OutsideChannels = provider()
        self._outside.append(outside)
        return outside

    @property
    def shared(self) -> bool:
        """Whether as many processes as are wanted can have the broker: one outside, by an adapter of our own."""
        chosen = self._settings.adapter("broker")
        return chosen != "inprocess" and ":" not in chosen

    def broker(self) -> BrokerUnderTest:
        broker = self.channels()(Channel.EVENTS)
        # One that cannot be stopped at once goes on beside the next, as a process does that was only cut off.
        return BrokerUnderTest(broker, self.parked(), getattr(broker, "stop", lambda: None), self.broker)

    def keys(self) -> KeyStore:
        keys: KeyStore = self._of_the_next("keys")
        return keys

    def digest(self, value: object) -> bytes:
        digest: bytes = self.roots[0].codec().digest(value)
        return digest

    # -- what no port gives: by the transactions of our own databases -------------------------------------------------

    def _database(self, port: str) -> Any:
        if ":" in self._settings.adapter(port):
            pytest.skip(f"what this needs of an adapter from outside for {port}, its own suite has to say")
        return self.roots[0].database()

    def count(self, key: str) -> Callable[[Any], None]:
        self._database("inbox")

        def in_sql(connection: Any) -> None:
            if not connection.execute(MORE, {"name": key}).rowcount:
                connection.execute(FIRST, {"name": key})

        def in_memory(staged: Any) -> None:
            staged.put("counted", key, staged.get("counted", key, 0) + 1)

        return in_memory if self._settings.adapter("inbox") == "memory" else in_sql

    async def counted(self, key: str) -> int:
        database = self._database("inbox")
        if self._settings.adapter("inbox") == "memory":
            number: int = database.tables.get("counted", {}).get(key, 0)
            return number
        kept: int = await database.read(lambda connection: connection.execute(COUNTED, {"name": key}).scalar() or 0)
        return kept

    async def new_epoch(self) -> None:
        database = self._database("outbox")
        if self._settings.adapter("outbox") == "memory":
            database.epoch += 1
        else:
            await database.write(lambda connection: connection.execute(RESTORED))

    async def close(self) -> None:
        try:
            await self._forget()
        finally:
            await self._stack.aclose()

    async def _forget(self) -> None:
        """Leave nothing on a broker outside."""
        if used := self._outside.copy():
            for each in used:
                await each.close()
            self.channels()
            await self._outside[-1].forget(used)
