"""What a picture says about each function and statement, gathered from a trace in one pass over its calls."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from tracefunc.model import Branch, Function, Sample, Statement, Trace
from tracefunc_export._words import TIMES, duration, one_line, plural

__all__ = ["Facts", "depths", "gather"]

_VALUES = 4  # distinct values of a name in a tooltip
_NAMES = 12  # names in a tooltip


@dataclass(frozen=True, slots=True)
class Facts:
    """Sums over the calls with detail.

    By function: how many there are, their running time in nanoseconds and the exceptions that ended them. By statement:
    the exceptions that it raised, and the first distinct values of its names.
    """

    trace: Trace
    detailed: Mapping[int, int]
    running: Mapping[int, int]
    ended: Mapping[int, Counter[str]]
    raised: Mapping[int, Counter[str]]
    values: Mapping[int, Mapping[str, list[str]]]
    branches: Mapping[int, tuple[int, int]]

    def summary(self, function: Function) -> str:
        """Return how often a function was called, how long it ran and how it failed, in a few words."""
        if not function.calls:
            return "never called"
        parts = [plural(function.calls, "call")]
        detailed = self.detailed.get(function.id, 0)
        if detailed:
            rest = "" if detailed >= function.calls else f" in {plural(detailed, 'call')}"
            parts.append(f"{duration(self.running[function.id])}{rest}")
        parts += [
            f"{number:,} raised {one_line(name)}" for name, number in sorted(self.ended.get(function.id, {}).items())
        ]
        return " · ".join(parts)

    def about(self, function: Function) -> str:
        """Return the tooltip of a function."""
        unrun = [each for each in function.statements if not self.trace.hits[each]]
        lines = [f"{function.module}.{function.qualname}", f"{function.path}:{function.line}", self.summary(function)]
        if function.calls:
            lines.append(plural(sum(self.trace.hits[each] for each in function.statements), "hit"))
        if unrun and function.calls:
            lines.append(f"{plural(len(unrun), 'statement')} not run")
        return "\n".join(lines)

    def about_statement(self, statement: Statement) -> str:
        """Return the tooltip of a statement: all of its text, its hits, its ways and the values of its names."""
        hits = self.trace.hits[statement.id]
        return "\n".join([statement.snippet, *self._hits(statement.id, hits), *self._values(statement.id)])

    def _hits(self, statement: int, hits: int) -> Iterator[str]:
        yield plural(hits, "hit") if hits else "not run"
        if statement in self.branches:
            true, false = self.branches[statement]
            yield f"true {true:,}{TIMES}, false {false:,}{TIMES}"
        for name, number in sorted(self.raised.get(statement, {}).items()):
            yield f"raised {one_line(name)} {number:,}{TIMES}"

    def _values(self, statement: int) -> Iterator[str]:
        for name, texts in list(self.values.get(statement, {}).items())[:_NAMES]:
            yield f"{name} = {', '.join(texts[:_VALUES])}{', …' if len(texts) > _VALUES else ''}"


def gather(trace: Trace, functions: Collection[int], *, values: bool) -> Facts:
    """Return the facts about these functions; the values of names only where they are asked for."""
    detailed: Counter[int] = Counter()
    running: Counter[int] = Counter()
    ended: dict[int, Counter[str]] = defaultdict(Counter)
    raised: dict[int, Counter[str]] = defaultdict(Counter)
    known: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    wanted = set(functions)
    for call in trace.calls:
        if call.function not in wanted:
            continue
        detailed[call.function] += 1
        running[call.function] += call.running
        if call.outcome.kind == "raised":
            name = call.outcome.exception or "an exception"
            ended[call.function][name] += 1
            if call.outcome.statement is not None:
                raised[call.outcome.statement][name] += 1
        if values:
            _add_values(known, call.samples)
    branches: dict[int, tuple[int, int]] = {}
    for branch in sorted(trace.branches, key=_outermost):  # a test may hold conditional expressions
        branches.setdefault(branch.statement, (branch.true, branch.false))
    return Facts(trace, detailed, running, ended, raised, known, branches)


def _outermost(branch: Branch) -> tuple[int, int, int, int]:
    line, column, end_line, end_column = branch.extent
    return line, column, -end_line, -end_column


def _add_values(
    known: dict[int, dict[str, list[str]]], samples: Mapping[int, Mapping[str, tuple[Sample, ...]]]
) -> None:
    for statement, names in samples.items():
        values = known[statement]
        for name, seen in names.items():
            texts = values[name]
            for sample in seen:
                if len(texts) <= _VALUES and sample.text not in texts:
                    texts.append(sample.text)


def depths(statements: list[Statement]) -> list[int]:
    """Return how far each statement is indented, in steps, by the columns at which lines begin.

    The first statement of a line stands where its line does, and what is inside it on the same line one step deeper.
    """
    columns: list[int] = []
    result = []
    line, outer_end = -1, (0, 0)
    for statement in statements:
        extent = statement.extent
        if extent.line != line:
            line, outer_end = extent.line, (extent.end_line, extent.end_column)
            while columns and columns[-1] > extent.column:
                columns.pop()
            if not columns or columns[-1] < extent.column:
                columns.append(extent.column)
            result.append(len(columns) - 1)
        else:
            inside = (extent.line, extent.column) < outer_end
            result.append(len(columns) - (0 if inside else 1))
            outer_end = (
                max(outer_end, (extent.end_line, extent.end_column)) if inside else (extent.end_line, extent.end_column)
            )
    return result
