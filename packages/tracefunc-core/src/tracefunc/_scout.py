"""Tells of code that starts: each code object once, for whoever looks for code that is not there yet.

It uses a tool id of `sys.monitoring` of its own while anybody looks. An event of the whole process that is switched off
for each code object at its first start costs little, and finds what no hook of imports could: functions made by `exec`,
by reloads, by loaders of whatever kind.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from types import CodeType, FrameType

from tracefunc._signals import locked
from tracefunc.errors import NoToolIdError

__all__ = ["SCOUT", "scout", "scouting", "starts_later", "unscout"]

type Seen = Callable[[CodeType, FrameType, bool], None]

_monitoring = sys.monitoring
_events = sys.monitoring.events
_DISABLE = sys.monitoring.DISABLE
_getframe = sys._getframe

SCOUT = "tracefunc targets"  # the name of the tool that looks for targets
_MONITOR = "tracefunc"  # the name of the monitor's own tool
_ROOM = 2000  # frames that planning may need above the program's recursion limit
_TOOL_IDS = (5, 3, 4, 2, 1, 0)

_scouts: tuple[Seen, ...] = ()
_lock = threading.RLock()
_tool: int | None = None
_has_disabled = False  # locations that a scout of old has switched off stay so until all are switched on again


def scouting(act: Callable[..., None], *args: object) -> None:
    """Do something while no other thread scouts."""
    locked(_lock, act, *args)


def scout(seen: Seen) -> None:
    """Call `seen(code, frame, is_start)` for code that starts, or resumes, from now on, about once for each.

    Raises `NoToolIdError` when no id is free.
    """
    locked(_lock, _scout, seen)


def unscout(seen: Seen) -> None:
    """Undo `scout`."""
    locked(_lock, _unscout, seen)


def starts_later(code: CodeType) -> bool:
    """Tell whether the monitor, too, gets the event of the code's start that `seen` is being told of, but after it.

    Of the tools that listen to one event, that with the highest id comes first.
    """
    monitor = next((tool for tool in range(6) if _monitoring.get_tool(tool) == _MONITOR), None)
    if monitor is None or _tool is None or monitor > _tool:
        return False
    return bool(_monitoring.get_local_events(monitor, code) & _events.PY_START)


def _scout(seen: Seen) -> None:
    global _has_disabled, _scouts, _tool
    if _tool is None:
        free = [tool for tool in _TOOL_IDS if _monitoring.get_tool(tool) is None]
        if not free:
            holders = ", ".join(f"{tool}: {_monitoring.get_tool(tool)}" for tool in range(6))
            raise NoToolIdError(
                f"targets that are strings or modules need two tool ids of sys.monitoring, and not that many are free "
                f"({holders}); stop one of these tools first, or pass functions"
            )
        _monitoring.use_tool_id(free[0], SCOUT)
        _tool = free[0]
        _monitoring.register_callback(_tool, _events.PY_START, _on_start)
        _monitoring.register_callback(_tool, _events.PY_RESUME, _on_resume)
        _monitoring.set_events(_tool, _events.PY_START | _events.PY_RESUME)
    _scouts += (seen,)
    if _has_disabled:
        _monitoring.restart_events()
    _has_disabled = True


def _unscout(seen: Seen) -> None:
    global _scouts, _tool
    _scouts = tuple(each for each in _scouts if each != seen)
    if not _scouts and _tool is not None:
        if _monitoring.get_tool(_tool) == SCOUT:
            _monitoring.set_events(_tool, 0)
            _monitoring.register_callback(_tool, _events.PY_START, None)
            _monitoring.register_callback(_tool, _events.PY_RESUME, None)
            _monitoring.free_tool_id(_tool)
        _tool = None


def _on_start(code: CodeType, _offset: int) -> object:
    return _tell(code, _getframe(1), True)


def _on_resume(code: CodeType, _offset: int) -> object:
    return _tell(code, _getframe(1), False)


def _tell(code: CodeType, frame: FrameType, is_start: bool) -> object:
    for seen in _scouts:
        try:
            seen(code, frame, is_start)
        except RecursionError:
            limit = sys.getrecursionlimit()
            try:
                sys.setrecursionlimit(limit)  # fails where a higher limit could not be taken back
            except RecursionError:
                return None  # the next start is early enough for a program at its very limit
            try:
                sys.setrecursionlimit(limit + _ROOM)
                seen(code, frame, is_start)
            finally:
                sys.setrecursionlimit(limit)
    return _DISABLE


def _after_fork() -> None:
    global _lock
    _lock = threading.RLock()  # the thread that held it may not exist here


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
