"""What a trace stands below: the span around it, or the one that the environment names."""

from __future__ import annotations

import os
from typing import Literal

from opentelemetry.context import Context
from opentelemetry.sdk.trace import TracerProvider, sampling
from opentelemetry.trace import (
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import Attributes

from tracefunc.errors import ExportError

__all__ = ["Parent", "context_below", "is_disabled", "is_sampled", "parent_context", "sampler_of_environment"]

type Parent = Literal["ambient"] | Span | SpanContext | Context | None


def parent_context(parent: Parent = "ambient") -> SpanContext | None:
    """Return the context of a span; of `"ambient"` that of the current span, or else of `TRACEPARENT`, or None."""
    if isinstance(parent, str):
        if parent != "ambient":
            raise ExportError(f'parent={parent!r}: give "ambient", a span, its context, or None.')
        context = get_current_span().get_span_context()
        if not context.is_valid:
            carrier = {name.lower(): os.environ.get(name, "") for name in ("TRACEPARENT", "TRACESTATE")}
            extracted = TraceContextTextMapPropagator().extract(carrier, Context())
            context = get_current_span(extracted).get_span_context()
    elif isinstance(parent, SpanContext):
        context = parent
    elif isinstance(parent, Span):
        context = parent.get_span_context()
    elif parent is None:
        return None
    elif isinstance(parent, Context):
        context = get_current_span(parent).get_span_context()
    else:
        raise ExportError(f'parent={parent!r}: give "ambient", a span, its context, or None.')
    return context if context.is_valid else None


def context_below(parent: SpanContext | None) -> Context:
    """Return the context in which the children of a span are made."""
    return Context() if parent is None else set_span_in_context(NonRecordingSpan(parent), Context())


def is_disabled() -> bool:
    """Return whether `OTEL_SDK_DISABLED` says that nothing is to be sent."""
    return os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"


def sampler_of_environment() -> sampling.Sampler:
    """Return the sampler that `OTEL_TRACES_SAMPLER` names, or the usual one, which follows the parent."""
    if not os.environ.get("OTEL_TRACES_SAMPLER"):
        return sampling.DEFAULT_ON
    return TracerProvider(shutdown_on_exit=False).sampler


def is_sampled(
    sampler: sampling.Sampler, parent: SpanContext | None, trace_id: int, name: str, attributes: Attributes = None
) -> bool:
    """Return whether the sampler wants a span below `parent`."""
    if sampler is sampling.DEFAULT_ON:
        return parent is None or parent.trace_flags.sampled
    asked = sampler.should_sample(context_below(parent), trace_id, name, SpanKind.INTERNAL, attributes)
    return bool(asked.decision.is_sampled())
