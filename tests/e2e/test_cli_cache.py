"""The cache that processes share, forgotten from the command line."""

import asyncio
from secrets import token_hex

import pytest

from application.stock.find_availability import FindAvailability
from entrypoints.composition.installation import open_installation
from entrypoints.composition.settings import load_settings
from tests.e2e.conftest import Entrepot
from tests.services import url_of


async def ask(times: int) -> list[str]:
    async with open_installation(load_settings()) as house:
        assert house.caching is not None
        found = []
        for _ in range(times):
            found.append((await house.ask("main", FindAvailability(("TEA",)))).source)
            await house.caching.drain()
        return found


@pytest.mark.parametrize("server", ["redis", "valkey"])
def test_what_is_forgotten_is_filled_anew(shop: Entrepot, monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.setenv("ENTREPOT_CACHE__URL", url_of(server))
    monkeypatch.setenv("ENTREPOT_CACHE__NAME", f"test-{token_hex(5)}")
    monkeypatch.setenv("ENTREPOT_CACHE__SECONDS", "300")
    monkeypatch.setenv("ENTREPOT_CACHE__PATIENCE_SECONDS", "2")
    assert asyncio.run(ask(2)) == ["ledger", "cache"]
    assert asyncio.run(ask(1)) == ["cache"], "it is there for the next process"
    assert shop("--json", "cache", "clear").json == {"forgotten": 1}
    assert asyncio.run(ask(1)) == ["ledger"]
    assert shop("--json", "cache", "clear").json == {"forgotten": 1}


def test_the_command_line_itself_asks_the_ledger(shop: Entrepot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_CACHE__URL", "memory:")
    assert shop("--json", "stock", "show", "TEA").json["source"] == "ledger"


def test_where_there_is_none_it_says_so(entrepot: Entrepot, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "ENTREPOT_CACHE__URL" in entrepot("cache", "clear").err
    monkeypatch.setenv("ENTREPOT_CACHE__URL", "redis://127.0.0.1:1/0")
    assert "does not answer" in entrepot("cache", "clear").err
