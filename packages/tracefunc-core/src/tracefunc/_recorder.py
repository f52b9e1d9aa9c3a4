"""Turns what happens in frames into calls, hits and samples. Knows frames and offsets, nothing of who reports them.

Every frame of a watched code object has an activation while it lives, found by the identity of the frame: so threads,
generators and greenlets may interleave as they like. An activation counts into the call that it belongs to.

A counter is changed by `x[i] += 1` alone: with the GIL no other thread can come between.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter_ns, time_ns
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any

from tracefunc._behavior import SILENT_CLOSE
from tracefunc._options import Options
from tracefunc._sampling import describe, message, sample
from tracefunc.model import Frame, Outcome, Sample

__all__ = ["Activation", "CallRecord", "FunctionRecord", "Recorder", "Watch"]

_UNFINISHED = Outcome("unfinished")

type EdgeKey = tuple[int | None, int | None, int]  # calling function, calling statement, called function


@dataclass(slots=True, eq=False)
class FunctionRecord:
    """What is recorded of a function; its statements are numbered from 0.

    `names[s]` are looked up when statement `s` has finished; `covers` are the ids of the code objects of its body,
    nested ones included; `hits` belong to the calls without detail.
    """

    id: int
    names: list[tuple[str, ...]]
    covers: frozenset[int]
    hits: list[int]
    first_statement: int
    calls: int = 0
    detailed: int = 0


@dataclass(slots=True, eq=False)
class Watch:
    """What to know of one code object; the keys of all maps are bytecode offsets.

    `counts` has the statements that an execution hits, `boundaries` the statement that starts (None: one ends and none
    starts), `elements` the comprehension that produces an element, `counts_after` the statements hit when control comes
    from the given boundary, `owners` where another statement's
    instructions begin. `escaped` is the record of its runs outside of any call of `function`.
    """

    code: CodeType
    function: FunctionRecord
    escaped: FunctionRecord | None  # None: this is the function's own code
    counts: dict[int, tuple[int, ...]]
    boundaries: dict[int, int | None]
    elements: dict[int, int]
    counts_after: dict[int, dict[int, tuple[int, ...]]]
    owners: list[tuple[int, int]]
    awaits: frozenset[int]
    arguments: tuple[str, ...]

    def statement_at(self, offset: int) -> int | None:
        """Return the id of the statement to which the instruction at `offset` belongs."""
        found = None
        for start, statement in self.owners:
            if start > offset:
                break
            found = statement + self.function.first_statement
        return found


@dataclass(slots=True, eq=False)
class CallRecord:
    """One run of a function. Calls without detail share the hits of their function and have nothing else."""

    id: int
    function: FunctionRecord
    hits: list[int]
    detailed: bool = False
    caller: int | None = None
    caller_statement: int | None = None
    above: CallRecord | None = None  # the nearest call with detail: `stack` continues at its own frame
    stack: list[Frame] = field(default_factory=list)
    arguments: dict[str, Sample] = field(default_factory=dict)
    samples: dict[int, list[tuple[Sample, ...]]] = field(default_factory=dict)
    thread_id: int = 0
    thread_name: str = ""
    task_name: str | None = None
    start: int = 0
    end: int | None = None
    since: int = 0  # when it was last resumed or suspended
    is_running: bool = True
    running: int = 0
    suspended: int = 0
    outcome: Outcome = _UNFINISHED


@dataclass(slots=True, eq=False)
class Activation:
    """A live frame of a watched code object: the call that it counts into and the statement that it is in."""

    watch: Watch
    call: CallRecord
    owns_call: bool
    pending: int | None = None
    last: int = -1  # the boundary crossed last, kept where `Watch.counts_after` needs it
    closing: bool = False


class Recorder:
    """Records the calls of one session; see `enter`, `cross`, `suspend`, `resume`, `leave`."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.max_calls = sys.maxsize if options.max_calls is None else options.max_calls
        self.max_samples = options.max_samples
        self.max_repr = options.max_repr
        self.process_id = os.getpid()
        self.calls: list[CallRecord] = []
        self.edges: dict[EdgeKey, int] = {}
        self.activations: dict[int, Activation] = {}
        self.failures: list[str] = []
        self.anchor = time_ns() - perf_counter_ns()
        self._ids = count()

    def now(self) -> int:
        """Return nanoseconds since the epoch that never go back."""
        return self.anchor + perf_counter_ns()

    # Each of these five does its work before it notes anything: where the program has left too little stack, it is
    # called again with more. What a statement's hit or a sample needs, `enter` has needed before.

    def enter(self, watch: Watch, frame: FrameType) -> Activation:
        """A frame starts to run, or is met for the first time."""
        if SILENT_CLOSE:
            self._close(self.activations.get(id(frame)))
        call = None if watch.escaped is None else self._call_around(watch, frame)
        owns_call = call is None
        activation = Activation(watch, call or self._begin(watch, frame), owns_call)
        self.activations[id(frame)] = activation
        return activation

    def cross(self, watch: Watch, frame: FrameType, offset: int) -> None:
        """A frame is about to run the instruction at an offset that is counted or is a boundary."""
        activation = self.activations.get(id(frame))
        if activation is None or activation.watch is not watch:
            activation = self.enter(watch, frame)
        call = activation.call
        if call.detailed:
            if offset in watch.elements:
                self._sample(call, watch.elements[offset], frame)
            if offset in watch.boundaries:
                if activation.pending is not None:
                    self._sample(call, activation.pending, frame)
                activation.pending = watch.boundaries[offset]
        for statement in watch.counts.get(offset, ()):
            call.hits[statement] += 1
        if watch.counts_after:
            for statement in watch.counts_after.get(offset, {}).get(activation.last, ()):
                call.hits[statement] += 1
            if offset in watch.boundaries:
                activation.last = offset

    def suspend(self, watch: Watch, frame: FrameType, offset: int) -> None:
        """A frame yields at `offset`. A `yield` finishes its statement; an `await` does not."""
        activation = self.activations.get(id(frame))
        if activation is None:
            return
        call = activation.call
        if call.detailed:
            if activation.pending is not None and offset not in watch.awaits:
                self._sample(call, activation.pending, frame)
                activation.pending = None
            if activation.owns_call:
                self._clock(call, is_running=False)

    def resume(self, watch: Watch, frame: FrameType, thrown: BaseException | None = None) -> None:
        """A frame goes on after a yield, or `thrown` is raised in it there."""
        activation = self.activations.get(id(frame))
        if activation is None or activation.watch is not watch:
            activation = self.enter(watch, frame)
        elif not activation.owns_call:
            around = self._call_around(watch, frame)
            activation.call = around or self._begin(watch, frame)
            activation.owns_call = around is None
        elif activation.call.detailed:
            self._clock(activation.call, is_running=True)
        activation.closing = isinstance(thrown, GeneratorExit)

    def leave(self, watch: Watch, frame: FrameType, value: object, error: BaseException | None = None) -> None:
        """A frame ends: it returns `value`, or `error` leaves it."""
        activation = self.activations.get(id(frame))
        if activation is None or activation.watch is not watch:
            return
        try:
            if activation.call.detailed:
                self._end(activation, frame, value, error)
        except RecursionError:
            raise
        except BaseException:
            self.activations.pop(id(frame), None)
            raise
        self.activations.pop(id(frame), None)

    def _end(self, activation: Activation, frame: FrameType, value: object, error: BaseException | None) -> None:
        call = activation.call
        if activation.pending is not None:
            self._sample(call, activation.pending, frame)
            activation.pending = None
        if not activation.owns_call:
            return
        if activation.closing and (error is None or isinstance(error, GeneratorExit)):
            outcome = Outcome("closed")
        elif error is None:
            outcome = Outcome("returned", value=describe(value, self.max_repr))
        else:
            outcome = self._raised(activation.watch, frame, error)
        self._clock(call, is_running=False)
        call.end, call.outcome = call.since, outcome

    def stop(self) -> None:
        """No more events will come: calls that still run stay unfinished."""
        left = list(self.activations.items())
        self.activations.clear()
        alive = _suspended_frames() if SILENT_CLOSE and left else {}
        for key, activation in left:
            call = activation.call
            if not (activation.owns_call and call.detailed):
                continue
            if SILENT_CLOSE and not call.is_running and alive.get(key) is not activation.watch.code:
                self._close(activation)
            else:
                self._clock(call, is_running=False)

    def _close(self, activation: Activation | None) -> None:
        """Note that the generator of an activation is gone, when nobody knows."""
        if activation is not None and activation.owns_call and activation.call.detailed:
            activation.call.outcome = Outcome("closed")

    def _raised(self, watch: Watch, frame: FrameType, error: BaseException) -> Outcome:
        traceback = error.__traceback__
        lasti = traceback.tb_lasti if traceback and traceback.tb_frame is frame else frame.f_lasti
        statement = watch.statement_at(lasti)
        return Outcome("raised", None, type(error).__name__, message(error, self.max_repr), statement)

    def _clock(self, call: CallRecord, *, is_running: bool) -> None:
        """Book the time since the last change, and note the change."""
        now = self.now()
        if call.is_running:
            call.running += now - call.since
        else:
            call.suspended += now - call.since
        call.since, call.is_running = now, is_running

    def _sample(self, call: CallRecord, statement: int, frame: FrameType) -> None:
        names = call.function.names[statement]
        if not names:
            return
        taken = call.samples.get(statement)
        if taken is not None:
            if len(taken) < self.max_samples:
                taken.append(sample(frame, names, self.max_repr))
        elif self.max_samples:
            call.samples[statement] = [sample(frame, names, self.max_repr)]

    def _above(self, frame: FrameType) -> tuple[Activation, FrameType] | None:
        """Return the nearest frame above with an activation."""
        back = frame.f_back
        while back is not None:
            activation = self.activations.get(id(back))
            if activation is not None and activation.watch.code is back.f_code:
                return activation, back
            back = back.f_back
        return None

    def _call_around(self, watch: Watch, frame: FrameType) -> CallRecord | None:
        """Return the innermost call, on the stack above, of a function whose body holds the code of `watch`."""
        found = self._above(frame)
        while found is not None:
            activation, frame = found
            if id(watch.code) in activation.call.function.covers:
                return activation.call
            found = self._above(frame)
        return None

    def _begin(self, watch: Watch, frame: FrameType) -> CallRecord:
        """Begin a call of the function of `watch`, with detail while there is room."""
        function = watch.escaped or watch.function
        found = self._above(frame)
        caller, statement = None, None
        if found is not None:
            caller, statement = found[0].call, found[0].watch.statement_at(found[1].f_lasti)
        call = CallRecord(0, function, function.hits)
        if function.detailed < self.max_calls:
            call.hits = [0] * len(function.hits)
            call.caller = None if caller is None else caller.id
            call.caller_statement = statement
            call.above, call.stack = self._stack(frame)
            call.arguments = dict(zip(watch.arguments, sample(frame, watch.arguments, self.max_repr), strict=True))
            call.thread_id = threading.get_ident()
            call.thread_name = _thread_name(call.thread_id)
            call.task_name = _task_name()
            call.start = call.since = self.now()
            # Another thread may have taken the last place meanwhile; between these two lines, none can.
            if function.detailed < self.max_calls:
                function.detailed += 1
                call.detailed = True
            else:
                call = CallRecord(0, function, function.hits)
        function.calls += 1
        key = (None if caller is None else caller.function.id, statement, function.id)
        try:
            self.edges[key] += 1
        except KeyError:
            self.edges.setdefault(key, 0)
            self.edges[key] += 1
        call.id = next(self._ids)
        if call.detailed:
            self.calls.append(call)
        return call

    def _stack(self, frame: FrameType) -> tuple[CallRecord | None, list[Frame]]:
        """Return the frames from the nearest call with detail, or from the first frame, down to `frame`."""
        frames: list[Frame] = []
        back: FrameType | None = frame
        above = None
        while back is not None and above is None:
            frames.append(Frame(back.f_code.co_qualname, back.f_code.co_filename, back.f_lineno or 0))
            activation = self.activations.get(id(back))
            if activation is not None and activation.owns_call and activation.call.detailed and back is not frame:
                above = activation.call
            back = back.f_back
        return above, frames[::-1]


def _thread_name(ident: int) -> str:
    """Return a thread's name without `current_thread()`, which would invent a thread object for foreign ones."""
    known: dict[int, Any] = getattr(threading, "_active", {})
    thread = known.get(ident)
    return str(thread.name) if thread is not None else f"thread-{ident}"


def _task_name() -> str | None:
    """Return the name of the asyncio task that runs in this thread."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return None
    task = asyncio.current_task()
    return None if task is None else str(task.get_name())


def _suspended_frames() -> dict[int, CodeType]:
    """Return the code of each generator, coroutine and async generator that waits, by the identity of its frame."""
    frames: dict[int, CodeType] = {}
    for value in gc.get_objects():
        for kind, name in ((GeneratorType, "gi_frame"), (CoroutineType, "cr_frame"), (AsyncGeneratorType, "ag_frame")):
            if type(value) is kind:
                frame = getattr(value, name)
                if frame is not None and frame.f_lasti > 0:
                    frames[id(frame)] = frame.f_code
    return frames
