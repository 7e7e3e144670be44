"""Traces by OpenTelemetry: recorded by its SDK, sent by OTLP over HTTP."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Any, Final

from opentelemetry import context as contexts
from opentelemetry import trace as api
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, Sampler, TraceIdRatioBased
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from application.kernel.tracing import TRACE, Side, Told
from domain.kernel.refusal import Refusal

KINDS: Final[Mapping[Side, SpanKind]] = {
    Side.WITHIN: SpanKind.INTERNAL,
    Side.ASKED: SpanKind.SERVER,
    Side.ASKING: SpanKind.CLIENT,
    Side.TELLING: SpanKind.PRODUCER,
    Side.TAKING: SpanKind.CONSUMER,
}
PATIENCE: Final = 3.0
"""Seconds that the last spans have to be sent."""

READ: Final = TraceContextTextMapPropagator()


class OpenTelemetry:
    """Records spans and sends them in the background; what cannot be sent is dropped, and nothing waits for it.

    `url` is where to, the whole of it; "otel:" leaves that and how much is sampled to the variables OTEL_…. Else
    `share` of the traces that begin here are recorded; those that come from outside are where their caller's are.
    """

    def __init__(
        self, url: str, share: float, version: str, instance: str, exporter: SpanExporter | None = None
    ) -> None:
        by_environment = url == "otel:"
        sampler: Sampler | None = None if by_environment else ParentBased(TraceIdRatioBased(share))
        resource = Resource.create({"service.version": version, "service.instance.id": instance})
        if resource.attributes.get("service.name", "unknown_service").startswith("unknown_service"):  # type: ignore[union-attr]
            resource = resource.merge(Resource({"service.name": "entrepot"}))
        self._provider = TracerProvider(sampler, resource, shutdown_on_exit=False)
        exporter = exporter or (OTLPSpanExporter() if by_environment else OTLPSpanExporter(endpoint=url))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("entrepot", version)

    @contextmanager
    def __call__(
        self,
        name: str,
        side: Side = Side.WITHIN,
        *,
        parent: str | None = None,
        links: Iterable[str] = (),
        told: Told | None = None,
    ) -> Iterator["OpenSpan"]:
        known = contexts.get_current() if parent is None else _context(parent)
        linked = [Link(each) for each in map(_place, links) if each is not None]
        span = self._tracer.start_span(name, known, KINDS[side], _named(told or {}), linked)
        own = OpenSpan(span)
        token = contexts.attach(api.set_span_in_context(span, known))
        place = TRACE.set(own.traceparent if span.is_recording() else "")
        try:
            yield own
        except Refusal as refusal:
            own.tell(refusal=refusal.own_code)
            raise
        except Exception as error:
            span.record_exception(error)
            own.failed(getattr(error, "code", type(error).__name__))
            raise
        finally:
            TRACE.reset(place)
            contexts.detach(token)
            span.end()

    async def close(self) -> None:
        """Send what is waiting and stop. A collector that does not take it holds the process up for PATIENCE."""
        loop, done = asyncio.get_running_loop(), asyncio.Event()

        def shut_down() -> None:
            self._provider.shutdown()
            with suppress(RuntimeError):  # the loop has gone on without waiting
                loop.call_soon_threadsafe(done.set)

        # A thread that nobody waits for at the end of the process, unlike those of the loop.
        Thread(target=shut_down, name="traces-close", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await done.wait()


class OpenSpan:
    """A span of the SDK in our words."""

    __slots__ = ("_span",)

    def __init__(self, span: api.Span) -> None:
        self._span = span

    @property
    def traceparent(self) -> str:
        place = self._span.get_span_context()
        return f"00-{place.trace_id:032x}-{place.span_id:016x}-{place.trace_flags:02x}"

    def name(self, name: str) -> None:
        self._span.update_name(name)

    def tell(self, **told: str | int | float) -> None:
        self._span.set_attributes(_named(told))

    def failed(self, code: str) -> None:
        self._span.set_status(Status(StatusCode.ERROR, code))


def _named(told: Told) -> dict[str, str | int | float]:
    """Ours under a name of ours; those with a dot have a name that others gave them."""
    return {name if "." in name else f"entrepot.{name}": value for name, value in told.items()}


def _context(traceparent: str) -> contexts.Context:
    """With this as the span under way, or with none."""
    return READ.extract({"traceparent": traceparent}, contexts.Context())


def _place(traceparent: str) -> SpanContext | None:
    place: Any = api.get_current_span(_context(traceparent)).get_span_context()
    return SpanContext(place.trace_id, place.span_id, True, TraceFlags(place.trace_flags)) if place.is_valid else None
