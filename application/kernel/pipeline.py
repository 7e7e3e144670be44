"""What stands around every business step: it is observed. Wrapped visibly, by the composition root."""

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from application.kernel.call import Call
from application.kernel.unanswered import InternalFault, Unanswered
from domain.kernel.refusal import Refusal

R = TypeVar("R")

FAULT: Final = InternalFault.code
GONE: Final = "caller.gone"
"""The caller stopped waiting; the command may still be carried out."""


class Flow(NamedTuple):
    """业务流水: what became of one business step.

    `scene` is the command's class; `code` is empty on success, else the refusal's or failure's; `seconds` is how long
    the caller waited; `refused` tells a decision (true) from a failure of ours (false). `principal` is who was
    authenticated, empty where that is the actor or nobody was.
    """

    scene: str
    tenant: str
    request: str
    actor: str
    seconds: float
    code: str = ""
    refused: bool = False
    principal: str = ""

    @property
    def success(self) -> bool:
        return not self.code


class FlowSink(Protocol):
    """Where flow records go. It must neither wait nor raise."""

    def __call__(self, flow: Flow) -> None: ...


Handler = Callable[[Call, Any], Awaitable[R]]


class Observed:
    """Hands a command to its handler and tells a flow record of how it went."""

    def __init__(self, handler: Handler[Any], sink: FlowSink) -> None:
        self._handler = handler
        self._sink = sink

    async def __call__(self, call: Call, command: Any) -> Any:
        """The handler's reply. Raises what the handler raises."""
        started = perf_counter()
        code, refused = FAULT, False
        try:
            reply = await self._handler(call, command)
            code = ""
            return reply
        except Refusal as refusal:
            code, refused = refusal.own_code, True
            raise
        except Unanswered as unanswered:
            code = unanswered.code
            raise
        except CancelledError:
            code = GONE
            raise
        finally:
            scene = type(command).__name__
            seconds = perf_counter() - started
            self._sink(Flow(scene, call.tenant, call.request, call.actor, seconds, code, refused, call.principal))
