"""What is published for a tenant, as those who decide ask for it."""

from typing import Final

from domain.kernel.books import Entry
from domain.tenancy.policy import POLICIES, Policies

FOLLOWED: Final = (POLICIES,)
"""The registers that a book is kept of."""


class PolicyBook:
    """One tenant's policies, compiled anew whenever they are published."""

    def __init__(self) -> None:
        self.policies = Policies()
        self.version = 0

    def take(self, entry: Entry) -> None:
        """Take over what was published."""
        self.policies = Policies.of(entry.facts)
        self.version = entry.version
