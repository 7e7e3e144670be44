"""What MariaDB and its driver say, in the words of the ports; and whom a URL may name."""

import asyncio
import socket
import sys
from pathlib import Path
from typing import Any

import pymysql  # type: ignore[import-untyped]
import pytest
from sqlalchemy import Connection, make_url
from sqlalchemy.exc import DBAPIError

from adapters.sql.dialects.mariadb import MariadbDialect, tls_of
from adapters.sql.server import ServerDatabase
from application.kernel.ports import Contention, KeyTaken, StoreError, StoreUnavailable
from tests.contract.mariadb.broken import lent

DIALECT = MariadbDialect()


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (pymysql.IntegrityError(1062, "Duplicate entry"), KeyTaken),
        (pymysql.OperationalError(1213, "Deadlock found"), Contention),
        (pymysql.OperationalError(1205, "Lock wait timeout exceeded"), Contention),
        (pymysql.OperationalError(4025, "CONSTRAINT failed"), StoreError),
        (pymysql.DataError(1406, "Data too long"), StoreError),
        (pymysql.OperationalError(2006, "gone away"), StoreUnavailable),
        (pymysql.OperationalError(2013, "Lost connection"), StoreUnavailable),
        (pymysql.OperationalError(1927, "Connection was killed"), StoreUnavailable),
        (pymysql.OperationalError(1040, "Too many connections"), StoreUnavailable),
        (pymysql.OperationalError(1290, "--read-only"), StoreUnavailable),
        (pymysql.InterfaceError(0, "Not connected"), StoreUnavailable),
        (ConnectionResetError("reset"), StoreUnavailable),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_an_error_is_told_in_the_words_of_the_port(error: Exception, told: type[Exception], wrapped: bool) -> None:
    given: Exception = DBAPIError("SELECT 1", None, error) if wrapped else error
    assert type(DIALECT.translate(given)) is told
    assert isinstance(given, DIALECT.driver_errors())


@pytest.mark.parametrize(("code", "lost", "settled"), [(1213, False, True), (2013, True, False), (1180, False, False)])
def test_only_what_was_rolled_back_for_certain_is_settled(code: int, lost: bool, settled: bool) -> None:
    error = pymysql.OperationalError(code, "at COMMIT")
    assert (DIALECT.lost(error), DIALECT.settled(error)) == (lost, settled)


async def test_a_rival_for_the_turn_is_told_to_try_again(url: str, tmp_path: Path) -> None:
    text = await asyncio.to_thread(lent, url, tmp_path)
    first, second = ServerDatabase(text, DIALECT), ServerDatabase(text, DIALECT)
    async with first.writing() as session:
        await second.open()
        assert second._writer is not None
        await second._writer.exec_driver_sql("SET SESSION innodb_lock_wait_timeout = 1")
        with pytest.raises(Contention, match="Lock wait timeout"):
            await second.write(lambda _: None)
        await session.finish(lambda _: None)
    await second.write(lambda _: None)
    await first.close()
    await second.close()


async def test_where_tls_is_asked_for_nothing_is_said_without(url: str) -> None:
    """The driver itself would go on in clear."""
    database = ServerDatabase(f"{url}?tls=true", DIALECT)
    with pytest.raises(StoreUnavailable, match="the server has no TLS"):
        await database.open()
    await database.close()


@pytest.mark.parametrize("query", ["tlx=true", "tls=yes", "tls=true&charset=latin1", "ca=/nowhere/ca.pem&tls=true"])
def test_a_url_says_nothing_that_nobody_heeds(query: str) -> None:
    with pytest.raises(StoreUnavailable, match=r"takes \?tls=true|cannot be read"):
        tls_of(make_url(f"mariadb://a@b/c?{query}"))


@pytest.mark.skipif(sys.platform != "linux", reason="the names of these options are Linux's")
async def test_the_kernel_ends_a_connection_whose_other_side_is_silent(url: str) -> None:
    database = ServerDatabase(url, DIALECT)

    def options(connection: Connection) -> tuple[int, int, int]:
        driver: Any = connection.connection.driver_connection
        raw = driver._writer.transport.get_extra_info("socket")
        waits = [raw.getsockopt(socket.IPPROTO_TCP, option) for option in (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL)]
        tries = raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT)
        return (
            raw.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE),
            waits[0] + waits[1] * tries,
            raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT),
        )

    assert await database.alone(options) == (1, 10, 10_000)
    await database.close()
