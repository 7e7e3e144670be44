"""The ports of the stock context, each as small as its consumer needs."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.command import Command
from domain.kernel.reservation import Plan

R = TypeVar("R")


class Commit(Protocol):
    """The group committer, as a use case sees it."""

    async def submit(self, call: Call, command: Command[R], asked: object | None = None) -> R:
        """The command's reply once it is committed. Raises its Refusal, or Unanswered."""
        ...


class Registers(Protocol):
    """The registers of goods and nodes, at most one second old."""

    async def require(self, tenant: str, goods: Iterable[str], nodes: Iterable[str]) -> None:
        """Raises UnknownGoods, InactiveGoods, UnknownNode, InactiveNode, naming all that are at fault."""
        ...


class HoldPlan(Protocol):
    """Another context's say in what a reservation holds beside stock: quotas, allotments, capacity, credit."""

    async def extend(self, call: Call, plan: Plan) -> Plan:
        """The plan with further ways, holds or group holds. Asked before the queue; the plan is then kept."""
        ...
