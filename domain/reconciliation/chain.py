"""The movements of one account, one after the other: each must follow from the one before."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from domain.kernel.account import AccountKind
from domain.kernel.movement import OUTSIDE, SET_FLOOR
from domain.reconciliation.difference import Findings
from domain.reconciliation.inspected import InspectedAccount, Posting, SealedLine

Watch = Callable[[InspectedAccount, Posting], None]

FLOOR: Final = SET_FLOOR.name


@dataclass(slots=True)
class Walked:
    """Where an account stands by its movements, how many they were, and how much came in less what went out."""

    version: int
    balances: tuple[int, ...]
    floor: int
    movements: int
    inside: int


@cache
def _effects(kind: AccountKind) -> Mapping[str, tuple[int, int]]:
    return {name: (int(movement.source), int(movement.target)) for name, movement in kind.allowed.items()}


def _moved(before: tuple[int, ...], source: int, target: int, quantity: int) -> tuple[int, ...]:
    after = [*before, 0]  # the last is OUTSIDE, whose balance nobody keeps
    after[source] -= quantity
    after[target] += quantity
    return tuple(after[:OUTSIDE])


def follow(
    account: InspectedAccount,
    kind: AccountKind,
    opening: SealedLine,
    postings: Iterable[Posting],
    findings: Findings,
    *,
    kept_since: int,
    watches: Iterable[Watch] = (),
) -> Walked:
    """Follow an account from an opening through its postings. After a fault it goes on from what is written there.

    At every prefix: the version is the next one, the balances follow by the movement's two buckets, none is negative,
    what came from OUTSIDE is never less than what left for it, commands and times do not fall, and the request id is
    kept under that command (unless it was accepted before `kept_since`: then it may have been purged).
    """
    effects, count, inside = _effects(kind), 0, sum(opening.balances)
    version, balances, floor, command, at = opening.version, opening.balances, opening.floor, 0, 0
    for posting in postings:
        count += 1
        after, quantity = posting.after, posting.quantity
        source, target = effects.get(posting.kind, (OUTSIDE, OUTSIDE))
        inside += quantity * ((source == OUTSIDE) - (target == OUTSIDE))
        as_it_should = (
            posting.version == version + 1
            and posting.kind in effects
            and _moved(balances, source, target, quantity) == after
            and min(after) >= 0
            and inside >= 0
            and ((quantity > 0 and posting.floor == floor) if posting.kind != FLOOR else quantity == 0)
            and posting.command >= command
            and posting.at >= at
            and (posting.kept == posting.command or (posting.kept is None and posting.at < kept_since))
        )
        if not as_it_should:
            before = Walked(version, balances, floor, count, inside)
            _explain(account, kind, before, (command, at), posting, kept_since, findings)
        version, balances, floor, command, at = posting.version, after, posting.floor, posting.command, posting.at
        for watch in watches:
            watch(account, posting)
    return Walked(version, balances, floor, count, inside)


def _explain(
    account: InspectedAccount,
    kind: AccountKind,
    before: Walked,
    since: tuple[int, int],
    posting: Posting,
    kept_since: int,
    findings: Findings,
) -> None:
    """Say all that is wrong with a posting."""
    where = f"{account.where} version {posting.version}"

    def differs(check: str, expected: object, found: object) -> None:
        findings.add(check, account.tenant, where, expected, found)

    gap = posting.version != before.version + 1
    if gap:
        differs("movement.version", before.version + 1, posting.version)
    effect = _effects(kind).get(posting.kind)
    if effect is None:
        differs("movement.kind", f"a movement of {kind.name}", posting.kind)
    elif not gap and (expected := _moved(before.balances, *effect, posting.quantity)) != posting.after:
        differs("movement.balances", expected, posting.after)
    if min(posting.after) < 0:
        differs("movement.negative", "0 or more", posting.after)
    if before.inside < 0:
        differs("oversold", "0 or more", before.inside)
    if posting.kind == FLOOR:
        if posting.quantity:
            differs("movement.quantity", 0, posting.quantity)
    else:
        if posting.quantity < 1:
            differs("movement.quantity", "1 or more", posting.quantity)
        if posting.floor != before.floor and not gap:
            differs("movement.floor", before.floor, posting.floor)
    if (posting.command < since[0]) or (posting.at < since[1]):
        differs("movement.order", f"command and time from {since}", (posting.command, posting.at))
    if posting.kept is None and posting.at >= kept_since:
        differs("movement.request", f"{posting.request} kept as accepted", "not kept")
    elif posting.kept not in (None, posting.command):
        differs("movement.request", f"{posting.request} applied once, by command {posting.kept}", posting.command)


def compare_standing(account: InspectedAccount, walked: Walked, held: tuple[int, int], findings: Findings) -> None:
    """The account's row against its last movement, and against what the reservations hold of it."""
    standing = account.standing

    def differs(check: str, expected: object, found: object) -> None:
        findings.add(check, account.tenant, account.where, expected, found)

    if standing is None:
        differs("account.missing", f"version {walked.version}", "no account")
        return
    if standing.version != walked.version:
        differs("account.version", walked.version, standing.version)
    if standing.balances != walked.balances:
        differs("account.balances", walked.balances, standing.balances)
    if standing.floor != walked.floor:
        differs("account.floor", walked.floor, standing.floor)
    _, reserved, allocated, *_ = standing.balances
    if reserved != held[0]:
        differs("account.reserved", f"{held[0]} held by reservations", reserved)
    if allocated != held[1]:
        differs("account.allocated", f"{held[1]} confirmed by reservations", allocated)
