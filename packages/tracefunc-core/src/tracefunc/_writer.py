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
from tracefunc._redaction import REDACTED, Redaction
from tracefunc._signals import is_from_handler, is_interrupt
from tracefunc._silence import silently

__all__ = ["ADDRESS", "LONGEST_NAME", "PLAIN", "Hook", "Walk", "Writer", "cut", "failure"]

LONGEST_NAME: Final = 100  # characters of a type's name
ADDRESS: Final = re.compile(" at 0x[0-9A-Fa-f]+")
PLAIN: Final = frozenset(
    map(id, (str, int, float, bool, type(None), bytes))
)  # whose methods are no code of the program
_DEPTH: Final = 100  # containers in containers that are walked; far below the recursion limit


def cut(text: str, limit: int) -> str:
    return (text[: max(limit - 3, 0)] + "...")[: max(limit, 0)]


type Walk = Callable[[Writer, Any], object]
type Hook = Callable[[object], str | None]


class Writer:
    """A text in the making: its pieces, the room left, and the containers that are being walked."""

    __slots__ = ("depth", "hook", "open", "parts", "room", "secrets", "walk_of")

    def __init__(
        self,
        room: int,
        walk_of: Callable[[type], tuple[Walk, str]],
        secrets: Redaction | None = None,
        hook: Hook | None = None,
    ) -> None:
        self.walk_of = walk_of  # how values of a class are shown, and what stands for one inside itself
        self.secrets = secrets
        self.hook = hook  # the user's own way to show a value
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
        known: Any = value
        kind = type(known)
        if value is MISSING:
            self.put("<unavailable>")
        elif self.room <= 0 or (self.hook is not None and self._show_by_hook(self.hook, value)):
            pass
        elif (kind is str and len(known) <= self.room) or (kind is int and -(10**18) < known < 10**18):
            self.put(repr(known))  # most elements are of these types: no walk for them
        else:
            self.walk(value, *self.walk_of(kind))

    def _show_by_hook(self, hook: Hook, value: object) -> bool:
        """Add what the user's own function says of a value, if anything."""
        try:
            text = silently(hook, value)
            if text is None:
                return False
            if not issubclass(type(text), str):
                raise TypeError(f"repr= returned {type_name(type(text))}, not a text or None")
        except BaseException as error:
            if is_interrupt(error):
                raise
            text = failure(error)
            error.__traceback__ = None
        self.put_own(text)
        return True

    def put_own(self, text: str, *, is_string: bool = False) -> None:
        """Add what code of the program says of a value: no secrets, and unless it is a string no addresses."""
        enough = 8 * self.room + 200  # addresses and secrets are taken out of it
        head = str.__getitem__(text, slice(enough))  # the text may be of a class of the program
        if not is_string:
            head = ADDRESS.sub("", head)
        self.put(head if self.secrets is None else self.secrets.clean(head))
        if str.__len__(text) > enough:
            self.put("...")

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
        key, value = entry
        self.show(key)
        self.put(": ")
        if self.secrets is not None and self.secrets.hides(key, value):
            self.put(REDACTED)
        else:
            self.show(value)

    def field(self, field: tuple[str, object]) -> None:
        """Add a field's name and value."""
        self.put(f"{field[0]}=")
        self.under(field)

    def pair(self, entry: tuple[object, object]) -> None:
        """Add an entry of a dict as a tuple."""
        self.put("(")
        self.show(entry[0])
        self.put(", ")
        self.under(entry)
        self.put(")")

    def key(self, entry: tuple[object, object]) -> None:
        """Add the key of an entry."""
        self.show(entry[0])

    def under(self, entry: tuple[object, object]) -> None:
        """Add the value of an entry, unless its key says that it is a secret."""
        if self.secrets is not None and self.secrets.hides(*entry):
            self.put(REDACTED)
        else:
            self.show(entry[1])

    def message(self, value: object) -> None:
        """Add an argument of an exception: a text is its message, which is searched for secrets."""
        known: Any = value
        if type(value) is str and self.secrets is not None:
            known = self.secrets.clean(known[: 8 * self.room + 200])
        self.show(known)

    def first(self, elements: Callable[[Any], Iterable[Any]], value: object, most: int = 0) -> list[Any]:
        """Return as many elements of a container as may fit, all at once: showing one of them may change it."""
        for _ in range(5):
            try:
                return list(islice(elements(value), most or self.room // 2 + 2))
            except (RuntimeError, KeyError) as error:  # another thread has changed it just now
                if is_from_handler(error):
                    raise
        return []


def failure(error: BaseException, what: str = "repr-error ") -> str:
    """Return what stands for a value whose `__repr__` failed; no other object's code is run for the message."""
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
    return f"<{what}{type_name(kind)[:LONGEST_NAME]}{': ' if text else ''}{text}>"
