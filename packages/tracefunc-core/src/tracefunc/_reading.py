"""From the bytes of a document to its records: all of them as a trace, or one after another in bounded memory."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import Any, Final, NamedTuple

from tracefunc import _plain
from tracefunc._building import Builder
from tracefunc._fields import FORMAT, KINDS, SECTIONS, VERSION, Extras, Footer, Header, Totals, read
from tracefunc._files import lines
from tracefunc.errors import TraceFileError, TraceWarning
from tracefunc.model import Branch, Call, Edge, Function, Statement, Trace

__all__ = ["Decode", "Lost", "Other", "Record", "load", "loaded", "scan"]

_MOST_NOTES: Final = 20
_NO_LINES: Final = "these are no JSON Lines of a trace: expected a first line with the header"

type Decode = Callable[[bytes], Any]


class Lost(NamedTuple):
    """A part of a file that cannot be read: in which line it begins, and why."""

    line: int
    why: str


class Other(NamedTuple):
    """A record of a kind that only a newer version of the format has."""

    value: Mapping[str, Any]


type Record = Header | Statement | Function | Edge | Branch | Totals | Call | Footer | Other | Lost


def load(pieces: Iterable[bytes], name: str, decode: Decode) -> Trace:
    """Return the trace in a file; `name` is what messages call it."""
    try:
        trace = _load(iter(pieces), decode)
    except TraceFileError as error:
        raise TraceFileError(f"{name}: {error}") from None
    _warn_of_newer(trace, name)
    return trace


def loaded(document: object) -> Trace:
    """Return the trace in a document that was parsed."""
    try:
        trace = _from_document(_plain.restore(document))
    except TraceFileError as error:
        raise TraceFileError(f"the document: {error}") from None
    _warn_of_newer(trace, "the document")
    return trace


def scan(pieces: Iterable[bytes], name: str, decode: Decode) -> Iterator[Record]:
    """Yield the records of JSON Lines."""
    try:
        for record, _ in _lines(pieces, decode):
            yield record
    except TraceFileError as error:
        raise TraceFileError(f"{name}: {error}") from None


def _load(pieces: Iterator[bytes], decode: Decode) -> Trace:
    first = b""
    for piece in pieces:
        first += piece
        if len(first) > 64:  # a pipe may give a few bytes at a time
            break
    if not first.strip():
        raise TraceFileError("the file is empty")
    whole = chain([first], pieces)
    begin = first.lstrip(b"\xef\xbb\xbf \t\r\n")
    if not begin.startswith(b'{"header"'):
        try:
            return _document(b"".join(whole), decode)
        except TraceFileError as error:
            if begin.startswith(b"{") or str(error).startswith("this is no trace"):
                raise
            raise TraceFileError(f"this is no trace: {error}") from None
    builder = Builder(strict=False)
    lost = []
    for record, extras in _lines(whole, decode):
        if isinstance(record, Lost):
            lost.append(f"line {record.line}: {record.why}")
        else:
            builder.add(record, extras)
    if len(lost) > _MOST_NOTES:
        lost = [*lost[:_MOST_NOTES], f"and {len(lost) - _MOST_NOTES} more such lines"]
    return builder.trace(lost)


def _document(data: bytes, decode: Decode) -> Trace:
    if decode is not _plain.decode:
        try:
            trace = _from_document(decode(data))
            if trace.unknown is None:
                return trace
        except ValueError:
            pass  # the core's own parser knows better what is wrong, or what was meant
    return _from_document(_plain.decode(data))


def _from_document(document: Any) -> Trace:
    if type(document) is not dict or not isinstance(document.get("totals", {}), dict):
        raise TraceFileError("this is no trace: expected an object with the format 'tracefunc'")
    _check(document)
    builder = Builder(strict=True)
    kept = {*SECTIONS.values(), "totals", "manifest", "others", "$schema"}
    _add(builder, "header", {field: value for field, value in document.items() if field not in kept}, "the header")
    for kind, section in SECTIONS.items():
        records = document.get(section)
        if type(records) is not list:
            raise TraceFileError(f"the list {section!r} is missing")
        for number, value in enumerate(records):
            _add(builder, kind, value, f"{section}[{number}]")
    if "totals" not in document:
        raise TraceFileError("the object 'totals' is missing")
    _add(builder, "totals", document["totals"], "totals")
    _add(builder, "footer", {"lines": 0, "manifest": document.get("manifest")}, "manifest")
    for value in document.get("others", ()):
        builder.add(Other(value), {})
    return builder.trace()


def _add(builder: Builder, kind: str, value: Any, where: str) -> None:
    extras: Extras = {}
    try:
        record = read(KINDS[kind], value, extras)
    except TraceFileError as error:
        raise TraceFileError(f"{where}: {error}") from None
    builder.add(record, extras)


def _lines(pieces: Iterable[bytes], decode: Decode) -> Iterator[tuple[Record, Extras]]:
    """Yield what each line holds; raise `TraceFileError` if the first holds no header."""
    number, before = 0, 0
    footer: Footer | None = None
    damaged = False
    iterator = lines(pieces)
    while True:
        try:
            data = next(iterator, None)
        except TraceFileError as error:
            yield Lost(number + 1, str(error)), {}
            damaged = True
            break
        if data is None:
            break
        number += 1
        if data.isspace():
            continue
        try:
            record, extras = _line(data, decode)
        except TraceFileError as error:
            if before == 0:
                is_header = data.startswith(b'{"header"')
                raise TraceFileError(f"line {number}: {error}" if is_header else _NO_LINES) from None
            damaged = True
            yield Lost(number, str(error) if data.endswith(b"\n") else "the end of the line is missing"), {}
            continue
        if before == 0 and not isinstance(record, Header):
            raise TraceFileError(_NO_LINES)
        if before > 0 and isinstance(record, Header):
            raise TraceFileError(f"a second trace begins in line {number}: load each by itself, then merge them")
        footer = record if isinstance(record, Footer) else None
        before += 1
        yield record, extras
    if before == 0:
        raise TraceFileError("the file is empty")
    if footer is None and not damaged:
        yield Lost(number + 1, "the end is missing: the program was killed, or is still running"), {}
    elif footer is not None and not damaged and footer.lines != before - 1:
        yield Lost(number + 1, f"{footer.lines - before + 1} lines are missing before this end"), {}


def _line(data: bytes, decode: Decode) -> tuple[Record, Extras]:
    """Return what a line holds, by the core's own parser where another one gives up or may have changed a number."""
    if decode is not _plain.decode:
        try:
            record, extras = _record(decode(data))
            if not extras and not isinstance(record, Other):
                return record, extras
        except ValueError:
            pass
    return _record(_plain.decode(data))


def _record(value: Any) -> tuple[Record, Extras]:
    if type(value) is not dict or len(value) != 1:
        raise TraceFileError("expected an object with one member, which names the kind of the record")
    ((kind, held),) = value.items()
    if kind not in KINDS:
        return Other(value), {}
    if kind == "header":
        if type(held) is not dict:
            raise TraceFileError("expected a header")
        _check(held)
        held = {field: each for field, each in held.items() if field != "$schema"}
    extras: Extras = {}
    return read(KINDS[kind], held, extras), extras


def _check(header: Mapping[str, Any]) -> None:
    """Raise `TraceFileError` unless a header is that of this format, in a version that can be read."""
    if header.get("format") != FORMAT:
        raise TraceFileError("this is no trace: expected an object with the format 'tracefunc'")
    version = header.get("version")
    if type(version) is not list or len(version) != 2 or any(type(part) is not int for part in version):
        raise TraceFileError("the version must be two numbers, such as [1, 0]")
    major, minor = version
    if major != VERSION[0]:
        raise TraceFileError(
            f"it has version {major}.{minor} of the format, and this tracefunc reads {VERSION[0]}.x: "
            f"read it with {'a newer' if major > VERSION[0] else 'an older'} tracefunc"
        )


def _warn_of_newer(trace: Trace, name: str) -> None:
    if trace.unknown is not None and trace.unknown.minor > VERSION[1]:
        warnings.warn(
            f"{name} has version {VERSION[0]}.{trace.unknown.minor} of the format: what is new since "
            f"{VERSION[0]}.{VERSION[1]} is kept, but not shown; a newer tracefunc shows it",
            TraceWarning,
            skip_file_prefixes=(__file__.rpartition(os.sep)[0],),
        )
