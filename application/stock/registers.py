"""What is registered, remembered: a bounded cache in front of the register feed, at most one second old.

Nothing is promised from here. It only says which goods and nodes a command may name; what they hold is decided under
locks. That is why a second of age can be borne, and one round trip a second is all it costs.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from application.stock.ports import RegisterFeed, Standing
from domain.kernel.books import EntryKey
from domain.kernel.refusal import Refusal
from domain.stock.goods import GOODS, InactiveGoods, UnknownGoods
from domain.stock.node import NODE, InactiveNode, UnknownNode

MAX_AGE: Final = 1.0
"""Seconds."""

REMEMBERED: Final = 200_000
MAX_CHANGED: Final = 5_000
"""Most changes taken over one by one; after more, everything is forgotten and asked for again."""

ABSENT: Final = Standing(0, active=False)
NOT_ONE: Final[Mapping[str, Standing]] = {}

Shelf = tuple[str, str]
"""Tenant and register."""


class RegisterCache:
    """Answers `Registers` and `LearnsRegisters`. `clock` reads seconds that never fall.

    Once a second, with the first command that finds it old, it asks the feed what was written since. What it does not
    know it asks for on demand, everything that is wanted in one round trip. Only one question is under way at a time:
    an answer that overtook another could otherwise bring back what was already changed.

    The entries used lately are kept, in two generations: when the young one is full it becomes the old one, and what
    is used of that moves over. So a look-up is one step in a dict, and forgetting costs nothing per entry. Codes that
    nobody registered are only remembered until the next look at the changes, and never crowd out the others.
    """

    def __init__(
        self,
        feed: RegisterFeed,
        clock: Callable[[], float],
        *,
        remembered: int = REMEMBERED,
    ) -> None:
        self._feed = feed
        self._clock = clock
        self._generation = max(1, remembered // 2)
        self._young: dict[Shelf, dict[str, Standing]] = {}
        self._old: dict[Shelf, dict[str, Standing]] = {}
        self._held = 0
        self._absent: set[tuple[Shelf, str]] = set()
        self._seen: int | None = None
        self._as_of = -MAX_AGE - 1.0
        self._turn = asyncio.Lock()
        self._wanted: dict[str, set[EntryKey]] = {}

    async def require(self, tenant: str, goods: Iterable[str], nodes: Iterable[str]) -> None:
        """Raises UnknownGoods, InactiveGoods, UnknownNode or InactiveNode: the first that applies, naming all codes.

        Raises StoreError when the feed cannot be asked.
        """
        if not self._fresh_enough():
            await self._look_at_changes()
        doubtful_goods = self._doubtful((tenant, GOODS), goods)
        doubtful_nodes = self._doubtful((tenant, NODE), nodes)
        if not doubtful_goods and not doubtful_nodes:
            return
        keys = [EntryKey(GOODS, code) for code in doubtful_goods] + [EntryKey(NODE, code) for code in doubtful_nodes]
        standings = await self._look_up(tenant, keys)
        _refuse(standings, GOODS, UnknownGoods, InactiveGoods)
        _refuse(standings, NODE, UnknownNode, InactiveNode)

    def learn(self, tenant: str, entries: Mapping[EntryKey, Standing]) -> None:
        """Take over what this process has just committed, so that it can be used at once."""
        for key, standing in entries.items():
            self._take(tenant, key, standing)

    # -- what is remembered -------------------------------------------------------------------------------------------

    def _doubtful(self, shelf: Shelf, codes: Iterable[str]) -> list[str]:
        """The codes not known to be active; as a rule there are none."""
        known = self._young.get(shelf, NOT_ONE)
        return [code for code in codes if (standing := known.get(code)) is None or not standing.active]

    def _find(self, shelf: Shelf, code: str) -> Standing | None:
        """How it stands, moved over to the young generation; None if that is not known."""
        young = self._young.get(shelf, NOT_ONE)
        if code in young:
            return young[code]
        standing = self._old.get(shelf, NOT_ONE).get(code)
        if standing is not None:
            self._put(shelf, code, standing)
        elif (shelf, code) in self._absent:
            return ABSENT
        return standing

    def _take(self, tenant: str, key: EntryKey, standing: Standing) -> None:
        """Remember it, unless a later version is known."""
        shelf = (tenant, key.register)
        known = self._find(shelf, key.code)
        if known is None or known.version < standing.version:
            self._absent.discard((shelf, key.code))
            self._put(shelf, key.code, standing)

    def _put(self, shelf: Shelf, code: str, standing: Standing) -> None:
        young = self._young.setdefault(shelf, {})
        if code not in young:
            if self._held >= self._generation:
                self._old, self._young, self._held = self._young, {}, 0
                young = self._young.setdefault(shelf, {})
            self._held += 1
        young[code] = standing

    # -- asking the feed -----------------------------------------------------------------------------------------------

    def _fresh_enough(self) -> bool:
        return self._clock() - self._as_of < MAX_AGE

    async def _look_at_changes(self) -> None:
        async with self._turn:
            if self._fresh_enough():
                return  # whoever had the turn before looked
            asked_at = self._clock()
            changed = await self._feed.changed((GOODS, NODE), self._seen, MAX_CHANGED)
            self._absent.clear()
            if changed.entries is None:
                self._young, self._old, self._held = {}, {}, 0
            else:
                for tenant, entries in changed.entries.items():
                    for key, standing in entries.items():
                        self._take(tenant, key, standing)
            self._seen = changed.latest
            self._as_of = asked_at

    async def _look_up(self, tenant: str, keys: Iterable[EntryKey]) -> dict[EntryKey, Standing]:
        """How these stand. What others come to want meanwhile goes along in one next question."""
        standings, missing = self._known(tenant, keys)
        if not missing:
            return standings
        self._wanted.setdefault(tenant, set()).update(missing)
        async with self._turn:
            # They may have gone along with the question before, and that may have failed.
            answered, missing = self._known(tenant, missing)
            standings |= answered
            if not missing:
                return standings
            asked, self._wanted = self._wanted, {}
            asked.setdefault(tenant, set()).update(missing)
            found = await self._feed.standing(asked)
            for whose, wanted in asked.items():
                answers = found.get(whose, {})
                for key in wanted:
                    if key in answers:
                        self._take(whose, key, answers[key])
                    else:
                        self._miss((whose, key.register), key.code)
            mine = found.get(tenant, {})
            for key in missing:
                # What was learned meanwhile is later than the answer.
                standings[key] = self._find((tenant, key.register), key.code) or mine.get(key, ABSENT)
        return standings

    def _known(self, tenant: str, keys: Iterable[EntryKey]) -> tuple[dict[EntryKey, Standing], list[EntryKey]]:
        known: dict[EntryKey, Standing] = {}
        unknown: list[EntryKey] = []
        for key in keys:
            standing = self._find((tenant, key.register), key.code)
            if standing is None:
                unknown.append(key)
            else:
                known[key] = standing
        return known, unknown

    def _miss(self, shelf: Shelf, code: str) -> None:
        if self._find(shelf, code) is None:
            if len(self._absent) >= self._generation:
                self._absent.clear()
            self._absent.add((shelf, code))


def _refuse(
    standings: Mapping[EntryKey, Standing], register: str, unknown: type[Refusal], inactive: type[Refusal]
) -> None:
    mine = {key.code: standing for key, standing in standings.items() if key.register == register}
    missing = sorted(code for code, standing in mine.items() if not standing.version)
    if missing:
        raise unknown(f"not registered: {', '.join(missing)}", codes=missing)
    asleep = sorted(code for code, standing in mine.items() if not standing.active)
    if asleep:
        raise inactive(f"not active: {', '.join(asleep)}", codes=asleep)
