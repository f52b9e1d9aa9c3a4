"""Who listens to what: events for watched code alone, handed to the sessions that watch it, all undone at the end.

Several sessions share the tool. A code object has events while at least one session watches it; each event goes
to all that do. What a callback raises would surface in the traced program: so `fail` sees to it.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from threading import get_ident
from types import CodeType, FrameType

from tracefunc._behavior import SWALLOWED_INSTRUCTIONS
from tracefunc._failing import fail
from tracefunc._recorder import Recorder
from tracefunc._records import Watch
from tracefunc._signals import locked
from tracefunc._solo import Handlers, solo
from tracefunc._tool import ARMED, claim, forget, has_company, install, listen, rearm, refresh, release

__all__ = ["arm", "disarm"]

_events = sys.monitoring.events
_DISABLE = sys.monitoring.DISABLE
_getframe = sys._getframe


@dataclass(slots=True, eq=False)
class _Armed:
    """A code object with events: the offsets at which somebody needs them, and who listens."""

    code: CodeType
    events: frozenset[int]
    listeners: tuple[tuple[Recorder, Watch], ...]
    in_company: bool = not SWALLOWED_INSTRUCTIONS


_armed: dict[int, _Armed] = {}  # by id: the hash of a code object is computed from its bytecode every time
_recorders: list[Recorder] = []
_only: Recorder | None = None  # the recorder that listens, where there is no other
_quick: dict[int, Watch] | None = None  # what the callbacks of `_solo` listen to, while they are installed
_lock = threading.RLock()


def arm(recorder: Recorder, watches: Iterable[Watch]) -> None:
    """Report the events of the watched code to `recorder` from now on; raise `NoToolIdError` when no id is free."""
    locked(_lock, _arm, recorder, watches)


def disarm(recorder: Recorder) -> None:
    """Report nothing more to `recorder`, and give back what no other session needs."""
    locked(_lock, _disarm, recorder)


def _arm(recorder: Recorder, found: Iterable[Watch]) -> None:
    global _only
    watches = list(found)
    claim()
    if recorder not in _recorders:
        _only = None
    recorder.rearm = _rearm
    new = [watch.code for watch in watches if id(watch.code) not in _armed]
    for watch in watches:
        armed = _armed.get(id(watch.code))
        if armed is None:
            _armed[id(watch.code)] = _Armed(watch.code, watch.events, ((recorder, watch),))
            continue
        armed.events |= watch.events
        armed.listeners += ((recorder, watch),)
        _rearm(watch)  # what was of no use to the others is disabled by now
    listen(new)
    if recorder not in _recorders:
        _recorders.append(recorder)
        _choose()
    elif _quick is not None:
        _quick.update((id(watch.code), watch) for watch in watches)
        if _is_running_elsewhere({id(watch.code) for watch in watches}):
            _leave_quick()


def _rearm(watch: Watch) -> None:
    """Let all instructions of a code object have events again."""
    locked(_lock, _rearm_alone, watch)  # lest another thread disarms the code meanwhile


def _rearm_alone(watch: Watch) -> None:
    if id(watch.code) in _armed:
        # In one step: a call that begins in another thread must not see a watch awake whose events are still to come.
        rearm(watch.code, [(watch, "asleep", False), (watch, "slept_by", None)])


def _disarm(recorder: Recorder) -> None:
    global _only
    for key, armed in list(_armed.items()):
        armed.listeners = tuple(pair for pair in armed.listeners if pair[0] is not recorder)
        if not armed.listeners:
            forget(armed.code)
            del _armed[key]
    if recorder in _recorders:
        _recorders.remove(recorder)
    if _armed:
        _choose()
    else:
        _only = None  # nothing of a session that is over lives on here
        _leave_quick()
        release()


def _choose() -> None:
    """Install the callbacks that fit: those of `_solo` while one session runs in one thread."""
    global _only, _quick
    _only = _recorders[0] if len(_recorders) == 1 else None
    _leave_quick()
    for recorder in _recorders:
        recorder.settle()
        if any(recorder.above().values()):  # another thread is deep in a recursion: only itself can sort that out
            return
    if len(_recorders) != 1 or _is_running_elsewhere(_armed.keys()) or "greenlet" in sys.modules:
        return
    _quick = {key: armed.listeners[0][1] for key, armed in _armed.items()}
    handlers = Handlers(_instruction, _start, _resume, _suspend, _leave)
    found = solo(_recorders[0], _quick, handlers, lambda: install(_general()))
    quick: dict[int, Callable[..., object]] = {
        _events.INSTRUCTION: found.instruction,
        _events.PY_START: found.start,
        _events.PY_RESUME: found.resume,
        _events.PY_YIELD: found.suspend,
        _events.PY_RETURN: found.leave,
        _events.PY_UNWIND: found.unwind,
    }
    install(_CALLBACKS | quick)


def _leave_quick() -> None:
    """Install the callbacks for all cases."""
    global _quick
    _quick = None
    for recorder in _recorders:
        recorder.leave_solo()
    install(_general())


def _general() -> dict[int, Callable[..., object]]:
    """Return the callbacks for all cases, that for instructions with a quick way where one session runs."""
    if len(_recorders) != 1 or "greenlet" in sys.modules:
        return _CALLBACKS
    return _CALLBACKS | {_events.INSTRUCTION: _counting(_recorders[0])}


def _counting(recorder: Recorder) -> Callable[[CodeType, int], object]:
    lanes = recorder.lanes

    def on_instruction(code: CodeType, offset: int) -> object:
        me = get_ident()  # not in the `try`, for the handler of a signal may raise behind it
        try:
            top = lanes[me].top
            # Another thread may have installed this callback too late: there is another session by now.
            if _only is recorder and top.code is code and not recorder.unseen:  # type: ignore[union-attr]
                tally = top.tally  # type: ignore[union-attr]
                number = tally[offset]
                if number is not None:
                    tally[offset] = number + 1
                    return None
        except (KeyError, AttributeError):  # no lane, or nothing on it
            pass
        return _instruction(code, offset, _getframe(1))

    return on_instruction


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


def _join_company(armed: _Armed) -> None:
    """Listen to lines, too, as soon as another tool may do so."""
    if _armed.get(id(armed.code)) is armed:
        armed.in_company = True
        refresh(armed.code)


def _instruction(code: CodeType, offset: int, frame: FrameType) -> object:
    """Tell all who listen that `frame` comes to `offset`; return DISABLE when nobody needs that any more."""
    last = ARMED.last
    armed = _armed.get(id(code))
    if armed is None or not (listeners := armed.listeners) or offset not in armed.events:
        return _DISABLE if ARMED.last is last else None
    is_needed = False
    for recorder, watch in listeners:
        try:
            is_needed |= not recorder.cross(recorder.lane(), watch, frame, offset)
            recorder.look()
        except BaseException as error:
            is_needed = True
            fail(error, recorder, recorder.cross, watch, frame, offset)
    if is_needed or (SWALLOWED_INSTRUCTIONS and has_company()):  # beside a debugger, nothing is switched on and off
        return None
    return _DISABLE if ARMED.last is last else None  # else another thread has just armed something


def _start(code: CodeType, _offset: int, frame: FrameType) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        if not armed.in_company and has_company():  # coverage.py, for one, begins when a function first starts
            locked(_lock, _join_company, armed)
        for recorder, watch in armed.listeners:
            try:
                recorder.enter(recorder.lane(), watch, frame)
                recorder.look()
            except BaseException as error:
                fail(error, recorder, recorder.enter, watch, frame)


def _resume(code: CodeType, offset: int, frame: FrameType, thrown: BaseException | None = None) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        for recorder, watch in armed.listeners:
            try:
                recorder.resume(recorder.lane(), watch, frame, offset, thrown)
                recorder.look()
            except BaseException as error:
                fail(error, recorder, recorder.resume, watch, frame, offset, thrown)


def _suspend(code: CodeType, offset: int, value: object, frame: FrameType) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        for recorder, watch in armed.listeners:
            try:
                recorder.suspend(recorder.lane(), watch, frame, offset, value)
                recorder.look()
            except BaseException as error:
                fail(error, recorder, recorder.suspend, watch, frame, offset, value)


def _leave(code: CodeType, _offset: int, value: object, frame: FrameType, raised: BaseException | None = None) -> None:
    armed = _armed.get(id(code))
    if armed is not None:
        for recorder, watch in armed.listeners:
            try:
                recorder.leave(recorder.lane(), watch, frame, value, raised)
                recorder.look()
            except BaseException as error:
                fail(error, recorder, recorder.leave, watch, frame, value, raised)


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


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()  # the thread that held it may not exist here


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
