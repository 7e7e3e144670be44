"""How values become bytes: canonical JSON for digests, replies, events and stored bodies."""

import hashlib
from typing import Any

import msgspec


class JsonCodec:
    """JSON by msgspec: fields in declared order, UTF-8, RFC 3339 times; one text for one value."""

    def __init__(self) -> None:
        self._encode = msgspec.json.Encoder().encode
        self._decoders: dict[Any, msgspec.json.Decoder[Any]] = {}

    def encode(self, value: object) -> bytes:
        return self._encode(value)

    def decode(self, data: bytes, type: Any) -> Any:
        """Raises ValueError where the bytes do not fit the type."""
        decoder = self._decoders.get(type)
        if decoder is None:
            decoder = self._decoders[type] = msgspec.json.Decoder(type)
        return decoder.decode(data)

    def digest(self, value: object) -> bytes:
        """SHA-256 of the canonical form."""
        return hashlib.sha256(self._encode(value)).digest()
