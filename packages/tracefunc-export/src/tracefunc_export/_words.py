"""Short texts of a picture: numbers, times, paths and snippets, cut and made safe for DOT and XML."""

from __future__ import annotations

import html
import re

__all__ = ["TIMES", "attribute", "cell", "count", "duration", "one_line", "plain", "plural", "safe", "shorten"]

# What XML 1.0 forbids, and what would turn or break the line of whoever looks at it: controls, line and paragraph
# separators, bidirectional overrides, surrogates, noncharacters.
_NONCHARACTERS = "".join(f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufeff\ufff9-\ufffb"
    + _NONCHARACTERS
    + "]"
)
TIMES = "\N{MULTIPLICATION SIGN}"  # 1,200 times
_LOOSE = re.compile(r"(?<=[(\[{]) | (?=[)\]}])")
_LONG = 1_000  # characters of a line beyond which nobody reads
_RUNS = re.compile(r"^ +| {2,}")  # spaces that an HTML-like label would swallow


def safe(text: str) -> str:
    """Return a text in which characters that XML or a line of text cannot hold are escaped as in a string literal."""
    if text.isascii() and text.isprintable():  # nearly always
        return text
    return _UNSAFE.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def one_line(text: str) -> str:
    """Return a text as one line: its lines are joined, without the breaks after and before brackets."""
    if "\n" in text:
        lines = [line.strip() for line in text[:_LONG].splitlines()]
        text = _LOOSE.sub("", " ".join(filter(None, lines)))
    return safe(text[:_LONG].rstrip().expandtabs(4))


def shorten(text: str, width: int) -> str:
    """Return a text cut to `width` characters, the last of which is then an ellipsis."""
    return text if len(text) <= width else f"{text[: width - 1]}…"


def cell(text: str) -> str:
    """Return a safe text as the content of a cell of an HTML-like label, which must have some."""
    escaped = html.escape(text, quote=False).replace("\\", "\\\\")
    return _RUNS.sub(lambda match: "&#160;" * len(match[0]), escaped) or "&#160;"


def attribute(text: str, limit: int = 1_500) -> str:
    """Return a text of several lines as the value of an attribute in an HTML-like label."""
    lines = safe(_bounded(text, limit).replace("\r\n", "\n").expandtabs(4))
    return html.escape(lines).replace("\\", "\\\\").replace("\n", "&#10;") or "&#160;"


def plain(text: str, limit: int = 1_500) -> str:
    """Return a text for an attribute of DOT that is no HTML-like label, without the quotes around and in it."""
    lines = safe(_bounded(text, limit).replace("\r\n", "\n").expandtabs(4))
    return lines.replace("&", "&amp;").replace("\\", "\\\\").replace("\n", "\\n")


def _bounded(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[:limit]}\n…"


def count(number: int) -> str:
    """Return a number as it fits into a chip: `999`, `1.2k`, `35k`, `4.1M`."""
    if number < 10_000:
        return f"{number:,}"
    value, units = number / 1_000, list("PTGMk")
    while value >= 999.5 and len(units) > 1:
        value /= 1_000
        units.pop()
    return f"{value:.3g}{units[-1]}"


def duration(nanoseconds: int) -> str:
    """Return a time with three digits and its unit."""
    for unit, factor in (("ns", 1), ("µs", 1_000), ("ms", 1_000_000)):
        if nanoseconds < factor * 1_000:
            return f"{nanoseconds / factor:.3g} {unit}"
    seconds = nanoseconds / 1e9
    if seconds < 100:
        return f"{seconds:.3g} s"
    minutes, seconds = divmod(round(seconds), 60)
    return f"{minutes} min {seconds} s"


def plural(number: int, noun: str) -> str:
    """Return `1 call`, `2 calls`, `1,200 calls`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
