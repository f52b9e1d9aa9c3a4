"""The only user of `sys.monitoring`: one tool id for the process, events for watched code alone, all undone at the end.

Several sessions share the tool. A code object has events while at least one session watches it; each event goes
to all that do. What a callback raises would surface in the traced program: so a failure of our own ends here,
and only what is meant for the program, such as the exception of a signal handler, goes on to it.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import CodeType

from tracefunc._behavior import EXCEPTION_EVENTS_ARE_LOCAL, SWALLOWED_INSTRUCTIONS
from tracefunc._recorder import Recorder, Watch
from tracefunc._signals import locked
from tracefunc.errors import NoToolIdError, TraceWarning

__all__ = ["arm", "disarm"]

_monitoring = sys.monitoring
_events = sys.monitoring.events
_DISABLE = sys.monitoring.DISABLE
_get_tool = sys.monitoring.get_tool
_getframe = sys._getframe

_RUN = _events.PY_START | _events.PY_RESUME | _events.PY_RETURN | _events.PY_YIELD | _events.INSTRUCTION
_EXCEPTIONS = _events.PY_UNWIND | _events.PY_THROW
_NAME = "tracefunc"
_ROOM = 200  # frames that recording may need above the program's recursion limit
_TOOL_IDS = (4, 3, 5, 2, 1, 0)  # by convention debuggers use 0, coverage 1, profilers 2, Hypothesis 3


@dataclass(slots=True, eq=False)
class _Armed:
    """A code object with events: the offsets that anybody needs, and who listens."""

    code: CodeType
    wanted: frozenset[int]
    listeners: tuple[tuple[Recorder, Watch], ...]
    in_company: bool = not SWALLOWED_INSTRUCTIONS


_armed: dict[int, _Armed] = {}  # by id: the hash of a code object is computed from its bytecode every time
_lock = threading.RLock()
_tool: int | None = None


def arm(recorder: Recorder, watches: Iterable[Watch]) -> None:
    """Report the events of the watched code to `recorder` from now on; raise `NoToolIdError` when no id is free."""
    locked(_lock, _arm, recorder, watches)


def disarm(recorder: Recorder) -> None:
    """Report nothing more to `recorder`, and give back what no other session needs."""
    locked(_lock, _disarm, recorder)


def _arm(recorder: Recorder, watches: Iterable[Watch]) -> None:
    if _tool is None:
        _claim()
    assert _tool is not None
    for watch in watches:
        needed = frozenset(watch.counts) | frozenset(watch.boundaries)
        armed = _armed.get(id(watch.code))
        if armed is None:
            armed = _Armed(watch.code, needed, ())
            _armed[id(watch.code)] = armed
            _monitoring.set_local_events(_tool, watch.code, _local_events())
        elif not needed <= armed.wanted:  # offsets that were of no use to the others are disabled by now
            armed.wanted |= needed
            _monitoring.set_local_events(_tool, watch.code, 0)
            _monitoring.set_local_events(_tool, watch.code, _local_events())
        armed.listeners += ((recorder, watch),)


def _disarm(recorder: Recorder) -> None:
    if _tool is None:
        return
    for key, armed in list(_armed.items()):
        armed.listeners = tuple(pair for pair in armed.listeners if pair[0] is not recorder)
        if not armed.listeners:
            _monitoring.set_local_events(_tool, armed.code, 0)
            del _armed[key]
    if not _armed:
        _release()


def warn_of_failures(recorder: Recorder) -> None:
    """Warn if tracefunc itself failed while it recorded."""
    if recorder.failures:
        warnings.warn(
            f"tracefunc failed {len(recorder.failures)} times while it recorded, first with {recorder.failures[0]}; "
            f"the traced program was not affected, but this trace may lack hits",
            TraceWarning,
            skip_file_prefixes=(__file__.rpartition(os.sep)[0],),
        )


def _claim() -> None:
    """Take a free tool id and register the callbacks."""
    global _tool
    free = [tool for tool in _TOOL_IDS if _get_tool(tool) is None]
    if not free:
        holders = ", ".join(f"{tool}: {_get_tool(tool)}" for tool in range(6))
        raise NoToolIdError(f"all tool ids of sys.monitoring are taken ({holders}); stop one of these tools first")
    _tool = free[0]
    try:
        _monitoring.use_tool_id(_tool, _NAME)
        for event, callback in _CALLBACKS.items():
            _monitoring.register_callback(_tool, event, callback)
        if not EXCEPTION_EVENTS_ARE_LOCAL:
            _monitoring.set_events(_tool, _EXCEPTIONS)
    except BaseException:
        _release()
        raise


def _release() -> None:
    """Undo `_claim`: before 3.14, `free_tool_id` leaves events and callbacks alive."""
    global _tool
    if _tool is not None and _get_tool(_tool) == _NAME:  # else an interrupt came after it was freed
        _monitoring.set_events(_tool, 0)
        for event in _CALLBACKS:
            _monitoring.register_callback(_tool, event, None)
        _monitoring.free_tool_id(_tool)
    _tool = None


def _local_events() -> int:
    events = _RUN
    if EXCEPTION_EVENTS_ARE_LOCAL:
        events |= _EXCEPTIONS
    if SWALLOWED_INSTRUCTIONS and _has_company():
        events |= _events.LINE  # without a callback; see `_behavior`
    return events


def _has_company() -> bool:
    """Tell whether another tool is there, or `sys.settrace`: any of them may listen to lines, now or soon."""
    return any(tool != _tool and _get_tool(tool) is not None for tool in _TOOL_IDS) or sys.gettrace() is not None


def _join_company(armed: _Armed) -> None:
    """Listen to lines, too, as soon as another tool may do so."""
    if _tool is not None and _armed.get(id(armed.code)) is armed:
        armed.in_company = True
        _monitoring.set_local_events(_tool, armed.code, _local_events())


def _on_instruction(code: CodeType, offset: int) -> object:
    armed = _armed.get(id(code))
    if armed is None or offset not in armed.wanted:
        return _DISABLE
    frame = _getframe(1)
    for recorder, watch in armed.listeners:
        try:
            recorder.cross(watch, frame, offset)
        except BaseException as error:
            _fail(error, recorder, recorder.cross, watch, frame, offset)
    return None


def _on_start(code: CodeType, _offset: int) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        if not armed.in_company and _has_company():  # coverage.py, for one, begins when a function first starts
            locked(_lock, _join_company, armed)
        frame = _getframe(1)
        for recorder, watch in armed.listeners:
            try:
                recorder.enter(watch, frame)
            except BaseException as error:
                _fail(error, recorder, recorder.enter, watch, frame)


def _on_resume(code: CodeType, _offset: int, thrown: BaseException | None = None) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        frame = _getframe(1)
        for recorder, watch in armed.listeners:
            try:
                recorder.resume(watch, frame, thrown)
            except BaseException as error:
                _fail(error, recorder, recorder.resume, watch, frame, thrown)


def _on_yield(code: CodeType, offset: int, _value: object) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        frame = _getframe(1)
        for recorder, watch in armed.listeners:
            try:
                recorder.suspend(watch, frame, offset)
            except BaseException as error:
                _fail(error, recorder, recorder.suspend, watch, frame, offset)


def _on_return(code: CodeType, _offset: int, value: object) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        frame = _getframe(1)
        for recorder, watch in armed.listeners:
            try:
                recorder.leave(watch, frame, value)
            except BaseException as error:
                _fail(error, recorder, recorder.leave, watch, frame, value)


def _on_unwind(code: CodeType, _offset: int, raised: BaseException) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        frame = _getframe(1)
        for recorder, watch in armed.listeners:
            if id(frame) in recorder.activations:  # else its start was not recorded, for want of stack
                try:
                    recorder.leave(watch, frame, None, raised)
                except BaseException as error:
                    _fail(error, recorder, recorder.leave, watch, frame, None, raised)


_CALLBACKS: dict[int, Callable[..., object]] = {
    _events.INSTRUCTION: _on_instruction,
    _events.PY_START: _on_start,
    _events.PY_RESUME: _on_resume,
    _events.PY_THROW: _on_resume,
    _events.PY_YIELD: _on_yield,
    _events.PY_RETURN: _on_return,
    _events.PY_UNWIND: _on_unwind,
}


def _fail(error: BaseException, recorder: Recorder, act: Callable[..., object], *args: object) -> None:
    """Keep an error of our own from the program; pass on one that is the program's, such as a KeyboardInterrupt.

    A signal handler runs inside whatever runs, so also inside a callback: then the innermost frame is the handler's,
    or the exception is none that our own code can cause.
    """
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    ours = traceback is not None and traceback.tb_frame.f_globals.get("__package__") == __package__
    if not (ours and isinstance(error, Exception) and type(error).__module__ == "builtins"):
        raise error
    if isinstance(error, RecursionError):
        limit = sys.getrecursionlimit()
        try:
            sys.setrecursionlimit(limit)  # fails where a higher limit could not be taken back
        except RecursionError:
            raise error from None  # the program is at its limit, too: two calls more and it would be told so
        try:
            sys.setrecursionlimit(limit + _ROOM)
            act(*args)
        except RecursionError:
            pass  # of the C stack
        else:
            return
        finally:
            sys.setrecursionlimit(limit)
    recorder.failures.append(repr(error))


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()  # the thread that held it may not exist here


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
