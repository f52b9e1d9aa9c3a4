"""Values as JSON has them, and back: without lone surrogates, and without integers that 64 bits cannot hold.

JSON readers disagree about both, so a text and an integer are written in a way that every one of them takes:

- a lone surrogate as U+001A and its escape (`\\x1a\\udc80` in eight characters), and U+001A itself doubled;
- an integer outside of 64 bits as `{"$int": "0x..."}`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from operator import attrgetter
from typing import Any, Final

from tracefunc.errors import TraceFileError

__all__ = ["MARKS", "decode", "encode", "plain", "record", "restore"]

MARKS: Final = (b"u001", b'$int"')
"""Where none of these stands in JSON text, `plain` has changed nothing in it, and `restore` has nothing to do."""

_INT: Final = "$int"
_LEAST, _MOST = -(1 << 63), (1 << 64) - 1
_UNSAFE = re.compile("[\x1a\ud800-\udfff]")
_ESCAPED = re.compile("\x1a(?:\x1a|\\\\u(d[89a-f][0-9a-f]{2}))")
_HEX = re.compile("-?0x[0-9a-f]+")
_encoder = json.JSONEncoder(ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"))


def encode(value: object) -> bytes:
    """Return a value as JSON text, without spaces; dataclasses are objects, and tuples arrays."""
    return _encoder.encode(plain(value)).encode()


def decode(data: bytes | str) -> Any:
    """Return what JSON text holds; raise `TraceFileError` saying where it is damaged."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8-sig")
        value = json.loads(text, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise TraceFileError(f"no UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        at = f"line {error.lineno} column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise TraceFileError(f"{error.msg} at {at}") from None
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; nesting
        raise TraceFileError(str(error)) from None
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    return restore(value) if any(mark in raw for mark in MARKS) else value


def plain(value: Any) -> Any:
    """Return a value made of dicts with texts as keys, lists, texts, numbers, booleans and None alone."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() and "\x1a" not in value else _UNSAFE.sub(_escape, value)
    if kind is int:
        return value if _LEAST <= value <= _MOST else {_INT: hex(value)}
    if value is None or kind is bool or kind is float:
        return value
    if isinstance(value, Mapping):
        return {plain(key if isinstance(key, str) else str(key)): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if is_dataclass(value):
        return plain(record(value))
    if isinstance(value, (str, int)):
        return plain(str.__str__(value) if isinstance(value, str) else int(value))
    raise TypeError(f"a trace holds no {kind.__name__}")


def restore(value: Any) -> Any:
    """Return a value with its texts and integers as they were before `plain`."""
    if isinstance(value, str):
        return _ESCAPED.sub(_unescape, value) if "\x1a" in value else value
    if isinstance(value, list):
        return [restore(each) for each in value]
    if isinstance(value, dict):
        tagged = value.get(_INT)
        if len(value) == 1 and isinstance(tagged, str) and _HEX.fullmatch(tagged):
            return int(tagged, 16)
        return {restore(key): restore(each) for key, each in value.items()}
    return value


def record(value: Any) -> dict[str, Any]:
    """Return the fields of a dataclass by name."""
    kind: Any = type(value)
    names, get = _fields(kind)
    return dict(zip(names, get(value), strict=True))


@cache
def _fields(kind: Any) -> tuple[tuple[str, ...], attrgetter[Any]]:
    names = tuple(each.name for each in fields(kind))
    return names, attrgetter(*names)


def _escape(match: re.Match[str]) -> str:
    return "\x1a\x1a" if match[0] == "\x1a" else f"\x1a\\u{ord(match[0]):04x}"


def _unescape(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else "\x1a"


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
