"""Buckets and the named movements between them."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from domain.kernel.quantity import MAX_BALANCE
from domain.kernel.refusal import BalanceTooLarge


class Bucket(IntEnum):
    """Where the units of an account are. OUTSIDE stands for the world and keeps no balance."""

    AVAILABLE = 0
    RESERVED = 1
    ALLOCATED = 2
    IN_TRANSIT = 3
    HELD = 4
    OUTSIDE = 5


OUTSIDE = Bucket.OUTSIDE


class Balances(NamedTuple):
    """The five balances of an account, in the smallest unit. None is ever negative."""

    available: int = 0
    reserved: int = 0
    allocated: int = 0
    in_transit: int = 0
    held: int = 0

    @property
    def on_hand(self) -> int:
        """实物库存: what physically lies there."""
        return self.available + self.reserved + self.allocated + self.held

    def moved(self, source: Bucket, target: Bucket, quantity: int) -> "Balances":
        """These balances after `quantity` went from one bucket to another; the caller has checked the source.

        The bound is on all of them together and checked where units enter: what is reserved can always be given back.
        """
        after = list(self)
        if source is not OUTSIDE:
            after[source] -= quantity
        if target is not OUTSIDE:
            after[target] += quantity
            if source is OUTSIDE and sum(after) > MAX_BALANCE:
                raise BalanceTooLarge(f"the balances would pass {MAX_BALANCE}", bucket=target.name.lower())
        return Balances._make(after)


EMPTY = Balances()


@dataclass(frozen=True, slots=True, eq=False)
class MovementKind:
    """A named movement: one name is one pair of buckets, whoever posts it."""

    name: str
    source: Bucket
    target: Bucket

    def __repr__(self) -> str:
        return self.name


def _kind(name: str, source: Bucket, target: Bucket) -> MovementKind:
    return MovementKind(name, source, target)


# What the kernel itself posts. Every kind of account that can be reserved allows these; contexts declare the others.
OPEN = _kind("OPEN", Bucket.OUTSIDE, Bucket.AVAILABLE)
RESERVE = _kind("RESERVE", Bucket.AVAILABLE, Bucket.RESERVED)
RELEASE = _kind("RELEASE", Bucket.RESERVED, Bucket.AVAILABLE)
EXPIRE = _kind("EXPIRE", Bucket.RESERVED, Bucket.AVAILABLE)
CONFIRM = _kind("CONFIRM", Bucket.RESERVED, Bucket.ALLOCATED)
DEALLOCATE = _kind("DEALLOCATE", Bucket.ALLOCATED, Bucket.AVAILABLE)
SHIP = _kind("SHIP", Bucket.ALLOCATED, Bucket.OUTSIDE)
DAMAGE = _kind("DAMAGE", Bucket.ALLOCATED, Bucket.HELD)
SET_FLOOR = _kind("SET_FLOOR", Bucket.OUTSIDE, Bucket.OUTSIDE)
CAP_LOWER = _kind("CAP_LOWER", Bucket.AVAILABLE, Bucket.OUTSIDE)

RESERVABLE = (OPEN, RESERVE, RELEASE, EXPIRE, CONFIRM, DEALLOCATE, SHIP)
"""The movements of anything that can be reserved, confirmed and spent. What may owe (`debt`) allows CAP_LOWER too."""
