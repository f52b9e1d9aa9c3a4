"""Spans through the application's own tracer provider, so that its samplers, limits and processors apply."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.trace import ReadableSpan, Tracer
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import NoOpTracer, SpanContext, TraceFlags, TracerProvider

from tracefunc.errors import ExportError
from tracefunc_export._channels import Answer
from tracefunc_export._parents import context_below, is_sampled
from tracefunc_export._spans import SCOPE

__all__ = ["ProviderChannel", "Replay"]

_MOST_TRACES = 1000  # whose sampling is remembered


class _GivenIds(IdGenerator):
    """Gives the ids that were laid out by the same thread, or else those of the provider."""

    def __init__(self, usual: IdGenerator) -> None:
        self._usual = usual
        self._given = threading.local()

    def give(self, context: SpanContext | None) -> None:
        self._given.context = context

    def generate_span_id(self) -> int:
        context: SpanContext | None = getattr(self._given, "context", None)
        return self._usual.generate_span_id() if context is None else context.span_id

    def generate_trace_id(self) -> int:
        context: SpanContext | None = getattr(self._given, "context", None)
        return self._usual.generate_trace_id() if context is None else context.trace_id

    def is_trace_id_random(self) -> bool:
        given = getattr(self._given, "context", None) is not None
        return not given and self._usual.is_trace_id_random()


class Replay:
    """Makes spans with a provider that are like finished ones: the same ids, parents, times and contents.

    A span whose parent was dropped by the sampler is dropped, as far as the sampler follows the parent. With
    `in_order`, parents come before their children; without, one decision holds for the whole trace.
    """

    def __init__(self, provider: TracerProvider, *, in_order: bool) -> None:
        get: Any = getattr(provider, "get_tracer", None)
        tracer: Any = None if get is None else get(SCOPE.name, SCOPE.version, SCOPE.schema_url)
        self._dropped: set[int] | None = set() if in_order else None
        self._decisions: dict[int, bool] = {}
        self._tracer: Tracer | None = None
        if isinstance(tracer, NoOpTracer):  # OTEL_SDK_DISABLED
            return
        if not isinstance(tracer, Tracer):
            raise ExportError(
                f"tracer_provider={provider!r}: expected a TracerProvider of opentelemetry-sdk. If it is the one that "
                "trace.get_tracer_provider() returns, set the application's first."
            )
        if not isinstance(tracer.id_generator, _GivenIds):
            tracer.id_generator = _GivenIds(tracer.id_generator)
        self._ids = tracer.id_generator
        self._tracer = tracer

    def emit(self, span: ReadableSpan, outer: SpanContext | None) -> bool:
        """Make the span and end it; return whether it was recorded. `outer` is what the whole trace stands below."""
        context, parent = span.context, span.parent
        if self._tracer is None or context is None:
            return False
        if parent is not None and (outer is None or parent.span_id != outer.span_id):
            parent = self._sampled(parent, span, outer)
        self._ids.give(context)
        try:
            made = self._tracer.start_span(
                span.name,
                context_below(parent),
                attributes=span.attributes,
                start_time=span.start_time,
                record_exception=False,
                set_status_on_exception=False,
            )
        finally:
            self._ids.give(None)
        is_recording = made.is_recording()
        if is_recording:
            for event in span.events:
                made.add_event(event.name, event.attributes, event.timestamp)
            made.set_status(span.status)
        elif self._dropped is not None:
            self._dropped.add(context.span_id)
        made.end(span.end_time)
        return is_recording

    def _sampled(self, parent: SpanContext, span: ReadableSpan, outer: SpanContext | None) -> SpanContext:
        """Return the context of a parent that is one of ours, with the sampler's decision about it."""
        if self._dropped is not None:
            wanted = parent.span_id not in self._dropped
        elif parent.trace_id in self._decisions:
            wanted = self._decisions[parent.trace_id]
        else:
            assert self._tracer is not None
            wanted = is_sampled(self._tracer.sampler, outer, parent.trace_id, span.name, span.attributes)
            if len(self._decisions) >= _MOST_TRACES:
                del self._decisions[next(iter(self._decisions))]
            self._decisions[parent.trace_id] = wanted
        flags = TraceFlags(TraceFlags.SAMPLED if wanted else TraceFlags.DEFAULT)
        return SpanContext(parent.trace_id, parent.span_id, False, flags, parent.trace_state)


class ProviderChannel:
    """A provider as a receiver: it has accepted a batch when its processors have been flushed.

    The flush after each batch keeps the queue of a `BatchSpanProcessor`, which drops what exceeds it, from filling up.
    """

    def __init__(self, provider: TracerProvider, outer: SpanContext | None, timeout: float) -> None:
        self.timeout = timeout
        self._replay = Replay(provider, in_order=True)
        self._flush: Any = getattr(provider, "force_flush", None)
        self._outer = outer

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        recorded = sum(self._replay.emit(span, self._outer) for span in spans)
        skipped = len(spans) - recorded
        reason = "not sampled by the tracer provider" if skipped else ""
        if recorded and self._flush is not None and not self._flush(int(self.timeout * 1000)):
            reason = f"the tracer provider did not flush them within {self.timeout:g} s"
            return Answer(lost=recorded, skipped=skipped, reason=reason, is_final=True)
        return Answer(accepted=recorded, skipped=skipped, reason=reason)

    def close(self) -> None:
        """The provider is the application's: nothing is closed."""
