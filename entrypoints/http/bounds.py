"""What bounds a request beyond its own size: the key's rate for all that it brings, and its time."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from application.kernel.unanswered import TooLate
from application.permissions.rate import RateLimit
from entrypoints.http.knock import Knock

A = TypeVar("A")


def pay_for(number: int, knock: Knock, rate: RateLimit) -> None:
    """Have the key pay for everything that its request brings; the first was paid for. Raises RateLimited."""
    rate.require(knock.caller.key, asyncio.get_running_loop().time(), knock.request, number - 1)


async def in_time(knock: Knock, asking: Awaitable[A]) -> A:
    """The answer, if it comes within the time that the request may take. Raises TooLate, what asking raises."""
    try:
        async with asyncio.timeout_at(knock.deadline):
            return await asking
    except TimeoutError as error:
        raise TooLate("no answer within the time that a request may take", request=knock.request) from error
