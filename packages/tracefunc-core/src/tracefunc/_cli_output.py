"""Where a command's results go: files by their formats, a terminal or a pipe, and what is said about it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TextIO

from tracefunc._progress import Bar, is_terminal, may_color
from tracefunc.errors import ExportError, TraceError
from tracefunc.exporters import Exporter, exporter_for
from tracefunc.model import Trace

__all__ = ["Output", "UsageError", "load", "option_texts", "outputs_for", "report", "say", "summary", "write"]

_TEXT = ("", ".txt", ".log")
_PIECE = 1 << 20


class UsageError(ExportError):
    """The command was used wrongly: the exit code is 2."""


@dataclass(frozen=True, slots=True)
class Output:
    """One place to write a trace to: with an exporter, or as a report where that is None."""

    destination: str
    exporter: Exporter | None
    options: Mapping[str, object] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)  # the options as they were given

    @property
    def is_ours(self) -> bool:
        """Whether the core writes it, which needs nothing but a file."""
        return self.exporter is None or self.exporter.name in ("json", "jsonl")

    def __str__(self) -> str:
        return self.destination or (self.exporter.name if self.exporter else "")


def option_texts(options: Iterable[str]) -> dict[str, str]:
    """Return what `--option NAME=VALUE` says; raises `UsageError` for what says nothing."""
    texts = {}
    for option in options:
        name, equals, value = option.partition("=")
        if not equals:
            raise UsageError(f"--option {option}: expected NAME=VALUE")
        texts[name] = value
    return texts


def outputs_for(wanted: Sequence[tuple[str, str | None]], texts: Mapping[str, str]) -> list[Output]:
    """Return the places for files and endpoints, each by the format's name or the suffix; see that they can be written.

    An option goes to each format that knows it, and at least one has to. Raises `UsageError` for what is not known and
    `ExportError` for what lacks something, so that nothing runs in vain.
    """
    outputs = [_output_for(destination, name, texts, strict=len(wanted) == 1) for destination, name in wanted]
    taken = {name for output in outputs for name in output.options}
    if lost := [name for name in texts if name.replace("-", "_") not in taken]:
        raise UsageError(f"--option {lost[0]}: no format asked for has it; see tracefunc export --list-formats")
    return outputs


def _output_for(destination: str, name: str | None, texts: Mapping[str, str], *, strict: bool) -> Output:
    suffix = os.path.splitext(destination)[1].lower()
    if name == "text" or (name is None and destination != "-" and suffix in _TEXT):
        exporter = None
    else:
        try:
            exporter = exporter_for(destination, name)
        except ExportError as error:
            may_be_text = name is None and destination not in ("", "-")
            raise UsageError(f"{error} A .txt has the report." if may_be_text else str(error)) from error
        if not exporter.partial and exporter.missing is not None and (reason := exporter.missing()):
            raise ExportError(reason)
    if exporter is None or exporter.destination == "file":
        destination = destination or "-"
        if destination != "-":
            _check(destination)
    if exporter is None:
        return Output(destination, None)
    known = {option.name for option in exporter.options}
    texts = {key: text for key, text in texts.items() if strict or key.replace("-", "_") in known}
    try:
        return Output(destination, exporter, exporter.parse(texts), texts)
    except ExportError as error:
        raise UsageError(str(error)) from error


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
    if path == "-":
        encoding = sys.stdout.encoding or "utf-8"
        print(text.encode(encoding, "backslashreplace").decode(encoding))
        return
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
    """Read a stored trace, from standard input where the path is `-`; raises `TraceError` where that fails."""
    try:
        if path == "-":
            from tracefunc import _files, _plain, _reading

            pieces = _files.unpack(iter(lambda: sys.stdin.buffer.read(_PIECE), b""))
            return _reading.load(pieces, "standard input", _plain.decode)
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
