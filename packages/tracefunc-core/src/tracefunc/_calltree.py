"""The calls of a trace as a tree: who called whom, with what, what came out, and how long it took."""

from __future__ import annotations

from collections.abc import Iterator

from tracefunc._columns import clean, columns, cut, paint
from tracefunc._view import counted, exception, named
from tracefunc.model import Call, Trace

__all__ = ["duration", "result", "signature", "tree", "tree_lines", "where"]

_DEEPEST = 20  # levels that are indented; those below say how deep they are


def tree(trace: Trace) -> Iterator[tuple[int, Call]]:
    """Yield the calls with detail, each behind its caller, with the number of callers above it."""
    below: dict[int | None, list[Call]] = {}
    known = {call.id for call in trace.calls}
    for call in reversed(trace.calls):
        below.setdefault(call.caller if call.caller in known else None, []).append(call)
    stack = [(0, call) for call in below.get(None, ())]
    while stack:
        depth, call = stack.pop()
        yield depth, call
        stack += [(depth + 1, callee) for callee in below.get(call.id, ())]


def tree_lines(trace: Trace, width: int, *, times: bool = True, color: bool = False) -> Iterator[str]:
    """Yield a line for each call with detail, and one for each edge to the calls without."""
    known = {call.id: call for call in trace.calls}
    ids = max((len(f"c{call.id}") for call in trace.calls), default=2)
    taken = {call.id: duration(call.running) for call in trace.calls} if times else {}
    several = len({call.process_id for call in trace.calls}) > 1
    room = max(map(len, taken.values()), default=0)
    for depth, call in tree(trace):
        start = f"{f'c{call.id}':<{ids}}  " + (f"{taken[call.id]:>{room}}  " if times else "")
        indent = "  " * depth if depth <= _DEEPEST else f"{'  ' * _DEEPEST}[{depth}] "
        above = known.get(call.caller) if call.caller is not None else None
        text = _line(trace, call, above, max(width - len(start) - len(indent), 24), times, several)
        style = "error" if call.outcome.kind == "raised" else ""
        yield start + indent + paint(text, style, color)
    yield from (cut(line, width) for line in _without_detail(trace))


def _line(trace: Trace, call: Call, above: Call | None, width: int, times: bool, several: bool) -> str:
    end = result(trace, call)
    notes = "".join(f"  [{note}]" for note in _notes(call, above, times, several))
    head = signature(trace, call)
    if columns(head) + columns(end) + columns(notes) + 1 > width:
        head = cut(
            head, max(width - columns(end) - columns(notes) - 1, 24 if call.outcome.kind == "raised" else width // 2)
        )
    return cut(f"{head} {end}{notes}", width)


def signature(trace: Trace, call: Call) -> str:
    """Return a call as it might stand in source: `add(a=1, b=2)`."""
    arguments = ", ".join(f"{name}={sample.text}" for name, sample in call.arguments.items())
    return clean(f"{trace.functions[call.function].qualname}({arguments})")


def result(trace: Trace, call: Call) -> str:
    """Return how a call ended, and what it yielded before: `-> 3`, or `raised at s7, line 20: ValueError: ...`."""
    outcome = call.outcome
    text = {"returned": "->", "raised": "raised"}.get(outcome.kind, outcome.kind)
    if outcome.value is not None:
        text += f" {clean(outcome.value.text)}"
    if outcome.kind == "raised":
        at = outcome.statement
        text += f" {'' if at is None else f'at {where(trace, at)}: '}{exception(outcome)}"
    sent, yielded = (", ".join(clean(sample.text) for sample in samples) for samples in (call.sent, call.yielded))
    return (f"yielded {yielded} " if yielded else "") + (f"sent {sent} " if sent else "") + text


def where(trace: Trace, statement: int) -> str:
    """Return the name of a statement and its line."""
    return f"s{statement}, line {trace.statements[statement].extent.line}"


def _notes(call: Call, above: Call | None, times: bool, several: bool) -> Iterator[str]:
    """Yield what sets a call apart from its caller."""
    if times and call.suspended:
        yield f"suspended {duration(call.suspended)}"
    if above is None and call.caller is not None:
        yield f"called by c{call.caller}, which has no detail"
    if call.thread_name != (above.thread_name if above else "MainThread"):
        yield f"thread {clean(call.thread_name)}"
    if call.task_name is not None and (above is None or call.task_name != above.task_name):
        yield f"task {clean(call.task_name)}"
    if several and (above is None or call.process_id != above.process_id):
        yield f"process {call.process_id}"


def _without_detail(trace: Trace) -> Iterator[str]:
    """Yield what is known of the calls that have no detail: who made how many."""
    if not trace.without_detail:
        return
    yield f"{counted(trace.without_detail, 'more call')} without detail. All calls:"
    for edge in sorted(trace.edges, key=lambda edge: -edge.calls):
        caller = "code that is no target" if edge.caller is None else named(trace.functions[edge.caller])
        at = (
            ""
            if edge.statement is None
            else f", s{edge.statement}, line {trace.statements[edge.statement].extent.line}"
        )
        yield f"  {edge.calls:,} of {named(trace.functions[edge.callee])} by {caller}{at}"


def duration(nanoseconds: int) -> str:
    """Return a time in milliseconds, from ten seconds up in seconds."""
    return f"{nanoseconds / 1e9:,.1f} s " if nanoseconds >= 10**10 else f"{nanoseconds / 1e6:,.3f} ms"
