"""An installation: everything composed, opened, and ready to be called."""

import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, overload

from dependency_injector import providers

from adapters.memory.database import MemoryDatabase
from adapters.sql.database import SqliteDatabase
from adapters.sql.migrate import check_schema
from application.kernel.call import Call
from application.kernel.command import Command
from application.kernel.group_commit import GroupCommitter
from application.kernel.pipeline import Observed
from application.kernel.ports import Codec, Reach, pass_by
from application.stock.answers import ReservationMoved
from application.stock.reserve_stock import ReserveStock
from domain.kernel.account import AccountKind
from entrypoints.composition.logs import flow_sink
from entrypoints.composition.outside import Given, open_adapter
from entrypoints.composition.root import SELECTORS, Root
from entrypoints.composition.settings import Settings, variable

R = TypeVar("R")
Handler = Callable[[Call, Any], Awaitable[Any]]
Asked = Callable[[str, Any], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Installation:
    """What an entrypoint calls. Opened by `open_installation`, closed when that is left."""

    settings: Settings
    root: Root
    kinds: Mapping[str, AccountKind]
    codec: Codec
    committer: GroupCommitter
    commands: Mapping[type, Handler]
    queries: Mapping[type, Asked]

    @overload
    async def handle(self, call: Call, command: ReserveStock) -> ReservationMoved: ...
    @overload
    async def handle(self, call: Call, command: Command[R]) -> R: ...
    async def handle(self, call: Call, command: Any) -> Any:
        """The command's reply. Raises its Refusal, or Unanswered; KeyError for one that is not registered."""
        return await self.commands[type(command)](call, command)

    async def ask(self, tenant: str, query: object) -> Any:
        """The answer to a query, from the last commit. Raises its refusals, StoreError; KeyError if not registered."""
        return await self.queries[type(query)](tenant, query)


@asynccontextmanager
async def open_installation(settings: Settings, *, reach: Reach = pass_by) -> AsyncIterator[Installation]:
    """Open the database, compose everything, start the committer.

    Leaving it drains: what waits is finished, nothing new is taken. Raises BadSettings, SchemaMismatch, OldSqlite,
    NotDurable, StoreUnavailable.
    """
    async with AsyncExitStack() as stack:
        root = await _compose(settings, stack)
        root.reach.override(providers.Object(reach))
        committer = root.committer()
        committer.start()
        stack.push_async_callback(committer.drain)
        commands: Mapping[type, Handler] = root.commands()
        if settings.log.flow:
            sink = flow_sink()
            commands = {command: Observed(handler, sink) for command, handler in commands.items()}
        gc.collect()
        gc.freeze()
        stack.callback(gc.unfreeze)
        yield Installation(settings, root, root.kinds(), root.codec(), committer, commands, root.queries())


async def _compose(settings: Settings, stack: AsyncExitStack) -> Root:
    database = await _open_database(settings, stack)
    root = Root(settings=settings, database=database)
    given = Given(settings, root.codec(), root.kinds(), database)
    for port in SELECTORS:
        chosen = settings.adapter(port)
        if ":" in chosen:
            made = await open_adapter(chosen, variable("adapters", port), given, stack)
            selector: providers.Selector[Any] = getattr(root, port)
            selector.set_providers(**selector.providers, **{chosen: providers.Object(made)})
    return root


async def _open_database(settings: Settings, stack: AsyncExitStack) -> MemoryDatabase | SqliteDatabase:
    path = settings.database.path
    if path is None:
        return MemoryDatabase()
    check_schema(path)
    database = SqliteDatabase(path, readers=settings.database.readers)
    stack.push_async_callback(database.close)
    await database.open()
    return database
