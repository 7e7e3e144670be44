"""The published suites run against whatever adapters are configured, and can fail."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Entrepot
from tests.services import url_of

ONE = "thirty_seven"

FORGETFUL = '''
"""A ledger that forgets what it was told to keep."""

from contextlib import asynccontextmanager

from adapters.memory.ledger import MemoryLedgerStore


class ForgetfulBatch:
    def __init__(self, batch):
        self.records, self.load = batch.records, batch.load

    async def save(self, now, used, changes):
        pass


class ForgetfulStore(MemoryLedgerStore):
    @asynccontextmanager
    async def batch(self):
        async with super().batch() as batch:
            yield ForgetfulBatch(batch)


def open_ledger(given):
    return ForgetfulStore(given.database)
'''

STANDSTILL = '''
"""Deadlines whose time stands still while the clock is behind the last commit."""

from adapters.memory.deadlines import MemoryDeadlines


class Standstill(MemoryDeadlines):
    async def claim(self, limit, lease):
        claim = await super().claim(limit, lease)
        behind = self._database.clock() < self._database.committed_at
        return claim._replace(due=[]) if behind else claim


def open_deadlines(given):
    return Standstill(given.database)
'''

OF_EACH_SUITE = (
    "TestKeys and rotat",
    "each_group_gets_each_message",
    "what_is_published_on_a_channel",
    "a_message_parked_again",
    "duplicates_and_reordering",
    "the_ledgers_time_does_not_fall",
    "the_longest_reservation_id_expires",
    "a_rotated_key_and_its_successor",
    "the_feed_gives_each_tenant",
    "the_holders_of_a_position",
    "thirty_seven",
)


@pytest.mark.slow
@pytest.mark.parametrize("url", ["memory:", ""])
def test_our_own_adapters_pass(entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, url: str) -> None:
    if url:
        monkeypatch.setenv("ENTREPOT_DATABASE__URL", url)
    before = sorted((tmp_path / "var").iterdir())
    said = entrepot("conformance", "--only", ONE, "--json")
    assert (said.code, said.json["failed"]) == (0, 0)
    assert said.json["tests"] > 0
    assert sorted((tmp_path / "var").iterdir()) == before


@pytest.mark.slow
def test_an_adapter_from_outside_that_forgets_does_not_pass(
    entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "forgetful.py").write_text(FORGETFUL)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", "memory:")
    monkeypatch.setenv("ENTREPOT_ADAPTERS__LEDGER", "forgetful:open_ledger")
    said = entrepot("conformance", "--only", ONE, "--json")
    assert said.code == 1
    assert said.json["failed"] == said.json["tests"] > 0


@pytest.mark.slow
def test_a_choice_that_no_test_fits_is_refused(entrepot: Entrepot) -> None:
    said = entrepot("conformance", "--only", "nothing_of_the_kind")
    assert said.code == 2
    assert "fits no test" in said.err


@pytest.mark.slow
@pytest.mark.parametrize("url", ["memory:", ""])
def test_every_suite_is_run(entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    if url:
        monkeypatch.setenv("ENTREPOT_DATABASE__URL", url)
    said = entrepot("conformance", "--json", "--only", " or ".join(OF_EACH_SUITE))
    assert (said.code, said.json["failed"]) == (0, 0)
    assert said.json["tests"] >= len(OF_EACH_SUITE)


@pytest.mark.slow
def test_a_clock_from_outside_that_stands_still_does_not_pass(
    entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "standstill.py").write_text(STANDSTILL)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", "memory:")
    monkeypatch.setenv("ENTREPOT_ADAPTERS__DEADLINES", "standstill:open_deadlines")
    said = entrepot("conformance", "--only", "a_year_ahead or second_though", "--json")
    assert said.code == 1
    assert said.json["failed"] > 0


@pytest.mark.slow
@pytest.mark.parametrize("server", ["valkey", "nats"])
def test_so_does_a_broker_that_processes_share(
    entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, server: str
) -> None:
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", "memory:")
    monkeypatch.setenv("ENTREPOT_BROKER__URL", url_of(server))
    said = entrepot("conformance", "--json", "--only", "each_group_gets_each_message or share_the_partitions")
    assert (said.code, said.json) == (0, {"tests": 2, "failed": 0, "failures": []})


@pytest.mark.slow
def test_so_does_an_index(entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ENTREPOT_DATABASE__URL", "memory:")
    monkeypatch.setenv("ENTREPOT_SEARCH__URL", f"sqlite:///{tmp_path / 'ours.db'}")
    said = entrepot("conformance", "--json", "--only", "TestSearch and (found_whole or another_process)")
    assert (said.code, said.json) == (0, {"tests": 2, "failed": 0, "failures": []})
    assert not (tmp_path / "ours.db").exists()
