"""How a process that commits is tuned: the collector of garbage and the interpreter's lock."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

COLLECT_AFTER: Final = (50_000, 20, 100)
"""A batch makes tens of thousands of short-lived objects: with the defaults the collector runs all the time."""

SWITCH_SECONDS: Final = 0.001
"""A thread that comes back from the disk or a read waits at most this long for a busy event loop."""


@contextmanager
def tuned() -> Iterator[None]:
    """Within it, what was made so far is never looked through again; after it, all is as before.

    For whoever has a process to itself. Where something was left out of the search before, all that is left out stays.
    """
    thresholds, interval, frozen = gc.get_threshold(), sys.getswitchinterval(), gc.get_freeze_count()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        gc.set_threshold(*thresholds)
        sys.setswitchinterval(interval)
        if not frozen:
            gc.unfreeze()
