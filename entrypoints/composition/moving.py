"""`entrepot move`: the ledger of an installation into another database, audited on both sides."""

import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import NamedTuple

from adapters.sql import move
from adapters.sql.database import Database, SqliteDatabase
from adapters.sql.move import Mover, MoveRefused
from adapters.sql.server import ServerDatabase
from application.reconciliation.audit_ledger import AuditLedger, AuditReport
from entrypoints.composition.installation import open_root
from entrypoints.composition.maintenance import migrate
from entrypoints.composition.servers import dialect_of
from entrypoints.composition.settings import SERVERS, BadSettings, Settings, masked


class Moved(NamedTuple):
    """What was moved.

    For `waited_seconds` the copying kept writers waiting; for `refused_seconds`, from the beginning of that and the
    audits included, nothing could be written.
    """

    moved_from: str
    moved_to: str
    accounts: int
    movements: int
    reservations: int
    waited_seconds: float
    refused_seconds: float


async def move_ledger(settings: Settings, url: str, watch: move.Watch, say: Callable[[str], None]) -> Moved:
    """Copy the ledger of these settings into the database at `url`, close it here, audit both, open it there.

    Called again after it was killed, it goes on where it was. Raises BadSettings, MoveRefused, SchemaMismatch,
    StoreError.
    """
    there = settings.model_copy(update={"database": type(settings.database)(url=url)})
    for each in (settings, there):
        if each.database.technology == "memory":
            raise BadSettings("a ledger moves from a database that lasts into another that does: memory: is none")
    names = str(masked(settings.database.url)), str(masked(url))
    if settings.database.url == url:
        raise BadSettings(f"the ledger is at {names[0]} already")
    migrate(there)
    async with AsyncExitStack() as stack:
        source, target = await _open(settings, stack), await _open(there, stack)
        mover = Mover(source, target, *names, watch)
        copied = await mover.copy()
        closed = time.monotonic() - copied.closed_seconds
        say("nothing is written now; auditing both")
        before, after = await _audit(settings), await _audit(there)
        if not after.clean or (before.movements, before.accounts) != (after.movements, after.accounts):
            await mover.reopen_source()
            raise MoveRefused(
                f"the audit of the copy differs ({'; '.join(map(str, after.differences[:3])) or 'in what it counts'}): "
                f"the ledger stays at {names[0]}; is that one clean? See: entrepot ledger audit --full"
            )
        await mover.open_target()
        rows = copied.rows
        return Moved(
            *names,
            rows["account"],
            rows["movement"],
            rows["reservation"],
            round(copied.closed_seconds, 2),
            round(time.monotonic() - closed, 2),
        )


async def _open(settings: Settings, stack: AsyncExitStack) -> Database:
    """The database, past the guard that refuses writes where the ledger is not."""
    chosen = settings.database
    database: SqliteDatabase | ServerDatabase
    if chosen.url.startswith(SERVERS):
        database = ServerDatabase(chosen.url, dialect_of(chosen.technology), guard=_pass)
    elif chosen.path is not None:
        database = SqliteDatabase(chosen.path, guard=_pass)
    stack.push_async_callback(database.close)
    await database.open()
    return database


def _pass(_: str | None) -> None:
    """The mover alone writes where nobody may."""


async def _audit(settings: Settings) -> AuditReport:
    async with open_root(settings) as root:
        report: AuditReport = await root.audit()(AuditLedger(full=True))
        return report
