"""What a business identity's policy says of a promise, beside what the buyer says: the stricter of the two holds."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple, Protocol

from application.sourcing.demand import DemandLine, WantedGoods
from application.sourcing.ports import Alternative
from domain.sourcing.policy import Policy


class Rules(NamedTuple):
    """What holds for whoever asks. `policy` measures plans; the rest bounds them.

    `suppliers`: only what these supply (None: anybody). `expected`: what is only announced will do on every line.
    `substitutes`: what stands in for a SKU will do. `hold_for`, `valid_for`: how long what is reserved is held and a
    promise is good (None: as long as the installation says).
    """

    policy: Policy
    whole_only: bool = False
    max_splits: int | None = None
    whole_lines: bool = False
    min_shelf_days: int = 0
    suppliers: frozenset[str] | None = None
    substitutes: bool = True
    expected: bool = False
    hold_for: timedelta | None = None
    valid_for: timedelta | None = None

    def on(self, wanted: WantedGoods) -> WantedGoods:
        """What is wanted, within these rules."""
        if self._as_said:
            return wanted
        limits = [most for most in (wanted.max_splits, self.max_splits) if most is not None]
        return replace(
            wanted,
            lines=tuple(map(self._line, wanted.lines)),
            whole_only=wanted.whole_only or self.whole_only,
            max_splits=min(limits, default=None),
            min_shelf_days=max(wanted.min_shelf_days, self.min_shelf_days),
        )

    @property
    def _as_said(self) -> bool:
        """Whether none of these bounds what a buyer says."""
        bounds = self.whole_only or self.whole_lines or self.expected or self.min_shelf_days
        return not bounds and self.max_splits is None

    def _line(self, line: DemandLine) -> DemandLine:
        if not (self.whole_lines or self.expected):
            return line
        return replace(line, whole=line.whole or self.whole_lines, expected=line.expected or self.expected)

    def among(self, alternatives: Sequence[tuple[Alternative, ...]]) -> Sequence[tuple[Alternative, ...]]:
        """For each line, those of its alternatives that will do."""
        if self.substitutes and self.suppliers is None:
            return alternatives
        return [tuple(each for each in line if self._will_do(each)) for line in alternatives]

    def _will_do(self, alternative: Alternative) -> bool:
        if alternative.substitute and not self.substitutes:
            return False
        return self.suppliers is None or alternative.supplier in self.suppliers


class FindsRules(Protocol):
    """Which rules hold. Raises StoreError, `policy.unknown` for a policy that is named and not there."""

    async def rules(self, tenant: str, named: str, business: str, scenario: str) -> Rules:
        """Those of the one that is named, field by field before those of the business identity, the most specific
        first, and the platform's own where nobody says anything.
        """
        ...
