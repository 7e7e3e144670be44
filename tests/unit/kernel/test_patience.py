"""Patience ends when nobody answered in time; not because nobody here listened."""

import asyncio
import socket
import threading
import time

import pytest

from application.kernel.patience import patient


async def test_who_does_not_answer_is_waited_for_so_long() -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError):
        async with patient(0.05):
            await asyncio.Event().wait()
    assert 0.04 < time.monotonic() - begun < 5


async def test_an_answer_that_came_while_the_process_was_busy_is_heard() -> None:
    async with asyncio.timeout(5):
        ours, theirs = await asyncio.open_connection(host="127.0.0.1", port=await _echo())
        for _ in range(5):
            theirs.write(b"question\n")
            asyncio.get_running_loop().call_later(0.001, time.sleep, 0.2)
            async with patient(0.05):
                assert await ours.readline() == b"question\n"
        theirs.close()


async def test_what_is_done_in_time_is_left_alone() -> None:
    async with patient(0.02):
        pass
    await asyncio.sleep(0.05)


async def _echo() -> int:
    """The port of a server that answers after 20 ms, in a thread of its own, whatever this one does."""
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listening, listening.accept()[0] as there:
            while said := there.recv(100):
                time.sleep(0.02)
                there.sendall(said)

    threading.Thread(target=serve, daemon=True).start()
    port: int = listening.getsockname()[1]
    return port
