"""A server's database that was restored by the server's own means: a new epoch, as after `entrepot restore`."""

from datetime import datetime

from sqlalchemy import Connection, select, update

from adapters.sql.backup import next_epoch
from adapters.sql.schema import deadline, outbox_lease, state
from adapters.sql.server import ServerDatabase
from adapters.sql.times import moment


async def begin_epoch(database: ServerDatabase) -> tuple[datetime, int]:
    """Begin a new epoch and end what was leased when the copy was taken; the last commit's time, and the epoch.

    What happened after the copy is gone and its numbers are given again: a consumer that sees another epoch must read
    the state anew. Raises StoreError.
    """

    def begin(connection: Connection) -> tuple[datetime, int]:
        committed_at, known = connection.execute(select(state.c.committed_at, state.c.epoch)).one()
        epoch = next_epoch(known)
        connection.execute(update(state).values(epoch=epoch))
        connection.execute(update(outbox_lease).values(holder="", leased_until=0, token=outbox_lease.c.token + 1))
        connection.execute(update(deadline).values(leased_until=None, token=deadline.c.token + 1))
        return moment(committed_at), epoch

    return await database.write(begin)
