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
from collections import deque
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import starmap
from operator import call
from types import CodeType, FrameType
from typing import Any

from tracefunc._behavior import EXCEPTION_EVENTS_ARE_LOCAL, SWALLOWED_INSTRUCTIONS
from tracefunc._recorder import Recorder
from tracefunc._records import Watch
from tracefunc._signals import locked
from tracefunc._solo import Handlers, solo
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


type _Step = tuple[Any, ...]  # a function and its arguments


@dataclass(slots=True, eq=False)
class _Armed:
    """A code object with events: the offsets at which somebody needs them, and who listens."""

    code: CodeType
    events: frozenset[int]
    listeners: tuple[tuple[Recorder, Watch], ...]
    in_company: bool = not SWALLOWED_INSTRUCTIONS


_armed: dict[int, _Armed] = {}  # by id: the hash of a code object is computed from its bytecode every time
_recorders: list[Recorder] = []
_quick: dict[int, Watch] | None = None  # what the callbacks of `_solo` listen to, while they are installed
_lock = threading.RLock()
_tool: int | None = None


def arm(recorder: Recorder, watches: Iterable[Watch]) -> None:
    """Report the events of the watched code to `recorder` from now on; raise `NoToolIdError` when no id is free."""
    locked(_lock, _arm, recorder, watches)


def disarm(recorder: Recorder) -> None:
    """Report nothing more to `recorder`, and give back what no other session needs."""
    locked(_lock, _disarm, recorder)


def _arm(recorder: Recorder, found: Iterable[Watch]) -> None:
    watches = list(found)
    if _tool is None:
        _claim()
    assert _tool is not None
    recorder.rearm = _rearm
    new = [watch.code for watch in watches if id(watch.code) not in _armed]
    for watch in watches:
        armed = _armed.get(id(watch.code))
        if armed is None:
            _armed[id(watch.code)] = _Armed(watch.code, watch.events, ((recorder, watch),))
            continue
        is_new = not watch.events <= armed.events or any(other.asleep for _, other in armed.listeners)
        armed.events |= watch.events
        armed.listeners += ((recorder, watch),)
        if is_new:  # offsets that were of no use to the others are disabled by now
            _rearm(watch)
    _listen(_tool, new)
    if recorder not in _recorders:
        _recorders.append(recorder)
        _choose()
    elif _quick is not None:
        _quick.update((id(watch.code), watch) for watch in watches)
        if _is_running_elsewhere({id(watch.code) for watch in watches}):
            _leave_quick()


def _listen(tool: int, codes: list[CodeType]) -> None:
    """Let code objects that are new here have events.

    Where one tool alone has had INSTRUCTION events, it loses them as soon as it shares any event with another (CPython
    3.12 to 3.15: the table of tools by instruction begins empty). So the table is made before there is anything to
    lose, by a second tool for a moment; and what others had is set anew.
    """
    own: list[_Step] = [(_monitoring.set_local_events, tool, code, _local_events()) for code in codes]
    steps, second = own, next((other for other in _TOOL_IDS if _get_tool(other) is None), None)
    if second is not None and codes:
        steps = [(_monitoring.use_tool_id, second, f"{_NAME} (for a moment)")]
        for code, step in zip(codes, own, strict=True):
            share = _monitoring.set_local_events, second, code
            steps += [(*share, _events.PY_START), step, (*share, 0)]
        steps.append((_monitoring.free_tool_id, second))
    for other in (other for other in _TOOL_IDS if _get_tool(other) is not None and other != tool):
        for code in codes:
            steps += _anew(other, code)
    try:
        _at_once(steps)
    except ValueError:  # another thread has taken the second id, or given back that of another tool, just now
        _at_once(own)


def _anew(tool: int, code: CodeType) -> list[_Step]:
    """Return what to do so that all instructions of a code object that a tool listens to have events again."""
    events = _monitoring.get_local_events(tool, code)
    if not events & _events.INSTRUCTION:
        return []
    change = _monitoring.set_local_events, tool, code
    return [(*change, events & ~_events.INSTRUCTION), (*change, events)]


def _at_once(steps: Iterable[_Step]) -> None:
    """Call functions of `sys.monitoring` without a moment in between in which another thread or an interrupt comes."""
    deque(starmap(call, steps), maxlen=0)


def _rearm(watch: Watch) -> None:
    """Let the boundaries of a code object that sleep have events again."""
    if _tool is not None and id(watch.code) in _armed:
        _at_once(_anew(_tool, watch.code))


def _disarm(recorder: Recorder) -> None:
    if _tool is None:
        return
    for key, armed in list(_armed.items()):
        armed.listeners = tuple(pair for pair in armed.listeners if pair[0] is not recorder)
        if not armed.listeners:
            _monitoring.set_local_events(_tool, armed.code, 0)
            del _armed[key]
    if recorder in _recorders:
        _recorders.remove(recorder)
    if _armed:
        _choose()
    else:
        _leave_quick()
        _release()


def _choose() -> None:
    """Install the callbacks that fit: those of `_solo` while one session runs in one thread."""
    global _quick
    _leave_quick()
    for recorder in _recorders:
        recorder.settle()
        if any(recorder.above().values()):  # another thread is deep in a recursion: only itself can sort that out
            return
    if len(_recorders) != 1 or _is_running_elsewhere(_armed.keys()) or "greenlet" in sys.modules:
        return
    _quick = {key: armed.listeners[0][1] for key, armed in _armed.items()}
    handlers = Handlers(_instruction, _start, _resume, _suspend, _leave)
    found = solo(_recorders[0], _quick, handlers, lambda: _install(_CALLBACKS))
    quick: dict[int, Callable[..., object]] = {
        _events.INSTRUCTION: found.instruction,
        _events.PY_START: found.start,
        _events.PY_RESUME: found.resume,
        _events.PY_YIELD: found.suspend,
        _events.PY_RETURN: found.leave,
        _events.PY_UNWIND: found.unwind,
    }
    _install(_CALLBACKS | quick)


def _install(callbacks: dict[int, Callable[..., object]]) -> None:
    for event, callback in callbacks.items():
        if _tool is not None:
            _monitoring.register_callback(_tool, event, callback)


def _leave_quick() -> None:
    """Install the callbacks for all cases."""
    global _quick
    _quick = None
    for recorder in _recorders:
        recorder.leave_solo()
    _install(_CALLBACKS)


def _is_running_elsewhere(codes: Collection[int]) -> bool:
    """Tell whether one of these code objects, by their ids, is on the stack of another thread."""
    here = threading.get_ident()
    for thread, top in sys._current_frames().items():
        frame: FrameType | None = top
        while frame is not None and thread != here:
            if id(frame.f_code) in codes:
                return True
            frame = frame.f_back
    return False


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
    others = filter(None, map(_get_tool, _TOOL_IDS))
    return any(not name.startswith(_NAME) for name in others) or sys.gettrace() is not None


def _join_company(armed: _Armed) -> None:
    """Listen to lines, too, as soon as another tool may do so."""
    if _tool is not None and _armed.get(id(armed.code)) is armed:
        armed.in_company = True
        _monitoring.set_local_events(_tool, armed.code, _local_events())


def _instruction(code: CodeType, offset: int, frame: FrameType) -> object:
    """Tell all who listen that `frame` comes to `offset`; return DISABLE when nobody needs that any more."""
    armed = _armed.get(id(code))
    if armed is None or offset not in armed.events:
        return _DISABLE
    is_needed = False
    for recorder, watch in armed.listeners:
        try:
            is_needed |= not recorder.cross(recorder.lane(), watch, frame, offset)
            recorder.look()
        except BaseException as error:
            is_needed = True
            _fail(error, recorder, recorder.cross, watch, frame, offset)
    if is_needed or (SWALLOWED_INSTRUCTIONS and _has_company()):  # beside a debugger, nothing is switched on and off
        return None
    return _DISABLE


def _start(code: CodeType, _offset: int, frame: FrameType) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        if not armed.in_company and _has_company():  # coverage.py, for one, begins when a function first starts
            locked(_lock, _join_company, armed)
        for recorder, watch in armed.listeners:
            try:
                recorder.enter(recorder.lane(), watch, frame)
                recorder.look()
            except BaseException as error:
                _fail(error, recorder, recorder.enter, watch, frame)


def _resume(code: CodeType, offset: int, frame: FrameType, thrown: BaseException | None = None) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        for recorder, watch in armed.listeners:
            try:
                recorder.resume(recorder.lane(), watch, frame, offset, thrown)
                recorder.look()
            except BaseException as error:
                _fail(error, recorder, recorder.resume, watch, frame, offset, thrown)


def _suspend(code: CodeType, offset: int, value: object, frame: FrameType) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        for recorder, watch in armed.listeners:
            try:
                recorder.suspend(recorder.lane(), watch, frame, offset, value)
                recorder.look()
            except BaseException as error:
                _fail(error, recorder, recorder.suspend, watch, frame, offset, value)


def _leave(code: CodeType, _offset: int, value: object, frame: FrameType, raised: BaseException | None = None) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        for recorder, watch in armed.listeners:
            try:
                recorder.leave(recorder.lane(), watch, frame, value, raised)
                recorder.look()
            except BaseException as error:
                _fail(error, recorder, recorder.leave, watch, frame, value, raised)


def _on_instruction(code: CodeType, offset: int) -> object:
    return _instruction(code, offset, _getframe(1))


def _on_start(code: CodeType, offset: int) -> None:
    _start(code, offset, _getframe(1))


def _on_resume(code: CodeType, offset: int) -> None:
    _resume(code, offset, _getframe(1))


def _on_throw(code: CodeType, offset: int, thrown: BaseException) -> None:
    _resume(code, offset, _getframe(1), thrown)


def _on_yield(code: CodeType, offset: int, value: object) -> None:
    _suspend(code, offset, value, _getframe(1))


def _on_return(code: CodeType, offset: int, value: object) -> None:
    _leave(code, offset, value, _getframe(1))


def _on_unwind(code: CodeType, offset: int, raised: BaseException) -> None:
    if id(code) in _armed:
        _leave(code, offset, None, _getframe(1), raised)


_CALLBACKS: dict[int, Callable[..., object]] = {
    _events.INSTRUCTION: _on_instruction,
    _events.PY_START: _on_start,
    _events.PY_RESUME: _on_resume,
    _events.PY_THROW: _on_throw,
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
            act(recorder.lane(), *args)
            recorder.look()
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
