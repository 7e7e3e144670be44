"""A statement sent and not waited for: while the server is at it, what the next one writes is made."""

from collections.abc import Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

from sqlalchemy import Connection
from sqlalchemy.util import await_only

T = TypeVar("T")

AHEAD: Final = "ahead"
"""Where a connection keeps what is under way, within `sending_ahead`."""


class Sent:
    """A coroutine that was run until it waits for the server: await it to have the rest of it run, once."""

    def __init__(self, coroutine: Coroutine[Any, Any, object]) -> None:
        self._coroutine = coroutine
        self._waits_for = coroutine.send(None)

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        try:
            while True:
                try:
                    given = yield waits_for
                except BaseException as error:
                    waits_for = self._coroutine.throw(error)
                else:
                    waits_for = self._coroutine.send(given)
        except StopIteration:
            return


@contextmanager
def sending_ahead(connection: Connection) -> Iterator[None]:
    """Within it, `send` does not wait. Nothing is under way any more where it ends, however it does.

    Ask nothing of the connection in between but by `send` and `ask`: the driver does one thing at a time.
    """
    info, under_way = connection.info, list[Sent]()
    info[AHEAD] = under_way
    try:
        yield
        _finish(under_way)
    except BaseException:
        with suppress(Exception):  # what failed first is told of; the transaction is lost with either
            _finish(under_way)
        raise
    finally:
        del info[AHEAD]


def send(connection: Connection, coroutine: Coroutine[Any, Any, object]) -> None:
    """Have the server do this; what fails is raised by the next statement, or where `sending_ahead` ends."""
    under_way: list[Sent] | None = connection.info.get(AHEAD)
    if under_way is None:
        await_only(coroutine)
        return
    _finish_before(coroutine, under_way)
    under_way.append(Sent(coroutine))


def ask(connection: Connection, coroutine: Coroutine[Any, Any, T]) -> T:
    """What the server answers, once it has done what was sent before."""
    _finish_before(coroutine, connection.info.get(AHEAD, ()))
    return await_only(coroutine)


def _finish_before(coroutine: Coroutine[Any, Any, object], under_way: Any) -> None:
    if under_way:
        try:
            _finish(under_way)
        except BaseException:
            coroutine.close()
            raise


def _finish(under_way: list[Sent]) -> None:
    while under_way:
        await_only(under_way.pop())
