"""What a capture of EPCIS events is answered with."""

from datetime import datetime
from typing import Literal

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


class CaptureError(Problem):
    """Why one event was not taken in."""

    event: str = Field(description="Its eventID; where it has none, the hash of its content as a URI.")
    line: int = Field(description="The line of the document in which it begins, counted from 1.")


class CaptureJob(Answer):
    """What became of a document, in the words of EPCIS 2.0."""

    captureID: str  # noqa: N815 - the standard's word
    createdAt: datetime  # noqa: N815 - the standard's word
    finishedAt: datetime  # noqa: N815 - the standard's word
    running: bool = Field(description="False: a job is done before it is told of.")
    success: bool = Field(description="Whether every event was taken in.")
    captureErrorBehaviour: Literal["proceed", "rollback"]  # noqa: N815 - the standard's word
    errors: tuple[CaptureError, ...] = Field(description="Of each event that was not taken in, in their order.")
