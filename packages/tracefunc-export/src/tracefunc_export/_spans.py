"""A call as a span: name and attributes by OpenTelemetry's conventions, times, status, events.

Backends keep what they understand and drop or refuse the rest, so all that goes into a span is made fit for the wire
before: no lone surrogates, no number beyond 64 bits, no end before the start, no attribute of unbounded size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import NamedTuple, Protocol

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits
from opentelemetry.sdk.util import BoundedList
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status, StatusCode

from tracefunc.errors import ExportError
from tracefunc.model import Call, Frame, Function, Statement
from tracefunc_export._events import Events
from tracefunc_export._redact import Redactor
from tracefunc_export._wire import INT64, Attributes, byte_size, clean, cut, value_size, whole

__all__ = ["SCOPE", "Look", "Sized", "SpanMaker", "make_resource"]

SCOPE = InstrumentationScope("tracefunc.export", version("tracefunc-export"), "https://opentelemetry.io/schemas/1.44.0")

MAX_SNIPPETS = 64  # in the arrays of hits
MAX_SOURCE = 2048  # characters of source in a span
MAX_SNIPPET = 120  # characters of one snippet
_MAX_KNOWN = 10_000  # entries of a cache
_UNSET = Status(StatusCode.UNSET)

type Sized = tuple[ReadableSpan, int]
"""A span and an upper bound of its size on the wire, in bytes."""


class Look(Protocol):
    """What of a trace is needed to describe a call: a `Trace`, or so much of one while the program runs."""

    @property
    def functions(self) -> Sequence[Function]: ...
    @property
    def statements(self) -> Sequence[Statement]: ...


class _Common(NamedTuple):
    """What many calls of a function have in common."""

    function: Function
    name: str
    attributes: Attributes
    size: int


def make_resource(service: str | None = None) -> Resource:
    """Return what produces the spans, by `service` or else `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`."""
    if service is not None and not isinstance(service, str):
        raise ExportError(f"service={service!r} is no name: give a str, or None.")
    resource = Resource.create()
    if service is None and str(resource.attributes.get("service.name", "")).startswith("unknown_service"):
        service = "tracefunc"
    return resource if service is None else resource.merge(Resource({"service.name": clean(service)}))


class SpanMaker:
    """Turns calls into spans, with as much of their values and source as was asked for."""

    def __init__(
        self,
        resource: Resource,
        *,
        values: bool = False,
        source: bool = False,
        redactor: Redactor,
        stack: Callable[[Call], Sequence[Frame]] | None = None,
    ) -> None:
        self._resource = resource
        self._has_values = values
        self._has_source = source
        self._redactor = redactor
        self._stack = stack
        self._common: dict[tuple[object, ...], _Common] = {}
        self._statements: Sequence[Statement] = ()
        self._arrays: dict[tuple[int, ...], tuple[Attributes, int]] = {}
        self._limits = limits = SpanLimits()
        most = limits.max_span_attributes
        self._is_limited = limits.max_span_attribute_length is not None or (most is not None and most < 32)

    def span(self, look: Look, call: Call, context: SpanContext, parent: SpanContext | None, end: int) -> Sized:
        """Return the span of a call; `end` is the time at which it ended or was last seen."""
        outcome = call.outcome
        key = call.function, call.thread_id, call.thread_name, call.process_id, outcome.kind
        function = look.functions[call.function]
        common = self._common.get(key)
        if common is None or common.function is not function:
            if len(self._common) >= _MAX_KNOWN:
                self._common.clear()
            common = self._common[key] = _common_to(function, call)
        start = call.start
        if not 0 <= start <= end <= INT64:
            start = min(max(start, 0), INT64)
            end = min(max(end, start), INT64)
        attributes = common.attributes.copy()
        attributes["tracefunc.call.id"] = call.id & INT64
        size = common.size
        if call.hits:
            size += self._add_hits(attributes, look, call)
        if call.caller_statement is not None:
            attributes["tracefunc.caller.line"] = whole(look.statements[call.caller_statement].extent.line)
            size += 40
        if call.task_name is not None or call.suspended:
            size += _add_waiting(attributes, call)
        status: Status = _UNSET
        events: Sequence[Event] = ()
        is_error = outcome.kind == "raised"
        if is_error or self._has_values:
            found = Events(self._redactor, look.statements, start, end)
            if self._has_values:
                found.add_values(call, function)
                if found.omitted:
                    attributes["tracefunc.values.omitted"] = found.omitted
            if is_error:
                kind = attributes["error.type"] = clean(outcome.exception or "Exception")
                status = found.add_error(call, kind, call.frames if self._stack is None else self._stack(call))
            events = self._limited(found.made)
            size += found.size + 40
        span = ReadableSpan(
            common.name,
            context,
            parent,
            self._resource,
            self._bounded(attributes) if self._is_limited else attributes,
            events,
            status=status,
            start_time=start,
            end_time=end,
            instrumentation_scope=SCOPE,
        )
        return span, size

    def _add_hits(self, attributes: Attributes, look: Look, call: Call) -> int:
        """Add the hits as arrays of equal length, in source order."""
        hits, statements = call.hits, look.statements
        if statements is not self._statements or len(self._arrays) >= _MAX_KNOWN:
            self._statements = statements
            self._arrays.clear()
        numbers = tuple(hits)
        known = self._arrays.get(numbers)
        if known is None:
            ordered = tuple(sorted(numbers))
            if numbers != ordered or len(numbers) > MAX_SNIPPETS:
                hottest = sorted(ordered, key=lambda number: -hits[number])[:MAX_SNIPPETS]
                if len(hottest) < len(numbers):
                    attributes["tracefunc.snippet.omitted"] = len(numbers) - len(hottest)
                numbers = tuple(sorted(hottest))
            known = self._arrays.get(numbers)
            if known is None:
                known = self._arrays[numbers] = self._array(statements, numbers)
        counts = [hits[number] for number in numbers]
        if max(counts) > INT64 or min(counts) < 0:
            counts = [whole(count) for count in counts]
        arrays, size = known
        attributes.update(arrays)
        attributes["tracefunc.snippet.hits"] = counts
        return size

    def _array(self, statements: Sequence[Statement], numbers: tuple[int, ...]) -> tuple[Attributes, int]:
        """Return the lines of some statements, their source if asked for, and the size of both and the hits."""
        arrays: Attributes = {"tracefunc.snippet.lines": [whole(statements[number].extent.line) for number in numbers]}
        if self._has_source:
            texts, room = [], MAX_SOURCE
            for number in numbers:
                text = cut(clean(self._redactor.source(statements[number].snippet)), min(MAX_SNIPPET, room))
                texts.append(text)
                room -= len(text)
            arrays["tracefunc.snippet.source"] = texts
        return arrays, 120 + 16 * len(numbers) + sum(value_size(value) for value in arrays.values())

    def _bounded(self, attributes: Attributes) -> BoundedAttributes:
        """Return attributes as the limits of the environment want them."""
        limits = self._limits
        length = limits.max_span_attribute_length
        return BoundedAttributes(limits.max_span_attributes, attributes, immutable=True, max_value_len=length)

    def _limited(self, events: list[Event]) -> Sequence[Event]:
        """Return events as the limits of the environment want them; the last ones stay."""
        limits = self._limits
        count, length = limits.max_event_attributes, limits.max_attribute_length
        for index, event in enumerate(events):
            if length is not None or (count is not None and len(event.attributes or ()) > count):
                bounded = BoundedAttributes(count, event.attributes, immutable=True, max_value_len=length)
                events[index] = Event(event.name, bounded, event.timestamp)
        if limits.max_events is not None and len(events) > limits.max_events:
            return BoundedList.from_seq(limits.max_events, events)
        return events


def _common_to(function: Function, call: Call) -> _Common:
    """Return what a call has in common with others of its function, thread and kind of outcome."""
    name = clean(f"{function.module}.{function.qualname}" if function.module else function.qualname)
    path, thread, kind = clean(function.path), clean(call.thread_name), clean(call.outcome.kind)
    attributes: Attributes = {
        "code.function.name": name,
        "code.file.path": path,
        "code.line.number": whole(function.line),
        "thread.id": call.thread_id & INT64,
        "thread.name": thread,
        "tracefunc.outcome": kind,
    }
    if call.process_id:
        attributes["process.pid"] = call.process_id & INT64
    size = 420 + 2 * byte_size(name) + byte_size(path) + byte_size(thread) + byte_size(kind)
    return _Common(function, name, attributes, size)


def _add_waiting(attributes: Attributes, call: Call) -> int:
    """Add what generators and coroutines have besides; return an upper bound of its size."""
    size = 0
    if call.task_name is not None:
        name = attributes["tracefunc.task.name"] = clean(call.task_name)
        size += 40 + byte_size(name)
    if call.suspended:
        attributes["tracefunc.running_ns"] = call.running & INT64
        attributes["tracefunc.suspended_ns"] = call.suspended & INT64
        size += 80
    return size
