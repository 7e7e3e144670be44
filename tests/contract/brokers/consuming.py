"""A process that takes events and writes what they do into a database that it shares: to be killed.

python -m tests.contract.brokers.consuming <broker> <url> <name> <database>
"""

import asyncio
import os
import sys
from pathlib import Path
from typing import Final

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert

from adapters.sql.database import SqliteDatabase
from adapters.sql.inbox import SqlInbox, SqlParkedMessages
from application.kernel.broker import Channel, Delivery
from application.kernel.ledger_time import machine_time
from tests.contract.brokers.brokers import BROKERS
from tests.contract.brokers.load import GROUP, listen
from tests.contract.brokers.places import TRIES, At

EFFECTS: Final = Table(
    "effects",
    MetaData(),
    Column("place", Integer, primary_key=True, autoincrement=True),
    Column("subject", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("process", Integer, nullable=False),
)


async def consume(broker: str, at: At, path: Path) -> None:
    database = SqliteDatabase(path)
    await database.open()
    time = machine_time()
    inbox = SqlInbox(database, time)
    channels = BROKERS[broker](at, SqlParkedMessages(database, time), TRIES)

    async def take(delivery: Delivery) -> None:
        row = {"subject": delivery.message.subject, "number": delivery.message.number, "process": os.getpid()}

        def effect(connection: Connection) -> None:
            connection.execute(insert(EFFECTS).values(row))

        await inbox.once(GROUP, delivery.message, effect)

    await listen(channels(Channel.EVENTS), take)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(consume(sys.argv[1], At(sys.argv[2], sys.argv[3]), Path(sys.argv[4])))
