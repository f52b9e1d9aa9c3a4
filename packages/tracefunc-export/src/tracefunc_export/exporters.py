"""The formats of this package as the core sees them: light to import, for each loads its module when it writes."""

from __future__ import annotations

from typing import Final

from tracefunc.exporters import Exporter, Option
from tracefunc.model import Trace

__all__ = ["chrome", "dot", "json", "jsonl", "lcov", "otlp", "pdf", "png", "speedscope", "svg"]


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("it takes a whole number") from None


def _number_or_all(text: str) -> int | None:
    return None if text.lower() in ("all", "none") else _number(text)


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError("it takes a number of seconds") from None


def _yes(text: str) -> bool:
    known = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
    if text.lower() not in known:
        raise ValueError("it takes yes or no")
    return known[text.lower()]


_GRAPH: Final = (
    Option("focus", "show what leads to this function, or pattern with *, and what it leads to"),
    Option("depth", "how many calls away from the focus, or from where the targets were entered", _number),
    Option("min_hits", "leave out functions none of whose statements has as many hits", _number),
    Option("limit", "show so many functions, those with most hits, or all", _number_or_all),
    Option("detail", "detailed: functions with their statements; compact: without; auto: by their number"),
    Option("theme", "light, dark, or auto: as the reader of an SVG has it"),
    Option("title", "what the picture is called"),
    Option("links", "where a row leads: vscode, file, or an address with {path} and {line}"),
    Option("values", "yes or no: whether tooltips have values", _yes),
)
_PICTURE: Final = (*_GRAPH, Option("timeout", "seconds after which drawing is given up", _seconds))


def _no_graphviz() -> str | None:
    from tracefunc_export._render import HOW_TO_GET, find_graphviz

    return None if find_graphviz() else f"There is no Graphviz on this machine: {HOW_TO_GET}."


def _graph(kind: str, description: str, suffixes: tuple[str, ...]) -> Exporter:
    def write(trace: Trace, path: str, **options: object) -> None:
        from tracefunc_export.graph import render

        render(trace, path, kind, **options)  # type: ignore[arg-type]

    if kind == "dot":
        return Exporter(kind, description, write, suffixes, options=_GRAPH)
    # Without Graphviz, `render` still writes the .dot.
    return Exporter(kind, description, write, suffixes, options=_PICTURE, missing=_no_graphviz, partial=True)


def _write_lcov(trace: Trace, path: str, *, root: str | None = None) -> str | None:
    from tracefunc_export.lcov import write

    return write(trace, path, root=root)


def _write_speedscope(trace: Trace, path: str, *, name: str | None = None) -> None:
    from tracefunc_export.speedscope import write

    write(trace, path, name=name)


def _write_chrome(trace: Trace, path: str, *, values: bool = True) -> None:
    from tracefunc_export.chrome import write

    write(trace, path, values=values)


def _send(trace: Trace, endpoint: str, **options: object) -> str:
    from tracefunc.errors import ExportError
    from tracefunc_export.otel import send

    report = send(trace, endpoint or None, **options)  # type: ignore[arg-type]
    if not report.ok:
        raise ExportError(str(report))
    return f"{report}\nThe trace id is {report.trace_id}." if report.trace_id else str(report)


def _no_sender() -> str | None:
    from importlib.util import find_spec

    for protocol in ("http", "grpc"):
        try:
            if find_spec(f"opentelemetry.exporter.otlp.proto.{protocol}.trace_exporter"):
                return None
        except ModuleNotFoundError:
            continue
    return "There is no exporter of OTLP: pip install 'tracefunc-export[otlp-http]', or [otlp-grpc] for gRPC."


svg: Final = _graph("svg", "the call graph as a picture for browsers", (".svg",))
pdf: Final = _graph("pdf", "the call graph as a page for printing", (".pdf",))
png: Final = _graph("png", "the call graph as a picture of pixels", (".png",))
dot: Final = _graph("dot", "the call graph in Graphviz's language", (".dot", ".gv"))
lcov: Final = Exporter(
    "lcov",
    "hits of lines, functions and branches, for genhtml, editors and coverage services",
    _write_lcov,
    (".info", ".lcov"),
    options=(Option("root", "the folder that paths below it are relative to"),),
)
speedscope: Final = Exporter(
    "speedscope",
    "flame graphs in time and by hits, for speedscope.app",
    _write_speedscope,
    (".speedscope.json",),
    options=(Option("name", "what the profile is called"),),
)
chrome: Final = Exporter(
    "chrome",
    "trace events, for ui.perfetto.dev and chrome://tracing",
    _write_chrome,
    (".chrome.json", ".perfetto.json"),
    options=(Option("values", "yes or no: whether arguments, results and messages are written", _yes),),
)

otlp: Final = Exporter(
    "otlp",
    "spans for OpenTelemetry collectors and backends; the OTEL_* variables hold",
    _send,
    destination="endpoint",
    options=(
        Option("protocol", "http/protobuf or grpc"),
        Option("service", "the name of the service"),
        Option("values", "yes or no: whether arguments, samples and results are sent, redacted", _yes),
        Option("source", "yes or no: whether the text of statements is sent", _yes),
        Option("timeout", "seconds for a batch of spans, retries included", _seconds),
        Option("time_limit", "seconds for everything", _seconds),
    ),
    missing=_no_sender,
    progress=True,
)


def _json(name: str, description: str) -> Exporter:
    def write(trace: Trace, path: str) -> None:
        from tracefunc_export.json import save

        save(trace, path, format="jsonl" if name == "jsonl" else "json")

    return Exporter(name, description, write, (f".{name}", f".{name}.gz"))


json: Final = _json("json", "the whole trace as one JSON document")
jsonl: Final = _json("jsonl", "the whole trace as JSON Lines, one record a line")
