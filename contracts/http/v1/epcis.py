"""What a capture of EPCIS events is answered with."""

from pydantic import Field

from contracts.http.v1.parts import Answer
from contracts.http.v1.problems import Problem
from contracts.http.v1.replies import PositionAfter


class TakenIn(Answer):
    """What was done for one event: the commands by name, in one transaction, and the positions after."""

    commands: tuple[str, ...]
    positions: tuple[PositionAfter, ...]


class EventOutcome(Answer):
    """What became of one event: the status and the answer that a request of its own would have had."""

    event: str = Field(description="Its eventID; where it has none, the hash of its content as a URI.")
    line: int = Field(description="The line of the document in which it begins, counted from 1.")
    about: str = Field(description="Its type and step.")
    request_id: str = Field(description="The request that it was taken in by, the same in every document.")
    status: int
    taken_in: TakenIn | None = Field(None, description="What was done; left out where there is a problem.")
    problem: Problem | None = Field(None, description="Why nothing was done; left out where something was.")


class Captured(Answer):
    """One outcome for each event, in the order of the document."""

    events: int
    taken_in: int
    refused: int
    outcomes: tuple[EventOutcome, ...]
