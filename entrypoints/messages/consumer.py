"""The consumer of the channel of commands."""

from typing import Final

from application.kernel.broker import (
    GROUP_OF_COMMANDS,
    BrokerUnavailable,
    Delivery,
    NotNow,
    Poison,
    Publisher,
    letter,
)
from application.kernel.outbox import Message
from application.kernel.tracing import Side, Told, Tracer
from application.kernel.unanswered import InternalFault, Unanswered
from contracts.events.v1.cloudevents import to_structured
from contracts.events.v1.envelope import Event, Malformed
from contracts.events.v1.messages import opened
from domain.kernel.refusal import Refusal
from entrypoints.composition.settings import Settings
from entrypoints.messages.answer import AnswerCommands
from entrypoints.messages.senders import Senders
from entrypoints.messages.sent_command import SentCommand, sent_command

GROUP: Final = GROUP_OF_COMMANDS


class CommandConsumer:
    """Understands a message, has it handled, tells the answer to whoever asked for it, and only then returns.

    What cannot be understood, or comes from nobody who may send it, is Poison. What cannot be answered now is NotNow: a
    repeat does no harm, because the ledger knows the request by its id.
    """

    def __init__(
        self,
        answer: AnswerCommands,
        replies: Publisher,
        senders: Senders,
        settings: Settings,
        tracer: Tracer | None = None,
    ) -> None:
        self._tracer = tracer
        self._answer = answer
        self._replies = replies
        self._senders = senders
        self._settings = settings
        self._always = settings.messages.replies == "all"

    async def __call__(self, delivery: Delivery) -> None:
        """Raises Poison, NotNow, InternalFault."""
        sent = self._understood(delivery.message)
        if self._tracer is None:
            await self._take(sent, delivery.message)
            return
        told: Told = {"messaging.consumer.group.name": GROUP_OF_COMMANDS, "attempt": delivery.attempt}
        with self._tracer(f"commands process {sent.form.name}", Side.TAKING, parent=sent.trace, told=told):
            await self._take(sent, delivery.message)

    async def _take(self, sent: SentCommand, message: Message) -> None:
        try:
            reply = await self._answer(sent)
            if self._always or sent.reply_to:
                await self._replies.publish([reply_message(reply, sent, message)])
        except InternalFault:
            raise
        except (Unanswered, BrokerUnavailable) as error:
            raise NotNow(str(error)) from error

    def _understood(self, message: Message) -> SentCommand:
        try:
            event = opened(message.data)
            return sent_command(event, self._senders.caller_of(event.source), self._settings)
        except (Malformed, Refusal) as error:
            raise Poison(str(error)) from error


def reply_message(reply: Event, sent: SentCommand, asked: Message) -> Message:
    """The reply as it is published: in the order of its command's key."""
    call = sent.call
    return letter(reply.id, call.tenant, sent.key, reply.type, call.request, to_structured(reply), asked.at)
