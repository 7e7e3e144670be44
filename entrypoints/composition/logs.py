"""Logging: structlog for what we say, the standard library's records through the same renderer, all to stderr."""

import logging
import sys
from contextvars import ContextVar
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor

from application.kernel.pipeline import FAULT, Flow, FlowSink
from domain.permissions.key_text import without_secrets
from entrypoints.composition.settings import LogSettings

FLOW: Final = "entrepot.flow"

TRACEPARENT: Final[ContextVar[bytes]] = ContextVar("traceparent", default=b"")
"""Our place in the trace that is followed now (W3C Trace Context): every line logged meanwhile bears the trace's id."""


def _with_trace(_logger: object, _method: str, line: EventDict) -> EventDict:
    if traceparent := TRACEPARENT.get():
        line["trace"] = traceparent[3:35].decode("ascii")
    return line


SHARED: Final[tuple[Processor, ...]] = (
    structlog.contextvars.merge_contextvars,
    _with_trace,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)


def _without_secrets(_logger: object, _method: str, line: Any) -> str:
    """The line as it is written, rid of keys: whoever reads logs must not be able to call in another's name."""
    return without_secrets(line) if "ek_" in line else str(line)


def set_up_logging(settings: LogSettings) -> None:
    """Once per process: one handler on the root logger, replacing whatever was there.

    Tracebacks come without the values of variables: those may be anyone's data.
    """
    renderers: list[Processor] = (
        [
            structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ]
        if settings.format == "json"
        else [
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        ]
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=list(SHARED),
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers, _without_secrets],
        )
    )
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(settings.level.upper())
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it tells of every plugin it has
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def flow_sink() -> FlowSink:
    """Flow records as log lines: what was decided at level info, what was not answered at warning, faults at error."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(FLOW)
    enabled = logging.getLogger(FLOW).isEnabledFor

    def tell(flow: Flow) -> None:
        level = (
            logging.INFO if flow.success or flow.refused else logging.ERROR if flow.code == FAULT else logging.WARNING
        )
        if not enabled(level):  # asked here, before anything is built: this runs for every command
            return
        logger.log(
            level,
            "flow",
            scene=flow.scene,
            success=flow.success,
            code=flow.code,
            seconds=round(flow.seconds, 6),
            tenant=flow.tenant,
            request=flow.request,
            actor=flow.actor,
            principal=flow.principal or flow.actor,
        )

    return tell
