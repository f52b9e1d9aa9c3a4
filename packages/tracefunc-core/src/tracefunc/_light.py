"""What runs of which nothing is kept but counts: it stands on no lane, and has no activation until it needs one."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType, FrameType
from typing import NamedTuple

from tracefunc._recorder import Recorder
from tracefunc._records import ANY_FRAME, Activation, CallRecord, Plain, Site, Sites, Tally, Watch

__all__ = [
    "Below",
    "Callbacks",
    "Handlers",
    "Running",
    "activate",
    "call_around",
    "find_site",
    "only_counts",
    "those_above",
]

type Running = Activation | Plain
type Below = tuple[Running | None, int, Below, CodeType | None, Tally, Sites] | None
"""What stands below: what runs there, how often it has called itself, what is below that; its code, tally, sites."""


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


def only_counts(recorder: Recorder, running: Running | None, offset: int) -> bool:
    """Tell whether an offset is a landing that from now on needs to be counted only, and note that it does."""
    if running is None:
        return False
    watch, call = running.watch, running.call
    landing = watch.counting.landings.get(offset)
    if landing is None:
        return False
    if call.detailed and not running.is_plain:
        statement = watch.boundaries.get(offset)
        if statement is not None and recorder.has_room(call, statement):
            return False
    running.landings[offset] = (*landing, watch.counting.raised)
    return True
