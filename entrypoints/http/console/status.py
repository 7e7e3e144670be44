"""The line at the foot of every page: does this process keep up?"""

from datetime import UTC, datetime
from typing import Any, Final

from entrypoints.http.console.view import Asked, instant

BUSY: Final = 1_000
"""Commands that wait from which on the queue counts as long: several batches behind."""


async def status(asked: Asked) -> dict[str, Any]:
    """Takes no parameters."""
    now, queue, jobs = datetime.now(UTC), asked.house.committer.waiting, asked.house.worker.jobs
    return {
        "title": "Status",
        "checked": now.strftime("%H:%M:%S"),
        "checked_instant": instant(now),
        "queue": queue,
        "queue_long": queue >= BUSY,
        "jobs_on": [name for name, runs in jobs.items() if runs],
        "jobs_off": [name for name, runs in jobs.items() if not runs],
    }
