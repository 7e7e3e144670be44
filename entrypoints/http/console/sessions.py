"""Who is signed in: sessions of this process, found by a token that only the browser's cookie holds."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from time import monotonic
from typing import Final

LIFE: Final = 8 * 3_600.0
"""Seconds that a session lives: a shift. Nothing prolongs it, so a page left open ends too."""

MOST: Final = 1_000
MOST_OF_A_KEY: Final = 16


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. `key` is shown to the key check at every request, so what is revoked ends here too.

    `form_token` stands in every form of this session: what another site sends here cannot hold it.
    """

    key: str = field(repr=False)
    form_token: str = field(repr=False)
    ends: float


class Sessions:
    """At most `MOST` sessions, `MOST_OF_A_KEY` of one key; the oldest make room. They die with the process.

    Kept by the digest of the token, so that looking one up tells nothing by how long it takes.
    """

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[bytes, Session] = OrderedDict()

    def begin(self, key: str) -> str:
        """The token of a new session of a key that was verified."""
        now = self._clock()
        for digest in [digest for digest, session in self._open.items() if session.ends <= now]:
            del self._open[digest]
        of_key = [digest for digest, session in self._open.items() if session.key == key]
        for digest in of_key[: max(0, len(of_key) - MOST_OF_A_KEY + 1)]:
            del self._open[digest]
        while len(self._open) >= MOST:
            self._open.popitem(last=False)
        token = token_urlsafe(32)
        self._open[_digest(token)] = Session(key, token_urlsafe(32), now + LIFE)
        return token

    def find(self, token: str) -> Session | None:
        """The session of this token, if it lives."""
        session = self._open.get(_digest(token))
        return session if session is not None and session.ends > self._clock() else None

    def end(self, token: str) -> None:
        """Forget it."""
        self._open.pop(_digest(token), None)

    def __len__(self) -> int:
        return len(self._open)


def _digest(token: str) -> bytes:
    return sha256(token.encode(errors="surrogatepass")).digest()
