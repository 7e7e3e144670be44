"""Why the others lost: planned losers and nodes outside routing, one page of both together."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice, takewhile
from operator import itemgetter
from typing import Final

from application.sourcing.chosen import Chosen
from application.sourcing.promise import Lost
from application.sourcing.routing import Candidate, Rejected
from domain.sourcing.explain import Reasons, barred

PASSED_OVER: Final = "passed_over"
"""The rule that leaves out a node which the caller, or its own refusal, has excluded."""

AT_ONCE: Final = 20
"""How many reasons are found before the thread is handed back: plans wait for the same threads."""


def losers(chosen: Chosen, after: str = "") -> Iterator[Lost]:
    """The candidates that supply nothing, by node, from beyond the code `after` on: each reason found as it is read.

    What a node would send later stands for itself beside it. Who was passed over and is no candidate has the reason
    that routing gives.
    """
    reasons = Reasons(chosen.planned)
    used = {chosen.sender(code).node for code in reasons.serving}
    asked: list[tuple[str, str, Candidate | None, bool]] = [(each.node, "", each, True) for each in chosen.idle]
    for each in chosen.asked:
        node, _, _, expected = chosen.sender(each.node)
        if each.node not in reasons.serving and (expected or node not in used):
            asked.append((node, expected, each, False))
    asked += [(node, "", None, False) for node in set(chosen.passed_over) if node in chosen.routed.candidates]
    for node, expected, candidate, idle in sorted(asked, key=itemgetter(0, 1)):
        if node <= after:
            continue
        if candidate is None:
            yield Lost(node, PASSED_OVER)
        elif idle:
            yield Lost(node, barred(chosen.planned, candidate))
        else:
            found = reasons.of(candidate)
            yield Lost(node, found.rule, expected, found.by)


async def in_turns(mine: Iterator[Lost], limit: int) -> Sequence[Lost]:
    """What a page of at most `limit` reads of these, found in a thread, and others had their turn in between."""
    found: list[Lost] = []
    while len(found) <= limit or found[-1].node == found[limit].node:
        few = await asyncio.to_thread(lambda: list(islice(mine, AT_ONCE)))
        found += few
        if len(few) < AT_ONCE:
            break
    return found


def page(mine: Iterable[Lost], rejected: Iterable[Rejected], limit: int) -> tuple[tuple[Lost, ...], str]:
    """At most `limit` of both, each in byte order of nodes; with what the next page begins after, empty at the end.

    The nodes of a page are whole: no node is told on two. One that alone is more than a page is one all the same.
    """
    both = merge(mine, (Lost(*each) for each in rejected), key=lambda each: (each.node, each.detail))
    shown = list(islice(both, limit + 1))
    if len(shown) <= limit:
        return tuple(shown), ""
    beyond = shown[-1].node
    if shown[0].node == beyond:
        shown += takewhile(lambda each: each.node == beyond, both)
        return tuple(shown), beyond
    while shown[-1].node == beyond:
        shown.pop()
    return tuple(shown), shown[-1].node
