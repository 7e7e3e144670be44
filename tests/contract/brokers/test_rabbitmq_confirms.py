"""How long RabbitMQ is waited for: as long as it confirms anything, and no longer."""

import asyncio

import pytest

from adapters.rabbitmq import channels


async def test_letters_are_waited_for_while_any_is_confirmed_and_the_rest_is_broken_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(channels, "PATIENCE", 0.25)
    slow = [asyncio.create_task(asyncio.sleep(0.1 * number)) for number in range(1, 6)]
    never = asyncio.create_task(asyncio.Event().wait())
    await channels._confirmed([*slow, never])
    assert [task.cancelled() for task in slow] == [False] * len(slow)
    assert never.cancelled()
