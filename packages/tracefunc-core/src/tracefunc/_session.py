"""A session: all that belongs to one run of a tracer, from its start to its stop."""

from __future__ import annotations

import os
import platform
import warnings
from dataclasses import replace
from operator import attrgetter

from tracefunc._discovery import Discovery
from tracefunc._monitor import arm, disarm, warn_of_failures
from tracefunc._options import Options
from tracefunc._patterns import Pattern
from tracefunc._prepare import Planned, Prepared
from tracefunc._recorder import CallRecord, Recorder, Watch
from tracefunc._scout import scouting
from tracefunc.errors import TraceWarning
from tracefunc.model import Call, Edge, Sample, Trace

__all__ = ["Session"]


class Session:
    """Records the calls of prepared targets in all threads, once."""

    def __init__(
        self, prepared: Prepared, options: Options, patterns: tuple[Pattern, ...], plans: dict[int, Planned]
    ) -> None:
        self.prepared = prepared
        self.recorder = Recorder(options)
        self._discovery = Discovery(patterns, prepared, self.recorder, plans) if patterns else None
        self._notes: tuple[str, ...] = ()
        self.state = "new"
        self._start = self._end = 0

    def begin(self) -> None:
        """Record from now on; raises `NoToolIdError`."""
        self.state = "running"
        self._start = self.recorder.now()
        try:
            arm(self.recorder, self.prepared.watches)
            if self._discovery is not None:
                self._discovery.begin()
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
            if self._discovery is not None:
                self._notes = tuple(self._discovery.notes())
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

    def _freeze(self, traces: list[Trace]) -> None:
        end = self._end or self.recorder.now()
        traces.append(freeze(self.prepared, self.recorder, self._start, end, self._notes))


def freeze(prepared: Prepared, recorder: Recorder, start: int, end: int, notes: tuple[str, ...] = ()) -> Trace:
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
        notes=notes,
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
