"""Files of traces: written whole or not at all, read piece by piece, compressed by gzip or not."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from typing import IO, Final, NamedTuple

from tracefunc.errors import TraceFileError

__all__ = ["BLOCK", "Form", "Gzip", "Path", "blocks", "form_of", "lines", "read", "unpack", "write"]

type Path = str | os.PathLike[str]

BLOCK: Final = 1 << 16
"""How many bytes are parsed at once where many records are: what becomes of more does not fit into the caches."""

_PIECE: Final = 1 << 20
_GZIP: Final = b"\x1f\x8b"


class Form(NamedTuple):
    """How a file holds a trace: as JSON Lines or as one JSON document, compressed or not."""

    lines: bool
    gzip: bool


def form_of(path: Path) -> Form:
    """Return the form that the end of a file's name asks for; raise `TraceFileError` if it is none of the four."""
    name = os.path.basename(os.fspath(path)).lower()
    stem = name.removesuffix(".gz")
    if not stem.endswith((".json", ".jsonl")):
        raise TraceFileError(
            f"{os.fspath(path)!r}: the name must end with .json, .jsonl, .json.gz or .jsonl.gz, which is the format"
        )
    return Form(stem.endswith(".jsonl"), stem != name)


class Gzip:
    """Compresses bytes in the format of gzip, always in the same way: no time and no name in it."""

    def __init__(self) -> None:
        self._deflate = zlib.compressobj(1, zlib.DEFLATED, 31)

    def add(self, data: bytes) -> bytes:
        """Return what can be written after more data; it may be nothing yet."""
        return self._deflate.compress(data)

    def flush(self) -> bytes:
        """Return what makes all data so far readable."""
        return self._deflate.flush(zlib.Z_SYNC_FLUSH)

    def end(self) -> bytes:
        """Return the end of the file."""
        return self._deflate.flush()


def write(path: Path, pieces: Iterable[bytes], *, gzip: bool = False) -> None:
    """Write a file so that at every moment there is the old one, or none, or the whole new one.

    A link stays one, and its target is replaced. What is no regular file, such as a pipe, is written to as it is.
    """
    target = os.path.realpath(os.fspath(path))
    try:
        mode = os.stat(target).st_mode
    except FileNotFoundError:
        mode = None
    if mode is not None and not stat.S_ISREG(mode):
        with open(target, "wb") as file:
            _fill(file, pieces, gzip=gzip)
        return
    folder, name = os.path.split(target)
    new = os.path.join(folder, f".{name[:100]}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
    except OSError as error:
        error.filename = os.fspath(path)  # the name that the user knows
        raise
    try:
        with open(descriptor, "wb") as file:
            _fill(file, pieces, gzip=gzip)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(new, stat.S_IMODE(mode))
        os.replace(new, target)
    except BaseException:
        os.unlink(new)
        raise


def _fill(file: IO[bytes], pieces: Iterable[bytes], *, gzip: bool) -> None:
    packer = Gzip() if gzip else None
    for piece in pieces:
        file.write(piece if packer is None else packer.add(piece))
    if packer is not None:
        file.write(packer.end())


def read(path: Path) -> Iterator[bytes]:
    """Yield a file piece by piece, uncompressed; raise `TraceFileError` at the first byte of damage in a gzip file."""
    with open(path, "rb") as file:
        yield from unpack(iter(lambda: file.read(_PIECE), b""))


def unpack(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield pieces of bounded size, uncompressed if the first begins as a gzip file does."""
    inflate = None
    is_first = True
    for piece in pieces:
        if is_first and piece:
            is_first = False
            inflate = zlib.decompressobj(31) if piece.startswith(_GZIP) else None
        if inflate is None:
            yield piece
            continue
        left = piece
        while left:
            if inflate.eof:  # a further member, as `cat` makes of two files
                inflate = zlib.decompressobj(31)
            try:
                out = inflate.decompress(left, _PIECE)
            except zlib.error as error:
                raise TraceFileError(f"the compressed data is damaged ({error})") from None
            if out:
                yield out
            left = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if inflate is not None and not inflate.eof:
        yield from _rest(inflate)


def _rest(inflate: zlib._Decompress) -> Iterator[bytes]:
    """Yield what is left of compressed data that has no end."""
    out = inflate.flush()
    if out:
        yield out
    if not inflate.eof:
        raise TraceFileError("the compressed data has no end: the file was cut, or is still being written")


def lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of a file, each with its line feed; the last one may have none."""
    begun: list[bytes] = []
    for piece in pieces:
        start = 0
        while (end := piece.find(b"\n", start) + 1) > 0:
            if begun:
                yield b"".join([*begun, piece[start:end]])
                begun = []
            else:
                yield piece[start:end]
            start = end
        if start < len(piece):
            begun.append(piece[start:])
    if begun:
        yield b"".join(begun)


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield whole lines of a file, many at once; the last one may have no line feed."""
    begun: list[bytes] = []
    for piece in pieces:
        start = 0
        while (end := piece.rfind(b"\n", start, start + BLOCK) + 1 or piece.find(b"\n", start + BLOCK) + 1) > 0:
            yield b"".join([*begun, piece[start:end]])
            begun = []
            start = end
        if start < len(piece):
            begun.append(piece[start:])
    if begun:
        yield b"".join(begun)
