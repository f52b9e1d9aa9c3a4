"""Samples: what the values of names look like at one moment, in bounded time and memory.

The traced program must not notice. No code of it runs but the `__repr__` of the objects shown, and what that prints
is dropped.
"""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Any, Final

from tracefunc._classes import MISSING, type_name
from tracefunc._kinds import walk_of
from tracefunc._lookup import lookup
from tracefunc._signals import is_interrupt
from tracefunc._silence import silently
from tracefunc._writer import ADDRESS, LONGEST_NAME, Writer, cut
from tracefunc.model import Sample

__all__ = ["describe", "message", "sample"]

_UNAVAILABLE: Final = Sample("NameError", "<unavailable>")


def sample(frame: types.FrameType, names: Sequence[str], limit: int) -> tuple[Sample, ...]:
    """Return the samples of names, each as it is stored in the code (`_Class__private`), in a frame."""
    samples = []
    for name in names:
        value = MISSING
        try:
            value = lookup(frame, name)
            samples.append(_UNAVAILABLE if value is MISSING else describe(value, limit))
        except RecursionError:  # the program has left no stack even for a look
            samples.append(Sample(type_name(type(value)), "<repr-error RecursionError>"))
    return tuple(samples)


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
        name = type_name(kind)
        name = name if len(name) <= LONGEST_NAME else cut(name, LONGEST_NAME)
        writer = Writer(limit + 1, walk_of)  # one more than is shown, to know whether to cut
        try:
            writer.show(known)
            text = "".join(writer.parts)
        except RecursionError:
            text = "<repr-error RecursionError>"
    return tuple.__new__(Sample, (name, text if len(text) <= limit else cut(text, limit)))


def message(error: BaseException, limit: int) -> str:
    """Return the beginning of an exception's message, at most `limit` characters."""
    try:
        text = silently(str, error)
    except BaseException as failure:
        if is_interrupt(failure):
            raise
        failure.__traceback__ = None
        text = f"<str-error {type_name(type(failure))[:LONGEST_NAME]}>"
    text = ADDRESS.sub("", str.__getitem__(text, slice(8 * limit + 200)))
    return text if len(text) <= limit else cut(text, limit)
