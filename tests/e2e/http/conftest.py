"""One street a test, in memory unless the test wants another."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.http.street import Caller, Street, memory, street


@pytest.fixture
async def here() -> AsyncIterator[Street]:
    async with street(memory()) as opened:
        yield opened


@pytest.fixture
async def shop(here: Street) -> Caller:
    """A caller of the tenant acme who may do everything."""
    return await here.caller()
