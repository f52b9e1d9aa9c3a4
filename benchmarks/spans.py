"""How fast spans are made and sent: `hatch run spans` prints it and exits with 3 below the aim.

The yardstick is the least that anyone can do with OpenTelemetry's own parts: construct a `ReadableSpan` from attributes
that are ready, and hand batches of 512 to the OTLP exporter, one after the other. `send(trace)` makes the same spans
from a trace, with the same attributes, and keeps account of every answer. The aim is at least 90 % of the yardstick's
spans per second. Both send to a receiver in a process of its own, which takes everything and reads nothing. They take
turns, and the share is the median of those of the rounds, so that other load on the machine falls on both.
"""

from __future__ import annotations

import argparse
import logging
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from statistics import median

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanContext

from benchmarks import MISSED
from tracefunc import Trace, Tracer
from tracefunc_export.otel import send, to_spans

AIM = 0.9
BATCH = 512

RECEIVER = """
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-protobuf")
        self.send_header("Content-Length", "0")
        self.end_headers()
    def log_message(self, *args):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


def parse(line: str) -> tuple[str, int]:
    """Take a line apart, in a loop and a call, as programs do."""
    total = 0
    for char in line:
        if char.isdigit():
            total = digit(total, char)
    return line, total


def digit(total: int, char: str) -> int:
    """Append a digit."""
    return total * 10 + int(char)


def made(spans: int) -> Trace:
    """Return a trace of so many calls."""
    with Tracer(parse, digit, max_calls=None) as tracer:
        for number in range(spans // 3 + 1):
            parse(f"value {number % 90 + 10}")
    trace = tracer.trace()
    return replace(trace, calls=trace.calls[:spans])


def bare(spans: list[ReadableSpan], endpoint: str) -> None:
    """Construct spans like the given ones from their parts, and export them."""
    exporter = OTLPSpanExporter(endpoint)
    batch: list[ReadableSpan] = []
    for known in spans:
        context, parent = known.context, known.parent
        batch.append(
            ReadableSpan(
                known.name,
                SpanContext(context.trace_id, context.span_id, False, context.trace_flags),
                parent and SpanContext(parent.trace_id, parent.span_id, False, parent.trace_flags),
                known.resource,
                dict(known.attributes or ()),
                start_time=known.start_time,
                end_time=known.end_time,
                instrumentation_scope=known.instrumentation_scope,
            )
        )
        if len(batch) == BATCH:
            assert exporter.export(batch) is SpanExportResult.SUCCESS
            batch = []
    assert not batch or exporter.export(batch) is SpanExportResult.SUCCESS
    exporter.shutdown()


def seconds(work: Callable[[], object]) -> float:
    """Return how long something takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(arguments: list[str] | None = None) -> int:
    """Measure, print, and compare with the aim."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--spans", type=int, default=10_000, help="spans in a round")
    parser.add_argument("--rounds", type=int, default=11)
    options = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    trace = made(options.spans)
    spans = to_spans(trace)
    with subprocess.Popen([sys.executable, "-c", RECEIVER], stdout=subprocess.PIPE, text=True) as receiver:
        try:
            assert receiver.stdout is not None
            endpoint = f"http://127.0.0.1:{int(receiver.stdout.readline())}/v1/traces"
            times: dict[str, list[float]] = {"bare": [], "send": [], "make": []}
            works: dict[str, Callable[[], object]] = {
                "bare": lambda: bare(spans, endpoint),
                "send": lambda: send(trace, endpoint),
                "make": lambda: to_spans(trace),
            }
            for number in range(options.rounds):
                for name in sorted(works, reverse=number % 2 == 1):
                    times[name].append(seconds(works[name]))
            report = send(trace, endpoint)
        finally:
            receiver.terminate()
    rates = {name: len(spans) / median(found) for name, found in times.items()}
    share = median(one / other for one, other in zip(times["bare"], times["send"], strict=True))
    print(f"CPython {trace.python}, {len(spans):,} spans with {len(spans[0].attributes or ())} attributes")
    print(f"bare construction and export   {rates['bare']:9,.0f} spans a second")
    print(f"send(trace)                    {rates['send']:9,.0f} spans a second: {share:.0%}, aim {AIM:.0%}")
    print(f"to_spans(trace) alone          {rates['make']:9,.0f} spans a second")
    print(report)
    if not report.ok:
        return 1
    return 0 if share >= AIM else MISSED


if __name__ == "__main__":
    sys.exit(main())
