"""How values become bytes: canonical JSON for digests, replies, events and stored bodies."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec


class JsonCodec:
    """JSON by msgspec: fields in declared order, UTF-8, RFC 3339 times; one text for one value."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._decoders: dict[Any, msgspec.json.Decoder[Any]] = {}
        self._added: dict[Any, tuple[bytes, ...]] = {}

    def encode(self, value: object) -> bytes:
        return self._encode(value)

    def decode(self, data: bytes, type: Any) -> Any:
        """Raises ValueError where the bytes do not fit the type."""
        decoder = self._decoders.get(type)
        if decoder is None:
            decoder = self._decoders[type] = msgspec.json.Decoder(type)
        return decoder.decode(data)

    def digest(self, value: object) -> bytes:
        """SHA-256 of the canonical form: the JSON, without members of ADDED_LATER that stand at what it says."""
        form = self._encode(value)
        added = self._added.get(type(value))
        if added is None:
            added = self._added[type(value)] = _added_later(type(value))
        for member in added:
            form = form.replace(member, b"")
        return hashlib.sha256(form).digest()


def _added_later(kind: type) -> tuple[bytes, ...]:
    """Members as they are written after others. No text can hold one: a quote in it is written with a backslash."""
    added: Mapping[str, str] = getattr(kind, "ADDED_LATER", {})
    return tuple(msgspec.json.encode({name: default}).replace(b"{", b",", 1)[:-1] for name, default in added.items())
