"""What frames, threads and tasks tell about where a program is."""

from __future__ import annotations

import gc
import sys
import threading
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any

from tracefunc._records import Activation, CallRecord
from tracefunc.model import Frame

__all__ = ["position", "stack", "stack_of_control", "suspended_frames", "task_name", "thread_name"]


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
