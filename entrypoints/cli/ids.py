"""Request ids for callers who bring none."""

import secrets
import time
import uuid


def time_ordered_id() -> str:
    """A UUID of version 7: 48 bits of milliseconds since 1970, then chance; later ones sort later."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    value = value & ~(0xF000 << 64) | 0x7000 << 64
    value = value & ~(0xC000 << 48) | 0x8000 << 48
    return str(uuid.UUID(int=value))
