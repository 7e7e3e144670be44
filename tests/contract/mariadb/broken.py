"""A ledger on a server of the test's own, to be broken."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from contracts.conformance.commands import Done, hold
from contracts.conformance.ground import TENANTS, Ground, Shop, code
from domain.stock.position import kinds
from entrypoints.composition.maintenance import scratch_databases
from entrypoints.composition.settings import load_settings
from entrypoints.conformance import scratch
from entrypoints.conformance.scratch import Scratch
from entrypoints.conformance.scratch_servers import LENDER

ROOT = Path(__file__).parents[3]
UNANSWERED = ("service.unavailable", "service.busy", "outcome.unknown")


def made(server: str) -> str:
    """A migrated database on this server; its URL. It goes with the server."""
    return scratch_databases(load_settings(database={"url": server})).make()


def lent(server: str, folder: Path) -> str:
    """A migrated database on the shared server that stands for this folder; its URL."""
    return LENDER.url(load_settings(database={"url": server}), folder)


def say(what: str) -> None:
    os.write(1, f"{what}\n".encode())


async def opened(url: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Scratch:
    """The ledger in the database of this URL."""
    monkeypatch.setattr(scratch, "settings_in", lambda _: load_settings(database={"url": url}))
    return await Scratch(folder, kinds()).open()


async def answered(shop: Shop, request: str) -> Any:
    """What becomes of one unit of A, asked for under the same id until it is said: a slow machine only takes longer."""
    while code(outcome := await shop.outcome(hold(request), request)) in UNANSWERED:  # noqa: ASYNC110 - no event says so
        await asyncio.sleep(0.1)
    return outcome


async def until_answered(shop: Shop, request: str, heard: dict[tuple[str, str], Done]) -> None:
    """The same; a success is noted."""
    outcome = await answered(shop, request)
    if isinstance(outcome, Done):
        heard[shop.tenant, request] = outcome


async def load(ground: Ground, heard: dict[tuple[str, str], Done], buyers: int, each: int, name: str = "") -> None:
    """So many buyers of each tenant, each with so many requests one after the other."""

    async def buy(tenant: str, buyer: int) -> None:
        for n in range(each):
            await until_answered(ground.shop(tenant), f"{name}{buyer}-{n}", heard)

    await asyncio.gather(*(buy(tenant, buyer) for tenant in TENANTS for buyer in range(buyers)))


async def process(script: str, *arguments: str) -> asyncio.subprocess.Process:
    """Another Python process of this repository."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        script,
        *arguments,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ},
    )


def stop(running: asyncio.subprocess.Process) -> None:
    running.send_signal(signal.SIGSTOP)


def wake(running: asyncio.subprocess.Process) -> None:
    running.send_signal(signal.SIGCONT)


def words(output: bytes) -> Sequence[str]:
    return output.decode().split()
