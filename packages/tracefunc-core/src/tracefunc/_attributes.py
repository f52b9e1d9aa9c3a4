"""Read an attribute as the program would find it, without running a property, `__getattr__` or other code for it."""

from __future__ import annotations

import sys
import types
import weakref
from _thread import _local
from enum import Enum
from typing import Any, Final, NamedTuple

from tracefunc._classes import MISSING, field, find, type_dict, type_module, type_mro, type_name
from tracefunc.model import Sample

__all__ = ["NotRead", "attribute"]


class NotRead(NamedTuple):
    """Stands for an attribute that only code could tell: a `property`, a `__getattr__`, another descriptor."""

    by: str


def attribute(value: Any, name: str) -> object:
    """Return an attribute's value, `MISSING` where there is none, a `NotRead` where reading it would run code."""
    owner: type = object
    way: Any = MISSING
    found: Any = MISSING  # what the class has under that name
    for base in type_mro(type(value)):
        namespace = type_dict(base)
        if found is MISSING and name in namespace:
            owner, found = base, namespace[name]
        if way is MISSING and "__getattribute__" in namespace:
            way = namespace["__getattribute__"]
    if id(way) == _OF_OBJECT:
        return _of_object(value, name, owner, found)
    if id(way) == _OF_TYPE:
        return _of_class(value, name, found)
    if id(way) == _OF_MODULE:
        return _of_module(value, name, found)
    if type(way) is types.WrapperDescriptorType and id(way.__objclass__) not in _OWN_WAYS:
        library = str(type_module(way.__objclass__)).partition(".")[0]
        if library in sys.stdlib_module_names or library == "numpy":  # tuples, exceptions: it is that of object again
            return _of_object(value, name, owner, found)
    return NotRead("__getattribute__")


def _of_object(value: Any, name: str, owner: type, found: Any) -> object:
    kind = type(value)
    if found is not MISSING and not _is_plain(found):
        if id(owner) == _ENUM and name in ("name", "value"):
            return field(value, f"_{name}_")
        stored = MISSING if _is_data(type(found)) else _stored(value, name)
        return NotRead(type_name(type(found))) if stored is MISSING else stored
    try:
        return object.__getattribute__(value, name)
    except (AttributeError, TypeError):
        return _absent(kind)


def _of_class(value: Any, name: str, of_meta: Any) -> object:
    kind = type(value)
    if of_meta is not MISSING and _is_data(type(of_meta)):
        is_of_c = type(of_meta) is types.GetSetDescriptorType or type(of_meta) is types.MemberDescriptorType
        return of_meta.__get__(value, kind) if is_of_c and _is_plain(of_meta) else NotRead(type_name(type(of_meta)))
    found = find(value, name)[1]
    how = type(found)
    if found is MISSING:
        how = type(of_meta)
        if of_meta is MISSING:
            return _absent(kind)
        if id(how) in _BOUND_IN_C:
            return of_meta.__get__(value, kind)
        return of_meta if find(how, "__get__")[1] is MISSING else NotRead(type_name(how))
    if how is types.ClassMethodDescriptorType or (how is classmethod and _is_plain(found)):
        return found.__get__(None, value)
    if how is staticmethod:
        return staticmethod.__dict__["__func__"].__get__(found)
    return found if id(how) in _UNBOUND or find(how, "__get__")[1] is MISSING else NotRead(type_name(how))


def _of_module(value: Any, name: str, found: Any) -> object:
    if found is not MISSING and _is_data(type(found)):
        return NotRead(type_name(type(found)))
    namespace = type_dict(types.ModuleType)["__dict__"].__get__(value)
    stored = dict.get(namespace, name, MISSING)
    if stored is not MISSING:
        return stored
    return NotRead("__getattr__") if "__getattr__" in namespace else _absent(type(value))


def _absent(kind: type) -> object:
    return MISSING if find(kind, "__getattr__")[1] is MISSING else NotRead("__getattr__")


def _is_plain(found: Any) -> bool:
    """Tell whether what a class has under a name gives an object's attribute without code of the program."""
    how = type(found)
    if id(how) in _BOUND_IN_C:
        return True
    if how is types.GetSetDescriptorType:
        if found.__name__ == "__dict__":
            return True
        known = _FIELDS_IN_C.get(str(type_module(found.__objclass__)), ())
        return known is None or found.__name__ in known
    if how is classmethod:  # until 3.12 it would ask a descriptor that it wraps
        return type(classmethod.__dict__["__func__"].__get__(found)) is types.FunctionType
    return find(how, "__get__")[1] is MISSING


def _is_data(how: type) -> bool:
    """Tell whether a descriptor's class goes before what the instance holds."""
    return find(how, "__set__")[1] is not MISSING or find(how, "__delete__")[1] is not MISSING


def _stored(value: object, name: str) -> object:
    """Return what an instance's dict holds, whatever its class says that `__dict__` is."""
    for base in type_mro(type(value)):
        descriptor = type_dict(base).get("__dict__")
        if type(descriptor) is types.GetSetDescriptorType:
            return dict.get(descriptor.__get__(value), name, MISSING)
    return MISSING


_OF_OBJECT: Final = id(object.__dict__["__getattribute__"])
_OF_TYPE: Final = id(type.__dict__["__getattribute__"])
_OF_MODULE: Final = id(type_dict(types.ModuleType)["__getattribute__"])
_OWN_WAYS: Final = frozenset(
    map(id, (super, types.MethodType, types.GenericAlias, weakref.ProxyType, weakref.CallableProxyType, _local))
)
_ENUM: Final = id(Enum)
# By id, since a metaclass of the program may define its hash. Of these types the id stays.
_BOUND_IN_C: Final = frozenset(
    map(
        id,
        (
            types.FunctionType,
            types.MemberDescriptorType,
            types.MethodDescriptorType,
            types.ClassMethodDescriptorType,
            types.WrapperDescriptorType,
            staticmethod,
            type(type_dict(Sample)["text"]),  # the fields of named tuples
        ),
    )
)
_UNBOUND: Final = _BOUND_IN_C - {id(staticmethod)} | {id(types.GetSetDescriptorType), id(property)}
# Attributes that C computes, by the module of their class: those that only look something up (None: all).
_FIELDS_IN_C: Final[dict[str, tuple[str, ...] | None]] = {
    "builtins": (
        *("__class__", "__name__", "__qualname__", "__module__", "__code__", "__self__", "__bases__"),
        *("args", "__cause__", "__context__", "real", "imag", "numerator", "denominator"),
    ),
    "datetime": None,
    "collections": ("maxlen",),
    "array": ("typecode",),
    "numpy": ("shape", "dtype", "size", "ndim"),
}
