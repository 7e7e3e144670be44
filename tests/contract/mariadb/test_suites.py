"""MariaDB passes every published suite: what `entrepot conformance` runs, and the ledger's histories."""

from pathlib import Path

import pytest
from hypothesis import settings

from contracts.conformance.ground import Installation
from contracts.conformance.ledger_history import LedgerHistory
from domain.stock.position import kinds
from entrypoints.conformance import suites
from entrypoints.conformance.scratch import Scratch


class TestLedger(suites.TestLedger):
    pass


class TestStockQueries(suites.TestStockQueries):
    pass


class TestLedgerWalk(suites.TestLedgerWalk):
    pass


class TestOutbox(suites.TestOutbox):
    pass


class TestDeadlines(suites.TestDeadlines):
    pass


class TestClock(suites.TestClock):
    pass


class TestInbox(suites.TestInbox):
    pass


class TestKeys(suites.TestKeys):
    pass


class TestBroker(suites.TestBroker):
    pass


class TestParkedMessages(suites.TestParkedMessages):
    pass


async def open_mariadb(folder: Path) -> Installation:
    return await Scratch(folder, kinds()).open()


class MariadbHistory(LedgerHistory):
    opener = staticmethod(open_mariadb)


TestMariadbHistory = MariadbHistory.TestCase
TestMariadbHistory.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
TestMariadbHistory = pytest.mark.slow(TestMariadbHistory)
