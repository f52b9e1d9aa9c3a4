"""What the user named, down to the Python functions in it: the originals, not their wrappers."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from types import CodeType, FunctionType, MethodType
from typing import Any, NamedTuple

from tracefunc.errors import NotTraceableError

__all__ = ["Target", "resolve", "unwrap"]


class Target(NamedTuple):
    """A Python function to trace: its code, and the namespace of its module."""

    code: CodeType
    namespace: dict[str, Any]
    qualname: str
    module: str


def resolve(target: object) -> list[Target]:
    """Return the functions in a target, each once.

    A target is a function, a method, a `staticmethod`, `classmethod`, `property`, `cached_property`, `partial`,
    `partialmethod`, `lru_cache` or `singledispatch` object, whatever `functools.wraps` made of these, a class (all
    functions in its body), or an object with a Python `__call__`. Raises `NotTraceableError` when it holds none.
    """
    found = {id(function.__code__): function for function in _functions(target, set())}
    if not found:
        raise NotTraceableError(f"cannot trace {_describe(target)}. {_advice(target)}")
    return [
        Target(function.__code__, function.__globals__, function.__qualname__, str(function.__module__))
        for function in found.values()
    ]


def unwrap(target: object) -> FunctionType | None:
    """Return the first Python function in a target, None where there is none."""
    return next(_functions(target, set()), None)


def _functions(target: Any, seen: set[int]) -> Iterator[FunctionType]:
    if id(target) in seen:
        return
    seen.add(id(target))
    for inner in _inside(target):
        yield from _functions(inner, seen)
    if type(target) is FunctionType and not hasattr(target, "__wrapped__"):
        yield target


def _inside(target: Any) -> list[Any]:
    """Return the objects that a target wraps, nothing for a plain function."""
    match target:
        case MethodType():
            return [target.__func__]
        case staticmethod() | classmethod():
            return [target.__func__]
        case property():
            return [part for part in (target.fget, target.fset, target.fdel) if part is not None]
        case functools.partial() | functools.partialmethod() | functools.cached_property():
            return [target.func]
        case functools.singledispatchmethod():
            return list(target.dispatcher.registry.values())
        case type():
            return [value for name, value in vars(target).items() if name != "__class__" and not isinstance(value, type)]
    if hasattr(target, "registry") and hasattr(target, "dispatch"):  # functools.singledispatch
        return list(target.registry.values())
    if hasattr(target, "__wrapped__"):  # functools.wraps, lru_cache, contextmanager...
        return [target.__wrapped__]
    call = getattr(type(target), "__call__", None)
    return [call] if type(target) is not FunctionType and isinstance(call, FunctionType) else []


def _describe(target: Any) -> str:
    name = getattr(target, "__qualname__", None) or getattr(target, "__name__", None)
    return f"{name!r} ({type(target).__name__})" if isinstance(name, str) else f"an object of type {type(target).__name__!r}"


def _advice(target: object) -> str:
    if isinstance(target, str):
        return "It is a string: pass the function itself."
    if isinstance(target, type):
        return "Its body defines no Python function: trace the class that does."
    if callable(target):
        return "It is not written in Python, so it has no statements: trace the Python function that calls it."
    return "It is no function: pass a function, a method, a property or a class."
