"""Traces as JSON and JSON Lines, written and read by orjson: the same bytes as the core's, in a fraction of the time.

What orjson refuses or would change, such as a lone surrogate or an integer of more than 64 bits, is left to the core.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from operator import itemgetter
from typing import Any, Final, Literal

import orjson

from tracefunc import document
from tracefunc.document import MARKS, Path, Record
from tracefunc.model import Call, Outcome, Trace
from tracefunc_export._batch import calls_of

__all__ = ["dumps", "load", "loads", "save", "scan"]

_plain_tuple: Final = itemgetter(slice(None))  # of a named tuple, which orjson does not know
# How U+001A is written, which the core escapes once more, without the backslash: as five bytes it is found much faster.
_ESCAPE: Final = b"u001a"
_call: Final = itemgetter("call")


def save(
    trace: Trace,
    path: Path,
    *,
    format: Literal["json", "jsonl"] | None = None,  # noqa: A002
) -> None:
    """Write a trace to a file, as `Trace.save` does."""
    document.save(trace, path, format=format, encode_all=_encode_all)


def load(path: Path) -> Trace:
    """Read a trace from a file, as `Trace.load` does; Python's search for cycles rests meanwhile."""
    with _no_search():
        return document.load(path, decode=_decode, decode_calls=_decode_calls)


def dumps(trace: Trace, *, lines: bool = False) -> bytes:
    """Return a trace as a JSON document, or as JSON Lines."""
    return document.dumps(trace, lines=lines, encode_all=_encode_all)


def loads(data: bytes) -> Trace:
    """Return the trace that bytes hold; raise `tracefunc.TraceFileError` as `load` does."""
    with _no_search():
        return document.loads(data, decode=_decode, decode_calls=_decode_calls)


def scan(path: Path) -> Iterator[Record]:
    """Yield the records of a file of JSON Lines one after another, as `tracefunc.document.scan` does."""
    return document.scan(path, decode=_decode, decode_calls=_decode_calls)


class _Texts(dict[Any, str]):
    """The texts of ids, as keys of objects."""

    def __missing__(self, key: Any) -> str:
        text = self[key] = str(key)
        return text


def _shape() -> Callable[[Sequence[Call]], list[dict[str, Any]]]:
    """Return a function that makes dicts of calls, in the shape that orjson takes in without looking anything up.

    To orjson, a dataclass with slots costs two searches a field, and a key that is no text a slower way for all dicts.
    The function is made of the dataclasses' fields, so that a field new in the model is one here, too.
    """
    parts = {each.name: f"call.{each.name}" for each in fields(Call)}
    ids = "{{texts[each]: value for each, value in call.{}.items()}}"
    parts |= {name: ids.format(name) for name in ("hits", "samples")}
    parts["outcome"] = f"""{{{", ".join(f"'{each.name}': call.outcome.{each.name}" for each in fields(Outcome))}}}"""
    shown = ", ".join(f"'{name}': {part}" for name, part in parts.items())
    made: Any = eval(f"lambda calls: [{{{shown}}} for call in calls]", {"texts": _Texts()})
    return made  # type: ignore[no-any-return]


_shaped: Final = _shape()


def _encode_all(values: Sequence[Any]) -> bytes:
    first = values[0] if values else None
    try:
        if type(first) is Call:
            data = orjson.dumps(_shaped(values), _plain_tuple)
        else:
            data = orjson.dumps(values, _plain_tuple, orjson.OPT_NON_STR_KEYS)
    except (AttributeError, TypeError):
        return document.encode_all(values)
    return document.encode_all(values) if b"\\" in data and _ESCAPE in data else data


def _decode(data: bytes) -> Any:
    if any(mark in data for mark in MARKS):
        return document.decode(data)
    return orjson.loads(data)


def _decode_calls(data: bytes, *, is_named: bool) -> list[Call] | None:
    if any(mark in data for mark in MARKS):
        return None
    try:
        records = orjson.loads(data)
        if is_named:
            if any(map((1).__ne__, map(len, records))):
                return None
            records = list(map(_call, records))
        return calls_of(records)
    except (AttributeError, LookupError, TypeError, ValueError):
        return None


@contextmanager
def _no_search() -> Iterator[None]:
    """Keep Python from searching for cycles, again and again, in ever more objects that have none.

    It takes as much time as all the rest. Threads may read at the same time: the first that ends turns it on again.
    """
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
