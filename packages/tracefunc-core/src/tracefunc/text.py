"""A trace as text: the source of each function with the hits of its statements and the values that they saw."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from tracefunc.model import Call, Function, Statement, Trace

__all__ = ["annotate"]

_UNHIT = ">>>>>>"  # as the `trace` module of the standard library marks lines that never ran
_TOOLS = frozenset(["builtin_function_or_method", "function", "method", "module", "type"])  # values that tell little


def annotate(trace: Trace, *, width: int = 100) -> str:
    """Return the annotated source of all functions of a trace.

    A row is a line of source with its hits over all calls, and the distinct values that its names had in the
    calls with detail. Further statements on a line follow on rows of their own. `width` is what long values
    are cut to, in characters; source is never cut.
    """
    return "\n".join(line.rstrip() for function in trace.functions for line in _function(trace, function, width))


def _function(trace: Trace, function: Function, width: int) -> Iterator[str]:
    calls = [call for call in trace.calls if call.function == function.id]
    values = _values(calls)
    by_line: dict[int, list[Statement]] = defaultdict(list)
    for index in function.statements:
        by_line[trace.statements[index].extent.line].append(trace.statements[index])
    lines = function.source.split("\n")
    column = min(max((len(line) for line in lines), default=0), 52)
    yield from _summary(trace, function, calls)
    yield f"{'hits':>8}  {'line':>5}  source"
    for number, source in enumerate(lines, function.line):
        here = sorted(by_line.get(number, []), key=lambda item: item.extent)
        hits, beside = (_hits(trace, here[0]), _beside(here[0], values)) if here else ("", "")
        row = f"{hits:>8}  {number:>5}  {source:<{column}}"
        yield _cut(row + beside, max(width, len(row)))
        for statement in here[1:]:
            part = f"{' ' * statement.extent.column}{statement.snippet.partition('\n')[0]}"
            row = f"{_hits(trace, statement):>8}  {'':>5}  {part:<{column}}"
            yield _cut(row + _beside(statement, values), max(width, len(row)))
    yield ""


def _summary(trace: Trace, function: Function, calls: list[Call]) -> Iterator[str]:
    """Yield who called a function how often, and how its calls ended."""
    times = "never called" if not function.calls else f"{function.calls:,} call{'s' if function.calls > 1 else ''}"
    yield f"{function.qualname} ({function.path}:{function.line}), {times}"
    for edge in trace.edges:
        if edge.callee == function.id and edge.caller is not None:
            line = "" if edge.statement is None else f", line {trace.statements[edge.statement].extent.line}"
            yield f"  called {edge.calls:,} times by {trace.functions[edge.caller].qualname}{line}"
    for call in calls:
        outcome = call.outcome
        if outcome.kind == "raised":
            at = "" if outcome.statement is None else f" at line {trace.statements[outcome.statement].extent.line}"
            yield f"  call {call.id} raised {outcome.exception}: {outcome.message}{at}"


def _hits(trace: Trace, statement: Statement) -> str:
    return f"{trace.hits[statement.id]:,}" if trace.hits[statement.id] else _UNHIT


def _values(calls: list[Call]) -> dict[int, str]:
    """Return for each statement the values of its names: a run of equal ones is shown once."""
    texts: dict[int, dict[str, list[str]]] = {}
    for call in calls:
        for index, names in call.samples.items():
            shown = texts.setdefault(index, {})
            for name, samples in names.items():
                for sample in samples:
                    known = shown.setdefault(name, [])
                    if sample.type not in _TOOLS and known[-1:] != [sample.text]:
                        known.append(sample.text)
    return {
        index: "  ".join(f"{name} = {', '.join(known)}" for name, known in sorted(names.items(), key=_by_news) if known)
        for index, names in texts.items()
    }


def _by_news(item: tuple[str, list[str]]) -> tuple[bool, str]:
    """Order names that change before those that do not, for the end of a row may be cut off."""
    name, known = item
    return len(known) < 2, name


def _beside(statement: Statement, values: dict[int, str]) -> str:
    text = values.get(statement.id, "")
    return f"  # {text}" if text else ""


def _cut(row: str, width: int) -> str:
    return row if len(row) <= width else row[: width - 3] + "..."
