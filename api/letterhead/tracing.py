"""OpenTelemetry, where it is configured and installed; else nothing of it is even imported."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from structlog.contextvars import bound_contextvars

from letterhead.errors import ConfigurationError

ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
NO_PARENT: Mapping[str, str] = {}
UNTRACED = nullcontext()


class Tracing:
    """``provider``: OpenTelemetry's; None: nothing is traced, and it costs nothing."""

    def __init__(self, provider: Any = None) -> None:
        self._provider = provider
        self._tracer = provider and provider.get_tracer("letterhead")

    def span(
        self, name: str, *, parent: Mapping[str, str] = NO_PARENT, **attributes: str | int
    ) -> AbstractContextManager[None]:
        """Its ids are in what is logged meanwhile. ``parent``: headers with a ``traceparent``.

        Of an exception only the type is told: its words could hold what mail is about.
        """
        return UNTRACED if self._tracer is None else self._traced(name, parent, attributes)

    @contextmanager
    def _traced(
        self, name: str, parent: Mapping[str, str], attributes: Mapping[str, str | int]
    ) -> Iterator[None]:
        from opentelemetry.propagate import extract  # noqa: PLC0415 - only where it is wanted

        started = self._tracer.start_as_current_span(
            name,
            context=extract(parent) if parent else None,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        )
        with started as span:
            ids = span.get_span_context()
            with bound_contextvars(trace_id=f"{ids.trace_id:032x}", span_id=f"{ids.span_id:016x}"):
                try:
                    yield
                except BaseException as exc:
                    span.set_attribute("error.type", type(exc).__name__)
                    raise

    async def close(self) -> None:
        """With what has not been exported yet."""
        if self._provider:
            await asyncio.to_thread(self._provider.shutdown)


def open_tracing() -> Tracing:
    """As OpenTelemetry's own environment variables say. Raises ConfigurationError."""
    named = next((name for name in ENDPOINTS if os.environ.get(name)), None)
    if named is None or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return Tracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415 - see above
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    except ImportError:
        raise ConfigurationError(
            f"{named}: tracing needs more packages; install letterhead[otel], or unset it"
        ) from None
    name = os.environ.get("OTEL_SERVICE_NAME", "letterhead")
    provider = TracerProvider(resource=Resource.create({"service.name": name}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider)
