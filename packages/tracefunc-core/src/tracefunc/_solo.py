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
    activate,
    find_site,
    innermost_around,
    note_landing,
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
    NOBODY,
    UNKNOWN,
    Activation,
    Lane,
    Site,
    Watch,
)
from tracefunc._signals import is_from_handler

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
    hot = NOBODY  # what runs,
    below: Below = None  # and what stands below it, down to the top of the lane

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
        if below is None and owner != _RETIRED:
            hot = lane.top or NOBODY

    def above() -> dict[Lane, list[Activation]]:
        """Return what runs above the top of the lane, innermost first."""
        return {lane: those_above(hot, below)}

    def settle() -> None:
        """Put all on the lane, each frame with an activation of its own."""
        nonlocal hot, below
        if below is not None and get_ident() == thread:
            top = lane.top
            for one in reversed(those_above(hot, below)):
                top = activate(one, top)
            lane.top = top
            below = None
            hot = UNKNOWN if owner == _RETIRED else top or NOBODY

    def leave_solo() -> None:
        nonlocal owner, hot, below
        owner = _RETIRED
        if below is not None:
            below = hot, below
        hot = UNKNOWN  # its own thread is to look at the lane from now on
        recorder.is_solo = False

    def take_note(code: CodeType, offset: int) -> None:
        """Do what comes before the work in all cases; one function, for each that a callback names costs it time."""
        if code is hot.code and offset not in hot.landings:
            note_landing(recorder, hot, offset)
        is_alone()

    def on_instruction(code: CodeType, offset: int) -> object:
        if code is hot.code:
            number = hot.tally[offset]
            if number is not None:
                hot.tally[offset] = number + 1  # with a name for the list, 3.13 took a fifth longer
                return None
            running = hot
            if offset in running.landings and (error := _exception()) is not None and running.pending is None:
                traceback = error.__traceback__
                if traceback is not None:
                    places, place = running.landings[offset], traceback.tb_lasti
                    if (  # see `Watch.unsure`
                        place in places
                        and (below is None or below[0].code is not code)
                        and (running.parent is None or running.parent.code is not code)
                    ):
                        places[place] += 1
                        return None
                    inner = traceback.tb_next
                    if (
                        traceback.tb_frame is _getframe(1)
                        and (inner is None or inner.tb_frame.f_globals is not _OURS)
                        and place != running.watch.first
                    ):  # from here on no call, as an interrupt could come
                        if place in running.watch.unsure:
                            place = ~place
                        places[place] = places[place] + 1 if place in places else 1
                        return None
        take_note(code, offset)
        return handlers.instruction(code, offset, _getframe(1))

    def on_start(code: CodeType, offset: int) -> None:
        nonlocal hot, below
        try:
            # No other thread comes in: at its first event its caller is not what runs, for no other thread runs that.
            if (caller := _getframe(2)).f_code is hot.code:
                site = hot.sites[caller.f_lasti]
                if site.quick is code:
                    site.number += 1
                    below = hot, below
                    hot = site.running
                    return
            elif hot is NOBODY:
                site = roots[id(code)]
                if site.quick is code and get_ident() == owner:
                    site.number += 1
                    below = hot, below
                    hot = site.running
                    return
        except (LookupError, ValueError) as error:  # the first call from there, or not called by code
            if is_from_handler(error):
                raise
        start(code, offset, _getframe(1))

    def start(code: CodeType, offset: int, frame: FrameType) -> None:
        """Do the same for the first call from a place, and where more is to be done."""
        nonlocal hot, below
        watch = watches.get(id(code))
        if watch is not None and watch in hot.call.plains and get_ident() == owner:
            plain = hot.call.plains[watch]
            if plain.call.detailed and (not watch.asleep or watch.slept_by is plain.call):
                plain.counts[watch.counting.start] += 1
                below = hot, below
                hot = plain
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
        plain, running = found, found if found.call.detailed else site.running
        if watch.is_suspendable:
            activation = Activation(watch, plain.call, plain.owns_call, id(frame), None)
            activation.mode = COUNTED if plain.owns_call else NESTED
            activation.is_listed = True
            if plain.call.detailed:
                watch.live[id(activation)] = activation
            else:
                activation.landings = plain.landings  # what is known of one generator holds for the next
            running = suspended[id(frame)] = activation
        if owner == _RETIRED:  # by another thread, just now
            handlers.start(code, offset, frame)
            return
        if plain.call.detailed:
            plain.counts[watch.counting.start] += 1
        else:
            site.number += 1
        below = hot, below
        hot = running

    def plain_of(watch: Watch) -> Activation | None:
        """Return what a call of `watch` runs as, None where that needs a closer look."""
        if watch.escaped is None:
            return watch.function.rest.plain_of(watch) if watch.is_full else None
        around = innermost_around(watch, hot, below)
        if around is None:
            return None if recorder.wants(watch.escaped) else watch.escaped.rest.plain_of(watch)
        if around.detailed:  # where a sample is due, an event tells so
            return None if watch.counted_after or not watch.is_awake_for(around) else around.plain_of(watch)
        return around.plain_of(watch) if around is watch.function.rest else None

    def site_of(plain: Activation, frame: FrameType) -> Site | None:
        """Return where a call without detail is counted, None where it cannot be."""
        if plain.call.detailed:  # there, it is counted itself
            plain = plain.watch.function.rest.plain_of(plain.watch)
        is_quick = not plain.watch.is_suspendable and plain.watch.escaped is None
        if hot is NOBODY:
            return find_site(recorder, hot, id(plain.code), plain, is_quick=is_quick)
        caller = frame.f_back
        while caller is not None and caller.f_code is not hot.code:
            caller = caller.f_back
        if caller is None or hot.sites is NO_SITES:
            return None
        is_quick = is_quick or (hot.call is plain.call and not plain.watch.is_suspendable)
        return find_site(recorder, hot, caller.f_lasti, plain, is_quick=is_quick)

    def on_return(code: CodeType, offset: int, value: object) -> None:
        nonlocal hot, below
        if code is hot.ends:
            hot, below = below  # type: ignore[misc]
            return
        if code is hot.code:
            if hot.is_plain:
                hot, below = below  # type: ignore[misc]
                # Written out in each callback: a call costs as much again.
                if not hot.is_quick and hot.watch.slept_by is not hot.call and hot.watch.asleep:
                    recorder.returned_to(hot)
                return
            ended = hot
            if below is None:
                if ended.key == ANY_FRAME and ended.is_quick:
                    lane.top = ended.parent
                    hot = ended.parent or NOBODY
                    if ended.call_id < 0 and ended.call is ended.watch.function.rest:
                        ended.watch.spare.append(ended)
                    if not hot.is_quick:
                        recorder.returned_to(hot)
                    return
            elif forget(ended) and hot is ended:  # else another thread has begun meanwhile
                hot, below = below
                if not hot.is_quick:
                    recorder.returned_to(hot)
                return
        handlers.leave(code, offset, value, _getframe(1))

    def forget(ended: Activation) -> bool:
        """Forget the generator that ends; return whether that is all that is to be done."""
        if ended.pending is not None or (ended.call.detailed and ended.owns_call):
            return False
        key, live, number = ended.key, ended.watch.live, id(ended)
        if key in suspended:  # from here on no call, in which an interrupt could come
            del suspended[key]
        if number in live:
            del live[number]
        return True

    def on_yield(code: CodeType, offset: int, value: object) -> None:
        nonlocal hot, below
        if code is hot.code:
            activation = hot
            mode = activation.mode
            if mode and activation.pending is None:
                if mode == CLOCKED:
                    call = activation.call
                    now = perf_counter()
                    call.running += now - call.since
                    call.since = now
                if hot is activation:  # else another thread has begun meanwhile
                    activation.at = offset
                    if below is None:
                        lane.top = activation.parent
                        hot = activation.parent or NOBODY
                    else:
                        hot, below = below
                    if not hot.is_quick and hot.watch.slept_by is not hot.call and hot.watch.asleep:
                        recorder.returned_to(hot)
                    return
        handlers.suspend(code, offset, value, _getframe(1))

    def on_resume(code: CodeType, offset: int) -> None:
        nonlocal hot, below
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
                if hot.call is not call or (call.detailed and not activation.watch.is_awake_for(call)):
                    mode = GENERAL
            if mode and get_ident() == owner:
                activation.at = -1
                activation.tally[offset] += 1  # type: ignore[operator]
                below = hot, below
                hot = activation
                return
        is_alone()
        handlers.resume(code, offset, _getframe(1))

    def on_unwind(code: CodeType, offset: int, raised: BaseException) -> None:
        nonlocal hot, below
        try:
            ended = hot
            if code is ended.code:
                left, traceback = ended.left, raised.__traceback__
                if left is not None and traceback is not None:
                    place = traceback.tb_lasti
                    if below is not None and place in left and below[0].code is not code:
                        left[place] += 1
                        hot, below = below
                        if not hot.is_quick and hot.watch.slept_by is not hot.call and hot.watch.asleep:
                            recorder.returned_to(hot)
                        return
                    inner = traceback.tb_next
                    if (
                        traceback.tb_frame is _getframe(1)
                        and (inner is None or inner.tb_frame.f_globals is not _OURS)
                        and place != ended.watch.first
                        and hot is ended  # else another thread has begun meanwhile
                        and (ended.is_plain or (ended.key == ANY_FRAME and ended.is_quick))
                    ):  # from here on no call, as an interrupt could come
                        if place in ended.watch.unsure:
                            place = ~place
                        left[place] = left[place] + 1 if place in left else 1
                        if below is None:
                            lane.top = ended.parent
                            hot = ended.parent or NOBODY
                        else:
                            hot, below = below
                        if not hot.is_quick:
                            recorder.returned_to(hot)
                        return
            elif id(code) not in watches:
                return
            handlers.leave(code, offset, None, _getframe(1), raised)
        except RecursionError:  # where the program has left no stack for a call, it is seen to later
            recorder.unseen += ((watches[id(code)], _getframe(1), raised),)
            if hot is not UNKNOWN:
                below = hot, below
                hot = UNKNOWN

    recorder.is_solo, recorder.look, recorder.settle, recorder.leave_solo = True, look, settle, leave_solo
    recorder.above = above
    return Callbacks(on_instruction, on_start, on_resume, on_yield, on_return, on_unwind)
