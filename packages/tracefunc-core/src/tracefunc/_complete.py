"""Run what a function has made to its end: a coroutine, a generator, an async generator."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from types import FunctionType
from typing import Any

from tracefunc.errors import RunningLoopError

__all__ = ["below", "check_loop", "complete", "complete_async", "is_async"]


def is_async(fn: Callable[..., Any]) -> bool:
    """Tell whether an event loop is needed to run a function to its end."""
    return inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn)


def complete(fn: Callable[..., Any], original: FunctionType | None, value: Any) -> object:
    """Run what a coroutine or generator function has made to its end; leave alone what was made elsewhere."""
    if inspect.iscoroutine(value) and _made(fn, original, value.cr_code, inspect.iscoroutinefunction):
        check_loop(fn, value)
        return _asyncio().run(value)
    if inspect.isasyncgen(value) and _made(fn, original, value.ag_code, inspect.isasyncgenfunction):
        check_loop(fn)
        return _asyncio().run(_exhaust_async(value))
    if inspect.isgenerator(value) and _made(fn, original, value.gi_code, inspect.isgeneratorfunction):
        return _exhaust(value)
    return value


def _made(fn: Callable[..., Any], original: FunctionType | None, code: object, test: Callable[[Any], bool]) -> bool:
    """Tell whether an object with this code is what a function, or the original under its decorators, makes."""
    return test(fn) or (original is not None and original.__code__ is code)


def check_loop(fn: Callable[..., Any], coroutine: Coroutine[Any, Any, Any] | None = None) -> None:
    asyncio = sys.modules.get("asyncio")
    if asyncio is None or asyncio._get_running_loop() is None:
        return
    if coroutine is not None:
        coroutine.close()  # it will not be awaited
    name = getattr(fn, "__qualname__", repr(fn)).rpartition("<locals>.")[2]
    raise RunningLoopError(
        f"cannot run {name}() to its end: an event loop is running already in this thread. "
        f"Trace it there: with Tracer({name}) as t: await {name}(...); then t.results()"
    )


def _asyncio() -> Any:
    """Import asyncio when it is needed."""
    import asyncio

    return asyncio


def _exhaust(generator: Generator[Any, Any, Any]) -> object:
    """Run a generator to its end and return what it returns."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


async def complete_async(value: Any) -> object:
    """Await an awaitable, exhaust an async generator, and return anything else as it is."""
    if inspect.isasyncgen(value):
        await _exhaust_async(value)
        return None
    return await value if inspect.isawaitable(value) else value


async def _exhaust_async(generator: AsyncIterator[Any]) -> None:
    async for _ in generator:
        pass


def below(error: BaseException) -> Any:
    """Return the traceback of an error without this package's own frames.

    They are at its top, and where the handler of a signal ran inside of a callback, in its midst.
    """
    top = traceback = _skip(error.__traceback__)
    while traceback is not None:
        traceback.tb_next = traceback = _skip(traceback.tb_next)
    return top


def _skip(traceback: Any) -> Any:
    while traceback is not None and traceback.tb_frame.f_globals.get("__package__") == __package__:
        traceback = traceback.tb_next
    return traceback
