"""MariaDB passes every published suite: what `entrepot conformance` runs, and the ledger's histories."""

from pathlib import Path

import pytest
from hypothesis import settings

from contracts.conformance.ground import Installation
from contracts.conformance.ledger_history import LedgerHistory
from domain.stock.position import kinds
from entrypoints.conformance import suites
from entrypoints.conformance.scratch import Scratch


class TestMariadbLedger(suites.TestLedger):
    pass


class TestMariadbQuotas(suites.TestQuotas):
    pass


class TestMariadbStockQueries(suites.TestStockQueries):
    pass


class TestMariadbAhead(suites.TestAhead):
    pass


class TestMariadbLedgerWalk(suites.TestLedgerWalk):
    pass


class TestMariadbOutbox(suites.TestOutbox):
    pass


class TestMariadbDeadlines(suites.TestDeadlines):
    pass


class TestMariadbClock(suites.TestClock):
    pass


class TestMariadbInbox(suites.TestInbox):
    pass


class TestMariadbKeys(suites.TestKeys):
    pass


class TestInProcessBrokerOnMariadb(suites.TestBroker):
    pass


class TestMariadbParkedMessages(suites.TestParkedMessages):
    pass


async def open_mariadb(folder: Path) -> Installation:
    return await Scratch(folder, kinds()).open()


class MariadbHistory(LedgerHistory):
    opener = staticmethod(open_mariadb)


TestMariadbHistory = MariadbHistory.TestCase
TestMariadbHistory.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
TestMariadbHistory = pytest.mark.slow(TestMariadbHistory)
