"""One instance of a server: started at a place, waited for, remembered by its processes, ended."""

import asyncio
import ctypes
import json
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Final

from tests.services.processes import Process, end, family, seen, tell
from tests.services.server import HOST, Failed, Place, Program, Server, environment

PAUSE: Final = 0.1
REMEMBERED: Final = "processes.json"
PREPARED: Final = "prepared"
BELOW_THE_EPHEMERAL: Final = range(20_000, 30_000)


async def start(server: Server, place: Place, *, dies_with_us: bool = False) -> list[Process]:
    """Start it at its place, with its data made where there is none, and wait until it answers.

    Returns its processes, the server itself last, also written down at the place. Whatever was started is ended
    again when it does not come up. Raises Failed, Missing.
    """
    await asyncio.to_thread(_prepare, server, place)
    for port in place.ports:
        if not free(port):
            raise Failed(f"port {port} is taken by somebody else")
    processes: list[Process] = []
    try:
        programs = server.programs(place)
        server.own(place)
        for program in programs:
            processes.append(_spawn(server, place, program, dies_with_us=dies_with_us))
            _remember(place, processes)
        await _answers(server, place, processes)
    except BaseException:
        await asyncio.to_thread(finish, processes, signal.SIGKILL, 5)
        _remember(place, [])
        raise
    return processes


async def answers(server: Server, place: Place, within: float) -> bool:
    """Whether it answers within so many seconds."""
    until = time.monotonic() + within
    while True:
        try:
            async with asyncio.timeout(10):
                await server.ask(place)
            return True
        except Exception:  # whatever a driver says of a server that is not ready
            if time.monotonic() > until:
                return False
        await asyncio.sleep(PAUSE)


async def _answers(server: Server, place: Place, processes: list[Process]) -> None:
    until = time.monotonic() + server.seconds
    while not await answers(server, place, 0):
        if not processes[-1].alive:
            raise Failed(f"it ended at once, {place.log} ends with:\n{place.tail()}")
        if time.monotonic() > until:
            raise Failed(f"it does not answer within {server.seconds:.0f} s, {place.log} ends with:\n{place.tail()}")
        await asyncio.sleep(PAUSE)


def finish(processes: list[Process], number: signal.Signals, within: float) -> bool:
    """End all of them with what they started, the last first. Whether they went by themselves."""
    went = True
    for process in reversed(processes):
        if process.alive:
            went = end(process, number, within) and went
    return went


def tell_all(processes: list[Process], number: signal.Signals) -> None:
    """Signal all of them and what they started, the last first."""
    for process in reversed(processes):
        for each in family(process):
            tell(each, number)


def remembered(place: Place) -> list[Process]:
    """The processes that were started at this place, dead or alive."""
    path = place.folder / REMEMBERED
    return [Process(pid, started) for pid, started in json.loads(path.read_text())] if path.exists() else []


def _remember(place: Place, processes: list[Process]) -> None:
    path = place.folder / REMEMBERED
    new = path.with_suffix(".new")
    new.write_text(json.dumps(processes))
    new.replace(path)


def _prepare(server: Server, place: Place) -> None:
    """Make the data, unless it is there: what was cut off on the way is made anew."""
    if (place.folder / PREPARED).exists():
        return
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True)
    server.own(place)
    server.prepare(place)
    (place.folder / PREPARED).touch()


def _spawn(server: Server, place: Place, program: Program, *, dies_with_us: bool) -> Process:
    whom = server.as_whom(place)
    if dies_with_us and whom:
        whom = (*whom, "--pdeathsig=KILL")
    with place.log.open("ab") as log:
        child = subprocess.Popen(
            [*whom, *program.arguments],
            env=environment(place, program),
            cwd=place.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=_die_with_parent() if dies_with_us else None,
        )
    child.returncode = 0  # whoever ends it asks after it: not this object, which lives shorter than the process
    return seen(child.pid)


def _die_with_parent() -> Callable[[], None] | None:
    """Asks the system to kill what is started once its parent is gone, where the system can."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, number = ctypes.CDLL(None).prctl, int(signal.SIGKILL)

    def ask() -> None:
        prctl(1, number)

    return ask


def free_ports(count: int) -> tuple[int, ...]:
    """Ports that nobody listens on, and that the system does not give to clients."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(BELOW_THE_EPHEMERAL)
        if port not in found and free(port):
            found.append(port)
    return tuple(found)


def free(port: int) -> bool:
    """Whether nobody listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True
