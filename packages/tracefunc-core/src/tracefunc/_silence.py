"""Run code of the program without letting it write: its own `__repr__`, which the program did not call."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import partial
from threading import RLock, get_ident
from typing import Any

from tracefunc._classes import MISSING
from tracefunc._signals import locked

__all__ = ["silently"]

# While a `__repr__` runs, what its thread writes to sys.stdout and sys.stderr is dropped. The streams stay in place, so
# that loggers and other holders of them are covered too: for that time, their `write` is one that knows the threads.
_lock = RLock()
_silent: set[int] = set()
_hushed: dict[int, tuple[dict[str, Any], Callable[..., Any], object]] = {}


def silently[T](call: Callable[[Any], T], value: object) -> T:
    thread = get_ident()
    if thread in _silent:
        return call(value)
    try:
        _silent.add(thread)
        locked(_lock, _hush)
        return call(value)
    finally:
        _silent.discard(thread)  # first, and in C: a KeyboardInterrupt can come only after it
        locked(_lock, _unhush)


def _hush() -> None:
    for stream in (getattr(sys, "stdout", None), getattr(sys, "stderr", None)):
        if stream is None or id(stream) in _hushed:
            continue
        try:
            attributes = object.__getattribute__(stream, "__dict__")
            hushed = partial(_write, stream.write)
        except AttributeError:  # a stream of an unusual class
            continue
        _hushed[id(stream)] = attributes, hushed, attributes.get("write", MISSING)
        attributes["write"] = hushed


def _write(write: Callable[[str], Any], text: str, /) -> Any:
    return len(text) if get_ident() in _silent else write(text)


def _unhush() -> None:
    while _hushed and not _silent:
        _, (attributes, hushed, own) = _hushed.popitem()
        if attributes.get("write") is not hushed:
            continue  # the program has set its own meanwhile
        if own is MISSING:
            del attributes["write"]
        else:
            attributes["write"] = own


def _after_fork() -> None:
    global _lock
    _lock = RLock()  # the thread that held it may not exist here
    _silent.intersection_update({get_ident()})
    _unhush()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
