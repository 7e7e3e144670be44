"""List the policies that are published, page by page."""

from dataclasses import dataclass

from application.kernel.register_pages import page_size, tenant_of
from application.tenancy.explain_policy import PolicyRules
from domain.kernel.quantity import identifier
from domain.tenancy.policy import PublishedPolicy


@dataclass(frozen=True, slots=True)
class ListPolicies:
    """A page of at most `limit` (1 to 500) policies, in the order of their names."""

    after: str = ""
    limit: int = 100

    def __post_init__(self) -> None:
        if self.after:
            identifier(self.after, "after")
        page_size(self.limit)


@dataclass(frozen=True, slots=True)
class PolicyPage:
    """`version` counts the publications. `after` is what to ask for the next page with; empty after the last."""

    version: int
    policies: tuple[PublishedPolicy, ...]
    after: str


class ListPoliciesHandler:
    def __init__(self, rules: PolicyRules) -> None:
        self._rules = rules

    async def __call__(self, tenant: str, query: ListPolicies) -> PolicyPage:
        """What was published last. Raises StoreError."""
        book = await self._rules.book(tenant_of(tenant))
        later = sorted(
            (policy for policy in book.policies.policies if policy.name > query.after), key=lambda policy: policy.name
        )
        shown = tuple(later[: query.limit])
        return PolicyPage(book.version, shown, shown[-1].name if len(later) > query.limit else "")
