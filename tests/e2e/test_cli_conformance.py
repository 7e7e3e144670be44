"""The published suites run against whatever adapters are configured, and can fail."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Entrepot

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
