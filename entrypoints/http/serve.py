"""One process that serves: an open installation, its application, its server; or several on one socket."""

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any, Final

from application.kernel.call import Call
from application.permissions.create_key import CreateKey
from application.permissions.list_keys import ListKeys
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation, open_installation
from entrypoints.composition.process import tuned
from entrypoints.composition.settings import Settings
from entrypoints.http.app import http_app
from entrypoints.http.console.sessions import Sessions
from entrypoints.http.metrics import ALONE, Metrics
from entrypoints.http.server import server_of
from entrypoints.metrics.peers import Peers

FIRST_KEY: Final = "first-start"
"""The principal and label of the key that is made when a tenant has none."""

LOOK_SECONDS: Final = 0.2
RESTART_SECONDS: Final = 0.5
LONGEST_RESTART_SECONDS: Final = 30.0
EARLY_SECONDS: Final = 10.0
"""A process that ends sooner did not come to serve."""

MOST_EARLY: Final = 4
LOOK_UP_SECONDS: Final = 0.5
KILL_SECONDS: Final = 15.0
"""Seconds, beyond those that requests have, that a process has to end before it is ended."""


async def serve(
    settings: Settings,
    listening: socket,
    tenant: str | None,
    ready: Callable[[str | None], None],
    peers: Peers = ALONE,
    sessions: Sessions | None = None,
) -> None:
    """Serve until told to stop; then finish what is under way, then what the committer and the worker hold.

    Once it serves, `ready` is called with the text of the key that was made for a tenant, if one is named, that had
    none. `peers` are the processes that serve beside this one, with whom it shares `sessions`. Raises what opening
    raises.
    """
    async with open_installation(settings) as house:
        metrics = Metrics(house, peers)
        door = http_app(house, metrics=metrics, sessions=sessions)
        key = await first_key(house, tenant)
        server = server_of(door, door, settings.http, door.stop, partial(ready, key), door.drain)
        leave = partial(server.handle_exit, signal.SIGTERM, None)
        led = asyncio.create_task(_while_led(peers.leader, leave)) if peers.leader else None
        with tuned():
            async with peers.answering(metrics.samples):
                await server.serve(sockets=[listening])
        if led is not None:
            led.cancel()


async def _while_led(leader: int, leave: Callable[[], None]) -> None:
    """Leave once the process that hired this one is gone: nobody would stop or replace it any more."""
    while os.getppid() == leader:  # noqa: ASYNC110 - nothing tells of it
        await asyncio.sleep(LOOK_UP_SECONDS)
    leave()


async def prepare(settings: Settings, tenant: str | None) -> str | None:
    """What is done once for several processes: the text of the key made for a tenant that had none."""
    async with open_installation(settings, worker=False) as house:
        return await first_key(house, tenant)


async def first_key(house: Installation, tenant: str | None) -> str | None:
    """The text of a key with every scope, if the tenant had no key at all."""
    if tenant is None or (await house.keys.list(tenant, ListKeys(limit=1))).keys:
        return None
    call = Call(tenant, FIRST_KEY, f"{FIRST_KEY}-{os.getpid()}-{time.time_ns()}")
    made = await house.keys.create(call, CreateKey(FIRST_KEY, frozenset(Scope), FIRST_KEY))
    return made.text


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """uvloop where there is one."""
    try:
        import uvloop  # not on Windows
    except ImportError:
        return asyncio.new_event_loop
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def run(work: Any) -> None:
    """Run a coroutine on the fastest loop there is."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(work)


class CannotServe(Exception):
    """None of several processes came to serve; what each said last tells why."""


@dataclass(slots=True)
class _Post:
    """One place in a crew: who has it, since when, and how many in a row had it for a moment only."""

    process: "subprocess.Popen[bytes]"
    since: float
    early: int = 0
    next: float = 0.0


class Crew:
    """Several processes that serve on one listening socket. One that dies is replaced; all stop together.

    One that dies again and again within moments is replaced ever later; when that is so for all of them, they are
    stopped. Each is told with `--peers` its place among how many, who leads them, and where they meet.
    """

    def __init__(self, command: Sequence[str], count: int, files: Sequence[int], grace: float) -> None:
        self._command = list(command)
        self._count = count
        self._files = tuple(files)
        self._grace = grace
        self._stop = False

    def run(self) -> None:
        """Until SIGINT or SIGTERM; then hand it on, and wait until all have finished what was under way.

        Raises CannotServe.
        """
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, self._told)
        with tempfile.TemporaryDirectory(prefix="entrepot-") as folder:
            crew = [self._hire(Path(folder), place) for place in range(self._count)]
            try:
                while not self._stop:
                    time.sleep(LOOK_SECONDS)
                    for place, post in enumerate(crew):
                        crew[place] = self._replaced(Path(folder), place, post)
                    if all(post.early >= MOST_EARLY for post in crew):
                        raise CannotServe(f"none of {self._count} processes stays: see above what they say")
            finally:
                self._dismiss(crew)

    def _replaced(self, folder: Path, place: int, post: _Post) -> _Post:
        now = time.monotonic()
        if post.process.poll() is None:
            if now - post.since > EARLY_SECONDS:
                post.early = 0
            return post
        if not post.next:
            post.early = post.early + 1 if now - post.since <= EARLY_SECONDS else 0
            post.next = now + min(RESTART_SECONDS * 2 ** max(0, post.early - 1), LONGEST_RESTART_SECONDS)
        return self._hire(folder, place, post.early) if now >= post.next else post

    def _dismiss(self, crew: Sequence[_Post]) -> None:
        for post in crew:
            post.process.terminate()
        ends = time.monotonic() + self._grace + KILL_SECONDS
        for post in crew:
            try:
                post.process.wait(max(0.1, ends - time.monotonic()))
            except subprocess.TimeoutExpired:
                post.process.kill()
                post.process.wait()

    def _told(self, *_: object) -> None:
        self._stop = True

    def _hire(self, folder: Path, place: int, early: int = 0) -> _Post:
        command = [*self._command, "--peers", f"{place}/{self._count}/{os.getpid()}:{folder}"]
        # A session of its own: Ctrl-C reaches this process alone, which tells the others.
        process = subprocess.Popen(command, pass_fds=self._files, start_new_session=True)
        return _Post(process, time.monotonic(), early)
