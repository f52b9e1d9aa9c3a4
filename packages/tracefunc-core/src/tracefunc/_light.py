"""What runs of which nothing is kept but counts: it stands on no lane, and has no activation until it needs one."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType
from typing import NamedTuple

from tracefunc._calls import call_around
from tracefunc._recorder import Recorder
from tracefunc._records import ANY_FRAME, NO_SITE, NOBODY, UNKNOWN, Activation, CallRecord, Site, Sites, Watch

__all__ = [
    "Below",
    "Callbacks",
    "Handlers",
    "activate",
    "find_site",
    "innermost_around",
    "note_landing",
    "those_above",
]

type Below = tuple[Activation, Below] | None
"""What stands below what runs, and what is below that."""


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


def those_above(running: Activation, below: Below) -> list[Activation]:
    """Return what runs above the top of a lane, innermost first."""
    found: list[Activation] = []
    while below is not None:
        if running is not NOBODY and running is not UNKNOWN:
            found.append(running)
        running, below = below
    return found


def activate(one: Activation, parent: Activation | None) -> Activation:
    """Return an activation of what runs, for its frame alone, to stand on another."""
    if not one.is_plain:
        activation = one
    elif one.watch.spare and one.call is one.watch.function.rest:
        activation = one.watch.spare.pop()
        activation.last = -1
    else:
        activation = Activation(one.watch, one.call, one.owns_call, ANY_FRAME, parent)
        if one.call.detailed:
            one.watch.live[id(activation)] = activation
        else:
            activation.landings, activation.left = one.landings, one.left
    activation.parent = parent
    return activation


def innermost_around(watch: Watch, running: Activation, below: Below) -> CallRecord | None:
    """Return what `call_around` does, with what runs above the lane looked at first."""
    code = id(watch.code)
    while below is not None:
        if code in running.call.function.covers:
            return running.call
        running, below = below
    return call_around(watch, running)


def find_site(recorder: Recorder, running: Activation, key: int, plain: Activation, *, is_quick: bool) -> Site:
    """Return where calls from one place to one code are counted.

    `key` is the offset in the code that runs or, where none runs that is traced, the identity of what is called.
    """
    sites: Sites | dict[int, Site]
    if running is NOBODY:
        sites = recorder.roots
        sites.setdefault(key, NO_SITE)
    else:
        sites = running.sites
        sites.extend([NO_SITE] * (key + 1 - len(sites)))
    site = sites[key]
    if site.plain is not plain:
        others = {} if site is NO_SITE else site.others
        if id(plain) not in others:
            new = Site(running, key, plain, others, is_quick=is_quick)
            recorder.sites.append(new)  # first, as an interrupt may come behind it
            others[id(plain)] = new
        site = sites[key] = others[id(plain)]
    return site


def note_landing(recorder: Recorder, running: Activation, offset: int) -> None:
    """Note an offset if it is a landing that from now on needs to be counted only."""
    watch, call = running.watch, running.call
    if offset not in watch.counting.landings:
        return
    if call.detailed and not running.is_plain:
        statement = watch.boundaries.get(offset)
        if statement is not None and recorder.has_room(call, statement):
            return
    running.landings[offset] = call.counters_of(watch).raised_to(offset)
