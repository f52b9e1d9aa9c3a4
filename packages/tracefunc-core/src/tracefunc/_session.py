"""A session: all that belongs to one run of a tracer, from its start to its stop."""

from __future__ import annotations

import platform
from dataclasses import replace
from operator import attrgetter

from tracefunc._monitor import arm, disarm, warn_of_failures
from tracefunc._options import Options
from tracefunc._prepare import Prepared
from tracefunc._recorder import CallRecord, Recorder, Watch
from tracefunc.model import Call, Edge, Sample, Trace

__all__ = ["Session"]


class Session:
    """Records the calls of prepared targets in all threads, once."""

    def __init__(self, prepared: Prepared, options: Options) -> None:
        self.prepared = prepared
        self.recorder = Recorder(options)
        self.state = "new"
        self._start = self._end = 0

    def begin(self) -> None:
        """Record from now on; raises `NoToolIdError`."""
        self.state = "running"
        self._start = self.recorder.now()
        try:
            arm(self.recorder, self.prepared.watches)
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
            disarm(self.recorder)
        except BaseException:  # an interrupt came into it: what is left is undone before that goes on
            disarm(self.recorder)
            raise
        finally:
            self.recorder.stop()
            self._end = self.recorder.now()
            self.state = "ended"
            warn_of_failures(self.recorder)

    def __del__(self) -> None:
        if getattr(self, "state", "new") == "running":  # an interrupt came just before the end
            self.finish()

    def trace(self) -> Trace:
        """Return all that was recorded so far."""
        return freeze(self.prepared, self.recorder, self._start, self._end or self.recorder.now())


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
