"""The one handler of commands that come as events: any row of the catalogue, answered with an event."""

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, Final

from application.kernel.call import Call
from application.kernel.tracing import TRACE
from contracts.events.v1.catalogue import REPLY
from contracts.events.v1.cloudevents import JSON
from contracts.events.v1.envelope import Event
from contracts.events.v1.messages import source_of
from domain.kernel.refusal import Refusal
from entrypoints.messages.sent_command import SentCommand
from entrypoints.wire.problems import problem_of

PROBLEM: Final = "application/problem+json"

Handle = Callable[[Call, Any], Awaitable[Any]]


class AnswerCommands:
    """Has a command handled and makes the event that answers it: the reply, or the refusal as a problem.

    The same answer is the same event, id and all: what is answered again after a failure can be told from what is new.
    """

    def __init__(self, handle: Handle, encode: Callable[[object], bytes]) -> None:
        self._handle = handle
        self._encode = encode

    async def __call__(self, sent: SentCommand) -> Event:
        """Raises Unanswered: there is no answer yet."""
        try:
            reply = await self._handle(sent.call, sent.command)
        except Refusal as refusal:
            return self.refused(sent, refusal)
        return self._event(sent, JSON, self._encode(reply))

    def refused(self, sent: SentCommand, error: Exception) -> Event:
        """The problem that this is, as the answer to the command."""
        problem = problem_of(error)
        body = problem.body(f"/v1/commands/{sent.form.name}", sent.call.request)
        return self._event(sent, PROBLEM, self._encode(body))

    def _event(self, sent: SentCommand, content: str, data: bytes) -> Event:
        request = sent.call.request
        extensions = {"correlationid": request, "partitionkey": sent.key}
        if sent.reply_to:
            extensions["replyto"] = sent.reply_to
        if trace := TRACE.get():
            extensions["traceparent"] = trace
        return Event(
            id=f"{request}.{hashlib.sha256(data).hexdigest()[:16]}",
            source=source_of(sent.call.tenant),
            type=REPLY + sent.form.name,
            datacontenttype=content,
            data=data,
            extensions=extensions,
        )
