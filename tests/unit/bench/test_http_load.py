"""The load on a server: everything is sent once, and no wrong answer passes for a right one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bench.http_load import LENGTH, Answers, Target, drive


@asynccontextmanager
async def answering(answer: Callable[[bytes], list[bytes]]) -> AsyncIterator[tuple[Target, list[bytes]]]:
    """A server that answers each request, by its path, with these pieces, or hangs up; and the bodies it was sent."""
    came: list[bytes] = []
    callers: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            length = LENGTH.search(head)
            came.append(await reader.readexactly(int(length[1]) if length else 0))
            pieces = answer(head.split(b" ")[1])
            for piece in pieces:
                writer.write(piece)
                await asyncio.sleep(0.001)
            if not pieces:
                break
        writer.close()
        await writer.wait_closed()

    def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        callers.append(asyncio.create_task(talk(reader, writer)))

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield Target(server.sockets[0].getsockname()[1], "ek_key"), came
        await asyncio.gather(*callers)


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


def ok(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def anything(_: Any) -> bool:
    return True


def done(body: Any) -> bool:
    return bool(body["done"])


async def asked(target: Target, count: int, check: Callable[[Any], bool]) -> Answers:
    return await drive(target, [target.post(f"/{n}", {"n": n}) for n in range(count)], 3, check)


async def test_everything_is_sent_once_and_answers_may_come_in_pieces() -> None:
    whole = ok(b'{"done":true}')
    async with answering(lambda _: [whole[:20], whole[20:-3], whole[-3:]]) as (target, came):
        answers = await asked(target, 20, done)
    assert sorted(came) == sorted(b'{"n":%d}' % n for n in range(20))
    assert answers.statuses == {200: 20}
    assert len(answers.latencies) == 20
    assert not answers.wrong


async def test_a_refusal_is_not_taken_for_an_answer() -> None:
    refused = b"HTTP/1.1 409 Conflict\r\ncontent-length: 2\r\n\r\n{}"
    async with answering(lambda path: [refused if path == b"/7" else ok(b"{}")]) as (target, _):
        answers = await asked(target, 20, anything)
    assert answers.statuses == {200: 19, 409: 1}
    assert answers.wrong == [b"{}"]


async def test_an_answer_that_says_something_else_is_found() -> None:
    async with answering(lambda _: [ok(b'{"done":false}')]) as (target, _):
        answers = await asked(target, 1, done)
    assert answers.wrong == [b'{"done":false}']


async def test_a_server_that_hangs_up_is_not_passed_over() -> None:
    async with answering(lambda _: []) as (target, _):
        with pytest.raises(ConnectionError):
            await asked(target, 3, anything)
