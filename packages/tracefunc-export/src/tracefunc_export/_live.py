"""Spans while the program runs: the span of a call is sent when the call ends."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable, Mapping
from contextvars import Context
from types import TracebackType
from typing import Any, Self

from opentelemetry.sdk.trace import SpanProcessor, sampling
from opentelemetry.sdk.trace.export import SpanExporter
from opentelemetry.trace import SpanContext, TraceFlags, TracerProvider, format_trace_id, get_current_span

from tracefunc.errors import ExportError
from tracefunc.model import Call
from tracefunc_export._channels import Answer, Channel, PlainChannel, seconds
from tracefunc_export._environment import channel_of_environment
from tracefunc_export._numbers import check_seconds
from tracefunc_export._otlp import open_channel
from tracefunc_export._parents import Parent, is_disabled, is_sampled, parent_context, sampler_of_environment
from tracefunc_export._provider import Replay
from tracefunc_export._queue import Queue
from tracefunc_export._redact import SECRETS, Redactor
from tracefunc_export._report import SendReport, Tally
from tracefunc_export._spans import Look, SpanMaker, make_resource
from tracefunc_export._wire import hashed, span_id_of

__all__ = ["LiveSpans"]

_SAMPLED = TraceFlags(TraceFlags.SAMPLED)


class LiveSpans:
    """Makes and sends the span of each call that it is given, which is once for each call, when it ends.

    `Tracer(..., keep="last", on_call=LiveSpans())` watches a service that runs for long: every call is sent, and the
    tracer keeps the last few. The ids of spans follow from those of calls, so a parent may end, and be sent, after its
    children.

    Spans go to an `endpoint`, an `exporter`, or where the `OTEL_*` variables say, as with `send`, in batches, from a
    thread of its own; the variables `OTEL_BSP_*` say how often, how many at once, and how many may wait. Or they go
    through the `tracer_provider` of the application, whose samplers, limits and processors then apply. Or each goes
    to the `on_end` of a `processor`.

    Outermost calls stand below the span that was current when they started, else below `parent`. Without either, each
    of them has a trace of its own.

    `close()` sends what is left and returns the report; a `with` block closes, too, and so does the end of the
    program. For the other options see `to_spans` and `send`.
    """

    def __init__(
        self,
        tracer_provider: TracerProvider | None = None,
        processor: SpanProcessor | None = None,
        *,
        endpoint: str | None = None,
        protocol: str | None = None,
        headers: Mapping[str, str] | None = None,
        exporter: SpanExporter | None = None,
        timeout: float | None = None,
        values: bool = False,
        source: bool = False,
        redact: Iterable[str] = SECRETS,
        parent: Parent = "ambient",
        service: str | None = None,
    ) -> None:
        if isinstance(tracer_provider, str):
            raise ExportError(
                f"{tracer_provider!r} is no tracer provider: write LiveSpans(endpoint={tracer_provider!r})."
            )
        if processor is not None and not callable(getattr(processor, "on_end", None)):
            raise ExportError(f"processor={processor!r} is no SpanProcessor: it has no on_end().")
        if timeout is not None:
            seconds(timeout)  # also where it is not used
        self._outer = parent_context(parent)
        self._maker = SpanMaker(make_resource(service), values=values, source=source, redactor=Redactor(redact))
        self._is_off = is_disabled()
        self._processor = processor
        self._provider = tracer_provider
        self._replay = None if tracer_provider is None else Replay(tracer_provider, in_order=False)
        self._sampler = sampling.ALWAYS_ON if tracer_provider is not None else sampler_of_environment()

        def open_one() -> Channel | None:
            if exporter is not None:
                return PlainChannel(exporter, timeout)
            if endpoint is not None or protocol is not None:
                return open_channel(endpoint, protocol=protocol, headers=headers, timeout=timeout)
            return channel_of_environment(headers, timeout)

        self._open = open_one
        self._is_closed = False
        self._begin()
        atexit.register(self.close)

    def _begin(self) -> None:
        """Start anew, as in a forked process: with ids of its own, and nothing that the parent has to send."""
        self._process = os.getpid()
        self._seed = int.from_bytes(os.urandom(8))
        self._tally = Tally()
        self._traces: set[int] = set()
        self._queue: Queue | None = None
        if self._is_off or self._processor is not None or self._replay is not None:
            return
        channel = self._open()
        if channel is None:  # OTEL_TRACES_EXPORTER is none
            self._is_off = True
            return
        self._queue = Queue(channel, self._open, self._tally)

    def __call__(self, look: Look, call: Call, *, root: int | None = None, context: Context | None = None) -> None:
        """Make and send the span of a call that has ended.

        `look` has the functions and statements that the call names. `root` is the id of the outermost call above it,
        its own if there is none; `context` the one in which the call started.
        """
        if os.getpid() != self._process:
            self._begin()
        if self._is_off:
            self._tally.add(Answer(skipped=1, reason="switched off by OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER"))
            return
        outer = self._outer
        if context is not None and (current := context.run(get_current_span).get_span_context()).is_valid:
            outer = current
        if outer is not None:
            trace_id, state = outer.trace_id, outer.trace_state
        else:
            trace_id, state = hashed(16, self._seed, root), None
        if len(self._traces) < 2:
            self._traces.add(trace_id)
        above = _above(look, call)
        parent = outer if above is None else self._context(trace_id, above, state)
        end = call.start + call.running + call.suspended if call.end is None else call.end
        item = self._maker.span(look, call, self._context(trace_id, call.id, state), parent, end)
        self._tally.add(self._hand_over(item, outer))

    def _context(self, trace_id: int, call: int, state: Any) -> SpanContext:
        return SpanContext(trace_id, span_id_of(self._seed, call), False, _SAMPLED, state)

    def _hand_over(self, item: Any, outer: SpanContext | None) -> Answer:
        """Give a span to whoever takes it; return what is known about it now."""
        span, _ = item
        if self._replay is not None:
            if self._replay.emit(span, outer):
                return Answer(accepted=1)
            return Answer(skipped=1, reason="not sampled by the tracer provider")
        if not is_sampled(self._sampler, outer, span.context.trace_id, span.name, span.attributes):
            return Answer(skipped=1, reason="not sampled")
        if self._processor is not None:
            self._processor.on_end(span)
            return Answer(accepted=1)
        assert self._queue is not None
        return self._queue.put(item)

    @property
    def report(self) -> SendReport:
        """What became of the spans so far; those on their way are not in it.

        Spans that a `tracer_provider` or a `processor` took count as accepted: neither tells what became of them.
        """
        return self._tally.report(format_trace_id(next(iter(self._traces))) if len(self._traces) == 1 else "")

    def flush(self, timeout: float = 30) -> bool:
        """Wait until all spans so far are sent, or given up; return whether that took less than `timeout` seconds."""
        check_seconds("timeout", timeout, least=0)
        if self._queue is not None:
            return self._queue.flush(timeout)
        pipeline: Any = self._processor or self._provider
        flush = getattr(pipeline, "force_flush", None)
        return True if flush is None else bool(flush(int(timeout * 1000)))

    def close(self, timeout: float = 30) -> SendReport:
        """Send what is left, for at most `timeout` seconds, and return the report."""
        check_seconds("timeout", timeout, least=0)
        if not self._is_closed and os.getpid() == self._process:
            self._is_closed = True
            atexit.unregister(self.close)
            if self._queue is not None:
                self._queue.close(timeout)
            else:
                self.flush(timeout)
        return self.report

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self.close()


def _above(look: Look, call: Call) -> int | None:
    """Return the id of the nearest call above whose span was sent or will be."""
    settings: Any = getattr(look, "settings", None)
    if settings is None or settings.when is not None:
        return call.frames_above
    # With these, each call is told of, even where the tracer keeps only some of them at the end.
    are_all_told = settings.keep == "last" or (settings.max_calls is None and settings.keep != "raised")
    return call.caller if are_all_told else call.frames_above
