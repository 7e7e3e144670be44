"""What is run: every suite whose ports the settings choose an adapter for."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Protocol, runtime_checkable

import pytest

from application.kernel.broker import Channels, ParkedMessages
from application.kernel.ledger_time import machine_time, moment
from application.kernel.ports import Reach, pass_by
from application.search.documents import DocumentKind
from application.search.kinds import KINDS
from application.search.ports import SearchIndex
from contracts.conformance.ahead import AheadConformance
from contracts.conformance.broker import BrokerConformance, BrokerUnderTest, InboxConformance
from contracts.conformance.channels import ChannelsConformance, ParkedMessagesConformance
from contracts.conformance.clock import ClockConformance
from contracts.conformance.deadlines import DeadlinesConformance
from contracts.conformance.keys import KeyInstallation, KeysConformance
from contracts.conformance.ledger import LedgerConformance
from contracts.conformance.ledger_walk import LedgerWalkConformance
from contracts.conformance.outbox import OutboxConformance
from contracts.conformance.quotas import QuotasConformance
from contracts.conformance.search import SearchConformance
from contracts.conformance.shared_broker import SharedBrokerConformance
from contracts.conformance.stock_queries import StockQueriesConformance
from contracts.conformance.yard import HandClock, Installation
from domain.kernel.account import AccountKind
from domain.stock.position import kinds as stock_kinds
from entrypoints.composition.installation import open_root
from entrypoints.conformance.scratch import Scratch, searching_in
from entrypoints.conformance.scratch_servers import scratch_databases_are_dropped
from entrypoints.conformance.scratch_yard import ScratchYard

__all__ = ["scratch_databases_are_dropped"]

MACHINE_TIME = machine_time()


@runtime_checkable
class Forgetting(Protocol):
    """An index on a server, which keeps what is not deleted."""

    async def forget(self) -> None: ...


class TestLedger(LedgerConformance):
    async def open_ledger(self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by) -> Scratch:
        return await Scratch(folder, kinds, reach).open()


class TestQuotas(QuotasConformance):
    async def open_ledger(self, folder: Path, kinds: Mapping[str, AccountKind], reach: Reach = pass_by) -> Scratch:
        return await Scratch(folder, kinds, reach).open()


class TestStockQueries(StockQueriesConformance):
    async def open_installation(self, folder: Path) -> Scratch:
        return await Scratch(folder, stock_kinds()).open()


class TestAhead(AheadConformance):
    async def open_installation(self, folder: Path, kinds: Mapping[str, AccountKind]) -> Scratch:
        return await Scratch(folder, kinds).open()


class TestLedgerWalk(LedgerWalkConformance):
    async def open_installation(self, folder: Path) -> Scratch:
        return await Scratch(folder, stock_kinds()).open()


class TestOutbox(OutboxConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return await ScratchYard(folder, clock).open()


class TestDeadlines(DeadlinesConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return await ScratchYard(folder, clock).open()


class TestClock(ClockConformance):
    async def open_yard(self, folder: Path, clock: HandClock) -> Installation:
        return await ScratchYard(folder, clock).open()

    def production_clock(self) -> datetime:
        return moment(MACHINE_TIME())


class TestInbox(InboxConformance):
    async def open_yard(self, folder: Path, clock: HandClock, reach: Reach) -> Installation:
        return await ScratchYard(folder, clock, reach).open()


class TestKeys(KeysConformance):
    async def open_key_stores(self, folder: Path) -> KeyInstallation:
        return await ScratchYard(folder, HandClock()).open()


class InYard:
    """Opens a yard around each test of a broker."""

    @pytest.fixture(autouse=True)
    async def a_yard(self, tmp_path: Path) -> AsyncIterator[None]:
        self.yard = await ScratchYard(tmp_path, HandClock()).open()
        yield
        await self.yard.close()


class TestBroker(InYard, BrokerConformance):
    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        return self.yard.broker()


class TestSharedBroker(InYard, SharedBrokerConformance):
    async def open_broker(self, folder: Path) -> BrokerUnderTest:
        if not self.yard.shared:
            pytest.skip("the broker is this process's own, or an adapter from outside, whose own suite has to say")
        return self.yard.broker()


class TestChannels(InYard, ChannelsConformance):
    async def open_channels(self, folder: Path) -> tuple[Channels, ParkedMessages]:
        return self.yard.channels(), self.yard.parked()


class TestParkedMessages(ParkedMessagesConformance):
    @pytest.fixture(autouse=True)
    async def stack(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as self.opened:
            yield

    async def open_parked(self, folder: Path, clock: HandClock) -> ParkedMessages:
        yard = await ScratchYard(folder, clock).open()
        self.opened.push_async_callback(yard.close)
        return yard.parked()


class TestSearch(SearchConformance):
    @pytest.fixture(autouse=True)
    async def stack(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as self.opened:
            yield

    async def open_index(self, folder: Path, kinds: tuple[DocumentKind, ...]) -> SearchIndex:
        settings = searching_in(folder)
        if settings.adapter("search") == "none":
            pytest.skip("no index is set: ENTREPOT_SEARCH__URL")
        if kinds != KINDS:
            pytest.skip("what becomes of an index of other fields, the adapter's own suite has to say")
        root = await self.opened.enter_async_context(open_root(settings))
        index: SearchIndex = root.search()
        return index

    async def drop_index(self, folder: Path) -> None:
        index = await self.open_index(folder, KINDS)
        if isinstance(index, Forgetting):
            await index.forget()
