"""The suite that every store of keys inherits: whom a key lets in, and for how long.

class TestMine(KeysConformance):
    async def open_key_stores(self, folder):
        return MyInstallation(...)
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Protocol

import pytest

from application.kernel.call import Call
from application.kernel.ports import KeyTaken, StoreUnavailable
from application.kernel.unanswered import Unavailable
from application.permissions.authenticate import Authenticate
from application.permissions.create_key import CreateKey, CreateKeyHandler
from application.permissions.expire_key import ExpireKey, ExpireKeyHandler
from application.permissions.list_keys import KeyPage, ListKeys, ListKeysHandler
from application.permissions.ports import Decide, KeyStore
from application.permissions.revoke_key import RevokeKey, RevokeKeyHandler
from application.permissions.rotate_key import RotateKey, RotateKeyHandler
from application.permissions.views import KeyMade, KeyShown
from contracts.conformance.ground import TENANTS
from contracts.conformance.yard import HandClock
from domain.permissions.key import ApiKey, Caller
from domain.permissions.key_text import RANDOM_BYTES, KeyText, new_text
from domain.permissions.refusals import KeyExpired, KeyRefused, KeyReplaced, KeyRevoked, KeyUnknown
from domain.permissions.scope import Scope

REMEMBER: Final = timedelta(seconds=2)
MOMENT: Final = timedelta(microseconds=1)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def text_of(name: str) -> KeyText:
    """The same text for the same name, as no key in earnest has it."""
    hashed = sha256(name.encode()).digest()
    return new_text((hashed + hashed)[:RANDOM_BYTES])


class KeyInstallation(Protocol):
    """One database of keys under test."""

    def keys(self) -> KeyStore:
        """The store, as yet another process would have it."""
        ...

    async def close(self) -> None: ...


class WatchedKeys:
    """A store that counts what it is asked, can be held up, and can be down."""

    def __init__(self, store: KeyStore) -> None:
        self._store = store
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.down = False

    async def find(self, id: str) -> ApiKey | None:
        self.asked.append(id)
        found = await self._store.find(id)
        await self.gate.wait()
        self._require()
        return found

    async def page(self, tenant: str, after: str, limit: int) -> Sequence[ApiKey]:
        self._require()
        return await self._store.page(tenant, after, limit)

    async def add(self, key: ApiKey) -> None:
        self._require()
        await self._store.add(key)

    async def change(self, tenant: str, id: str, decide: Decide) -> None:
        self._require()
        await self._store.change(tenant, id, decide)

    def _require(self) -> None:
        if self.down:
            raise StoreUnavailable("the database is down")


class Door:
    """One process: it knows callers, and changes keys for either tenant."""

    def __init__(self, store: KeyStore, clock: HandClock, remember: timedelta = REMEMBER, **rest: Any) -> None:
        self.store = WatchedKeys(store)
        self.clock = clock
        self.authenticate = Authenticate(self.store, remember, clock.moment, clock.seconds, **rest)
        self._made = 0

    def _random(self) -> bytes:
        self._made += 1
        return sha256(f"{id(self)}:{self._made}".encode()).digest().ljust(RANDOM_BYTES, b"+")

    async def create(self, tenant: str = "north", principal: str = "shop", **rest: Any) -> KeyMade:
        command = CreateKey(principal, rest.pop("scopes", frozenset({Scope.SELL})), **rest)
        return await CreateKeyHandler(self.store, self.clock.moment, self._random)(_call(tenant), command)

    async def rotate(self, id: str, tenant: str = "north", overlap: timedelta = HOUR) -> KeyMade:
        handler = RotateKeyHandler(self.store, self.clock.moment, self._random)
        return await handler(_call(tenant), RotateKey(id, overlap))

    async def revoke(self, id: str, tenant: str = "north") -> KeyShown:
        return await RevokeKeyHandler(self.store, self.clock.moment)(_call(tenant), RevokeKey(id))

    async def expire(self, id: str, tenant: str = "north", **rest: Any) -> KeyShown:
        return await ExpireKeyHandler(self.store, self.clock.moment)(_call(tenant), ExpireKey(id, **rest))

    async def list(self, tenant: str = "north", **rest: Any) -> KeyPage:
        return await ListKeysHandler(self.store, self.clock.moment)(tenant, ListKeys(**rest))

    async def outcome(self, text: str) -> Caller | str:
        """The caller, or the code under which the text is refused."""
        try:
            return await self.authenticate(text)
        except KeyRefused as refused:
            return refused.own_code


def _call(tenant: str) -> Call:
    return Call(tenant, "clerk", "k1")


class KeysConformance:
    """What was written is read; a key lets in whom it was made for, as long as it was meant to, and nobody else."""

    async def open_key_stores(self, folder: Path) -> KeyInstallation:
        """An empty database in a folder of its own."""
        raise NotImplementedError("the subclass of each adapter says how")

    @pytest.fixture
    async def installation(self, tmp_path: Path) -> AsyncIterator[KeyInstallation]:
        opened = await self.open_key_stores(tmp_path)
        yield opened
        await opened.close()

    @pytest.fixture
    def clock(self) -> HandClock:
        return HandClock()

    @pytest.fixture
    def door(self, installation: KeyInstallation, clock: HandClock) -> Door:
        return Door(installation.keys(), clock)

    @pytest.fixture
    def elsewhere(self, installation: KeyInstallation, clock: HandClock) -> Door:
        return Door(installation.keys(), clock)

    def full(self, clock: HandClock, name: str = "full", tenant: str = "north") -> ApiKey:
        """A key in which no two fields are alike, and none is at its default."""
        now = clock.moment() + 7 * MOMENT
        given = text_of(name)
        return ApiKey(
            given.id,
            tenant,
            "店 shop/1",
            frozenset({Scope.READ, Scope.ADMIN}),
            given.digest,
            "till – 1",
            now,
            now + DAY,
            now + HOUR + MOMENT,
            text_of("next").id,
            "店 ann/1",
            "店 bob/2",
        )

    # -- the store -----------------------------------------------------------------------------------------------------

    async def test_a_key_is_read_as_it_was_written(self, installation: KeyInstallation, clock: HandClock) -> None:
        full = self.full(clock)
        given = text_of("bare")
        bare = ApiKey(given.id, "north", "p", frozenset({Scope.SELL}), given.digest, "", clock.moment())
        for key in (full, bare):
            await installation.keys().add(key)
            assert await installation.keys().find(key.id) == key
        assert await installation.keys().find(text_of("nobody's").id) is None

    async def test_an_id_is_given_once_whoever_asks(self, installation: KeyInstallation, clock: HandClock) -> None:
        kept = self.full(clock)
        await installation.keys().add(kept)
        for tenant in TENANTS:
            with pytest.raises(KeyTaken):
                await installation.keys().add(replace(kept, tenant=tenant, label="other"))
        assert await installation.keys().find(kept.id) == kept

    async def test_a_change_is_written_whole_or_not_at_all(
        self, installation: KeyInstallation, clock: HandClock
    ) -> None:
        keys, kept, taken = installation.keys(), self.full(clock), self.full(clock, "taken", "south")
        await keys.add(kept)
        await keys.add(taken)
        with pytest.raises(KeyTaken):
            await keys.change("north", kept.id, lambda key: [replace(key, label="new"), replace(kept, id=taken.id)])

        def refuse(key: ApiKey) -> Sequence[ApiKey]:
            raise KeyRevoked(f"{key.id}: decided otherwise")

        with pytest.raises(KeyRevoked):
            await keys.change("north", kept.id, refuse)
        assert await keys.find(kept.id) == kept
        assert await keys.find(taken.id) == taken
        await keys.change("north", kept.id, lambda key: [replace(key, label="new")])
        assert await keys.find(kept.id) == replace(kept, label="new")

    async def test_keys_come_in_pages_in_the_order_of_their_ids(self, door: Door) -> None:
        made = [await door.create(principal=f"p{n}") for n in range(5)]
        await door.create("south")
        ids = sorted(each.key.id for each in made)
        first = await door.list(limit=3)
        assert [key.id for key in first.keys] == ids[:3]
        assert first.after == ids[2]
        rest = await door.list(limit=3, after=first.after)
        assert [key.id for key in rest.keys] == ids[3:]
        assert rest.after is None
        assert (await door.list(limit=5)).after is None

    # -- two tenants ---------------------------------------------------------------------------------------------------

    async def test_principals_of_one_name_are_of_their_own_tenants(self, door: Door) -> None:
        made = {tenant: await door.create(tenant) for tenant in TENANTS}
        for tenant in TENANTS:
            caller = await door.authenticate(made[tenant].text)
            assert caller == Caller(made[tenant].key.id, tenant, "shop", frozenset({Scope.SELL}))
            assert [key.id for key in (await door.list(tenant)).keys] == [made[tenant].key.id]

    async def test_a_tenant_cannot_touch_anothers_key_nor_tell_that_it_is_there(self, door: Door) -> None:
        theirs = await door.create("south")
        nobodys = text_of("nobody's").id
        for change in (door.rotate, door.revoke, door.expire):
            told = []
            for id in (theirs.key.id, nobodys):
                with pytest.raises(KeyUnknown) as refused:
                    await change(id, "north")
                told.append(str(refused.value).replace(id, "…"))
            assert told[0] == told[1]
        assert isinstance(await door.outcome(theirs.text), Caller)

    # -- who is let in -------------------------------------------------------------------------------------------------

    async def test_a_wrong_secret_and_an_unknown_key_are_refused_alike(self, door: Door) -> None:
        mine, other = await door.create(), await door.create()
        wrong = f"ek_{mine.key.id}_{other.text.rpartition('_')[2]}"
        unknown = text_of("nobody's").text
        told = []
        for text in (wrong, unknown):
            with pytest.raises(KeyRefused) as refused:
                await door.authenticate(text)
            told.append((refused.value.own_code, str(refused.value), refused.value.facts))
        assert told[0] == told[1]
        assert told[0][0] == "key.invalid"
        await door.revoke(mine.key.id)
        assert await Door(door.store, door.clock).outcome(wrong) == "key.invalid", "only its bearer learns its state"

    async def test_a_key_ends_in_the_moment_it_was_made_to_though_it_is_remembered(self, door: Door) -> None:
        made = await door.create(expires_at=door.clock.moment() + timedelta(seconds=1))
        assert isinstance(await door.outcome(made.text), Caller)
        door.clock.pass_by(timedelta(seconds=1) - MOMENT)
        assert isinstance(await door.outcome(made.text), Caller)
        door.clock.pass_by(MOMENT)
        assert await door.outcome(made.text) == "key.expired"
        assert len(door.store.asked) == 1
        assert [key.status for key in (await door.list()).keys] == ["expired"]

    async def test_a_revoked_key_is_refused_by_another_process_within_the_bound(
        self, door: Door, elsewhere: Door
    ) -> None:
        made = await door.create()
        for _ in range(2):
            assert isinstance(await elsewhere.outcome(made.text), Caller)
        assert len(elsewhere.store.asked) == 1
        assert (await door.revoke(made.key.id)).status == "revoked"
        elsewhere.clock.pass_by(REMEMBER - MOMENT)
        assert isinstance(await elsewhere.outcome(made.text), Caller), "remembered: this is what the bound is for"
        elsewhere.clock.pass_by(MOMENT)
        assert await elsewhere.outcome(made.text) == "key.revoked"

    async def test_a_key_that_is_used_all_the_time_is_asked_for_again_all_the_same(
        self, door: Door, elsewhere: Door
    ) -> None:
        made = await door.create()
        assert isinstance(await elsewhere.outcome(made.text), Caller)
        await door.revoke(made.key.id)
        for _ in range(3):
            elsewhere.clock.pass_by(REMEMBER / 4)
            assert isinstance(await elsewhere.outcome(made.text), Caller)
        elsewhere.clock.pass_by(REMEMBER / 4)
        assert await elsewhere.outcome(made.text) == "key.revoked"

    async def test_a_key_that_was_proven_is_known_by_its_id_for_as_long_as_by_its_text(
        self, door: Door, elsewhere: Door
    ) -> None:
        made = await door.create()
        caller = await elsewhere.authenticate(made.text)
        assert await elsewhere.authenticate.still(made.key.id) == caller
        assert len(elsewhere.store.asked) == 1, "one memory for both"
        await door.revoke(made.key.id)
        elsewhere.clock.pass_by(REMEMBER)
        with pytest.raises(KeyRevoked):
            await elsewhere.authenticate.still(made.key.id)
        ending = await door.create(expires_at=door.clock.moment() + HOUR)
        assert (await elsewhere.authenticate.still(ending.key.id)).key == ending.key.id
        elsewhere.clock.pass_by(HOUR)
        with pytest.raises(KeyExpired):
            await elsewhere.authenticate.still(ending.key.id)
        with pytest.raises(KeyRefused) as refused:
            await elsewhere.authenticate.still(text_of("nobody's").id)
        assert refused.value.own_code == "key.invalid"

    async def test_where_nothing_is_remembered_a_key_is_refused_at_once(
        self, installation: KeyInstallation, door: Door, clock: HandClock
    ) -> None:
        forgetful = Door(installation.keys(), clock, timedelta(0))
        made = await door.create()
        assert isinstance(await forgetful.outcome(made.text), Caller)
        await door.revoke(made.key.id)
        assert await forgetful.outcome(made.text) == "key.revoked"

    async def test_a_new_key_is_good_within_the_bound_though_its_id_was_tried_before(
        self, installation: KeyInstallation, elsewhere: Door, clock: HandClock
    ) -> None:
        given = text_of("early")
        assert await elsewhere.outcome(given.text) == "key.invalid"
        key = ApiKey(given.id, "north", "p", frozenset({Scope.READ}), given.digest, "", clock.moment())
        await installation.keys().add(key)
        clock.pass_by(REMEMBER)
        assert await elsewhere.outcome(given.text) == key.caller

    # -- ends and successors -------------------------------------------------------------------------------------------

    async def test_a_rotated_key_and_its_successor_overlap(self, door: Door, elsewhere: Door) -> None:
        old = await door.create(scopes=frozenset(Scope), label="till")
        new = await door.rotate(old.key.id, overlap=HOUR)
        assert new.key.id != old.key.id
        assert (new.key.principal, new.key.scopes, new.key.label) == ("shop", tuple(Scope), "till")
        for made in (old, new):
            assert isinstance(await elsewhere.outcome(made.text), Caller)
        elsewhere.clock.pass_by(HOUR - MOMENT)
        assert isinstance(await elsewhere.outcome(old.text), Caller)
        elsewhere.clock.pass_by(MOMENT)
        assert await elsewhere.outcome(old.text) == "key.expired"
        assert isinstance(await elsewhere.outcome(new.text), Caller)
        listed = {key.id: key for key in (await door.list()).keys}
        assert listed[old.key.id].successor == new.key.id

    async def test_without_overlap_only_the_successor_is_good(self, door: Door) -> None:
        old = await door.create()
        new = await door.rotate(old.key.id, overlap=timedelta(0))
        assert await door.outcome(old.text) == "key.expired"
        assert isinstance(await door.outcome(new.text), Caller)

    async def test_two_who_rotate_at_once_make_one_successor(self, door: Door, elsewhere: Door) -> None:
        old = await door.create()
        outcomes = await asyncio.gather(door.rotate(old.key.id), elsewhere.rotate(old.key.id), return_exceptions=True)
        (new,) = [each for each in outcomes if isinstance(each, KeyMade)]
        (refused,) = [each for each in outcomes if isinstance(each, KeyReplaced)]
        assert refused.facts["successor"] == new.key.id
        assert len((await door.list()).keys) == 2

    async def test_nothing_brings_a_key_back(self, door: Door) -> None:
        revoked, ended = await door.create(), await door.create()
        first = await door.revoke(revoked.key.id)
        assert (await door.expire(ended.key.id)).status == "expired"
        door.clock.pass_by(HOUR)
        assert await door.revoke(revoked.key.id) == first, "again changes nothing"
        with pytest.raises(KeyRevoked):
            await door.rotate(revoked.key.id)
        with pytest.raises(KeyRevoked):
            await door.expire(revoked.key.id, at=door.clock.moment() + DAY)
        with pytest.raises(KeyExpired):
            await door.rotate(ended.key.id)
        with pytest.raises(KeyExpired):
            await door.expire(ended.key.id, at=door.clock.moment() + DAY)
        door.clock.jump(-DAY)
        assert await door.outcome(revoked.text) == "key.revoked", "whatever the clock shows"

    async def test_who_made_a_key_and_who_ended_it_is_kept(self, door: Door) -> None:
        first, other = await door.create(), await door.create()
        assert (first.key.created_by, first.key.ended_by) == ("clerk", None)
        second = await door.rotate(first.key.id)
        assert (second.key.created_by, second.key.ended_by) == ("clerk", None)
        await door.revoke(second.key.id)
        await door.expire(other.key.id)
        assert {key.ended_by for key in (await door.list()).keys} == {"clerk"}

    async def test_an_end_can_be_moved_while_the_key_is_good(self, door: Door) -> None:
        made = await door.create(expires_at=door.clock.moment() + HOUR)
        await door.expire(made.key.id, at=door.clock.moment() + DAY)
        door.clock.pass_by(HOUR)
        assert isinstance(await door.outcome(made.text), Caller)
        await door.expire(made.key.id)
        door.clock.pass_by(REMEMBER)
        assert await door.outcome(made.text) == "key.expired"

    # -- a database that is down ---------------------------------------------------------------------------------------

    async def test_a_database_that_is_down_makes_no_key_invalid(self, door: Door) -> None:
        made, unheard = await door.create(), await door.create()
        assert isinstance(await door.outcome(made.text), Caller)
        door.store.down = True
        assert isinstance(await door.outcome(made.text), Caller), "remembered"
        for text in (unheard.text, text_of("nobody's").text):
            with pytest.raises(Unavailable):
                await door.authenticate(text)
        door.clock.pass_by(REMEMBER)
        with pytest.raises(Unavailable):
            await door.authenticate(made.text)
        door.store.down = False
        for text in (made.text, unheard.text):
            assert isinstance(await door.outcome(text), Caller)
        assert await door.outcome(text_of("nobody's").text) == "key.invalid", "the failure was not remembered"
