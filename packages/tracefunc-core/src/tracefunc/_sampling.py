"""Look up names in a running frame and write down what their values look like, in bounded time and memory.

The traced program must not notice. No code of it runs but the `__repr__` of the objects shown, and what that prints
is dropped. So nothing here asks an object what its class could answer: no `isinstance` (it reads `__class__`), no
`len`, iteration, hash, comparison or attribute, but for the methods of the built-in types, called as
`list.__iter__(value)`. Containers are walked here, element by element, and the walk stops where the text is full.
"""

from __future__ import annotations

import builtins
import collections
import gc
import os
import re
import sys
import types
from array import array
from collections.abc import Callable, Iterable, Sequence
from enum import Enum
from functools import partial
from itertools import islice
from threading import RLock, get_ident
from typing import Any, Final

from tracefunc._behavior import LOCALS_ARE_A_PROXY
from tracefunc.model import Sample, Statement

__all__ = ["MISSING", "describe", "lookup", "message", "sample"]

MISSING: Final = object()
"""What `lookup` returns for a name that has no value."""

_UNAVAILABLE: Final = Sample("NameError", "<unavailable>")
_DEPTH: Final = 100  # containers in containers that are walked; far below the recursion limit
_NAME: Final = 100  # characters of a type's name
_BITS: Final = 14_285  # of the largest int that is shown in digits: 4300 of them, where CPython draws the line too
_SCAN: Final = 10_000  # characters of a string that are searched for the quotes which decide how it is quoted
_ADDRESS: Final = re.compile(" at 0x[0-9A-Fa-f]+")
_CO_OPTIMIZED: Final = 1  # set on all code but the bodies of modules and classes

# A class may lie about itself through its metaclass, but not to the descriptors of `type`.
_type_name: Callable[[type], str] = type.__dict__["__name__"].__get__
_type_qualname: Callable[[type], str] = type.__dict__["__qualname__"].__get__
_type_module: Callable[[type], object] = type.__dict__["__module__"].__get__
_type_mro: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
_type_dict: Callable[[type], types.MappingProxyType[str, Any]] = type.__dict__["__dict__"].__get__


def sample(frame: types.FrameType, names: Sequence[str], limit: int) -> tuple[Sample, ...]:
    """Return the samples of names, each as it is stored in the code (`_Class__private`), in a frame."""
    samples = []
    for name in names:
        value = MISSING
        try:
            value = lookup(frame, name)
            samples.append(_UNAVAILABLE if value is MISSING else describe(value, limit))
        except RecursionError:  # the program has left no stack even for a look
            samples.append(Sample(_type_name(type(value)), "<repr-error RecursionError>"))
    return tuple(samples)


def lookup(frame: types.FrameType, name: str) -> object:
    """Return the value that a name has in a frame, `MISSING` when it has none."""
    code = frame.f_code
    value: object
    if not code.co_flags & _CO_OPTIMIZED:
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
        except NameError:
            return MISSING

    return from_frame


_variable: Final = _from_locals if LOCALS_ARE_A_PROXY else _variable_reader()
_F_LOCALS: Final = (lambda: type(sys._getframe().f_locals))()


def describe(value: object, limit: int) -> Sample:
    """Return the name of a value's type and the beginning of its repr, at most `limit` characters."""
    kind: Any = type(value)
    known: Any = value
    if kind is int and -(10**18) < known < 10**18:  # most values are of these types: no walk for them
        name, text = "int", repr(known)
    elif kind is str and len(known) <= limit:
        name, text = "str", repr(known)
    elif known is None:
        name, text = "NoneType", "None"
    elif kind is bool or kind is float:
        name, text = kind.__name__, repr(known)
    else:
        name = _type_name(kind)
        name = name if len(name) <= _NAME else _cut(name, _NAME)
        writer = _Writer(limit + 1)  # one more than is shown, to know whether to cut
        try:
            writer.show(known)
            text = "".join(writer.parts)
        except RecursionError:
            text = "<repr-error RecursionError>"
    return tuple.__new__(Sample, (name, text if len(text) <= limit else _cut(text, limit)))


def _cut(text: str, limit: int) -> str:
    return (text[: max(limit - 3, 0)] + "...")[: max(limit, 0)]


class _Writer:
    """A text in the making: its pieces, the room left, and the containers that are being walked."""

    __slots__ = ("depth", "open", "parts", "room")

    def __init__(self, room: int) -> None:
        self.parts: list[str] = []
        self.room = room
        self.open: set[int] = set()
        self.depth = 0

    def put(self, piece: str) -> None:
        """Add a piece, or as much of it as there is room for."""
        if self.room > 0:
            self.parts.append(piece[: self.room])
            self.room -= len(piece)

    def show(self, value: object) -> None:
        """Add a value."""
        if value is MISSING:
            self.put("<unavailable>")
        elif self.room > 0:
            kind = type(value)
            walk, mark = _BY_TYPE.get(id(kind)) or _walk_of(kind)
            self.walk(value, walk, mark)

    def walk(self, value: object, walk: _Walk, mark: str) -> None:
        """Add a value in the given way, or its mark when it is inside itself."""
        key = id(value)
        if self.depth >= _DEPTH or (mark and key in self.open):
            self.put(mark.replace("%", _type_name(type(value))) or "...")
            return
        self.depth += 1
        if mark:
            self.open.add(key)
        try:
            walk(self, value)
        except Exception as error:
            self.put(_failure(error))
        if mark:
            self.open.discard(key)
        self.depth -= 1

    def series(self, start: str, values: Iterable[Any], end: str, show: Callable[[Any], None] | None = None) -> None:
        """Add values with commas between them, until the room is used up."""
        self.put(start)
        comma = ""
        for value in values:
            self.put(comma)
            if self.room <= 0:
                return
            (show or self.show)(value)
            comma = ", "
        self.put(end)

    def entry(self, entry: tuple[object, object]) -> None:
        """Add an entry of a dict."""
        self.show(entry[0])
        self.put(": ")
        self.show(entry[1])

    def field(self, field: tuple[str, object]) -> None:
        """Add a field's name and value."""
        self.put(f"{field[0]}=")
        self.show(field[1])

    def first(self, elements: Callable[[Any], Iterable[Any]], value: object, most: int = 0) -> list[Any]:
        """Return as many elements of a container as may fit, all at once: showing one of them may change it."""
        for _ in range(5):
            try:
                return list(islice(elements(value), most or self.room // 2 + 2))
            except (RuntimeError, KeyError):  # another thread has changed it just now
                continue
        return []


type _Walk = Callable[[_Writer, Any], object]


def _walk_of(kind: type) -> tuple[_Walk, str]:
    """Find out how to show the values of a class, by the `__repr__` that it has."""
    base, function = _find(kind, "__repr__")
    if id(function) in _BY_REPR:
        return _BY_REPR[id(function)]
    for ancestor in _type_mro(kind):
        libraries = _SHAPED.get(_type_name(ancestor))
        if libraries and str(_type_module(ancestor)).partition(".")[0] in libraries:
            return partial(_shaped, ancestor), ""
    if type(function) is types.FunctionType:
        if function.__code__ is _NAMEDTUPLE_REPR and issubclass(base, tuple):
            return partial(_named_tuple, _type_dict(base)["_fields"]), ""
        generated = function.__dict__.get("__wrapped__")
        if function.__code__ is _DATACLASS_REPR and type(generated) is types.FunctionType:
            names = generated.__code__.co_names
            if generated.__code__.co_filename == "<string>" and names[:2] == ("__class__", "__qualname__"):
                return partial(_dataclass, names[2:]), "..."
    return _compiled if type(function) is types.WrapperDescriptorType else _own, ""


def _find(kind: type, name: str) -> tuple[type, Any]:
    """Return the class that defines a class's attribute, and the attribute, unbound."""
    for base in _type_mro(kind):
        if name in _type_dict(base):
            return base, _type_dict(base)[name]
    return kind, MISSING


def _field(value: object, name: str) -> Any:
    """Return what an object's dict or slot holds, `MISSING` where code of its class would make up the attribute."""
    found = type(_find(type(value), name)[1])
    if found is types.MemberDescriptorType or found is types.FunctionType or _find(found, "__get__")[1] is MISSING:
        try:
            return object.__getattribute__(value, name)
        except AttributeError:
            pass
    return MISSING


def _plain(writer: _Writer, value: object) -> None:
    """Show an object whose repr runs no code of the program."""
    _add_text(writer, value, repr(value))


def _own(writer: _Writer, value: object) -> None:
    """Show an object by its own `__repr__`."""
    try:
        text = _silently(repr, value)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        text = _failure(error)
        error.__traceback__ = None  # the program may keep the exception, but not our frames, which hold the value
    _add_text(writer, value, text)


def _compiled(writer: _Writer, value: object) -> None:
    """Show an object whose repr is written in C: when it holds no objects, that calls no Python code."""
    (_own if gc.is_tracked(value) else _plain)(writer, value)


def _add_text(writer: _Writer, value: object, text: str) -> None:
    enough = 8 * writer.room + 200  # addresses are taken out of it
    head = str.__getitem__(text, slice(enough))  # `__repr__` may return a str of a class of the program
    writer.put(head if issubclass(type(value), (str, bytes, bytearray)) else _ADDRESS.sub("", head))
    if str.__len__(text) > enough:
        writer.put("...")


def _failure(error: BaseException) -> str:
    """Return what stands for an object whose `__repr__` failed; no other object's code is run for the message."""
    kind = type(error)
    arguments: tuple[object, ...] = BaseException.__dict__["args"].__get__(error)
    if type(_find(kind, "__str__")[1]) is types.FunctionType or all(id(type(each)) in _PLAIN for each in arguments):
        try:
            text = str.__getitem__(_silently(str, error), slice(1000))
        except KeyboardInterrupt:
            raise
        except BaseException:
            text = "<exception str() failed>"
    else:
        text = ", ".join(f"<{_type_name(type(each))}>" for each in arguments[:10])
    return f"<repr-error {_type_name(kind)[:_NAME]}{': ' if text else ''}{text}>"


def message(error: BaseException, limit: int) -> str:
    """Return the beginning of an exception's message, at most `limit` characters."""
    try:
        text = _silently(str, error)
    except KeyboardInterrupt:
        raise
    except BaseException as failure:
        failure.__traceback__ = None
        text = f"<str-error {_type_name(type(failure))[:_NAME]}>"
    text = _ADDRESS.sub("", str.__getitem__(text, slice(8 * limit + 200)))
    return text if len(text) <= limit else _cut(text, limit)


# While a `__repr__` runs, what its thread writes to sys.stdout and sys.stderr is dropped. The streams stay in place, so
# that loggers and other holders of them are covered too: for that time, their `write` is one that knows the threads.
_lock = RLock()
_silent: set[int] = set()
_hushed: dict[int, tuple[dict[str, Any], Callable[..., Any], object]] = {}


def _silently(call: Callable[[Any], str], value: object) -> str:
    thread = get_ident()
    if thread in _silent:
        return call(value)
    try:
        _silent.add(thread)
        _hush()
        return call(value)
    finally:
        _silent.discard(thread)  # first, and in C: a KeyboardInterrupt can come only after it
        _unhush()


def _hush() -> None:
    with _lock:
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
    with _lock:
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


# How values of one kind are shown, one function for each; the table of them stands at the end.


def _int(writer: _Writer, value: int) -> None:
    bits = int.bit_length(value)
    try:
        text = int.__repr__(value) if bits <= _BITS else ""
    except ValueError:  # the program has set a lower limit
        text = ""
    writer.put(text or f"<int of {bits} bits>")


def _str(writer: _Writer, value: str) -> None:
    if str.__len__(value) <= writer.room:
        writer.put(str.__repr__(value))
    else:
        # With the quotes that the whole has at its end, the beginning is quoted as the whole; no room shows them.
        quotes = "".join(quote for quote in "'\"" if str.find(value, quote, 0, _SCAN) >= 0)
        writer.put(repr(str.__getitem__(value, slice(writer.room)) + quotes))


def _bytes(writer: _Writer, value: Any, kind: type[bytes | bytearray] = bytes) -> None:
    head = kind.__getitem__(value, slice(writer.room))
    if kind.__len__(value) > writer.room:
        head += b"".join(quote for quote in (b"'", b'"') if kind.find(value, quote, 0, _SCAN) >= 0)
    writer.put(repr(head) if kind is bytes else _type_name(type(value)) + repr(head).removeprefix("bytearray"))


def _list(writer: _Writer, value: Any) -> None:
    writer.series("[", writer.first(list.__iter__, value), "]")


def _tuple(writer: _Writer, value: Any) -> None:
    writer.series("(", writer.first(tuple.__iter__, value), ",)" if tuple.__len__(value) == 1 else ")")


def _set(writer: _Writer, value: Any) -> None:
    kind = type(value)
    elements = writer.first((set if issubclass(kind, set) else frozenset).__iter__, value)
    start, end = ("{", "}") if kind is set else (f"{_type_name(kind)}({{", "})")
    if elements:
        writer.series(start, elements, end)
    else:
        writer.put(f"{_type_name(kind)}()")


def _dict(writer: _Writer, value: Any) -> None:
    writer.series("{", _entries(writer, value), "}", writer.entry)


def _entries(writer: _Writer, value: Any) -> list[Any]:
    """Return the first entries of a dict of any class."""
    kind = type(value)
    entries = writer.first(dict.items if issubclass(kind, dict) else _frozendict.items, value)
    # An OrderedDict has an order of its own, but finds each next key by its hash, which may be code of the program.
    if issubclass(kind, collections.OrderedDict) and all(id(type(key)) in _PLAIN for key, _ in entries):
        return writer.first(collections.OrderedDict.items, value)
    # A counter starts with the most common, as far as that is known soon and without code of the program.
    if issubclass(kind, collections.Counter) and dict.__len__(value) <= 8 * writer.room:
        counts = writer.first(dict.items, value, 8 * writer.room)
        if all(type(count) is int for _, count in counts):
            return sorted(counts, key=lambda entry: entry[1], reverse=True)
    return entries


def _named_dict(writer: _Writer, value: Any) -> None:
    name, entries = _type_name(type(value)), _entries(writer, value)
    if entries:
        writer.series(f"{name}({{", entries, "})", writer.entry)
    else:
        writer.put(f"{name}()")


def _defaultdict(writer: _Writer, value: Any) -> None:
    writer.put(f"{_type_name(type(value))}(")
    writer.show(collections.defaultdict.__dict__["default_factory"].__get__(value))
    writer.put(", ")
    writer.walk(value, _dict, "{...}")
    writer.put(")")


def _view(writer: _Writer, value: Any) -> None:
    entries = _entries(writer, gc.get_referents(value)[0])  # the dict; `mapping` would hide it in a proxy
    name = _type_name(type(value))
    part = 0 if name.endswith("keys") else 1
    writer.series(f"{name}([", entries if name.endswith("items") else [entry[part] for entry in entries], "])")


def _deque(writer: _Writer, value: Any) -> None:
    bound = collections.deque.__dict__["maxlen"].__get__(value)
    end = "])" if bound is None else f"], maxlen={bound})"
    writer.series(f"{_type_name(type(value))}([", writer.first(collections.deque.__iter__, value), end)


def _array(writer: _Writer, value: Any) -> None:
    code = array.__dict__["typecode"].__get__(value)
    head = array.__getitem__(value, slice(_SCAN if code in "uw" else writer.room // 2 + 2))
    start = f"{_type_name(type(value))}('{code}'"
    if not head:
        writer.put(f"{start})")
    elif code in "uw":
        writer.series(f"{start}, ", [head.tounicode()], ")")
    else:
        writer.series(f"{start}, [", head, "])")


def _range(writer: _Writer, value: range) -> None:
    writer.series("range(", [value.start, value.stop] + [value.step] * (value.step != 1), ")")


def _user(writer: _Writer, value: Any) -> None:
    writer.show(_field(value, "data"))


def _mapping_proxy(writer: _Writer, value: Any) -> None:
    writer.series("mappingproxy(", gc.get_referents(value), ")")


def _chain_map(writer: _Writer, value: Any) -> None:
    maps = _field(value, "maps")
    shown = writer.first(list.__iter__, maps) if issubclass(type(maps), list) else [maps]
    writer.series(f"{_type_name(type(value))}(", shown, ")")


def _fields(writer: _Writer, name: str, fields: Iterable[tuple[str, object]]) -> None:
    writer.series(f"{name}(", fields, ")", writer.field)


def _namespace(writer: _Writer, value: Any) -> None:
    kind = type(value)
    name = "namespace" if kind is types.SimpleNamespace else _type_name(kind)
    _fields(writer, name, writer.first(dict.items, types.SimpleNamespace.__dict__["__dict__"].__get__(value)))


def _named_tuple(names: tuple[str, ...], writer: _Writer, value: Any) -> None:
    _fields(writer, _type_name(type(value)), zip(names, tuple.__iter__(value), strict=False))


def _dataclass(names: tuple[str, ...], writer: _Writer, value: Any) -> None:
    _fields(writer, _type_qualname(type(value)), ((name, _field(value, name)) for name in names))


def _member(writer: _Writer, value: Any) -> None:
    kind, member = type(value), _field(value, "_value_")
    special = _find(kind, "_value_repr_")[1]
    if special is not None and id(special) not in _BY_REPR:
        _own(writer, value)
    else:
        writer.series(f"<{_type_name(kind)}.{_field(value, '_name_')}: ", [member], ">")


def _exception(writer: _Writer, value: Any) -> None:
    arguments = BaseException.__dict__["args"].__get__(value)
    writer.series(f"{_type_name(type(value))}(", writer.first(tuple.__iter__, arguments), ")")


def _method(writer: _Writer, value: types.MethodType) -> None:
    if type(value.__func__) is types.FunctionType:
        writer.series(f"<bound method {value.__func__.__qualname__} of ", [value.__self__], ">")
    else:
        _own(writer, value)


def _shaped(base: type, writer: _Writer, value: object) -> None:
    """Show an array or a table by its size, as the library's class tells it."""
    shape, dtype = (_find(base, name)[1] for name in ("shape", "dtype"))
    text = f"{_type_name(type(value))}(shape={tuple(shape.__get__(value, type(value)))}"
    writer.put(text + (")" if dtype is MISSING else f", dtype={dtype.__get__(value, type(value))})"))


# Arrays and tables of these libraries are known by name; the libraries are not imported.
_SHAPED: Final = {
    "ndarray": ("numpy",),
    "DataFrame": ("pandas", "polars"),
    "Series": ("pandas", "polars"),
    "Index": ("pandas",),
    "Tensor": ("torch",),
}


# All generated reprs of named tuples share their code, and so do the outer functions of those of dataclasses.
_NAMEDTUPLE_REPR: Final = _type_dict(Sample)["__repr__"].__code__
_DATACLASS_REPR: Final = _type_dict(Statement)["__repr__"].__code__
_frozendict: Any = getattr(builtins, "frozendict", type("frozendict", (), {}))  # new in 3.15
_PLAIN: Final = frozenset(map(id, (str, int, float, bool, type(None), bytes)))

# Types, how they are shown, and what stands for such a value inside itself (% is the type's name).
_SHOWN: Final[list[tuple[type, _Walk, str]]] = [
    (int, _int, ""),
    (str, _str, ""),
    (bytes, _bytes, ""),
    (bytearray, partial(_bytes, kind=bytearray), ""),
    (list, _list, "[...]"),
    (tuple, _tuple, "(...)"),
    (dict, _dict, "{...}"),
    (set, _set, "%(...)"),
    (frozenset, _set, "%(...)"),
    (range, _range, ""),
    (types.MappingProxyType, _mapping_proxy, ""),
    (types.SimpleNamespace, _namespace, "namespace(...)"),
    (types.MethodType, _method, ""),
    (collections.OrderedDict, _named_dict, "..."),
    (collections.Counter, _named_dict, "..."),
    (collections.defaultdict, _defaultdict, ""),
    (collections.deque, _deque, "[...]"),
    (collections.ChainMap, _chain_map, "..."),
    (collections.UserDict, _user, ""),
    (collections.UserList, _user, ""),
    (collections.UserString, _user, ""),
    (array, _array, ""),
    (Enum, _member, ""),
    (BaseException, _exception, "..."),
    (type({}.keys()), _view, "..."),
    (type({}.values()), _view, "..."),
    (type({}.items()), _view, "..."),
    *((kind, _plain, "") for kind in (object, type, float, complex, bool, type(None))),
    *((kind, _plain, "") for kind in (types.FunctionType, types.BuiltinFunctionType)),
    *([(_frozendict, _named_dict, "%({...})")] if hasattr(builtins, "frozendict") else []),
]
# By id, since a class of the program may define its hash. Of a type in these tables the id stays.
_BY_REPR: Final = {id(_type_dict(kind)["__repr__"]): (walk, mark) for kind, walk, mark in _SHOWN}
_BY_TYPE: Final = {id(kind): (walk, mark) for kind, walk, mark in _SHOWN if kind is not Enum}
