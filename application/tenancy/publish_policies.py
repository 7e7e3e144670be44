"""Publish policies: from now on these hold, and no others."""

from dataclasses import dataclass
from typing import ClassVar

from application.kernel.command import Touches
from application.kernel.enter import EntriesWritten, written
from domain.kernel.books import EntryKey
from domain.kernel.ledger import Ledger
from domain.kernel.refusal import InvalidInput
from domain.tenancy.policy import MAX_POLICIES, POLICIES, PUBLISHED, Policies, PublishedPolicy


@dataclass(frozen=True, slots=True)
class PoliciesTold:
    """Which policies are published: the number of the publication, and their names."""

    version: int
    policies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishPolicies:
    """Put 0 to 200 policies in the place of all that were published; the same once more change nothing.

    Refused, with nothing published: `policy.conflict`, `policy.impossible`.
    """

    name: ClassVar[str] = "PublishPolicies"
    reply: ClassVar[type] = EntriesWritten

    policies: tuple[PublishedPolicy, ...]

    def __post_init__(self) -> None:
        if len(self.policies) > MAX_POLICIES:
            raise InvalidInput(f"at most {MAX_POLICIES} policies", field="policies", most=MAX_POLICIES)
        seen: set[str] = set()
        for policy in self.policies:
            if policy.name in seen:
                raise InvalidInput(f"{policy.name} is given twice", field="policies", given_twice=policy.name)
            seen.add(policy.name)

    def touches(self) -> Touches:
        return Touches(entries=(EntryKey(POLICIES, PUBLISHED),))

    def decide(self, ledger: Ledger) -> EntriesWritten:
        policies = Policies(self.policies)
        policies.check()
        facts = policies.facts()
        known = ledger.entry(POLICIES, PUBLISHED)
        if known is None or known.facts != facts:
            known = ledger.write_entry(POLICIES, PUBLISHED, facts)
            told = PoliciesTold(known.version, tuple(policy.name for policy in self.policies))
            ledger.tell("PoliciesPublished", told, subject=f"{POLICIES}:{PUBLISHED}", number=known.version)
        return written(POLICIES, (known,))
