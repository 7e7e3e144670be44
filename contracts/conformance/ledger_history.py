"""Random histories against a simple model: what a ledger adapter does is what plain counting says."""

import asyncio
import tempfile
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contracts.conformance.commands import Confirm, Expire, Receive, Release, Ship, hold, position
from contracts.conformance.ground import TENANTS, Ground, Installation, code
from contracts.conformance.laws import broken_laws
from domain.kernel.movement import Balances
from domain.kernel.reservation import Pick

Opener = Callable[[Path], Coroutine[Any, Any, Installation]]

GOODS: Final = st.sampled_from(["A", "a"])
IDS: Final = st.sampled_from([f"r{n}" for n in range(5)])
FEW: Final = st.integers(1, 6)


class Model:
    """One tenant's stock as a shopkeeper would count it."""

    def __init__(self) -> None:
        self.available: dict[str, int] = defaultdict(int)
        self.held: dict[str, tuple[str, int, int]] = {}  # reservation: goods, held, confirmed
        self.cancelled: set[str] = set()

    def balances(self, goods: str) -> Balances:
        mine = [(held, confirmed) for of, held, confirmed in self.held.values() if of == goods]
        return Balances(self.available[goods], sum(h for h, _ in mine), sum(c for _, c in mine))

    def reserve(self, id: str, goods: str, quantity: int) -> str:
        if id in self.cancelled:
            return "reservation.cancelled"
        if id in self.held:
            return "reservation.exists"
        if self.available[goods] < quantity:
            return "stock.insufficient"
        self.available[goods] -= quantity
        self.held[id] = goods, quantity, 0
        return "held"

    def confirm(self, id: str, quantity: int) -> str:
        if refused := self._unknown(id):
            return refused
        goods, held, confirmed = self.held[id]
        if held < quantity:
            return "reservation.state"
        self.held[id] = goods, held - quantity, confirmed + quantity
        return ""

    def ship(self, id: str) -> str:
        if refused := self._unknown(id):
            return refused
        goods, held, confirmed = self.held[id]
        if not confirmed:
            return "reservation.state"
        self.held[id] = goods, held, 0
        return ""

    def give_back(self, id: str, quantity: int) -> str:
        if refused := self._unknown(id):
            return refused
        goods, held, confirmed = self.held[id]
        if held < quantity:
            return "reservation.state"
        self.available[goods] += quantity
        self.held[id] = goods, held - quantity, confirmed
        return ""

    def _unknown(self, id: str) -> str:
        if id in self.cancelled:
            return "reservation.cancelled"
        return "" if id in self.held else "reservation.unknown"


class LedgerHistory(RuleBasedStateMachine):
    """Both tenants do the same; every outcome, every balance and every law is compared after every step.

    Subclasses set `opener`: `opener = staticmethod(open_mine)`.
    """

    opener: Opener

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.folder = tempfile.TemporaryDirectory(prefix="ledger-history-")
        self.model = Model()
        self.requests = 0
        self.accepted: list[tuple[str, Any, Mapping[str, Any]]] = []

        async def start() -> Ground:
            return Ground(await self.opener(Path(self.folder.name)))

        self.ground = self.loop.run_until_complete(start())

    def teardown(self) -> None:
        if not hasattr(self, "ground"):
            return

        async def stop() -> None:
            await self.ground.committer.drain()
            await self.ground.installation.close()

        self.loop.run_until_complete(stop())
        self.loop.close()
        self.folder.cleanup()

    def ask(self, command: Any, expected: str, *, system: bool = False, request: str = "") -> None:
        """Ask for both tenants; `expected` is a refusal's code, or "" or a status for a reply."""
        self.requests += 1
        id = request or f"q{self.requests}"

        async def both() -> list[Any]:
            shops = [self.ground.shop(tenant) for tenant in TENANTS]
            return await asyncio.gather(*(shop.outcome(command, id, system=system) for shop in shops))

        outcomes = self.loop.run_until_complete(both())
        for outcome in outcomes:
            if expected:
                assert code(outcome) == expected
            else:
                assert hasattr(outcome, "units"), outcome
        if hasattr(outcomes[0], "units"):
            self.accepted.append((id, command, dict(zip(TENANTS, outcomes, strict=True))))

    @rule(goods=GOODS, quantity=FEW)
    def receive(self, goods: str, quantity: int) -> None:
        self.model.available[goods] += quantity
        self.ask(Receive(goods, quantity), "received")

    @rule(id=IDS, goods=GOODS, quantity=FEW)
    def reserve(self, id: str, goods: str, quantity: int) -> None:
        self.ask(hold(id, goods, quantity, hold_for=timedelta()), self.model.reserve(id, goods, quantity))

    @rule(id=IDS, quantity=FEW)
    def confirm(self, id: str, quantity: int) -> None:
        self.ask(Confirm(id, (Pick("1", quantity),)), self.model.confirm(id, quantity))

    @rule(id=IDS)
    def ship(self, id: str) -> None:
        self.ask(Ship(id), self.model.ship(id))

    @rule(id=IDS, quantity=FEW)
    def release_some(self, id: str, quantity: int) -> None:
        self.ask(Release(id, (Pick("1", quantity),)), self.model.give_back(id, quantity))

    @rule(id=IDS)
    def cancel(self, id: str) -> None:
        if id not in self.model.held:
            self.model.cancelled.add(id)
            self.ask(Release(id), "cancelled")
            return
        held = self.model.held[id][1]
        if held:
            self.model.give_back(id, held)
            self.ask(Release(id), "")

    @rule(id=IDS)
    def expire(self, id: str) -> None:
        held = self.model.held.get(id, ("", 0, 0))[1]
        if held:
            self.model.give_back(id, held)
        self.ask(Expire(id), "" if held else "nothing", system=True, request=f"expire:{id}:{self.requests}")

    @rule(number=st.integers(0, 1_000))
    def repeat(self, number: int) -> None:
        if not self.accepted:
            return
        id, command, replies = self.accepted[number % len(self.accepted)]
        if replies[TENANTS[0]].status == "nothing":
            return

        async def again() -> None:
            for tenant in TENANTS:
                outcome = await self.ground.shop(tenant).outcome(command, id, system=id.startswith("expire:"))
                assert outcome == replies[tenant]

        self.loop.run_until_complete(again())

    @rule()
    def restart(self) -> None:
        self.loop.run_until_complete(self.ground.restart())

    @invariant()
    def everything_adds_up(self) -> None:
        if not hasattr(self, "ground"):
            return
        for tenant in TENANTS:
            seen = self.loop.run_until_complete(self.ground.installation.snapshot(tenant))
            assert broken_laws(seen) == []
            for goods in ("A", "a"):
                account = seen.accounts.get(position(goods))
                assert (account.balances if account else Balances()) == self.model.balances(goods)
