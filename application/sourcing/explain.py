"""Why the others lost: planned losers and nodes outside routing, one page of both together."""

from collections.abc import Sequence

from application.sourcing.planning import PASSED_OVER, Chosen
from application.sourcing.promise import Lost
from application.sourcing.routing import Rejected
from domain.sourcing.explain import barred, lost


def losers(chosen: Chosen) -> list[Lost]:
    """The candidates that supply nothing, by node. What a node would send later stands for itself beside it."""
    found = [
        Lost(sender.node, each.rule, sender.expected, each.by)
        for each in lost(chosen.planned)
        for sender in (chosen.sender(each.node),)
    ]
    found += [Lost(each.node, barred(chosen.planned, each)) for each in chosen.idle]
    found += [Lost(node, PASSED_OVER) for node in chosen.passed_over]
    used = {chosen.sender(leg.node).node for leg in chosen.decision.legs}
    return sorted(
        (each for each in found if each.detail or each.node not in used), key=lambda each: (each.node, each.detail)
    )


def page(mine: Sequence[Lost], rejected: Sequence[Rejected], after: str, limit: int) -> tuple[tuple[Lost, ...], str]:
    """At most `limit` beyond `after` in byte order of nodes; with what the next page begins after, empty at the end.

    The nodes of a page are whole: no node is told on two.
    """
    both = [*(each for each in mine if each.node > after), *(Lost(*each) for each in rejected)]
    both.sort(key=lambda each: (each.node, each.detail))
    if len(both) <= limit and len(rejected) <= limit:
        return tuple(both), ""
    shown = both[:limit]
    while len(shown) > 1 and len(both) > limit and shown[-1].node == both[limit].node:
        shown.pop()
    return tuple(shown), shown[-1].node
