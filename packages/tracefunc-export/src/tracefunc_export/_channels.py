"""What a way to a receiver is, and the answer that it gives."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from tracefunc.errors import ExportError
from tracefunc_export._numbers import check_seconds

__all__ = ["Answer", "Channel", "PlainChannel", "partial", "seconds"]


class Answer(NamedTuple):
    """What became of a batch, see `SendReport`. `is_final` says that trying another batch now is of no use."""

    accepted: int = 0
    refused: int = 0
    lost: int = 0
    reason: str = ""
    is_too_large: bool = False
    is_final: bool = False
    skipped: int = 0


class Channel(Protocol):
    """A way to a receiver. `timeout` is the longest that `deliver` means to take, in seconds."""

    timeout: float

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        """Send a batch and wait for the answer."""
        ...

    def close(self) -> None:
        """Give back what the channel holds."""
        ...


class PlainChannel:
    """Any exporter: all that it says is whether it worked. It is shut down at the end if it is `owned`."""

    def __init__(self, exporter: SpanExporter, timeout: float | None = None, *, owned: bool = False) -> None:
        if not callable(getattr(exporter, "export", None)):
            raise ExportError(f"exporter={exporter!r} is no SpanExporter: it has no export().")
        self._exporter = exporter
        self._is_owned = owned
        self.timeout = seconds(timeout)

    def deliver(self, spans: Sequence[ReadableSpan]) -> Answer:
        if self._exporter.export(spans) is SpanExportResult.SUCCESS:
            return Answer(accepted=len(spans))
        return Answer(lost=len(spans), reason=f"{type(self._exporter).__name__} failed")

    def close(self) -> None:
        if self._is_owned:
            self._exporter.shutdown()


def seconds(given: float | None) -> float:
    """Return the seconds that a batch may take, by `OTEL_EXPORTER_OTLP_TIMEOUT` where none is given."""
    if given is not None:
        check_seconds("timeout", given, otherwise=", or None for the usual ones")
        return given
    variables = ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT")
    text = next((os.environ[name] for name in variables if os.environ.get(name)), "10")
    try:
        check_seconds(variables[-1], found := float(text))
    except (ValueError, ExportError):  # a variable that makes no sense counts as none
        return 10.0
    return found


def partial(number: int, rejected: int, message: str) -> Answer:
    """Return the answer about a batch of which so many spans were rejected."""
    refused = min(max(rejected, 0), number)
    return Answer(accepted=number - refused, refused=refused, reason=message or ("rejected" if refused else ""))
