"""What going through the whole ledger must do. Inherit `LedgerWalkConformance` and give it `open_installation`."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

from application.search.documents import AccountsOf, EntriesOf, MovementsOfAll, ReservationsOfAll, Source
from application.search.ports import LedgerWalk
from contracts.conformance.commands import Confirm, Receive, Release, SetFloor, hold
from contracts.conformance.ground import TENANTS, Ground, Installation, ground_on
from contracts.conformance.stock_asker import Enter, Send

SOURCES: Final[tuple[Source, ...]] = (
    AccountsOf("stock"),
    AccountsOf("shipment"),
    MovementsOfAll(),
    ReservationsOfAll(),
    EntriesOf("goods"),
    EntriesOf("node"),
)


class WalkedInstallation(Installation, Protocol):
    """A ledger that can be gone through."""

    @property
    def walk(self) -> LedgerWalk: ...


class LedgerWalkConformance:
    """The suite."""

    async def open_installation(self, folder: Path) -> WalkedInstallation:
        """A fresh one, which may keep files in the folder."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def ground(self, tmp_path: Path) -> AsyncIterator[Ground]:
        async with ground_on(await self.open_installation(tmp_path)) as ground:
            yield ground

    async def _tell(self, ground: Ground, goods: str = "ABCDE") -> None:
        """Something of everything, for two tenants."""
        for tenant in TENANTS:
            shop = ground.shop(tenant)
            for code in goods:
                await shop.submit(Enter("goods", code), f"goods {code}")
                await shop.submit(Enter("node", f"N{code}"), f"node {code}")
                await shop.submit(Receive(code, 10), f"in {code}")
                await shop.submit(hold(f"order {code}", code, 2), f"hold {code}")
                await shop.submit(Send(f"s {code}", code, 1), f"send {code}")
            await shop.submit(Confirm(f"order {goods[0]}"), f"pay {goods[0]}")
            await shop.submit(SetFloor(goods[0], 1), f"floor {goods[0]}")
            await shop.submit(Release(f"never {goods}"), f"cancel {goods}")

    async def _all(
        self, ground: Ground, source: Source, limit: int = 3, since: datetime | None = None
    ) -> list[tuple[str, Any]]:
        walk: LedgerWalk = ground.installation.walk  # type: ignore[attr-defined]
        found: list[tuple[str, Any]] = []
        after = ""
        while True:
            things, after = await walk.walk(source, after, limit, since)
            assert len(things) <= limit
            found += things
            if not after:
                return found

    async def test_there_is_nothing_in_an_empty_ledger(self, ground: Ground) -> None:
        for source in SOURCES:
            assert await self._all(ground, source) == []

    @pytest.mark.parametrize("limit", [1, 3, 1_000])
    async def test_everything_is_met_once_and_whole(self, ground: Ground, limit: int) -> None:
        await self._tell(ground)
        for tenant in TENANTS:
            kept = await ground.installation.snapshot(tenant)

            async def mine(source: Source, tenant: str = tenant) -> list[Any]:
                return [thing for who, thing in await self._all(ground, source, limit) if who == tenant]

            accounts = [*await mine(AccountsOf("stock")), *await mine(AccountsOf("shipment"))]
            assert {each.key: (each.balances, each.floor, each.version, each.changed_at) for each in accounts} == {
                key: (each.balances, each.floor, each.version, each.changed_at) for key, each in kept.accounts.items()
            }
            assert len(accounts) == len(kept.accounts)
            lines = await mine(MovementsOfAll())
            assert len(lines) == sum(map(len, kept.movements.values()))
            assert {(each.account, each.version): each for each in lines} == {
                (each.account, each.version): each for journal in kept.movements.values() for each in journal
            }
            reservations = await mine(ReservationsOfAll())
            assert len(reservations) == len(kept.reservations) == 6
            for each in reservations:
                known = kept.reservations[each.id]
                assert (each.lines, each.status, each.events) == (known.lines, known.status, known.events)
                assert (each.created_at, each.changed_at) == (known.created_at, known.changed_at)
            entries = await mine(EntriesOf("goods"))
            assert sorted((each.key.code, each.version, each.facts["name"]) for each in entries) == [
                (code, 1, f"The {code}") for code in "ABCDE"
            ]
            assert all(each.changed_at is not None for each in entries)

    async def test_what_changed_since_is_met_and_nothing_else(self, ground: Ground) -> None:
        await self._tell(ground)
        walk: LedgerWalk = ground.installation.walk  # type: ignore[attr-defined]
        since = await walk.committed_at() + timedelta(microseconds=1)
        for source in SOURCES:
            assert await self._all(ground, source, since=since) == []
        shop = ground.shop(TENANTS[0])
        await shop.submit(hold("late", "C", 1), "hold late")
        await shop.submit(Enter("goods", "C", active=False), "goods C again")
        tenant = TENANTS[0]
        ((who, account),) = await self._all(ground, AccountsOf("stock"), since=since)
        assert (who, account.key.values[1], account.version) == (tenant, "C", 3)
        ((_, line),) = await self._all(ground, MovementsOfAll(), since=since)
        assert (line.account, line.version, line.subject) == (account.key, 3, "late")
        ((_, reservation),) = await self._all(ground, ReservationsOfAll(), since=since)
        assert reservation.id == "late"
        ((_, entry),) = await self._all(ground, EntriesOf("goods"), since=since)
        assert (entry.key.code, entry.version) == ("C", 2)
        everything = datetime(2001, 1, 1, tzinfo=since.tzinfo)
        for source in SOURCES:
            found = await self._all(ground, source, since=everything)
            assert len(found) == len(await self._all(ground, source))

    async def test_what_is_there_is_met_though_more_comes_meanwhile(self, ground: Ground) -> None:
        await self._tell(ground)
        walk: LedgerWalk = ground.installation.walk  # type: ignore[attr-defined]
        for round, source in enumerate(SOURCES):
            before = {self._name(each) for each in await self._all(ground, source)}
            seen: set[Any] = set()
            after, step = "", 0
            while True:
                things, after = await walk.walk(source, after, 2)
                seen |= {self._name(each) for each in things}
                if not after:
                    break
                if step < 3:
                    step += 1
                    await self._tell(ground, f"{'XYZ'[step - 1]}{round}")
            assert before <= seen

    def _name(self, each: tuple[str, Any]) -> Any:
        tenant, thing = each
        key = getattr(thing, "key", None) or getattr(thing, "account", None) or thing.id
        return tenant, key, thing.version if hasattr(thing, "account") else 0
