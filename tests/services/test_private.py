"""Servers that a test may break: each kind is killed, stopped, suspended and comes back with what it was given."""

import asyncio
import socket
from pathlib import Path

import asyncpg
import pytest

from tests.services import PrivateServer, private_server
from tests.services.catalogue import SERVERS

LIGHT = ("postgres", "valkey", "nats", "redis", "s3")
HEAVY = ("mariadb", "rabbitmq")
JAVA = ("kafka", "elasticsearch", "opensearch")
"""To start one takes many seconds. They are killed under load and started again by the tests of brokers and search."""


async def _breaks_and_mends(server: PrivateServer) -> None:
    first = server.url
    await server.kill()
    assert not await server.answers(0)
    await server.restart()
    assert server.url == first


async def _waits_and_stops(server: PrivateServer) -> None:
    await server.suspend()
    await _becomes(server.pid, suspended=True)
    await server.resume()
    await _becomes(server.pid, suspended=False)
    assert await server.answers(20)
    await server.stop()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.place.port), timeout=1).close()


async def _becomes(pid: int, *, suspended: bool) -> None:
    for _ in range(200):
        if (Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T") is suspended:
            return
        await asyncio.sleep(0.02)
    pytest.fail(f"suspended: {not suspended}")


@pytest.mark.slow
@pytest.mark.parametrize("name", [*LIGHT, *HEAVY, *JAVA])
@pytest.mark.timeout(400)
async def test_it_is_killed_suspended_stopped_and_comes_back(name: str, tmp_path: Path) -> None:
    assert {*LIGHT, *HEAVY, *JAVA} == set(SERVERS)
    async with private_server(name, tmp_path) as server:
        if name not in JAVA:
            await _breaks_and_mends(server)
        await _waits_and_stops(server)
        pid = server.pid
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.slow
async def test_postgres_keeps_what_it_acknowledged_when_it_is_killed(tmp_path: Path) -> None:
    async with private_server("postgres", tmp_path) as server:
        connection = await asyncpg.connect(server.url)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await connection.fetchval(f"SHOW {setting}") == "on"
        await connection.execute("CREATE TABLE kept AS SELECT 37 AS units")
        await server.kill()
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)):
            await asyncio.wait_for(connection.fetchval("SELECT 1"), 5)
        connection.terminate()
        await server.restart()
        connection = await asyncpg.connect(server.url)
        assert await connection.fetchval("SELECT units FROM kept") == 37
        await connection.close()
