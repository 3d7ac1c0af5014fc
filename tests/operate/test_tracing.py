"""Spans for whoever collects them, where that is configured."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from api.drafts import Draft, at
from api.messages import message, sent, writer
from lab.product import Start
from lab.web import ok
from letterhead.errors import ConfigurationError
from letterhead.sandbox.service import Sandbox
from letterhead.tracing import open_tracing
from operate.conftest import on_sqlite
from wire.scripted import Served, talking


@asynccontextmanager
async def collector() -> AsyncIterator[tuple[Served, list[ExportTraceServiceRequest]]]:
    exports: list[ExportTraceServiceRequest] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, served: Served) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(line.split(": ")[1] for line in head.splitlines() if line.startswith("content-length"))
        exports.append(ExportTraceServiceRequest.FromString(await reader.readexactly(int(length))))
        writer.write(ok(b""))
        await writer.drain()

    async with talking(talk) as served:
        yield served, exports


@on_sqlite
async def test_what_it_did_is_exported_without_what_it_was_about(
    start: Start, sandbox: Sandbox, draft: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with collector() as (served, exports):
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{served.port}")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        async with start(ca_file=sandbox.ca_file) as product:
            ann = await writer(product)
            await product.admin.saved(draft("sales"))
            await ann.finished(await sent(ann, message(at("contact"))))
    spans = [
        span
        for export in exports
        for resource in export.resource_spans
        for scope in resource.scope_spans
        for span in scope.spans
    ]
    assert {"request", "operation", "account test", "delivery"} <= {span.name for span in spans}
    operation = next(span for span in spans if span.name == "operation")
    assert operation.parent_span_id in {span.span_id for span in spans if span.name == "request"}
    assert "contact@" not in str(exports)
    assert "sales@" not in str(exports)


def test_without_a_collector_nothing_of_it_is_imported() -> None:
    import subprocess
    import sys

    code = "import sys, letterhead.cli; print([name for name in sys.modules if 'opentelemetry' in name])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_without_its_packages_it_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError, match="letterhead\\[otel\\]"):
        open_tracing()
