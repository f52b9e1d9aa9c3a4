"""`tracefunc()`: run one function to its end under a tracer."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from types import FunctionType
from typing import Any

from tracefunc._session import Tracer
from tracefunc._targets import unwrap
from tracefunc.errors import NotTraceableError, RunningLoopError
from tracefunc.model import Frame
from tracefunc.results import TraceResults

__all__ = ["tracefunc"]


def tracefunc(
    fn: Callable[..., Any], /, *args: Any, target_func: object = None, incl_unhit: bool = False, **kwargs: Any
) -> TraceResults:
    """Run `fn(*args, **kwargs)` and return what every statement of `target_func` (by default `fn`) did.

    The result is a list of `(stack, mapping)` pairs, one for each of the first ten calls of the target, in order of
    their start. `stack` has one `name (path:line)` line for each frame from `fn` down to the target, and is empty
    when `target_func` is None. `mapping` is `{snippet: (hits, {name: [(type name, text), ...]})}`; statements without a
    hit are left out unless `incl_unhit`. The list's `value` is what `fn` returned, `exc` the exception that it raised,
    and `trace` the whole trace: all calls, counted without limit.

    A coroutine function is run to its end in an event loop of its own; a generator function's result is exhausted, and
    `value` is what it returned. An exception that is no `Exception`, such as `KeyboardInterrupt` or `SystemExit`, goes
    on to the caller, with these results as its attribute `trace_results`.

    Raises `NotTraceableError` or `SourceNotFoundError` for a target that cannot be traced, and `RunningLoopError` for a
    coroutine function where an event loop runs already.
    """
    if not callable(fn):
        raise NotTraceableError(
            f"tracefunc runs a function, and {type(fn).__name__!r} objects cannot be called: "
            + (
                "pass a function that reads the property, and target_func=Class.property"
                if isinstance(fn, property)
                else "pass a function, and its arguments behind it"
            )
        )
    tracer = Tracer(fn if target_func is None else target_func, incl_unhit=incl_unhit)
    original = None if isinstance(fn, type) else unwrap(fn)
    if inspect.iscoroutinefunction(fn) or inspect.isasyncgenfunction(fn):
        _check_loop(fn)
    value: object = None
    raised: BaseException | None = None
    try:
        tracer._begin()
        try:
            value = _complete(fn, original, fn(*args, **kwargs))
        except BaseException as error:
            raised = error
    finally:
        try:
            tracer._finish()
        finally:
            tracer._finish()  # should an interrupt have come into the first time
    if raised is not None:
        raised.__traceback__ = _below(raised)
        if isinstance(raised, RunningLoopError) and raised.__traceback__ is None:  # it was raised here, not by `fn`
            raise raised
    trace = tracer.trace()
    outermost = None
    if original is not None:
        outermost = Frame(original.__code__.co_qualname, original.__code__.co_filename, 0)
    results = TraceResults(
        trace,
        incl_unhit=incl_unhit,
        stacks=target_func is not None,
        outermost=outermost,
        value=value,
        exc=raised,
    )
    if raised is not None and not isinstance(raised, Exception):
        raised.trace_results = results  # type: ignore[attr-defined]
        raise raised
    return results


def _complete(fn: Callable[..., Any], original: FunctionType | None, value: Any) -> object:
    """Run what a coroutine or generator function has made to its end; leave alone what was made elsewhere."""
    if inspect.iscoroutine(value) and _made(fn, original, value.cr_code, inspect.iscoroutinefunction):
        _check_loop(fn, value)
        return _asyncio().run(value)
    if inspect.isasyncgen(value) and _made(fn, original, value.ag_code, inspect.isasyncgenfunction):
        _check_loop(fn)
        return _asyncio().run(_exhaust_async(value))
    if inspect.isgenerator(value) and _made(fn, original, value.gi_code, inspect.isgeneratorfunction):
        return _exhaust(value)
    return value


def _made(fn: Callable[..., Any], original: FunctionType | None, code: object, test: Callable[[Any], bool]) -> bool:
    """Tell whether an object with this code is what a function, or the original under its decorators, makes."""
    return test(fn) or (original is not None and original.__code__ is code)


def _check_loop(fn: Callable[..., Any], coroutine: Coroutine[Any, Any, Any] | None = None) -> None:
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


async def _exhaust_async(generator: AsyncIterator[Any]) -> None:
    async for _ in generator:
        pass


def _below(error: BaseException) -> Any:
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
