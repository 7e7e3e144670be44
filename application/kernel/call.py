"""Who calls, for which tenant, under which request id."""

from dataclasses import dataclass
from typing import Final

from domain.kernel.quantity import MAX_IDENTIFIER, MAX_TENANT, identifier
from domain.kernel.refusal import InvalidInput

RESERVED_PREFIX: Final = "expire:"
"""Request ids that only the timeout center may use."""

MAX_REQUEST: Final = MAX_IDENTIFIER + 24
"""Longest request id there is: the platform's own name a reservation, whose id may be as long as a caller's request id,
and which of its deadlines.
"""


@dataclass(slots=True)
class Call:
    """One request. The same `request` with the same command is the same request, however often it arrives.

    `actor` is who acts, `principal` who was authenticated (they differ when one acts on behalf of another).
    `deadline` is a reading of the event loop's clock, in seconds, after which the caller no longer waits.
    """

    tenant: str
    actor: str
    request: str
    principal: str = ""
    deadline: float | None = None
    system: bool = False

    def __post_init__(self) -> None:
        identifier(self.tenant, "tenant", most=MAX_TENANT)
        identifier(self.actor, "actor")
        identifier(self.request, "request_id", most=MAX_REQUEST if self.system else MAX_IDENTIFIER)
        if self.principal:
            identifier(self.principal, "principal")
        if not self.system and self.request.startswith(RESERVED_PREFIX):
            raise InvalidInput(
                f"request ids beginning {RESERVED_PREFIX} are the platform's own: choose another",
                field="request_id",
            )
