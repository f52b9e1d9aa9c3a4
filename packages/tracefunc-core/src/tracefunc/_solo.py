"""Callbacks for the usual case: one session, and one thread in which targets run.

What runs is kept in variables of the callbacks: on top of the lane stand, one on another, calls without detail and
generators that went on. So a counted instruction costs one comparison and one addition, a call without detail its place
in the caller's code, and neither makes an object that stays. Whatever is not as usual goes to the handlers for all
cases, who find all on the lane again: see `settle`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from threading import get_ident
from time import perf_counter
from types import CodeType, FrameType

from tracefunc._light import (
    Below,
    Callbacks,
    Handlers,
    Running,
    activate,
    call_around,
    find_site,
    only_counts,
    those_above,
)
from tracefunc._recorder import Recorder
from tracefunc._records import (
    ANY_FRAME,
    CLOCKED,
    COUNTED,
    GENERAL,
    NESTED,
    NO_SITES,
    Activation,
    Lane,
    Plain,
    Site,
    Sites,
    Tally,
    Watch,
)

__all__ = ["Callbacks", "Handlers", "solo"]

_exception = sys.exception
_getframe = sys._getframe
_RETIRED = -1
# Those of a frame tell that it is one of these callbacks, into which an interrupt came before it had noted anything.
# The callback of PY_THROW is not here: once the frame is what runs, it has noted all.
_OURS = globals()


def solo(  # noqa: C901 - variables of the function are what its callbacks share, and the quickest there are
    recorder: Recorder, watches: Mapping[int, Watch], handlers: Handlers, install_general: Callable[[], None]
) -> Callbacks:
    """Return callbacks for the events of one recorder in one thread, the first in which there are any.

    `watches` are found by the identity of the code. At the first event of another thread, `install_general` is called.

    A thread is interrupted, or another goes on, only where it calls something: what must happen as one is done behind
    the last call.
    """
    owner = thread = 0  # the one thread; `owner` is so only as long as there is no other
    lane = Lane()
    suspended, roots = recorder.suspended, recorder.roots
    # What runs, how often it has called itself, and what stands below, down to the top of the lane. The others are what
    # `hot` has under these names.
    hot: Running | None = None
    deep = 0
    below: Below = None
    hot_code: CodeType | None = None
    hot_tally: Tally = []
    hot_sites = NO_SITES

    def is_alone() -> bool:
        """Tell whether this is the only thread with events so far."""
        nonlocal owner, thread, lane
        me = get_ident()
        if owner == 0:
            lane = recorder.lane()
            owner = thread = me
        elif owner != me:
            leave_solo()
            install_general()
            return False
        return True

    def look() -> None:
        """Take what stands on top of the lane for what runs, unless there is something above it."""
        nonlocal hot
        if below is None:
            hot = lane.top
            heat()

    def heat() -> None:
        """Keep what is asked for most of what runs."""
        nonlocal hot_code, hot_tally, hot_sites
        if hot is None or owner == _RETIRED:
            hot_code, hot_sites = None, NO_SITES
        else:
            hot_code, hot_tally, hot_sites = hot.code, hot.tally, hot.sites

    def above() -> dict[Lane, list[Running]]:
        """Return what runs above the top of the lane, innermost first."""
        return {lane: those_above(hot, deep, below)}

    def settle() -> None:
        """Put all on the lane, each frame with an activation of its own."""
        nonlocal hot, deep, below
        if below is not None and get_ident() == thread:
            top = lane.top
            for one in reversed(those_above(hot, deep, below)):
                top = activate(one, top)
            lane.top = hot = top
            deep, below = 0, None

    def leave_solo() -> None:
        nonlocal owner, hot_code, hot_sites
        owner, hot_code, hot_sites = _RETIRED, None, NO_SITES
        recorder.is_solo = False

    def on_instruction(code: CodeType, offset: int) -> object:
        if code is hot_code:
            number = hot_tally[offset]
            if number is not None:
                hot_tally[offset] = number + 1
                return None
            landing = hot.landings.get(offset)  # type: ignore[union-attr]
            if landing is None and only_counts(recorder, hot, offset):
                landing = hot.landings[offset]  # type: ignore[union-attr]
            error = _exception()
            if landing is not None and error is not None and hot.pending is None:  # type: ignore[union-attr]
                traceback = error.__traceback__
                if traceback is not None and traceback.tb_frame is _getframe(1):
                    inner = traceback.tb_next
                    if inner is None or inner.tb_frame.f_globals is not _OURS:
                        handler, node, raised = landing
                        arrival, behind = raised[traceback.tb_lasti]  # from here on no call, as an interrupt could come
                        counts = hot.counts  # type: ignore[union-attr]
                        if arrival == handler:
                            counts[behind] += 1 if behind >= 0 else -1
                        counts[node] += 1
                        return None
        is_alone()
        return handlers.instruction(code, offset, _getframe(1))

    def on_start(code: CodeType, offset: int) -> None:
        nonlocal hot, deep, below, hot_code, hot_tally, hot_sites
        try:
            if hot is None:
                site = roots[id(code)]
                if site.quick is code and get_ident() == owner:
                    site.number += 1
                    below = hot, deep, below, hot_code, hot_tally, hot_sites
                    hot = plain = site.plain
                    hot_code, hot_tally, hot_sites = code, plain.tally, plain.sites
                    return
            # No other thread comes here: at its first event its caller is not what runs, for no other thread runs that.
            elif (caller := _getframe(2)).f_code is hot_code:
                site = hot_sites[caller.f_lasti]
                if site.quick is code:
                    site.number += 1
                    plain = site.plain
                    if plain is hot:
                        deep += 1
                        return
                    below = hot, deep, below, hot_code, hot_tally, hot_sites
                    deep = 0
                    hot = plain
                    hot_code, hot_tally, hot_sites = code, plain.tally, plain.sites
                    return
        except (KeyError, ValueError):  # the first call from there, or not called by code
            pass
        start(code, offset, _getframe(1))

    def start(code: CodeType, offset: int, frame: FrameType) -> None:
        """Do the same for the first call from a place, and where more is to be done."""
        nonlocal hot, deep, below, hot_code, hot_tally, hot_sites
        watch = watches.get(id(code))
        if watch is not None and hot is not None and watch in hot.call.plains and get_ident() == owner:
            plain = hot.call.plains[watch]
            if plain.call.detailed and (not watch.asleep or watch.slept_by is plain.call):
                plain.counts[watch.counting.start] += 1
                below = hot, deep, below, hot_code, hot_tally, hot_sites
                deep = 0
                hot = plain
                hot_code, hot_tally, hot_sites = code, plain.tally, plain.sites
                return
        if (
            watch is None
            or not is_alone()
            or (found := plain_of(watch)) is None
            or (site := site_of(found, frame)) is None
            or (watch.is_suspendable and (id(frame) in suspended or not watch.counting.resumed))
        ):
            handlers.start(code, offset, frame)
            return
        plain = found
        running: Running = plain
        if watch.is_suspendable:
            activation = Activation(watch, plain.call, plain.owns_call, id(frame), None)
            activation.mode = COUNTED if plain.owns_call else NESTED
            activation.is_listed = True
            if plain.call.detailed:
                watch.live[id(activation)] = activation
            running = suspended[id(frame)] = activation
        if owner == _RETIRED:  # by another thread, just now
            handlers.start(code, offset, frame)
            return
        if plain.call.detailed:
            plain.counts[watch.counting.start] += 1
        else:
            site.number += 1
        below = hot, deep, below, hot_code, hot_tally, hot_sites
        deep = 0
        hot = running
        heat()

    def plain_of(watch: Watch) -> Plain | None:
        """Return what a call of `watch` runs as, None where that needs a closer look."""
        if watch.escaped is None:
            return watch.function.rest.plain_of(watch) if watch.is_full else None
        around = call_around(watch, hot, below)
        if around is None:
            return None if recorder.wants(watch.escaped) else watch.escaped.rest.plain_of(watch)
        if around.detailed:  # where a sample is due, an event tells so
            return None if watch.counted_after or not watch.is_awake_for(around) else around.plain_of(watch)
        return around.plain_of(watch) if around is watch.function.rest else None

    def site_of(plain: Plain, frame: FrameType) -> Site | None:
        """Return where a call without detail is counted, None where it cannot be."""
        if plain.call.detailed:  # there, it is counted itself
            plain = plain.watch.function.rest.plain_of(plain.watch)
        is_quick = not plain.watch.is_suspendable and plain.watch.escaped is None
        if hot is None:
            sites: Sites = roots
            key = id(plain.code)
        else:
            caller = frame.f_back
            while caller is not None and caller.f_code is not hot_code:
                caller = caller.f_back
            if caller is None or hot_sites is NO_SITES:
                return None
            sites, key = hot_sites, caller.f_lasti
            is_quick = is_quick or (hot.call is plain.call and not plain.watch.is_suspendable)
        return find_site(sites, key, plain, is_quick=is_quick)

    def on_return(code: CodeType, offset: int, value: object) -> None:
        nonlocal hot, deep, below, hot_code, hot_tally, hot_sites
        if code is hot_code:
            if deep:
                deep -= 1
                return
            if below is not None:
                if hot.is_plain:  # type: ignore[union-attr]
                    hot, deep, below, hot_code, hot_tally, hot_sites = below
                    # As in `go_back`, but written out in each callback: a call costs as much again.
                    if (
                        hot is not None
                        and hot.call.detailed
                        and hot.watch.slept_by is not hot.call
                        and hot.watch.asleep
                    ):
                        recorder.returned_to(hot)
                    return
                if forget():
                    go_back()
                    return
            elif hot.key == ANY_FRAME and not hot.call.detailed:  # type: ignore[union-attr]
                go_back()
                return
        handlers.leave(code, offset, value, _getframe(1))

    def forget() -> bool:
        """Forget the generator that ends; return whether that is all that is to be done."""
        ended = hot
        if not isinstance(ended, Activation) or ended.pending is not None:
            return False
        if ended.call.detailed and ended.owns_call:
            return False
        key, live, number = ended.key, ended.watch.live, id(ended)
        if key in suspended:  # from here on no call, in which an interrupt could come
            del suspended[key]
        if number in live:
            del live[number]
        return True

    def go_back() -> None:
        """Let run what stands below what has ended, or is suspended."""
        nonlocal hot, deep, below
        if deep:
            deep -= 1
            return
        if below is not None:
            hot, deep, below, _, _, _ = below
        else:
            ended = hot
            assert isinstance(ended, Activation)
            lane.top = hot = ended.parent
            if ended.key == ANY_FRAME and ended.call_id < 0 and ended.call is ended.watch.function.rest:
                ended.watch.spare.append(ended)
        heat()
        if hot is not None and hot.call.detailed:
            recorder.returned_to(hot)

    def on_yield(code: CodeType, offset: int, value: object) -> None:
        nonlocal hot, deep, below, hot_code, hot_tally, hot_sites
        if code is hot_code:
            mode = hot.mode  # type: ignore[union-attr]
            if mode and hot.pending is None:  # type: ignore[union-attr]
                if mode == CLOCKED:
                    call = hot.call  # type: ignore[union-attr]
                    now = perf_counter()
                    call.running += now - call.since
                    call.since = now
                hot.at = offset  # type: ignore[union-attr]
                if below is None or owner == _RETIRED:
                    go_back()
                else:
                    hot, deep, below, hot_code, hot_tally, hot_sites = below
                    if (
                        hot is not None
                        and hot.call.detailed
                        and hot.watch.slept_by is not hot.call
                        and hot.watch.asleep
                    ):
                        recorder.returned_to(hot)
                return
        handlers.suspend(code, offset, value, _getframe(1))

    def on_resume(code: CodeType, offset: int) -> None:
        nonlocal hot, deep, below, hot_code, hot_tally, hot_sites
        activation = suspended.get(id(_getframe(1)))
        if activation is not None and activation.code is code and activation.at >= 0:
            mode = activation.mode
            if mode == CLOCKED:
                call = activation.call
                if activation.watch.slept_by is call or not activation.watch.asleep:
                    call.since = perf_counter()
                else:
                    mode = GENERAL
            elif mode == NESTED:
                call = activation.call
                if hot is None or hot.call is not call or (call.detailed and not activation.watch.is_awake_for(call)):
                    mode = GENERAL
            if mode and get_ident() == owner:
                activation.at = -1
                activation.tally[offset] += 1  # type: ignore[operator]
                below = hot, deep, below, hot_code, hot_tally, hot_sites
                deep = 0
                hot = activation
                hot_code, hot_tally, hot_sites = code, activation.tally, activation.sites
                return
        is_alone()
        handlers.resume(code, offset, _getframe(1))

    def on_unwind(code: CodeType, offset: int, raised: BaseException) -> None:
        nonlocal hot, deep, below, hot_code, hot_tally, hot_sites
        if code is not hot_code and id(code) not in watches:
            return
        try:
            traceback = raised.__traceback__
            is_known = code is hot_code and (hot.is_plain or (hot.key == ANY_FRAME and not hot.call.detailed))  # type: ignore[union-attr]
            if is_known and traceback is not None:
                inner = traceback.tb_next
                if traceback.tb_frame is _getframe(1) and (inner is None or inner.tb_frame.f_globals is not _OURS):
                    counts = hot.counts  # type: ignore[union-attr]
                    known = hot.watch.counting.raised  # type: ignore[union-attr]
                    arrival, behind = known.get(traceback.tb_lasti, (None, 0))
                    if below is None or deep or owner == _RETIRED:
                        go_back()
                    else:
                        hot, deep, below, hot_code, hot_tally, hot_sites = below
                        if (
                            hot is not None
                            and hot.call.detailed
                            and hot.watch.slept_by is not hot.call
                            and hot.watch.asleep
                        ):
                            recorder.returned_to(hot)
                    if arrival is None and behind:
                        flow = 1 if behind >= 0 else -1
                        try:  # no call, for which there may be no stack
                            counts[behind] += flow
                        except KeyError:
                            counts[behind] = flow
                    return
            handlers.leave(code, offset, None, _getframe(1), raised)
        except RecursionError:  # where the program has left no stack for a call, it is seen to later
            recorder.unseen += ((watches[id(code)], _getframe(1), raised),)
            hot_code, hot_sites = None, NO_SITES

    recorder.is_solo, recorder.look, recorder.settle, recorder.leave_solo = True, look, settle, leave_solo
    recorder.above = above
    return Callbacks(on_instruction, on_start, on_resume, on_yield, on_return, on_unwind)
