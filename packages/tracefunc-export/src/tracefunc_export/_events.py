"""What is an event in the span of a call: the values that it saw, where they are asked for, and its error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from opentelemetry.sdk.trace import Event
from opentelemetry.trace import Status, StatusCode

from tracefunc.model import Call, Frame, Function, Sample, Statement
from tracefunc_export._redact import REDACTED, Redactor
from tracefunc_export._wire import Attributes, byte_size, clean, value_size, whole

__all__ = ["MAX_FRAMES", "Events"]

MAX_FRAMES = 32  # in a stack trace
MAX_VALUES = 32 * 1024  # bytes of values in a span


class Events:
    """Makes the events of one span, and adds up their size; `omitted` counts those that there was no room for."""

    def __init__(self, redactor: Redactor, statements: Sequence[Statement], start: int, end: int) -> None:
        self._redactor = redactor
        self._statements = statements
        self._start = start
        self._end = end
        self.made: list[Event] = []
        self.size = self.omitted = 0

    def add_values(self, call: Call, function: Function) -> None:
        """Add arguments, samples, and what was yielded, sent and returned."""
        for name, time, values in self._values(call, function):
            size = 60 + sum(2 * byte_size(key) + value_size(value) for key, value in values.items())
            if self.size + size > MAX_VALUES:
                self.omitted += 1
            else:
                self.size += size
                self.made.append(Event(name, values, time))

    def _values(self, call: Call, function: Function) -> Iterator[tuple[str, int, Attributes]]:
        if call.arguments:
            arguments = {clean(name): self._shown(name, sample) for name, sample in call.arguments.items()}
            yield "tracefunc.arguments", self._start, {f"tracefunc.argument.{k}": text for k, text in arguments.items()}
        for number, names in call.samples.items():
            if names:
                line = whole(self._statements[number].extent.line)
                yield "tracefunc.samples", self._end, {"code.line.number": line, **self._named(names)}
        for event, samples in (("tracefunc.yielded", call.yielded), ("tracefunc.sent", call.sent)):
            if samples:
                yield event, self._end, {"tracefunc.value": [self._shown(function.name, one) for one in samples]}
        if (value := call.outcome.value) is not None:
            text = self._shown(function.name, value)
            yield "tracefunc.returned", self._end, {"tracefunc.type": clean(value.type), "tracefunc.value": text}

    def _named(self, names: Mapping[str, Sequence[Sample]]) -> dict[str, list[str]]:
        return {
            f"tracefunc.value.{clean(name)}": [self._shown(name, sample) for sample in samples]
            for name, samples in names.items()
        }

    def _shown(self, name: str, sample: Sample) -> str:
        return REDACTED if self._redactor.hides(name) else clean(self._redactor.text(sample.text))

    def add_error(self, call: Call, kind: str, stack: Sequence[Frame]) -> Status:
        """Add the one event of an error, whose stack trace ends in the traced function; return the span's status."""
        outcome = call.outcome
        message = clean(self._redactor.text(outcome.message or ""))
        text = f"{kind}: {message}" if message else kind
        frames = list(stack)
        if frames and outcome.statement is not None:
            frames[-1] = frames[-1]._replace(line=self._statements[outcome.statement].extent.line)
        lines = (f'  File "{path}", line {whole(line)}, in {name}' for name, path, line in frames[-MAX_FRAMES:])
        trace = clean("\n".join(("Traceback (most recent call last):", *lines, text)))
        known: Attributes = {"exception.type": kind, "exception.message": message, "exception.stacktrace": trace}
        self.made.append(Event("exception", known, self._end))
        self.size += 240 + 4 * byte_size(text) + byte_size(trace)
        return Status(StatusCode.ERROR, text)
