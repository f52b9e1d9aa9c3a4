"""Write the beginning of a value's repr: containers element by element, until the room is used up.

Nothing here asks an object what its class could answer: no `isinstance` (it reads `__class__`), no `len`, iteration,
hash, comparison or attribute, but for the methods of the built-in types, called as `list.__iter__(value)`.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any, Final

from tracefunc._classes import MISSING, find, type_name
from tracefunc._signals import is_interrupt
from tracefunc._silence import silently

__all__ = ["ADDRESS", "LONGEST_NAME", "PLAIN", "Walk", "Writer", "cut", "failure"]

LONGEST_NAME: Final = 100  # characters of a type's name
ADDRESS: Final = re.compile(" at 0x[0-9A-Fa-f]+")
PLAIN: Final = frozenset(
    map(id, (str, int, float, bool, type(None), bytes))
)  # whose methods are no code of the program
_DEPTH: Final = 100  # containers in containers that are walked; far below the recursion limit


def cut(text: str, limit: int) -> str:
    return (text[: max(limit - 3, 0)] + "...")[: max(limit, 0)]


type Walk = Callable[[Writer, Any], object]


class Writer:
    """A text in the making: its pieces, the room left, and the containers that are being walked."""

    __slots__ = ("depth", "open", "parts", "room", "walk_of")

    def __init__(self, room: int, walk_of: Callable[[type], tuple[Walk, str]]) -> None:
        self.walk_of = walk_of  # how values of a class are shown, and what stands for one inside itself
        self.parts: list[str] = []
        self.room = room
        self.open: set[int] = set()
        self.depth = 0

    def put(self, piece: str) -> None:
        """Add a piece, or as much of it as there is room for."""
        if self.room > 0:
            self.parts.append(piece[: self.room])
            self.room -= len(piece)

    def show(self, value: object) -> None:
        """Add a value."""
        if value is MISSING:
            self.put("<unavailable>")
        elif self.room > 0:
            self.walk(value, *self.walk_of(type(value)))

    def walk(self, value: object, walk: Walk, mark: str) -> None:
        """Add a value in the given way, or its mark when it is inside itself."""
        key = id(value)
        if self.depth >= _DEPTH or (mark and key in self.open):
            self.put(mark.replace("%", type_name(type(value))) or "...")
            return
        self.depth += 1
        if mark:
            self.open.add(key)
        try:
            walk(self, value)
        except Exception as error:
            if is_interrupt(error):
                raise
            self.put(failure(error))
        if mark:
            self.open.discard(key)
        self.depth -= 1

    def series(self, start: str, values: Iterable[Any], end: str, show: Callable[[Any], None] | None = None) -> None:
        """Add values with commas between them, until the room is used up."""
        self.put(start)
        comma = ""
        for value in values:
            self.put(comma)
            if self.room <= 0:
                return
            (show or self.show)(value)
            comma = ", "
        self.put(end)

    def entry(self, entry: tuple[object, object]) -> None:
        """Add an entry of a dict."""
        self.show(entry[0])
        self.put(": ")
        self.show(entry[1])

    def field(self, field: tuple[str, object]) -> None:
        """Add a field's name and value."""
        self.put(f"{field[0]}=")
        self.show(field[1])

    def first(self, elements: Callable[[Any], Iterable[Any]], value: object, most: int = 0) -> list[Any]:
        """Return as many elements of a container as may fit, all at once: showing one of them may change it."""
        for _ in range(5):
            try:
                return list(islice(elements(value), most or self.room // 2 + 2))
            except (RuntimeError, KeyError):  # another thread has changed it just now
                continue
        return []


def failure(error: BaseException) -> str:
    """Return what stands for an object whose `__repr__` failed; no other object's code is run for the message."""
    kind = type(error)
    arguments: tuple[object, ...] = BaseException.__dict__["args"].__get__(error)
    if type(find(kind, "__str__")[1]) is types.FunctionType or all(id(type(each)) in PLAIN for each in arguments):
        try:
            text = str.__getitem__(silently(str, error), slice(1000))
        except BaseException as second:
            if is_interrupt(second):
                raise
            text = "<exception str() failed>"
    else:
        text = ", ".join(f"<{type_name(type(each))}>" for each in arguments[:10])
    return f"<repr-error {type_name(kind)[:LONGEST_NAME]}{': ' if text else ''}{text}>"
