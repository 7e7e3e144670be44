"""By what a promise is decided, answered by tenancy: the rules of whoever asks, as sourcing knows them."""

from datetime import timedelta
from weakref import WeakKeyDictionary

from application.sourcing.refusals import PolicyUnknown
from application.sourcing.rules import Rules
from application.tenancy.explain_policy import PolicyRules
from domain.sourcing.policy import Band, Costs, Policy
from domain.tenancy.policy import Rules as Published


class TenancyPolicies:
    """Answers `FindsRules`. An identity's rules are translated once, and again when they change."""

    def __init__(self, rules: PolicyRules) -> None:
        self._rules = rules
        self._known: WeakKeyDictionary[Published, Rules] = WeakKeyDictionary()

    async def rules(self, tenant: str, named: str, business: str, scenario: str) -> Rules:
        """Raises PolicyUnknown, StoreError."""
        published = await self._rules.of(tenant, business, scenario, named)
        if published is None:
            raise PolicyUnknown(f"there is no policy {named}", policy=named)
        found = self._known.get(published)
        if found is None:
            found = self._known[published] = _translated(published)
        return found


def _translated(published: Published) -> Rules:
    freight = tuple(Band(band.upto, band.base, band.per_km) for band in published["freight"])
    mix = tuple((each.criterion, each.weight) for each in published["mix"])
    return Rules(
        Policy(published.name, mix, Costs(freight, published["split_cost"])),
        published["whole_only"],
        published["max_splits"],
        published["whole_lines"],
        published["min_shelf_days"],
        frozenset(published["suppliers"]) or None,
        published["substitutes"],
        published["expected"],
        _seconds(published["hold_seconds"]),
        _seconds(published["valid_seconds"]),
    )


def _seconds(number: int | None) -> timedelta | None:
    return None if number is None else timedelta(seconds=number)
