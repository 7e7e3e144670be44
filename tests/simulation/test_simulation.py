"""Some hundred seeds hold; the simulator repeats itself; and bugs planted on purpose are found."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from adapters.memory.deadlines import MemoryDeadlines
from adapters.memory.ledger import MemoryLedgerBatch
from adapters.memory.outbox import MemoryOutbox
from adapters.sql.ledger import SqlLedgerBatch
from application.kernel.deadlines import Claim, Due, Horizon
from application.kernel.ledger_time import LedgerTime
from application.kernel.ports import Changes, Loaded
from domain.kernel.account import Account
from domain.kernel.ledger import Ledger
from domain.kernel.movement import EXPIRE, Balances
from domain.kernel.reservation import Stage
from tests.simulation.history import CRASHES, drawn, shrunk
from tests.simulation.simulate import STORAGES, explain, play, simulate

BLOCKS = 12
SEEDS = {"memory": 14, "sqlite": 3}
"""Seeds of a block: enough in all for some hundred runs within a minute on two slow cores."""


@pytest.mark.slow
@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("storage", STORAGES)
def test_every_invariant_holds_whatever_the_seed(storage: str, block: int) -> None:
    size = SEEDS[storage]
    for seed in range(1_000 + block * size, 1_000 + (block + 1) * size):
        failure = simulate(storage, seed)
        assert failure is None, failure


def test_the_same_seed_is_the_same_run() -> None:
    assert drawn(7) == drawn(7)
    assert drawn(7) != drawn(8)
    for storage in STORAGES:
        assert play(storage, 7, drawn(7)) == play(storage, 7, drawn(7))


def test_seeds_reach_every_failpoint_and_every_kind_of_trouble() -> None:
    kinds: set[str] = set()
    failpoints: set[str] = set()
    for seed in range(1_000, 1_000 + BLOCKS * max(SEEDS.values())):
        for step in drawn(seed):
            kinds.add(type(step).__name__)
            failpoints.add(getattr(step, "failpoint", ""))
    assert kinds == {"Ask", "Kill", "Jump", "Wire"}
    assert failpoints >= set(CRASHES)


def test_a_failing_history_is_shrunk_to_what_it_needs() -> None:
    steps = drawn(3)
    needed = [steps[4], steps[17]]

    def fails(fewer: Sequence[Any]) -> bool:
        return all(step in fewer for step in needed)

    assert shrunk(steps, fails) == needed


# -- bugs planted on purpose ------------------------------------------------------------------------------------------


def found(storage: str, *, seeds: int = 12) -> str:
    """The failure that some seed shows, shrunk a little."""
    for seed in range(seeds):
        if play(storage, seed, drawn(seed)).problems:
            explained = explain(storage, seed, drawn(seed), runs=6)
            assert "broke off" not in explained
            return explained
    raise AssertionError(f"{seeds} seeds on {storage} did not find it")


@pytest.mark.slow
def test_it_finds_a_request_look_up_that_finds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    load = MemoryLedgerBatch.load

    async def forgetful(self: MemoryLedgerBatch, *args: Any) -> Loaded:
        return replace(await load(self, *args), replies={})

    monkeypatch.setattr(MemoryLedgerBatch, "load", forgetful)
    monkeypatch.setattr(MemoryLedgerBatch, "_check", lambda *_: None)
    assert "was answered" in found("memory")


@pytest.mark.slow
def test_it_finds_a_reserve_that_ignores_the_floor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Account, "grantable", property(lambda self: self.balances.available))
    assert "below the floor" in found("memory")


@pytest.mark.slow
@pytest.mark.parametrize("what", ["movements", "accounts", "reservations", "events", "replies"])
def test_it_finds_a_write_that_forgets(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    apply: Callable[[MemoryLedgerBatch, Changes, datetime], None] = MemoryLedgerBatch._apply

    def forgetful(self: MemoryLedgerBatch, changes: Changes, now: datetime) -> None:
        lossy = replace(changes, **{what: []}) if self._database.next_number % 7 == 0 else changes  # type: ignore[arg-type]
        apply(self, lossy, now)

    monkeypatch.setattr(MemoryLedgerBatch, "_apply", forgetful)
    assert "fails" in found("memory")


@pytest.mark.slow
def test_it_finds_an_answer_given_for_what_was_not_committed(monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(1)

    save = MemoryLedgerBatch.save

    async def careless(self: MemoryLedgerBatch, now: datetime, used: int, changes: Sequence[Changes]) -> None:
        if dice.random() < 0.9:
            await save(self, now, used, changes)

    monkeypatch.setattr(MemoryLedgerBatch, "save", careless)
    assert "fails" in found("memory")


@pytest.mark.slow
def test_it_finds_an_expiry_before_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def hasty(self: Ledger, id: str, deadline: int, token: int) -> Any:
        found = self.find_reservation(id)
        if found is None or not found.awaits_deadline:
            return None
        return self._advance(found, (), Stage.HELD, Stage.EXPIRED, EXPIRE, None)

    async def look(self: MemoryDeadlines, lease: timedelta) -> Horizon:
        clock = self._database.clock()
        return Horizon(clock, clock, None, clock)

    async def claim(self: MemoryDeadlines, limit: int, lease: timedelta) -> Claim:
        clock, due = self._database.clock(), []
        for place, row in self._database.deadlines.items():
            if row.leased_until is None:
                row.leased_until = clock
                due.append(Due(*place, row.number, row.token))
        return Claim(clock, clock, due)

    monkeypatch.setattr(MemoryDeadlines, "look", look)
    monkeypatch.setattr(MemoryDeadlines, "claim", claim)
    monkeypatch.setattr(Ledger, "expire", hasty)
    assert "expired at" in found("memory")


@pytest.mark.slow
def test_it_finds_a_deadline_that_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "expire", lambda *_: None)
    assert "was due at" in found("memory")


@pytest.mark.slow
def test_it_finds_a_relay_that_stamps_what_it_did_not_publish(monkeypatch: pytest.MonkeyPatch) -> None:
    unpublished = MemoryOutbox.unpublished

    async def short(self: MemoryOutbox, *args: Any) -> Any:
        # The stamps run on, the messages do not.
        return {place: messages[1:] or messages for place, messages in (await unpublished(self, *args)).items()}

    monkeypatch.setattr(MemoryOutbox, "unpublished", short)
    assert "not in both" in found("memory")


@pytest.mark.slow
def test_it_finds_a_balance_that_is_a_unit_off(monkeypatch: pytest.MonkeyPatch) -> None:
    load = SqlLedgerBatch._account

    def off(self: SqlLedgerBatch, key: Any, row: Any) -> Account:
        account = load(self, key, row)
        if account.version == 5:
            account.balances = Balances(account.balances.available + 1, *account.balances[1:])
        return account

    monkeypatch.setattr(SqlLedgerBatch, "_account", off)
    assert "is the sum" in found("sqlite")


@pytest.mark.slow
def test_it_finds_time_that_stands_still_when_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LedgerTime, "_passed", lambda _: 0)
    assert "fails" in found("memory")
