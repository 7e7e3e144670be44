"""Time zones of the IANA database: the machine's own, or that of the package tzdata."""

from datetime import tzinfo
from zoneinfo import ZoneInfo


def zone_of(name: str) -> tzinfo:
    """Raises KeyError where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (OSError, ValueError) as error:  # the name of a folder, or of no file at all
        raise KeyError(name) from error
