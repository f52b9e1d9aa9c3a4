"""A session: all that belongs to one run of a tracer, from its start to its stop."""

from __future__ import annotations

import os
import platform
import warnings
from dataclasses import replace
from operator import attrgetter
from typing import Any

from tracefunc._discovery import Discovery
from tracefunc._monitor import arm, disarm, warn_of_failures
from tracefunc._options import Options
from tracefunc._patterns import Pattern
from tracefunc._prepare import Planned, Prepared
from tracefunc._recorder import CallRecord, Recorder, Watch
from tracefunc._scout import scouting
from tracefunc.errors import TraceWarning
from tracefunc.model import Call, Edge, Frame, Sample, Trace

__all__ = ["Session"]

_OWN = frozenset(__file__.replace("_session", name) for name in ("_tracer", "_decorate", "_complete", "_run"))


class Session:
    """Records the calls of prepared targets in all threads, once; a `stream` is where to write them meanwhile."""

    def __init__(
        self,
        prepared: Prepared,
        options: Options,
        patterns: tuple[Pattern, ...],
        plans: dict[int, Planned],
        stream: Any = None,
    ) -> None:
        self.prepared = prepared
        self.recorder = Recorder(options)
        self._discovery = Discovery(patterns, prepared, self.recorder, plans) if patterns else None
        self._notes: tuple[str, ...] = ()
        self._has_begun = False
        self.state = "new"
        self._start = self._end = 0
        self._stream = None
        if stream is not None:
            from tracefunc._stream import Stream

            self._stream = Stream(stream, self._part)

    def begin(self) -> None:
        """Record from now on; raises `NoToolIdError`, and `OSError` where the stream cannot be written."""
        self._start = self.recorder.now()
        if self._stream is not None:
            self._stream.begin()
        self.state = "running"
        try:
            arm(self.recorder, self.prepared.watches)
            if self._discovery is not None:
                self._discovery.begin()
            self._has_begun = True
        except BaseException:
            self.finish()
            raise

    def add(self, watches: list[Watch]) -> None:
        """Record calls of further code."""
        arm(self.recorder, watches)

    def finish(self) -> None:
        """Record nothing more. A second time does what an interrupt kept the first from doing."""
        if self.state != "running":
            return
        try:
            self._stop()
        except BaseException:  # an interrupt came into it: what is left is undone before that goes on
            self._stop()
            raise
        finally:
            self.recorder.stop()
            self._end = self.recorder.now()
            self.state = "ended"
            if self._discovery is not None and self._has_begun:
                self._notes = tuple(self._discovery.notes())
            if self._stream is not None:
                self._stream.end()
            self._warn()

    def _stop(self) -> None:
        if self._discovery is not None:
            self._discovery.end()
        disarm(self.recorder)

    def _warn(self) -> None:
        warn_of_failures(self.recorder)
        for note in self._notes:
            warnings.warn(note, TraceWarning, skip_file_prefixes=(__file__.rpartition(os.sep)[0],))

    def __del__(self) -> None:
        if getattr(self, "state", "new") == "running":  # an interrupt came just before the end
            self.finish()

    def trace(self) -> Trace:
        """Return all that was recorded so far."""
        traces: list[Trace] = []
        scouting(self._freeze, traces)
        return traces[0]

    def _part(self, done: set[int]) -> Trace:
        """Return what was recorded so far but the calls that are done, which are counted in no hits."""
        traces: list[Trace] = []
        scouting(self._freeze, traces, done)
        return traces[0]

    def _freeze(self, traces: list[Trace], done: set[int] | None = None) -> None:
        end = self._end or self.recorder.now()
        traces.append(freeze(self.prepared, self.recorder, self._start, end, self._notes, done))


def freeze(
    prepared: Prepared,
    recorder: Recorder,
    start: int,
    end: int,
    notes: tuple[str, ...] = (),
    done: set[int] | None = None,
) -> Trace:
    """Turn what a recorder holds into a trace.

    With `done`, the ids of calls to leave out together with their hits, the ids of functions are those of their records.
    """
    # At one moment, as near as can be, and the counts after the calls: other threads go on meanwhile.
    records = list(recorder.calls)
    found_edges = list(recorder.edges.items())
    called = {record.id: record.calls for record in prepared.records}
    records = sorted((record for record in records if not done or record.id not in done), key=attrgetter("id"))
    kept = [record for record in prepared.records if record.id in prepared.targets or called[record.id]]
    numbers = {record.id: number if done is None else record.id for number, record in enumerate(kept)}
    calls = tuple(_call(recorder, record, prepared, numbers) for record in records)
    hits = [0] * len(prepared.statements)
    counted = [(record.first_statement, record.hits) for record in prepared.records]
    counted += [(record.function.first_statement, record.hits) for record in records]
    for first, hits_of_one in counted:
        for index, number in enumerate(list(hits_of_one), first):
            hits[index] += number
    functions = tuple(
        replace(prepared.functions[record.id], id=numbers[record.id], calls=called[record.id]) for record in kept
    )
    edges = tuple(
        Edge(None if caller is None else numbers[caller], statement, numbers[callee], number)
        for (caller, statement, callee), number in found_edges
    )
    return Trace(
        functions,
        tuple(prepared.statements),
        tuple(hits),
        calls,
        edges,
        sum(function.calls for function in functions) - len(calls) - len(done or ()),
        start,
        end,
        platform.python_version(),
        settings=recorder.options.settings,
        notes=notes,
    )


def _without_own(frames: list[Frame]) -> tuple[Frame, ...]:
    """Leave out the frames of a tracer that runs a function, between the first frame and the call's own."""
    return (*frames[:1], *(frame for frame in frames[1:-1] if frame.path not in _OWN), *frames[1:][-1:])


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
        frames=_without_own(record.stack),
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
