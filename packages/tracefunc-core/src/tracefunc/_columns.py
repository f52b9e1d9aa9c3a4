"""Texts on a terminal: how many columns they take, what must not reach it as it is, cutting, padding and colour."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

__all__ = ["clean", "columns", "cut", "expand", "pad", "paint"]

_JOINER = "\u200d"
_EMOJI_STYLE = "\ufe0f"  # the character before it is drawn as an emoji, two columns wide
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_STYLES = {"bold": "1", "dim": "2", "bad": "31", "value": "36", "error": "1;31"}


def clean(text: str) -> str:
    """Return a text that is safe to print: what controls a terminal, or has no encoding, as an escape.

    Control characters, line separators, lone surrogates, and marks that reverse the direction of what follows.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_escape(char) if _is_control(char) else char for char in text)


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in _BIDI


def _escape(char: str) -> str:
    return {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(char) or (
        f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}"
    )


def expand(line: str, size: int = 4) -> str:
    """Return a line of source with spaces for its tabs, each up to the next multiple of `size`, and cleaned."""
    if "\t" not in line:
        return clean(line)
    done = ""
    for part in line.split("\t"):
        done += clean(part)
        done += " " * (size - columns(done) % size)
    return done.rstrip(" ")


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: two for wide characters, none for combining ones."""
    return len(text) if text.isascii() else sum(width for _, width in _clusters(text))


def _clusters(text: str) -> Iterator[tuple[str, int]]:
    """Yield what is drawn in one place, a character with those that combine with it, and its columns."""
    cluster, width = "", 0
    for char in text:
        own = _own_width(char)
        joins = cluster.endswith(_JOINER) or ("\U0001f3fb" <= char <= "\U0001f3ff" and width == 2)
        if cluster and (own == 0 or joins):
            cluster += char
            width = 2 if char == _EMOJI_STYLE and width else width
        else:
            if cluster:
                yield cluster, width
            cluster, width = char, own
    if cluster:
        yield cluster, width


def _own_width(char: str) -> int:
    if char == "\u00ad":  # a soft hyphen is drawn
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff":  # the latter join a syllable
        return 0
    return 2 if unicodedata.east_asian_width(char) in ("W", "F") else 1


def cut(text: str, width: int) -> str:
    """Return a text of at most `width` columns, cut with `...` where it is longer."""
    if columns(text) <= width:
        return text
    mark = "..."[: max(width, 0)]
    room, kept = width - len(mark), ""
    for cluster, size in _clusters(text):
        if size > room:
            break
        kept, room = kept + cluster, room - size
    return kept + mark


def pad(text: str, width: int) -> str:
    """Return a text with spaces behind it, so that it takes `width` columns."""
    return text + " " * (width - columns(text))


def paint(text: str, style: str, color: bool) -> str:
    """Return a text in the colour of a style, by ANSI escapes: as it is when `color` is off."""
    return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if color and text and style else text
