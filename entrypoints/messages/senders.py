"""Who may send commands over a channel: sources by name, each with its scopes. Nobody else."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from domain.kernel.refusal import Refusal
from domain.permissions.key import Caller
from domain.permissions.scope import scopes_of

TENANTS: Final = "/tenants/"


class SenderUnknown(Refusal):
    """The `source` of a message is none of those that may send commands here.

    Who runs this installation names it with its scopes in ENTREPOT_MESSAGES__SENDERS; then the message can be requeued.
    """

    code = "message.sender"


class Senders:
    """Whom a channel trusts: its messages are of the tenant that their source names, and of its name there."""

    def __init__(self, senders: Mapping[str, Caller]) -> None:
        self._senders = dict(senders)

    def caller_of(self, source: str) -> Caller:
        """Raises SenderUnknown."""
        found = self._senders.get(source)
        if found is None:
            raise SenderUnknown(f"{source!r:.200} may not send commands", source=source[:200])
        return found


def senders_of(setting: str) -> dict[str, Caller]:
    """`/tenants/<tenant>/<name>=<scope>+<scope>, …`: the callers by source. Raises ValueError, saying what is wrong."""
    found: dict[str, Caller] = {}
    for each in filter(None, (part.strip() for part in setting.split(","))):
        source, equals, scopes = each.rpartition("=")
        tenant, slash, name = source.removeprefix(TENANTS).partition("/")
        if not source.isascii():
            raise ValueError(f"must be percent-encoded, as sources are: {each!r:.100}")
        if not (equals and source.startswith(TENANTS) and tenant and slash and name):
            raise ValueError(f"must be /tenants/<tenant>/<name>=<scope>+<scope>, not {each!r:.100}")
        if source in found:
            raise ValueError(f"names {source} twice")
        try:
            found[source] = Caller(source, unquote(tenant), unquote(name), scopes_of(scopes.split("+")))
        except Refusal as refusal:
            raise ValueError(refusal.message) from None
    return found
