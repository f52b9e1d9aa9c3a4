"""What a class is, asked so that no code of the class answers."""

from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any, Final

from tracefunc._signals import is_from_handler

__all__ = ["MISSING", "field", "find", "type_dict", "type_module", "type_mro", "type_name", "type_qualname"]

MISSING: Final = object()
"""What stands for a value that is not there."""

# A class may lie about itself through its metaclass, but not to the descriptors of `type`.
type_name: Callable[[type], str] = type.__dict__["__name__"].__get__
type_qualname: Callable[[type], str] = type.__dict__["__qualname__"].__get__
type_module: Callable[[type], object] = type.__dict__["__module__"].__get__
type_mro: Callable[[type], tuple[type, ...]] = type.__dict__["__mro__"].__get__
type_dict: Callable[[type], types.MappingProxyType[str, Any]] = type.__dict__["__dict__"].__get__


def find(kind: type, name: str) -> tuple[type, Any]:
    """Return the class that defines a class's attribute, and the attribute, unbound."""
    for base in type_mro(kind):
        namespace = type_dict(base)
        if name in namespace:
            return base, namespace[name]
    return kind, MISSING


def field(value: object, name: str) -> Any:
    """Return what an object's dict or slot holds, `MISSING` where code of its class would make up the attribute."""
    found = type(find(type(value), name)[1])
    if found is types.MemberDescriptorType or found is types.FunctionType or find(found, "__get__")[1] is MISSING:
        try:
            return object.__getattribute__(value, name)
        except AttributeError as error:
            if is_from_handler(error):
                raise
    return MISSING
