"""The one handler of commands that come as events: any row of the catalogue, answered with an event."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from application.kernel.call import Call
from contracts.events.v1.catalogue import REPLY
from contracts.events.v1.cloudevents import JSON
from contracts.events.v1.envelope import Event
from contracts.events.v1.messages import source_of
from domain.kernel.refusal import Refusal
from entrypoints.messages.order import Order
from entrypoints.wire.problems import problem_of

PROBLEM: Final = "application/problem+json"

Handle = Callable[[Call, Any], Awaitable[Any]]


class AnswerOrders:
    """Has an order handled and makes the event that answers it: the reply, or the refusal as a problem.

    The same answer is the same event, id and all: what is answered again after a failure can be told from what is new.
    """

    def __init__(self, handle: Handle, encode: Callable[[object], bytes]) -> None:
        self._handle = handle
        self._encode = encode

    async def __call__(self, order: Order) -> Event:
        """Raises Unanswered: there is no answer yet."""
        try:
            reply = await self._handle(order.call, order.command)
        except Refusal as refusal:
            return self.refused(order, refusal)
        return self._event(order, JSON, self._encode(reply))

    def refused(self, order: Order, error: Exception) -> Event:
        """The problem that this is, as the order's answer."""
        problem = problem_of(error)
        body = problem.body(f"/v1/commands/{order.form.name}", order.call.request)
        return self._event(order, PROBLEM, self._encode(body))

    def _event(self, order: Order, content: str, data: bytes) -> Event:
        request = order.call.request
        extensions = {"correlationid": request, "partitionkey": order.key}
        if order.reply_to:
            extensions["replyto"] = order.reply_to
        return Event(
            id=f"{request}.{hashlib.sha256(data).hexdigest()[:16]}",
            source=source_of(order.call.tenant),
            type=REPLY + order.form.name,
            datacontenttype=content,
            data=data,
            extensions=extensions,
        )
