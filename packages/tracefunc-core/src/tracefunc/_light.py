"""What runs of which nothing is kept but counts: it stands on no lane, and has no activation until it needs one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import CodeType, FrameType
from typing import NamedTuple

from tracefunc._recorder import Recorder
from tracefunc._records import ANY_FRAME, Activation, CallRecord, Counts, Plain, Site, Sites, Watch

__all__ = ["Below", "Callbacks", "Handlers", "Running", "activate", "call_around", "find_site", "lands", "those_above"]

_exception = sys.exception

type Running = Activation | Plain
type Below = tuple[Running | None, int, Below, CodeType | None, Counts, Sites] | None
"""What stands below: what runs there, how often it has called itself, what is below that; its code, counts and sites."""


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


def those_above(running: Running | None, deep: int, below: Below) -> list[Running]:
    """Return what runs above the top of a lane, innermost first, each as often as it does."""
    found: list[Running] = []
    while running is not None and below is not None:
        found += [running] * (1 + deep)
        running, deep, below, _, _, _ = below
    return found


def activate(one: Running, parent: Activation | None) -> Activation:
    """Return an activation of what runs, to stand on another."""
    if isinstance(one, Activation):
        activation = one
    elif one.watch.spare and one.call is one.watch.function.rest:
        activation = one.watch.spare.pop()
        activation.last = -1
    else:
        activation = Activation(one.watch, one.call, one.owns_call, ANY_FRAME, parent)
        if one.call.detailed:
            one.watch.live[id(activation)] = activation
    activation.parent = parent
    return activation


def call_around(watch: Watch, running: Running | None, below: Below) -> CallRecord | None:
    """Return the innermost call of a function whose body holds the code of `watch`."""
    code = id(watch.code)
    while running is not None:
        if code in running.call.function.covers:
            return running.call
        if below is not None:
            running, _, below, _, _, _ = below
        else:
            running = running.parent  # type: ignore[union-attr]
    return None


def find_site(sites: Sites, key: int, plain: Plain, *, is_quick: bool) -> Site:
    """Return where calls from one place to one code are counted."""
    site = sites.get(key)
    if site is None:
        site = sites[key] = Site(plain, is_quick=is_quick)
    if site.plain is not plain:
        others = site.others
        if others is None:
            others = site.others = {id(site.plain): site}
        if id(plain) not in others:
            others[id(plain)] = new = Site(plain, is_quick=is_quick)
            new.others = others
        site = sites[key] = others[id(plain)]
    return site


def lands(
    recorder: Recorder, running: Running | None, offset: int, frame: FrameType, ours: Mapping[str, object]
) -> bool:
    """Count an exception that has come to a handler; return whether that is all that is to be done.

    It is not for one that came into a callback, which has `ours` as its globals.
    """
    if running is None:
        return False
    watch = running.watch
    counting = watch.counting
    landing = counting.landings.get(offset)
    if landing is None:
        return False
    call = running.call
    if call.detailed and not running.is_plain:
        if running.pending is not None:  # type: ignore[union-attr]
            return False
        statement = watch.boundaries.get(offset)
        if statement is not None and statement not in call.full and recorder.has_room(call, statement):
            return False
    error = _exception()
    traceback = None if error is None else error.__traceback__
    if traceback is None or traceback.tb_frame is not frame:
        return False
    inner = traceback.tb_next
    if inner is not None and inner.tb_frame.f_globals is ours:
        return False
    arrival, behind = counting.raised[traceback.tb_lasti]
    counts = running.counts  # from here on no call, in which an interrupt could come
    if arrival == landing[0]:
        counts[behind] += 1 if behind >= 0 else -1
    counts[landing[1]] += 1
    return True
