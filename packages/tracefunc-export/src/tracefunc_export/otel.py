"""Traces as OpenTelemetry spans: `to_spans` makes them, `send` sends them, `LiveSpans` does so while a program runs.

A span is one call that has its detail. Spans stand below each other as the calls do, and all of them below the
current span, or the one that `TRACEPARENT` names. `docs/opentelemetry.md` shows the way to a backend and
lists all attributes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from opentelemetry.sdk.trace import ReadableSpan, sampling
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.trace import SpanContext, TraceFlags, TracerProvider, format_trace_id

from tracefunc.model import Call, Frame, Trace
from tracefunc_export._channels import Answer, Channel, PlainChannel, seconds
from tracefunc_export._environment import channel_of_environment
from tracefunc_export._events import MAX_FRAMES
from tracefunc_export._live import LiveSpans
from tracefunc_export._numbers import check_seconds
from tracefunc_export._otlp import open_channel
from tracefunc_export._parents import Parent, is_disabled, is_sampled, parent_context, sampler_of_environment
from tracefunc_export._provider import ProviderChannel
from tracefunc_export._redact import SECRETS, Redactor
from tracefunc_export._report import SendReport, Tally
from tracefunc_export._sender import Sender
from tracefunc_export._spans import Sized, SpanMaker, make_resource
from tracefunc_export._wire import hashed, span_id_of

__all__ = ["SECRETS", "LiveSpans", "SendReport", "send", "to_spans"]

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


def to_spans(
    trace: Trace,
    *,
    values: bool = False,
    source: bool = False,
    redact: Iterable[str] = SECRETS,
    parent: Parent = "ambient",
    service: str | None = None,
) -> list[ReadableSpan]:
    """Return a span for each call with detail, in order of their start; the same trace gives the same ids.

    `values` adds arguments, samples and results, `source` the text of the statements. Both, and the messages of
    exceptions, go through `redact`, patterns of names whose values are hidden; `()` shows everything. `parent` is
    what the outermost calls stand below: a span, its context, None, or `"ambient"`, which is the current span, or else
    the one that `TRACEPARENT` names. `service` is the `service.name`, by default that of the `OTEL_*` variables, which
    hold for all else, too.
    """
    return [span for span, _ in _Spans(trace, values, source, redact, parent_context(parent), service)]


def send(
    trace: Trace,
    endpoint: str | None = None,
    *,
    protocol: str | None = None,
    headers: Mapping[str, str] | None = None,
    exporter: SpanExporter | None = None,
    tracer_provider: TracerProvider | None = None,
    timeout: float | None = None,
    time_limit: float | None = 120,
    values: bool = False,
    source: bool = False,
    redact: Iterable[str] = SECRETS,
    parent: Parent = "ambient",
    service: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> SendReport:
    """Send a trace's spans and return what became of each of them.

    They go to the OTLP `endpoint` by `protocol`, `"http/protobuf"` or `"grpc"`, or to an `exporter`, or through an
    application's `tracer_provider`, whose samplers, limits and processors then apply. Without any of these the
    `OTEL_*` variables say where, and http://localhost:4318 is the usual place. `timeout` is in seconds for a batch, all
    its retries included, by default that of the variables, or 10; `time_limit` for everything. A receiver that cannot
    be reached is tried for one `timeout`; then, and after one that takes nothing, no more is sent. `progress` is
    called with the number of spans that are done, and of all. For the others see `to_spans`.

    Raises `ExportError` when there is no way to send: an extra is not installed, a variable names what is not there, an
    argument makes no sense.
    Whatever happens after that is in the report.
    """
    if timeout is not None:
        seconds(timeout)  # also where it is not used
    if time_limit is not None:
        check_seconds("time_limit", time_limit, otherwise=", or None for no limit")
    outer = parent_context(parent)
    spans = _Spans(trace, values, source, redact, outer, service)
    tally = Tally()
    total = len(trace.calls)

    def open_one() -> Channel | None:
        if tracer_provider is not None:
            return ProviderChannel(tracer_provider, outer, 30 if timeout is None else seconds(timeout))
        if exporter is not None:
            return PlainChannel(exporter, timeout)
        if endpoint is not None or protocol is not None:
            return open_channel(endpoint, protocol=protocol, headers=headers, timeout=timeout)
        return channel_of_environment(headers, timeout)

    channel = None if is_disabled() else open_one()
    if channel is None:
        reason = "OTEL_SDK_DISABLED is set" if is_disabled() else "OTEL_TRACES_EXPORTER is none"
        tally.add(Answer(skipped=total, reason=reason))
        return tally.report(spans.trace_id)

    sampler = sampling.ALWAYS_ON if tracer_provider is not None else sampler_of_environment()
    sender = Sender(
        lambda: channel,
        tally,
        time_limit=time_limit,
        progress=None if progress is None else lambda done: progress(done, total),
    )
    try:
        for item in _wanted(spans, sampler, outer, tally):
            sender.add(item)
            if sender.is_stopped:
                break
        sender.finish()
        if sender.is_stopped:
            sender.lose(total - tally.done)
    finally:
        sender.close()
    return tally.report(spans.trace_id)


def _wanted(
    spans: Iterable[Sized], sampler: sampling.Sampler, outer: SpanContext | None, tally: Tally
) -> Iterator[Sized]:
    """Yield the spans that the sampler wants: it is asked about the outermost, and the others follow."""
    if sampler is sampling.ALWAYS_ON or (sampler is sampling.DEFAULT_ON and is_sampled(sampler, outer, 0, "")):
        yield from spans
        return
    dropped: set[int] = set()
    reason = (
        "not sampled, says OTEL_TRACES_SAMPLER"
        if sampler is not sampling.DEFAULT_ON
        else ("not sampled, because the span above is not")
    )
    for item in spans:
        span, parent = item[0], item[0].parent
        assert span.context is not None
        if parent is None or (outer is not None and parent.span_id == outer.span_id):
            wanted = is_sampled(sampler, outer, span.context.trace_id, span.name, span.attributes)
        else:
            wanted = parent.span_id not in dropped
        if wanted:
            yield item
        else:
            dropped.add(span.context.span_id)
            tally.add(Answer(skipped=1, reason=reason))


class _Spans:
    """The spans of a trace, made one by one."""

    def __init__(
        self,
        trace: Trace,
        values: bool,
        source: bool,
        redact: Iterable[str],
        outer: SpanContext | None,
        service: str | None,
    ) -> None:
        self._trace = trace
        self._outer = outer
        self._maker = SpanMaker(
            make_resource(service), values=values, source=source, redactor=Redactor(redact), stack=self._stack
        )
        facts = _facts(trace)
        self._id = hashed(16, facts) if outer is None else outer.trace_id
        self._seed = hashed(8, facts, self._id)
        self.trace_id = format_trace_id(self._id)

    def __iter__(self) -> Iterator[Sized]:
        trace, outer, make = self._trace, self._outer, self._maker.span
        trace_id, seed = self._id, self._seed
        state = None if outer is None else outer.trace_state
        known = {call.id for call in trace.calls}
        contexts: dict[int, SpanContext] = {}
        for call in trace.calls:
            context = contexts.get(call.id)
            if context is None:
                context = SpanContext(trace_id, span_id_of(seed, call.id), False, _SAMPLED, state)
                contexts[call.id] = context
            # The caller may be beyond `max_calls`; the nearest call above that has its detail is the parent then.
            above = call.caller if call.caller in known else call.frames_above
            parent = outer
            if above is not None and above in known and above != call.id:
                parent = contexts.get(above)
                if parent is None:
                    parent = SpanContext(trace_id, span_id_of(seed, above), False, _SAMPLED, state)
                    contexts[above] = parent
            yield make(trace, call, context, parent, _end(trace, call))

    def _stack(self, call: Call) -> Sequence[Frame]:
        """Return the stack at the entry of a call, or the end of it."""
        calls, frames = self._trace.calls, list(call.frames)
        while call.frames_above is not None and len(frames) < MAX_FRAMES:
            index = bisect_left(calls, call.frames_above, key=attrgetter("id"))
            if index == len(calls) or calls[index].id != call.frames_above or calls[index].id >= call.id:
                break  # it is not there, or the trace is damaged: what is above began before
            call = calls[index]
            frames[:0] = call.frames[:-1]
        return frames


def _facts(trace: Trace) -> tuple[object, ...]:
    """Return what tells this trace from others."""
    calls = tuple((call.start, call.thread_id, call.process_id) for call in trace.calls[:1])
    names = tuple((function.qualname, function.path, function.calls) for function in trace.functions)
    return trace.start, trace.end, trace.python, len(trace.calls), calls, names


def _end(trace: Trace, call: Call) -> int:
    """Return when a call ended, or was seen for the last time."""
    if call.end is not None:
        return call.end
    return trace.end if call.outcome.kind == "unfinished" else call.start + call.running + call.suspended
