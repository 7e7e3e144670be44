"""The verbs of the ledger: what a command may do with reservations, on the books of its batch."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from domain.kernel.account import AccountKey
from domain.kernel.books import Books
from domain.kernel.exchanging import close_group
from domain.kernel.movement import (
    CONFIRM,
    DAMAGE,
    DEALLOCATE,
    EXPIRE,
    RELEASE,
    RESERVE,
    SHIP,
    MovementKind,
)
from domain.kernel.quantity import whole
from domain.kernel.refusal import (
    ReservationCancelled,
    ReservationExists,
    ReservationState,
)
from domain.kernel.reservation import (
    NONE_BEYOND,
    Group,
    Leg,
    Line,
    Pick,
    Plan,
    PlannedLine,
    Reservation,
    Shortage,
    Stage,
    Way,
    insufficient,
)


class Advanced(NamedTuple):
    """What one step of a reservation moved: the line, the leg's holds and the units of the line."""

    line: str
    leg: int
    holds: Way
    quantity: int


class Ledger(Books):
    """The books, and what a command does with reservations on them."""

    def reserve(
        self,
        id: str,
        plan: Plan,
        *,
        until: datetime | None,
        partial: bool = False,
        order: str | None = None,
        scene: str = "sale",
    ) -> Reservation:
        """Hold every line of the plan, or nothing; with `partial`, what there is, but never nothing at all.

        Lines are decided in order, each seeing what those before it took. Raises ReservationExists,
        ReservationCancelled, InsufficientBalance (with every short line in its facts).
        """
        known = self.find_reservation(id)
        if known is not None:
            if known.is_tombstone:
                raise ReservationCancelled(f"reservation {id} was cancelled before it was made", reservation=id)
            raise ReservationExists(f"reservation {id} exists", reservation=id, request=known.request)
        groups = {group.name: Group(*group) for group in plan.groups} if plan.groups else {}
        act = self.act
        lines: list[Line] = []
        short: list[Shortage] = []
        for planned in plan.lines:
            line, shortage = self._grant(id, planned, groups, plan, scene)
            lines.append(line)
            if shortage:
                short.append(shortage)
        if short and (not partial or not any(line.legs for line in lines)):
            raise insufficient(short)
        made = Reservation(
            id,
            act.request,
            tuple(lines),
            tuple(groups.values()),
            order,
            scene,
            until,
            commands=(act.number,),
            created_at=self.now,
            changed_at=self.now,
        )
        self._pages.reservations[id] = made
        return made

    def _grant(
        self, id: str, planned: PlannedLine, groups: dict[str, Group], plan: Plan, scene: str
    ) -> tuple[Line, Shortage | None]:
        line, quantity, _ = planned
        mine = [group for group in groups.values() if line in group.lines and group.stage is None] if groups else []
        spoken_for: dict[AccountKey, int] = {}  # by the groups that this line would begin
        for group in mine:
            self.open_account(group.account, plan.openings)
            wanted = spoken_for[group.account] = spoken_for.get(group.account, 0) + group.quantity
            if self.account(group.account).grantable < wanted:
                return Line(line, quantity, ()), Shortage(planned, 0, group.account)
        parts, bound = self._parts(planned, plan, spoken_for)
        if parts:
            for group in mine:
                self.post(group.account, RESERVE, group.quantity, subject=id, scene=scene)
                groups[group.name] = group._replace(stage=Stage.HELD)
        legs, left = self._take(id, quantity, parts, scene)
        if not left:
            return Line(line, quantity, legs), None
        return Line(line, quantity, legs), Shortage(planned, quantity - left, self._exhausted(planned.ways) or bound)

    def _exhausted(self, ways: Sequence[Way]) -> AccountKey | None:
        """What keeps a line from more, when all that could be taken was.

        Of each way it is the first of its accounts that has nothing left; of those the one that is held last, of the
        last way: a cap over several nodes, and no node's stock while another has some.
        """
        last, found = -1, None
        for way in ways:
            place = next((n for n, (key, units) in enumerate(way) if self.account(key).grantable < units), -1)
            if place >= max(last, 0):
                last, found = place, way[place].account
        return found

    def _parts(
        self, planned: PlannedLine, plan: Plan, spoken_for: Mapping[AccountKey, int]
    ) -> tuple[list[tuple[Way, int]], AccountKey]:
        """What each way could grant, in order (the first that can grant all stands alone). Also what bound it.

        What is `spoken_for` is there: the line's groups were looked at before it.
        """
        _, quantity, ways = planned
        parts: list[tuple[Way, int]] = []
        bound = ways[0][0].account
        for way in ways:
            least = quantity
            for account, units in way:
                if plan.openings:
                    self.open_account(account, plan.openings)
                most = self.account(account).grantable
                fits = (most - spoken_for.get(account, 0) if spoken_for else most) // units
                if fits < least:
                    least, bound = fits, account
            if least >= quantity:
                parts = [(way, quantity)]
                break
            if least > 0:
                parts.append((way, least))
        return parts, bound

    def _take(
        self, id: str, quantity: int, parts: Sequence[tuple[Way, int]], scene: str
    ) -> tuple[tuple[Leg, ...], int]:
        """Fill the ways in order, up to the quantity: the legs, and what is still left of it."""
        legs: list[Leg] = []
        left = quantity
        for way, most in parts:
            take = min(left, most)
            if legs:
                # Ways may share accounts: look again at what is left after the way before.
                take = min(take, *(self.account(account).grantable // units for account, units in way))
            if take > 0:
                for account, units in way:
                    self.post(account, RESERVE, take * units, subject=id, scene=scene)
                legs.append(Leg(way, (take, *NONE_BEYOND)))
                left -= take
        return tuple(legs), left

    def confirm(
        self, id: str, picks: Iterable[Pick] = (), *, scene: str | None = None
    ) -> tuple[Reservation, list[Advanced]]:
        """Held → confirmed (支付): what was promised is now bound to leave. Without picks, all that is held."""
        return self._advance(self.reservation(id), picks, Stage.HELD, Stage.CONFIRMED, CONFIRM, scene)

    def release(
        self, id: str, picks: Iterable[Pick] = (), *, scene: str | None = None
    ) -> tuple[Reservation, list[Advanced]]:
        """Held → released (取消). Without picks, all that is held."""
        return self._advance(self.reservation(id), picks, Stage.HELD, Stage.RELEASED, RELEASE, scene)

    def deallocate(
        self, id: str, picks: Iterable[Pick] = (), *, scene: str | None = None
    ) -> tuple[Reservation, list[Advanced]]:
        """Confirmed → released (支付后废单). Without picks, all that is confirmed."""
        return self._advance(self.reservation(id), picks, Stage.CONFIRMED, Stage.RELEASED, DEALLOCATE, scene)

    def ship(
        self, id: str, picks: Iterable[Pick] = (), *, scene: str | None = None
    ) -> tuple[Reservation, list[Advanced]]:
        """Confirmed → shipped (出库). Without picks, all that is confirmed."""
        return self._advance(self.reservation(id), picks, Stage.CONFIRMED, Stage.SHIPPED, SHIP, scene)

    def damage(self, id: str, picks: Iterable[Pick], *, reason: str) -> tuple[Reservation, list[Advanced]]:
        """Confirmed → damaged (残损): the units stay on hand, held, and are promised to nobody."""
        return self._advance(self.reservation(id), picks, Stage.CONFIRMED, Stage.DAMAGED, DAMAGE, None, reason=reason)

    def expire(self, id: str, deadline: int, token: int) -> tuple[Reservation, list[Advanced]] | None:
        """Held → expired (超时回补), if this deadline is the current one, due, and this worker still owns it."""
        found = self.find_reservation(id)
        if found is None or not found.awaits_deadline or (found.deadline, found.token) != (deadline, token):
            return None
        if found.due is None or found.due > self.now:
            return None
        return self._advance(found, (), Stage.HELD, Stage.EXPIRED, EXPIRE, None)

    def extend(self, id: str, until: datetime) -> Reservation:
        """Give what is held a new due time; the old deadline is stale from now on."""
        found = self.reservation(id)
        if not found.at(Stage.HELD):
            raise ReservationState(f"reservation {id} holds nothing to extend", reservation=id, status=found.status)
        return self.keep(replace(found, due=until, deadline=found.deadline + 1, token=0))

    def bury(self, id: str) -> Reservation:
        """Leave a tombstone: this reservation is cancelled before it was made."""
        stone = Reservation(id, self.act.request, commands=(self.act.number,), created_at=self.now, changed_at=self.now)
        self._pages.reservations[id] = stone
        return stone

    def _advance(
        self,
        found: Reservation,
        picks: Iterable[Pick],
        source: Stage,
        target: Stage,
        kind: MovementKind,
        scene: str | None,
        *,
        reason: str = "",
    ) -> tuple[Reservation, list[Advanced]]:
        """Move units of a reservation from one stage to the next and post it on every account they hold."""
        scene = scene or found.scene
        moved: list[Advanced] = []
        lines: dict[str, Line] = {line.id: line for line in found.lines}
        for pick in picks or [Pick(line.id) for line in found.lines]:
            line = lines.get(pick.line) or found.line(pick.line)
            legs = list(line.legs)
            left = pick.quantity if pick.quantity is None else whole(pick.quantity)
            for index, leg in enumerate(legs):
                here = leg.counts[source]
                take = here if left is None else min(here, left)
                if not take or pick.leg not in (None, index):
                    continue
                for account, units in leg.holds:
                    # What counts no broken units gets back what was taken for them.
                    posted = DEALLOCATE if kind is DAMAGE and DAMAGE not in account.kind.movements else kind
                    self.post(account, posted, take * units, subject=found.id, scene=scene, reason=reason)
                legs[index] = leg.moved(source, target, take)
                moved.append(Advanced(line.id, index, leg.holds, take))
                left = None if left is None else left - take
            if left:
                raise ReservationState(
                    f"line {line.id} of {found.id} has fewer units {source.name.lower()} than {pick.quantity}",
                    reservation=found.id,
                    line=line.id,
                    wanted=pick.quantity,
                    short=left,
                    stage=source.name.lower(),
                )
            lines[line.id] = line._replace(legs=tuple(legs))
        if not moved:
            raise ReservationState(
                f"reservation {found.id} is {found.status}: nothing is {source.name.lower()}",
                reservation=found.id,
                status=found.status,
            )
        after = found.with_lines(tuple(lines.values()))
        if found.groups:
            touched = {step.line for step in moved}
            after.groups = tuple(
                self._advance_group(after, group, target, scene) if touched & set(group.lines) else group
                for group in found.groups
            )
        return self.keep(after, ends=not after.at(source)), moved

    def _advance_group(self, after: Reservation, group: Group, target: Stage, scene: str) -> Group:
        stage = group.stage
        if target is Stage.CONFIRMED and stage is Stage.HELD:
            self.post(group.account, CONFIRM, group.quantity, subject=after.id, scene=scene)
            return group._replace(stage=Stage.CONFIRMED)
        if target is Stage.SHIPPED and stage is Stage.CONFIRMED:
            self.post(group.account, SHIP, group.quantity, subject=after.id, scene=scene)
            return group._replace(stage=Stage.SHIPPED)
        return close_group(self, after, group, EXPIRE if target is Stage.EXPIRED else RELEASE, scene)
