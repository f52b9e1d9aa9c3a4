"""Traces as documents: JSON or JSON Lines, in the format that `docs/format.md` describes field by field.

`Trace.save`, `Trace.load`, `Trace.to_dict` and `Trace.from_dict` are functions of this module. `scan` reads a file
record by record, however long it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any, Literal

from tracefunc import _reading
from tracefunc._fields import VERSION, Footer, Header, Totals
from tracefunc._files import Form, Path, form_of, read, unpack, write
from tracefunc._manifest import Manifest
from tracefunc._plain import MARKS, decode
from tracefunc._reading import Decode, DecodeCalls, Lost, Other, Record
from tracefunc._writing import SCHEMA, Encode, encode_all, pieces
from tracefunc.errors import TraceFileError
from tracefunc.model import Trace

__all__ = [
    "MARKS",
    "SCHEMA",
    "VERSION",
    "Decode",
    "DecodeCalls",
    "Encode",
    "Footer",
    "Header",
    "Lost",
    "Manifest",
    "Other",
    "Path",
    "Record",
    "Totals",
    "decode",
    "dumps",
    "encode_all",
    "from_dict",
    "load",
    "loads",
    "save",
    "scan",
    "schema",
    "to_dict",
]


def to_dict(trace: Trace) -> dict[str, Any]:
    """Return a trace as dicts, lists, texts and numbers: what a JSON parser makes of the document."""
    import json

    document: dict[str, Any] = json.loads(dumps(trace))
    return document


def from_dict(document: Mapping[str, Any]) -> Trace:
    """Return the trace of a document; raise `TraceFileError` if it is damaged or of another major version."""
    return _reading.loaded(document)


def dumps(trace: Trace, *, lines: bool = False, encode_all: Encode = encode_all) -> bytes:
    """Return a trace as a JSON document, or as JSON Lines."""
    # A piece after the other: all of them at once would take twice the memory.
    whole = BytesIO()
    whole.writelines(pieces(trace, lines=lines, encode_all=encode_all))
    return whole.getvalue()


def loads(data: bytes, *, decode: Decode = decode, decode_calls: DecodeCalls | None = None) -> Trace:
    """Return the trace that the bytes of a file hold, as `load` does."""
    return _reading.load(unpack([data]), "the data", decode, decode_calls)


def save(
    trace: Trace,
    path: Path,
    *,
    format: Literal["json", "jsonl"] | None = None,  # noqa: A002
    encode_all: Encode = encode_all,
) -> None:
    """Write a trace to a file, whole or not at all.

    The name says how: `.json` or `.jsonl`, either with `.gz`. With a `format` it may be any name, and `.gz` at its end
    still counts. Raises `TraceFileError` for a name that says nothing, and `OSError` where the file cannot be written.
    """
    if format is None:
        form = form_of(path)
    elif format in ("json", "jsonl"):
        form = Form(format == "jsonl", os.fspath(path).lower().endswith(".gz"))
    else:
        raise TraceFileError(f"format={format!r}: expected 'json' or 'jsonl'")
    write(path, pieces(trace, lines=form.lines, encode_all=encode_all), gzip=form.gzip)


def load(path: Path, *, decode: Decode = decode, decode_calls: DecodeCalls | None = None) -> Trace:
    """Read a trace from a file that `save` or `Tracer(stream=...)` has written; what it holds says in which form it is.

    Raises `TraceFileError` for a file that is damaged or of another major version, and `OSError` for one that cannot
    be read. From damaged JSON Lines comes all that is whole, and `Trace.notes` say what is lost. A newer minor version
    gives a `TraceWarning`, and what only it knows is kept for `save`.
    """
    return _reading.load(read(path), os.fspath(path), decode, decode_calls)


def scan(path: Path, *, decode: Decode = decode, decode_calls: DecodeCalls | None = None) -> Iterator[Record]:
    """Yield the records of a file of JSON Lines one after another, in bounded memory, however long it is.

    `Header` comes first. In a file that was streamed, a later record replaces an earlier one of the same statement,
    function, edge, branch or call, and later `Totals` add to earlier ones. `Lost` stands for what cannot be read.

    Raises `TraceFileError` for a file of another kind or major version, and `OSError` for one that cannot be read.
    """
    return _reading.scan(read(path), os.fspath(path), decode, decode_calls)


def schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of documents; `#/$defs/line` in it is that of a line of JSON Lines."""
    import json

    with open(os.path.join(os.path.dirname(__file__), "trace.schema.json"), encoding="utf-8") as file:
        found: dict[str, Any] = json.load(file)
    return found
