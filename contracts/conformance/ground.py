"""What a ledger test stands on: a committer over a store under test, and two shops that use equal ids."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.command import Command
from application.kernel.group_commit import GroupCommitter, Limits
from application.kernel.ports import LedgerStore
from application.kernel.unanswered import Unanswered
from application.stock.pools import Pools
from contracts.conformance.commands import Receive, position
from contracts.conformance.faults import FaultyStore
from contracts.conformance.laws import Snapshot, broken_laws
from domain.kernel.movement import EMPTY, Balances
from domain.kernel.refusal import Refusal
from domain.kernel.reservation import Reservation

R = TypeVar("R")

TENANTS: Final = ("north", "south")


class Installation(Protocol):
    """One ledger under test, as its adapter's tests open it."""

    @property
    def store(self) -> LedgerStore: ...

    def digest(self, value: object) -> bytes:
        """SHA-256 of a command's canonical form, as in production."""
        ...

    async def reopen(self) -> None:
        """As a new process would: everything that was only remembered is gone, `store` is a new one."""
        ...

    async def snapshot(self, tenant: str) -> Snapshot:
        """All that is committed for the tenant."""
        ...

    async def close(self) -> None: ...


class Ground:
    """An installation with a committer on it, and faults to plant between the two."""

    def __init__(self, installation: Installation, limits: Limits | None = None) -> None:
        self.installation = installation
        self.limits = limits
        self._start()

    def _start(self) -> None:
        self.faults = FaultyStore(self.installation.store)
        self.committer = GroupCommitter(self.faults, self.installation.digest, self.limits, follows=Pools())
        self.committer.start()

    def shop(self, tenant: str) -> "Shop":
        return Shop(self, tenant)

    async def restart(self) -> None:
        """Drain, and start anew on what was kept."""
        await self.committer.drain()
        await self.installation.reopen()
        self._start()

    async def both(self, scenario: Callable[["Shop"], Awaitable[object]]) -> None:
        """The same story, with the same ids, for two tenants at the same time."""
        await asyncio.gather(*(scenario(self.shop(tenant)) for tenant in TENANTS))

    async def check(self) -> None:
        """Every law, for every tenant; and nothing for one that never was."""
        for tenant in TENANTS:
            assert broken_laws(await self.installation.snapshot(tenant)) == []
        nobody = await self.installation.snapshot("nobody")
        assert not any((nobody.accounts, nobody.movements, nobody.reservations, nobody.requests, nobody.events))


class Shop:
    """One tenant's way in."""

    def __init__(self, ground: Ground, tenant: str) -> None:
        self.ground = ground
        self.tenant = tenant

    async def submit(
        self, command: Command[R], request: str, *, deadline: float | None = None, system: bool = False
    ) -> R:
        call = Call(self.tenant, "clerk", request, "gateway", deadline=deadline, system=system)
        return await self.ground.committer.submit(call, command, getattr(command, "asked", None))

    async def outcome(self, command: Command[Any], request: str, **rest: Any) -> Any:
        """The reply, or what was raised instead."""
        try:
            return await self.submit(command, request, **rest)
        except (Refusal, Unanswered) as refused:
            return refused

    async def at_once(self, asked: Iterable[tuple[str, Command[Any]]]) -> list[Any]:
        """The outcomes of commands sent together."""
        return await asyncio.gather(*(self.outcome(command, request) for request, command in asked))

    async def stock(self, goods: str, quantity: int, node: str = "N1") -> None:
        await self.submit(Receive(goods, quantity, node), f"stock {goods} at {node}")

    async def snapshot(self) -> Snapshot:
        return await self.ground.installation.snapshot(self.tenant)

    async def balances(self, goods: str, node: str = "N1") -> Balances:
        account = (await self.snapshot()).accounts.get(position(goods, node))
        return account.balances if account else EMPTY

    async def reservation(self, id: str) -> Reservation:
        return (await self.snapshot()).reservations[id]


@asynccontextmanager
async def ground_on(installation: Installation, limits: Limits | None = None) -> AsyncIterator[Ground]:
    """A ground whose laws are checked when the story has been told."""
    ground = Ground(installation, limits)
    try:
        yield ground
        ground.faults.gate.set()
        await ground.committer.drain()
        await ground.check()
    finally:
        ground.faults.gate.set()
        await ground.committer.drain()
        await installation.close()


def code(outcome: object) -> str:
    """The code of a refusal or of an unanswered call, or the status of a reply."""
    if isinstance(outcome, Refusal):
        return outcome.own_code
    if isinstance(outcome, Unanswered):
        return outcome.code
    return str(getattr(outcome, "status", outcome))
