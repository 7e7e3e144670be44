"""What several processes of one `serve` share beside sessions."""

from entrypoints.http.console.sessions import Sessions


def test_each_purpose_has_a_secret_of_its_own_and_every_serve_others() -> None:
    sessions = Sessions.new()
    assert sessions.secret("promises") == sessions.secret("promises")
    assert sessions.secret("promises") != sessions.secret("else")
    assert sessions.secret("promises") != Sessions.new().secret("promises")
    assert len(sessions.secret("promises")) == 43
