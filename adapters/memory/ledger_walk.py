"""Going through everything in the memory database, in bounded steps."""

from collections.abc import Callable, Iterator
from datetime import datetime
from heapq import nsmallest
from operator import itemgetter
from typing import Any

from adapters.memory.database import MemoryDatabase
from application.search.documents import AccountsOf, EntriesOf, MovementsOfAll, ReservationsOfAll, Source
from application.search.ports import Walked


class MemoryLedgerWalk:
    """A place is the tenant and what identifies a thing there. Every step looks at everything: it is all at hand."""

    def __init__(self, database: MemoryDatabase) -> None:
        self._database = database

    async def committed_at(self) -> datetime:
        return self._database.committed_at

    async def walk(self, source: Source, after: str, limit: int, since: datetime | None = None) -> Walked:
        things, changed_at = self._of(source)
        rest = ((place, thing) for place, thing in things if place > after)
        page = nsmallest(limit + 1, rest, key=itemgetter(0))
        shown = page[:limit]
        told = [thing for _, thing in shown if since is None or changed_at(thing[1]) >= since]
        return Walked(told, shown[-1][0] if len(page) > limit else "")

    def _of(self, source: Source) -> tuple[Iterator[tuple[str, tuple[str, Any]]], Callable[[Any], datetime]]:
        """Each thing with a text that it is sorted by; and how to tell when it changed."""
        database = self._database
        match source:
            case AccountsOf(kind=kind):
                return (
                    (f"{tenant}\0{key}", (tenant, account))
                    for tenant, accounts in database.accounts.items()
                    for key, account in accounts.items()
                    if key.kind.name == kind
                ), lambda account: account.changed_at
            case MovementsOfAll():
                return (
                    (f"{tenant}\0{key}\0{line.version:016d}", (tenant, line))
                    for tenant, journals in database.movements.items()
                    for key, journal in journals.items()
                    for line in journal
                ), lambda line: line.at
            case ReservationsOfAll():
                return (
                    (f"{tenant}\0{id}", (tenant, reservation))
                    for tenant, known in database.reservations.items()
                    for id, reservation in known.items()
                ), lambda reservation: reservation.changed_at
            case EntriesOf(register=register):
                return (
                    (f"{tenant}\0{key.code}", (tenant, entry))
                    for tenant, entries in database.entries.items()
                    for key, entry in entries.items()
                    if key.register == register
                ), lambda entry: entry.changed_at
