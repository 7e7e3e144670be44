"""One doorstep a test, in memory unless the test wants another."""

from collections.abc import AsyncIterator

import pytest

from tests.attack.doorstep import Doorstep, Visitor, doorstep
from tests.e2e.http.street import memory


@pytest.fixture
async def here() -> AsyncIterator[Doorstep]:
    async with doorstep(memory()) as opened:
        yield opened


@pytest.fixture
async def shop(here: Doorstep) -> Visitor:
    """A visitor of the tenant acme who may do everything."""
    return await here.visitor()
