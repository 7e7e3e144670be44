"""The text of a key, as its bearer keeps and presents it: `ek_<id>_<secret>`.

The id (60 bits) finds the key and may be shown anywhere; the secret (256 bits) proves it and is kept nowhere here. Both
are base32 in small letters: one word for a double click, the same in every header, URL and shell.
"""

import re
from base64 import b32encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from domain.kernel.refusal import InvalidInput
from domain.permissions.refusals import KeyRefused

ID_BYTES: Final = 8
SECRET_BYTES: Final = 32
RANDOM_BYTES: Final = ID_BYTES + SECRET_BYTES
"""What a new text is made of."""

_ID: Final = re.compile(r"[a-z2-7]{12}")
_TEXT: Final = re.compile(r"ek_([a-z2-7]{12})_([a-z2-7]{52})")
_SHOWN: Final = re.compile(r"(ek_[a-z2-7]{12})_[A-Za-z0-9_-]+")


@dataclass(slots=True)
class KeyText:
    """An id with its secret. Only `text` shows the secret: what is printed or logged by accident does not."""

    id: str
    secret: str = field(repr=False)

    @property
    def text(self) -> str:
        return f"ek_{self.id}_{self.secret}"

    @property
    def digest(self) -> bytes:
        """What is kept of the secret. A plain hash will do: nobody guesses 256 random bits, however fast it is."""
        return sha256(self.secret.encode()).digest()


def new_text(random: bytes) -> KeyText:
    """The text made of RANDOM_BYTES bytes, which nobody can foresee."""
    if len(random) != RANDOM_BYTES:
        raise ValueError(f"a key is made of {RANDOM_BYTES} random bytes, not {len(random)}")
    return KeyText(_base32(random[:ID_BYTES])[:12], _base32(random[ID_BYTES:]))


def read_text(presented: str) -> KeyText:
    """The id and secret in a text. Raises KeyRefused, which does not repeat it."""
    found = _TEXT.fullmatch(presented)
    if found is None:
        raise KeyRefused("this is not the text of a key: ek_, its id, _ and its secret")
    return KeyText(found[1], found[2])


def key_id(value: object, name: str = "key") -> str:
    """`value` if it can be the id of a key. Raises InvalidInput, which does not repeat it: it may be a whole key."""
    if type(value) is not str or not _ID.fullmatch(value):
        raise InvalidInput(f"{name} must be the id of a key: the twelve characters after ek_", field=name)
    return value


def without_secrets(text: str) -> str:
    """The text with every key in it shown by its id alone."""
    return _SHOWN.sub(r"\1_***", text)


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()
