"""From a trace to the bytes of a document, in pieces of bounded size, the same bytes each time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final

from tracefunc._fields import FORMAT, SECTIONS, VERSION, Footer, Header, Key, Totals, key_of
from tracefunc._manifest import Left
from tracefunc._plain import encode, record
from tracefunc.model import Settings, Trace

__all__ = ["SCHEMA", "Encode", "encode_all", "header_of", "line", "pieces", "totals_of"]

SCHEMA: Final = "urn:tracefunc:trace:1"
"""What every document has as `$schema`: the `$id` of its JSON Schema."""

_AT_ONCE: Final = 100  # records that are encoded together: more no longer fit into the processor's cache
# The first letter of the first field.
_FIRST: Final = {"statement": b"i", "function": b"i", "edge": b"c", "branch": b"s", "call": b"i"}
_KEY_LENGTH: Final = {"edge": 4, "branch": 6}

type Encode = Callable[[Sequence[object]], bytes]
type _Extras = Mapping[Key, list[tuple[Key, Mapping[str, Any]]]]


def encode_all(values: Sequence[object]) -> bytes:
    """Return records of one kind as a JSON array; another encoder must give the same bytes."""
    return b"[" + b",".join(map(encode, values)) + b"]"


def pieces(trace: Trace, *, lines: bool, encode_all: Encode = encode_all) -> Iterator[bytes]:
    """Yield the bytes of a document, or of JSON Lines."""
    return _lines(trace, encode_all) if lines else _document(trace, encode_all)


def _lines(trace: Trace, encode_all: Encode) -> Iterator[bytes]:
    extras = _extras(trace)
    left = Left(trace.settings)
    others = () if trace.unknown is None else trace.unknown.records
    yield line("header", _one("header", header_of(trace.python, trace.start, trace.settings, _minor(trace)), extras))
    for kind, section in SECTIONS.items():
        if kind == "call":
            yield line("totals", _one("totals", totals_of(trace), extras))
        for values, array in _arrays(kind, getattr(trace, section), extras, encode_all):
            if kind == "call":
                left.add(values, array, trace.statements)
            yield from _as_lines(kind, len(values), array)
    yield from (encode(each) + b"\n" for each in others)
    count = 2 + sum(len(getattr(trace, section)) for section in SECTIONS.values()) + len(others)
    yield line("footer", _one("footer", Footer(count, left.manifest(trace.functions)), extras))


def _document(trace: Trace, encode_all: Encode) -> Iterator[bytes]:
    extras = _extras(trace)
    left = Left(trace.settings)
    header = _one("header", header_of(trace.python, trace.start, trace.settings, _minor(trace)), extras)
    yield encode(header)[:-1]
    for kind, section in SECTIONS.items():
        if kind == "call":
            yield b',"totals":' + encode(_one("totals", totals_of(trace), extras))
        before = b',"%b":[' % section.encode()
        for values, array in _arrays(kind, getattr(trace, section), extras, encode_all):
            if kind == "call":
                left.add(values, array, trace.statements)
            yield before
            yield array[1:-1]
            before = b","
        yield b"]" if before == b"," else before + b"]"
    if trace.unknown is not None and trace.unknown.records:
        yield b',"others":' + encode(trace.unknown.records)
    footer = _one("footer", Footer(0, left.manifest(trace.functions)), extras)
    yield b',"manifest":' + encode(footer["manifest"]) + b"}\n"


def header_of(python: str, start: int, settings: Settings, minor: int = VERSION[1]) -> dict[str, Any]:
    """Return the header of a document."""
    header = Header(
        format=FORMAT, version=(VERSION[0], minor), producer=_producer(), python=python, start=start, settings=settings
    )
    return {"$schema": SCHEMA, **record(header)}


def totals_of(trace: Trace) -> Totals:
    """Return the totals of a trace."""
    hits = {index: number for index, number in enumerate(trace.hits) if number}
    return Totals(trace.end, trace.without_detail, hits, trace.notes)


def line(kind: str, value: object) -> bytes:
    """Return a record as a line of a file."""
    return b'{"%b":%b}\n' % (kind.encode(), encode(value))


def _as_lines(kind: str, size: int, array: bytes) -> Iterator[bytes]:
    """Yield an array of records as lines, each of which is an object that names their kind.

    A quotation mark inside of a text has a backslash, one at its end no letter after it, and no record has an array of
    objects: so what is replaced stands between records alone. Only unknown fields may hold anything; a record that has
    some is alone.
    """
    begin = b'{"%b":' % kind.encode()
    if size > 1:
        first = b'{"' + _FIRST[kind]
        # `replace` would search twice. Up to five bytes are found several times as fast as more.
        array = (b"}}\n" + begin + first).join(array.split(b"}," + first))
    yield begin
    yield array[1:-1]
    yield b"}\n"


def _arrays(
    kind: str, values: Sequence[Any], extras: _Extras, encode_all: Encode
) -> Iterator[tuple[Sequence[Any], bytes]]:
    """Yield records with an array of them; a record with unknown fields is alone in its own."""
    alone = [index for index, value in enumerate(values) if key_of(kind, value) in extras] if extras else []
    start = 0
    for stop in [*alone, len(values)]:
        for begin in range(start, stop, _AT_ONCE):
            some = values[begin : min(begin + _AT_ONCE, stop)]
            yield some, encode_all(some)
        if stop < len(values):
            yield values[stop : stop + 1], b"[" + encode(_one(kind, values[stop], extras)) + b"]"
        start = stop + 1


def _minor(trace: Trace) -> int:
    return VERSION[1] if trace.unknown is None else trace.unknown.minor


def _extras(trace: Trace) -> _Extras:
    """Return the unknown fields by the record that they belong to."""
    found: dict[Key, list[tuple[Key, Mapping[str, Any]]]] = defaultdict(list)
    if trace.unknown is not None:
        for key, extra in trace.unknown.fields.items():
            length = _KEY_LENGTH.get(str(key[0]), 2)
            found[key[:length]].append((key[length:], extra))
    return dict(found)


def _one(kind: str, value: Any, extras: _Extras) -> dict[str, Any]:
    """Return a record with its unknown fields."""
    made: dict[str, Any] = dict(value) if isinstance(value, dict) else record(value)
    for path, extra in extras.get(key_of(kind, value), ()):
        if not path:
            made.update(extra)
        elif (inner := made.get(str(path[0]))) is not None:
            made[str(path[0])] = {**(inner if isinstance(inner, dict) else record(inner)), **extra}
    return made


@cache
def _producer() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"tracefunc {version('tracefunc-core')}"
    except PackageNotFoundError:  # the sources alone are on the path
        return "tracefunc"
