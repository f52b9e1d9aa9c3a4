"""From what a session has recorded to a frozen trace."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from tracefunc._prepare import Prepared
from tracefunc._recorder import Recorder
from tracefunc._records import NOBODY, Activation, CallRecord, FunctionRecord, Site, nanoseconds
from tracefunc.model import Branch, Call, Edge, Extent, Frame, Sample, Trace

__all__ = ["Done", "freeze", "freeze_call", "outline"]


_OWN = frozenset(__file__.replace("_freezing", name) for name in ("_tracer", "_decorate", "_complete", "_run"))


class Done(set[int]):
    """The ids of calls that are written for good, with what their tests gave: they are looked at only once more."""

    def __init__(self) -> None:
        super().__init__()
        self.counted: set[int] = set()
        self.tested: dict[tuple[int, Extent], list[int]] = {}


def freeze(
    prepared: Prepared,
    recorder: Recorder,
    start: int,
    end: int,
    notes: tuple[str, ...] = (),
    done: set[int] | None = None,
) -> Trace:
    """Turn what a recorder holds into a trace.

    With `done`, the ids of calls to leave out together with their hits, the ids of functions are those of the records.
    """
    # At one moment, as near as can be, and the counts after the calls: other threads go on meanwhile.
    found = list(recorder.calls.items())
    left: dict[int, list[int]] = {}
    for counts, node in recorder.left_inside():
        left.setdefault(id(counts), []).append(node)
    called = [(site, site.number) for site in list(recorder.sites)]
    edges = _edges(prepared.records, called)
    started: dict[Activation, int] = {}
    for site, number in called:
        started[site.plain] = started.get(site.plain, 0) + number
    times = dict.fromkeys((record.id for record in prepared.records), 0)
    for (_, _, callee), number in edges.items():
        times[callee] += number
    records = [record for number, record in sorted(found) if not (done and number in done)]
    kept = [record for record in prepared.records if record.id in prepared.targets or times[record.id]]
    numbers = {record.id: number if done is None else record.id for number, record in enumerate(kept)}
    hits = [0] * len(prepared.statements)
    tested: dict[tuple[int, Extent], list[int]] = {
        (watch.function.first_statement + statement, extent): [0, 0]
        for watch in prepared.watches
        for statement, extent, _, _ in watch.tests
    }
    if isinstance(done, Done):
        for key in tested:
            done.tested.setdefault(key, [0, 0])
        for number in done - done.counted:
            if number in recorder.calls:
                _hits(recorder.calls[number], left, done.tested)
            done.counted.add(number)
        tested = {key: list(done.tested[key]) for key in tested}
    for record in prepared.records:
        _add(hits, _hits(record.rest, left, tested, started))
    calls = []
    for call in records:
        own = _hits(call, left, tested)
        _add(hits, own)
        calls.append(_call(recorder, call, prepared, numbers, own))
    functions = tuple(
        replace(prepared.functions[record.id], id=numbers[record.id], calls=times[record.id]) for record in kept
    )
    return Trace(
        functions,
        tuple(prepared.statements),
        tuple([max(0, number) for number in hits]),  # what moves while it is read may be told of too early
        tuple(calls),
        tuple(
            Edge(None if caller is None else numbers[caller], statement, numbers[callee], number)
            for (caller, statement, callee), number in edges.items()
        ),
        sum(function.calls for function in functions) - len(calls) - len(done or ()),
        start,
        end,
        platform.python_version(),
        branches=tuple(Branch(*key, max(0, true), max(0, false)) for key, (true, false) in sorted(tested.items())),
        settings=recorder.options.settings,
        notes=notes,
    )


def outline(prepared: Prepared, recorder: Recorder) -> Trace:
    """Return a trace with all functions and statements, by the ids of their records, and nothing of what ran."""
    now = recorder.now()
    statements = tuple(prepared.statements)
    functions = tuple(prepared.functions)
    version, settings = platform.python_version(), recorder.options.settings
    return Trace(functions, statements, (0,) * len(statements), (), (), 0, now, now, version, settings=settings)


def freeze_call(prepared: Prepared, recorder: Recorder, record: CallRecord) -> Call:
    """Freeze one call that has ended; the ids of functions are those of their records."""
    numbers = {each.id: each.id for each in prepared.records}
    return _call(recorder, record, prepared, numbers, _hits(record, {}, {}))


def _edges(
    records: Iterable[FunctionRecord], called: Iterable[tuple[Site, int]]
) -> dict[tuple[int | None, int | None, int], int]:
    """Return how often each function was called, by the calling function and statement and the called function."""
    edges: dict[tuple[int | None, int | None, int], int] = {}
    for record in records:
        for (caller, statement), number in list(record.edges.items()):
            edges[caller, statement, record.id] = number
    for site, number in called:
        if site.plain.owns_call and number:
            caller, statement = None, None
            if site.above is not NOBODY.watch:
                caller, statement = site.above.function.id, site.above.statement_at(site.offset)
            key = caller, statement, site.plain.call.function.id
            edges[key] = edges.get(key, 0) + number
    return edges


def _hits(
    call: CallRecord,
    left: dict[int, list[int]],
    tested: dict[tuple[int, Extent], list[int]],
    started: Mapping[Activation, int] = MappingProxyType({}),
) -> dict[int, int]:
    """Return the hits of the statements of a function, by their ids, from the counters of a call.

    `left` are the frames that have not ended, and `started` those that began without being counted here. What tests
    gave is added to `tested`.
    """
    hits: dict[int, int] = {}
    first = call.function.first_statement
    for watch, counters in list(call.counters.items()):
        counts = counters.total()
        for node in left.get(id(counters.counts), ()):
            counts[node] = counts.get(node, 0) - 1
        plain = call.plains.get(watch)
        if plain is not None:
            counts[watch.counting.start] = counts.get(watch.counting.start, 0) + started.get(plain, 0)
        executions = watch.counting.executions(counts)
        for statement, keys in watch.hits.items():
            number = sum(executions.get(key, 0) if key >= 0 else counts.get(key, 0) for key in keys)
            if number > 0 or call is call.function.rest:
                hits[first + statement] = hits.get(first + statement, 0) + number
        for statement, extent, *ways in watch.tests:
            found = tested.get((watch.function.first_statement + statement, extent))
            if found is not None:
                for way, terms in enumerate(ways):
                    found[way] += sum(sign * executions.get(key, 0) for key, sign in terms)
    return hits


def _add(hits: list[int], found: dict[int, int]) -> None:
    for statement, number in found.items():
        hits[statement] += number


def _call(
    recorder: Recorder, record: CallRecord, prepared: Prepared, numbers: dict[int, int], hits: dict[int, int]
) -> Call:
    first = record.function.first_statement
    samples: dict[int, dict[str, tuple[Sample, ...]]] = {}
    for index, taken in sorted(record.samples.items()):
        statement = prepared.statements[first + index]
        names = (*statement.names, *statement.attributes, *recorder.options.watch)
        samples[first + index] = dict(zip(names, zip(*list(taken), strict=True), strict=True))
    lasted = recorder.anchor + nanoseconds(record.since) - record.start
    running = min(nanoseconds(record.running), lasted)  # a sum of roundings
    frames, above = _frames(recorder, record)
    # The frames of a tracer that runs a function stand between the first frame and the call's own.
    frames = (*frames[:1], *(frame for frame in frames[1:-1] if frame.path not in _OWN), *frames[1:][-1:])
    return Call(
        id=record.id,
        function=numbers[record.function.id],
        caller=record.caller,
        caller_statement=record.caller_statement,
        frames=frames,
        frames_above=above,
        start=record.start,
        end=record.end,
        running=running,
        suspended=lasted - running,
        thread_id=record.thread_id,
        thread_name=record.thread_name,
        task_name=record.task_name,
        arguments=record.arguments,
        outcome=record.outcome,
        hits=dict(sorted(hits.items())),
        samples=samples,
        yielded=tuple(record.yielded),
        sent=tuple(record.sent),
        process_id=recorder.process_of(record.id),
    )


def _frames(recorder: Recorder, record: CallRecord) -> tuple[tuple[Frame, ...], int | None]:
    """Return the end of a call's stack, and the call above it that is kept and has the rest."""
    frames, above = list(record.stack), record.above
    while above is not None and above.id not in recorder.calls:
        frames[:0] = above.stack[:-1]
        above = above.above
    return tuple(frames), None if above is None else above.id
