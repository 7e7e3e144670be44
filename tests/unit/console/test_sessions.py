"""Sessions are known by what stands in them and is signed, in every process that shares them, until they end."""

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from entrypoints.http.console.sessions import LIFE, ROW_BYTES, SECRET_BYTES, Session, Sessions

KEY = "aaaaaaaaaaaa"
OTHER = "bbbbbbbbbbbb"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(clock: Clock) -> Sessions:
    return Sessions.new(clock)


def found(sessions: Sessions, token: str) -> Session:
    session = sessions.find(token)
    assert session is not None
    return session


def test_a_session_is_known_by_its_token(sessions: Sessions) -> None:
    one, same, other = sessions.begin(KEY), sessions.begin(KEY), sessions.begin(OTHER)
    assert [found(sessions, token).key for token in (one, same, other)] == [KEY, KEY, OTHER]
    assert len({found(sessions, token).form_token for token in (one, same, other)}) == 3
    assert found(sessions, one) == found(sessions, one)


def test_nothing_else_is_a_token(sessions: Sessions) -> None:
    token = sessions.begin(KEY)
    key, began, chance, signature = token.split(".")
    turned = bytearray(urlsafe_b64decode(signature + "="))
    turned[0] ^= 1
    for wrong in (
        "",
        ".",
        "...",
        "\ud800",
        "茶." + signature,
        token + "x",
        token[:-1],
        f"{OTHER}.{began}.{chance}.{signature}",
        f"{key}.{int(began) + 1}.{chance}.{signature}",
        f"{key}.{began}.{chance}x.{signature}",
        f"{key}.{began}.{chance}.{urlsafe_b64encode(turned).decode().rstrip('=')}",
        f"{key}.{began}.{chance}.{found(sessions, token).form_token}",
        f"{key}.{began}.{chance}.",
        Sessions.new().begin(KEY),
    ):
        assert sessions.find(wrong) is None, wrong


def test_a_session_does_not_outlive_its_shift_however_much_it_is_used(sessions: Sessions, clock: Clock) -> None:
    token = sessions.begin(KEY)
    clock.now += LIFE - 1
    assert sessions.find(token) is not None
    clock.now += 1
    assert sessions.find(token) is None


def test_signing_out_ends_every_session_of_the_key_in_every_process(sessions: Sessions, clock: Clock) -> None:
    elsewhere = Sessions(os.dup(sessions.fileno()), clock)
    before = [sessions.begin(KEY), elsewhere.begin(KEY)]
    others = sessions.begin(OTHER)
    clock.now += 1
    elsewhere.end(KEY)
    for process in (sessions, elsewhere):
        assert [process.find(token) for token in before] == [None, None]
        assert found(process, others).key == OTHER
    clock.now += 1
    again = sessions.begin(KEY)
    assert found(elsewhere, again).key == KEY


def test_what_is_kept_grows_with_the_keys_not_with_how_often_they_sign_out(sessions: Sessions, clock: Clock) -> None:
    for _ in range(100):
        for key in (KEY, OTHER):
            token = sessions.begin(key)
            clock.now += 1
            sessions.end(key)
            assert sessions.find(token) is None
    assert os.fstat(sessions.fileno()).st_size == SECRET_BYTES + 2 * ROW_BYTES


def test_of_two_rows_of_a_key_the_later_counts(sessions: Sessions, clock: Clock) -> None:
    clock.now += 1
    sessions.end(KEY)
    clock.now += 1
    token = sessions.begin(KEY)
    clock.now += 1
    os.write(sessions.fileno(), KEY.encode() + int(clock.now * 1_000_000).to_bytes(8, "big"))
    assert sessions.find(token) is None


def test_no_token_of_a_form_is_printed(sessions: Sessions) -> None:
    session = found(sessions, sessions.begin(KEY))
    assert session.form_token not in repr(session)
