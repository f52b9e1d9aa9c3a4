"""Calls from the dicts that a JSON parser makes of them, many at once: field by field instead of call by call.

What a field may hold is read off the model, so that a field new in it is one here, too. Nothing is explained here:
where anything is not as it must be, or not as it usually is, there is no result, and the core reads it its own way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, make_dataclass
from functools import cache
from itertools import chain
from types import NoneType
from typing import Any, Final, NamedTuple, cast

from tracefunc.model import Call, Frame, Outcome, Sample

__all__ = ["calls_of"]

_INT: Final = frozenset([int])
_MOST: Final = 50_000  # samples and stacks that are made once and used again

type _Convert = Callable[[Sequence[Any]], Sequence[Any]]


class _Samples(dict[tuple[object, ...], Sample]):
    """Samples by type and text, each made once."""

    def __missing__(self, key: tuple[object, ...]) -> Sample:
        kind, text = key
        if type(kind) is not str or type(text) is not str:
            raise ValueError
        if len(self) >= _MOST:
            self.clear()
        sample = self[key] = Sample(kind, text)
        return sample


class _Stacks(dict[tuple[tuple[object, ...], ...], tuple[Frame, ...]]):
    """Ends of stacks by what their frames hold, each made once."""

    def __missing__(self, key: tuple[tuple[object, ...], ...]) -> tuple[Frame, ...]:
        for name, path, line in key:
            if type(name) is not str or type(path) is not str or type(line) is not int:
                raise ValueError
        if len(self) >= _MOST:
            self.clear()
        stack = self[key] = tuple(Frame(*cast("tuple[str, str, int]", frame)) for frame in key)
        return stack


class _Ids(dict[str, int]):
    """Ids by their texts, which are keys of objects."""

    def __missing__(self, key: str) -> int:
        if len(self) >= _MOST:
            self.clear()
        number = self[key] = int(key)
        return number


_samples: Final = _Samples()
_stacks: Final = _Stacks()
_ids: Final = _Ids()


def calls_of(records: Sequence[Any]) -> list[Call]:
    """Return the calls of many records; raise `ValueError`, or what else comes of it, where one is not as usual."""
    return _made(Call, records)


class _Plan(NamedTuple):
    thawed: Any  # a class with the same slots that is not frozen
    names: tuple[str, ...]
    converts: tuple[_Convert, ...]


@cache
def _plan(kind: Any) -> _Plan:
    types = {each.name: "str" if str(each.type).startswith("Literal[") else str(each.type) for each in fields(kind)}
    thawed = make_dataclass(kind.__name__, [(name, object) for name in types], slots=True)
    return _Plan(thawed, tuple(types), tuple(_CONVERT[each] for each in types.values()))


def _made(kind: Any, records: Sequence[Any]) -> list[Any]:
    thawed, names, converts = _plan(kind)
    first = tuple(records[0])  # its texts are those of the others, too, so that these are compared at once
    if first != names or not all(map(first.__eq__, map(tuple, records))):
        raise ValueError
    columns = zip(*map(dict.values, records), strict=True)
    converted = [convert(column) for convert, column in zip(converts, columns, strict=True)]
    # A frozen dataclass sets each field by a call. Made as one that is not, and then frozen, it takes half the time.
    made = [thawed(*row) for row in zip(*converted, strict=True)]
    for each in made:
        each.__class__ = kind
    return made


def _of(*kinds: type) -> _Convert:
    """Return what checks that a column has values of these types alone."""
    allowed = frozenset(kinds)

    def check(column: Sequence[Any]) -> Sequence[Any]:
        if not allowed.issuperset(map(type, column)):
            raise ValueError
        return column

    return check


def _sample(value: Any) -> Sample:
    if type(value) is not list:
        raise ValueError
    return _samples[tuple(value)]


def _tuples(column: Sequence[Any]) -> Sequence[Any]:
    return [tuple(map(_sample, value)) if value else _nothing(value) for value in column]


def _nothing(value: Any) -> tuple[()]:
    if type(value) is not list:
        raise ValueError
    return ()


def _arguments(column: Sequence[Any]) -> Sequence[Any]:
    known = _samples
    return [
        {name: known[tuple(each)] if type(each) is list else _sample(each) for name, each in value.items()}
        for value in column
    ]


def _counts(column: Sequence[Any]) -> Sequence[Any]:
    known = _ids
    if not _INT.issuperset(map(type, chain.from_iterable(map(dict.values, column)))):
        raise ValueError
    return [{known[index]: number for index, number in value.items()} for value in column]


def _taken(column: Sequence[Any]) -> Sequence[Any]:
    known, ids = _samples, _ids
    return [
        {
            ids[index]: {
                name: tuple([known[tuple(each)] if type(each) is list else _sample(each) for each in taken])
                for name, taken in names.items()
            }
            for index, names in value.items()
        }
        for value in column
    ]


_CONVERT: Final[dict[str, _Convert]] = {
    "int": _of(int),
    "int | None": _of(int, NoneType),
    "str": _of(str),
    "str | None": _of(str, NoneType),
    "Sample | None": lambda column: [None if value is None else _sample(value) for value in column],
    "tuple[Sample, ...]": _tuples,
    "tuple[Frame, ...]": lambda column: [_stacks[tuple(map(tuple, value))] for value in column],
    "Mapping[str, Sample]": _arguments,
    "Mapping[int, int]": _counts,
    "Mapping[int, Mapping[str, tuple[Sample, ...]]]": _taken,
    "Outcome": lambda column: _made(Outcome, column),
}
