"""The calls of a session: how they begin, which of them have detail, and how they end."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from copy import copy
from itertools import count
from time import perf_counter, time_ns
from types import FrameType

from tracefunc._counters import add
from tracefunc._detail import Detail
from tracefunc._frames import position, stack, task_name, thread_name
from tracefunc._keeping import Condition, make_room
from tracefunc._options import Options
from tracefunc._records import Activation, CallRecord, FunctionRecord, Watch, nanoseconds
from tracefunc.model import Outcome

__all__ = ["Calls", "call_around", "close"]


class Calls(Detail):
    """Begins and ends the calls of a session; `on_end` is told of each with detail that ends."""

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.max_calls = sys.maxsize if options.max_calls is None else options.max_calls
        self.calls: dict[int, CallRecord] = {}
        self.processes = [(0, os.getpid())]  # each with its first call
        self.failed_conditions: list[str] = []
        self.condition = None if options.when is None else Condition(options.when, self.failed_conditions)
        self.on_end: Callable[[CallRecord], None] | None = None
        self.keeps_context = False  # of each call with detail, until it has ended
        self.anchor = time_ns() - nanoseconds(perf_counter())
        self.next_id = count().__next__
        self.suspended: dict[int, Activation] = {}  # by the identity of the frame

    def now(self) -> int:
        """Return nanoseconds since the epoch that never go back."""
        return self.anchor + nanoseconds(perf_counter())

    def process_of(self, call: int) -> int:
        """Return the process in which a call began."""
        return next(process for first, process in reversed(self.processes) if call >= first)

    def _begin(self, watch: Watch, frame: FrameType, above: Activation | None) -> CallRecord:
        """Begin a call of the function of `watch`, with detail while there is room."""
        function = watch.escaped or watch.function
        caller: tuple[int | None, int | None] = None, None
        if above is not None:
            caller = above.call.function.id, above.watch.statement_at(position(frame, above))
        call = None
        if self.wants(function) and (self.condition is None or self.condition.holds(watch, frame)):
            call = CallRecord(function, detailed=True)
            call.caller = None if above is None else self._id_of(above)
            call.caller_statement = caller[1]
            call.above, call.stack = stack(frame, above)
            call.arguments = dict(zip(watch.arguments, self.sampler.of(frame, watch.arguments), strict=True))
            call.thread_id = threading.get_ident()
            call.thread_name = thread_name(call.thread_id)
            call.task_name = task_name()
            call.context = copy_context() if self.keeps_context else None
            call.since = perf_counter()
            call.start = self.anchor + nanoseconds(call.since)
        (call or function.rest).counters_of(watch)  # what needs most of the stack comes before anything is noted
        try:
            function.edges[caller] += 1
        except KeyError:
            function.edges.setdefault(caller, 0)
            function.edges[caller] += 1
        # Another thread may have taken the last place meanwhile; between these two lines, none can.
        if call is not None and self.wants(function):
            function.detailed += 1
            call.id = self.next_id()
            call.root = call.id if call.above is None else call.above.root
            self.calls[call.id] = call
            return call
        return function.rest

    def wants(self, function: FunctionRecord) -> bool:
        """Tell whether the next call of a function may have detail; of all that have, some are let go at the end."""
        return function.detailed < self.max_calls if self.options.keep == "first" else self.max_calls > 0

    def _id_of(self, activation: Activation) -> int:
        """Return the id of a call; one without detail gets it when it is first asked for."""
        if activation.call.detailed:
            return activation.call.id
        while not activation.owns_call:
            below = activation.parent
            while below is not None and below.call is not activation.call:
                below = below.parent
            if below is None:
                break
            activation = below
        if activation.call_id < 0:
            activation.call_id = self.next_id()
        return activation.call_id

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
            outcome = Outcome("returned", value=self.sampler.value(value, activation.code.co_name))
        else:
            outcome = self._raised(activation.watch, frame, error)
        now = perf_counter()
        call.running += now - call.since
        call.since, call.end, call.outcome = now, self.anchor + nanoseconds(now), outcome

    def _ended(self, call: CallRecord) -> None:
        keep, on_end = self.options.keep, self.on_end
        if on_end is not None and keep == "last" and call.id in self.calls:  # all, even if later ones are kept already
            on_end(self._as_ended(call))
        if keep != "first":
            make_room(self.options, self.calls, call)
        if on_end is not None and keep != "last" and call.id in self.calls:
            on_end(self._as_ended(call))

    def _as_ended(self, call: CallRecord) -> CallRecord:
        """Return a call as it is now, for who reads it later: when it is let go, or its generators have gone on."""
        now = copy(call)
        now.counters = {watch: counters.copy() for watch, counters in list(call.counters.items())}
        if len(now.counters) > 1:  # it has nested code, of which generators may wait
            for activation in list(self.suspended.values()):
                node = activation.watch.counting.out_of.get(activation.at)
                if activation.call is call and activation.at >= 0 and node is not None:
                    add(now.counters_of(activation.watch).counts, node, -1)
        call.context = None
        return now

    def _raised(self, watch: Watch, frame: FrameType, error: BaseException) -> Outcome:
        traceback = error.__traceback__
        lasti = traceback.tb_lasti if traceback and traceback.tb_frame is frame else frame.f_lasti
        statement = watch.statement_at(lasti)
        return Outcome("raised", None, type(error).__name__, self.sampler.message(error), statement)


def call_around(watch: Watch, above: Activation | None) -> CallRecord | None:
    """Return the innermost call, on the lane above, of a function whose body holds the code of `watch`."""
    while above is not None:
        if id(watch.code) in above.call.function.covers:
            return above.call
        above = above.parent
    return None


def close(activation: Activation) -> None:
    if activation.owns_call and activation.call.detailed:
        activation.call.outcome = Outcome("closed")
