"""Functions that run under a session of their own whenever they are called: same name, signature and nature."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, Protocol

from tracefunc._session import Session
from tracefunc.model import Trace

__all__ = ["Traced", "decorate"]


class Traced[**P, R](Protocol):
    """A decorated function. `trace` is that of the last call that has ended, None before."""

    trace: Trace | None
    __name__: str
    __qualname__: str

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...

    def __get__(self, instance: object, owner: type | None = None, /) -> Callable[..., R]: ...


class _Around(NamedTuple):
    """A session, and the decorated function that began it."""

    decorated: object
    session: Session


type _Begin = Callable[[], AbstractContextManager[_Around | None]]

_around: ContextVar[tuple[_Around, ...]] = ContextVar("tracefunc_around", default=())


def decorate(function: Callable[..., Any], begin: Callable[[], Session], end: Callable[[Session], Trace]) -> Any:
    """Return a function that begins a session, does what `function` does, and ends the session.

    A call from inside such a call, in the same thread and task, belongs to the session that is there.
    """

    @contextmanager
    def session() -> Iterator[_Around | None]:
        if any(around.decorated is wrapper and around.session.state == "running" for around in _around.get()):
            yield None
            return
        around = _Around(wrapper, begin())
        try:
            yield around
        finally:
            wrapper.trace = end(around.session)

    if inspect.iscoroutinefunction(function):
        made = _coroutine_function(function, session)
    elif inspect.isasyncgenfunction(function):
        made = _async_generator_function(function, session)
    elif inspect.isgeneratorfunction(function):
        made = _generator_function(function, session)
    else:
        made = _function(function, session)
    wrapper: Any = functools.wraps(function)(made)
    wrapper.trace = None
    return wrapper


def _function(function: Callable[..., Any], session: _Begin) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with session() as around, _inside(around):
            return function(*args, **kwargs)

    return wrapper


def _generator_function(function: Callable[..., Any], session: _Begin) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with session() as around:
            return (yield from _step(around, function(*args, **kwargs)))

    return wrapper


def _coroutine_function(function: Callable[..., Any], session: _Begin) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        with session() as around:
            return await _Stepped(around, function(*args, **kwargs))

    return wrapper


def _async_generator_function(function: Callable[..., Any], session: _Begin) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
        with session() as around:
            generator = function(*args, **kwargs)
            step = generator.asend(None)
            while True:
                try:
                    value = await _Stepped(around, step)
                except StopAsyncIteration:
                    return
                try:
                    step = generator.asend((yield value))
                except GeneratorExit:
                    await _Stepped(around, generator.aclose())
                    raise
                except BaseException as error:
                    step = generator.athrow(error)

    return wrapper


@contextmanager
def _inside(around: _Around | None) -> Iterator[None]:
    """Let what runs here know the session that it runs in."""
    if around is None:
        yield
        return
    token = _around.set((*_around.get(), around))
    try:
        yield
    finally:
        _around.reset(token)


class _Stepped(NamedTuple):
    """Awaits what is given, and tells it the session only while it runs: its task may do other things meanwhile."""

    around: _Around | None
    awaited: Any

    def __await__(self) -> Generator[Any, Any, Any]:
        return _step(self.around, self.awaited)


def _step(around: _Around | None, inner: Any) -> Generator[Any, Any, Any]:
    """Do what `yield from inner` does, and tell `inner` the session only while it runs."""
    step, argument = inner.send, None
    while True:
        try:
            with _inside(around):
                value = step(argument)
        except StopIteration as stop:
            return stop.value
        try:
            step, argument = inner.send, (yield value)
        except GeneratorExit:
            with _inside(around):
                inner.close()
            raise
        except BaseException as error:
            step, argument = inner.throw, error
