"""A trace as text: annotated source, the tree of calls, values, what never ran, and one call or statement in detail.

All functions here take a `Trace` and return a text without a newline at its end. `width` is in columns of a terminal,
100 if None; source is never cut. `max_chars` bounds the whole text, for programs that read it: the most informative
comes first, and the last line says what was left out. `color` adds ANSI escapes. They raise `TraceError` for a
`width` or `max_chars` that is no number from 0 up.

Statements are named `s7` and calls `c12`, after their ids in the trace.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from tracefunc._calltree import duration, result, signature, tree_lines, where
from tracefunc._columns import clean, columns, cut, pad, paint
from tracefunc._compact import bounded, compact
from tracefunc._values import fit, values_of
from tracefunc._view import Row, counted, kept, named, place, rows
from tracefunc.errors import TraceError
from tracefunc.model import Call, Function, Statement, Trace

__all__ = ["annotate", "call_tree", "detail", "unhit", "values"]

_UNHIT = ">>>>>>"  # as the `trace` module of the standard library marks lines that never ran
_WIDTH = 100
_BESIDE = 40  # columns for values, where lines of source leave them
_ROOM = 24  # columns that values get at least: a row that has less left for them is followed by one of theirs


def annotate(
    trace: Trace,
    *,
    width: int | None = None,
    calls: bool | None = None,
    values: bool = True,
    unhit: bool = False,
    times: bool = True,
    max_chars: int | None = None,
    color: bool = False,
) -> str:
    """Return the annotated source of the functions of a trace.

    A row is a line of source with the hits of its statement over all calls, its id, and beside it how often its test
    was true and false, and the values of its names where they have changed: in order, a run of equal ones once, or,
    where they are too many, the first, the last and how many are distinct. The `def` row has arguments and results.
    Further statements on a line follow on rows of their own. An exception stands below the statement that raised it.

    `calls` adds the tree of calls, with `times` in it; by default only the form for `max_chars` has the calls.
    `values=False` leaves out the values. `unhit` gives the source of functions that were never called, too, which are
    otherwise only named.
    """
    room = _checked("width", width, _WIDTH)
    if max_chars is not None:
        limit = _checked("max_chars", max_chars, 0)
        return compact(trace, limit, calls=calls is not False, values=values, unhit=unhit)
    shown = [function for function in trace.functions if function.calls or unhit]
    blocks = ["\n".join(_function(trace, function, room, values, color)) for function in shown]
    if calls and trace.calls:
        blocks.append("\n".join(tree_lines(trace, room, times=times, color=color)))
    never = [function for function in trace.functions if not function.calls and not unhit]
    blocks += ["\n".join(_never_called(never, room, color))] if never else []
    blocks += ["\n".join(f"note: {clean(note)}" for note in trace.notes)] if trace.notes else []
    return "\n\n".join(blocks)


def call_tree(
    trace: Trace, *, width: int | None = None, times: bool = True, max_chars: int | None = None, color: bool = False
) -> str:
    """Return the calls with detail as a tree: a row has the id, the time spent running, arguments and outcome.

    The time of a call includes that of the calls it made. What it was suspended is told apart; so are a thread, task or
    process that is not its caller's. At the end stands who made how many calls, if some have no detail.
    `times=False` leaves out the times, so that the texts of two runs compare equal.
    """
    lines = tree_lines(trace, _checked("width", width, _WIDTH), times=times, color=color)
    return _joined(lines, max_chars)


def values(trace: Trace, *, width: int | None = None, max_chars: int | None = None, color: bool = False) -> str:
    """Return all names of each statement with their values, whether or not they have changed since the one before."""
    return _joined(_all_values(trace, _checked("width", width, _WIDTH), color), max_chars)


def unhit(trace: Trace, *, width: int | None = None, max_chars: int | None = None, color: bool = False) -> str:
    """Return the statements that never ran, and the functions that were never called."""
    return _joined(_never_ran(trace, _checked("width", width, _WIDTH), color), max_chars)


def detail(
    trace: Trace, name: str, *, width: int | None = None, max_chars: int | None = None, color: bool = False
) -> str:
    """Return all that is known of one call, by a name such as `c12`, or of one statement, such as `s7`.

    Of a call: arguments, outcome, stack, times, its source with its own hits and values, and the calls that it made.
    Of a statement: where it is, hits, branches, the calls that it made, and the values in each call. Raises
    `TraceError` for a name that the trace does not have.
    """
    room = _checked("width", width, _WIDTH)
    kind, number = name[:1], name[1:]
    if kind == "s" and number.isdecimal() and int(number) < len(trace.statements):
        return _joined(_of_statement(trace, trace.statements[int(number)], room, color), max_chars)
    for call in trace.calls if kind == "c" and number.isdecimal() else ():
        if call.id == int(number):
            return _joined(_of_call(trace, call, room, color), max_chars)
    raise TraceError(
        f"{name!r} is neither a call with detail nor a statement of this trace: it has "
        f"{_range('c', [call.id for call in trace.calls], 'calls')} and "
        f"{_range('s', [statement.id for statement in trace.statements], 'statements')}"
    )


def _range(letter: str, ids: Sequence[int], noun: str) -> str:
    return f"the {noun} {letter}{ids[0]} to {letter}{ids[-1]}" if ids else f"no {noun}"


def _checked(name: str, value: int | None, default: int) -> int:
    if value is None:
        return default
    if type(value) is not int or value < 0:
        raise TraceError(f"{name}={value!r}: expected a number from 0 up, or None")
    return value


def _joined(lines: Iterable[str], max_chars: int | None) -> str:
    return "\n".join(lines) if max_chars is None else bounded(lines, _checked("max_chars", max_chars, 0))


def _function(
    trace: Trace, function: Function, width: int, values: bool, color: bool, calls: Sequence[Call] | None = None
) -> Iterator[str]:
    """Yield the annotated source of a function: of all its calls below a heading, or of some without."""
    if calls is None:
        yield _title(function, kept(trace, function), color)
        yield from _callers(trace, function)
    found = rows(trace, function, calls)
    hits = max((len(_hits(row)) for row in found if row.statement), default=0)
    sizes = max(hits, 4), max((len(_id(row)) for row in found), default=2), max(len(str(row.line)) for row in found)
    room = max(width - sum(sizes) - 6 - 4 - _BESIDE, 16)
    source = min(max(columns(row.source) for row in found), room)
    if calls is None:
        yield f"{'hits':>{sizes[0]}}  {'id':>{sizes[1]}}  {'line':>{max(sizes[2], 4)}}  source"
    for row in found:
        yield from _row(row, (sizes[0], sizes[1], max(sizes[2], 4)), source, width, values, color)


def _row(row: Row, sizes: tuple[int, int, int], source: int, width: int, values: bool, color: bool) -> Iterator[str]:
    line = "" if row.line is None else str(row.line)
    hits, gutter = f"{_hits(row):>{sizes[0]}}", f"  {_id(row):>{sizes[1]}}  {line:>{sizes[2]}}  "
    unhit = row.hits == 0
    start = paint(hits, "bad" if unhit else "bold", color) + paint(gutter, "dim", color)
    margin = len(hits) + len(gutter)
    left = width - margin - max(columns(row.source), source) - 4
    shown = row.values if values else ()
    if not row.branches and not shown:
        yield (start + paint(row.source, "bad" if unhit else "", color)).rstrip()
    elif left >= _ROOM or left >= columns(beside := fit(row.branches, shown, 10**9)):
        beside = fit(row.branches, shown, left)
        yield start + pad(row.source, source) + paint(f"  # {beside}", "value", color)
    else:
        yield (start + row.source).rstrip()
        indent = min(row.indent + 4, max(width - margin - 2 - _ROOM, 0))
        beside = fit(row.branches, shown, max(width - margin - indent - 2, _ROOM))
        yield " " * (margin + indent) + paint(f"# {beside}", "value", color)
    for raised in row.raised:
        text = cut(f"^ {raised}", max(width - margin - row.indent, _ROOM))
        yield " " * (margin + row.indent) + paint(text, "error", color)


def _hits(row: Row) -> str:
    return "" if row.hits is None else f"{row.hits:,}" if row.hits else _UNHIT


def _id(row: Row) -> str:
    return "" if row.statement is None else f"s{row.statement.id}"


def _title(function: Function, text: str, color: bool) -> str:
    return paint(named(function), "bold", color) + f" ({place(function.path)}:{function.line}), {text}"


def _callers(trace: Trace, function: Function) -> Iterator[str]:
    """Yield who called a function, and how calls ended that no statement tells of."""
    for edge in trace.edges:
        if edge.callee == function.id and edge.caller is not None:
            at = "" if edge.statement is None else f", {where(trace, edge.statement)}"
            yield f"  called {counted(edge.calls, 'time')} by {named(trace.functions[edge.caller])}{at}"
    for call in trace.calls:
        if call.function == function.id and call.outcome.kind == "raised" and call.outcome.statement is None:
            yield f"  c{call.id} {result(trace, call)}"


def _never_called(functions: Sequence[Function], width: int, color: bool) -> Iterator[str]:
    yield paint("never called:", "bad", color)
    for function in functions:
        yield cut(f"  {named(function)} ({place(function.path)}:{function.line})", width)


def _never_ran(trace: Trace, width: int, color: bool) -> Iterator[str]:
    for function in trace.functions:
        never = [trace.statements[index] for index in function.statements if not trace.hits[index]]
        if never and function.calls:
            number = counted(len(function.statements), "statement")
            yield _title(function, f"{len(never):,} of {number} never ran", color)
            for statement in never:
                snippet = clean(" ".join(statement.snippet.split()))
                yield cut(f"  {_UNHIT}  s{statement.id}  line {statement.extent.line}  {snippet}", width)
    if never_called := [function for function in trace.functions if not function.calls]:
        yield from _never_called(never_called, width, color)


def _all_values(trace: Trace, width: int, color: bool) -> Iterator[str]:
    for function in trace.functions:
        found = [row for row in rows(trace, function) if row.all_values] if function.calls else []
        if found:
            yield _title(function, kept(trace, function), color)
        for row in found:
            name = f"{_id(row)} " if row.statement else ""
            line = "" if row.line is None and row.statement is None else _line_of(row)
            yield f"  {name}line {line}  {row.source.strip()}"
            yield from (f"      {paint(item.within(max(width - 6, _ROOM)), 'value', color)}" for item in row.all_values)


def _line_of(row: Row) -> int | None:
    return row.line if row.statement is None else row.statement.extent.line


def _of_call(trace: Trace, call: Call, width: int, color: bool) -> Iterator[str]:
    function = trace.functions[call.function]
    yield paint(f"c{call.id}", "bold", color) + f" {signature(trace, call)} {result(trace, call)}"
    by = "" if call.caller is None else f", called by c{call.caller}"
    if call.caller_statement is not None:
        by += f" at {where(trace, call.caller_statement)}"
    yield f"  {named(function)} ({place(function.path)}:{function.line}){by}"
    suspended = f", suspended {duration(call.suspended).strip()}" if call.suspended else ""
    task = f", task {clean(call.task_name)}" if call.task_name else ""
    yield f"  running {duration(call.running).strip()}{suspended}, thread {clean(call.thread_name)}{task}"
    for frame in trace.stack(call):
        yield f"  in {clean(frame.name)} ({place(frame.path)}:{frame.line})"
    yield from _function(trace, function, width, True, color, [call])
    made = [other for other in trace.calls if other.caller == call.id]
    for other in made:
        yield cut(f"  made c{other.id} {signature(trace, other)} {result(trace, other)}", width)


def _of_statement(trace: Trace, statement: Statement, width: int, color: bool) -> Iterator[str]:
    function = next(item for item in trace.functions if statement.id in item.statements)
    yield paint(f"s{statement.id}", "bold", color) + f" {clean(' '.join(statement.snippet.split()))}"
    hits = counted(trace.hits[statement.id], "hit") if trace.hits[statement.id] else "never ran"
    yield f"  {named(function)} ({place(function.path)}:{statement.extent.line}), {hits}"
    row = next(row for row in rows(trace, function) if row.statement == statement)
    yield from (f"  {branch}" for branch in row.branches)
    yield from (f"  ^ {raised}" for raised in row.raised)
    for edge in trace.edges:
        if edge.statement == statement.id:
            yield f"  {counted(edge.calls, 'call')} of {named(trace.functions[edge.callee])}"
    for call in trace.calls:
        if call.hits.get(statement.id):
            yield f"  c{call.id}, {counted(call.hits[statement.id], 'hit')}"
            for item in values_of(statement, [call], trace.settings):
                yield f"      {paint(item.within(max(width - 6, _ROOM)), 'value', color)}"
