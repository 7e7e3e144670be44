"""A circuit breaker: who does not answer is left alone for a while, so that nobody waits for them in vain."""

from collections.abc import Callable


class Circuit:
    """Closed, everyone may try. After a failure nobody may, for `first` seconds; then one tries for all.

    If that fails as well, the wait doubles, up to `longest`; a success closes the circuit. `clock` is in seconds and
    never runs backwards. Ask `allows` before each try, and tell `succeeded` or `failed` after it.
    """

    def __init__(self, clock: Callable[[], float], first: float = 0.1, longest: float = 5.0) -> None:
        self._clock = clock
        self._first = first
        self._longest = longest
        self._wait = 0.0
        self._again = 0.0
        self._trying = False

    @property
    def closed(self) -> bool:
        """The last try succeeded, or none was made."""
        return not self._wait

    def allows(self) -> bool:
        """Whether to try now. While it is open, one of those who ask is told so after each wait."""
        if not self._wait:
            return True
        now = self._clock()
        if now < self._again:
            return False
        # Should nothing be heard of this one, another tries after as long a wait.
        self._trying, self._again = True, now + self._wait
        return True

    def succeeded(self) -> None:
        self._wait, self._trying = 0.0, False

    def failed(self) -> None:
        """Of those that were under way when it opened, the failures change nothing any more."""
        if self._wait and not self._trying:
            return
        self._wait = min(self._longest, self._wait * 2) if self._wait else self._first
        self._again, self._trying = self._clock() + self._wait, False
