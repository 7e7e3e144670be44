"""May this caller do that?"""

from domain.kernel.refusal import Refusal
from domain.permissions.key import Caller
from domain.permissions.scope import Scope


class ScopeMissing(Refusal):
    """The key does not hold the `scope` that this needs; it holds `scopes`.

    Use a key made for it, or have one made with this scope too.
    """

    code = "scope.missing"


def require_scope(caller: Caller, scope: Scope) -> None:
    """Raises ScopeMissing. No scope stands in for another."""
    if scope not in caller.scopes:
        raise ScopeMissing(
            f"this needs the scope {scope.value}, which the key {caller.key} does not hold",
            scope=scope.value,
            scopes=sorted(each.value for each in caller.scopes),
        )
