"""Many commands in one request, each with its own id and its own fate."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic import Field

from contracts.http.v1.parts import Answer, Body
from contracts.http.v1.problems import Problem

MAX_COMMANDS: Final = 500


class BulkCommand(Body):
    """One command: what would be its own request."""

    request_id: str = Field(description="What the header Idempotency-Key would say.")
    command: str = Field(description="The command's name, as in its path.")
    body: Mapping[str, Any] = Field(description="The command's body.")


class BulkRequest(Body):
    """1 to 500 commands, decided on their own, in no order to rely on. A malformed one fails alone."""

    commands: Annotated[tuple[BulkCommand, ...], Field(min_length=1, max_length=MAX_COMMANDS)]


class BulkOutcome(Answer):
    """What became of one command: the status and the answer that its own request would have had."""

    request_id: str | None = Field(description="As it was given; null where it was not given as text.")
    status: int
    reply: Mapping[str, Any] | None = Field(None, description="The command's reply; left out where there is a problem.")
    problem: Problem | None = Field(None, description="Why it was not done; left out where it was.")


class BulkReply(Answer):
    """One outcome for each command, in the order given."""

    outcomes: tuple[BulkOutcome, ...]
