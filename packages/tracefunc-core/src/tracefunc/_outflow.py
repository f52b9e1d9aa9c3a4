"""Exceptions, and frames that do not go on, take control out of the middle of the code: see `_counting`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from types import FrameType, TracebackType

from tracefunc._behavior import SIGNALS_BEFORE_START, YIELD_RAISES_BEHIND
from tracefunc._counters import Counts, add
from tracefunc._records import ANY_FRAME, Activation, Lane, Watch

__all__ = ["callback_of", "comes_before_start", "flow_out", "function_of", "go_on_unseen", "land", "left_inside"]

_BEFORE = frozenset(["on_instruction", "on_resume", "on_throw"])
_CALLBACKS = _BEFORE | {"on_start", "on_yield", "on_return", "on_unwind"}


def land(activation: Activation, frame: FrameType, offset: int) -> None:
    """Note that an exception has come to the handler whose first statement is at `offset`."""
    handler, node = activation.watch.counting.landings[offset]
    error = sys.exception()
    behind = None if error is None else _node(activation, frame, error, handler)
    counts = activation.counts  # from here on no call, in which the handler of a signal could raise
    if behind is not None:
        counts[behind] += 1 if behind >= 0 else -1
    counts[node] += 1


def flow_out(activation: Activation, frame: FrameType, error: BaseException) -> None:
    """Note that an exception leaves the frame."""
    node = _node(activation, frame, error, None)
    if node is not None:
        add(activation.counts, node, 1 if node >= 0 else -1)


def _node(activation: Activation, frame: FrameType, error: BaseException, handler: int | None) -> int | None:
    """Return where an exception flows out that has come to a handler, or leaves the frame.

    Its traceback tells: the interpreter puts the frame at its head when it raises. For an exception that another
    handler has passed on, that was told of when it came there, and what counts that it was passed on is left, if any.
    """
    traceback = _own_part(error, frame)
    if traceback is None:
        return None
    counting = activation.watch.counting
    offset, callback = traceback.tb_lasti, callback_of(traceback.tb_next)
    if YIELD_RAISES_BEHIND and callback == "on_yield":
        offset -= 2
    arrival, node = counting.raised.get(offset, (None, None))
    if arrival != handler:
        return counting.passed_on(arrival, handler) or None
    if callback in _BEFORE:
        # The handler of a signal raised it in a callback, before the instruction ran and before it was counted.
        if offset in counting.landings:
            before = error.__context__
            return None if before is None else _node(activation, frame, before, counting.landings[offset][0])
        node = counting.into.get(offset)
    return node


def _own_part(error: BaseException, frame: FrameType) -> TracebackType | None:
    """Return the entry that the frame has made when the exception was raised in it."""
    traceback = error.__traceback__
    if traceback is None and isinstance(error.__cause__, StopIteration | StopAsyncIteration):
        traceback = error.__cause__.__traceback__  # that which a generator turns into a RuntimeError
    return traceback if traceback is not None and traceback.tb_frame is frame else None


def callback_of(traceback: TracebackType | None) -> str:
    """Return which of our callbacks, such as "on_start", an exception came from; empty where it is none of them."""
    name = function_of(traceback).removeprefix("_")
    return name if name in _CALLBACKS else ""


def function_of(traceback: TracebackType | None) -> str:
    """Return through which function of ours an exception came; empty where it is none."""
    if traceback is None:
        return ""
    inner = traceback.tb_frame
    return inner.f_code.co_name if inner.f_globals.get("__package__") == __package__ else ""


def comes_before_start(watch: Watch, traceback: TracebackType) -> bool:
    """Tell whether an exception left a frame before its start was noted: the handler of a signal raised it."""
    is_at_start = traceback.tb_lasti == watch.first
    return (is_at_start and SIGNALS_BEFORE_START) or callback_of(traceback.tb_next) == "on_start"


def go_on_unseen(activation: Activation, error: BaseException | None) -> None:
    """Note that a suspended frame goes on of which no event told so: the handler of a signal raised `error` before."""
    resume, activation.at = activation.at + 2, -1
    if error is None or error.__traceback__ is None or callback_of(error.__traceback__.tb_next):
        return  # in a callback: what flows out is told by that
    if resume in activation.watch.counting.resumed:
        add(activation.counts, resume, 1)


def left_inside(
    lanes: dict[int, Lane], suspended: Iterable[Activation], above: dict[Lane, list[Activation]], here: int
) -> Iterator[tuple[Counts, int]]:
    """Yield the counters of each frame that has not ended, and the node from which it would go on.

    `above` has what runs above the top of a lane, innermost first; `here` is the lane that runs now. Nothing is
    changed: the program may go on meanwhile.
    """
    for activation in suspended:
        node = activation.watch.counting.out_of.get(activation.at)
        if node is not None:
            yield activation.counts_now(), node
    frames = sys._current_frames()
    for key, lane in list(lanes.items()):
        left: FrameType | None = sys._getframe() if key == here else frames.get(key)
        for running in (*above.get(lane, ()), *lane.activations()):
            frame = left
            while frame is not None and not _may_be_of(running, frame):
                frame = frame.f_back
            if frame is not None:
                left = frame.f_back
                node = running.watch.counting.out_of.get(frame.f_lasti)
                if node is not None:
                    yield running.counts_now(), node


def _may_be_of(running: Activation, frame: FrameType) -> bool:
    return running.code is frame.f_code and running.key in (ANY_FRAME, id(frame))
