"""Explain a policy: what holds for a business identity, setting by setting, and who says so."""

from dataclasses import dataclass
from typing import Any

from application.kernel.entries import Followed
from application.kernel.register_pages import tenant_of
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput
from domain.tenancy.book import PolicyBook
from domain.tenancy.policy import Rules


@dataclass(frozen=True, slots=True)
class ExplainPolicy:
    """What holds for a `business` line and a `scenario` (each empty for any); a `policy` that is named goes before."""

    business: str = ""
    scenario: str = ""
    policy: str = ""

    def __post_init__(self) -> None:
        for name in ("business", "scenario", "policy"):
            if said := getattr(self, name):
                identifier(said, name)


@dataclass(frozen=True, slots=True)
class RuleExplained:
    """One setting as it holds (None: without a limit, or the installation's own), the policy that says so (empty:
    nobody does) and the level it says it at.
    """

    field: str
    value: Any
    policy: str
    level: str


@dataclass(frozen=True, slots=True)
class PolicyExplained:
    """Everything that holds for an identity. `version` counts the publications, 0 before the first; `policy` is whose
    measure decides.
    """

    business: str
    scenario: str
    policy: str
    version: int
    rules: tuple[RuleExplained, ...]


class PolicyRules:
    """What holds, from this process's view, without a statement to a database."""

    def __init__(self, books: Followed[PolicyBook]) -> None:
        self._books = books

    async def book(self, tenant: str) -> PolicyBook:
        """What is published for the tenant, at most a second old. Raises StoreError."""
        return await self._books.of(tenant)

    async def of(self, tenant: str, business: str, scenario: str, named: str = "") -> Rules | None:
        """What holds for the identity; None if there is no policy of that name. Raises StoreError."""
        return (await self._books.of(tenant)).policies.rules(business, scenario, named)


class ExplainPolicyHandler:
    def __init__(self, rules: PolicyRules) -> None:
        self._rules = rules

    async def __call__(self, tenant: str, query: ExplainPolicy) -> PolicyExplained:
        """Raises InvalidInput for a policy that is not there, StoreError."""
        book = await self._rules.book(tenant_of(tenant))
        rules = book.policies.rules(query.business, query.scenario, query.policy)
        if rules is None:
            raise InvalidInput(
                f"there is no policy {query.policy}", field="policy", one_of=sorted(book.policies.names())
            )
        return PolicyExplained(
            query.business,
            query.scenario,
            rules.name,
            book.version,
            tuple(RuleExplained(*rule) for rule in rules.rules.values()),
        )
