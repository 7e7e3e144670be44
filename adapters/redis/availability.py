"""The availability cache on a server that speaks Redis's protocol: one for all processes.

An entry is one string, MessagePack: until when it is good and what time its data is of (both 0 before it is filled),
and its positions by node, owner, lot and channel, each with when it was said. Scripts change it, so that what came late
replaces nothing newer. All times are the server's own.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final, TypeVar

import msgspec
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as Unconnected
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as Unanswered

from application.kernel.breaker import BreakerLimits, CircuitBreaker, CircuitOpen
from application.kernel.patience import patient
from application.kernel.reachable import Calls
from application.stock.availability import Part
from application.stock.availability_cache import MAX_POSITIONS, CacheUnavailable, Change, Kept, Looked, Shelf

T = TypeVar("T")

AWAY: Final = (Unconnected, Unanswered, OSError, TimeoutError)
"""What shows that the server is not there; all else it says itself."""

MOST_KEYS: Final = 500
"""Most entries that one script is given."""

READ: Final = f"""
local said = redis.call('TIME')
local now = said[1] * 1000 + math.floor(said[2] / 1000)
local function read(key)
  local raw = redis.pcall('GET', key)
  if type(raw) ~= 'string' then return nil end
  local good, entry = pcall(cmsgpack.unpack, raw)
  if not good or type(entry) ~= 'table' or type(entry[3]) ~= 'table' then return nil end
  if type(entry[1]) ~= 'number' or type(entry[2]) ~= 'number' then return nil end
  for _, p in pairs(entry[3]) do
    if type(p) ~= 'table' or type(p[1]) ~= 'number' or type(p[2]) ~= 'number' then return nil end
  end
  return entry
end
local function write(key, entry, life)
  local number = 0
  for _ in pairs(entry[3]) do number = number + 1 end
  if number > {MAX_POSITIONS} then redis.call('UNLINK', key); return end
  redis.call('SET', key, cmsgpack.pack(entry), 'PX', 2 * life)
end
"""
LOOK: Final = """
local said = redis.call('TIME')
local found = redis.call('MGET', unpack(KEYS))
table.insert(found, 1, said[1] * 1000 + math.floor(said[2] / 1000))
return found
"""
FILL: Final = (
    READ
    + """
local at, life, as_of = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if at > now or at + life <= now then return 0 end
for i, key in ipairs(KEYS) do
  local fresh = cmsgpack.unpack(ARGV[3 + i])
  local entry = read(key)
  if not entry or entry[1] < at + life or entry[1] > now + life then
    for place, p in pairs(entry and entry[3] or {}) do
      local mine = fresh[place]
      if p[1] > at - life and p[1] <= now and (not mine or p[2] > mine[2]) then fresh[place] = p end
    end
    write(key, {at + life, as_of, fresh}, life)
  end
end
return 1
"""
)
LEARN: Final = (
    READ
    + """
local life, gaps = tonumber(ARGV[1]), 0
for i, key in ipairs(KEYS) do
  local entry, changed = read(key) or {0, 0, {}}, false
  for _, change in ipairs(cmsgpack.unpack(ARGV[1 + i])) do
    local place, before, p = change[1], change[2], change[3]
    local known = entry[3][place]
    if known and known[2] < before then gaps = gaps + 1 end
    if not known or known[2] < p[2] then
      p[1] = now
      entry[3][place] = p
      changed = true
    end
  end
  if changed then write(key, entry, life) end
end
return gaps
"""
)

Said = tuple[int, int, int, int, int, int, int, int]
"""A position as it is kept: when it was said (ms), version, floor, available, reserved, allocated, in transit, held."""

ENTRY: Final = msgspec.msgpack.Decoder(tuple[int, int, dict[str, Said] | list[int]])
"""A table without anything in it comes from a script as a list."""

PACK: Final = msgspec.msgpack.Encoder().encode
BETWEEN: Final = "\0"
"""Between the parts of a place; none can hold it."""

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)
CLOSING_SECONDS: Final = 1.0
"""Over TLS a connection is ended by both sides, and the other may say nothing."""


class RedisAvailabilityCache:
    """Entries last `seconds`. Every key begins with `name`, which is the installation's own.

    Whoever waits, waits `patience` seconds at most, those apart in which this process was busy itself; then, or when
    the server does not answer, the circuit opens and nobody waits until it answers again. At most `connections` are
    open, and none before it is needed.
    """

    def __init__(self, url: str, name: str, seconds: float, patience: float = 0.05, connections: int = 8) -> None:
        self._life = round(seconds * 1000)
        self._name = name
        self._patience = patience
        self._breaker = CircuitBreaker("the cache", monotonic, AWAY, BreakerLimits(1, 0.1, 5.0))
        self._redis = Redis(
            connection_pool=BlockingConnectionPool.from_url(
                url,
                max_connections=connections,
                timeout=None,  # all of it is waited for as one, below
                socket_connect_timeout=None,
                socket_timeout=None,
                retry=Retry(NoBackoff(), 0),
                client_name=f"{name}-availability",
            )
        )
        self._look = self._redis.register_script(LOOK)
        self._fill = self._redis.register_script(FILL)
        self._learn = self._redis.register_script(LEARN)
        self.calls = Calls()

    async def look(self, shelf: Shelf, goods: Sequence[str]) -> Looked:
        kept: dict[str, Kept] = {}
        spoilt = at = 0
        for some in _cut(goods):
            at_, *found = await self._ask(self._look([self._key(shelf, code) for code in some]))
            at = at or at_
            for code, raw in zip(some, found, strict=True):
                try:
                    entry = raw and self._kept(code, raw, at_)
                except (msgspec.DecodeError, ValueError, OverflowError):
                    spoilt += 1
                else:
                    if entry:
                        kept[code] = entry
        return Looked(at, kept, spoilt)

    def _kept(self, code: str, raw: bytes, now: int) -> Kept | None:
        """None for what is too old, or not filled yet. Raises ValueError, what decoding raises."""
        until, as_of, said = ENTRY.decode(raw)
        if until <= now:
            return None
        if until > now + self._life:
            raise ValueError("nothing is good for so long")
        parts = [_part(code, place, numbers) for place, numbers in said.items()] if isinstance(said, dict) else []
        parts.sort()
        return Kept(parts, EPOCH + as_of * MICROSECOND, (until - now) / 1000)

    async def fill(self, shelf: Shelf, at: int, as_of: datetime, stock: Mapping[str, Sequence[Part]]) -> None:
        micros = (as_of - EPOCH) // MICROSECOND
        for some in _cut([*stock]):
            entries = [PACK({_place(part): _said(part, at) for part in stock[code]}) for code in some]
            keys = [self._key(shelf, code) for code in some]
            await self._ask(self._fill(keys, [at, self._life, micros, *entries]))

    async def learn(self, changes: Sequence[Change]) -> int:
        told: dict[str, list[Any]] = {}
        for shelf, before, part in changes:
            told.setdefault(self._key(shelf, part[0]), []).append((_place(part), before, _said(part, 0)))
        gaps = 0
        for some in _cut([*told]):
            gaps += await self._ask(self._learn(some, [self._life, *(PACK(told[key]) for key in some)]))
        return gaps

    async def clear(self) -> int:
        number = 0
        cursor = 0
        while True:
            asked: Awaitable[Any] = self._redis.scan(cursor, match=f"{self._name}:availability:*", count=MOST_KEYS)
            cursor, keys = await self._ask(asked)
            if keys:
                number += await self._ask(self._redis.unlink(*keys))
            if not cursor:
                return number

    async def reach(self) -> None:
        """Raises CacheUnavailable."""
        await self._ask(self._redis.ping())

    async def close(self) -> None:
        with contextlib.suppress(RedisError, OSError, TimeoutError):  # one that says nothing takes no leave either
            async with asyncio.timeout(CLOSING_SECONDS):
                await self._redis.aclose()
                await self._redis.connection_pool.disconnect()

    async def _ask(self, question: Awaitable[T]) -> T:
        """Raises CacheUnavailable: at once while it is left alone."""

        async def ask() -> T:
            with self.calls.one():
                async with patient(self._patience):
                    return await question

        try:
            return await self._breaker(ask)
        except CircuitOpen as error:
            if asyncio.iscoroutine(question):
                question.close()
            raise CacheUnavailable(str(error)) from error
        except (RedisError, OSError, TimeoutError) as error:
            raise CacheUnavailable(str(error) or type(error).__name__) from error

    def _key(self, shelf: Shelf, code: str) -> str:
        """Different for different goods: the tenant's length says where it ends."""
        return f"{self._name}:availability:{shelf.epoch}:{len(shelf.tenant)}:{shelf.tenant}:{code}"


def _cut(all_of_them: Sequence[str]) -> list[Sequence[str]]:
    return [all_of_them[start : start + MOST_KEYS] for start in range(0, len(all_of_them), MOST_KEYS)]


def _place(part: Part) -> str:
    return BETWEEN.join(part[1:5])


def _said(part: Part, at: int) -> Said:
    _, _, _, _, _, _, available, reserved, allocated, in_transit, held, floor, version = part
    return at, version, floor, available, reserved, allocated, in_transit, held


def _part(code: str, place: str, said: Said) -> Part:
    """Raises ValueError."""
    node, owner, lot, channel = place.split(BETWEEN)
    _, version, floor, available, *others = said
    reserved, allocated, in_transit, held = others
    promisable = max(0, available - floor)
    return (
        code,
        node,
        owner,
        lot,
        channel,
        promisable,
        available,
        reserved,
        allocated,
        in_transit,
        held,
        floor,
        version,
    )
