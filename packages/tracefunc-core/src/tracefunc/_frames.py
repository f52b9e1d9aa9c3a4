"""What frames, threads and tasks tell about where a program is."""

from __future__ import annotations

import gc
import sys
import threading
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any

from tracefunc._behavior import HAS_F_GENERATOR
from tracefunc._records import Activation, CallRecord
from tracefunc.model import Frame

__all__ = [
    "generator_of",
    "position",
    "sent",
    "stack",
    "stack_of_control",
    "suspended_frames",
    "task_name",
    "thread_name",
    "unwrapped",
]

_GENERATORS = (GeneratorType, AsyncGeneratorType)
_WRAPPED = "async_generator_wrapped_value"


def stack_of_control() -> int:
    """Return what identifies the stack of control that runs now: a thread's, or a greenlet's."""
    greenlet = sys.modules.get("greenlet")
    if greenlet is not None:
        current = greenlet.getcurrent()
        if current.parent is not None:  # else it is the thread itself
            return id(current)
    return threading.get_ident()


def position(frame: FrameType, above: Activation) -> int:
    """Return the offset that the frame of an activation above `frame` has reached."""
    back = frame.f_back
    while back is not None:
        if back.f_code is above.code and above.is_of(back.f_code, id(back)):
            return back.f_lasti
        back = back.f_back
    return -1


def stack(frame: FrameType, above: Activation | None) -> tuple[CallRecord | None, list[Frame]]:
    """Return the frames from the nearest call with detail, or from the first frame, down to `frame`."""
    while above is not None and not (above.owns_call and above.call.detailed):
        above = above.parent
    frames: list[Frame] = []
    back: FrameType | None = frame
    while back is not None:
        frames.append(Frame(back.f_code.co_qualname, back.f_code.co_filename, back.f_lineno or 0))
        if above is not None and back is not frame and above.is_of(back.f_code, id(back)):
            return above.call, frames[::-1]
        back = back.f_back
    return None, frames[::-1]


def thread_name(ident: int) -> str:
    """Return a thread's name without `current_thread()`, which would invent a thread object for foreign ones."""
    known: dict[int, Any] = getattr(threading, "_active", {})
    thread = known.get(ident)
    return str(thread.name) if thread is not None else f"thread-{ident}"


def task_name() -> str | None:
    """Return the name of the asyncio task that runs in this thread."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return None
    task = asyncio.current_task()
    return None if task is None else str(task.get_name())


def suspended_frames() -> dict[int, CodeType]:
    """Return the code of each generator, coroutine and async generator that waits, by the identity of its frame."""
    frames: dict[int, CodeType] = {}
    for value in gc.get_objects():
        for kind, name in ((GeneratorType, "gi_frame"), (CoroutineType, "cr_frame"), (AsyncGeneratorType, "ag_frame")):
            if type(value) is kind:
                frame = getattr(value, name)
                if frame is not None and frame.f_lasti > 0:
                    frames[id(frame)] = frame.f_code
    return frames


def unwrapped(value: object) -> object:
    """Return what an async generator yields, which the interpreter wraps."""
    return gc.get_referents(value)[0] if type(value).__name__ == _WRAPPED else value


def generator_of(frame: FrameType) -> object:
    """Return the generator whose frame this is, None where there is none.

    Before 3.14 no frame tells: it is searched for among what was made last, and then everywhere.
    """
    if HAS_F_GENERATOR:
        return getattr(frame, "f_generator", None)
    for objects in (gc.get_objects(0), gc.get_referrers(frame)):
        for each in objects:
            if type(each) in _GENERATORS and any(thing is frame for thing in gc.get_referents(each)):
                return each
    return None


def sent(generator: object) -> object:
    """Return the value that was sent to a generator which is about to go on, None where it cannot be told.

    It is on top of the stack of values: what the generator refers to last, but for the exception that is being handled
    on its part, so one is raised here to be just that. No attribute tells the value, so the garbage collector does.
    """
    try:
        raise _Marker
    except _Marker as marker:
        marker.__traceback__ = None  # else the generator would live on in a cycle
        found = gc.get_referents(generator)
        return found[-2] if len(found) > 1 and found[-1] is marker else None


class _Marker(Exception):  # noqa: N818 - not an error
    """Marks where the values of a generator end."""
