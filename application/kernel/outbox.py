"""The outbox: events are written with what they tell of, then published by one relay per partition, in order."""

import zlib
from typing import Final

PARTITIONS: Final = 16
"""How many partitions events are spread over; fixed for the life of an installation."""


def partition_of(tenant: str, subject: str) -> int:
    """The partition of an event: CRC-32 of the UTF-8 key, so that every process and version agrees."""
    return zlib.crc32(f"{tenant}/{subject}".encode()) % PARTITIONS
