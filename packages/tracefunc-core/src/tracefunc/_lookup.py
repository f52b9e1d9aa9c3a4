"""Find the value of a name in a running frame, without a trace of it in the program."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from inspect import CO_OPTIMIZED
from typing import Any, Final

from tracefunc._behavior import LOCALS_ARE_A_PROXY
from tracefunc._classes import MISSING
from tracefunc._signals import is_from_handler

__all__ = ["lookup", "lookup_all"]


def lookup(frame: types.FrameType, name: str) -> object:
    """Return the value that a name has in a frame, `MISSING` when it has none."""
    code = frame.f_code
    value: object
    if not code.co_flags & CO_OPTIMIZED:
        value = _entry(_body_namespace(frame), name)
        if value is MISSING and name in code.co_freevars and frame.f_back is not None:
            return lookup(frame.f_back, name)  # a class body runs right under the function that has the cell
    elif LOCALS_ARE_A_PROXY:
        value = frame.f_locals.get(name, MISSING)
    else:
        value = _variable(frame, name) if _is_variable(code, name) else MISSING
    # A variable without a value hides the global of its name, unless the code uses that name in another way too: then
    # the variable may be that of an inlined comprehension, and the global is meant.
    if value is MISSING and (name in code.co_names or not _is_variable(code, name)):
        value = _entry(frame.f_globals, name)
        if value is MISSING:
            value = _entry(frame.f_builtins, name)
    return value


def lookup_all(frame: types.FrameType, names: tuple[str, ...]) -> list[object]:
    """Return the value of each name."""
    if not LOCALS_ARE_A_PROXY or not frame.f_code.co_flags & CO_OPTIMIZED:
        return [lookup(frame, name) for name in names]
    read = frame.f_locals.get
    values = []
    for name in names:
        value = read(name, MISSING)
        values.append(lookup(frame, name) if value is MISSING else value)
    return values


def _is_variable(code: types.CodeType, name: str) -> bool:
    return name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars


def _entry(namespace: Any, name: str) -> object:
    """Read a namespace; one that is no dict (`exec` and metaclasses allow it) would answer by code of its own."""
    kind = type(namespace)
    if issubclass(kind, dict):
        return dict.get(namespace, name, MISSING)
    return namespace.get(name, MISSING) if kind is _F_LOCALS else MISSING


def _body_namespace(frame: types.FrameType) -> object:
    """Return the variables of a module's or class's body."""
    if not LOCALS_ARE_A_PROXY:
        # Reading f_locals copies the cells into the class: `__classdict__`, the very namespace, would become an
        # attribute of it, and what the body has set as `__class__` would be lost.
        cells = frame.f_code.co_cellvars
        if "__classdict__" in cells:
            return _variable(frame, "__classdict__")
        if "__class__" in cells and "__class__" in frame.f_code.co_names:
            return None
    return frame.f_locals


def _from_locals(frame: types.FrameType, name: str) -> object:
    return frame.f_locals.get(name, MISSING)


def _variable_reader() -> Callable[[types.FrameType, str], object]:
    """Return a function that reads a variable and leaves alone the dict that `locals()` has given out."""
    try:
        import ctypes

        # A prototype of our own: `pythonapi.PyFrame_GetVar` is one object for all who use it.
        prototype = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object)
        get = prototype(("PyFrame_GetVar", ctypes.pythonapi))
    except (ImportError, AttributeError):
        return _from_locals

    def from_frame(frame: types.FrameType, name: str) -> object:
        try:
            return get(frame, name)
        except NameError as error:
            if is_from_handler(error):
                raise
            return MISSING

    return from_frame


_variable: Final = _from_locals if LOCALS_ARE_A_PROXY else _variable_reader()
_F_LOCALS: Final = (lambda: type(sys._getframe().f_locals))()
