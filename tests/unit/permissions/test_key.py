"""A key cannot be built impossible, and its secret is shown nowhere by accident."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.memory.database import MemoryDatabase
from adapters.memory.keys import MemoryKeys
from application.permissions.authorize import ScopeMissing, require_scope
from application.permissions.create_key import CreateKey
from application.permissions.expire_key import ExpireKey
from application.permissions.list_keys import ListKeys
from application.permissions.revoke_key import RevokeKey
from application.permissions.rotate_key import RotateKey
from contracts.conformance.keys import Door, text_of
from contracts.conformance.yard import HandClock
from domain.kernel.quantity import MAX_TENANT
from domain.kernel.refusal import InvalidInput, Refusal
from domain.permissions.key import MAX_OVERLAP, ApiKey, Caller, fits
from domain.permissions.key_text import RANDOM_BYTES, new_text, read_text, without_secrets
from domain.permissions.refusals import KeyExpired, KeyReplaced, KeyRevoked
from domain.permissions.scope import Scope, scopes_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
TEXT = text_of("mine")
KEY = ApiKey(TEXT.id, "north", "shop", frozenset({Scope.SELL}), TEXT.digest, "till", NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": ""},
        {"id": "a" * 11},
        {"id": "a" * 13},
        {"id": "A" * 12},
        {"id": "a" * 12 + "\n"},
        {"tenant": ""},
        {"tenant": "t" * (MAX_TENANT + 1)},
        {"principal": ""},
        {"principal": "p" * 129},
        {"principal": "a\nb"},
        {"scopes": frozenset()},
        {"scopes": frozenset({"sell"})},
        {"digest": b""},
        {"digest": "x" * 32},
        {"digest": bytes(31)},
        {"label": "l" * 129},
        {"label": "a\x1bb"},
        {"created_at": datetime(2026, 3, 1)},  # noqa: DTZ001
        {"expires_at": datetime(2026, 3, 1)},  # noqa: DTZ001
        {"revoked_at": datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=8)))},
        {"successor": "nobody"},
    ],
    ids=str,
)
def test_an_impossible_key_cannot_be_built(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        replace(KEY, **wrong)


def test_scopes_are_read_by_their_names() -> None:
    assert scopes_of(["sell", "read", "sell"]) == {Scope.SELL, Scope.READ}
    for wrong in ([], ["sell", "everything"], ["SELL"], [""]):
        with pytest.raises(InvalidInput, match="read, sell, adjust, admin"):
            scopes_of(wrong)


# -- texts ------------------------------------------------------------------------------------------------------------


@given(st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES))
def test_a_text_is_read_as_it_was_made(random: bytes) -> None:
    made = new_text(random)
    assert read_text(made.text) == made
    assert len(made.text) == 68


def test_every_bit_of_the_secret_counts_and_the_id_tells_none_of_them() -> None:
    random = bytes(RANDOM_BYTES)
    secrets, ids = {new_text(random).digest}, {new_text(random).id}
    for bit in range(8 * 8, 8 * RANDOM_BYTES):
        changed = bytearray(random)
        changed[bit // 8] ^= 1 << bit % 8
        secrets.add(new_text(bytes(changed)).digest)
        ids.add(new_text(bytes(changed)).id)
    assert len(secrets) == 257
    assert len(ids) == 1
    assert len({new_text(bytes([first]) + random[1:]).id for first in range(256)}) == 256


@pytest.mark.parametrize("length", [0, RANDOM_BYTES - 1, RANDOM_BYTES + 1])
def test_a_text_is_not_made_of_less(length: int) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        new_text(bytes(length))


async def test_secrets_are_shown_by_nothing_but_the_text() -> None:
    made = await Door(MemoryKeys(MemoryDatabase()), HandClock()).create()
    assert read_text(made.text).secret not in repr(made)
    assert TEXT.secret not in f"{TEXT!r} {TEXT} {KEY!r}"
    assert KEY.digest.hex()[:8] not in repr(KEY)
    assert repr(KEY.digest) not in repr(KEY)
    assert TEXT.secret in TEXT.text


def test_a_log_line_is_rid_of_keys() -> None:
    other = text_of("other")
    line = f"GET / Authorization: Bearer {TEXT.text}, then '{other.text}'!"
    assert without_secrets(line) == f"GET / Authorization: Bearer ek_{TEXT.id}_***, then 'ek_{other.id}_***'!"
    assert TEXT.secret[:20] not in without_secrets(f"cut short: {TEXT.text[:40]}")


def test_a_key_fits_its_own_secret_alone() -> None:
    assert fits(KEY, TEXT)
    assert not fits(KEY, text_of("other"))
    assert not fits(None, TEXT)


# -- its life ---------------------------------------------------------------------------------------------------------

LATER = st.timedeltas(timedelta(0), timedelta(days=400))


@given(st.none() | LATER, LATER, st.timedeltas(timedelta(0), MAX_OVERLAP))
def test_rotating_admits_both_for_the_overlap_and_never_lengthens_the_old(
    life: timedelta | None, age: timedelta, overlap: timedelta
) -> None:
    key = replace(KEY, expires_at=None if life is None else NOW + life)
    now = NOW + age
    if not key.admits(now):
        with pytest.raises(KeyExpired):
            key.rotate(text_of("next"), now, overlap, "boss")
        return
    old, new = key.rotate(text_of("next"), now, overlap, "boss")
    assert old == replace(key, expires_at=old.expires_at, successor=new.id, ended_by="boss")
    assert new.created_by == "boss"
    assert old.expires_at is not None
    assert old.expires_at <= now + overlap
    assert key.expires_at is None or old.expires_at <= key.expires_at
    assert not old.admits(now + overlap)
    assert new.admits(now)
    assert (new.expires_at is None) == (life is None)
    assert new.expires_at is None or new.expires_at - new.created_at == life
    assert new.caller == Caller(new.id, "north", "shop", KEY.scopes)
    assert not fits(new, TEXT)
    if old.admits(now):
        with pytest.raises(KeyReplaced) as refused:
            old.rotate(text_of("third"), now, overlap, "boss")
        assert refused.value.facts == {"key": KEY.id, "successor": new.id}


def test_what_is_over_says_since_when() -> None:
    with pytest.raises(KeyRevoked) as revoked:
        replace(KEY, expires_at=NOW).revoke(NOW + DAY, "boss").require(NOW)
    assert revoked.value.facts == {"key": KEY.id, "revoked_at": "2026-03-02T12:00:00Z"}
    with pytest.raises(KeyExpired) as expired:
        KEY.expire(NOW, NOW, "boss").require(NOW)
    assert expired.value.facts == {"key": KEY.id, "expired_at": "2026-03-01T12:00:00Z"}


def test_an_end_is_never_put_before_now() -> None:
    assert KEY.expire(NOW - DAY, NOW, "boss").expires_at == NOW
    assert KEY.expire(NOW + DAY, NOW, "boss").expires_at == NOW + DAY


# -- what is asked ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "build",
    [
        lambda: CreateKey("", frozenset({Scope.READ})),
        lambda: CreateKey("p", frozenset()),
        lambda: CreateKey("p", frozenset({Scope.READ}), "l" * 129),
        lambda: CreateKey("p", frozenset({Scope.READ}), expires_at=datetime(2026, 3, 1)),  # noqa: DTZ001
        lambda: RotateKey(KEY.id, timedelta(seconds=-1)),
        lambda: RotateKey(KEY.id, MAX_OVERLAP + timedelta(seconds=1)),
        lambda: RotateKey(TEXT.text),
        lambda: RevokeKey(""),
        lambda: ExpireKey("K" * 12),
        lambda: ExpireKey(KEY.id, datetime(2026, 3, 1)),  # noqa: DTZ001
        lambda: ListKeys(limit=0),
        lambda: ListKeys(limit=501),
        lambda: ListKeys(after="a\nb"),
    ],
)
def test_what_could_never_be_done_cannot_be_asked(build: Any) -> None:
    with pytest.raises(InvalidInput) as refused:
        build()
    assert TEXT.secret not in str(refused.value)


async def test_an_end_that_is_past_is_refused() -> None:
    door = Door(MemoryKeys(MemoryDatabase()), HandClock())
    for past in (door.clock.moment(), door.clock.moment() - DAY):
        with pytest.raises(InvalidInput):
            await door.create(expires_at=past)
    made = await door.create()
    with pytest.raises(InvalidInput):
        await door.expire(made.key.id, at=door.clock.moment() - DAY)
    assert len((await door.list()).keys) == 1


def test_no_scope_implies_another() -> None:
    for held in Scope:
        caller = Caller("aaaaaaaaaaaa", "north", "shop", frozenset({held}))
        for wanted in Scope:
            if wanted is held:
                require_scope(caller, wanted)
                continue
            with pytest.raises(ScopeMissing) as refused:
                require_scope(caller, wanted)
            assert isinstance(refused.value, Refusal)
            assert refused.value.facts == {"scope": wanted.value, "scopes": [held.value]}
