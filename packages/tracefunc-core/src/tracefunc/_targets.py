"""What the user named, down to the Python functions in it: the originals, not their wrappers."""

from __future__ import annotations

import functools
import inspect
import linecache
import sys
from collections.abc import Callable, Iterator
from types import CodeType, FunctionType, MappingProxyType, MethodType, ModuleType
from typing import Any, NamedTuple

from tracefunc._signals import is_interrupt
from tracefunc.errors import NotTraceableError

__all__ = [
    "Target",
    "callbacks",
    "functions_in",
    "is_descriptor",
    "lookup",
    "modules",
    "namespace_of",
    "resolve",
    "unwrap",
]

_IN_CLASSES = (
    FunctionType,
    staticmethod,
    classmethod,
    property,
    functools.cached_property,
    functools.partialmethod,
    functools.singledispatchmethod,
)
_WRAPPERS = (*_IN_CLASSES, functools.partial, type(functools.lru_cache(len)))
_members: Callable[[type], MappingProxyType[str, Any]] = type.__dict__["__dict__"].__get__  # no metaclass answers


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


def functions_in(namespace: dict[str, Any]) -> Iterator[FunctionType]:
    """Yield the functions that a module's namespace defines, those of its classes too, each once.

    What other objects hold stays unseen, lest code of theirs runs.
    """
    seen: set[int] = set()
    classes: set[int] = set()
    stack = [iter(list(namespace.values()))]
    while stack:
        for value in stack[-1]:
            kind = type(value)
            if issubclass(kind, type):
                if id(value) not in classes:
                    classes.add(id(value))
                    stack.append(iter(list(_members(value).values())))
                    break
            elif issubclass(kind, _WRAPPERS):
                yield from (each for each in _functions(value, seen) if each.__globals__ is namespace)
        else:
            stack.pop()


def modules() -> dict[str, dict[str, Any]]:
    """Return the namespaces of the modules in `sys.modules`, by their keys."""
    known = {name: namespace_of(name) for name in list(sys.modules)}
    return {name: namespace for name, namespace in known.items() if namespace is not None}


def namespace_of(module: str) -> dict[str, Any] | None:
    """Return the namespace of a loaded module; one that loads on demand is not made to."""
    loaded: Any = sys.modules.get(module)
    return _namespace(loaded) if issubclass(type(loaded), ModuleType) else None


def _namespace(module: ModuleType) -> dict[str, Any]:
    namespace: dict[str, Any] = object.__getattribute__(module, "__dict__")
    return namespace


def lookup(namespace: dict[str, Any], name: str) -> object:
    """Return what a dotted name stands for in a namespace, without running code; raises `AttributeError`."""
    first, *rest = name.split(".")
    if first not in namespace:
        raise AttributeError(name)
    found = namespace[first]
    for part in rest:
        found = inspect.getattr_static(found, part)
    return found


def callbacks(target: object, name: str) -> list[FunctionType]:
    """Return the functions of a given name in an object that a decorator has made of one, such as a command."""
    if issubclass(type(target), (*_WRAPPERS, type)):
        return []
    try:
        attributes = object.__getattribute__(target, "__dict__")
    except AttributeError:
        return []
    return [value for value in attributes.values() if type(value) is FunctionType and value.__qualname__ == name]


def is_descriptor(target: object) -> bool:
    """Tell whether a target is something of a class's body that holds functions but cannot be called."""
    return issubclass(type(target), _IN_CLASSES)


def _functions(target: Any, seen: set[int]) -> Iterator[FunctionType]:
    if id(target) in seen:
        return
    seen.add(id(target))
    found = [function for inner in _inside(target) for function in _functions(inner, seen)]
    if not found and type(target) is FunctionType:  # a plain one, or a wrapper of what is not written in Python
        found = [target]
    yield from found


def _inside(target: Any) -> list[Any]:
    """Return the objects that a target wraps, nothing for a plain function."""
    if type(target) is FunctionType and not target.__dict__:
        return []
    if isinstance(target, ModuleType):
        return list(functions_in(_namespace(target)))
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
            return _body(target)
    attributes = _attributes(target)
    for name in ("__partialmethod__", "_partialmethod"):  # what a class gives for a partialmethod: 3.13, 3.12
        if isinstance(attributes.get(name), functools.partialmethod):
            return [attributes[name]]
    if isinstance(attributes.get("registry"), MappingProxyType) and "dispatch" in attributes:  # singledispatch
        return list(attributes["registry"].values())
    register = _get(target, "register")
    if isinstance(register, MethodType) and isinstance(register.__self__, functools.singledispatchmethod):
        return [register.__self__]
    wrapped = _get(target, "__wrapped__")  # functools.wraps, lru_cache, contextmanager...
    if wrapped is not None and not isinstance(wrapped, type):
        return [wrapped]
    if type(target) is FunctionType:
        return []
    calls = [vars(base)["__call__"] for base in type(target).__mro__ if "__call__" in vars(base)]
    return [call for call in calls[:1] if not isinstance(call, type)]


def _body(target: type) -> list[Any]:
    """Return the functions in a class's body, in whatever wrapping; not those that were made without a source."""
    members = [
        member
        for member in vars(target).values()
        if isinstance(member, _IN_CLASSES) or (_get(member, "__wrapped__") is not None and not isinstance(member, type))
    ]
    top = _top(_get(target, "__module__"))
    plain = [member for member in members if not _is_generated(member, top)]
    return plain or members


def _is_generated(member: object, top: str) -> bool:
    """Tell whether a member of a class was made by `dataclass`, `namedtuple` or the compiler, not written.

    What such a maker puts there of its own, as an `Enum` does, is of the standard library, and the class, below `top`,
    is not.
    """
    for function in _functions(member, set()):
        code = function.__code__
        named = code.co_name not in ("__annotate__", "__annotate_func__")
        typed = _top(function.__module__) == top or _top(function.__module__) not in sys.stdlib_module_names
        if named and typed and not (code.co_filename.startswith("<") and not linecache.getlines(code.co_filename)):
            return False
    return True


def _top(module: object) -> str:
    return module.partition(".")[0] if isinstance(module, str) else ""


def _attributes(target: Any) -> dict[str, Any]:
    attributes = _get(target, "__dict__")
    return attributes if type(attributes) is dict else {}


def _get(target: Any, name: str) -> Any:
    """Return an attribute; objects that make up attributes, or fail to, have none."""
    try:
        return None if inspect.getattr_static(target, name, None) is None else getattr(target, name)
    except Exception as error:
        if is_interrupt(error):
            raise
        return None


def _describe(target: Any) -> str:
    name = getattr(target, "__qualname__", None) or getattr(target, "__name__", None)
    return (
        f"{name!r} ({type(target).__name__})"
        if isinstance(name, str)
        else f"an object of type {type(target).__name__!r}"
    )


def _advice(target: object) -> str:
    if isinstance(target, list | tuple | set | frozenset | dict):
        return "Pass each target as an argument of its own: Tracer(*targets)."
    if isinstance(target, type):
        return "Its body defines no Python function: trace the class that does."
    if callable(target):
        return "It is not written in Python, so it has no statements: trace the Python function that calls it."
    return (
        "It is no function: pass a function, a method, a property, a class, a module or a name such as 'module:name'."
    )
