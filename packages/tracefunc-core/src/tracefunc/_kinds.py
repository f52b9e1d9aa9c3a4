"""How the values of each known kind are shown, one function for each; the table of them stands at the end."""

from __future__ import annotations

import builtins
import collections
import gc
import types
from array import array
from collections.abc import Iterable
from enum import Enum
from functools import partial
from typing import Any, Final

from tracefunc._classes import MISSING, field, find, type_dict, type_module, type_mro, type_name, type_qualname
from tracefunc._signals import is_from_handler, is_interrupt
from tracefunc._silence import silently
from tracefunc._writer import ADDRESS, PLAIN, Walk, Writer, failure
from tracefunc.model import Sample, Statement

__all__ = ["walk_of"]

_BITS: Final = 14_285  # of the largest int that is shown in digits: 4300 of them, where CPython draws the line too
_SCAN: Final = 10_000  # characters of a string that are searched for the quotes which decide how it is quoted
# All generated reprs of named tuples share their code, and so do the outer functions of those of dataclasses.
_NAMEDTUPLE_REPR: Final = type_dict(Sample)["__repr__"].__code__
_DATACLASS_REPR: Final = type_dict(Statement)["__repr__"].__code__
_frozendict: Any = getattr(builtins, "frozendict", type("frozendict", (), {}))  # new in 3.15


def walk_of(kind: type) -> tuple[Walk, str]:
    """Find out how to show the values of a class, by the `__repr__` that it has."""
    if id(kind) in _BY_TYPE:
        return _BY_TYPE[id(kind)]
    base, function = find(kind, "__repr__")
    if id(function) in _BY_REPR:
        return _BY_REPR[id(function)]
    for ancestor in type_mro(kind):
        libraries = _SHAPED.get(type_name(ancestor))
        if libraries and str(type_module(ancestor)).partition(".")[0] in libraries:
            return partial(_shaped, ancestor), ""
    if type(function) is types.FunctionType:
        if function.__code__ is _NAMEDTUPLE_REPR and issubclass(base, tuple):
            return partial(_named_tuple, type_dict(base)["_fields"]), ""
        generated = function.__dict__.get("__wrapped__")
        if function.__code__ is _DATACLASS_REPR and type(generated) is types.FunctionType:
            names = generated.__code__.co_names
            if generated.__code__.co_filename == "<string>" and names[:2] == ("__class__", "__qualname__"):
                return partial(_dataclass, names[2:]), "..."
    return _compiled if type(function) is types.WrapperDescriptorType else show_own, ""


def show_plain(writer: Writer, value: object) -> None:
    """Show an object whose repr runs no code of the program."""
    text = repr(value)
    enough = 8 * writer.room + 200  # addresses are taken out of it
    writer.put(text[:enough] if _is_string(value) else ADDRESS.sub("", text[:enough]))
    if len(text) > enough:
        writer.put("...")


def show_own(writer: Writer, value: object) -> None:
    """Show an object by its own `__repr__`."""
    try:
        text = silently(repr, value)
    except BaseException as error:
        if is_interrupt(error):
            raise
        text = failure(error)
        error.__traceback__ = None  # the program may keep the exception, but not our frames, which hold the value
    writer.put_own(text, is_string=_is_string(value))


def _is_string(value: object) -> bool:
    return issubclass(type(value), (str, bytes, bytearray))


def _compiled(writer: Writer, value: object) -> None:
    """Show an object whose repr is written in C: when it holds no objects, that calls no Python code."""
    (show_own if gc.is_tracked(value) else show_plain)(writer, value)


def _int(writer: Writer, value: int) -> None:
    bits = int.bit_length(value)
    try:
        text = int.__repr__(value) if bits <= _BITS else ""
    except ValueError as error:  # the program has set a lower limit
        if is_from_handler(error):
            raise
        text = ""
    writer.put(text or f"<int of {bits} bits>")


def _str(writer: Writer, value: str) -> None:
    if str.__len__(value) <= writer.room:
        writer.put(str.__repr__(value))
    else:
        # With the quotes that the whole has at its end, the beginning is quoted as the whole; no room shows them.
        quotes = "".join(quote for quote in "'\"" if str.find(value, quote, 0, _SCAN) >= 0)
        writer.put(repr(str.__getitem__(value, slice(writer.room)) + quotes))


def _bytes(writer: Writer, value: Any, kind: type[bytes | bytearray] = bytes) -> None:
    head = kind.__getitem__(value, slice(writer.room))
    if kind.__len__(value) > writer.room:
        head += b"".join(quote for quote in (b"'", b'"') if kind.find(value, quote, 0, _SCAN) >= 0)
    writer.put(repr(head) if kind is bytes else type_name(type(value)) + repr(head).removeprefix("bytearray"))


def _list(writer: Writer, value: Any) -> None:
    writer.series("[", writer.first(list.__iter__, value), "]")


def _tuple(writer: Writer, value: Any) -> None:
    length = tuple.__len__(value)
    if length == 2 and writer.secrets is not None:  # may be a header's name and value
        pair = tuple.__getitem__(value, slice(2))
        kind = type(pair[1])
        if (kind is str or kind is bytes) and writer.secrets.hides(*pair):
            writer.pair(pair)
            return
    writer.series("(", writer.first(tuple.__iter__, value), ",)" if length == 1 else ")")


def _set(writer: Writer, value: Any) -> None:
    kind = type(value)
    elements = writer.first((set if issubclass(kind, set) else frozenset).__iter__, value)
    start, end = ("{", "}") if kind is set else (f"{type_name(kind)}({{", "})")
    if elements:
        writer.series(start, elements, end)
    else:
        writer.put(f"{type_name(kind)}()")


def _dict(writer: Writer, value: Any) -> None:
    writer.series("{", _entries(writer, value), "}", writer.entry)


def _entries(writer: Writer, value: Any) -> list[Any]:
    """Return the first entries of a dict of any class."""
    kind = type(value)
    entries = writer.first(dict.items if issubclass(kind, dict) else _frozendict.items, value)
    # An OrderedDict has an order of its own, but finds each next key by its hash, which may be code of the program.
    if issubclass(kind, collections.OrderedDict) and all(id(type(key)) in PLAIN for key, _ in entries):
        return writer.first(collections.OrderedDict.items, value)
    # A counter starts with the most common, as far as that is known soon and without code of the program.
    if issubclass(kind, collections.Counter) and dict.__len__(value) <= 8 * writer.room:
        counts = writer.first(dict.items, value, 8 * writer.room)
        if all(type(count) is int for _, count in counts):
            return sorted(counts, key=lambda entry: entry[1], reverse=True)
    return entries


def _named_dict(writer: Writer, value: Any) -> None:
    name, entries = type_name(type(value)), _entries(writer, value)
    if entries:
        writer.series(f"{name}({{", entries, "})", writer.entry)
    else:
        writer.put(f"{name}()")


def _defaultdict(writer: Writer, value: Any) -> None:
    writer.put(f"{type_name(type(value))}(")
    writer.show(collections.defaultdict.__dict__["default_factory"].__get__(value))
    writer.put(", ")
    writer.walk(value, _dict, "{...}")
    writer.put(")")


def _view(writer: Writer, value: Any) -> None:
    entries = _entries(writer, gc.get_referents(value)[0])  # the dict; `mapping` would hide it in a proxy
    name = type_name(type(value))
    show = writer.pair if name.endswith("items") else writer.under if name.endswith("values") else writer.key
    writer.series(f"{name}([", entries, "])", show)


def _deque(writer: Writer, value: Any) -> None:
    bound = collections.deque.__dict__["maxlen"].__get__(value)
    end = "])" if bound is None else f"], maxlen={bound})"
    writer.series(f"{type_name(type(value))}([", writer.first(collections.deque.__iter__, value), end)


def _array(writer: Writer, value: Any) -> None:
    code = array.__dict__["typecode"].__get__(value)
    head = array.__getitem__(value, slice(_SCAN if code in "uw" else writer.room // 2 + 2))
    start = f"{type_name(type(value))}('{code}'"
    if not head:
        writer.put(f"{start})")
    elif code in "uw":
        writer.series(f"{start}, ", [head.tounicode()], ")")
    else:
        writer.series(f"{start}, [", head, "])")


def _range(writer: Writer, value: range) -> None:
    writer.series("range(", [value.start, value.stop] + [value.step] * (value.step != 1), ")")


def _user(writer: Writer, value: Any) -> None:
    writer.show(field(value, "data"))


def _mapping_proxy(writer: Writer, value: Any) -> None:
    writer.series("mappingproxy(", gc.get_referents(value), ")")


def _chain_map(writer: Writer, value: Any) -> None:
    maps = field(value, "maps")
    shown = writer.first(list.__iter__, maps) if issubclass(type(maps), list) else [maps]
    writer.series(f"{type_name(type(value))}(", shown, ")")


def _fields(writer: Writer, name: str, fields: Iterable[tuple[str, object]]) -> None:
    writer.series(f"{name}(", fields, ")", writer.field)


def _namespace(writer: Writer, value: Any) -> None:
    kind = type(value)
    name = "namespace" if kind is types.SimpleNamespace else type_name(kind)
    _fields(writer, name, writer.first(dict.items, types.SimpleNamespace.__dict__["__dict__"].__get__(value)))


def _named_tuple(names: tuple[str, ...], writer: Writer, value: Any) -> None:
    _fields(writer, type_name(type(value)), zip(names, tuple.__iter__(value), strict=False))


def _dataclass(names: tuple[str, ...], writer: Writer, value: Any) -> None:
    _fields(writer, type_qualname(type(value)), ((name, field(value, name)) for name in names))


def _member(writer: Writer, value: Any) -> None:
    kind, member = type(value), field(value, "_value_")
    special = find(kind, "_value_repr_")[1]
    if special is not None and id(special) not in _BY_REPR:
        show_own(writer, value)
    else:
        writer.series(f"<{type_name(kind)}.{field(value, '_name_')}: ", [member], ">")


def _exception(writer: Writer, value: Any) -> None:
    arguments = BaseException.__dict__["args"].__get__(value)
    writer.series(f"{type_name(type(value))}(", writer.first(tuple.__iter__, arguments), ")", writer.message)


def _method(writer: Writer, value: types.MethodType) -> None:
    if type(value.__func__) is types.FunctionType:
        writer.series(f"<bound method {value.__func__.__qualname__} of ", [value.__self__], ">")
    else:
        show_own(writer, value)


def _shaped(base: type, writer: Writer, value: object) -> None:
    """Show an array or a table by its size, as the library's class tells it."""
    shape, dtype = (find(base, name)[1] for name in ("shape", "dtype"))
    text = f"{type_name(type(value))}(shape={tuple(shape.__get__(value, type(value)))}"
    writer.put(text + (")" if dtype is MISSING else f", dtype={dtype.__get__(value, type(value))})"))


# Arrays and tables of these libraries are known by name; the libraries are not imported.
_SHAPED: Final = {
    "ndarray": ("numpy",),
    "DataFrame": ("pandas", "polars"),
    "Series": ("pandas", "polars"),
    "Index": ("pandas",),
    "Tensor": ("torch",),
}

# Types, how they are shown, and what stands for such a value inside itself (% is the type's name).
_SHOWN: Final[list[tuple[type, Walk, str]]] = [
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
    *((kind, show_plain, "") for kind in (object, type, float, complex, bool, type(None))),
    *((kind, show_plain, "") for kind in (types.FunctionType, types.BuiltinFunctionType)),
    *([(_frozendict, _named_dict, "%({...})")] if hasattr(builtins, "frozendict") else []),
]
# By id, since a class of the program may define its hash. Of a type in these tables the id stays.
_BY_REPR: Final = {id(type_dict(kind)["__repr__"]): (walk, mark) for kind, walk, mark in _SHOWN}
_BY_TYPE: Final = {id(kind): (walk, mark) for kind, walk, mark in _SHOWN if kind is not Enum}
