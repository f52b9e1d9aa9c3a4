"""`tracefunc()`: run one function to its end under a tracer."""

from __future__ import annotations

import inspect
import sys
from collections.abc import AsyncIterator, Callable, Generator
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
    when `target_func` is None. `mapping` is `{snippet: (hits, {name: [(type name, text), ...]})}`; statements without a hit
    are left out unless `incl_unhit`. The list's `value` is what `fn` returned, `exc` the exception that it raised,
    and `trace` the whole trace: all calls, counted without limit.

    A coroutine function is run to its end in an event loop of its own; a generator function's result is exhausted, and
    `value` is what it returned. An exception that is no `Exception`, such as `KeyboardInterrupt` or `SystemExit`, goes on
    to the caller, with these results as its attribute `trace_results`.

    Raises `NotTraceableError` or `SourceNotFoundError` for a target that cannot be traced, and `RunningLoopError` for a
    coroutine function where an event loop runs already.
    """
    if not callable(fn):
        raise NotTraceableError(
            f"tracefunc runs a function, and {type(fn).__name__!r} objects cannot be called; "
            f"to trace a property, pass a function that reads it and target_func=Class.property"
        )
    tracer = Tracer(fn if target_func is None else target_func, incl_unhit=incl_unhit)
    original = unwrap(fn)
    is_coroutine = _is(inspect.iscoroutinefunction, fn, original)
    is_async_generator = _is(inspect.isasyncgenfunction, fn, original)
    if (is_coroutine or is_async_generator) and _loop_is_running():
        name = getattr(fn, "__qualname__", repr(fn))
        raise RunningLoopError(
            f"cannot run {name}() to its end: an event loop is running already in this thread. "
            f"Trace it there: with Tracer({name}) as t: await {name}(...); then t.results()"
        )
    value: object = None
    raised: BaseException | None = None
    try:
        with tracer:
            value = fn(*args, **kwargs)
            if is_coroutine and inspect.iscoroutine(value):
                value = _asyncio().run(value)
            elif is_async_generator and inspect.isasyncgen(value):
                value = _asyncio().run(_exhaust_async(value))
            elif inspect.isgenerator(value) and _is(inspect.isgeneratorfunction, fn, original):
                value = _exhaust(value)
    except BaseException as error:
        value, raised = None, error
    if raised is not None:
        raised.__traceback__ = _below(raised)
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


def _is(test: Callable[[Any], bool], *functions: Any) -> bool:
    """Tell whether a function, or the original under its decorators, is of a kind."""
    return any(function is not None and test(function) for function in functions)


def _asyncio() -> Any:
    """Import asyncio when it is needed."""
    import asyncio

    return asyncio


def _loop_is_running() -> bool:
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None


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
    """Return the traceback of an error without this module's own frames at its top."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_frame.f_globals.get("__name__") == __name__:
        traceback = traceback.tb_next
    return traceback
