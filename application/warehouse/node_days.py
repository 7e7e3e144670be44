"""Nodes' days as their sites and calendars say, with what of them is taken: the figures and the accounts."""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from application.kernel.balances import AccountReader, AccountsFound
from domain.warehouse.capacity import Figures, Slot
from domain.warehouse.site import Site


class SaysDays(Protocol):
    """Sites and calendars as they were entered."""

    def site(self, code: str) -> Site | None: ...

    def works(self, code: str, day: date) -> bool:
        """Whether the node works on that day of its own calendar."""
        ...


class OpenDays(AccountReader, Protocol):
    """Reads the accounts of nodes' days."""

    async def open_days(self, tenant: str, nodes: Collection[str], first: date) -> AccountsFound:
        """Those that were opened, from a day on. Raises AnswerTooLarge, StoreError."""
        ...


def slot_on(says: SaysDays, node: str, day: date) -> Slot:
    """A node's day with its figures: what is bounded is 0 on a day that is not worked."""
    site = says.site(node)
    if site is None:
        return Slot(node, day, Figures())
    orders, units = site.orders_a_day, site.units_a_day
    if says.works(node, day):
        return Slot(node, day, Figures(orders, units))
    return Slot(node, day, Figures(None if orders is None else 0, None if units is None else 0))
