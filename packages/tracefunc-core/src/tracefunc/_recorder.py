"""Turns what happens in frames into calls, hits and samples. Knows frames and offsets, nothing of who reports them.

Every frame of a watched code object has an activation while it lives, and counts into the call that this belongs to.
The activations of the frames that run stand on a lane, one for each stack of control, innermost on top; those of
suspended generators are found by the identity of their frame.

A counter is read and written with no call between, as by `x[i] += 1`: so, with the GIL, no other thread can come in.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from time import perf_counter
from types import FrameType

from tracefunc._behavior import SILENT_CLOSE
from tracefunc._calls import Calls, call_around, close
from tracefunc._counters import Counts, add
from tracefunc._detail import nothing
from tracefunc._frames import stack_of_control, suspended_frames, unwrapped
from tracefunc._keeping import make_room
from tracefunc._options import Options
from tracefunc._outflow import callback_of, comes_before_start, flow_out, function_of, go_on_unseen, land, left_inside
from tracefunc._records import (
    CLOCKED,
    COUNTED,
    GENERAL,
    NESTED,
    Activation,
    CallRecord,
    Lane,
    Site,
    Watch,
)

__all__ = ["Recorder"]


class Recorder(Calls):
    """Records the calls of one session; see `enter`, `cross`, `suspend`, `resume`, `leave`.

    While `is_solo`, the module `_solo` does what is quick. It is told by `look` that a lane has changed, and ends by
    `leave_solo`; what it keeps `above` a lane, `settle` puts there.
    """

    def __init__(self, options: Options) -> None:
        super().__init__(options)
        self.lanes: dict[int, Lane] = {}
        self.left_elsewhere: list[tuple[Counts, int]] = []  # by threads that a fork does not copy
        self.threads_elsewhere: tuple[int, ...] = ()
        self.failures: list[str] = []
        self.sites: list[Site] = []  # of calls without detail,
        self.roots: dict[int, Site] = {}  # and among them those that nothing traced has made, by the code's identity
        self.left_last = 0  # the frame whose end was noted last
        self.unseen: tuple[tuple[Watch, FrameType, BaseException], ...] = ()  # frames left when there was no stack
        self.look: Callable[[], None] = nothing
        self.settle: Callable[[], None] = nothing
        self.above: Callable[[], dict[Lane, list[Activation]]] = dict
        self.leave_solo: Callable[[], None] = nothing

    def before_fork(self) -> None:
        """Note where the frames of other threads are: they are not there any more in the child."""
        self.settle()
        here, threads = stack_of_control(), sys._current_frames()
        others = {key: lane for key, lane in list(self.lanes.items()) if key != here and key in threads}
        self.left_elsewhere = list(left_inside(others, (), self.above(), here))
        self.threads_elsewhere = tuple(others)

    def go_on_in_child(self) -> None:
        """Go on in a forked child: calls that begin from now on are its own, and those of other threads end here."""
        for counts, node in self.left_elsewhere:
            add(counts, node, -1)
        for key in self.threads_elsewhere:
            for activation in self.lanes.pop(key).activations():
                activation.watch.live.pop(id(activation), None)
        self.processes.append((self.next_id(), os.getpid()))
        self.left_elsewhere, self.threads_elsewhere = [], ()

    def lane(self) -> Lane:
        """Return the lane of the stack of control that runs now."""
        self.settle()
        key = stack_of_control()
        try:
            lane = self.lanes[key]
        except KeyError:
            lane = self.lanes.setdefault(key, Lane())
        while self.unseen:
            (watch, frame, raised), *rest = self.unseen
            self.unseen = tuple(rest)
            self.leave(lane, watch, frame, None, raised)
        return lane

    # Each of these five does its work before it notes anything: where the program has left too little stack, it is
    # called again with more. What a statement's hit or a sample needs, `enter` has needed before.

    def enter(self, lane: Lane, watch: Watch, frame: FrameType, offset: int | None = None) -> Activation:
        """A frame starts to run, or is met for the first time at `offset`."""
        key = id(frame)
        if key in self.suspended:
            self._forget(self.suspended.pop(key))
        above = lane.top
        while above is not None and above.key == key:  # what is left of a frame that ended unseen
            above = above.parent
        call = None if watch.escaped is None else call_around(watch, above)
        activation = Activation(watch, call or self._begin(watch, frame, above), call is None, key, above)
        node = watch.counting.start if offset is None else watch.counting.into.get(offset)
        if node is not None:
            add(activation.counts, node, 1)
        lane.top = activation
        function = activation.call.function
        watch.is_full = watch.escaped is None and not self.wants(function)
        if activation.call.detailed:
            watch.live[id(activation)] = activation
            if watch.asleep:
                self.rearm(watch)
        return activation

    def cross(self, lane: Lane, watch: Watch, frame: FrameType, offset: int) -> bool:
        """A frame is about to run the instruction at an offset with events; return whether it needs no more of them."""
        if offset in watch.counting.landings and (error := sys.exception()) is not None:
            self._see_to_interrupted(lane, error)
        activation = lane.top
        if activation is None or not activation.is_of(watch.code, id(frame)):
            activation = self._running(lane, watch, frame, offset)
        call = activation.call
        has_news = False
        if call.detailed:
            if offset in watch.elements and self.has_room(call, watch.elements[offset]):
                self._sample(call, watch.elements[offset], frame)
                has_news = True
            if offset in watch.boundaries:
                has_news |= self._begin_statement(activation, frame, watch.boundaries[offset])
        if offset in watch.counting.landings:
            land(activation, frame, offset)
            return False
        counts = activation.counts
        if watch.counted_after:
            for key in watch.counted_after.get(offset, {}).get(activation.last, ()):
                add(counts, key, 1)
            if offset in watch.boundaries:
                activation.last = offset
            has_news = True
        if offset in watch.counting.counted:
            tally = activation.tally
            number = tally[offset]
            if number is not None:
                tally[offset] = number + 1
                return False
            add(counts, offset, 1)
            if not has_news and watch.escaped is None and activation.pending is None:
                tally[offset] = 0  # from now on, it only counts
                call.quiet.append(offset)
            return False
        return not has_news and self._may_sleep(watch, activation, offset)

    def suspend(self, lane: Lane, watch: Watch, frame: FrameType, offset: int, value: object) -> None:
        """A frame yields `value` at `offset`. A `yield` finishes its statement; an `await` does not."""
        activation = lane.top
        if activation is None or not activation.is_of(watch.code, id(frame)):
            activation = self._running(lane, watch, frame, offset)
        call = activation.call
        if call.detailed:
            is_yield = offset not in watch.awaits
            if is_yield and activation.pending is not None:
                self._sample(call, activation.pending, frame)
                activation.pending = None
            if activation.owns_call:
                if is_yield and watch.is_generator and len(call.yielded) < self.max_samples:
                    call.yielded.append(self.sampler.value(unwrapped(value), watch.code.co_name))
                now = perf_counter()
                call.running += now - call.since
                call.since = now
        activation.at = offset
        self.suspended[activation.key] = activation
        activation.is_listed = True
        if call.detailed and activation.owns_call and watch.is_generator and self._has_room_for_values(watch, call):
            activation.mode = GENERAL
        elif not activation.owns_call:
            activation.mode = NESTED
        else:
            activation.mode = CLOCKED if call.detailed else COUNTED
        if not watch.counting.resumed:
            activation.mode = GENERAL
        self._go_back(lane, activation)

    def resume(
        self, lane: Lane, watch: Watch, frame: FrameType, offset: int, thrown: BaseException | None = None
    ) -> None:
        """A frame goes on after a yield, or `thrown` is raised in it there."""
        key = id(frame)
        activation = self.suspended.get(key)
        if activation is None or activation.code is not watch.code:
            activation = self.enter(lane, watch, frame, offset)
        else:
            if not activation.owns_call:
                around = call_around(watch, lane.top)
                self._move(activation, around or self._begin(watch, frame, lane.top))
                activation.owns_call = around is None
            elif activation.call.detailed:
                activation.call.since = perf_counter()
            activation.at = -1
            activation.parent, lane.top = lane.top, activation
            call = activation.call
            if call.detailed:
                self.returned_to(activation)
                if offset in watch.receives and thrown is None and activation.owns_call:
                    self._receive(activation, frame, watch.receives[offset])
        activation.closing = isinstance(thrown, GeneratorExit)
        if offset in watch.counting.resumed:
            add(activation.counts, offset, 1)

    def leave(
        self, lane: Lane, watch: Watch, frame: FrameType, value: object, error: BaseException | None = None
    ) -> None:
        """A frame ends: it returns `value`, or `error` leaves it."""
        key = id(frame)
        activation = lane.top
        if error is not None:
            self._see_to_interrupted(lane, error)
            self.left_last = 0
            traceback = error.__traceback__
            if traceback is not None and traceback.tb_frame is frame and comes_before_start(watch, traceback):
                # An activation that has no key yet is of another frame.
                while activation is not None and activation.key != key:
                    activation = activation.parent
                if activation is None:
                    return
        while activation is not None and not activation.is_of(watch.code, key):
            activation = activation.parent
        activation = activation or self.suspended.get(key)
        if activation is None or activation.code is not watch.code:
            return
        if activation.at >= 0:
            go_on_unseen(activation, error)
        has_flowed_out = error is None
        try:
            if activation.call.detailed:
                self._end(activation, frame, value, error)
            if error is not None:
                flow_out(activation, frame, error)
            has_flowed_out = True
            if activation.owns_call and activation.call.detailed:
                activation.call.counters_of(watch).fold()
                self._ended(activation.call)
        except RecursionError:
            raise
        except BaseException:
            if error is not None and not has_flowed_out:
                flow_out(activation, frame, error)
            self._drop(lane, activation)
            raise
        self._drop(lane, activation)

    def stop(self) -> None:
        """No more events will come: calls that still run stay unfinished."""
        self.lane()
        left = [activation for activation in list(self.suspended.values()) if activation.at >= 0]  # others run on
        for lane in list(self.lanes.values()):
            left += lane.activations()
        for counts, node in self.left_inside():
            add(counts, node, -1)
        self.suspended.clear()
        self.lanes.clear()
        alive = suspended_frames() if SILENT_CLOSE and left else {}
        for activation in left:
            call = activation.call
            if not (activation.owns_call and call.detailed):
                continue
            if SILENT_CLOSE and activation.at >= 0 and alive.get(activation.key) is not activation.code:
                close(activation)
            else:
                now = perf_counter()
                if activation.at < 0:
                    call.running += now - call.since
                call.since = now
            if self.options.keep != "first":
                make_room(self.options, self.calls, call)

    def left_inside(self) -> Iterator[tuple[Counts, int]]:
        """Yield the counters of each frame that has not ended, and the node from which it would go on."""
        suspended = [activation for activation in list(self.suspended.values()) if activation.at >= 0]
        return left_inside(self.lanes, suspended, self.above(), stack_of_control())

    def _running(self, lane: Lane, watch: Watch, frame: FrameType, offset: int) -> Activation:
        """Return the activation of the frame that runs, which is not on top of its lane; put it there."""
        key = id(frame)
        activation = lane.top
        while activation is not None:
            if activation.is_of(watch.code, key):
                lane.top = activation
                return activation
            activation = activation.parent
        activation = self.suspended.get(key)
        if activation is not None and activation.code is watch.code:
            go_on_unseen(activation, sys.exception())
            activation.parent, lane.top = lane.top, activation
            return activation
        return self.enter(lane, watch, frame, offset)

    def _go_back(self, lane: Lane, activation: Activation) -> None:
        """Put on top what stands below an activation that no longer runs."""
        above = lane.top
        while above is not None and above is not activation:
            above = above.parent
        if above is not None:
            lane.top = below = activation.parent
            activation.parent = None
            if below is not None and below.call.detailed:
                self.returned_to(below)

    def _see_to_interrupted(self, lane: Lane, error: BaseException) -> None:
        """See to a frame whose end was not noted, because an interrupt came into the callback that told of it."""
        traceback = error.__traceback__
        inner = None if traceback is None else traceback.tb_next
        if inner is None or callback_of(inner) != "on_unwind":
            return
        behind = function_of(inner.tb_next)
        if behind == "returned_to":
            return
        known = inner.tb_frame.f_locals
        raised, code = known.get("raised"), known.get("code")
        own = None if raised is None else raised.__traceback__
        top = lane.top
        if own is None or top is None or top.code is not code or own.tb_frame.f_code is not code:
            return
        if behind != "_leave" or self.left_last != id(own.tb_frame):
            self.leave(lane, top.watch, own.tb_frame, None, raised)

    def _drop(self, lane: Lane, activation: Activation) -> None:
        self.left_last = activation.key
        watch = activation.watch
        watch.live.pop(id(activation), None)
        if activation.is_listed:
            self.suspended.pop(activation.key, None)
        self._go_back(lane, activation)

    def _forget(self, activation: Activation) -> None:
        """Note that the frame of a suspended generator is gone without an event: another has its identity."""
        watch = activation.watch
        node = watch.counting.out_of.get(activation.at)
        if node is not None:
            add(activation.counts_now(), node, -1)
        watch.live.pop(id(activation), None)
        close(activation)

    def _move(self, activation: Activation, call: CallRecord) -> None:
        """Let a nested generator go on as a part of another call: what flows leaves the one and enters the other."""
        if call is activation.call:
            return
        watch = activation.watch
        node = watch.counting.out_of.get(activation.at)
        before = activation.counts_now()
        activation.join(call)
        if node is not None and activation.counts is not before:
            add(before, node, -1)
            add(activation.counts, node, 1)
        watch.live.pop(id(activation), None)
        if call.detailed:
            watch.live[id(activation)] = activation
