"""How long RabbitMQ is waited for: as long as it confirms anything, and no longer."""

import asyncio

import pytest

from adapters.rabbitmq import confirmations
from adapters.rabbitmq.confirmations import Confirmations


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confirmations, "PATIENCE", 0.25)


async def test_letters_are_waited_for_while_any_is_confirmed_and_the_rest_is_broken_off() -> None:
    slow = [asyncio.create_task(asyncio.sleep(0.1 * number)) for number in range(1, 6)]
    never = asyncio.create_task(asyncio.Event().wait())
    await Confirmations()([*slow, never])
    assert [task.cancelled() for task in slow] == [False] * len(slow)
    assert never.cancelled()


async def test_those_of_one_wait_while_those_of_others_are_confirmed_and_end_with_them() -> None:
    confirmed = Confirmations()
    others = [asyncio.create_task(asyncio.sleep(0.1 * number)) for number in range(1, 8)]
    behind = asyncio.create_task(asyncio.sleep(0.75))
    await asyncio.gather(confirmed([*others]), confirmed([behind]))
    assert not behind.cancelled()


async def test_what_is_broken_off_and_what_is_refused_keep_nobody_waiting() -> None:
    confirmed = Confirmations()
    never = [asyncio.create_task(asyncio.Event().wait()) for _ in range(2)]
    refused = asyncio.create_task(asyncio.wait_for(asyncio.Event().wait(), 0.2))
    async with asyncio.timeout(2):
        await asyncio.gather(confirmed(never[:1]), confirmed([never[1], refused]))
    assert all(task.cancelled() for task in never)
    assert isinstance(refused.exception(), TimeoutError)


async def test_one_that_is_never_confirmed_is_broken_off_though_those_of_others_are() -> None:
    confirmed = Confirmations()
    never = asyncio.create_task(asyncio.Event().wait())
    waiting = asyncio.create_task(confirmed([never]))

    async def others() -> None:
        while not waiting.done():
            await confirmed([asyncio.create_task(asyncio.sleep(0.05))])

    async with asyncio.timeout(3):
        await asyncio.gather(waiting, others())
    assert never.cancelled()
