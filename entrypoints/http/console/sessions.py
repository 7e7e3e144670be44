"""Who is signed in: a signed cookie says so, and every process of one `serve` can tell."""

import os
import tempfile
import weakref
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hmac import compare_digest, digest
from secrets import token_bytes, token_urlsafe
from time import monotonic
from typing import Final

LIFE: Final = 8 * 3_600.0
"""Seconds that a session lives: a shift. Nothing prolongs it, so a page left open ends too."""

SECRET_BYTES: Final = 32
KEY_BYTES: Final = 12
ROW_BYTES: Final = KEY_BYTES + 8
TICKS: Final = 1_000_000
"""In a second: a session says when it began in so small parts of one."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in with the key of this id, which is looked up at every request: what is revoked ends here too.

    `form_token` stands in every form of this session: what another site sends here cannot hold it.
    """

    key: str
    form_token: str = field(repr=False)


class Sessions:
    """Makes sessions, knows them again, and ends those of a key.

    A token is `<key id>.<when it began>.<chance>.<signature>`. The file, which has no name, holds what all processes
    share: the secret that signs (HMAC-SHA256), then a row for each key that was signed out: its id, and when. Sessions
    of it that began before are over. So it grows with the number of keys, however often somebody signs in and out.
    Secret and rows end with the last process that holds the file. `clock` is one that these processes share.
    """

    def __init__(self, file: int, clock: Callable[[], float] = monotonic) -> None:
        self._file = file
        self._clock = clock
        weakref.finalize(self, os.close, file)

    @classmethod
    def new(cls, clock: Callable[[], float] = monotonic) -> "Sessions":
        """With a secret of its own, that is known to this process and those it hands the file to."""
        with tempfile.TemporaryFile(buffering=0) as made:
            made.write(token_bytes(SECRET_BYTES))
            return cls(os.dup(made.fileno()), clock)

    @classmethod
    def inherited(cls, file: int) -> "Sessions":
        """Those that the process which began this one handed on."""
        os.set_inheritable(file, False)
        return cls(file)

    def fileno(self) -> int:
        """What to hand on to a process that shares these."""
        return self._file

    def begin(self, key: str) -> str:
        """The token of a new session of the key of this id, which was proven."""
        said = f"{key}.{self._now()}.{token_urlsafe(16)}"
        return f"{said}.{self._sign('session', said)}"

    def secret(self, what: str) -> str:
        """A secret for something else, 43 letters, digits, - and _: the same in every process that shares these."""
        return self._sign("secret", what)

    def find(self, token: str) -> Session | None:
        """The session of this token, if it lives."""
        said, _, signature = token.rpartition(".")
        if not token.isascii() or not compare_digest(signature, self._sign("session", said)):
            return None
        key, began, _ = said.split(".")
        if self._now() - int(began) >= LIFE * TICKS or int(began) <= self._ended(key):
            return None
        return Session(key, self._sign("form", said))

    def end(self, key: str) -> None:
        """No session of the key of this id lives any more, in whichever browser and process."""
        row = key.encode() + self._now().to_bytes(ROW_BYTES - KEY_BYTES, "big")
        places = [place for place, of, _ in self._rows() if of == key]
        if places:
            os.pwrite(self._file, row, places[0])
        else:
            # Behind the last row: the position is the processes' too, and nothing but this moves it. Should two add
            # the same key at once, both rows count.
            os.write(self._file, row)

    def _ended(self, key: str) -> int:
        return max((at for _, of, at in self._rows() if of == key), default=-1)

    def _rows(self) -> Iterator[tuple[int, str, int]]:
        """Where each row is, its key, and when that was signed out."""
        size = os.fstat(self._file).st_size
        rows = os.pread(self._file, size, 0)
        for place in range(SECRET_BYTES, len(rows), ROW_BYTES):
            row = rows[place : place + ROW_BYTES]
            yield place, row[:KEY_BYTES].decode(), int.from_bytes(row[KEY_BYTES:], "big")

    def _sign(self, what: str, said: str) -> str:
        """43 letters, digits, - and _. `what`: no signature stands for one of another kind."""
        signed = digest(os.pread(self._file, SECRET_BYTES, 0), f"{what} {said}".encode(), "sha256")
        return urlsafe_b64encode(signed).decode().rstrip("=")

    def _now(self) -> int:
        return int(self._clock() * TICKS)
