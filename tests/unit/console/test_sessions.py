"""Sessions end, make room for each other, and are found by their token alone."""

from entrypoints.http.console.sessions import LIFE, MOST, MOST_OF_A_KEY, Sessions


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_session_is_found_by_its_token_until_it_ends() -> None:
    sessions = Sessions()
    token, other = sessions.begin("ek_a"), sessions.begin("ek_b")
    assert (found := sessions.find(token)) is not None
    assert (theirs := sessions.find(other)) is not None
    assert (found.key, theirs.key) == ("ek_a", "ek_b")
    assert found.form_token != theirs.form_token
    sessions.end(token)
    assert sessions.find(token) is None
    assert sessions.find(other) is theirs
    assert sessions.find("") is None
    assert sessions.find("\ud800") is None


def test_a_session_does_not_outlive_its_shift_however_much_it_is_used() -> None:
    clock = Clock()
    sessions = Sessions(clock)
    token = sessions.begin("ek_a")
    clock.now += LIFE - 1
    assert sessions.find(token) is not None
    clock.now += 1
    assert sessions.find(token) is None
    sessions.begin("ek_b")
    assert len(sessions) == 1


def test_one_key_takes_only_its_share() -> None:
    sessions = Sessions()
    other = sessions.begin("ek_other")
    tokens = [sessions.begin("ek_a") for _ in range(MOST_OF_A_KEY + 3)]
    assert [sessions.find(token) is not None for token in tokens] == [False] * 3 + [True] * MOST_OF_A_KEY
    assert sessions.find(other) is not None


def test_there_are_never_more_than_are_kept() -> None:
    sessions = Sessions()
    tokens = [sessions.begin(f"ek_{number}") for number in range(MOST + 2)]
    assert len(sessions) == MOST
    assert sessions.find(tokens[1]) is None
    assert sessions.find(tokens[2]) is not None


def test_neither_key_nor_token_is_printed() -> None:
    sessions = Sessions()
    session = sessions.find(sessions.begin("ek_secret"))
    assert session is not None
    assert "secret" not in repr(session)
    assert session.form_token not in repr(session)
