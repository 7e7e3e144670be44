"""PostgreSQL passes every published suite: what `entrepot conformance` runs, and the ledger's histories."""

from pathlib import Path

import pytest
from hypothesis import settings

from contracts.conformance.ground import Installation
from contracts.conformance.ledger_history import LedgerHistory
from domain.stock.position import kinds
from entrypoints.conformance import suites
from entrypoints.conformance.scratch import Scratch


class TestPostgresqlLedger(suites.TestLedger):
    pass


class TestPostgresqlQuotas(suites.TestQuotas):
    pass


class TestPostgresqlStockQueries(suites.TestStockQueries):
    pass


class TestPostgresqlAhead(suites.TestAhead):
    pass


class TestPostgresqlLedgerWalk(suites.TestLedgerWalk):
    pass


class TestPostgresqlOutbox(suites.TestOutbox):
    pass


class TestPostgresqlDeadlines(suites.TestDeadlines):
    pass


class TestPostgresqlClock(suites.TestClock):
    pass


class TestPostgresqlInbox(suites.TestInbox):
    pass


class TestPostgresqlKeys(suites.TestKeys):
    pass


class TestInProcessBrokerOnPostgresql(suites.TestBroker):
    pass


class TestPostgresqlParkedMessages(suites.TestParkedMessages):
    pass


async def open_postgresql(folder: Path) -> Installation:
    return await Scratch(folder, kinds()).open()


class PostgresqlHistory(LedgerHistory):
    opener = staticmethod(open_postgresql)


TestPostgresqlHistory = PostgresqlHistory.TestCase
TestPostgresqlHistory.settings = settings(max_examples=8, stateful_step_count=20, deadline=None)
TestPostgresqlHistory = pytest.mark.slow(TestPostgresqlHistory)
