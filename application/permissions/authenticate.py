"""Know a caller by the key it presents."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic

from application.kernel.ports import StoreError
from application.kernel.unanswered import Busy, Unavailable
from application.permissions.ports import KeyStore
from domain.permissions.key import ApiKey, Caller, fits
from domain.permissions.key_text import read_text
from domain.permissions.refusals import KeyRefused


@dataclass(frozen=True, slots=True)
class AuthenticateLimits:
    """How much is remembered and how much is asked at a time, whatever is presented."""

    known: int = 10_000
    unknown: int = 10_000
    look_ups: int = 1_000


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the store said of an id, to a question asked at this time."""

    asked_at: float
    key: ApiKey | None
    caller: Caller | None


class Authenticate:
    """The caller that a key's text stands for.

    Keys are remembered for as long as `remember` says, counted from when the store was asked: what was revoked, expired
    by hand or made anew in another process is so here after that time at most, and a key's own end comes on time. Ids
    that nobody has are remembered apart, so that many of them push no good key out. Of those who present the same key
    at once, one asks the store and all get its answer. `steady` is in seconds that only ever pass. `look_ups` counts
    what the store was asked.
    """

    def __init__(
        self,
        keys: KeyStore,
        remember: timedelta,
        now: Callable[[], datetime],
        steady: Callable[[], float] = monotonic,
        limits: AuthenticateLimits | None = None,
    ) -> None:
        self._keys = keys
        self._remember = remember.total_seconds()
        self._now = now
        self._steady = steady
        self._limits = limits or AuthenticateLimits()
        self._known: OrderedDict[str, _Answer] = OrderedDict()
        self._unknown: OrderedDict[str, _Answer] = OrderedDict()
        self._asking: dict[str, asyncio.Task[_Answer | StoreError]] = {}
        self.look_ups = 0

    @property
    def known(self) -> int:
        """How many keys are remembered."""
        return len(self._known)

    @property
    def unknown(self) -> int:
        """How many ids are remembered that nobody has."""
        return len(self._unknown)

    async def __call__(self, presented: str) -> Caller:
        """Raises KeyRefused (its subclasses say expired or revoked), Unavailable, Busy.

        Whether a key is expired or revoked is told to its bearer alone: with a wrong secret it is merely refused.
        """
        given = read_text(presented)
        answer = self._remembered(given.id, self._steady() - self._remember)
        if answer is None:
            answer = await self._find(given.id)
        key, caller = answer.key, answer.caller
        proven = fits(key, given)
        if key is None or caller is None or not proven:
            raise KeyRefused("no such key is known here")
        key.require(self._now())
        return caller

    async def still(self, id: str) -> Caller:
        """The caller of a key that was proven before, by its id: is it good yet, and for what?

        An id proves nothing: ask only for who showed the text earlier. Raises what calling this raises.
        """
        answer = self._remembered(id, self._steady() - self._remember) or await self._find(id)
        if answer.key is None or answer.caller is None:
            raise KeyRefused("no such key is known here")
        answer.key.require(self._now())
        return answer.caller

    def _remembered(self, id: str, oldest: float) -> _Answer | None:
        """The answer to a question asked after `oldest`, if there is one."""
        for answers in (self._known, self._unknown):
            answer = answers.get(id)
            if answer is not None and answer.asked_at > oldest:
                answers.move_to_end(id)
                return answer
        return None

    async def _find(self, id: str) -> _Answer:
        """What the store says now, or said to one who asked late enough for this caller. Raises Unavailable, Busy."""
        oldest = self._steady() - self._remember
        while (asking := self._asking.get(id)) is not None:
            # It may have been asked too long before this caller came; then one of those who wait asks again.
            said = await asyncio.shield(asking)
            if isinstance(said, StoreError):
                raise _unavailable(said) from said
            if said.asked_at >= oldest:
                return said
        if len(self._asking) >= self._limits.look_ups:
            raise Busy("too many keys are being looked up", request="")
        # A task of its own: the one who asks for all may be cancelled.
        asking = self._asking[id] = asyncio.create_task(self._ask(id))
        said = await asyncio.shield(asking)
        if isinstance(said, StoreError):
            raise _unavailable(said) from said
        return said

    async def _ask(self, id: str) -> _Answer | StoreError:
        """Failures are an answer too: nobody may be there any more to be told of them."""
        try:
            asked_at = self._steady()
            self.look_ups += 1
            try:
                key = await self._keys.find(id)
            except StoreError as error:
                return error
            answer = _Answer(asked_at, key, None if key is None else key.caller)
            self._keep(id, answer)
            return answer
        finally:
            del self._asking[id]

    def _keep(self, id: str, answer: _Answer) -> None:
        self._known.pop(id, None)
        self._unknown.pop(id, None)
        if not self._remember:
            return
        answers, most = (
            (self._unknown, self._limits.unknown) if answer.key is None else (self._known, self._limits.known)
        )
        answers[id] = answer
        while len(answers) > most:
            answers.popitem(last=False)


def _unavailable(error: StoreError) -> Unavailable:
    return Unavailable(f"keys cannot be looked up: {error}", request="")
