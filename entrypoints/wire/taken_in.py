"""What became of a document of an outside system, as it is answered: one outcome for each thing told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from application.stock.take_in import Outcome, TakenIn
from domain.kernel.refusal import NotTogether
from entrypoints.wire.problems import problem_of


def captured(outcomes: Sequence[Outcome], instance: str) -> dict[str, Any]:
    """All outcomes, and how many there are of each sort."""
    taken = sum(isinstance(each.became, TakenIn) for each in outcomes)
    return {
        "events": len(outcomes),
        "taken_in": taken,
        "refused": len(outcomes) - taken,
        "outcomes": [outcome(each, instance) for each in outcomes],
    }


def capture_job(
    id: str, began: datetime, ended: datetime, outcomes: Sequence[Outcome], behaviour: str, instance: str
) -> dict[str, Any]:
    """A capture job that is done, in the words of EPCIS 2.0: each error is a problem, with its event and line.

    What was not taken in for the errors of others is none.
    """
    errors = []
    for each in outcomes:
        if not isinstance(each.became, TakenIn | NotTogether):
            problem = problem_of(each.became).body(instance, each.request or None)
            errors.append({**problem, "event": each.id, "line": each.line})
    return {
        "captureID": id,
        "createdAt": began,
        "finishedAt": ended,
        "running": False,
        "success": not errors,
        "captureErrorBehaviour": behaviour,
        "errors": errors,
    }


def outcome(each: Outcome, instance: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "event": each.id,
        "line": each.line,
        "about": each.about,
        "request_id": each.request,
        "status": 200,
    }
    if isinstance(each.became, TakenIn):
        return {**told, "taken_in": each.became}
    problem = problem_of(each.became)
    return {**told, "status": problem.status, "problem": problem.body(instance, each.request or None)}
