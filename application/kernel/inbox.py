"""The inbox: a message may come more than once, its effect happens once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol, TypeVar

from application.kernel.outbox import Message

Transaction = TypeVar("Transaction", covariant=True)


class Inbox(Protocol[Transaction]):
    """Remembers what a consumer has taken, in the very transaction of the effect.

    For consumers that write to the same database. Those whose effect is a ledger command need no inbox: they submit
    it under a request id made from the message's.
    """

    async def once(self, consumer: str, message: Message, effect: Callable[[Transaction], None]) -> bool:
        """Run the effect and remember the message, together; False, and no effect, if it was remembered before.

        What the effect raises is raised, and nothing is kept. Raises StoreError.
        """
        ...

    async def purge(self, keep: timedelta, limit: int) -> int:
        """Forget up to `limit` messages taken longer than `keep` ago, which nobody repeats any more; how many."""
        ...
