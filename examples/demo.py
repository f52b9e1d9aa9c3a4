"""Watch the standard library at work: `tomllib` reads this repository's pyproject.toml.

    hatch run demo
    hatch run demo --otlp http://localhost:4318

The targets are functions deep inside the parser. Nothing else of it is traced, and nothing else is slowed down. Beside
what it prints, the demo writes a trace and its call graph into the folder demo-output, and sends its spans where
an endpoint is given.
"""

import argparse
import os
import sys
import tomllib
import tomllib._parser as parser
from collections.abc import Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan

from tracefunc import ExportError, Trace, Tracer
from tracefunc_export.graph import render
from tracefunc_export.otel import send, to_spans

TARGETS = [parser.parse_key, parser.parse_key_part]
MORE_TARGETS = [
    *TARGETS,
    parser.create_dict_rule,
    parser.create_list_rule,
    parser.key_value_rule,
    parser.parse_array,
    parser.parse_basic_str,
    parser.parse_inline_table,
    parser.parse_key_value_pair,
    parser.parse_one_line_basic_str,
    parser.parse_value,
]
PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"
ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")


def heading(text: str) -> None:
    """Print a heading."""
    print(f"\n{text}\n{'-' * len(text)}")


def main(arguments: Sequence[str]) -> int:
    """Trace the parser, print and write what it did, and send it where that is asked for."""
    options = read(arguments)
    text = PYPROJECT.read_text(encoding="utf-8")
    with Tracer(*TARGETS) as tracer:
        tomllib.loads(text)
    show(tracer.trace())
    with Tracer(*MORE_TARGETS, max_calls=2) as tracer:
        tomllib.loads(text)
    trace = tracer.trace()
    drawn = write(trace, options.folder)
    sent = send_spans(trace, options.otlp)

    heading("What to try next")
    if drawn:
        print(f"Open {options.folder / 'callgraph.svg'} in a browser; docs/graphs.md says how to read it.")
    print("Put another function of tomllib._parser into TARGETS, such as parse_value or parse_array.")
    print("Trace a function of yours: print(tracefunc(function, *arguments).trace)")
    print("Read docs/tutorial.md: it finds the cause of a wrong value in ten minutes.")
    return 0 if sent else 1


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """Return what the command line asks for."""
    known = argparse.ArgumentParser(prog="demo", description="Trace tomllib while it reads pyproject.toml.")
    known.add_argument("--folder", type=Path, default=Path("demo-output"), help="where the files go (%(default)s)")
    known.add_argument(
        "--otlp",
        metavar="ENDPOINT",
        help=f"where the spans go, as http://localhost:4318; without it, where {ENDPOINTS[1]} says, if it is set",
    )
    return known.parse_args(arguments)


def show(trace: Trace) -> None:
    """Print what two functions did, in three parts."""
    print(f"tomllib.loads has read {PYPROJECT.name} on CPython {trace.python}. The targets were two functions of")
    print(f"its parser, {' and '.join(target.__name__ for target in TARGETS)}.")

    heading("What every statement did")
    print("Hits count all calls. On the right are values that the first calls saw. >>>>>> has never run.\n")
    print(str(trace).rstrip())

    heading("Who called whom")
    print("Each edge is counted for every call, with the statement that made it.\n")
    for edge in trace.edges:
        callee = trace.functions[edge.callee].name
        caller = "code that is no target" if edge.caller is None else trace.functions[edge.caller].name
        at = "" if edge.statement is None else f", line {trace.statements[edge.statement].extent.line}"
        print(f"{edge.calls:5} calls of {callee} by {caller}{at}")

    heading("The first call of all")
    first = trace.calls[0]
    values = ", ".join(f"{name}={sample.text}" for name, sample in first.arguments.items())
    print(f"{trace.functions[first.function].name}({values})")
    print(f"{first.outcome.kind} {first.outcome.value.text if first.outcome.value else ''}")
    print("and was reached through " + ", ".join(frame.name for frame in trace.stack(first)[:-1]))


def write(trace: Trace, folder: Path) -> bool:
    """Write a trace as a file that can be read back, and as a picture; tell whether there is one."""
    heading("The same of eleven functions, as files")
    folder.mkdir(parents=True, exist_ok=True)
    trace.save(folder / "trace.json")
    size = (folder / "trace.json").stat().st_size
    same = "the same trace" if Trace.load(folder / "trace.json") == trace else "another trace"
    print(f"{folder / 'trace.json'}: {size:,} bytes; read back, it is {same}.")
    try:
        render(trace, folder / "callgraph.svg", title="tomllib reads pyproject.toml")
    except ExportError as error:
        print(error)
        return False
    print(f"{folder / 'callgraph.svg'}: the call graph, each function with the hits of its statements.")
    return True


def send_spans(trace: Trace, endpoint: str | None) -> bool:
    """Print the spans of a trace, send them where there is somewhere to, and tell whether all went well."""
    heading("The same as OpenTelemetry spans")
    print("A span is a call that has its detail: here, the first two of each function.\n")
    depths: dict[int, int] = {}
    for span in to_spans(trace):
        depth = 0 if span.parent is None else depths.get(span.parent.span_id, -1) + 1
        if span.context is not None:
            depths[span.context.span_id] = depth
        print(f"  {'  ' * depth}{described(span)}")
    variable = next((name for name in ENDPOINTS if os.environ.get(name)), None)
    if endpoint is None and variable is None:
        print("\nNothing was sent. `hatch run demo --otlp http://localhost:4318` sends them to the collector there.")
        return True
    report = send(trace, endpoint)  # which, where it is None, reads the variables itself
    print(f"\nSent to {endpoint}. {report}" if endpoint else f"\nSent where {variable} says. {report}")
    if report.accepted:
        print(f"Look for the trace {report.trace_id} in its pages.")
    return report.ok


def described(span: ReadableSpan) -> str:
    """Return a span in a line: its name, how long it took, and where its function stands."""
    length = ((span.end_time or 0) - (span.start_time or 0)) / 1_000
    line = (span.attributes or {}).get("code.line.number", "?")
    return f"{span.name.rpartition('.')[2]}, line {line}, {length:,.0f} µs"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
