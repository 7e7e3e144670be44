"""Stock counts (盘点): what was found against what the ledger says."""

from datetime import datetime
from typing import NamedTuple

from domain.kernel.account import Account, AccountKey
from domain.kernel.refusal import Refusal
from domain.stock.position import Position


class CountBelowPromised(Refusal):
    """More would be taken away than is available and set aside for no channel: it is promised, or held.

    Where a count found fewer, count again; if it is so, name in `displace` which of the `reservations` that hold the
    rest are to be given up. Where `quotas` are named, lower those by what is short; then send the same again.

    Facts: `position`, `counted`, `on_hand`, `available`, `reserved`, `allocated`, `held`, `short` (units still to be
    freed) and, where they could be looked up, `reservations` that hold the rest. Where it is set aside for channels:
    `goods`, `wanted`, `free`, `short` and `quotas`.
    """

    code = "stock.promised"

    def __init__(self, account: Account, counted: int, short: int) -> None:
        balances = account.balances
        super().__init__(
            f"{account.key}: {counted} counted, {balances.on_hand - balances.available} promised or held",
            position=account.key.named(),
            counted=counted,
            on_hand=balances.on_hand,
            available=balances.available,
            reserved=balances.reserved,
            allocated=balances.allocated,
            held=balances.held,
            short=short,
        )
        self.position = Position.of(account.key)


class CountStale(Refusal):
    """The count was told later than it was made, and what lies there changed meanwhile.

    Count again and tell it at once; or send what was found as a snapshot, whose differences people approve.

    Facts: `position`, `counted`, `at` (when it was counted), `then` and `now` (on hand, by the ledger).
    """

    code = "count.stale"

    def __init__(self, key: AccountKey, counted: int, at: datetime, then: int, now: int) -> None:
        super().__init__(
            f"{key}: {counted} counted at {at.isoformat()}, when {then} were there; {now} are there now",
            position=key.named(),
            counted=counted,
            at=at.isoformat(),
            then=then,
            now=now,
        )


class Difference(NamedTuple):
    """What a count changes: units found beyond the ledger, or missing. At most one is not 0."""

    gain: int
    loss: int


def difference(account: Account, counted: int) -> Difference:
    """What `counted` units on hand mean for the position. Raises CountBelowPromised.

    On hand is all that lies there: available, reserved, allocated and held. What is missing is taken from the
    available, for nobody else's units may be given up unasked.
    """
    balances = account.balances
    change = counted - balances.on_hand
    if change >= 0:
        return Difference(change, 0)
    short = -change - balances.available
    if short > 0:
        raise CountBelowPromised(account, counted, short)
    return Difference(0, -change)
