"""A committer that remembers balances decides by those in the database, whoever committed them and however it ended."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sql.known_accounts import KnownAccounts
from application.kernel.group_commit import GroupCommitter
from application.kernel.ports import FAILPOINTS
from application.kernel.unanswered import Unanswered
from application.stock.lines import Units
from application.stock.write_off_stock import WriteOffStock
from domain.kernel.refusal import Refusal
from domain.stock.position import kinds
from tests.builders import account, call, key, receive
from tests.contract.ledger.installations import SqliteInstallation, new_store


class Process:
    """A committer on the ledger's file, as each process has one."""

    def __init__(self, path: Path) -> None:
        self.fails_at = ""
        self.installation = SqliteInstallation(path, kinds(), self._reach)
        self._requests = 0

    async def open(self) -> "Process":
        await self.installation.open()
        self._committer = GroupCommitter(self.installation.store, self.installation.digest)
        self._committer.start()
        return self

    async def close(self) -> None:
        await self._committer.drain()
        await self.installation.close()

    async def submit(self, command: Any) -> Any:
        self._requests += 1
        return await self._committer.submit(call(f"{id(self)}-{self._requests}"), command)

    async def receive(self, quantity: int, goods: str = "A") -> int:
        """What there is of the goods after so much more of it came."""
        reply = await self.submit(receive(goods, quantity=quantity))
        return int(reply.positions[0].available)

    def _reach(self, name: str) -> None:
        if name == self.fails_at:
            self.fails_at = ""
            raise OSError(f"failed at {name}")


@pytest.fixture
async def ours(tmp_path: Path) -> AsyncIterator[Process]:
    process = await Process(tmp_path / "ledger.sqlite").open()
    yield process
    await process.close()


@pytest.fixture
async def another(ours: Process) -> AsyncIterator[Process]:
    process = await Process(ours.installation.path).open()
    yield process
    await process.close()


async def test_what_was_committed_last_needs_no_reading(ours: Process) -> None:
    await ours.receive(5)
    statements: list[str] = []
    writer = ours.installation.database._writer
    assert writer is not None
    driver: Any = writer.connection.driver_connection
    driver.set_trace_callback(statements.append)
    assert await ours.receive(1) == 6
    driver.set_trace_callback(None)
    assert any(text.startswith("UPDATE account") for text in statements)
    assert [text for text in statements if "FROM account" in text] == []


async def test_what_another_process_commits_between_two_batches_is_seen(ours: Process, another: Process) -> None:
    assert await ours.receive(5) == 5
    assert await another.receive(3) == 8
    runs = ours._committer.counts
    assert await ours.receive(1) == 9
    assert runs.reruns == 0  # it knew before it wrote
    assert await another.receive(1) == 10


@pytest.mark.parametrize("point", [name for name in FAILPOINTS if name != "records.loaded"])
async def test_a_batch_that_fails_leaves_no_trace_in_what_is_known(ours: Process, point: str) -> None:
    assert await ours.receive(5) == 5
    ours.fails_at = point
    with pytest.raises(Unanswered):
        await ours.receive(2)
    there = 7 if point == "committed" else 5
    assert await ours.receive(1) == there + 1
    assert ours._committer.counts.reruns == 0


async def test_a_refused_batch_leaves_no_trace_in_what_is_known(ours: Process) -> None:
    assert await ours.receive(5) == 5
    with pytest.raises(Refusal):
        await ours.submit(WriteOffStock((Units("A", "N1", 1),), "broken"))
    assert await ours.receive(1) == 6


def test_it_knows_what_it_learned_under_the_same_mark_only() -> None:
    known = KnownAccounts()
    known.under(1)
    known.learn("acme", [account(available=5)])
    known.under(1)
    assert known.of("acme") == {key(): account(available=5)}
    assert known.of("other") == {}
    known.under(2)
    assert known.of("acme") == {}


def test_it_forgets_when_it_knows_too_much() -> None:
    known = KnownAccounts(remembered=2)
    known.under(1)
    for goods in "ABA":
        known.learn("acme", [account(goods)])
    known.under(1)
    assert known.of("acme").keys() == {key("A"), key("B")}
    known.learn("other", [account("C")])
    known.under(1)
    assert (known.of("acme"), known.of("other")) == ({}, {})


async def test_what_another_ledger_commits_over_the_same_connection_is_seen_too(ours: Process) -> None:
    assert await ours.receive(5) == 5
    installation = ours.installation
    other = GroupCommitter(new_store(installation.database, kinds(), installation.store.time), installation.digest)
    other.start()
    for n in range(1, 4):
        assert (await other.submit(call(f"other {n}"), receive("A", quantity=1))).positions[
            0
        ].available == 5 + 2 * n - 1
        assert await ours.receive(1) == 5 + 2 * n
    await other.drain()
