"""`tracefunc()`: run one function to its end under a tracer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tracefunc._complete import below, check_loop, complete, is_async
from tracefunc._targets import unwrap
from tracefunc._tracer import Tracer
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
    if is_async(fn):
        check_loop(fn)
    value: object = None
    raised: BaseException | None = None
    try:
        tracer._begin()
        try:
            value = complete(fn, original, fn(*args, **kwargs))
        except BaseException as error:
            raised = error
    finally:
        try:
            tracer._finish()
        finally:
            tracer._finish()  # should an interrupt have come into the first time
    if raised is not None:
        raised.__traceback__ = below(raised)
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
