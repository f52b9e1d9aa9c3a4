"""The records of a document, and from the dicts of one back to the model, checked field by field.

A record has the fields of its dataclass, in their order. What it may hold is read off the dataclass itself, so that
a field new in the model is one in the format, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import NoneType
from typing import Any, Final, NamedTuple

from tracefunc._manifest import Manifest
from tracefunc.errors import TraceFileError
from tracefunc.model import Branch, Call, Edge, Extent, Frame, Function, Outcome, Sample, Settings, Statement

__all__ = ["FORMAT", "KINDS", "SECTIONS", "VERSION", "Extras", "Footer", "Header", "Key", "Totals", "key_of", "read"]

FORMAT: Final = "tracefunc"
VERSION: Final = (1, 0)
"""The version of the format: another major number is another format, a higher minor one has more fields and kinds."""

_SHARED = 50_000  # samples and frames that are made once and used again

type Key = tuple[object, ...]
"""Which record of a trace: its kind and what identifies it, such as `("call", 7)`, and the field of an object in it."""


type Extras = dict[Key, dict[str, Any]]
"""Fields that only a newer version knows, by where they stand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The beginning of a document: what it is, and what was known when the session began."""

    format: str
    version: tuple[int, int]
    producer: str = ""
    python: str
    start: int
    settings: Settings


@dataclass(frozen=True, slots=True)
class Totals:
    """What is counted for the whole trace; `hits` by statement id. A later record of a file adds to an earlier one."""

    end: int
    without_detail: int
    hits: Mapping[int, int]
    notes: tuple[str, ...] = ()
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Footer:
    """The end of a file of lines: how many lines stand before it, and what the trace leaves out."""

    lines: int
    manifest: Manifest | None = None


KINDS: Final[Mapping[str, Any]] = {
    "header": Header,
    "statement": Statement,
    "function": Function,
    "edge": Edge,
    "branch": Branch,
    "totals": Totals,
    "call": Call,
    "footer": Footer,
}
"""The records of a file of lines, by the name that stands before each."""

SECTIONS: Final = {
    "statement": "statements",
    "function": "functions",
    "edge": "edges",
    "branch": "branches",
    "call": "calls",
}
"""The kinds of which a trace has many, in the order of a document, and the fields of `Trace` with them."""


def key_of(kind: str, value: Any) -> Key:
    """Return what identifies a record: of two with one key in a file, the later holds."""
    if isinstance(value, Edge):
        return kind, value.caller, value.statement, value.callee
    if isinstance(value, Branch):
        return kind, value.statement, *value.extent
    return kind, getattr(value, "id", None)


class _Field(NamedTuple):
    name: str
    kinds: tuple[type, ...]
    convert: Callable[[Any], Any] | None
    required: bool
    parts: Any  # the dataclass of an object in the record


def read(kind: Any, value: Any, unknown: Extras) -> Any:
    """Return the dataclass `kind` of a record; put the fields that it does not know into `unknown`.

    Those of the record itself stand there under `()`, those of an object in it under its field's name.

    Raises `TraceFileError` saying which field is wrong; the caller knows where the record stands.
    """
    if type(value) is not dict:
        raise TraceFileError(f"expected an object, not {_shown(value)}")
    known: dict[str, Any] = {}
    for name, kinds, convert, required, parts in _plan(kind):
        try:
            each = value[name]
        except KeyError:
            if required:
                raise TraceFileError(f"the field {name!r} is missing") from None
            continue
        if type(each) not in kinds:
            raise TraceFileError(f"the field {name!r} cannot be {_shown(each)}")
        if parts is not None:
            nested: Extras = {}
            each = None if each is None else read(parts, each, nested)
            unknown.update({(name, *key): extra for key, extra in nested.items()})
        elif convert is not None:
            try:
                each = convert(each)
            except (TypeError, ValueError, AttributeError, TraceFileError):
                raise TraceFileError(f"the field {name!r} cannot be {_shown(each)}") from None
        known[name] = each
    if len(value) > len(known):
        unknown[()] = {name: each for name, each in value.items() if name not in known}
    return kind(**known)


@cache
def _plan(kind: Any) -> tuple[_Field, ...]:
    plan = []
    for each in fields(kind):
        annotation = str(each.type)
        kinds, convert, parts = _TYPES["str" if annotation.startswith("Literal[") else annotation]
        required = each.default is MISSING and each.default_factory is MISSING
        plan.append(_Field(each.name, kinds, convert, required, parts))
    return tuple(plan)


def _shown(value: object) -> str:
    text = ascii(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


_samples: dict[tuple[object, ...], Sample] = {}
_frames: dict[tuple[object, ...], Frame] = {}


def _sample(value: list[Any]) -> Sample:
    key = tuple(value)
    known = _samples.get(key)
    if known is None:
        kind, text = key
        if type(value) is not list or type(kind) is not str or type(text) is not str:
            raise TypeError
        if len(_samples) >= _SHARED:
            _samples.clear()
        known = _samples[key] = Sample(kind, text)
    return known


def _frame(value: list[Any]) -> Frame:
    key = tuple(value)
    known = _frames.get(key)
    if known is None:
        name, path, line = key
        if type(name) is not str or type(path) is not str or type(line) is not int:
            raise TypeError
        if len(_frames) >= _SHARED:
            _frames.clear()
        known = _frames[key] = Frame(name, path, line)
    return known


def _samples_of(value: list[Any]) -> tuple[Sample, ...]:
    return tuple(map(_sample, value))


def _extent(value: list[Any]) -> Extent:
    return Extent(*_ints(value))


def _ints(value: list[Any]) -> tuple[int, ...]:
    if any(type(each) is not int for each in value):
        raise TypeError
    return tuple(value)


def _texts(value: list[Any]) -> tuple[str, ...]:
    if any(type(each) is not str for each in value):
        raise TypeError
    return tuple(value)


def _counts(value: dict[str, Any]) -> dict[int, int]:
    return dict(zip(map(int, value), _ints(list(value.values())), strict=True))


def _samples_by_name(value: dict[str, Any]) -> dict[str, tuple[Sample, ...]]:
    return {name: tuple(map(_sample, taken)) for name, taken in value.items()}


# What JSON has for each annotation in the model, and what makes the model's value of it.
_TYPES: Final[Mapping[str, tuple[tuple[type, ...], Callable[[Any], Any] | None, Any]]] = {
    "int": ((int,), None, None),
    "int | None": ((int, NoneType), None, None),
    "str": ((str,), None, None),
    "str | None": ((str, NoneType), None, None),
    "tuple[int, int]": ((list,), _ints, None),
    "tuple[int, ...]": ((list,), _ints, None),
    "tuple[str, ...]": ((list,), _texts, None),
    "tuple[Sample, ...]": ((list,), _samples_of, None),
    "tuple[Frame, ...]": ((list,), lambda value: tuple(map(_frame, value)), None),
    "Extent": ((list,), _extent, None),
    "Sample | None": ((list, NoneType), lambda value: None if value is None else _sample(value), None),
    "Mapping[str, Sample]": ((dict,), lambda value: {name: _sample(each) for name, each in value.items()}, None),
    "Mapping[int, int]": ((dict,), _counts, None),
    "dict[int, int]": ((dict,), _counts, None),
    "Mapping[int, Mapping[str, tuple[Sample, ...]]]": (
        (dict,),
        lambda value: {int(index): _samples_by_name(each) for index, each in value.items()},
        None,
    ),
    "Outcome": ((dict,), None, Outcome),
    "Settings": ((dict,), None, Settings),
    "Manifest | None": ((dict, NoneType), None, Manifest),
}
