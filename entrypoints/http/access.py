"""The access log: one record a request, at level info (faults of ours: error), without anything that proves a key."""

import logging
from collections.abc import Callable
from typing import Final

import structlog

from entrypoints.http.knock import Seen

ACCESS: Final = "entrepot.access"
FAULT: Final = 500


def access_log() -> Callable[[Seen], None]:
    """An observer that logs."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(ACCESS)
    enabled = logging.getLogger(ACCESS).isEnabledFor

    def tell(seen: Seen) -> None:
        level = logging.ERROR if seen.status == FAULT else logging.INFO
        if not enabled(level):  # asked here, before anything is built: this runs for every request
            return
        logger.log(
            level,
            "request",
            method=seen.method,
            route=seen.route,
            status=seen.status,
            seconds=round(seen.seconds, 6),
            request=seen.request,
            tenant=seen.caller.tenant,
            principal=seen.caller.principal,
            key=seen.caller.key,
            **({"command_request": seen.command_request} if seen.command_request else {}),
        )

    return tell
