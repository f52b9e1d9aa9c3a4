"""Where a command's results go: files by their formats, a terminal or a pipe, and what is said about it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from tracefunc._progress import Bar, is_terminal, may_color
from tracefunc.errors import ExportError, TraceError
from tracefunc.exporters import Exporter, exporter_for
from tracefunc.model import Trace

__all__ = ["Output", "load", "output_for", "report", "say", "summary", "write"]

_TEXT = ("", ".txt", ".log")


@dataclass(frozen=True, slots=True)
class Output:
    """One place to write a trace to: with an exporter, or as a report where that is None."""

    destination: str
    exporter: Exporter | None
    options: Mapping[str, object] = field(default_factory=dict)


def output_for(destination: str, name: str | None = None, texts: Mapping[str, str] | None = None) -> Output:
    """Return the place for a file or endpoint, by the format's name or the suffix; see that it can be written to.

    Raises `ExportError` for what is not known or lacks something, so that nothing runs in vain.
    """
    suffix = os.path.splitext(destination)[1].lower()
    if name == "text" or (name is None and destination != "-" and suffix in _TEXT):
        exporter = None
    else:
        try:
            exporter = exporter_for(destination, name)
        except ExportError as error:
            if name is not None or destination in ("", "-"):
                raise
            raise ExportError(f"{error} A .txt has the report.") from error
        if not exporter.partial and exporter.missing is not None and (reason := exporter.missing()):
            raise ExportError(reason)
    if destination != "-" and (exporter is None or exporter.destination == "file"):
        _check(destination)
    return Output(destination, exporter, exporter.parse(texts or {}) if exporter else {})


def _check(path: str) -> None:
    """See that a file can be made, before anything runs for it."""
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise ExportError(f"cannot write to {path!r}: it is a folder")
    if not os.path.isdir(folder):
        raise ExportError(f"cannot write to {path!r}: there is no folder {folder!r}")
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        raise ExportError(f"cannot write to {path!r}: permission denied")


def write(trace: Trace, output: Output, asked: argparse.Namespace) -> str | None:
    """Write a trace to one place and return what is to be said about it; raises `ExportError`."""
    if output.exporter is None:
        _write_report(trace, output.destination, asked)
        return None
    from tracefunc.exporters import export

    bar = None
    options: dict[str, Any] = dict(output.options)
    if output.exporter.progress and is_terminal(sys.stderr):
        bar = options["progress"] = Bar(sys.stderr, output.exporter.name)
    try:
        return export(trace, output.destination, output.exporter.name, **options)
    finally:
        if bar is not None:
            bar.end()


def _write_report(trace: Trace, path: str, asked: argparse.Namespace) -> None:
    text = report(trace, asked, None)
    try:
        with open(path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(f"{text}\n")
    except OSError as error:
        raise ExportError(f"cannot write to {path!r}: {error.strerror or error}") from error


def report(trace: Trace, asked: argparse.Namespace, stream: TextIO | None) -> str:
    """Return what the flags say is to be shown of a trace, made for a stream."""
    from tracefunc import text

    options: dict[str, Any] = {"width": getattr(asked, "width", None), "max_chars": getattr(asked, "max_chars", None)}
    options["color"] = may_color(stream, getattr(asked, "color", "auto"))
    if options["width"] is None and stream is not None and is_terminal(stream):
        options["width"] = os.get_terminal_size(stream.fileno()).columns or None
    parts = [
        show(trace, **options)
        for name, show in (("calls", text.call_tree), ("values", text.values), ("unhit", text.unhit))
        if getattr(asked, name, False)
    ]
    if not parts:
        return text.annotate(trace, **options)
    if not getattr(asked, "max_chars", None):
        parts += [f"note: {note}" for note in trace.notes]
    return "\n\n".join(part for part in parts if part)


def summary(trace: Trace) -> str:
    """Return in a few words how much there is in a trace."""
    called = sum(1 for function in trace.functions if function.calls)
    calls = sum(function.calls for function in trace.functions)
    return f"{_count(calls, 'call')} of {_count(called, 'function')}, {_count(sum(trace.hits), 'hit')}"


def load(path: str) -> Trace:
    """Read a stored trace; raises `TraceError` where that fails."""
    try:
        return Trace.load(path)
    except OSError as error:
        if isinstance(error, TraceError):
            raise
        raise TraceError(f"cannot read {path!r}: {error.strerror or error}") from error


def say(text: str) -> None:
    """Write a line to standard error, whatever has become of it."""
    with suppress(OSError, ValueError, AttributeError):
        print(f"tracefunc: {text}", file=sys.__stderr__, flush=True)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
