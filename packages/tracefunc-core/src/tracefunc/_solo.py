"""Callbacks for the usual case: one session, and one thread in which targets run.

What stands on top of the lane is kept in variables of the callbacks, so that a counted instruction costs one comparison
and one addition. Whatever is not as usual goes to the handlers for all cases.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from threading import get_ident
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import NamedTuple

from tracefunc._outflow import callback_of
from tracefunc._recorder import Recorder
from tracefunc._records import ANY_FRAME, CLOCKED, GENERAL, NESTED, Activation, Counts, Lane, Watch

__all__ = ["Callbacks", "Handlers", "solo"]

_getframe = sys._getframe
sys_exception = sys.exception
_RETIRED = -1


class Handlers(NamedTuple):
    """What does the work in all cases, for each kind of event; the frame comes last."""

    instruction: Callable[[CodeType, int, FrameType], object]
    start: Callable[[CodeType, int, FrameType], None]
    resume: Callable[[CodeType, int, FrameType], None]
    suspend: Callable[[CodeType, int, object, FrameType], None]
    leave: Callable[..., None]


class Callbacks(NamedTuple):
    """Callbacks for INSTRUCTION, PY_START, PY_RESUME, PY_YIELD, PY_RETURN and PY_UNWIND."""

    instruction: Callable[[CodeType, int], object]
    start: Callable[[CodeType, int], None]
    resume: Callable[[CodeType, int], None]
    suspend: Callable[[CodeType, int, object], None]
    leave: Callable[[CodeType, int, object], None]
    unwind: Callable[[CodeType, int, BaseException], None]


def solo(  # noqa: C901 - variables of the function are what its callbacks share, and the quickest there are
    recorder: Recorder, watches: Mapping[int, Watch], handlers: Handlers, install_general: Callable[[], None]
) -> Callbacks:
    """Return callbacks for the events of one recorder in one thread, the first in which there are any.

    `watches` are found by the identity of the code. At the first event of another thread, `install_general` is called.

    A thread is interrupted only where it calls something: what must happen as one is done behind the last call.
    """
    owner = thread = 0  # the one thread; `owner` is so only as long as there is no other
    lane = Lane()
    suspended = recorder.suspended
    # What stands on top of the lane, `deep` times more than once, and where such calls of itself are counted.
    hot_code: CodeType | None = None
    hot_counts: Counts = {}
    hot_sites: dict[int, int] | None = None
    deep = 0

    def is_alone() -> bool:
        """Tell whether this is the only thread with events so far."""
        nonlocal owner, thread, lane
        me = get_ident()
        if owner == 0:
            owner = thread = me
            lane = recorder.lane()
        elif owner != me:
            leave_solo()
            install_general()
            return False
        return True

    def look() -> None:
        """Keep what stands on top of the lane."""
        nonlocal hot_code, hot_counts, hot_sites
        top = lane.top
        if top is None or owner == _RETIRED:
            hot_code = hot_sites = None
        else:
            hot_code, hot_counts, hot_sites = top.code, top.counts, top.own_sites

    def settle() -> None:
        """Give each frame of this thread an activation of its own."""
        nonlocal deep
        while deep and get_ident() == thread:
            top = lane.top
            assert top is not None
            activation = spare(top.watch, top)
            lane.top = activation
            deep -= 1

    def spare(watch: Watch, parent: Activation | None) -> Activation:
        """Return an activation of a call without detail, or of nested code in one."""
        if watch.spare:
            activation = watch.spare.pop()
            activation.parent = parent
            return activation
        return Activation(watch, watch.function.rest, watch.escaped is None, ANY_FRAME, parent)

    def leave_solo() -> None:
        nonlocal owner, hot_code, hot_sites
        owner, hot_code, hot_sites = _RETIRED, None, None
        recorder.is_solo = False

    def on_instruction(code: CodeType, offset: int) -> object:
        if code is hot_code:
            try:
                hot_counts[offset] += 1
            except KeyError:
                pass
            else:
                return None
            top = lane.top
            if top is not None and offset in top.watch.counting.landings and lands(top, offset, _getframe(1)):
                return None
        is_alone()
        return handlers.instruction(code, offset, _getframe(1))

    def lands(top: Activation, offset: int, frame: FrameType) -> bool:
        """Count an exception that has come to a handler; return whether that is all that is to be done."""
        watch, call = top.watch, top.call
        if call.detailed:
            statement = watch.boundaries.get(offset)
            if top.pending is not None or (statement is not None and recorder.has_room(call, statement)):
                return False
        error = sys_exception()
        traceback = None if error is None else error.__traceback__
        if traceback is None or traceback.tb_frame is not frame:
            return False
        raised_at = traceback.tb_lasti
        if traceback.tb_next is not None and callback_of(traceback.tb_next):
            return False
        handler, node = watch.counting.landings[offset]
        arrival, behind = watch.counting.raised[raised_at]
        counts = top.counts
        if arrival == handler:
            counts[behind] += 1 if behind >= 0 else -1
        counts[node] += 1
        return True

    def on_start(code: CodeType, offset: int) -> None:
        nonlocal hot_code, hot_counts, hot_sites, deep
        me = get_ident()
        try:
            above = _getframe(2)
        except ValueError:  # it is called by no other code
            handlers.start(code, offset, _getframe(1))
            return
        if code is hot_code and hot_sites is not None and above.f_code is code and me == owner:
            try:
                hot_sites[above.f_lasti] += 1
            except KeyError:
                hot_sites[above.f_lasti] = 1
            deep += 1
            return
        watch = watches.get(id(code))
        if watch is None or (me != owner and not is_alone()):
            handlers.start(code, offset, _getframe(1))
            return
        if deep:
            settle()
        top = lane.top
        if watch.is_full and top is None:
            activation = spare(watch, None)
            if None not in watch.sites:
                watch.sites[None] = {-1: 0}
            watch.sites[None][-1] += 1
        elif top is None or above.f_code is not hot_code:
            handlers.start(code, offset, _getframe(1))
            return
        elif watch.is_full and top.is_own:
            activation = spare(watch, top)
            if top.watch not in watch.sites:
                watch.sites[top.watch] = {}
            sites, site = watch.sites[top.watch], above.f_lasti
            if site not in sites:
                sites[site] = 0
            sites[site] += 1  # from here on no call, in which an interrupt could come
        elif watch.escaped is not None and top.call is watch.function.rest and not watch.is_suspendable:
            activation = spare(watch, top)
            activation.counts[watch.counting.start] += 1
        else:
            handlers.start(code, offset, _getframe(1))
            return
        lane.top = activation
        if owner == me:  # another thread may have come in between
            hot_code, hot_counts, hot_sites = code, activation.counts, activation.own_sites

    def on_return(code: CodeType, offset: int, value: object) -> None:
        nonlocal deep
        if code is hot_code:
            if deep:
                deep -= 1
                return
            top = lane.top
            if top is not None and top.key == ANY_FRAME:
                go_back(top)
                return
        handlers.leave(code, offset, value, _getframe(1))

    def go_back(top: Activation) -> None:
        """Put on top of the lane what stands below a call without detail that has ended."""
        nonlocal hot_code, hot_counts, hot_sites
        lane.top = below = top.parent
        if top.call_id < 0:
            top.watch.spare.append(top)
        if below is None or owner == _RETIRED:
            hot_code = hot_sites = None
        else:
            hot_code, hot_counts, hot_sites = below.code, below.counts, below.own_sites
            if below.watch.asleep and below.call.detailed:
                recorder.returned_to(below)

    def on_yield(code: CodeType, offset: int, value: object) -> None:
        nonlocal hot_code, hot_counts, hot_sites
        if code is hot_code and not deep:
            top = lane.top
            mode = top.mode  # type: ignore[union-attr]
            if mode and top.pending is None:  # type: ignore[union-attr]
                if mode == CLOCKED:
                    call = top.call  # type: ignore[union-attr]
                    now = perf_counter_ns()
                    call.running += now - call.since
                    call.since = now
                top.at = offset  # type: ignore[union-attr]
                lane.top = below = top.parent  # type: ignore[union-attr]
                hot_sites = None
                if below is None or owner == _RETIRED:
                    hot_code = None
                else:
                    hot_code, hot_counts = below.code, below.counts
                    if below.watch.asleep and below.call.detailed:
                        recorder.returned_to(below)
                return
        handlers.suspend(code, offset, value, _getframe(1))

    def on_resume(code: CodeType, offset: int) -> None:
        nonlocal hot_code, hot_counts, hot_sites
        me = get_ident()
        activation = suspended.get(id(_getframe(1)))
        if me == owner and activation is not None and activation.code is code and activation.at >= 0 and not deep:
            mode = activation.mode
            top = lane.top
            if mode == CLOCKED:
                call = activation.call
                if activation.watch.asleep and activation.watch.slept_by is not call:
                    mode = GENERAL
                else:
                    call.since = perf_counter_ns()
            elif mode == NESTED and (top is None or top.call is not activation.call):
                mode = GENERAL
            if mode:
                activation.at = -1
                activation.parent = top
                lane.top = activation
                activation.counts[offset] += 1
                if owner == me:
                    hot_code, hot_counts, hot_sites = code, activation.counts, None
                return
        is_alone()
        handlers.resume(code, offset, _getframe(1))

    def on_unwind(code: CodeType, offset: int, raised: BaseException) -> None:
        nonlocal hot_code, hot_sites, deep
        watch = watches.get(id(code))
        if watch is None:
            return
        try:
            top, traceback = lane.top, raised.__traceback__
            if code is hot_code and top is not None and traceback is not None and (deep or top.key == ANY_FRAME):
                at, inner = traceback.tb_lasti, traceback.tb_next
                if traceback.tb_frame is _getframe(1) and (inner is None or not callback_of(inner)):
                    counts = top.counts
                    arrival, behind = watch.counting.raised.get(at, (None, 0))
                    if deep:
                        deep -= 1
                    else:
                        go_back(top)
                    if arrival is None and behind:
                        flow = 1 if behind >= 0 else -1
                        try:  # no call, for which there may be no stack
                            counts[behind] += flow
                        except KeyError:
                            counts[behind] = flow
                    return
            handlers.leave(code, offset, None, _getframe(1), raised)
        except RecursionError:  # where the program has left no stack for a call, it is seen to later
            recorder.unseen += ((watch, _getframe(1), raised),)
            hot_code = hot_sites = None

    recorder.is_solo, recorder.look, recorder.settle, recorder.leave_solo = True, look, settle, leave_solo
    recorder.deep = lambda: {lane: deep}
    return Callbacks(on_instruction, on_start, on_resume, on_yield, on_return, on_unwind)
