"""What warehouses tell over their webhook: signed, taken in once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.acl.signature import require_signed
from adapters.acl.wms.messages import message_of, request_of
from application.kernel.call import Call
from application.kernel.register_pages import RegisterReader
from application.stock.take_in import Handle, Outcome, take_in


@dataclass(frozen=True, slots=True)
class Source:
    """A warehouse that may tell something: of which tenant it is, and the secrets it signs with."""

    name: str
    tenant: str
    secrets: Sequence[str] = field(repr=False)


class Webhook:
    """Takes in signed messages. `now` reads seconds since 1970; `skew` is how far a signature's time may be off.

    A message that comes again within that time, or later with a new signature, is the same request: it is answered as
    it was, for as long as requests are remembered, and with other content refused.
    """

    def __init__(
        self, sources: Mapping[str, Source], reader: RegisterReader, now: Callable[[], float], skew: float
    ) -> None:
        self._sources = sources
        self._reader = reader
        self._now = now
        self._skew = skew

    def require_signed(self, source: str, signature: str, body: bytes) -> Source:
        """Whose message it is. Raises SignatureRefused, SignatureStale."""
        found = self._sources.get(source)
        require_signed(signature, body, found.secrets if found else (), self._now(), self._skew)
        assert found is not None, "nobody has signed for a source that is not there"
        return found

    async def take_in(self, handle: Handle, source: Source, body: bytes, deadline: float | None) -> Outcome:
        """What became of the message. Raises MessageRefused, StoreError."""
        message = message_of(body, source.name)
        call = Call(source.tenant, f"wms:{source.name}", request_of(source.name, message), deadline=deadline)
        (became,) = await take_in(handle, self._reader, source.name, [(call, message)])
        return Outcome(message.id, 1, message.about, call.request, became)
