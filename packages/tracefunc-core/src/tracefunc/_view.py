"""A trace made ready to be shown: the rows of a function, and beside each what its statement saw.

Text and HTML both start here, so that they agree on what is worth showing.
"""

from __future__ import annotations

import os
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from tracefunc._columns import clean, columns, cut, expand
from tracefunc._values import Values, values_of, with_ends
from tracefunc.model import Branch, Call, Edge, Extent, Function, Outcome, Statement, Trace
from tracefunc.results import shorten

__all__ = ["Raised", "Row", "View", "counted", "exception", "kept", "named", "place", "rows", "views"]

_DEF = re.compile(r"\s*(?:async\s+)?def\b")


@dataclass(frozen=True, slots=True)
class Raised:
    """An exception and the ids of the calls that it ended."""

    text: str
    calls: tuple[int, ...]

    @property
    def who(self) -> str:
        """The first of the calls, and how many more there are."""
        first = ", ".join(f"c{call}" for call in self.calls[:3])
        return first + (f" and {len(self.calls) - 3:,} more" if len(self.calls) > 3 else "")

    def __str__(self) -> str:
        """Return the exception and its calls."""
        return f"{self.text} ({self.who})"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of source, or a further statement of the line before it: that has no `line` of its own.

    `hits` is None where there is no statement. `values` are those that changed since they were last shown in the
    rows above, `all_values` those of all names.
    """

    line: int | None
    source: str
    statement: Statement | None = None
    hits: int | None = None
    branches: tuple[str, ...] = ()
    values: tuple[Values, ...] = ()
    all_values: tuple[Values, ...] = ()
    raised: tuple[Raised, ...] = ()

    @property
    def indent(self) -> int:
        """The columns before the text."""
        return _indent(self.source)


@dataclass(frozen=True, slots=True)
class View:
    """A function of a trace with what belongs to it: its calls with detail, and the edges that lead to it.

    `branches` are those of all functions, by their statements.
    """

    trace: Trace
    function: Function
    calls: Sequence[Call]
    callers: Sequence[Edge]
    branches: Mapping[int, Sequence[Branch]]


def views(trace: Trace) -> list[View]:
    """Return a view of each function, in order."""
    calls: dict[int, list[Call]] = defaultdict(list)
    for call in trace.calls:
        calls[call.function].append(call)
    callers: dict[int, list[Edge]] = defaultdict(list)
    for edge in trace.edges:
        if edge.caller is not None:
            callers[edge.callee].append(edge)
    branches: dict[int, list[Branch]] = defaultdict(list)
    for branch in trace.branches:
        branches[branch.statement].append(branch)
    return [
        View(trace, function, calls.get(function.id, ()), callers.get(function.id, ()), branches)
        for function in trace.functions
    ]


def rows(view: View, calls: Sequence[Call] | None = None) -> list[Row]:
    """Return the rows of a function: hits over all calls, or, where `calls` are given, over those alone."""
    trace, function = view.trace, view.function
    detailed = view.calls if calls is None else calls
    hits = {index: trace.hits[index] for index in function.statements} if calls is None else _hits(detailed)
    branches = {index: each for index, each in view.branches.items() if hits.get(index)} if calls is None else {}
    raised = _raised(detailed)
    by_line: dict[int, list[Statement]] = defaultdict(list)
    for index in function.statements:
        by_line[trace.statements[index].extent.line].append(trace.statements[index])
    lines = function.source.split("\n")
    margin = _indent(expand(lines[0]))
    head = next((number for number, line in enumerate(lines) if _DEF.match(line)), 0)
    found = []
    for line, source in enumerate(lines, function.line):
        for index, statement in enumerate(sorted(by_line[line], key=lambda item: item.extent)):
            found.append(
                Row(
                    None if index else line,
                    _dedented(_alone(source, statement) if index else expand(source), margin),
                    statement,
                    hits.get(statement.id, 0),
                    tuple(_branches(branches.get(statement.id, ()), function)),
                    all_values=tuple(values_of(statement, detailed, trace.settings)),
                    raised=tuple(raised.get(statement.id, ())),
                )
            )
        if line not in by_line or not by_line[line]:
            found.append(Row(line, _dedented(expand(source), margin)))
    first = next(index for index, row in enumerate(found) if row.line == function.line + head)
    found[first] = replace(found[first], all_values=with_ends(found[first].all_values, detailed, trace.settings))
    return _changed(found)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _dedented(line: str, margin: int) -> str:
    """Return a line without the indentation of its function."""
    return line[min(_indent(line), margin) :]


def _alone(source: str, statement: Statement) -> str:
    """Return a further statement of a line, at its own column."""
    before = expand(source.encode("utf-8", "surrogatepass")[: statement.extent.column].decode("utf-8", "replace") + "|")
    return " " * (columns(before) - 1) + expand(statement.snippet.partition("\n")[0])


def _hits(calls: Iterable[Call]) -> dict[int, int]:
    hits: dict[int, int] = defaultdict(int)
    for call in calls:
        for index, number in call.hits.items():
            hits[index] += number
    return hits


def _changed(found: list[Row]) -> list[Row]:
    """Put into each row the values which the rows above it have not shown as the last ones of their names."""
    shown: dict[str, tuple[str, ...]] = {}
    done = []
    for row in found:
        news = [values for values in row.all_values if shown.get(values.name) != values.known]
        shown.update((values.name, values.known) for values in row.all_values)
        done.append(replace(row, values=tuple(news)))
    return done


def _raised(calls: Iterable[Call]) -> dict[int, list[Raised]]:
    """Return the exceptions that ended calls by the statement that raised them."""
    found: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for call in calls:
        if call.outcome.kind == "raised" and call.outcome.statement is not None:
            found[call.outcome.statement][exception(call.outcome)].append(call.id)
    return {index: [Raised(text, tuple(ids)) for text, ids in texts.items()] for index, texts in found.items()}


def exception(outcome: Outcome) -> str:
    """Return an exception as the last line of a traceback has it."""
    return clean(f"{outcome.exception}: {outcome.message}" if outcome.message else str(outcome.exception))


def _branches(branches: Sequence[Branch], function: Function) -> Iterator[str]:
    for branch in branches:
        label = f"{_text(function, branch.extent)}: " if len(branches) > 1 else ""
        yield f"{label}true {branch.true:,} / false {branch.false:,}"


def _text(function: Function, extent: Extent) -> str:
    """Return the first line of the text of an extent in a function."""
    first = extent.line - function.line
    lines = function.source.split("\n")
    if not 0 <= first < len(lines):
        return f"line {extent.line}"
    end = extent.end_column if extent.end_line == extent.line else None
    text = lines[first].encode("utf-8", "surrogatepass")[extent.column : end].decode("utf-8", "replace")
    return cut(expand(text), 30)


def place(path: str) -> str:
    """Return a short name of a file: relative to the current folder, or the number of a notebook's cell."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    compiler = getattr(shell, "compile", None)
    cell = compiler.format_code_name(path) if compiler else None  # ("Cell", "In[3]")
    if cell:
        return clean(cell[1])
    return clean(shorten(path, os.getcwd()))


def named(function: Function) -> str:
    """Return the qualified name of a function, as it can be printed."""
    return clean(function.qualname)


def counted(number: int, noun: str) -> str:
    """Return a number with its noun, as in `1 call` and `2,000 calls`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def kept(view: View) -> str:
    """Return how often a function was called, which of the calls have detail, and how those ended."""
    function, calls = view.function, view.calls
    if not function.calls:
        return "never called"
    kinds = ("raised", "closed", "unfinished")
    numbers = {kind: sum(call.outcome.kind == kind for call in calls) for kind in kinds}
    ends = ", ".join(f"{number:,} {kind}" for kind, number in numbers.items() if number)
    text = counted(function.calls, "call")
    if len(calls) < function.calls:
        which = {"last": "the last {}", "raised": "{} that raised", "slowest": "the {} slowest"}
        number = f"{len(calls):,}" if calls else "none"
        shown = which.get(view.trace.settings.keep, "the first {}").format(number) if calls else "none"
        when = view.trace.settings.when
        text += f", detail of {shown}{'' if when is None else f' when {cut(clean(when), 40)}'}"
    return f"{text} ({ends})" if ends else text
