"""What is wrapped around ports and handlers where traces are recorded, and nowhere else."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from datetime import datetime
from typing import Any

from application.kernel.broker import Delivery, Handler, Publisher, TakesTogether
from application.kernel.call import Call
from application.kernel.command import Records
from application.kernel.outbox import Message
from application.kernel.ports import Changes, LedgerBatch, LedgerStore, Loaded
from application.kernel.tracing import TRACE, Side, Tracer
from domain.kernel.account import AccountKey
from domain.kernel.books import EntryKey

Handle = Callable[[Call, Any], Awaitable[Any]]
Ask = Callable[[str, Any], Awaitable[Any]]
Take = Callable[[Sequence[Message]], Awaitable[None]]


def traced_handler(tracer: Tracer, handle: Handle) -> Handle:
    """A span for every command, named after it."""

    async def traced(call: Call, command: Any) -> Any:
        told = {"tenant": call.tenant, "request": call.request}
        with tracer(type(command).__name__, told=told):
            return await handle(call, command)

    return traced


def traced_question(tracer: Tracer, ask: Ask) -> Ask:
    """A span for every question, named after it."""

    async def traced(tenant: str, query: Any) -> Any:
        with tracer(type(query).__name__, told={"tenant": tenant}):
            return await ask(tenant, query)

    return traced


def traced_consumer(tracer: Tracer, group: str, handle: Handler | TakesTogether) -> Handler:
    """A span for every attempt to have a message taken that belongs to a trace, or several at once."""
    together = getattr(handle, "together", None)
    return _Traced(tracer, group, handle) if together is None else _TracedTogether(tracer, group, handle, together)


class _Traced:
    def __init__(self, tracer: Tracer, group: str, handle: Handler) -> None:
        self._tracer = tracer
        self._group = group
        self._handle = handle

    async def __call__(self, delivery: Delivery) -> None:
        message = delivery.message
        if message.trace is None:
            await self._handle(delivery)
            return
        told = {**_told(message), "messaging.consumer.group.name": self._group, "attempt": delivery.attempt}
        with self._tracer(f"{self._group} process {message.type}", Side.TAKING, parent=message.trace, told=told):
            await self._handle(delivery)


class _TracedTogether(_Traced):
    def __init__(self, tracer: Tracer, group: str, handle: Handler, take: Take) -> None:
        super().__init__(tracer, group, handle)
        self._take = take

    async def together(self, messages: Sequence[Message]) -> None:
        traces = [each.trace for each in messages if each.trace is not None]
        if not traces:
            await self._take(messages)
            return
        # It is part of the first one's trace, and linked to the others'.
        told: dict[str, str | int | float] = {"messaging.consumer.group.name": self._group}
        told["messaging.batch.message_count"] = len(messages)
        name = f"{self._group} process together"
        with self._tracer(name, Side.TAKING, parent=traces[0], links=traces[1:], told=told):
            await self._take(messages)


class TracedPublisher:
    """A span for every message that belongs to a trace, while it is given to the broker."""

    def __init__(self, tracer: Tracer, broker: Publisher) -> None:
        self._tracer = tracer
        self._broker = broker

    async def publish(self, messages: Sequence[Message]) -> None:
        with ExitStack() as spans:
            for each in messages:
                if each.trace is not None:
                    name = f"publish {each.type}"
                    spans.enter_context(self._tracer(name, Side.TELLING, parent=each.trace, told=_told(each)))
            await self._broker.publish(messages)


class TracedStore:
    """A span for each step of a transaction that belongs to a trace."""

    def __init__(self, tracer: Tracer, store: LedgerStore) -> None:
        self._tracer = tracer
        self._store = store

    def batch(self) -> AbstractAsyncContextManager[LedgerBatch]:
        return self._traced() if TRACE.get() else self._store.batch()

    @asynccontextmanager
    async def _traced(self) -> AsyncIterator[LedgerBatch]:
        async with self._store.batch() as batch:
            yield _TracedBatch(self._tracer, batch)


class _TracedBatch:
    def __init__(self, tracer: Tracer, batch: LedgerBatch) -> None:
        self._tracer = tracer
        self._batch = batch

    async def records(
        self, reservations: Mapping[str, Collection[str]], entries: Mapping[str, Collection[EntryKey]]
    ) -> Mapping[str, Records]:
        with self._tracer("sql: lock and load records", Side.ASKING):
            return await self._batch.records(reservations, entries)

    async def load(
        self, accounts: Mapping[str, Collection[AccountKey]], requests: Mapping[str, Collection[str]]
    ) -> Loaded:
        with self._tracer("sql: lock and load accounts", Side.ASKING) as span:
            span.tell(accounts=sum(map(len, accounts.values())))
            return await self._batch.load(accounts, requests)

    async def save(self, now: datetime, used: int, changes: Sequence[Changes]) -> None:
        with self._tracer("sql: write and commit", Side.ASKING) as span:
            span.tell(movements=sum(len(each.movements) for each in changes))
            await self._batch.save(now, used, changes)


def _told(message: Message) -> dict[str, str | int | float]:
    return {"tenant": message.tenant, "messaging.message.id": message.id, "partition": message.partition}
