"""Live with the handlers of signals, which may raise anything at any moment."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` wraps it in Python, which fails near the recursion limit
from collections.abc import Callable
from types import CodeType
from typing import Any

__all__ = ["is_from_handler", "is_interrupt", "locked"]


def locked(lock: Any, act: Callable[..., None], *args: object) -> None:
    """Do something that one thread at a time may do.

    `with lock` would keep the lock for ever when an interrupt came between its acquisition and the block.
    """
    try:
        lock.acquire()
        act(*args)
    finally:
        try:  # noqa: SIM105 - another call would be another moment for an interrupt
            lock.release()
        except RuntimeError:  # not acquired: the interrupt came while this thread waited
            pass


def is_from_handler(error: BaseException) -> bool:
    """Tell whether the handler of a signal raised what came out of a `try` that calls nothing written in Python."""
    traceback = error.__traceback__
    return traceback is not None and traceback.tb_next is not None


def is_interrupt(error: BaseException) -> bool:
    """Tell whether an exception is a KeyboardInterrupt, or has passed through the handler of a signal."""
    if issubclass(type(error), KeyboardInterrupt):
        return True
    set_handlers = filter(callable, map(_signal.getsignal, _signal.valid_signals()))  # but for those of the system
    handlers = {id(_code(handler)) for handler in set_handlers}
    traceback = error.__traceback__
    while traceback is not None:
        if id(traceback.tb_frame.f_code) in handlers:
            return True
        traceback = traceback.tb_next
    return False


def _code(handler: Any) -> CodeType | None:
    """Return the code that runs when a handler is called, None for one that is not written in Python."""
    for name in ("func", "__func__"):  # a partial, a method
        handler = getattr(handler, name, handler)
    found = getattr(handler, "__code__", None) or getattr(getattr(type(handler), "__call__", None), "__code__", None)  # noqa: B004
    return found if isinstance(found, CodeType) else None
