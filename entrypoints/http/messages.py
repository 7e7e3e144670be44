"""Commands as CloudEvents over HTTP: `POST /v1/messages`, in binary, structured and batched mode."""

import asyncio
from typing import Final

from application.kernel.unanswered import Unanswered
from application.permissions.rate import RateLimit
from contracts.events.v1.cloudevents import BATCH, STRUCTURED, from_http, to_batch, to_structured
from contracts.events.v1.envelope import Event, Malformed
from domain.kernel.quantity import identifier
from domain.kernel.refusal import InvalidInput, Refusal
from domain.permissions.scope import Scope
from entrypoints.composition.installation import Installation
from entrypoints.http.body import read_body
from entrypoints.http.bounds import pay_for
from entrypoints.http.knock import Knock, Reply
from entrypoints.messages.answer import AnswerCommands
from entrypoints.messages.sent_command import MessageMalformed, SentCommand, sent_command

MAX_EVENTS: Final = 500


class Messages:
    """Answers each command with its reply event, once it is done or refused: whatever was answered is not lost.

    The tenant and the principal are the key's; the event's source is recorded as who acts. What cannot be understood,
    or is not the key's to send, is a problem, of a batch as a whole: then nothing of it was done. Commands of a batch
    have their own fates, and are handled in their order where they share a key.
    """

    method = "POST"
    template = "/v1/messages"
    needs: Scope | None = None
    waits = False

    def __init__(self, house: Installation, rate: RateLimit) -> None:
        self._settings = house.settings
        self._rate = rate
        self._answer = AnswerCommands(house.handle, house.codec.encode)

    async def __call__(self, knock: Knock, name: str) -> Reply:
        """Raises what is wrong with the message, and Unanswered for one that is no batch."""
        events, batched = await self._events(knock)
        pay_for(len(events), knock, self._rate)
        commands = [self._sent(knock, event, number) for number, event in enumerate(events)]
        if not batched:
            (sent,) = commands
            knock.command_request = sent.call.request
            return Reply(200, to_structured(await self._answer(sent)), STRUCTURED.encode())
        return Reply(200, to_batch(await self._all(commands)), BATCH.encode())

    async def _events(self, knock: Knock) -> tuple[tuple[Event, ...], bool]:
        said = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in knock.scope["headers"]]
        content = knock.headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if b"idempotency-key" in knock.headers:
            raise InvalidInput("the event's id is the request's: leave Idempotency-Key out", field="Idempotency-Key")
        if b"on-behalf-of" in knock.headers:
            raise InvalidInput("the event's source says who acts: leave On-Behalf-Of out", field="On-Behalf-Of")
        untyped = {name: value for name, value in knock.headers.items() if name != b"content-type"}
        body = await read_body(knock.receive, untyped, self._settings.http.bulk_bytes)
        try:
            events = from_http(said, body)
        except Malformed as error:
            raise MessageMalformed(str(error)) from None
        if not 1 <= len(events) <= MAX_EVENTS:
            raise InvalidInput(f"1 to {MAX_EVENTS} events", field="events", least=1, most=MAX_EVENTS)
        return events, content == BATCH.encode()

    def _sent(self, knock: Knock, event: Event, number: int) -> SentCommand:
        try:
            actor = identifier(event.source, "source")
            return sent_command(event, knock.caller, self._settings, actor=actor, deadline=knock.deadline)
        except Refusal as refusal:
            refusal.facts = {**refusal.facts, "event": number}
            raise

    async def _all(self, commands: list[SentCommand]) -> list[Event]:
        """The answers in the order of the commands; those of a key one after the other."""
        answers: dict[int, Event] = {}
        by_key: dict[str, list[int]] = {}
        for number, sent in enumerate(commands):
            by_key.setdefault(sent.key, []).append(number)

        async def in_turn(numbers: list[int]) -> None:
            for number in numbers:
                answers[number] = await self._answered(commands[number])

        async with asyncio.TaskGroup() as group:
            for numbers in by_key.values():
                group.create_task(in_turn(numbers))
        return [answers[number] for number in range(len(commands))]

    async def _answered(self, sent: SentCommand) -> Event:
        try:
            return await self._answer(sent)
        except Unanswered as error:
            return self._answer.refused(sent, error)
