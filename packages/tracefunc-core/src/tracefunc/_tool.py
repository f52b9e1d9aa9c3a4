"""The one tool id of this process: how it is taken, which events it has, and how it is given back."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from itertools import starmap
from operator import call
from types import CodeType
from typing import Any

from tracefunc._behavior import EXCEPTION_EVENTS_ARE_LOCAL, SWALLOWED_INSTRUCTIONS
from tracefunc._scout import SCOUT
from tracefunc.errors import NoToolIdError

__all__ = ["ARMED", "claim", "forget", "has_company", "install", "listen", "rearm", "refresh", "release"]

_monitoring = sys.monitoring
_events = sys.monitoring.events
_get_tool = sys.monitoring.get_tool

_RUN = _events.PY_START | _events.PY_RESUME | _events.PY_RETURN | _events.PY_YIELD | _events.INSTRUCTION
_EXCEPTIONS = _events.PY_UNWIND | _events.PY_THROW
_NAME = "tracefunc"
_FOR_A_MOMENT = f"{_NAME} (for a moment)"
_ALONE = frozenset([None, _NAME, _FOR_A_MOMENT, SCOUT])  # what is said of ids that are free, or taken by tracefunc
_TOOL_IDS = (4, 3, 5, 2, 1, 0)  # by convention debuggers use 0, coverage 1, profilers 2, Hypothesis 3

type _Step = tuple[Any, ...]  # a function and its arguments


class _Armed:
    """`last` is another object each time that instructions are given events."""

    last: object = None


ARMED = _Armed()

_tool: int | None = None
_registered: set[int] = set()  # events with a callback


def claim() -> None:
    """Take a free tool id, unless there is one; raise `NoToolIdError` where none is free."""
    global _tool
    if _tool is not None:
        return
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
        release()
        raise


def release() -> None:
    """Undo `claim`: before 3.14, `free_tool_id` leaves events and callbacks alive."""
    global _tool
    if _tool is not None and _get_tool(_tool) == _NAME:  # else an interrupt came after it was freed
        _monitoring.set_events(_tool, 0)
        for event in _registered:
            _monitoring.register_callback(_tool, event, None)
        _monitoring.free_tool_id(_tool)
    _tool = None


def install(callbacks: Mapping[int, Callable[..., object]]) -> None:
    """Let these be the callbacks of the events that they are given by."""
    for event, callback in callbacks.items():
        if _tool is not None:
            _registered.add(event)
            _monitoring.register_callback(_tool, event, callback)


def listen(codes: list[CodeType]) -> None:
    """Let code objects that are new here have events.

    Where one tool alone has had INSTRUCTION events, it loses them as soon as it shares any event with another (CPython
    3.12 to 3.15: the table of tools by instruction begins empty). So the table is made before there is anything to
    lose, by a second tool for a moment; and what others had is set anew.
    """
    tool = _tool
    assert tool is not None
    own: list[_Step] = [(_monitoring.set_local_events, tool, code, _local_events()) for code in codes]
    own.append((setattr, ARMED, "last", object()))
    steps: list[_Step] = []
    second = next((other for other in _TOOL_IDS if _get_tool(other) is None), None)
    if second is None or not codes:
        steps += own
    else:
        steps.append((_monitoring.use_tool_id, second, _FOR_A_MOMENT))
        for code, step in zip(codes, own, strict=False):
            share = _monitoring.set_local_events, second, code
            steps += [(*share, _events.PY_START), step, (*share, 0)]
        steps += [own[-1], (_monitoring.free_tool_id, second)]
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


def rearm(code: CodeType, notes: Iterable[tuple[object, str, object]] = ()) -> None:
    """Let the instructions of a code object that were disabled have events again, and at once set these attributes."""
    if _tool is not None:
        steps = [(setattr, *note) for note in (*notes, (ARMED, "last", object()))]
        _at_once([*steps, *_anew(_tool, code)])


def refresh(code: CodeType) -> None:
    """Let a code object have the events that are needed now."""
    if _tool is not None:
        _monitoring.set_local_events(_tool, code, _local_events())


def forget(code: CodeType) -> None:
    """Let a code object have no events any more."""
    if _tool is not None:
        _monitoring.set_local_events(_tool, code, 0)


def _local_events() -> int:
    events = _RUN
    if EXCEPTION_EVENTS_ARE_LOCAL:
        events |= _EXCEPTIONS
    if SWALLOWED_INSTRUCTIONS and has_company():
        events |= _events.LINE  # without a callback; see `_behavior`
    return events


def has_company() -> bool:
    """Tell whether another tool is there, or `sys.settrace`: any of them may listen to lines, now or soon."""
    return not _ALONE.issuperset(map(_get_tool, _TOOL_IDS)) or sys.gettrace() is not None
