"""Several traces as one: those of the threads, processes and sessions of a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import chain

from tracefunc.model import Branch, Call, Edge, Extent, Function, Statement, Trace

__all__ = ["merge"]

type _Place = tuple[Extent, str, int]  # of a statement in its function; the number tells equal ones apart
type _FunctionKey = tuple[str, str, int, str, int]


def merge(*traces: Trace) -> Trace:
    """Return one trace of several.

    A function is the same in two traces if its path, qualified name, first line and source are equal. Hits, calls,
    edges and branches are added up; the ids of calls are given anew, in the order in which the calls began.
    """
    if len(traces) == 1:
        return traces[0]
    merged = _Merged()
    numbers = _call_numbers(traces)
    for number, trace in enumerate(traces):
        functions, statements = merged.take_functions(trace)
        merged.take_counts(trace, functions, statements)
        ids = numbers[number]
        merged.calls += (_renumbered(call, ids, functions, statements) for call in trace.calls)
    merged.calls.sort(key=lambda call: call.id)
    first = traces[0]
    notes = dict.fromkeys(chain.from_iterable(trace.notes for trace in traces))
    if any(trace.settings != first.settings for trace in traces):
        notes["the traces that were merged have different settings: those of the first are shown"] = None
    if any(trace.unknown is not None for trace in traces):
        notes["what only a newer version of the format knows was left out when traces were merged"] = None
    return Trace(
        tuple(merged.functions),
        tuple(merged.statements),
        tuple(merged.hits),
        tuple(merged.calls),
        tuple(Edge(*key, calls) for key, calls in merged.edges.items()),
        sum(trace.without_detail for trace in traces),
        min(trace.start for trace in traces),
        max(trace.end for trace in traces),
        ", ".join(dict.fromkeys(trace.python for trace in traces)),
        tuple(sorted(merged.branches.values(), key=lambda branch: branch.statement)),
        first.settings,
        tuple(notes),
    )


@dataclass(slots=True, eq=False)
class _Merged:
    """What is merged so far."""

    functions: list[Function] = field(default_factory=list)
    statements: list[Statement] = field(default_factory=list)
    hits: list[int] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    edges: Counter[tuple[int | None, int | None, int]] = field(default_factory=Counter)
    branches: dict[tuple[int, Extent], Branch] = field(default_factory=dict)
    by_key: dict[_FunctionKey, int] = field(default_factory=dict)

    def take_functions(self, trace: Trace) -> tuple[dict[int, int], dict[int, int]]:
        """Add the functions and statements of a trace; return the new id of each."""
        functions: dict[int, int] = {}
        statements: dict[int, int] = {}
        keys = _keys(trace)
        for function in trace.functions:  # those that are known say which of the statements are
            known = self.by_key.get(keys[function.id])
            if known is not None:
                functions[function.id] = known
                places = _places(self.statements, self.functions[known])
                for place, index in _places(trace.statements, function).items():
                    if place in places:
                        statements[index] = places[place]
        for statement in trace.statements:
            new = statements.get(statement.id)
            if new is None:
                statements[statement.id] = new = len(self.statements)
                self.statements.append(replace(statement, id=new))
                self.hits.append(0)
            else:
                self.statements[new] = _with_names(self.statements[new], statement)
            self.hits[new] += trace.hits[statement.id]
        for function in trace.functions:
            inside = [statements[index] for index in function.statements]
            known = functions.get(function.id)
            if known is None:
                functions[function.id] = known = len(self.functions)
                self.by_key[keys[function.id]] = known
                self.functions.append(replace(function, id=known, statements=tuple(inside)))
            else:
                old = self.functions[known]
                if more := set(inside) - set(old.statements):  # another version of Python has more statements
                    inside = sorted({*old.statements, *more}, key=self._order)
                else:
                    inside = list(old.statements)
                self.functions[known] = replace(old, calls=old.calls + function.calls, statements=tuple(inside))
        return functions, statements

    def take_counts(self, trace: Trace, functions: Mapping[int, int], statements: Mapping[int, int]) -> None:
        """Add the edges and branches of a trace."""
        for edge in trace.edges:
            caller = None if edge.caller is None else functions[edge.caller]
            statement = None if edge.statement is None else statements[edge.statement]
            self.edges[caller, statement, functions[edge.callee]] += edge.calls
        for branch in trace.branches:
            key = statements[branch.statement], branch.extent
            old = self.branches.get(key)
            true, false = (0, 0) if old is None else (old.true, old.false)
            self.branches[key] = Branch(*key, true + branch.true, false + branch.false)

    def _order(self, index: int) -> tuple[int, int, int, int]:
        line, column, end_line, end_column = self.statements[index].extent
        return line, column, -end_line, -end_column


def _keys(trace: Trace) -> list[_FunctionKey]:
    """Return what identifies each function; the number at the end tells equal ones apart, such as lambdas on a line."""
    seen: Counter[tuple[str, str, int, str]] = Counter()
    keys: list[_FunctionKey] = []
    for function in trace.functions:
        key = function.path, function.qualname, function.line, function.source
        keys.append((*key, seen[key]))
        seen[key] += 1
    return keys


def _places(statements: list[Statement] | tuple[Statement, ...], function: Function) -> dict[_Place, int]:
    """Return the ids of a function's statements by where they stand."""
    seen: Counter[tuple[Extent, str]] = Counter()
    places: dict[_Place, int] = {}
    for index in function.statements:
        place = statements[index].extent, statements[index].kind
        places[(*place, seen[place])] = index
        seen[place] += 1
    return places


def _with_names(one: Statement, other: Statement) -> Statement:
    """Return a statement with the names that are sampled in either trace."""
    if one.names == other.names and one.attributes == other.attributes:
        return one
    names = tuple(sorted({*one.names, *other.names}))
    return replace(one, names=names, attributes=tuple(sorted({*one.attributes, *other.attributes})))


def _call_numbers(traces: tuple[Trace, ...]) -> list[dict[int, int]]:
    """Return the new id of every call of each trace, those without a record included that are a caller.

    All are in order of their start. That of a call without a record is not known: it takes its place behind the call
    with the next lower id.
    """
    order: list[tuple[int, int, int]] = []
    for number, trace in enumerate(traces):
        starts = {call.id: call.start for call in trace.calls}
        callers = {call.caller for call in trace.calls if call.caller is not None}
        latest = trace.start
        for old in sorted({*starts, *callers}):
            latest = max(latest, starts.get(old, latest))
            order.append((latest, number, old))
    numbers: list[dict[int, int]] = [{} for _ in traces]
    for new, (_, number, old) in enumerate(sorted(order)):
        numbers[number][old] = new
    return numbers


def _renumbered(
    call: Call, ids: Mapping[int, int], functions: Mapping[int, int], statements: Mapping[int, int]
) -> Call:
    statement, outcome = call.caller_statement, call.outcome
    return replace(
        call,
        id=ids[call.id],
        function=functions[call.function],
        caller=None if call.caller is None else ids[call.caller],
        caller_statement=None if statement is None else statements[statement],
        frames_above=None if call.frames_above is None else ids[call.frames_above],
        outcome=outcome if outcome.statement is None else replace(outcome, statement=statements[outcome.statement]),
        hits={statements[index]: number for index, number in call.hits.items()},
        samples={statements[index]: names for index, names in call.samples.items()},
    )
