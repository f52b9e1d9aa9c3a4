"""From the bytes of a document to its records: all of them as a trace, or one after another in bounded memory."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple, Protocol

from tracefunc import _plain
from tracefunc._building import Builder
from tracefunc._fields import FORMAT, KINDS, SECTIONS, VERSION, Extras, Footer, Header, Totals, read
from tracefunc._files import BLOCK, blocks, lines
from tracefunc.errors import TraceFileError, TraceWarning
from tracefunc.model import Branch, Call, Edge, Function, Statement, Trace

__all__ = ["Decode", "DecodeCalls", "Lost", "Other", "Record", "load", "loaded", "scan"]

_MOST_NOTES: Final = 20
# Where a document is cut, and how a line with a call begins: five bytes are found much faster than more.
_CALLS: Final = b',"calls":['
_BETWEEN: Final = b'},{"i'
_MANIFEST: Final = b'],"manifest":'
_CALL: Final = b'\n{"ca'
_NO_LINES: Final = "these are no JSON Lines of a trace: expected a first line with the header"

type Decode = Callable[[bytes], Any]


class DecodeCalls(Protocol):
    """Reads many calls at once, where all is as usual."""

    def __call__(self, data: bytes, *, is_named: bool) -> Sequence[Call] | None:
        """Return the calls of a JSON array of records, or of objects that hold nothing but one, under `"call"`.

        Returns None where anything is not as in the calls that this version writes. They are then read one by one.
        """


class Lost(NamedTuple):
    """A part of a file that cannot be read: in which line it begins, and why."""

    line: int
    why: str


class Other(NamedTuple):
    """A record of a kind that only a newer version of the format has."""

    value: Mapping[str, Any]


type Record = Header | Statement | Function | Edge | Branch | Totals | Call | Footer | Other | Lost


def load(pieces: Iterable[bytes], name: str, decode: Decode, decode_calls: DecodeCalls | None = None) -> Trace:
    """Return the trace in a file; `name` is what messages call it."""
    try:
        trace = _load(iter(pieces), decode, decode_calls)
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


def scan(
    pieces: Iterable[bytes], name: str, decode: Decode, decode_calls: DecodeCalls | None = None
) -> Iterator[Record]:
    """Yield the records of JSON Lines."""
    try:
        for records, _ in _lines(pieces, decode, decode_calls):
            yield from records
    except TraceFileError as error:
        raise TraceFileError(f"{name}: {error}") from None


def _load(pieces: Iterator[bytes], decode: Decode, decode_calls: DecodeCalls | None) -> Trace:
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
            return _document(b"".join(whole), decode, decode_calls)
        except TraceFileError as error:
            if begin.startswith(b"{") or str(error).startswith("this is no trace"):
                raise
            raise TraceFileError(f"this is no trace: {error}") from None
    builder = Builder(strict=False)
    lost = []
    for records, extras in _lines(whole, decode, decode_calls):
        if isinstance(records, list):
            builder.add_calls(records)
            continue
        for record in records:
            if isinstance(record, Lost):
                lost.append(f"line {record.line}: {record.why}")
            else:
                builder.add(record, extras)
    if len(lost) > _MOST_NOTES:
        lost = [*lost[:_MOST_NOTES], f"and {len(lost) - _MOST_NOTES} more such lines"]
    return builder.trace(lost)


def _document(data: bytes, decode: Decode, decode_calls: DecodeCalls | None) -> Trace:
    if decode_calls is not None:
        try:
            trace = _in_parts(data, decode, decode_calls)
            if trace is not None and trace.unknown is None:
                return trace
        except ValueError:
            pass
    if decode is not _plain.decode:
        try:
            trace = _from_document(decode(data))
            if trace.unknown is None:
                return trace
        except ValueError:
            pass  # the core's own parser knows better what is wrong, or what was meant
    return _from_document(_plain.decode(data))


def _in_parts(data: bytes, decode: Decode, decode_calls: DecodeCalls) -> Trace | None:
    """Return the trace of a document whose calls are read a part at a time, or None where it is not as usual.

    JSON is only ever cut where each part turns out to be whole by itself: the object before the calls with a brace
    after it, that behind them with one before it, and their array in arrays. So together they are the whole.
    """
    start = data.find(_CALLS)
    end = data.rfind(_MANIFEST)
    if start < 0 or end < start:
        return None
    head, tail = decode(data[:start] + b"}"), decode(b"{" + data[end + 2 :])
    if type(head) is not dict or type(tail) is not dict or "calls" in head or "calls" in tail:
        return None
    calls: list[Call] = []
    start += len(_CALLS)
    while start <= end:
        stop = data.find(_BETWEEN, start + BLOCK, end) + 1 or end
        part = b"[%b]" % data[start:stop]
        some = decode_calls(part, is_named=False)
        if some is None:
            extras: Extras = {}
            some = [read(Call, value, extras) for value in decode(part)]
            if extras:
                return None
        calls += some
        start = stop + 1
    return _from_document({**head, **tail, "calls": []}, calls)


def _from_document(document: Any, calls: Sequence[Call] = ()) -> Trace:
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
    builder.add_calls(calls)
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


def _lines(
    pieces: Iterable[bytes], decode: Decode, decode_calls: DecodeCalls | None
) -> Iterator[tuple[list[Call] | tuple[Record], Extras]]:
    """Yield what each line holds, or many; raise `TraceFileError` if the first holds no header."""
    number, before = 0, 0
    footer: Footer | None = None
    damaged = False
    iterator = lines(pieces) if decode_calls is None else _many(pieces, decode_calls)
    while True:
        try:
            data = next(iterator, None)
        except TraceFileError as error:
            yield (Lost(number + 1, str(error)),), {}
            damaged = True
            break
        if data is None:
            break
        if isinstance(data, list):
            if before == 0:
                raise TraceFileError(_NO_LINES)
            number += len(data)
            before += len(data)
            footer = None
            yield data, {}
            continue
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
            yield (Lost(number, str(error) if data.endswith(b"\n") else "the end of the line is missing"),), {}
            continue
        if before == 0 and not isinstance(record, Header):
            raise TraceFileError(_NO_LINES)
        if before > 0 and isinstance(record, Header):
            raise TraceFileError(f"a second trace begins in line {number}: load each by itself, then merge them")
        footer = record if isinstance(record, Footer) else None
        before += 1
        yield (record,), extras
    if before == 0:
        raise TraceFileError("the file is empty")
    if footer is None and not damaged:
        yield (Lost(number + 1, "the end is missing: the program was killed, or is still running"),), {}
    elif footer is not None and not damaged and footer.lines != before - 1:
        yield (Lost(number + 1, f"{footer.lines - before + 1} lines are missing before this end"),), {}


def _many(pieces: Iterable[bytes], decode_calls: DecodeCalls) -> Iterator[bytes | list[Call]]:
    """Yield the lines of a file; of those that hold calls, the calls of many lines.

    A line feed is nothing but space to JSON, so each may become a comma. That two lines are no record together, with
    two records in a third, follows from how all of them begin: in no call is there an object in an array.
    """
    for block in blocks(pieces):
        count = block.count(b"\n")
        if block.startswith(_CALL[1:]) and block.endswith(b"\n") and block.count(_CALL) == count - 1:
            calls = decode_calls(b"[%b]" % block[:-1].replace(b"\n", b","), is_named=True)
            if calls is not None and len(calls) == count:
                yield list(calls)
                continue
        yield from lines((block,))


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
