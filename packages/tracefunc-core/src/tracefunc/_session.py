"""A tracing session: targets go in, the program runs, a frozen trace comes out."""

from __future__ import annotations

import platform
from dataclasses import replace
from operator import attrgetter
from types import TracebackType
from typing import Self

from tracefunc._monitor import arm, disarm, warn_of_failures
from tracefunc._options import Options
from tracefunc._prepare import Prepared, prepare
from tracefunc._recorder import CallRecord, Recorder
from tracefunc._targets import resolve
from tracefunc.errors import TraceError
from tracefunc.model import Call, Edge, Sample, Trace
from tracefunc.results import TraceResults

__all__ = ["Tracer"]


class Tracer:
    """Traces the calls of its targets in all threads while its `with` block runs.

    `with Tracer(f, g, max_calls=None) as t: ...`, then `t.results()`. A target is anything that holds Python functions:
    see `tracefunc.NotTraceableError` for what does not.

    `max_calls`: calls of each function that are kept with all detail, None for every call. `max_samples`: samples
    kept for each name, statement and call. `max_repr`: characters of a sample's text. `incl_unhit`: whether the
    mappings of the results list statements without a hit. Hits, calls and edges are counted without any limit.

    Raises `NotTraceableError` or `SourceNotFoundError` for a target that cannot be traced.
    """

    def __init__(
        self,
        *targets: object,
        max_calls: int | None = 10,
        max_samples: int = 10,
        max_repr: int = 50,
        incl_unhit: bool = False,
    ) -> None:
        if not targets:
            raise TraceError("Tracer needs at least one target: Tracer(function)")
        options = Options(max_calls=max_calls, max_samples=max_samples, max_repr=max_repr)
        found = {id(item.code): item for target in targets for item in resolve(target)}
        self._prepared = prepare(list(found.values()))
        self._recorder = Recorder(options)
        self._incl_unhit = incl_unhit
        self._state = "new"
        self._start = self._end = 0

    def __enter__(self) -> Self:
        self._begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None, /
    ) -> None:
        self._finish()

    def _begin(self) -> None:
        if self._state != "new":
            raise TraceError("this Tracer has been used: make a new one for each `with` block")
        self._state = "running"
        self._start = self._recorder.now()
        try:
            arm(self._recorder, self._prepared.watches)
        except BaseException:
            self._finish()
            raise

    def _finish(self) -> None:
        if self._state != "running":
            return
        try:
            disarm(self._recorder)
        except BaseException:  # an interrupt came into it: what is left is undone before that goes on
            disarm(self._recorder)
            raise
        finally:
            self._recorder.stop()
            self._end = self._recorder.now()
            self._state = "ended"
            warn_of_failures(self._recorder)

    def __del__(self) -> None:
        if getattr(self, "_state", "new") == "running":  # an interrupt came just before `__exit__`
            self._finish()

    def trace(self) -> Trace:
        """Return all that was recorded, inside the `with` block all so far."""
        return freeze(self._prepared, self._recorder, self._start, self._end or self._recorder.now())

    def results(self) -> TraceResults:
        """Return the detailed calls as `(stack, mapping)` pairs, in order of their start, over the whole trace."""
        return TraceResults(self.trace(), incl_unhit=self._incl_unhit)


def freeze(prepared: Prepared, recorder: Recorder, start: int, end: int) -> Trace:
    """Turn what a recorder holds into a trace."""
    kept = [record for record in prepared.records if record.id in prepared.targets or record.calls]
    numbers = {record.id: number for number, record in enumerate(kept)}
    calls = tuple(_call(recorder, record, prepared, numbers) for record in sorted(recorder.calls, key=attrgetter("id")))
    hits = [0] * len(prepared.statements)
    counted = [(record.first_statement, record.hits) for record in prepared.records]
    counted += [(record.function.first_statement, record.hits) for record in recorder.calls]
    for first, hits_of_one in counted:
        for index, number in enumerate(list(hits_of_one), first):
            hits[index] += number
    functions = tuple(
        replace(prepared.functions[record.id], id=number, calls=record.calls) for number, record in enumerate(kept)
    )
    edges = tuple(
        Edge(None if caller is None else numbers[caller], statement, numbers[callee], number)
        for (caller, statement, callee), number in list(recorder.edges.items())
    )
    return Trace(
        functions,
        tuple(prepared.statements),
        tuple(hits),
        calls,
        edges,
        sum(function.calls for function in functions) - len(calls),
        start,
        end,
        platform.python_version(),
        settings=recorder.options.settings,
    )


def _call(recorder: Recorder, record: CallRecord, prepared: Prepared, numbers: dict[int, int]) -> Call:
    first = record.function.first_statement
    samples: dict[int, dict[str, tuple[Sample, ...]]] = {}
    for index, taken in list(record.samples.items()):
        names = prepared.statements[first + index].names
        samples[first + index] = dict(zip(names, zip(*list(taken), strict=True), strict=True))
    return Call(
        id=record.id,
        function=numbers[record.function.id],
        caller=record.caller,
        caller_statement=record.caller_statement,
        frames=tuple(record.stack),
        frames_above=None if record.above is None else record.above.id,
        start=record.start,
        end=record.end,
        running=record.running,
        suspended=record.suspended,
        thread_id=record.thread_id,
        thread_name=record.thread_name,
        task_name=record.task_name,
        process_id=recorder.process_id,
        arguments=record.arguments,
        outcome=record.outcome,
        hits={first + index: number for index, number in enumerate(record.hits) if number},
        samples=samples,
    )
