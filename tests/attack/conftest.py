"""One doorstep a test, in memory unless the test wants another."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.attack.doorstep import Doorstep, Visitor, doorstep
from tests.e2e.http.street import memory, with_search


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Doorstep]:
    async with doorstep(with_search(memory(), tmp_path)) as opened:
        yield opened


@pytest.fixture
async def shop(here: Doorstep) -> Visitor:
    """A visitor of the tenant acme who may do everything."""
    return await here.visitor()
