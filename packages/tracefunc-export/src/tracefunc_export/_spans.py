"""A call as a span: names and attributes by OpenTelemetry's conventions, times, status, events.

Backends keep what they understand and drop or refuse the rest, so all that goes into a span is made fit for the wire
before: no lone surrogates, no number beyond 64 bits, no end before the start, no attribute of unbounded size.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from importlib.metadata import version
from typing import NamedTuple, Protocol

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, SpanLimits
from opentelemetry.sdk.util import BoundedList
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, Status, StatusCode, TraceFlags
from opentelemetry.util.types import AttributeValue

from tracefunc.model import Call, Frame, Function, Sample, Statement
from tracefunc_export._redact import REDACTED, Redactor

__all__ = ["SCOPE", "Look", "Sized", "SpanMaker", "id_of", "make_resource"]

SCOPE = InstrumentationScope("tracefunc.export", version("tracefunc-export"), "https://opentelemetry.io/schemas/1.44.0")

MAX_SNIPPETS = 64  # in the arrays of hits
MAX_SOURCE = 2048  # characters of source in a span
MAX_SNIPPET = 120  # characters of one snippet
MAX_VALUES = 32 * 1024  # bytes of values in a span
MAX_FRAMES = 32  # in a stack trace
_BASE = 200  # bytes: ids, times and the tags of the fields
_INT64 = 2**63 - 1
_SAMPLED = TraceFlags(TraceFlags.SAMPLED)

type Attributes = dict[str, AttributeValue]


class Look(Protocol):
    """What of a trace is needed to describe a call: a `Trace`, or so much of one while the program runs."""

    @property
    def functions(self) -> Sequence[Function]: ...
    @property
    def statements(self) -> Sequence[Statement]: ...


class Sized(NamedTuple):
    """A span and an upper bound of its size on the wire, in bytes."""

    span: ReadableSpan
    size: int


class _Known(NamedTuple):
    function: Function
    name: str
    attributes: Attributes
    size: int


def id_of(seed: bytes, call: int, size: int = 8) -> int:
    """Return an id of `size` bytes that is always the same for a call of a session, and for no other."""
    text = call.to_bytes(call.bit_length() // 8 + 1, "little", signed=True)
    return int.from_bytes(blake2b(text, digest_size=size, key=seed).digest()) or 1


@lru_cache(4096)
def clean(text: str) -> str:
    """Return a text that can be sent: a lone surrogate in a name would lose the whole batch."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def make_resource(service: str | None = None) -> Resource:
    """Return what produces the spans, by `service` or else `OTEL_SERVICE_NAME` and `OTEL_RESOURCE_ATTRIBUTES`."""
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
        self._values = values
        self._source = source
        self._redactor = redactor
        self._stack = stack
        self._known: dict[int, _Known] = {}
        limits = SpanLimits()
        self._limits = limits
        self._is_limited = limits.max_span_attribute_length is not None or not (
            limits.max_span_attributes is None or limits.max_span_attributes > 32
        )

    def span(self, look: Look, call: Call, context: SpanContext, parent: SpanContext | None, end: int) -> Sized:
        """Return the span of a call; `end` is the time at which it ended or was last seen."""
        known = self._known.get(call.function)
        if known is None or known.function is not look.functions[call.function]:
            known = self._known[call.function] = _know(look.functions[call.function])
        start = min(max(call.start, 0), _INT64)
        end = min(max(end, start), _INT64)
        outcome = call.outcome
        thread = clean(call.thread_name)
        attributes: Attributes = {
            **known.attributes,
            "thread.id": call.thread_id & _INT64,
            "thread.name": thread,
            "tracefunc.call.id": call.id & _INT64,
            "tracefunc.outcome": clean(outcome.kind),
        }
        size = _BASE + known.size + 100 + _bytes(thread)
        if call.hits:
            size += self._add_hits(attributes, look, call)
        if call.process_id:
            attributes["process.pid"] = call.process_id & _INT64
            size += 25
        if call.task_name is not None:
            name = attributes["tracefunc.task.name"] = clean(call.task_name)
            size += 30 + _bytes(name)
        if call.caller_statement is not None:
            attributes["tracefunc.caller.line"] = _int(look.statements[call.caller_statement].extent[0])
            size += 30
        if call.suspended:
            attributes["tracefunc.running_ns"] = call.running & _INT64
            attributes["tracefunc.suspended_ns"] = call.suspended & _INT64
            size += 70
        events: list[Event] = []
        if self._values:
            size += self._add_values(events, attributes, look, call, start, end)
        status = _UNSET
        if outcome.kind == "raised":
            status, more = self._failed(events, attributes, look, call, end)
            size += more
        span = ReadableSpan(
            known.name,
            context,
            parent,
            self._resource,
            BoundedAttributes(
                self._limits.max_span_attributes,
                attributes,
                immutable=True,
                max_value_len=self._limits.max_span_attribute_length,
            )
            if self._is_limited
            else attributes,
            self._limited(events) if events else (),
            status=status,
            start_time=start,
            end_time=end,
            instrumentation_scope=SCOPE,
        )
        return Sized(span, size)

    def _add_hits(self, attributes: Attributes, look: Look, call: Call) -> int:
        """Add the hits as two arrays of equal length, in source order."""
        statements = look.statements
        hits = sorted(call.hits.items())
        if len(hits) > MAX_SNIPPETS:
            attributes["tracefunc.snippet.omitted"] = len(hits) - MAX_SNIPPETS
            hits = sorted(sorted(hits, key=lambda item: (-item[1], item[0]))[:MAX_SNIPPETS])
        lines = [_int(statements[number].extent[0]) for number, _ in hits]
        counts = [_int(count) for _, count in hits]
        attributes["tracefunc.snippet.lines"] = lines
        attributes["tracefunc.snippet.hits"] = counts
        size = 80 + 20 * len(hits)
        if self._source:
            texts, room = [], MAX_SOURCE
            for number, _ in hits:
                text = _cut(clean(self._redactor.source(statements[number].snippet)), min(MAX_SNIPPET, room))
                texts.append(text)
                room -= len(text)
                size += _bytes(text) + 6
            attributes["tracefunc.snippet.source"] = texts
        return size

    def _add_values(
        self, events: list[Event], attributes: Attributes, look: Look, call: Call, start: int, end: int
    ) -> int:
        """Add what names, arguments and results were, as events, until the room for values is used up."""
        function = look.functions[call.function]
        size = omitted = 0

        def add(name: str, time: int, values: Attributes) -> None:
            nonlocal size, omitted
            grown = 60 + sum(2 * _bytes(key) + _size(value) for key, value in values.items())
            if size + grown > MAX_VALUES:
                omitted += 1
                return
            events.append(Event(name, values, time))
            size += grown

        if call.arguments:
            shown = self._named("tracefunc.argument.", {name: (sample,) for name, sample in call.arguments.items()})
            add("tracefunc.arguments", start, {key: texts[0] for key, texts in shown.items()})
        for number, names in call.samples.items():
            if names:
                values: Attributes = {"code.line.number": _int(look.statements[number].extent[0])}
                values.update(self._named("tracefunc.value.", names))
                add("tracefunc.samples", end, values)
        for name, samples in (("tracefunc.yielded", call.yielded), ("tracefunc.sent", call.sent)):
            if samples:
                add(name, end, {"tracefunc.value": [self._shown(function.name, sample) for sample in samples]})
        if (value := call.outcome.value) is not None:
            shown_value = self._shown(function.name, value)
            add("tracefunc.returned", end, {"tracefunc.type": clean(value.type), "tracefunc.value": shown_value})
        if omitted:
            attributes["tracefunc.values.omitted"] = omitted
        return size

    def _named(self, prefix: str, names: Mapping[str, Sequence[Sample]]) -> dict[str, list[str]]:
        return {prefix + clean(name): [self._shown(name, one) for one in samples] for name, samples in names.items()}

    def _shown(self, name: str, sample: Sample) -> str:
        return REDACTED if self._redactor.hides(name) else clean(self._redactor.text(sample.text))

    def _failed(
        self, events: list[Event], attributes: Attributes, look: Look, call: Call, end: int
    ) -> tuple[Status, int]:
        """Add the error's type and its one event; the stack trace ends in the traced function."""
        outcome = call.outcome
        kind = clean(outcome.exception or "Exception")
        message = clean(self._redactor.text(outcome.message or ""))
        attributes["error.type"] = kind
        frames = list(call.frames if self._stack is None else self._stack(call))
        if frames and outcome.statement is not None:
            frames[-1] = frames[-1]._replace(line=look.statements[outcome.statement].extent[0])
        text = f"{kind}: {message}" if message else kind
        lines = (f'  File "{frame.path}", line {frame.line}, in {frame.name}' for frame in frames[-MAX_FRAMES:])
        stack = clean("\n".join(("Traceback (most recent call last):", *lines, text)))
        known: Attributes = {"exception.type": kind, "exception.message": message, "exception.stacktrace": stack}
        events.append(Event("exception", known, end))
        return Status(StatusCode.ERROR, text), 240 + 4 * _bytes(text) + _bytes(stack)

    def _limited(self, events: list[Event]) -> Sequence[Event]:
        """Return the events as the limits of the environment want them; the last ones stay."""
        limits = self._limits
        count, length = limits.max_event_attributes, limits.max_attribute_length
        for index, event in enumerate(events):
            if length is not None or (count is not None and len(event.attributes or ()) > count):
                bounded = BoundedAttributes(count, event.attributes, immutable=True, max_value_len=length)
                events[index] = Event(event.name, bounded, event.timestamp)
        if limits.max_events is not None and len(events) > limits.max_events:
            return BoundedList.from_seq(limits.max_events, events)
        return events


_UNSET = Status(StatusCode.UNSET)


def _know(function: Function) -> _Known:
    name = clean(f"{function.module}.{function.qualname}" if function.module else function.qualname)
    path = clean(function.path)
    attributes: Attributes = {
        "code.function.name": name,
        "code.file.path": path,
        "code.line.number": _int(function.line),
    }
    return _Known(function, name, attributes, 100 + 2 * _bytes(name) + _bytes(path))


def _bytes(text: str) -> int:
    return len(text) if text.isascii() else 4 * len(text)


def _size(value: AttributeValue) -> int:
    if isinstance(value, str):
        return 8 + _bytes(value)
    if isinstance(value, Sequence):
        return 8 + sum(_size(item) for item in value)
    return 16


def _int(number: int) -> int:
    return number if -_INT64 <= number <= _INT64 else _INT64 if number > 0 else -_INT64


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: max(length - 3, 0)] + "..."[: max(length, 0)]
