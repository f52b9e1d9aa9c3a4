"""The commands that read: `show` and `export` a stored trace, `list` what a target resolves to."""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from typing import Any

from tracefunc._cli_output import UsageError, load, option_texts, outputs_for, report, say, summary, write
from tracefunc._config import defaults
from tracefunc._progress import is_terminal, may_color
from tracefunc.errors import TraceError
from tracefunc.exporters import Exporter, exporter_for, find_exporters

__all__ = ["export", "list_targets", "show"]


def show(asked: argparse.Namespace) -> int:
    """Print a stored trace."""
    for name, value in defaults().items():
        if name in ("width", "max_chars", "color") and name not in asked:
            setattr(asked, name, value)
    trace = load(asked.trace)
    if asked.json:
        from tracefunc.document import dumps

        sys.stdout.flush()
        sys.stdout.buffer.write(dumps(trace))
    elif asked.ids:
        from tracefunc.text import detail

        width = getattr(asked, "width", None)
        if width is None and is_terminal(sys.stdout):
            width = os.get_terminal_size(sys.stdout.fileno()).columns or None
        options: dict[str, Any] = {"width": width, "color": may_color(sys.stdout, getattr(asked, "color", "auto"))}
        options["max_chars"] = getattr(asked, "max_chars", None)
        print("\n\n".join(detail(trace, name, **options) for name in asked.ids))
    else:
        _print(report(trace, asked, sys.stdout))
    return 0


def export(asked: argparse.Namespace) -> int:
    """Write a stored trace in other formats, or list the formats."""
    if asked.list_formats:
        _list_formats(asked.format)
        return 0
    if asked.trace is None:
        raise UsageError("name a stored trace: tracefunc export trace.jsonl -o graph.svg")
    if not asked.output and asked.format is None:
        raise UsageError("name a file with -o, such as graph.svg, or a --format")
    outputs = outputs_for([(each, asked.format) for each in asked.output or [""]], option_texts(asked.option))
    trace = load(asked.trace)
    written = []
    code = 0
    for output in outputs:
        try:
            remark = write(trace, output, asked)
        except (TraceError, OSError) as error:
            if len(outputs) == 1 or getattr(asked, "debug", False):
                raise
            say(str(error))
            code = 1
            continue
        if remark and not asked.quiet:
            say(remark)
        elif output.destination != "-":
            written.append(output.destination)
    if written and not (asked.quiet or asked.brief):
        say(f"{summary(trace)}; written: {', '.join(written)}")
    return code


def _list_formats(name: str | None) -> None:
    """Print all formats, or one with what its options mean."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        formats = find_exporters()
    if name is not None:
        formats = {name: exporter_for("", name)}
    suffixes = {each: " ".join(exporter.suffixes) or "(endpoint)" for each, exporter in formats.items()}
    suffixes |= {} if name else {"text": ".txt .log"}
    first, second = max(map(len, suffixes)), max(map(len, suffixes.values()))
    for each in sorted(suffixes):
        exporter = formats.get(each)
        described = exporter.description if exporter else "the report"
        print(f"{each:<{first}}  {suffixes[each]:<{second}}  {described}")
        if exporter is None:
            continue
        if name is None and exporter.options:
            print(f"{'':<{first}}  options: {', '.join(option.name for option in exporter.options)}")
        for option in exporter.options if name else ():
            print(f"  --option {option.name}=...  {option.description}")
        if reason := _missing(exporter):
            print(f"{'':<{first}}  not available: {reason}")
    for warning in caught:
        say(str(warning.message))


def _missing(exporter: Exporter) -> str | None:
    return exporter.missing() if exporter.missing is not None else None


def list_targets(asked: argparse.Namespace) -> int:
    """Print the functions in targets."""
    from tracefunc._listing import list_target
    from tracefunc._view import place

    if not sys.flags.safe_path:
        sys.path[0] = os.getcwd()
    rows: dict[tuple[str, str], None] = {}
    code = 0
    for target in asked.targets:
        try:
            found, why = list_target(target)
        except (OSError, SyntaxError) as error:
            if isinstance(error, TraceError):
                raise
            raise TraceError(f"{target}: cannot be read: {error}") from error
        for each in found:
            rows[
                f"{each.module}:{each.qualname}", f"{place(os.path.abspath(each.path))}:{each.line}-{each.end_line}"
            ] = None
        if not found:
            code = 1
            say(f"{target}: {why}")
    width = max((len(name) for name, _ in rows), default=0)
    for name, where in rows:
        _print(f"{name:<{width}}  {where}")
    return code


def _print(text: str) -> None:
    print(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace").decode(sys.stdout.encoding or "utf-8"))
